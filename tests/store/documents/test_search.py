"""Search in sections, in Chinese and English, on both databases."""

import pytest

from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Change, Documents
from xiezuo.store.library import Library


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
    hits = library.search.find(owner, words)
    assert [hit.position for hit in hits] == found
    assert all(words.casefold() in hit.excerpt.casefold() for hit in hits)
    assert library.search.find("somebody else", words) == []


def test_search_follows_every_change(
    library: Library, database: Database, document: str, owner: str
):
    Documents(database).record(document, [], [Change(0, 1, "Now about water.", "final")])
    assert library.search.find(owner, "制作方法") == []
    assert len(library.search.find(owner, "water")) == 1
    library.trash.put(document)
    assert library.search.find(owner, "water") == []
