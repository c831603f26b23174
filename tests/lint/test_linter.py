"""The linter as a whole: choosing rules, suppressing, fixing, and staying linear."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.support.markdown import MARKDOWN
from xiezuo.errors import LintConfigError
from xiezuo.lint import Expected, ExpectedSection, Linter, fix, lint
from xiezuo.markdown.edits import Edits


def codes(text: str, **options) -> list[str]:
    return [diagnostic.code for diagnostic in lint(text, **options)]


class TestChoosing:
    TEXT = "## A\n\n#### B\n\n水开了,再放。\n"

    def test_default_rules_leave_out_those_that_are_off(self):
        assert "FMT017" not in codes("用Python写。")
        assert "FMT017" in codes("用Python写。", select=["FMT017"])

    def test_families_and_exact_codes(self):
        assert codes(self.TEXT, select=["STR"]) == ["STR001"]
        assert codes(self.TEXT, select=["FMT"]) == ["FMT007"]
        assert "FMT007" not in codes(self.TEXT, ignore=["FMT007"])
        assert codes(self.TEXT, select=["FMT007"], ignore=["FMT"]) == ["FMT007"]

    def test_an_unknown_code_is_an_error(self):
        with pytest.raises(LintConfigError, match="XYZ"):
            lint("a", select=["XYZ"])

    def test_rules_about_an_outline_need_one(self):
        outline = Expected((ExpectedSection("Water"),))
        assert "CUT006" not in codes("# A\n\ntext\n")
        assert "CUT006" in codes("# A\n\ntext\n", outline=outline)

    def test_a_text_the_engine_cut_off_is_unfinished_on_one_sign(self):
        assert codes("green tea") == []
        assert codes("green tea", finish_reason="length") == ["CUT001"]


class TestSuppressing:
    @pytest.mark.parametrize(
        "text",
        [
            "<!-- xiezuo: ignore FMT007 -->\n\n水开了,再放。\n",
            "<!-- xiezuo: ignore FMT -->\n\n水开了,再放。\n",
            "<!-- xiezuo: ignore -->\n\n水开了,再放。\n",
            "水开了,再放。 <!-- xiezuo: ignore FMT007 -->\n",
            "<!-- xiezuo: ignore-file FMT007 -->\n\n# 茶\n\n水开了,再放。\n",
        ],
    )
    def test_a_comment_covers_its_block_line_or_file(self, text: str):
        assert "FMT007" not in codes(text)

    @pytest.mark.parametrize(
        "text",
        [
            "<!-- xiezuo: ignore CUT001 -->\n\n水开了,再放。\n",
            "<!-- xiezuo: ignore FMT007 -->\n\n好。\n\n水开了,再放。\n",
            "```text\n<!-- xiezuo: ignore-file -->\n```\n\n水开了,再放。\n",
        ],
    )
    def test_other_rules_and_other_blocks_are_not_covered(self, text: str):
        assert "FMT007" in codes(text)


class TestFixing:
    BROKEN = "好的，以下是关于茶的文章：\n\n# 茶\n\n**注意：**水开了,再放。\n\n| a |\n| b |\n\n```python\nprint(“x”)\n"

    def test_safe_fixes_leave_nothing_safe_to_fix(self):
        result = fix(self.BROKEN)
        assert "**注意**：水开了，再放。" in result.text
        assert result.text.endswith('print("x")\n```\n')
        assert not [
            diagnostic for diagnostic in result.remaining if diagnostic.fix and diagnostic.fix.safe
        ]
        assert {diagnostic.code for diagnostic in result.fixed} >= {
            "FMT010",
            "FMT005",
            "FMT007",
            "FMT001",
            "CUT002",
            "COD010",
        }

    def test_the_rounds_lead_from_the_old_text_to_the_new_one(self):
        result = fix(self.BROKEN)
        text = self.BROKEN
        for edits in result.edits:
            text = edits.apply(text)
        assert text == result.text

    def test_unsafe_fixes_wait_to_be_asked_for(self):
        text = "Heat the the water.\n"
        assert fix(text).text == text
        assert fix(text, unsafe=True).text == "Heat the water.\n"

    def test_of_fixes_that_meet_the_earlier_one_is_made_first(self):
        """A paragraph said again is two repeated sentences and one repeated paragraph."""
        first = "The old keeper climbed the stairs every evening before the sun went down."
        second = "He lit the great lamp and wrote the hour into a book that nobody would read."
        text = f"# Lamp\n\n{first} {second}\n\nIt rained.\n\n{first} {second}\n"
        assert {one.code for one in Linter().lint(text)} == {"REP001", "REP002"}
        assert fix(text, unsafe=True).text.count(first) == 1


FAULTY = st.lists(
    st.sampled_from(
        [
            "**注意：**这很重要,对吧.\n\n",
            "##标题\n\n",
            "| a | b |\n| c | d |\n\n",
            "-项目\n-项目\n\n",
            "text<|im_end|> more\n\n",
            "```python\nprint(“x”)\n```\n\n",
            "Heat the water，then wait。\n\n",
            "# 茶\n\n",
            "普通的一段话，没有问题。\n\n",
            "| a | b |\n|-|-|\n| c |\n\n",
            "A plain paragraph with *emphasis*.\n\n",
            "> 引用的话,在这里。\n\n",
            "1. one\n2. two\n\n",
            "## 泡茶\n\n泡茶。水要软。\n\n",
            "Boil\u200bing.\n\n",
            "| a |\n|-|\n| b |\nafter the table\n\n",
            "[link](x) and `code`\n\n",
        ]
    ),
    min_size=1,
    max_size=8,
).map("".join)


@given(FAULTY)
def test_a_safe_fix_changes_the_rendering_of_its_own_blocks_only(text: str):
    """Blocks that no edit touches render as before."""
    linter = Linter(ignored=["REP", "STR", "PAD"])
    fixable = [
        diagnostic for diagnostic in linter.lint(text) if diagnostic.fix and diagnostic.fix.safe
    ]
    for diagnostic in fixable[:4]:
        assert diagnostic.fix
        edits = Edits(diagnostic.fix.edits)
        after = edits.apply(text)
        start = min(edit.start for edit in diagnostic.fix.edits)
        end = max(edit.end for edit in diagnostic.fix.edits)
        before_blocks, after_blocks = rendered(text), rendered(after)
        untouched = [
            html for lines, html in before_blocks if not (lines[0] <= end and start <= lines[1])
        ]
        for html in untouched:
            assert html in [other for _, other in after_blocks], (diagnostic.code, html)


def rendered(text: str) -> list[tuple[tuple[int, int], str]]:
    """Characters and HTML of each top-level block."""
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(text)
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    blocks: list[tuple[tuple[int, int], str]] = []
    group: list = []
    for token in tokens:
        group.append(token)
        if token.level == 0 and token.nesting <= 0:
            first, last = group[0].map
            html = parser.renderer.render(group, parser.options, {})
            blocks.append(((starts[first], starts[min(last, len(starts) - 1)] - 1), html))
            group = []
    return blocks


@given(st.one_of(FAULTY, MARKDOWN))
def test_fixing_twice_changes_nothing_more(text: str):
    for unsafe in (False, True):
        once = fix(text, unsafe=unsafe).text
        assert fix(once, unsafe=unsafe).text == once


@given(st.one_of(MARKDOWN, st.text(max_size=300)))
def test_any_text_can_be_linted(text: str):
    for diagnostic in lint(text, select=["ALL"]):
        assert 0 <= diagnostic.start <= diagnostic.end <= len(text)
        assert diagnostic.line >= 1
        assert diagnostic.column >= 1


HOSTILE = {
    "brackets": "[", "bracket pairs": "[a](", "asterisks": "a** b", "backticks": "`a ``", "dollars": "$a ",
    "quotes": "> a\n", "thoughts": "<think>", "scripts": "<script>", "columns": "|a", "rows": "|a|\n|-|\n|b",
    "words": "the ", "Han": "我们", "NUL": "\0", "surrogates": "\ud800 ", "marks": "a\u0301", "lists": "- a\n",
    "comments": "<!-- xiezuo: ignore CUT001 -->\n\na\n\n", "sentences": "Tea is good and old. ",
    "code": "```c\n((((\n```\n", "entities": "&amp;\\", "headings": "# a\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_costs_more_than_linear_time(name: str):
    """Four times the text takes no more than about four times as long (noise allowed)."""
    linter = Linter()

    def seconds(size: int) -> float:
        text = HOSTILE[name] * (size // len(HOSTILE[name]))
        start = time.process_time()  # other processes' turns are not ours
        linter.lint(text)
        return time.process_time() - start

    seconds(1000)
    small = min(seconds(5_000), seconds(5_001))
    large = min(seconds(20_000), seconds(20_001))
    assert large < 9 * small + 0.05
