"""Templates belong to their owner."""

import pytest

from tests.support.stored import BRIEF
from xiezuo.errors import UnknownDocumentError
from xiezuo.store.library import Library


def test_templates_belong_to_their_owner(library: Library, owner: str):
    made = library.templates.add(owner, "Weekly", BRIEF)
    assert [(template.name, template.brief) for template in library.templates.of_owner(owner)] == [
        ("Weekly", BRIEF)
    ]
    with pytest.raises(UnknownDocumentError):
        library.templates.remove("somebody else", made.id)
    library.templates.remove(owner, made.id)
    assert library.templates.of_owner(owner) == []
