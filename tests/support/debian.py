"""Packages that Debian has and the tests need: installed where they are missing and we may."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import filelock

# Tests run in several processes, and apt serves one at a time.
_LOCK = filelock.FileLock(Path(tempfile.gettempdir()) / f"xiezuo-apt-{os.getuid()}.lock")


def installed(package: str, there: Callable[[], object]) -> bool:
    """Whether `there` finds what `package` brings, after an installation if need be."""
    with _LOCK:
        if not there() and os.getuid() == 0:
            apt("install", "--no-install-recommends", package)
    return bool(there())


def unpacked(package: str, folder: Path) -> bool:
    """Whether the files of `package` are in `folder`, and installed nowhere."""
    with _LOCK:
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
