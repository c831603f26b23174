"""A changed outline moves sections with their text and history, and loses no word."""

import pytest

from xiezuo.errors import DocumentBusyError, UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.documents.replan import replan
from xiezuo.store.jobs import Jobs
from xiezuo.store.library import Library
from xiezuo.writing.model.outline import Outline, PlannedSection


def outline(database: Database, document: str, *headings: str, title: str = "茶") -> Outline:
    stored = Documents(database).load(document)
    sections = tuple(PlannedSection(heading=heading, words=100) for heading in headings)
    return Outline(brief=stored.brief, title=title, sections=sections)


def texts(database: Database, document: str) -> list[str]:
    return [section.text for section in Documents(database).load(document).sections]


def test_sections_take_text_and_revisions_with_them(
    database: Database, library: Library, document: str
):
    first, second = texts(database, document)
    replan(database, document, outline(database, document, "B", "New", "A"), [1, None, 0])
    assert texts(database, document) == [second, "", first]
    stored = Documents(database).load(document)
    assert stored.plan is not None
    assert [section.heading for section in stored.plan.sections] == ["B", "New", "A"]
    assert Documents(database).revisions(document, 2)[-1].text == first
    assert stored.manuscript().text.index(second) < stored.manuscript().text.index(first)


def test_who_has_read_the_old_outline_cannot_save_into_the_new_one(
    database: Database, library: Library, document: str
):
    before = [section.version for section in Documents(database).load(document).sections]
    replan(database, document, outline(database, document, "B", "A"), [1, 0])
    after = [section.version for section in Documents(database).load(document).sections]
    assert all(now > then for now, then in zip(after, reversed(before), strict=True))


def test_what_is_dropped_with_its_text_can_be_had_back(
    database: Database, library: Library, document: str
):
    whole, plan = texts(database, document), Documents(database).load(document).plan
    replan(database, document, outline(database, document, "A", title="Tea"), [0])
    assert texts(database, document) == whole[:1]
    assert Documents(database).load(document).preamble == "# Tea"
    (kept,) = library.snapshots.of_document(document)
    library.snapshots.restore(document, kept.id)
    assert texts(database, document) == whole
    assert Documents(database).load(document).plan == plan
    assert Documents(database).load(document).preamble == "# 茶"


def test_events_tell_where_each_section_came_from(
    database: Database, library: Library, document: str
):
    replan(database, document, outline(database, document, "B", "New"), [1, None])
    told = Documents(database).events(document)[-1].data
    assert (told["event"], told["origins"]) == ("outline_changed", [1, None])
    assert [one["heading"] for one in told["plan"]["sections"]] == ["B", "New"]


def test_nothing_moves_while_it_is_written(database: Database, library: Library, document: str):
    jobs = Jobs(database)
    jobs.create(document, document, 1, None)
    plan = outline(database, document, "B", "A")
    with pytest.raises(DocumentBusyError):
        replan(database, document, plan, [1, 0])
    jobs.set_state(document, "done")
    replan(database, document, plan, [1, 0])
    library.trash.delete(document)
    with pytest.raises(UnknownDocumentError):
        Documents(database).load(document)


def test_a_section_that_is_not_there_cannot_be_placed(
    database: Database, library: Library, document: str
):
    before = texts(database, document)
    with pytest.raises(UnknownDocumentError):
        replan(database, document, outline(database, document, "A", "B"), [0, 7])
    assert texts(database, document) == before
