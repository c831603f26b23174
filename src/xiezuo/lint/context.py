"""The input of the rules: a parsed text, its outline or brief, and cached results."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from xiezuo.lint.expected import BriefParts, Expected
from xiezuo.markdown.blocks import Block, TextBlock
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import TextLanguage, language_of

FinishReason = Literal["stop", "length"]

Shingles = frozenset[int]  # hashes of word runs, which are faster to count than the runs


@dataclass(eq=False)
class LintContext:
    """A text to lint, with what is known about it.

    Attributes:
        document: the parsed text.
        expected: its outline, if known.
        brief: the parsed brief, if a brief is linted instead of a document.
        finish_reason: why the engine stopped, if known; `length` means that the text was cut off.
        memory, shingles: results that rules compute once and share.
    """

    document: MarkdownDocument
    expected: Expected | None = None
    brief: BriefParts | None = None
    finish_reason: FinishReason | None = None
    memory: dict[str, object] = field(default_factory=dict[str, object])
    shingles: dict[TextBlock, Shingles] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]

    @property
    def source(self) -> str:
        return self.document.source

    @cached_property
    def languages(self) -> set[TextLanguage]:
        """The language of the document and of each heading and paragraph."""
        languages: set[TextLanguage] = {self.document.language}
        languages.update(block.language for block in self.document.texts)
        return languages

    @cached_property
    def last_block(self) -> Block | None:
        """The last block that a reader sees, not counting horizontal rules."""
        blocks = [block for block in self.document.visible_blocks() if block.kind != "rule"]
        return blocks[-1] if blocks else None

    def prose(self, language: TextLanguage) -> Iterator[TextBlock]:
        """Headings and paragraphs in `language`."""
        return (text for text in self.document.texts if text.language == language)

    @cached_property
    def cells(self) -> list[TextBlock]:
        """Table cells as text blocks, for rules about characters."""
        source = self.source
        return [
            TextBlock(
                "table",
                cell,
                table.line,
                table.depth,
                table.quoted,
                content=cell.of(source),
                places=[(0, cell.start)],
            )
            for table in self.document.tables
            for row in (table.header, *table.rows)
            for cell in row.cells
        ]

    def language_at(self, block: TextBlock) -> TextLanguage:
        """The language of a block; a block without words has that of the document."""
        return language_of(block.plain) if block.words else self.document.language

    def line_start(self, span: Span) -> int:
        return self.document.lines[self.document.line_of(span.start)].start
