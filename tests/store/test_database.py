"""Lost connections to PostgreSQL, and damaged SQLite files."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.support.postgres import postgres
from tests.support.stored import BRIEF
from xiezuo.errors import StoreDamagedError, StoreError
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents


@pytest.fixture
def url() -> Generator[str]:
    with postgres() as made:
        yield made


def asked(database: Database) -> int | None:
    with database.lookup() as connection:
        return connection.scalar(text("SELECT 1"))


def cut_all(url: str) -> None:
    """End everybody else's connection, as a restart of the server does."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


def test_one_that_was_unused_for_long_is_made_again(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xiezuo.store.database.TRUSTED_SECONDS", 0)
    database = Database(url)
    assert asked(database) == 1
    cut_all(url)
    assert asked(database) == 1
    database.close()


def test_one_that_was_just_used_fails_once_and_says_so(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xiezuo.store.database.TRUSTED_SECONDS", 60)
    database = Database(url)
    assert asked(database) == 1
    cut_all(url)
    with pytest.raises(StoreError):
        asked(database)
    assert asked(database) == 1
    database.close()


def test_a_damaged_database_is_set_aside_and_said(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    database = Database(f"sqlite:///{path}")
    documents = Documents(database)
    for _ in range(50):
        documents.create(BRIEF.model_copy(update={"task": "x" * 3000}), "careful", 1)
    database.close()
    data = bytearray(path.read_bytes())
    data[8192 : 8192 * 4] = b"\xaa" * (8192 * 3)
    path.write_bytes(data)
    with pytest.raises(StoreDamagedError, match="set aside"):
        Database(f"sqlite:///{path}")
    assert not path.exists()
    (aside,) = tmp_path.glob("store.sqlite.damaged-*[0-9]")
    assert aside.read_bytes() == bytes(data)
