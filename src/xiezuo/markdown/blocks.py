"""The blocks of a Markdown document, with the position of their characters in the source."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal

from xiezuo.markdown.inline import HIDDEN, Inline, parse_inline
from xiezuo.markdown.sentences import SENTENCE_EDGES, split_sentences
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import TextLanguage, count_words, language_of

_NOWHERE = Span(0, 0)
_PLAIN = re.compile("[\u2060\ufffc]+")
_SEEN = re.compile("[^\u2060]+")


@dataclass(eq=False)
class Block:
    """A leaf block of the document: HTML, a rule, a formula, front matter, or a subclass.

    Attributes:
        kind: the name in CommonMark; `front` is metadata before the text, `directive` a footnote
            definition or a container of MkDocs or Docusaurus (`??? note`).
        span: its lines, without the last line break.
        line: number of its first line, from 0.
        depth: number of lists and quotes around it.
        quoted: whether one of them is a quote.
    """

    kind: Literal[
        "heading", "paragraph", "code", "table", "html", "rule", "math", "front", "directive"
    ]
    span: Span
    line: int
    depth: int
    quoted: bool


@dataclass(eq=False)
class MappedBlock(Block):
    """A block whose content lines map to positions in the source.

    Attributes:
        content: the text without markers, lines joined by a line feed.
        places: for each line of the content, its offset in the content and in the source.
    """

    content: str
    places: list[tuple[int, int]]

    def source_offset(self, offset: int) -> int:
        """The source offset of an offset in `content`."""
        inside, outside = self.places[max(0, bisect_right(self.places, (offset, 1 << 62)) - 1)]
        return outside + offset - inside

    def source_span(self, start: int, end: int) -> Span:
        """The source span of a stretch of `content`; empty stretches stay empty."""
        first = self.source_offset(start)
        return Span(first, max(first, self.source_offset(end - 1) + 1 if end > start else first))


@dataclass(eq=False)
class TextBlock(MappedBlock):
    """A heading or a paragraph.

    Attributes:
        level: 1 to 6 for headings, else 0.
        item: the list item whose first block it is, if any.
        references: the document's link definitions.
    """

    level: int = 0
    item: "Item | None" = None
    references: Mapping[str, object] = field(default_factory=dict[str, object])

    @cached_property
    def inline(self) -> Inline:
        return parse_inline(self.content, self.references)

    @cached_property
    def prose(self) -> str:
        """`content`, the same length, with markup and code masked (see `Inline`)."""
        return self.inline.prose

    @cached_property
    def shown(self) -> str:
        """The text that a reader sees, including code and formulas."""
        if HIDDEN not in self.prose:
            return self.content
        seen = _SEEN.finditer(self.prose)
        return "".join(self.content[run.start() : run.end()] for run in seen)

    @cached_property
    def plain(self) -> str:
        """The text that a reader sees, without code and formulas."""
        return _PLAIN.sub("", self.prose)

    @cached_property
    def words(self) -> int:
        return count_words(self.plain)

    @cached_property
    def sentences(self) -> "list[Sentence]":
        """The sentences of the block, in order."""
        return [Sentence(self, *sentence) for sentence in split_sentences(self.prose)]

    @cached_property
    def language(self) -> TextLanguage:
        return language_of(self.plain)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a paragraph.

    Attributes:
        block: the paragraph.
        start, end: offsets in the content of the paragraph.
        text: the text as a reader sees it, white space collapsed.
        ended: whether a final mark closes it.
    """

    block: TextBlock
    start: int
    end: int
    text: str
    ended: bool

    @property
    def span(self) -> Span:
        return self.block.source_span(self.start, self.end)

    @cached_property
    def key(self) -> str:
        """The sentence in lower case, with code and formulas, without surrounding punctuation."""
        return self.block.content[self.start : self.end].lower().strip(SENTENCE_EDGES)

    @cached_property
    def words(self) -> int:
        return count_words(self.text)


@dataclass(eq=False)
class CodeBlock(MappedBlock):
    """A code block; `fence` is its marker, empty for an indented block.

    Attributes:
        info: the whole info string after the opening fence.
        closed: whether a closing fence ends it.
        opening: the line with the opening fence.
    """

    info: str = ""
    fence: str = ""
    closed: bool = True
    opening: Span = _NOWHERE

    @property
    def language(self) -> str:
        """The first word of the info string, in lower case, without braces and attributes."""
        words = self.info.strip().strip("{}.").split()
        return words[0].split("{")[0].split(",")[0].lstrip(".").lower() if words else ""


@dataclass(frozen=True)
class Row:
    """A table row: the span of its line and of its cells, white space trimmed."""

    span: Span
    cells: tuple[Span, ...]


@dataclass(eq=False)
class Table(Block):
    """A valid table: header, delimiter row, rows."""

    header: Row
    delimiter: Row
    rows: list[Row] = field(default_factory=list[Row])


@dataclass(eq=False)
class Item:
    """A list item; `number` is that of an ordered item, `marker` the span of its marker."""

    span: Span
    marker: Span
    number: int | None
    blocks: list[Block] = field(default_factory=list[Block])

    @property
    def first(self) -> TextBlock | None:
        block = self.blocks[0] if self.blocks else None
        return block if isinstance(block, TextBlock) else None


@dataclass(eq=False)
class ItemList:
    """A list; `depth` counts the lists and quotes around it."""

    ordered: bool
    span: Span
    depth: int
    items: list[Item] = field(default_factory=list[Item])


_DELIMITERS = re.compile(r"\\.|\|", re.DOTALL)


def split_row(source: str, start: int, end: int) -> tuple[Span, ...]:
    """Split the table row from `start` to `end` into trimmed cells, as GFM does."""
    line = source[start:end]
    trimmed = line.strip(" \t")
    start += len(line) - len(line.lstrip(" \t"))
    pipes = [match.start() for match in _DELIMITERS.finditer(trimmed) if match[0] == "|"]
    edges = [-1, *pipes, len(trimmed)]
    cells: list[Span] = []
    for left, right in pairwise(edges):
        inside = trimmed[left + 1 : right]
        outer = left < 0 or right == len(trimmed)
        if outer and not inside.strip(" \t"):
            continue
        lead = len(inside) - len(inside.lstrip(" \t"))
        first = start + left + 1 + lead
        cells.append(Span(first, first + len(inside.strip(" \t"))))
    return tuple(cells)
