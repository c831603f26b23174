"""Rounds stay in order with what became of their proposals."""

import pytest

from xiezuo.errors import UnknownDocumentError
from xiezuo.store.library import Library


def test_rounds_are_kept_in_order_with_what_came_of_them(library: Library, document: str):
    first = library.rounds.add(document, "Shorter.", 0, "Short.")
    library.rounds.add(document, "Longer.", 1, "Long.")
    library.rounds.settle(document, first, "taken")
    found = [(one.instruction, one.state) for one in library.rounds.of_document(document)]
    assert found == [("Shorter.", "taken"), ("Longer.", "proposed")]
    with pytest.raises(UnknownDocumentError):
        library.rounds.settle(document, "nothing", "left")
