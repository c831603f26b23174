"""A backup holds everything, reads back, and goes from one kind of database into the other."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.support.postgres import postgres
from tests.support.stored import BRIEF, PLAN
from xiezuo.errors import BackupError
from xiezuo.store.accounts import Accounts
from xiezuo.store.backup import back_up, restore, verify
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.documents.search import SectionSearch
from xiezuo.store.documents.snapshots import Snapshots


def filled(url: str) -> tuple[Database, str]:
    database = Database(url)
    documents = Documents(database)
    made = documents.create(BRIEF, "careful", 1)
    documents.set_outline(made, PLAN, {"event": "plan_ready"})
    documents.edit(made, 0, 0, "第一稿。")
    documents.edit(made, 0, 1, "Second draft 🍵 with \u2028 odd characters.\n")
    Snapshots(database).take(made, "one")
    Accounts(database).add("ann", "correct horse")
    return database, made


@pytest.fixture
def backup(tmp_path: Path) -> tuple[Path, Database, str]:
    database, made = filled(f"sqlite:///{tmp_path / 'a.sqlite'}")
    back_up(database, tmp_path / "b.xiezuo")
    return tmp_path / "b.xiezuo", database, made


def same(first: Database, second: Database, document: str) -> None:
    assert Documents(first).load(document) == Documents(second).load(document)
    assert Documents(first).events(document) == Documents(second).events(document)
    assert Documents(first).revisions(document, 0) == Documents(second).revisions(document, 0)
    assert Snapshots(first).of_document(document) == Snapshots(second).of_document(document)
    assert Accounts(first).names() == Accounts(second).names()


def test_everything_comes_back_and_can_be_searched_and_edited(
    backup: tuple[Path, Database, str], tmp_path: Path
):
    path, database, made = backup
    fresh = Database(f"sqlite:///{tmp_path / 'c.sqlite'}")
    restore(fresh, path)
    same(database, fresh, made)
    assert len(SectionSearch(fresh).find("local", "Second draft")) == 1
    Documents(fresh).edit(made, 0, 2, "Third.")


def test_from_sqlite_to_postgresql_and_back(backup: tuple[Path, Database, str], tmp_path: Path):
    path, database, made = backup
    with postgres() as url:
        server = Database(url)
        restore(server, path)
        same(database, server, made)
        back_up(server, tmp_path / "again.xiezuo")
        Documents(server).edit(made, 0, 2, "Third.")
        server.close()
    fresh = Database(f"sqlite:///{tmp_path / 'c.sqlite'}")
    restore(fresh, tmp_path / "again.xiezuo")
    same(database, fresh, made)


def test_it_is_not_put_over_what_is_there(backup: tuple[Path, Database, str]):
    path, database, _ = backup
    with pytest.raises(BackupError, match="not empty"):
        restore(database, path)


def within_the_largest_file(path: Path, at: float) -> int:
    """An offset in packed data; in a header there are bytes that do not matter."""
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda one: one.compress_size)
    header = 30 + len(largest.filename) + len(largest.extra)  # the fixed part has 30 bytes
    return largest.header_offset + header + int(largest.compress_size * at)


@pytest.mark.parametrize("at", [0.1, 0.5, 0.95])
def test_a_damaged_backup_is_refused(backup: tuple[Path, Database, str], tmp_path: Path, at: float):
    data = bytearray(backup[0].read_bytes())
    (tmp_path / "cut").write_bytes(data[: int(len(data) * at)])
    place = within_the_largest_file(backup[0], at)
    data[place : place + 8] = bytes(byte ^ 0xFF for byte in data[place : place + 8])
    (tmp_path / "flipped").write_bytes(data)
    for name in ("cut", "flipped"):
        fresh = Database(f"sqlite:///{tmp_path / f'{name}.sqlite'}")
        with pytest.raises(BackupError):
            restore(fresh, tmp_path / name)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path):
    path = tmp_path / "bomb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("documents.jsonl", b" " * 50_000_000)
        files = {"documents": {"rows": 1, "sha256": ""}}
        archive.writestr("manifest.json", json.dumps({"format": 1, "schema": "x", "files": files}))
    with pytest.raises(BackupError, match="far too much"):
        verify(path)


def test_a_place_that_cannot_be_written_is_said(backup: tuple[Path, Database, str], tmp_path: Path):
    with pytest.raises(BackupError):
        back_up(backup[1], tmp_path / "missing" / "b.xiezuo")


@pytest.mark.parametrize("flipped", [0x01, 0x80, 0xFF])
def test_whatever_byte_is_wrong_it_is_whole_or_refused(
    backup: tuple[Path, Database, str], flipped: int
):
    path, _, _ = backup
    data, whole = path.read_bytes(), verify(path)
    for place in range(0, len(data), 7):
        damaged = bytearray(data)
        damaged[place] ^= flipped
        path.write_bytes(damaged)
        try:
            assert verify(path)["files"] == whole["files"]
        except BackupError:
            continue
