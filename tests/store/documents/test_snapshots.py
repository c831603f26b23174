"""Snapshots bring outline and texts back, on both databases."""

import pytest

from xiezuo.errors import UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.library import Library


def test_a_snapshot_brings_all_sections_back(library: Library, database: Database, document: str):
    documents = Documents(database)
    kept = library.snapshots.take(document, "before")
    documents.edit(document, 0, 1, "Other.")
    library.snapshots.restore(document, kept.id)
    texts = [section.text for section in documents.load(document).sections]
    assert texts == list(kept.texts)
    assert "Other." in [revision.text for revision in documents.revisions(document, 0)]
    assert [snapshot.name for snapshot in library.snapshots.of_document(document)] == ["before"]
    with pytest.raises(UnknownDocumentError):
        library.snapshots.restore(document, "nothing")
