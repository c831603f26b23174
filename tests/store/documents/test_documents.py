"""The store, on SQLite and on PostgreSQL: versions, revisions, events, migrations, faults."""

import shutil
import threading
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from tests.support.stored import BRIEF, PLAN
from xiezuo.errors import (
    StaleSectionError,
    StoreError,
    StoreVersionError,
    UnknownDocumentError,
    UnknownJobError,
)
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Change, Documents, NewRevision
from xiezuo.store.jobs import Jobs
from xiezuo.store.schema import metadata
from xiezuo.writing.model.events import StoredDiagnostic


@pytest.fixture
def documents(database: Database) -> Documents:
    return Documents(database)


@pytest.fixture
def document(documents: Documents) -> str:
    made = documents.create(BRIEF, "careful", 7)
    documents.set_outline(made, PLAN, {"event": "plan_ready"})
    return made


def test_what_was_stored_comes_back(documents: Documents, document: str):
    fault = StoredDiagnostic("CUT001", "error", "未完。", 1, 2)
    documents.record(document, [], [Change(0, 0, "软水。\n", "needs_review", (fault,))])
    loaded = documents.load(document)
    assert (loaded.brief, loaded.plan, loaded.seed, loaded.mode) == (BRIEF, PLAN, 7, "careful")
    assert loaded.sections[0].text == "软水。\n"
    assert loaded.sections[0].faults == (fault,)
    assert loaded.manuscript().text == "# 茶\n\n## 叶\n\n软水。\n"


def test_the_outline_is_set_once(documents: Documents, document: str):
    documents.record(document, [], [Change(0, 0, "Text.", "written")])
    documents.set_outline(document, PLAN, {"event": "plan_ready"})
    assert documents.load(document).sections[0].text == "Text."
    assert len(documents.events(document)) == 1


def test_a_stale_change_is_refused_and_nothing_of_it_is_stored(documents: Documents, document: str):
    documents.edit(document, 0, 0, "Mine.")
    with pytest.raises(StaleSectionError, match="Section 1"):
        documents.record(
            document,
            [{"event": "text_added"}],
            [Change(1, 0, "Other.", "writing"), Change(0, 0, "Theirs.", "writing")],
        )
    loaded = documents.load(document)
    assert [section.text for section in loaded.sections] == ["Mine.", ""]
    assert loaded.sections[0].state == "final"
    assert [event.data["event"] for event in documents.events(document)] == [
        "plan_ready",
        "section_edited",
    ]


def test_who_reads_and_then_follows_misses_nothing_and_may_edit(
    documents: Documents, document: str
):
    documents.record(
        document,
        [{"event": "text_added", "index": 0, "text": "A"}, {"event": "progress"},
         {"event": "text_cut", "index": 0, "length": 0}],
        [Change(0, 0, "", "writing")],
    )  # fmt: skip
    loaded = documents.load(document)
    assert loaded.last_event == documents.events(document)[-1].id == 4
    documents.reset(document, 1, skip=True)
    versions = [event.data.get("version") for event in documents.events(document)]
    assert versions == [None, None, None, 1, 1]
    assert [event.id for event in documents.events(document, loaded.last_event)] == [5]


def test_what_is_loaded_is_of_one_moment(documents: Documents, document: str):
    """A document whose text is newer than `last_event` would get that text twice."""
    over = threading.Event()

    def write() -> None:
        for version in range(150):
            text = "x" * (version + 1)
            documents.record(
                document,
                [{"event": "text_added", "index": 0}],
                [Change(0, version, text, "writing")],
            )
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not over.is_set():
        loaded = documents.load(document)
        assert len(loaded.sections[0].text) == loaded.last_event - 1
    writer.join()


def test_an_edit_keeps_what_was_there(documents: Documents, document: str):
    documents.record(document, [], [Change(0, 0, "Theirs.", "writing")])
    documents.edit(document, 0, 1, "Mine.")
    kept = [(revision.text, revision.author) for revision in documents.revisions(document, 0)]
    assert kept == [("Theirs.", "model"), ("Mine.", "person")]


def test_the_same_text_is_kept_once(documents: Documents, document: str):
    same = NewRevision(0, "Text.", "fixer", "rewrite")
    documents.record(document, [], [], [same, same])
    assert len(documents.revisions(document, 0)) == 1


def test_a_section_is_written_again_or_skipped(documents: Documents, document: str):
    documents.record(
        document, [], [Change(0, 0, "Bad.", "written"), Change(1, 0, "Half", "writing")]
    )
    documents.reset(document, 0)
    documents.reset(document, 1, skip=True)
    first, second = documents.load(document).sections
    assert (first.text, first.state) == ("", "planned")
    assert (second.text, second.state) == ("Half", "final")
    assert [revision.text for revision in documents.revisions(document, 0)] == ["Bad."]


def test_event_ids_have_no_gaps_whoever_writes(documents: Documents, document: str):
    def write() -> None:
        for number in range(20):
            documents.record(document, [{"event": "n", "number": number}] * 3)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [event.id for event in documents.events(document)]
    assert ids == list(range(1, 1 + 1 + 4 * 20 * 3))
    assert [event.id for event in documents.events(document, after=100, most=5)] == list(
        range(101, 106)
    )


def test_unknown_things_are_errors(documents: Documents, document: str, database: Database):
    with pytest.raises(UnknownDocumentError):
        documents.load("nothing")
    with pytest.raises(UnknownDocumentError):
        documents.edit(document, 9, 0, "text")
    with pytest.raises(UnknownJobError):
        Jobs(database).load("nothing")


def test_jobs_are_found_by_the_beginning_of_their_id(database: Database, document: str):
    jobs = Jobs(database)
    jobs.create(f"ab1{document[:8]}", document, 10, None)
    jobs.create(f"ab2{document[:8]}", document, 1, "out.md")
    assert jobs.load(f"ab1{document[:8]}").priority == 10
    assert jobs.load("ab1").priority == 10
    with pytest.raises(UnknownJobError):
        jobs.load("ab")
    assert jobs.more_urgent(10)
    assert not jobs.more_urgent(1)
    jobs.set_state(f"ab1{document[:8]}", "done")
    jobs.set_state(f"ab2{document[:8]}", "failed", "why")
    assert jobs.load("ab2").problem == "why"
    assert jobs.load("ab2").over


class TestSQLite:
    def test_what_was_committed_is_on_disk_when_the_process_is_gone(self, tmp_path: Path):
        """Copied while open, as after a loss of power: the committed text is there."""
        database = Database(f"sqlite:///{tmp_path / 'a.sqlite'}")
        documents = Documents(database)
        made = documents.create(BRIEF, "careful", 1)
        documents.set_outline(made, PLAN, {})
        documents.record(made, [], [Change(0, 0, "Saved.", "writing")])
        for path in tmp_path.glob("a.sqlite*"):
            shutil.copy(path, tmp_path / path.name.replace("a.", "b."))
        copied = Documents(Database(f"sqlite:///{tmp_path / 'b.sqlite'}"))
        assert copied.load(made).sections[0].text == "Saved."
        database.close()

    def test_a_newer_database_is_refused_and_left_alone(self, tmp_path: Path):
        path = tmp_path / "store.sqlite"
        database = Database(f"sqlite:///{path}")
        with database.begin() as connection:
            connection.execute(text("update alembic_version set version_num = '9999'"))
        database.close()
        before = path.read_bytes()
        with pytest.raises(StoreVersionError, match="newer"):
            Database(f"sqlite:///{path}")
        assert path.read_bytes() == before

    def test_what_is_no_database_is_refused_and_left_alone(self, tmp_path: Path):
        path = tmp_path / "store.sqlite"
        path.write_bytes(b"My diary." * 1000)
        with pytest.raises(StoreError, match="not a database"):
            Database(f"sqlite:///{path}")
        assert path.read_bytes() == b"My diary." * 1000

    def test_a_locked_database_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("xiezuo.store.database.BUSY_SECONDS", 0.2)
        path = tmp_path / "store.sqlite"
        documents = Documents(Database(f"sqlite:///{path}"))
        with sqlite3.connect(path) as other:
            other.execute("begin immediate")
            with pytest.raises(StoreError, match="locked"):
                documents.create(BRIEF, "careful", 1)
        assert documents.create(BRIEF, "careful", 1)

    def test_two_processes_may_write(self, tmp_path: Path):
        database = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
        with database.begin() as connection:
            version = connection.scalar(text("select sqlite_version()"))
        assert version is not None
        assert tuple(map(int, version.split("."))) > (3, 51, 2)

    def test_the_settings_that_keep_text_safe_are_on(self, tmp_path: Path):
        database = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
        with database.begin() as connection:
            assert connection.scalar(text("pragma journal_mode")) == "wal"
            assert connection.scalar(text("pragma synchronous")) == 2
            assert connection.scalar(text("pragma foreign_keys")) == 1


def test_the_migrations_make_the_schema(database: Database):
    def ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return name != "section_search" and (kind != "table" or name in {*metadata.tables, None})

    with database.begin() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []
