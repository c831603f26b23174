"""The plan: every section has a heading that is found again and a length; lengths add up."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from xiezuo.writing.model.brief import Brief, RequestedSection
from xiezuo.writing.model.outline import (
    SMALLEST_SECTION,
    Outline,
    even_sections,
    requested_sections,
)
from xiezuo.writing.section.buffer import find_sections


def lengths(words: int | None, *sections: int | None) -> list[int]:
    structure = [RequestedSection(heading="x", words=words) for words in sections]
    brief = Brief(task="Explain tea.", words=words, structure=structure)
    return [section.words for section in requested_sections(brief)]


def headings(*given: str) -> list[str]:
    brief = Brief(task="Explain tea.", structure=list(given))
    return [section.heading for section in requested_sections(brief)]


@pytest.mark.parametrize(
    ("words", "sections", "planned"),
    [
        (900, (None, None, None), [300, 300, 300]),
        (900, (500, None, None), [500, 200, 200]),
        (900, (100, 200), [100, 200]),  # a section's own length is the stronger wish
        (None, (100, None), [100, 100]),
        (None, (None, None), [400, 400]),  # an article's usual 800
        (900, (880, None), [880, SMALLEST_SECTION]),
        (900, (2000, None), [2000, SMALLEST_SECTION]),
    ],
)
def test_what_is_left_of_the_length_is_shared_by_sections_without_one(
    words: int | None, sections: tuple[int | None, ...], planned: list[int]
):
    assert lengths(words, *sections) == planned


def test_intents_are_kept():
    section = RequestedSection(heading="Leaf", intent="how it is picked")
    planned = requested_sections(Brief(task="x", structure=[section]))
    assert planned[0].intent == "how it is picked"


@pytest.mark.parametrize(
    ("given", "heading"),
    [
        ("## Leaf", "Leaf"),
        ("Leaf ##", "Leaf"),
        ("C#", "C#"),
        ("#hashtags", "hashtags"),
        ("From leaf\n  to cup", "From leaf to cup"),
        ("一、 采茶", "一、 采茶"),
        ("`# code` and *stars*", "`# code` and *stars*"),
    ],
)
def test_a_heading_is_one_line_without_our_markers(given: str, heading: str):
    assert headings(given) == [heading]


@pytest.mark.parametrize("given", ["", "  ", "##", "# #"])
def test_a_heading_has_words(given: str):
    with pytest.raises(ValidationError):
        headings(given)


@example(["C#", "F# and C ##", "a\nb"])
@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=4))
def test_every_heading_that_a_brief_may_have_is_found_again_in_the_document(given: list[str]):
    try:
        planned = headings(*given)
    except ValidationError:
        return
    document = "\n\n".join(f"## {heading}\n\nText." for heading in planned)
    assert list(find_sections(document, planned)[1].values()) == ["Text."] * len(planned)


def test_planned_headings_share_the_length_evenly():
    sections = even_sections(900, dict.fromkeys(["a", "b", "c"]))
    assert [(section.heading, section.words) for section in sections] == [
        ("a", 300),
        ("b", 300),
        ("c", 300),
    ]


def test_no_section_is_too_small_for_its_heading():
    sections = even_sections(100, dict.fromkeys(["a", "b", "c", "d"]))
    assert {section.words for section in sections} == {SMALLEST_SECTION}


def test_a_plan_survives_being_saved():
    brief = Brief(task="茶", structure=["甲", "乙"])
    plan = Outline(brief=brief, title=None, sections=requested_sections(brief))
    assert Outline.model_validate_json(plan.model_dump_json()) == plan
