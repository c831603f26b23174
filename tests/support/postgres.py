"""A real PostgreSQL server from Debian's package, in a folder of the tests' own.

Installed by apt when it is missing and we may; skipped, and said so, on machines without apt.
"""

import atexit
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil
import pytest

from tests.support.debian import installed

VERSIONS = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The folder of the newest server's programs; installs the package if there is none."""
    if not installed("postgresql", _found):
        return None
    return max(_found(), key=lambda path: int(path.parts[-3])).parent


def _found() -> list[Path]:
    return list(VERSIONS.glob("*/bin/initdb"))


class Postgres:
    """A server in a folder of its own; it can be killed and started again."""

    def __init__(self, bin_: Path) -> None:
        self._bin = bin_
        self._user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.folder = Path(tempfile.mkdtemp(prefix="xz-pg-"))
        shutil.chown(self.folder, self._user)
        self.url = f"postgresql+psycopg://xiezuo@/xiezuo?host={self.folder}"
        data = self.folder / "data"
        self.run("initdb", "-D", data, "-A", "trust", "-U", "xiezuo", "-E", "UTF8")
        self.start()
        self.run("createdb", "-h", self.folder, "-U", "xiezuo", "xiezuo")

    def run(self, program: str, *words: str | Path) -> None:
        lead = ["runuser", "-u", self._user, "--"] if os.getuid() == 0 else []
        command = [*lead, str(self._bin / program), *map(str, words)]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        log, data = self.folder / "log", self.folder / "data"
        self.run("pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start")

    def kill(self) -> None:
        """SIGKILL the server and all its processes, as when memory runs out."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        parent = psutil.Process(first)
        family = [parent, *parent.children(recursive=True)]
        for process in family:
            process.kill()
        psutil.wait_procs(family, 10)

    def remove(self) -> None:
        """End the server, if it runs, and delete its folder."""
        with suppress(subprocess.CalledProcessError):
            self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def postgres_server() -> Generator[Postgres]:
    bin_ = programs()
    if bin_ is None:
        pytest.skip("no PostgreSQL server, and none can be installed here")
    server = Postgres(bin_)
    try:
        yield server
    finally:
        server.remove()


@contextmanager
def postgres() -> Generator[str]:
    """The URL of an empty database, on a server that all tests of this process share."""
    server = _shared()
    name = f"xz_{secrets.token_hex(6)}"
    server.run("createdb", "-h", server.folder, "-U", "xiezuo", name)
    try:
        yield server.url.replace("/xiezuo?", f"/{name}?")
    finally:
        server.run("dropdb", "--force", "-h", server.folder, "-U", "xiezuo", name)


@cache
def _shared() -> Postgres:
    bin_ = programs()
    if bin_ is None:
        pytest.skip("no PostgreSQL server, and none can be installed here")
    server = Postgres(bin_)
    atexit.register(server.remove)
    return server
