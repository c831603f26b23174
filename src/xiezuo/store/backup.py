"""Backups: one file with all data, from and into SQLite or PostgreSQL.

A zip with one JSON-lines file per table, and a manifest with the schema version and the row count
and digest of each file. A backup is made in one transaction while other connections write, and it
is read back before it gets its name.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from xiezuo.errors import BackupError
from xiezuo.i18n import Text
from xiezuo.store.database import Database
from xiezuo.store.schema import metadata

FORMAT = 1
_MANIFEST = "manifest.json"
_BATCH = 500  # rows
_OMITTED_TABLES = frozenset({"sessions", "idempotency"})
_MOST_GROWTH = 200  # most times a file may grow when unpacked; JSON of text reaches 20
_LONGEST_LINE = 64 * 1024 * 1024
_UNREADABLE = (  # what `zipfile` raises for a damaged file; the last two for unsupported flags
    *(OSError, EOFError, KeyError, TypeError, ValueError),
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError),
)


def back_up(database: Database, path: Path) -> dict[str, int]:
    """Write all data to `path`; returns the row count of each table.

    Raises:
        BackupError: the file cannot be written or read back.
        StoreError
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with (
            database.read() as connection,
            zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        ):
            files = {
                table.name: _write(archive, connection, table.name)
                for table in metadata.sorted_tables
                if table.name not in _OMITTED_TABLES
            }
            manifest = {"format": FORMAT, "schema": _schema(connection), "files": files}
            archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
        verify(partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise BackupError(path=path, problem=str(error.strerror or error)) from error
    finally:
        partial.unlink(missing_ok=True)
    return {name: facts["rows"] for name, facts in files.items()}


def verify(path: Path) -> dict[str, Any]:
    """Read every line of a backup and return its manifest.

    Raises:
        BackupError: the file is damaged, no backup, or unpacks to more than any real one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(_MANIFEST))
            if manifest["format"] != FORMAT:
                raise _error(
                    path, Text("it was made by a newer xiezuo", "由更新版本的 xiezuo 创建")
                )
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > _MOST_GROWTH * max(path.stat().st_size, 4096):
                raise _error(path, Text("it unpacks to far too much", "解压后过大"))
            for name, facts in manifest["files"].items():
                digest, rows = hashlib.sha256(), 0
                for line in _lines(archive, name):
                    digest.update(line)
                    json.loads(line)
                    rows += 1
                if (digest.hexdigest(), rows) != (facts["sha256"], facts["rows"]):
                    raise _error(path, Text(f"{name} is damaged", f"{name} 已损坏"))
    except _UNREADABLE as error:
        raise _error(path, Text("it is damaged or no backup", "已损坏，或不是备份文件")) from error
    return manifest


def restore(database: Database, path: Path) -> dict[str, int]:
    """Put a backup into an empty database; gives the rows of each table.

    Raises:
        BackupError: the backup is damaged, of another schema, or the database is not empty.
        StoreError: nothing was changed.
    """
    manifest = verify(path)
    with database.begin() as connection, zipfile.ZipFile(path) as archive:
        if manifest["schema"] != _schema(connection):
            problem = Text(
                f"its schema is {manifest['schema']}", f"其数据库结构版本为 {manifest['schema']}"
            )
            raise _error(path, problem)
        for table in metadata.sorted_tables:
            if connection.scalar(select(func.count()).select_from(table)):
                raise _error(path, Text("the database is not empty", "数据库不是空的"))
        for table in metadata.sorted_tables:
            if table.name in manifest["files"]:
                for batch in _batches(_lines(archive, table.name)):
                    connection.execute(insert(table), batch)
        if connection.dialect.name == "postgresql":
            newest_id = "(SELECT coalesce(max(id), 1) FROM revisions)"
            connection.execute(text(f"SELECT setval('revisions_id_seq', {newest_id})"))
    return {name: facts["rows"] for name, facts in manifest["files"].items()}


def _write(archive: zipfile.ZipFile, connection: Connection, name: str) -> dict[str, Any]:
    table = metadata.tables[name]
    digest, count = hashlib.sha256(), 0
    with archive.open(f"{name}.jsonl", "w", force_zip64=True) as file:
        rows = connection.execution_options(yield_per=_BATCH).execute(select(table)).mappings()
        for row in rows:
            line = json.dumps(dict(row), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
            digest.update(line)
            file.write(line)
            count += 1
    return {"rows": count, "sha256": digest.hexdigest()}


def _lines(archive: zipfile.ZipFile, name: str) -> Generator[bytes]:
    with archive.open(f"{name}.jsonl") as file:
        while line := file.readline(_LONGEST_LINE):
            yield line


def _batches(lines: Iterator[bytes]) -> Generator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for line in lines:
        batch.append(json.loads(line))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _schema(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def _error(path: Path, problem: Text) -> BackupError:
    return BackupError(path=path, problem=problem)
