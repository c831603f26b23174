"""The store on SQLite and on PostgreSQL, and a document of an owner in it."""

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.postgres import postgres
from tests.support.stored import BRIEF, PLAN
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.library import Library


@pytest.fixture(scope="module")
def postgres_url() -> Generator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def library(database: Database) -> Library:
    return Library(database)


@pytest.fixture
def owner(request: pytest.FixtureRequest) -> str:
    return f"{time.time_ns():x}"


@pytest.fixture
def document(database: Database, owner: str) -> Generator[str]:
    documents = Documents(database)
    made = documents.create(BRIEF, "careful", 1, owner=owner)
    documents.set_outline(made, PLAN, {})
    documents.edit(made, 0, 0, "绿茶的制作方法很讲究，杀青要快。")
    documents.edit(made, 1, 0, "Green Tea is 100% natural, they_say.")
    yield made
    documents.record(made, [], [])
