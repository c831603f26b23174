"""The faults of a brief by field, and the edits that fix them."""

import pytest

from xiezuo.markdown.edits import Edits
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.planning.estimate import check_brief

GOOD = {
    "role": "a tea grower", "task": "Explain how green tea is made, for people who drink it.",
    "example": "Pick early. The dew is still on the leaf.", "structure": ["Picking", "Steaming"],
    "words": 400,
}  # fmt: skip


def test_a_good_brief_has_none():
    assert check_brief(Brief(**GOOD)) == ()


@pytest.mark.parametrize("field", ["role", "example", "structure"])
def test_what_is_missing_is_told_of_its_field(field: str):
    rest = {name: value for name, value in GOOD.items() if name != field}
    (fault,) = check_brief(Brief(**rest))
    assert (fault.field, fault.start, fault.end) == (field, 0, 0)


def test_a_fault_stands_in_its_field():
    task = "Write an article about tea for {audience} who drink it."
    (fault,) = check_brief(Brief(**GOOD | {"task": task}))
    assert (fault.diagnostic.code, fault.field) == ("BRF009", "task")
    assert (fault.start, fault.end) == (0, len(task))


def test_an_open_code_block_is_closed():
    example = "Short.\n\n```python\nprint('tea')"
    brief = Brief(**GOOD | {"example": example})
    (fault,) = check_brief(brief)
    assert (fault.diagnostic.code, fault.field) == ("BRF008", "example")
    fixed = Edits(fault.edits).apply(example)
    assert check_brief(Brief(**GOOD | {"example": fixed})) == ()


def test_lengths_are_made_to_add_up():
    structure = [{"heading": heading, "words": 300} for heading in ("Picking", "Steaming")]
    (fault,) = check_brief(Brief(**GOOD | {"structure": structure, "words": 200}))
    assert (fault.diagnostic.code, fault.field) == ("BRF007", "words")
    words = int(Edits(fault.edits).apply("200"))
    assert check_brief(Brief(**GOOD | {"structure": structure, "words": words})) == ()
