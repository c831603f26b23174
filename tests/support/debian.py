"""Packages that Debian has and the tests need: installed where they are missing and we may.

`python -m tests.support.debian` installs them beforehand. It needs nothing but Python: make runs it
beside pip.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
POSTGRESQL = Path("/usr/lib/postgresql")
_LOCK = Path(tempfile.gettempdir()) / f"xiezuo-apt-{os.getuid()}.lock"


def has_chromium() -> bool:
    return CHROMIUM.exists()


def has_postgresql() -> bool:
    return any(POSTGRESQL.glob("*/bin/initdb"))


@contextmanager
def _alone() -> Generator[None]:
    """Tests run in several processes, and apt serves one at a time."""
    with _LOCK.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def installed(package: str, there: Callable[[], object]) -> bool:
    """Whether `there` finds what `package` brings, after an installation if need be."""
    with _alone():
        if not there() and os.getuid() == 0:
            apt("install", "--no-install-recommends", package)
    return bool(there())


def unpacked(package: str, folder: Path) -> bool:
    """Whether the files of `package` are in `folder`, and installed nowhere."""
    with _alone():
        if not apt("download", package, folder=folder):
            return False
    (file,) = folder.glob("*.deb")
    subprocess.run(["dpkg", "-x", file, folder], check=True)
    return True


def apt(*words: str, folder: Path | None = None) -> bool:
    if shutil.which("apt-get") is None:
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def run(*words: str) -> bool:
        command = ["apt-get", "-y", *words]
        done = subprocess.run(command, env=quiet, cwd=folder, capture_output=True, check=False)
        return done.returncode == 0

    return run(*words) or (run("update") and run(*words))


if __name__ == "__main__":
    installed("chromium", has_chromium)
    installed("postgresql", has_postgresql)
