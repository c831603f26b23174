"""An outline as text: what a person edits is what is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiezuo.errors import BriefError
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline, PlannedSection
from xiezuo.writing.planning.outline_markdown import outline_text, parse_outline

BRIEF = Brief(task="Explain tea.", words=300)
WORDS = (
    st.text("abc 茶水.,'", min_size=1, max_size=30)
    .map(str.strip)
    .filter(lambda text: text.strip(" .,'"))
)
LINE = WORDS.map(lambda text: " ".join(text.split()))
SECTIONS = st.lists(
    st.builds(
        PlannedSection, heading=LINE, words=st.integers(10, 5000), intent=st.none() | WORDS,
        chapter=st.none() | LINE,
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@given(SECTIONS, st.none() | WORDS)
def test_it_reads_back_what_it_wrote(sections: list[PlannedSection], title: str | None):
    plan = Outline(brief=BRIEF, title=title, sections=tuple(sections))
    again = parse_outline(outline_text(plan), BRIEF)
    assert again.sections == plan.sections


def test_sections_without_a_length_share_what_is_left():
    plan = parse_outline("# Tea\n\n- Leaf (100)\n- Cup: how to pour\n2. Pot", BRIEF)
    assert plan.title == "Tea"
    assert [(section.heading, section.words, section.intent) for section in plan.sections] == [
        ("Leaf", 100, None), ("Cup", 100, "how to pour"), ("Pot", 100, None),
    ]  # fmt: skip


def test_a_deeper_heading_begins_a_chapter():
    plan = parse_outline("# Tea\n## Field\n- Leaf\n- Rain\n\n## House\n\n- Cup", BRIEF)
    assert [section.chapter for section in plan.sections] == ["Field", None, "House"]


@pytest.mark.parametrize("text", ["", "# Tea", "Leaf\nCup", "- Leaf\nsomething else"])
def test_what_is_no_outline_is_said(text: str):
    with pytest.raises(BriefError, match="outline"):
        parse_outline(text, BRIEF)
