"""A finished document as a reader sees it: sections and the units they are made of.

Nothing of xiezuo is used here. The text is read as CommonMark with tables.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

Kind = Literal["sentence", "item", "heading", "row", "code"]
_PARSER = MarkdownIt("commonmark").enable("table")
_SENTENCE = re.compile(r"[^.!?。！？…\n]+(?:[.!?。！？…]+[\"'”’」』）)]*|$)", re.MULTILINE)
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNIT = re.compile(rf"[{_HAN}\u3040-\u30ff]|[^\W_{_HAN}\u3040-\u30ff]+(?:['’\-_][^\W_]+)*")
# Formulas, code in a line and addresses: their words are not the author's sentences.
_OPAQUE = re.compile(
    r"\$\$.+?\$\$|\$[^$\n]+\$|\\\[.+?\\\]|\\\(.+?\\\)|`[^`]+`|(?<=\])\([^)\s]*\)|https?://[^\s>*_）)]+",
    re.DOTALL,
)
_ADMONITION = re.compile(r"^[?!]{3}\+?[^\n]*$", re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A(?:---\n.*?\n---\n|author: [^\n]*\n)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest thing that can be repeated; `line` counts from 1 in the document."""

    kind: Kind
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code; `closed` is false if the document's end closed it.

    `fenced` is false where four spaces make it code.
    """

    info: str
    code: str
    line: int
    closed: bool
    fenced: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by row, the header first."""

    rows: tuple[tuple[str, ...], ...]
    line: int


@dataclass(slots=True)
class Section:
    """What stands below one heading of the sections' level; the first has none."""

    heading: str | None
    line: int
    units: list[Unit] = field(default_factory=list)
    paragraphs: list[Unit] = field(default_factory=list)
    fences: list[Fence] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    lists: list[tuple[int, int, int]] = field(default_factory=list)  # first number, items, line
    inner_headings: list[Unit] = field(default_factory=list)
    list_lines: int = 0
    lines: int = 0

    @property
    def words(self) -> int:
        """Length: each ideograph and each word is one; headings are left out, code is not."""
        prose = sum(map(length, (unit.text for unit in self.units if unit.kind != "code")))
        return prose + sum(length(fence.code) for fence in self.fences)


@dataclass(slots=True)
class Page:
    """A document: its title, if it has one, and its sections in order."""

    title: str | None
    sections: list[Section]
    text: str

    @property
    def chinese(self) -> bool:
        return len(re.findall(f"[{_HAN}]", self.text)) > 0.2 * max(1, length(self.text))

    @property
    def words(self) -> int:
        return sum(section.words for section in self.sections)


def length(text: str) -> int:
    return len(_UNIT.findall(text))


def pieces(text: str) -> list[str]:
    """Ideographs and words, in lower case, without punctuation."""
    return _UNIT.findall(text.lower())


def read(text: str, level: int = 2) -> Page:
    """Divide a document at its headings of `level`."""
    body = _FRONT_MATTER.sub(lambda match: "\n" * match[0].count("\n"), text)
    page = Page(None, [Section(None, 1)], text)
    tokens = _PARSER.parse(body)
    lines = body.splitlines()
    depth = 0
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            _heading(page, token, tokens[index + 1].content.strip(), level)
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            depth += 1
            if depth == 1:
                _list(page.sections[-1], tokens, index, lines)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            depth -= 1
        elif token.type == "table_open":
            _table(page.sections[-1], tokens, index)
        elif token.type in {"fence", "code_block"}:
            _fence(page.sections[-1], token, lines)
        elif token.type == "paragraph_open":
            _paragraph(page.sections[-1], tokens[index + 1], in_list=depth > 0)
    return page


def _line(token: Token) -> int:
    return (token.map[0] if token.map else 0) + 1


def _heading(page: Page, token: Token, text: str, level: int) -> None:
    unit = Unit("heading", text, _line(token))
    rank = int(token.tag[1])
    if rank == level:
        page.sections.append(Section(text, unit.line))
    elif rank == 1 and page.title is None and len(page.sections) == 1:
        page.title = text
    else:
        page.sections[-1].inner_headings.append(unit)
        page.sections[-1].units.append(unit)


def _list(section: Section, tokens: list[Token], start: int, lines: list[str]) -> None:
    opening = tokens[start]
    items = 0
    for token in tokens[start + 1 :]:
        if token.level == opening.level and token.type.endswith("_list_close"):
            break
        items += token.type == "list_item_open" and token.level == opening.level + 1
    first = int(opening.attrs.get("start", 1)) if opening.type == "ordered_list_open" else 0
    section.lists.append((first, items, _line(opening)))
    if opening.map:
        filled = sum(bool(line.strip()) for line in lines[opening.map[0] : opening.map[1]])
        section.list_lines += filled
        section.lines += filled


def _table(section: Section, tokens: list[Token], start: int) -> None:
    rows: list[tuple[str, ...]] = []
    cells: list[str] = []
    for token in tokens[start:]:
        if token.type == "table_close":
            break
        if token.type == "inline":
            cells.append(token.content.strip())
        elif token.type == "tr_close":
            rows.append(tuple(cells))
            cells = []
    line = _line(tokens[start])
    section.tables.append(Table(tuple(rows), line))
    section.units += [Unit("row", " | ".join(row), line + at) for at, row in enumerate(rows)]
    section.lines += len(rows)


def _fence(section: Section, token: Token, lines: list[str]) -> None:
    line = _line(token)
    end = token.map[1] - 1 if token.map else line
    closed = token.type == "code_block" or lines[min(end, len(lines) - 1)].strip(" >").startswith(
        token.markup[:3]
    )
    section.fences.append(
        Fence(token.info.strip(), token.content, line, closed, token.type == "fence")
    )
    code = token.content.splitlines()
    section.units += [
        Unit("code", row, line + at + 1) for at, row in enumerate(code) if row.strip()
    ]
    section.lines += len(code)


def _opaque(match: re.Match[str]) -> str:
    """One word in place of a formula, code or address; equal ones have the same word."""
    return f" opaque{zlib.crc32(match[0].encode()):x} "


def _paragraph(section: Section, inline: Token, *, in_list: bool) -> None:
    line = _line(inline)
    text = _ADMONITION.sub("", _OPAQUE.sub(_opaque, inline.content))
    paragraph = Unit("item" if in_list else "sentence", text, line)
    section.paragraphs.append(paragraph)
    if in_list:
        section.units.append(paragraph)
        return
    section.lines += inline.content.count("\n") + 1
    section.units += [Unit("sentence", sentence, line) for sentence in sentences(text)]


def sentences(text: str) -> Iterator[str]:
    """Sentences of a paragraph, with their final punctuation."""
    for match in _SENTENCE.finditer(text):
        if match[0].strip():
            yield match[0].strip()
