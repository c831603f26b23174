"""What stands of a document from its start."""

import pytest

from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import Outline, PlannedSection


def manuscript(*sections: tuple[str, str], title: str | None = "Tea") -> Manuscript:
    """Sections with these texts and states, the second in a chapter."""
    planned = tuple(
        PlannedSection(heading=f"Part {number}", words=40, chapter="More" if number == 1 else None)
        for number, _ in enumerate(sections)
    )
    document = Manuscript(Outline(brief=Brief(task="Explain tea."), title=title, sections=planned))
    for part, (text, state) in zip(document.parts, sections, strict=True):
        part.text, part.state = text, state
    return document


@pytest.mark.parametrize(
    ("states", "standing"),
    [
        ("written written", 2), ("needs_review final", 2), ("written writing", 1),
        ("planned planned", 0), ("writing written", 0),
    ],
)  # fmt: skip
def test_it_ends_at_the_first_section_that_is_not_finished(states: str, standing: int):
    document = manuscript(*((f"Text {at}.", state) for at, state in enumerate(states.split())))
    expected = ["# Tea", "### Part 0\n\nText 0.", "## More\n\n### Part 1\n\nText 1."]
    assert document.finished_blocks() == expected[: standing + 1]
    assert document.finished_blocks(everything=True) == expected


@pytest.mark.parametrize("text", ["Text.", "\nText.\n\n", "", "\n"])
def test_joined_it_is_the_document(text: str):
    document = manuscript((text, "written"), ("More.", "written"))
    assert "\n\n".join(document.finished_blocks()) + "\n" == document.text


def test_a_text_without_sections_stands_when_it_is_whole():
    document = manuscript()
    assert (document.finished_blocks(), document.finished_blocks(everything=True)) == (
        [],
        ["# Tea"],
    )


def test_without_a_title_its_place_stays_empty():
    assert manuscript(("Text.", "written"), title=None).finished_blocks()[0] == ""
