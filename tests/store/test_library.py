"""Lists, trash, search, snapshots, templates, settings and rounds, on both databases."""

import time
from pathlib import Path

import pytest

from tests.support.stored import BRIEF
from xiezuo.errors import StoreDamagedError, UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.documents.details import DocumentUpdate, update_document
from xiezuo.store.documents.documents import Change, Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.library import Library


def test_a_list_has_titles_words_and_states(library: Library, document: str, owner: str):
    (one,) = library.summaries(owner)
    assert (one.id, one.title, one.sections, one.written) == (document, "茶", 2, 2)
    assert one.words == 14 + 6
    assert library.summaries("somebody else") == []
    assert library.summaries(owner, before=one.updated) == []


def test_a_list_tells_how_many_sections_need_review(
    library: Library, database: Database, document: str, owner: str
):
    assert library.summaries(owner)[0].review == 0
    documents = Documents(database)
    version = documents.load(document).sections[1].version
    documents.record(document, [], [Change(1, version, "Tea tea.", "needs_review")])
    (one,) = library.summaries(owner)
    assert (one.written, one.review) == (2, 1)


def test_tags_are_kept_and_narrow_the_list(
    library: Library, database: Database, document: str, owner: str
):
    other = Documents(database).create(BRIEF, "careful", 1, owner=owner)
    set_tags(database, document, ["茶/绿茶", 'a "b" \\ %', "茶/绿茶"])
    set_tags(database, other, ["茶"])
    for tag, found in {
        "茶/绿茶": [document],
        "茶": [other],
        'a "b" \\ %': [document],
        "%": [],
    }.items():
        assert [summary.id for summary in library.summaries(owner, tag=tag)] == found
    kept = library.summaries(owner, tag="茶/绿茶")[0]
    assert kept.tags == ("茶/绿茶", 'a "b" \\ %')
    assert Documents(database).load(document).tags == kept.tags
    set_tags(database, document, [])
    assert library.summaries(owner, tag="茶/绿茶") == []


def set_tags(database: Database, document: str, tags: list[str]) -> None:
    update_document(database, Documents(database).load(document), DocumentUpdate(tags=tags))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("制作方法", [0]),
        ("茶", [0]),
        ("green tea", [1]),
        ("100%", [1]),
        ("they_say", [1]),
        ("theyXsay", []),
        ('" OR "', []),
        ("coffee", []),
        ("  ", []),
    ],
)
def test_search_finds_chinese_and_english(
    library: Library, document: str, owner: str, words: str, found: list[int]
):
    hits = library.search(owner, words)
    assert [hit.position for hit in hits] == found
    assert all(words.casefold() in hit.excerpt.casefold() for hit in hits)
    assert library.search("somebody else", words) == []


def test_search_follows_every_change(
    library: Library, database: Database, document: str, owner: str
):
    Documents(database).record(document, [], [Change(0, 1, "Now about water.", "final")])
    assert library.search(owner, "制作方法") == []
    assert len(library.search(owner, "water")) == 1
    library.trash(document)
    assert library.search(owner, "water") == []


def test_the_trash_gives_back_until_it_is_purged(
    library: Library, database: Database, document: str, owner: str
):
    library.trash(document)
    assert library.summaries(owner) == []
    assert [summary.id for summary in library.summaries(owner, deleted=True)] == [document]
    assert library.purge(owner=owner) == 0  # it has not been there for thirty days
    library.untrash(document)
    assert [summary.id for summary in library.summaries(owner)] == [document]
    library.trash(document)
    Jobs(database).create(f"job{document[:8]}", document, 1, None)
    assert library.purge(owner=owner, before=time.time()) == 0  # a job is open
    Jobs(database).set_state(f"job{document[:8]}", "done")
    assert library.purge(owner=owner, before=time.time()) == 1
    with pytest.raises(UnknownDocumentError):
        Documents(database).load(document)
    with pytest.raises(UnknownDocumentError):
        library.trash(document)


def test_a_snapshot_brings_all_sections_back(library: Library, database: Database, document: str):
    documents = Documents(database)
    kept = library.snapshot(document, "before")
    documents.edit(document, 0, 1, "Other.")
    library.return_to(document, kept.id)
    texts = [section.text for section in documents.load(document).sections]
    assert texts == list(kept.texts)
    assert "Other." in [revision.text for revision in documents.revisions(document, 0)]
    assert [snapshot.name for snapshot in library.snapshots(document)] == ["before"]
    with pytest.raises(UnknownDocumentError):
        library.return_to(document, "nothing")


def test_rounds_are_kept_in_order_with_what_came_of_them(library: Library, document: str):
    first = library.add_round(document, "Shorter.", 0, "Short.")
    library.add_round(document, "Longer.", 1, "Long.")
    library.settle_round(document, first, "taken")
    found = [(one.instruction, one.state) for one in library.rounds(document)]
    assert found == [("Shorter.", "taken"), ("Longer.", "proposed")]
    with pytest.raises(UnknownDocumentError):
        library.settle_round(document, "nothing", "left")


def test_templates_and_settings_belong_to_their_owner(library: Library, owner: str):
    made = library.add_template(owner, "Weekly", BRIEF)
    assert [(template.name, template.brief) for template in library.templates(owner)] == [
        ("Weekly", BRIEF)
    ]
    with pytest.raises(UnknownDocumentError):
        library.remove_template("somebody else", made.id)
    library.remove_template(owner, made.id)
    assert library.templates(owner) == []
    library.set_settings(owner, {"theme": "dark", "size": 3})
    library.set_settings(owner, {"theme": None, "size": [4]})
    assert library.settings(owner) == {"size": [4]}
    assert library.settings("somebody else") == {}


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
