"""Blocks of a section: which must be there, how tables come to render, where a text is whole."""

import pytest

from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import PlannedSection
from xiezuo.writing.repair.python_fixes import fix_python
from xiezuo.writing.section.block_requests import block_requests, code_language
from xiezuo.writing.section.required_blocks import RequiredBlocks

BRIEF = Brief(task="Teach Python.")


def section(heading: str, intent: str | None = None) -> PlannedSection:
    return PlannedSection(heading=heading, words=100, intent=intent)


@pytest.mark.parametrize(
    ("planned", "wanted"),
    [
        (section("Reading Lines", "show code that reads a file"), {"code"}),
        (section("读取文件", "给出代码示例"), {"code"}),
        (section("Costs", "include a table of costs"), {"table"}),
        (section("费用", "用表格列出"), {"table"}),
        (section("The Round Table"), {"table"}),
        (section("Table Tennis"), set()),
        (section("Dress Codes"), set()),
        (section("History"), set()),
    ],
)
def test_what_a_section_must_contain_is_said_in_so_many_words(planned: PlannedSection, wanted: set):
    assert block_requests(planned) == wanted


def test_the_language_of_code_is_the_one_that_is_named():
    assert code_language(BRIEF, section("Files")) == "python"
    assert code_language(BRIEF, section("Files", "in bash")) == "bash"
    assert code_language(Brief(task="Explain tea."), section("Files")) == "text"


def test_a_missing_block_is_opened_once():
    blocks = RequiredBlocks(BRIEF, section("Files", "with code"), "")
    assert blocks.share < 1
    assert blocks.missing() == "```python\n"
    assert blocks.missing() is None
    assert (
        RequiredBlocks(BRIEF, section("Files", "with code"), "```python\nx\n```").missing() is None
    )


def test_rows_have_as_many_cells_as_the_header():
    blocks = RequiredBlocks(BRIEF, section("Costs", "a table"), "")
    header = "| Tea | Cost | Note |"
    assert blocks.delimiter(f"Text.\n\n{header}") == "| --- | --- | --- |\n"
    grammar = blocks.grammar(f"{header}\n| --- | --- | --- |")
    assert grammar is not None
    assert grammar.count("cell") == 3 + 1
    assert blocks.grammar("Plain text.") is None
    assert "root" in (blocks.grammar("Text.\n\n|") or "")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("One. Two. And then", "One. Two."),
        ("One.\n\n- a\n- b", "One.\n\n- a\n- b"),
        ("One.\n\n- a\n-", "One.\n\n- a"),
        ("One.\n\n### More", "One."),
        ("One. The steps are:", "One."),
        ("One.\n\nThe steps are:", "One."),
        ("One.\n\n```python\nx = 1\n```", "One.\n\n```python\nx = 1\n```"),
        ("One.\n\n| a | b |", "One."),
        ("One.\n\n| a | b |\n| --- | --- |", "One."),
        (
            "One.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |",
            "One.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |",
        ),
        ("水开了。再放茶", "水开了。"),
    ],
)
def test_a_text_ends_with_something_whole(text: str, whole: str):
    ends = [at + 1 for at, mark in enumerate(text) if mark in ".。"]
    good = ends[-1] if ends else 0
    assert text[: RequiredBlocks.whole(text, good)] == whole


def test_where_nothing_sound_ends_before_it_a_text_stays_as_it_is():
    assert RequiredBlocks.whole("Tea is sma", len("Tea is sma")) == len("Tea is sma")


class TestCodeRepair:
    def test_the_part_that_parses_is_kept(self):
        body = "Run:\n\n```python\nx = 1\nprint(x)\nfor y in\n```\n"
        assert fix_python(body) == "Run:\n\n```python\nx = 1\nprint(x)\n```\n"

    def test_code_that_says_too_little_then_is_left_for_review(self):
        body = "```python\n# only a comment\nfor y in\n```\n"
        assert fix_python(body) == body

    def test_known_modules_are_imported(self):
        body = "```python\nprint(math.pi)\n```\n"
        assert fix_python(body) == "```python\nimport math\n\nprint(math.pi)\n```\n"

    def test_other_languages_and_sound_code_stay(self):
        for body in ("```js\nfor (\n```\n", "```python\nx = 1\ny = x\n```\n", "No code."):
            assert fix_python(body) == body
