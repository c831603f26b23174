"""A parsed Markdown document, every part with its span in the source.

Markdown is never rendered again from this; change the text with `Edit`s on spans.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from xiezuo.markdown.blocks import Block, CodeBlock, ItemList, Sentence, Table, TextBlock
from xiezuo.markdown.parse import Parsed, line_spans, parse_blocks
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import TextLanguage, language_of

_LANGUAGE_SAMPLE = 20_000  # characters that determine the language of a document


@dataclass(eq=False)
class Section:
    """A heading, the blocks up to the next heading, and the subsections.

    Attributes:
        heading: None for the text before the first heading.
        body: blocks up to the next heading of any level.
        children: sections of deeper levels.
        end: where its last own block ends.
    """

    heading: TextBlock | None
    level: int
    body: list[Block] = field(default_factory=list[Block])
    parent: "Section | None" = None
    children: list["Section"] = field(default_factory=list["Section"])
    end: int = 0

    @property
    def title(self) -> str:
        return self.heading.shown.strip() if self.heading else ""

    @property
    def paragraphs(self) -> list[TextBlock]:
        return [block for block in self.body if isinstance(block, TextBlock)]

    @property
    def words(self) -> int:
        """Words of prose, subsections included."""
        own = sum(paragraph.words for paragraph in self.paragraphs)
        return own + sum(child.words for child in self.children)


class MarkdownDocument:
    """A parsed text.

    Args:
        source: the text; every offset refers to it.
        language: of the text; guessed when None.
    """

    def __init__(self, source: str, language: TextLanguage | None = None) -> None:
        self.source = source
        self._language: TextLanguage | None = language

    @cached_property
    def lines(self) -> list[Span]:
        """Each line without its line break; LF, CR LF and CR break lines."""
        return line_spans(self.source)

    @cached_property
    def _parsed(self) -> Parsed:
        return parse_blocks(self.source, self.lines)

    @property
    def blocks(self) -> list[Block]:
        return self._parsed.blocks

    @property
    def lists(self) -> list[ItemList]:
        return self._parsed.lists

    @cached_property
    def texts(self) -> list[TextBlock]:
        """Headings and paragraphs in order, including those in lists and quotes."""
        return [block for block in self.blocks if isinstance(block, TextBlock)]

    @cached_property
    def paragraphs(self) -> list[TextBlock]:
        return [block for block in self.texts if block.kind == "paragraph"]

    @cached_property
    def headings(self) -> list[TextBlock]:
        """Headings that are not inside a list or quote."""
        return [text for text in self.texts if text.kind == "heading" and not text.depth]

    @cached_property
    def codes(self) -> list[CodeBlock]:
        return [block for block in self.blocks if isinstance(block, CodeBlock)]

    @cached_property
    def fences(self) -> list[CodeBlock]:
        return [block for block in self.codes if block.fence]

    @cached_property
    def tables(self) -> list[Table]:
        return [block for block in self.blocks if isinstance(block, Table)]

    @cached_property
    def language(self) -> TextLanguage:
        """The language of most of the prose."""
        if self._language:
            return self._language
        sample: list[str] = []
        size = 0
        for block in self.texts:
            sample.append(block.plain)
            size += len(block.plain)
            if size > _LANGUAGE_SAMPLE:
                break
        return language_of(" ".join(sample))

    @cached_property
    def words(self) -> int:
        return sum(block.words for block in self.texts if block.kind == "paragraph")

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Sentences of paragraphs, in order; headings, tables and code have none."""
        return [sentence for block in self.paragraphs for sentence in block.sentences]

    @cached_property
    def sections(self) -> list[Section]:
        """All sections in order, parents first; leading text is a section without heading."""
        sections: list[Section] = [Section(None, 0)]
        stack: list[Section] = []
        for block in self.blocks:
            if isinstance(block, TextBlock) and block.kind == "heading" and not block.depth:
                section = Section(block, block.level, end=block.span.end)
                while stack and stack[-1].level >= block.level:
                    stack.pop()
                if stack:
                    section.parent = stack[-1]
                    stack[-1].children.append(section)
                stack.append(section)
                sections.append(section)
            else:
                sections[-1].body.append(block)
                sections[-1].end = block.span.end
        return sections if sections[0].body else sections[1:]

    def line_of(self, offset: int) -> int:
        """The number, from 0, of the line that holds `offset`."""
        return max(0, bisect_right(self._line_starts, offset) - 1)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [line.start for line in self.lines]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of `offset`, both from 1, in characters."""
        line = self.line_of(offset)
        return line + 1, offset - self.lines[line].start + 1

    @cached_property
    def end(self) -> int:
        """Where the text ends, trailing white space excluded."""
        return len(self.source.rstrip())

    def visible_blocks(self) -> Iterator[Block]:
        """Blocks that a reader sees: all except front matter and comments."""
        for block in self.blocks:
            comment = block.kind == "html" and _COMMENT.fullmatch(block.span.of(self.source))
            if block.kind != "front" and not comment:
                yield block


_COMMENT = re.compile(r"\s*<!--(?:(?!-->).)*-->\s*", re.DOTALL)
