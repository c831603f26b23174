"""Lists of documents: titles, words, states, tags; on both databases."""

from tests.support.stored import BRIEF
from xiezuo.store.database import Database
from xiezuo.store.documents.details import DocumentUpdate, update_document
from xiezuo.store.documents.documents import Change, Documents
from xiezuo.store.library import Library


def test_a_list_has_titles_words_and_states(library: Library, document: str, owner: str):
    (one,) = library.summaries.of_owner(owner)
    assert (one.id, one.title, one.sections, one.written) == (document, "茶", 2, 2)
    assert one.words == 14 + 6
    assert library.summaries.of_owner("somebody else") == []
    assert library.summaries.of_owner(owner, before=one.updated) == []


def test_a_list_tells_how_many_sections_need_review(
    library: Library, database: Database, document: str, owner: str
):
    assert library.summaries.of_owner(owner)[0].review == 0
    documents = Documents(database)
    version = documents.load(document).sections[1].version
    documents.record(document, [], [Change(1, version, "Tea tea.", "needs_review")])
    (one,) = library.summaries.of_owner(owner)
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
        assert [summary.id for summary in library.summaries.of_owner(owner, tag=tag)] == found
    kept = library.summaries.of_owner(owner, tag="茶/绿茶")[0]
    assert kept.tags == ("茶/绿茶", 'a "b" \\ %')
    assert Documents(database).load(document).tags == kept.tags
    set_tags(database, document, [])
    assert library.summaries.of_owner(owner, tag="茶/绿茶") == []


def set_tags(database: Database, document: str, tags: list[str]) -> None:
    update_document(database, Documents(database).load(document), DocumentUpdate(tags=tags))
