"""A database of an earlier version: copied, migrated whole, with all that was in it."""

import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite3
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import Script
from sqlalchemy import Engine, column, create_engine, insert, inspect, table, text

from tests.support.postgres import postgres
from xiezuo.errors import StoreError
from xiezuo.store import migrations
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.library import Library

BRIEF = {"task": "介绍茶叶。", "title": "茶", "words": 200}
PLAN = {
    "brief": BRIEF, "title": "茶",
    "sections": [{"heading": "叶", "words": 100}, {"heading": "杯", "words": 100}],
}  # fmt: skip
FAULT = {"code": "CUT001", "severity": "error", "message": "cut", "start": 0, "end": 3}
EVENTS = [{"event": "plan_ready"}, {"event": "text_added", "index": 0, "text": "采茶", "tokens": 2}]
ROWS: list[tuple[str, dict[str, Any]]] = [
    ("documents", {
        "id": "d1", "created": 1.5, "updated": 2.5, "brief": BRIEF, "plan": PLAN,
        "preamble": "", "mode": "careful", "seed": 7,
    }),
    ("sections", {
        "id": "s1", "document_id": "d1", "position": 0, "text": "采茶在春天。",
        "state": "final", "faults": [], "version": 4,
    }),
    ("sections", {
        "id": "s2", "document_id": "d1", "position": 1, "text": "杯子要", "state": "writing",
        "version": 2, "faults": [FAULT],
    }),
    ("revisions", {
        "section_id": "s1", "digest": "x", "text": "从前的话。", "author": "model",
        "reason": "written", "created": 1.7,
    }),
    ("events", {"document_id": "d1", "id": 1, "data": EVENTS[0], "created": 1.5}),
    ("events", {"document_id": "d1", "id": 2, "data": EVENTS[1], "created": 1.6}),
    ("jobs", {
        "id": "d1", "document_id": "d1", "state": "running", "wanted": "run", "priority": 1,
        "run": 3, "problem": "", "output": None, "created": 1.5, "updated": 2.5,
    }),
]  # fmt: skip


@pytest.fixture(scope="module")
def postgres_url() -> Generator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    server = request.getfixturevalue("postgres_url")
    yield server
    empty(create_engine(server))


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def older(url: str) -> None:
    """A database of the first version, with a document that is being written."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for name, row in ROWS:
            values = {
                field: json.dumps(one) if isinstance(one, dict | list) else one
                for field, one in row.items()
            }
            columns = [column(field) for field in values]
            connection.execute(insert(table(name, *columns)).values(values))
    engine.dispose()


def test_everything_is_there_afterwards_and_can_be_worked_on(url: str):
    older(url)
    database = Database(url)
    documents, library = Documents(database), Library(database)
    stored = documents.load("d1")
    assert [(section.text, section.state, section.version) for section in stored.sections] == [
        ("采茶在春天。", "final", 4), ("杯子要", "writing", 2),
    ]  # fmt: skip
    assert stored.sections[1].faults[0].code == "CUT001"
    assert [revision.text for revision in documents.revisions("d1", 0)] == ["从前的话。"]
    assert [event.data for event in documents.events("d1")] == EVENTS
    job = Jobs(database).load("d1")
    assert (job.state, job.run) == ("running", 3)
    assert [summary.title for summary in library.summaries.of_owner("local")] == ["茶"]
    assert [one.document_id for one in library.search.find("local", "春天")] == ["d1"]
    assert documents.edit("d1", 0, 4, "采茶在秋天。") == 5
    assert [one.document_id for one in library.search.find("local", "秋天")] == ["d1"]
    assert [event.id for event in documents.events("d1")] == [1, 2, 3]
    database.close()


def test_a_copy_of_the_older_one_stays_beside_it(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    older(f"sqlite:///{path}")
    Database(f"sqlite:///{path}").close()
    (copy,) = tmp_path.glob("store.sqlite.schema-0001-*[0-9]")
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT text FROM sections").fetchall() == [
            ("采茶在春天。",), ("杯子要",),
        ]  # fmt: skip
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    Database(f"sqlite:///{path}").close()
    assert len(list(tmp_path.glob("store.sqlite.schema-*"))) == 1  # none when nothing is migrated


def test_without_a_place_for_the_copy_nothing_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "store.sqlite"
    older(f"sqlite:///{path}")
    before = path.read_bytes()
    now = time.localtime()
    monkeypatch.setattr("time.localtime", lambda *_: now)
    taken = time.strftime("store.sqlite.schema-0001-%Y%m%d-%H%M%S", now)
    monkeypatch.setattr("time.strftime", lambda *_: taken.rpartition("schema-0001-")[2])
    (tmp_path / taken / "in the way").mkdir(parents=True)
    with pytest.raises(StoreError, match="directory"):
        Database(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_the_older_one(url: str, monkeypatch: pytest.MonkeyPatch):
    older(url)

    broken = ScriptsThatFail(monkeypatch)
    with pytest.raises(RuntimeError, match="no space for it"):
        Database(url)
    broken.mend()
    engine = create_engine(url)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0001"
        assert "users" not in inspect(connection).get_table_names()
    engine.dispose()
    database = Database(url)
    assert Documents(database).load("d1").sections[0].text == "采茶在春天。"
    database.close()


class ScriptsThatFail:
    """Alembic loads the steps anew; the last of them raises until `mend`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        whole = Script.__init__

        def init(script: Any, module: Any, *rest: Any, **more: Any) -> None:
            whole(script, module, *rest, **more)
            if module.revision == "0005":
                module.upgrade = self._fail

        monkeypatch.setattr(Script, "__init__", init)

    def _fail(self) -> None:
        raise RuntimeError("no space for it")

    def mend(self) -> None:
        self._patch.undo()
