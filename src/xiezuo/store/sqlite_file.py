"""Checks a SQLite file before it is opened: schema version, integrity, a copy.

The file is read through a read-only connection. A damaged file is renamed, its content unchanged.
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

_sqlite: Any = pysqlite3.dbapi2  # ships no types
_SUFFIXES = ("", "-wal", "-shm", "-journal")
_DAMAGED = frozenset({11})  # SQLITE_CORRUPT; a file that is no database (26) is not ours to rename
_PRIMARY_CODE = 0xFF  # mask of the primary result code in an extended one


def schema_of(path: Path, wait: float) -> str | None:
    """The schema version of the database; None where there is no database yet.

    Raises:
        StoreDamagedError: the file is damaged and was renamed.
        StoreError: the file cannot be read within `wait` seconds.
    """
    if not path.exists() or not path.stat().st_size:
        return None
    with _reading(path, wait) as connection:
        # The pragma returns one row per problem, or the single row `ok`.
        outcome = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        if outcome == "ok":
            version_table = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            if connection.execute(version_table).fetchone() is None:
                return None
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(row[0]) if row else None
    raise set_aside(path, outcome)


def copy(path: Path, name: str, wait: float) -> Path:
    """Make a complete copy called `name` in the same folder, flushed to disk on return.

    Raises:
        StoreError: the copy cannot be written; no partial file remains.
    """
    target, partial = path.with_name(name), path.with_name(f".{name}.partial")
    try:
        with _reading(path, wait) as source:
            destination = _sqlite.connect(partial)
            try:
                source.backup(destination)
                destination.execute("PRAGMA journal_mode=DELETE")  # makes it a single file
            finally:
                destination.close()
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        raise StoreError(place=target, problem=error.strerror) from error
    finally:
        for suffix in _SUFFIXES:
            with contextlib.suppress(OSError):
                partial.with_name(partial.name + suffix).unlink(missing_ok=True)
    return target


def set_aside(path: Path, problem: str) -> StoreDamagedError:
    """Rename a damaged database with its companion files; returns the error to raise."""
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for suffix in _SUFFIXES:
        if (file := path.with_name(path.name + suffix)).exists():
            file.replace(aside.with_name(aside.name + suffix))
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
        if getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _DAMAGED:
            raise set_aside(path, str(error)) from error
        raise StoreError(place=path, problem=str(error)) from error
