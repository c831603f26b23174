"""Converts markdown-it-py's block tokens to blocks with source offsets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from xiezuo.markdown.blocks import (
    Block,
    CodeBlock,
    Item,
    ItemList,
    Row,
    Table,
    TextBlock,
    split_row,
)
from xiezuo.markdown.fences import FENCE_MARKER
from xiezuo.markdown.span import Span

_BREAK = re.compile(r"\r\n?|\n")  # what CommonMark calls a line ending
_PREFIX = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
_CLOSING = re.compile(rf"[ \t>]*({FENCE_MARKER})[ \t]*$")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+")
_DIRECTIVE = re.compile(r"(?:\?{3}\+?|!{3}|:{3,})\s*\S|\[\^[^\]\n]+\]:")
_METADATA = re.compile(r"(?:[a-z][a-z_-]{1,20}:[^\n]*(?:\n|$))+")  # `author: …` before the text
_OTHERS: dict[str, Literal["html", "rule", "math", "front"]] = {
    "html_block": "html",
    "hr": "rule",
    "math_block": "math",
    "math_block_label": "math",
    "front_matter": "front",
}


@dataclass
class Parsed:
    blocks: list[Block] = field(default_factory=list[Block])
    lists: list[ItemList] = field(default_factory=list[ItemList])


def line_spans(source: str) -> list[Span]:
    """The lines of a text, without line breaks."""
    spans: list[Span] = []
    start = 0
    for line_break in _BREAK.finditer(source):
        spans.append(Span(start, line_break.start()))
        start = line_break.end()
    return [*spans, Span(start, len(source))]


def parse_blocks(source: str, lines: list[Span]) -> Parsed:
    environment: dict[str, object] = {}
    tokens = _parser().parse(source, environment)
    references = environment.get("references", {})
    assert isinstance(references, dict)
    return _Builder(source, lines, references).build(tokens)  # pyright: ignore[reportUnknownArgumentType]


@cache
def _parser() -> MarkdownIt:
    """Block parser: CommonMark with GFM's tables, dollar math and front matter."""
    parser = MarkdownIt("commonmark").enable("table").disable("inline")
    dollarmath_plugin(parser, allow_labels=False, allow_blank_lines=False)
    front_matter_plugin(parser)
    parser.validateLink = _accept_link
    parser.normalizeLink = lambda url: url
    return parser


class _Builder:
    def __init__(self, source: str, lines: list[Span], references: Mapping[str, object]) -> None:
        self.source = source
        self.lines = lines
        self.references = references
        self.parsed = Parsed()
        self.lists: list[ItemList] = []
        self.items: list[Item] = []
        self.depth = self.quotes = 0

    def build(self, tokens: list[Token]) -> Parsed:  # noqa: C901, PLR0912 - one case for each kind of token
        heading: Token | None = None
        for token in tokens:
            match token.type:
                case "heading_open":
                    heading = token
                case "heading_close":
                    heading = None
                case "inline" if token.map and self.table is None:
                    self._text(token, heading)
                case "bullet_list_open" | "ordered_list_open":
                    self._open_list(token)
                case "bullet_list_close" | "ordered_list_close":
                    self.lists.pop()
                    self.depth -= 1
                case "list_item_open":
                    self._open_item(token)
                case "list_item_close":
                    self.items.pop()
                case "blockquote_open" | "blockquote_close":
                    self.depth += token.nesting
                    self.quotes += token.nesting
                case "fence" | "code_block":
                    self._code(token)
                case "table_open":
                    self._open_table(token)
                case "tr_open":
                    self._row(token)
                case "table_close":
                    self.table = None
                case other if other in _OTHERS and token.map:
                    self._add(Block(_OTHERS[other], *self._place(token)))
                case _:
                    pass
        return self.parsed

    table: Table | None = None

    def _add(self, block: Block) -> None:
        self.parsed.blocks.append(block)
        if self.items:
            self.items[-1].blocks.append(block)

    def _place(self, token: Token) -> tuple[Span, int, int, bool]:
        """Span, first line, depth and quotation of a token."""
        assert token.map
        first, after = token.map
        last = min(max(first, after - 1), len(self.lines) - 1)
        while last > first and not self.source[slice(*self.lines[last])].strip():
            last -= 1
        span = Span(self.lines[first].start, self.lines[last].end)
        return span, first, self.depth, self.quotes > 0

    def _text(self, token: Token, heading: Token | None) -> None:
        assert token.map
        if not heading and (kind := self._special_kind(token.content)):
            self._add(Block(kind, *self._place(token)))
            return
        self._add(
            TextBlock(
                "heading" if heading else "paragraph",
                *self._place(heading or token),
                content=token.content,
                places=self._places(token.content, token.map[0], atx=bool(heading)),
                level=int(heading.tag[1]) if heading else 0,
                item=self.items[-1] if self.items and not self.items[-1].blocks else None,
                references=self.references,
            )
        )

    def _special_kind(self, content: str) -> Literal["front", "directive"] | None:
        """The kind of a paragraph that is not prose; None for prose."""
        if _DIRECTIVE.match(content):
            return "directive"
        first = not self.parsed.blocks and not self.depth
        return "front" if first and _METADATA.fullmatch(content) else None

    def _places(self, content: str, first: int, *, atx: bool = False) -> list[tuple[int, int]]:
        """For each line of `content`, its offset there and, after markers, in the source."""
        places: list[tuple[int, int]] = []
        inside = 0
        for number, text in enumerate(content.split("\n"), first):
            start, end = self.lines[min(number, len(self.lines) - 1)]
            if self.source.endswith(text, start, end):
                at = end - len(text)
            else:
                line = self.source[start:end].replace("\0", "\ufffd")
                lead = _HEADING.match(line, _prefix_end(line)) if atx else None
                own = text.rstrip()
                known = line.find(text, lead.end()) if lead else line.rfind(own)
                if known < 0:  # the indent of a list or code block split a tab before it
                    bare = own.lstrip()
                    known = max(line.rfind(bare), 0) - (len(own) - len(bare))
                at = max(start + known, 0)
            places.append((inside, at))
            inside += len(text) + 1
        return places

    def _code(self, token: Token) -> None:
        assert token.map
        span, first, depth, quoted = self._place(token)
        last = self.source[slice(*self.lines[min(token.map[1] - 1, len(self.lines) - 1)])]
        closing = _CLOSING.match(last) if token.map[1] - first > 1 else None
        closed = bool(closing and closing[1].startswith(token.markup))
        fenced = token.type == "fence"
        self._add(
            CodeBlock(
                "code",
                span,
                first,
                depth,
                quoted,
                content=token.content,
                places=self._places(token.content, first + fenced),
                info=token.info,
                fence=token.markup,
                closed=closed or not fenced,
                opening=self.lines[first],
            )
        )

    def _open_list(self, token: Token) -> None:
        span, _, depth, _ = self._place(token)
        self.lists.append(ItemList(token.type == "ordered_list_open", span, depth))
        self.parsed.lists.append(self.lists[-1])
        self.depth += 1

    def _open_item(self, token: Token) -> None:
        span, first, _, _ = self._place(token)
        start, end = self.lines[first]
        if self.items and self.items[-1].span.start == span.start:
            start = self.items[-1].marker.end
        marker = f"{token.info}{token.markup}"
        at = max(start, self.source.find(marker, start, end))
        number = int(token.info) if token.info.isdecimal() else None
        self.items.append(Item(span, Span(at, at + len(marker)), number))
        self.lists[-1].items.append(self.items[-1])

    def _open_table(self, token: Token) -> None:
        assert token.map
        first = token.map[0]
        self.table = Table(
            "table",
            *self._place(token),
            header=self._cells(first),
            delimiter=self._cells(first + 1),
        )
        self._add(self.table)

    def _row(self, token: Token) -> None:
        assert token.map
        if self.table and token.map[0] > self.table.line + 1:
            self.table.rows.append(self._cells(token.map[0]))

    def _cells(self, number: int) -> Row:
        start, end = self.lines[number]
        if self.depth:
            start += _prefix_end(self.source[start:end])
        return Row(Span(start, end), split_row(self.source, start, end))


def _prefix_end(line: str) -> int:
    """Where the text of a line begins, after the markers of quotes and lists."""
    prefix = _PREFIX.match(line)
    return prefix.end() if prefix else 0


def _accept_link(url: str) -> bool:  # noqa: ARG001 - markdown-it's signature
    """Accept every link, safe or not; lint rules check the targets."""
    return True
