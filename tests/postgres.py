"""A real PostgreSQL server from Debian's package, in a folder of the tests' own.

Installed by apt when it is missing and we may; skipped, and said so, on machines without apt.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

VERSIONS = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The folder of the newest server's programs; installs the package if there is none."""
    if not list(VERSIONS.glob("*/bin/initdb")) and shutil.which("apt-get") and os.getuid() == 0:
        command = ["apt-get", "install", "-y", "--no-install-recommends", "postgresql"]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(command, env=quiet, capture_output=True, check=False).returncode:
            subprocess.run(["apt-get", "update"], env=quiet, capture_output=True, check=False)
            subprocess.run(command, env=quiet, capture_output=True, check=False)
    found = sorted(VERSIONS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def postgres() -> Generator[str]:
    """The URL of an empty database on a server that is ended afterwards."""
    bin_ = programs()
    if bin_ is None:
        pytest.skip("no PostgreSQL server, and none can be installed here")
    folder = Path(tempfile.mkdtemp(prefix="xz-pg-"))
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    shutil.chown(folder, user)

    def run(*command: str | Path) -> None:
        lead = ["runuser", "-u", user, "--"] if os.getuid() == 0 else []
        subprocess.run([*lead, *map(str, command)], check=True, capture_output=True, cwd=folder)

    try:
        run(bin_ / "initdb", "-D", folder / "data", "-A", "trust", "-U", "xiezuo", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        run(
            bin_ / "pg_ctl",
            "-D",
            folder / "data",
            "-w",
            "-l",
            folder / "log",
            "-o",
            options,
            "start",
        )
        try:
            run(bin_ / "createdb", "-h", folder, "-U", "xiezuo", "xiezuo")
            yield f"postgresql+psycopg://xiezuo@/xiezuo?host={folder}"
        finally:
            run(bin_ / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
