"""Briefs as the linter reads them: leniently, with the characters of each part."""

import pytest

from xiezuo.errors import LintInputError
from xiezuo.lint.brief import expected_of, parse_parts


def test_each_part_knows_its_characters():
    text = "role: 茶农\ntask: Explain tea.\nstructure:\n  - Leaves\n  - heading: Water\n    words: 300\nwords: 900\n"
    parts = parse_parts(text)
    assert parts.role == "茶农"
    assert text[slice(*parts.span("task"))] == "Explain tea."
    assert [(section.heading, section.words) for section in parts.structure] == [
        ("Leaves", None),
        ("Water", 300),
    ]
    assert expected_of(parts).words == 900


@pytest.mark.parametrize("text", ["", "- a\n", "just words", "a: [", "a: *b\n", "x: \x01"])
def test_what_is_no_brief_is_an_error(text: str):
    with pytest.raises(LintInputError):
        parse_parts(text)


def test_odd_values_are_read_as_empty():
    parts = parse_parts("task: [a]\nwords: many\nstructure: {a: b}\n")
    assert (parts.task, parts.words, parts.structure) == ("", None, ())
