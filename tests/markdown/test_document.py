"""A document as data: blocks, sections, sentences and inline spans, each at its characters."""

import pytest
from hypothesis import example, given

from tests.support.markdown import MARKDOWN
from xiezuo.markdown.blocks import CodeBlock, TextBlock
from xiezuo.markdown.document import MarkdownDocument


@given(MARKDOWN)
@example("- |a|b|\n\ttext ")  # a list's indent splits the tab
def test_every_character_of_a_block_is_where_it_says(source: str):
    document = MarkdownDocument(source)
    for block in document.blocks:
        assert 0 <= block.span.start <= block.span.end <= len(source)
        if isinstance(block, TextBlock):
            assert len(block.prose) == len(block.content)
        if isinstance(block, TextBlock | CodeBlock):
            for at, mark in enumerate(block.content):
                if mark.isalnum():
                    assert source[block.source_offset(at)] == mark


@given(MARKDOWN)
def test_blocks_and_sentences_come_in_order(source: str):
    document = MarkdownDocument(source)
    starts = [block.span.start for block in document.blocks]
    assert starts == sorted(starts)
    for sentence in document.sentences:
        assert sentence.text
        assert sentence.span.start <= sentence.span.end


def test_lines_are_those_of_commonmark():
    document = MarkdownDocument("a\r\nb\rc\u2028d\x0be\nf")
    assert [document.source[start:end] for start, end in document.lines] == [
        "a",
        "b",
        "c\u2028d\x0be",
        "f",
    ]
    assert document.position(3) == (2, 1)
    assert document.position(len(document.source)) == (4, 2)


def test_sections_form_a_tree():
    document = MarkdownDocument("lead\n\n# A\n\n## B\n\nb\n\n### C\n\nc c\n\n## D\n")
    assert [(section.title, section.level) for section in document.sections] == [
        ("", 0),
        ("A", 1),
        ("B", 2),
        ("C", 3),
        ("D", 2),
    ]
    a, b = document.sections[1:3]
    assert [child.title for child in a.children] == ["B", "D"]
    assert b.words == 3
    assert b.parent is a


def test_headings_in_quotes_and_lists_make_no_section():
    assert [section.title for section in MarkdownDocument("# A\n\n> # B\n\n- # C\n").sections] == [
        "A"
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Li drinks tea, e.g. green tea. It is 80.5 °C! Really?", 3),
        ("水开了。再放茶叶！好吗？", 3),
        ("他说：“茶凉了。”然后走了。", 2),
        ("Call `a.b()` now. Then go.", 2),
        ("no end", 1),
    ],
)
def test_sentences(text: str, sentences: int):
    assert len(MarkdownDocument(text).sentences) == sentences


def test_a_table_knows_its_cells():
    source = "| a | b\\|c |\n| - | - |\n| 1 |  |\n"
    (table,) = MarkdownDocument(source).tables
    assert [cell.of(source) for cell in table.header.cells] == ["a", "b\\|c"]
    assert [cell.of(source) for cell in table.rows[0].cells] == ["1", ""]


def test_code_knows_whether_it_is_closed():
    closed, opened = MarkdownDocument("```py\nx\n```\n\n- ```js\n  y\n").fences
    assert (closed.closed, closed.language, closed.content) == (True, "py", "x\n")
    assert (opened.closed, opened.language) == (False, "js")
    assert opened.source_span(0, 1) == (23, 24)


def test_inline_spans():
    source = "a **b** `c` [d](e) ![f](g) <i>h</i> $x$ **注意：**这"
    (block,) = MarkdownDocument(source).paragraphs
    inline = block.inline
    assert [span.of(source) for span in inline.strong] == ["**b**"]
    assert [span.of(source) for span in inline.code] == ["`c`"]
    assert [(link.label.of(source), link.href) for link in inline.links] == [("d", "e"), ("f", "g")]
    assert [span.of(source) for span in inline.html] == ["<i>", "</i>"]
    assert [span.of(source) for span in inline.math] == ["$x$"]
    assert [span.of(source) for span in inline.literal] == ["**", "**"]


def test_metadata_and_containers_are_no_prose():
    document = MarkdownDocument(
        "author: Li, Wang\n\n# A\n\n??? note\n    text\n\n[^1]: a note\n\nprose\n"
    )
    assert [block.kind for block in document.blocks] == [
        "front",
        "heading",
        "directive",
        "directive",
        "paragraph",
    ]


def test_the_language_of_each_passage():
    document = MarkdownDocument("水开以后再放茶叶。\n\nThen wait for three minutes.\n")
    assert [block.language for block in document.paragraphs] == ["zh", "en"]
