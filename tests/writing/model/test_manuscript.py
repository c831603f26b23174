"""A document as sections: its Markdown can be read back, with chapters and without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiezuo.writing import prompts
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import Outline, PlannedSection

SECTIONS = (
    PlannedSection(heading="Soil", words=50, chapter="The Field"),
    PlannedSection(heading="Rain", words=50),
    PlannedSection(heading="Water", words=50, chapter="The Cup"),
)
PLAN = Outline(brief=Brief(task="Tea.", language="en"), title="Tea", sections=SECTIONS)
FLAT = PLAN.model_copy(
    update={"sections": tuple(section.model_copy(update={"chapter": None}) for section in SECTIONS)}
)
BODIES = st.sampled_from(["Dark and deep.", "One.\n\nTwo.", "- a\n- b", "#### More\n\nText."])


def filled(plan: Outline, texts: list[str]) -> Manuscript:
    manuscript = Manuscript(plan)
    for part, text in zip(manuscript.parts, texts, strict=True):
        part.text, part.state = text, "written"
    return manuscript


@pytest.mark.parametrize("plan", [PLAN, FLAT])
@given(st.lists(BODIES, min_size=3, max_size=3))
def test_its_markdown_is_read_back(plan: Outline, texts: list[str]):
    manuscript = filled(plan, texts)
    again = Manuscript.read(plan, manuscript.text, frozenset(range(3)))
    assert [part.text for part in again.parts] == texts
    assert again.text == manuscript.text


def test_a_chapter_stands_above_its_first_section():
    text = filled(PLAN, ["A.", "B.", "C."]).text
    assert text.startswith(
        "# Tea\n\n## The Field\n\n### Soil\n\nA.\n\n### Rain\n\nB.\n\n## The Cup"
    )


def test_a_chapter_does_not_come_before_its_first_section_is_begun():
    manuscript = Manuscript(PLAN)
    manuscript.parts[0].text, manuscript.parts[0].state = "A.", "written"
    assert manuscript.text == "# Tea\n\n## The Field\n\n### Soil\n\nA.\n"


def test_the_prompt_shows_the_sections_of_one_chapter_only():
    shown = prompts.document(PLAN.brief, PLAN.sections, 2)
    assert "## The Field\n## The Cup\n### Water (about 50 words)" in shown
    assert "Soil" not in shown
    assert "## Soil (about 50 words)" in prompts.document(FLAT.brief, FLAT.sections, 2)


def test_spans_say_where_each_text_stands():
    manuscript = Manuscript(PLAN)
    for index, text in ((0, "\nOne.\n"), (2, "Three.")):
        manuscript.parts[index].text, manuscript.parts[index].state = text, "written"
    spans = manuscript.spans()
    assert {number: span.of(manuscript.text) for number, span in spans.items()} == {
        0: "One.",
        2: "Three.",
    }
