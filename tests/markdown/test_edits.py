"""Edits: all at once, never overlapping, positions mapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiezuo.markdown.edits import Edit, Edits, OverlapError


def test_edits_apply_at_once_to_the_old_positions():
    edits = Edits([Edit(4, 5, "B"), Edit(0, 1, "AA"), Edit(2, 2, "-")])
    assert edits.apply("a b c") == "AA -b B"


def test_two_insertions_at_one_place_keep_their_order():
    assert Edits([Edit(1, 1, "x"), Edit(1, 1, "y")]).apply("ab") == "axyb"


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(0, 3, ""), Edit(2, 4, "")],
        [Edit(3, 1, "")],
        [Edit(1, 3, ""), Edit(2, 2, "x")],
        [Edit(-2, 1, "")],
    ],
)
def test_overlaps_are_refused(edits):
    with pytest.raises(OverlapError):
        Edits(edits)


def test_an_edit_beyond_the_text_is_refused():
    with pytest.raises(OverlapError):
        Edits([Edit(2, 9, "")]).apply("abc")


@pytest.mark.parametrize(("old", "new"), [(0, 0), (1, 1), (2, 5), (3, 5), (4, 5), (5, 6)])
def test_positions_move_with_the_text(old: int, new: int):
    edits = Edits([Edit(2, 4, "xyz")])
    assert edits.apply("abcdef") == "abxyzef"
    assert edits.map(old) == new


@given(st.text(max_size=40), st.data())
def test_a_position_outside_all_edits_keeps_its_character(text: str, data: st.DataObject):
    ends = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(ends[::2], ends[1::2], strict=False))
    edits = Edits([Edit(start, end, data.draw(st.text(max_size=3))) for start, end in pairs])
    after = edits.apply(text)
    for at, mark in enumerate(text):
        if not any(start <= at < end for start, end in pairs):
            assert after[edits.map(at)] == mark
