"""SQLite's file before it is opened: which schema it has, whether it is whole, a copy of it.

Nothing here changes a byte of it; it is read through a connection that cannot write.
"""

import contextlib
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pysqlite3.dbapi2

from xiezuo.errors import StoreDamagedError, StoreError

_sqlite: Any = pysqlite3.dbapi2  # which has no types
_PARTS = ("", "-wal", "-shm", "-journal")
_DAMAGED = frozenset({11})  # SQLITE_CORRUPT; what is no database at all (26) is somebody else's
_MEANT = 0xFF  # the part of an extended error code that is common to its family


def schema_of(path: Path, wait: float) -> str | None:
    """The version of its schema; none where there is no database yet.

    Raises:
        StoreDamagedError: it is damaged; it was set aside.
        StoreError: it cannot be read within `wait` seconds.
    """
    if not path.exists() or not path.stat().st_size:
        return None
    with _reading(path, wait) as connection:
        # PRAGMA results come one row a problem; `ok` alone says that there is none.
        found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        if found == "ok":
            named = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            if connection.execute(named).fetchone() is None:
                return None
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(row[0]) if row else None
    raise set_aside(path, found)


def copy(path: Path, name: str, wait: float) -> Path:
    """A whole copy of it beside it, called `name`, on disk when this returns.

    Raises:
        StoreError: it cannot be written; nothing of it is left.
    """
    target, partial = path.with_name(name), path.with_name(f".{name}.partial")
    try:
        with _reading(path, wait) as source:
            copied = _sqlite.connect(partial)
            try:
                source.backup(copied)
                copied.execute("PRAGMA journal_mode=DELETE")  # so that it is one file
            finally:
                copied.close()
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        raise StoreError(place=target, problem=error.strerror) from error
    finally:
        for part in _PARTS:
            with contextlib.suppress(OSError):
                partial.with_name(partial.name + part).unlink(missing_ok=True)
    return target


def set_aside(path: Path, problem: str) -> StoreDamagedError:
    """Give it another name with all that belongs to it; the error that says so."""
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for part in _PARTS:
        if (file := path.with_name(path.name + part)).exists():
            file.replace(aside.with_name(aside.name + part))
    return StoreDamagedError(place=path, problem=problem, aside=aside)


@contextmanager
def _reading(path: Path, wait: float) -> Generator[Any]:
    try:
        connection = _sqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=wait)
        try:
            yield connection
        finally:
            connection.close()
    except _sqlite.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & _MEANT in _DAMAGED:
            raise set_aside(path, str(error)) from error
        raise StoreError(place=path, problem=str(error)) from error
