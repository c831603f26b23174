"""The text of one section while it streams: accepts the body, filters out headings and echoes."""

import re
from collections.abc import Collection
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from xiezuo.markdown.sentences import ENDS_SENTENCE
from xiezuo.markdown.words import count_words

SECTION_LEVEL = 2
_MAY_BE_HEADING = re.compile(r" {0,3}(?:#{1,6}(?:[ \t]|$)|[-=]+[ \t]*$)")
_MARKER = re.compile(r"[^>\s]")  # of a list; its content is indented as far
_LENGTH_NOTE = re.compile(r"[(（](?:about|约)\s*\d+\s*(?:words|字)[)）]", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"^(?:\d+[.、)])|[\W_]+")
_ECHO_MARGIN = 40  # characters around our heading in an echo: markers, "(about 1200 words)"


class SectionBuffer:
    """Accepts streamed text and returns the part that belongs to the section.

    A line is held back only while it may be a heading or an echo of this section's heading. White
    space is held back until something follows it, so `text` never ends in white space.

    Attributes:
        text: the accepted text.
        level: of its heading; a heading of this level or above ends the section.
        ended: the model started another section; nothing more is accepted.
    """

    def __init__(self, heading: str, text: str = "", level: int = SECTION_LEVEL) -> None:
        self.level = level
        self._heading = _letters(heading)
        self._longest_echo = len(heading) + _ECHO_MARGIN
        self.text: str = text.rstrip()
        self.ended = False
        self._space = ""
        self._line = ""
        self._flowing = bool(self.text)

    @property
    def words(self) -> int:
        return count_words(self.text)

    @property
    def space(self) -> str:
        """White space after the text, which is held back until something follows."""
        return self._space

    @property
    def prefill(self) -> str:
        """The text and the line breaks after it: the best point to continue from."""
        return self.text + self._space.rstrip(" \t")

    @property
    def in_fence(self) -> bool:
        """Whether the text ends inside a code block; parses the whole text."""
        return _open_fence(self.text) is not None

    @property
    def open_code(self) -> str | None:
        """The content of the code block in which the text ends, if it ends in one."""
        fence = _open_fence(self.text)
        return fence.code if fence else None

    @property
    def ends_like_a_sentence(self) -> bool:
        """Whether the last characters would end a sentence of prose."""
        return ENDS_SENTENCE.search(self.text[-12:]) is not None

    def feed(self, delta: str) -> str:
        """Take generated text; return what is accepted now, with text held back before."""
        accepted: list[str] = []
        self._line += delta
        while self._line and not self.ended:
            end = self._line.find("\n")
            if self._flowing:
                piece = self._line if end < 0 else self._line[: end + 1]
                self._line = self._line[len(piece) :]
                self._flowing = end < 0
                accepted.append(self._accept(piece))
            elif end >= 0:
                line, self._line = self._line[:end], self._line[end + 1 :]
                accepted.append(self._take_line(line, "\n"))
            elif self._may_be_special():
                break
            else:
                self._flowing = True
        return "".join(accepted)

    def close(self) -> str:
        """End the stream; return what is accepted of the text still held back."""
        line, self._line = self._line, ""
        if self.ended or not line:
            return ""
        accepted = self._take_line(line, "")
        self._flowing = bool(self.text) and not self._space
        return accepted

    def start_paragraph(self) -> None:
        """Start a new paragraph, with which the model continues after it stopped."""
        self._space = "\n\n" if self.text else ""
        self._flowing = False
        self.ended = False

    def forget_held_back(self) -> None:
        """Drop what is held back after a broken stream; it will be generated again."""
        self._line = ""

    def cut(self, length: int) -> None:
        """Go back to the first `length` characters; their trailing white space is held back."""
        remaining = self.text[:length]
        self.text = remaining.rstrip()
        self._space = remaining[len(self.text) :]
        self._line = ""
        self._flowing = bool(self.text) and "\n" not in self._space
        self.ended = False

    def open_block(self, text: str) -> str:
        """Open a block, such as a code fence; return the added text."""
        self._space = "\n\n" if self.text else ""
        self.ended = False
        return self.append(text)

    def append(self, text: str) -> str:
        """Add `text`, which the model did not generate, after the text; return the added text."""
        spaced = self._space + text
        added = spaced.rstrip()
        self.text += added
        self._space = spaced[len(added) :]
        self._line = ""
        self._flowing = not self._space.endswith("\n")
        return added

    def append_line(self, line: str) -> str:
        """Add a line, which the model did not generate, below the text; return the added text."""
        return self.append(line if self._space.endswith("\n") else f"\n{line}")

    def close_fence(self) -> str:
        """Close an open code block; return the added line."""
        fence = _open_fence(self.text)
        if fence is None:
            return ""
        self._space = ""
        self.text += f"\n{fence.closing}"
        return f"\n{fence.closing}"

    def _may_be_special(self) -> bool:
        start = self._line.lstrip()
        return not start or bool(_MAY_BE_HEADING.match(self._line)) or self._may_be_echo(start)

    def _may_be_echo(self, start: str) -> bool:
        return not self.text and len(start) <= self._longest_echo

    def _take_line(self, line: str, ending: str) -> str:
        if _MAY_BE_HEADING.match(line):
            heading = _last_heading(self.text + self._space + line)
            if heading is not None and heading.markup[0] != "#":
                return ""  # an underline would turn the model's last line into a heading
            if heading is not None and len(heading.markup) <= self.level:
                self.ended = bool(self.text)
                return ""
        letters = _letters(_LENGTH_NOTE.sub("", line))
        if self._may_be_echo(line.lstrip()) and letters == self._heading:
            return ""
        return self._accept(line + ending)

    def _accept(self, piece: str) -> str:
        piece = self._space + piece
        if not self.text:
            piece = piece.lstrip()
        accepted = piece.rstrip()
        self._space = piece[len(accepted) :]
        self.text += accepted
        return accepted


def _letters(line: str) -> str:
    return _NOT_LETTERS.sub("", line).casefold()


def heading_line(heading: str, level: int = SECTION_LEVEL) -> str:
    return f"{'#' * level} {heading}"


def contained(body: str, level: int = SECTION_LEVEL) -> str:
    """The body without open code blocks and without headings of the section's level or above."""
    lines = body.split("\n")
    for token in _parser().parse(body):
        if token.type == "heading_open" and token.level == 0 and token.map:
            first, end = token.map
            if token.markup[0] != "#":
                lines[end - 1] = ""  # the underline; the line above it becomes prose
            elif len(token.markup) <= level:
                lines[first] = "#" * (level + 1) + lines[first].lstrip(" ").lstrip("#")
    text = "\n".join(lines).strip()
    fence = _open_fence(text)
    return f"{text}\n{fence.closing}" if fence else text


def find_sections(
    document: str, headings: list[str], chapters: Collection[str] = (), level: int = SECTION_LEVEL
) -> tuple[str, dict[int, str]]:
    """The text before the first of `headings`, and the texts under them by their number.

    A heading counts only where CommonMark sees one, and in the order of `headings`; missing ones
    are skipped. Text under other headings belongs to the section that holds it, but the headings
    of `chapters`, one level above, belong to no section.
    """
    lines = document.split("\n")
    starts: list[tuple[int | None, int, int]] = []  # section, its heading's line, its first line
    number = -1
    for token, inline in pairwise(_parser().parse(document)):
        if token.type != "heading_open" or token.level or not token.map:
            continue
        first, after = token.map
        if token.markup == "#" * level and inline.content in headings[number + 1 :]:
            number = headings.index(inline.content, number + 1)
            starts.append((number, first, after))
        elif token.markup == "#" * (level - 1) and inline.content in chapters:
            starts.append((None, first, after))
    ends = [line for _, line, _ in starts[1:]] + [len(lines)]
    bodies = {
        number: "\n".join(lines[first:end]).strip()
        for (number, _, first), end in zip(starts, ends, strict=False)
        if number is not None
    }
    return "\n".join(lines[: starts[0][1] if starts else None]).strip(), bodies


@cache
def _parser() -> MarkdownIt:
    """A parser of CommonMark's blocks, without inline markup."""
    return MarkdownIt("commonmark").disable("inline")


def _last_heading(text: str) -> Token | None:
    """The heading that the last line of `text` is or underlines, outside lists, quotes and code."""
    tokens = _parser().parse(text)
    if len(tokens) < 3 or tokens[-1].type != "heading_close" or tokens[-1].level != 0:  # noqa: PLR2004
        return None
    return tokens[-3]


class _Fence(NamedTuple):
    """An open code block: the line that would close it, and its content."""

    closing: str
    code: str


def _open_fence(text: str) -> _Fence | None:
    """The code block that `text` leaves open."""
    lines = text.split("\n")
    blocks = [token for token in _parser().parse(text) if token.map]
    last = blocks[-1] if blocks else None
    if last is None or last.type != "fence" or last.map is None or last.map[1] < len(lines):
        return None
    opening = lines[last.map[0]]
    lead = _MARKER.sub(" ", opening[: opening.find(last.markup)])
    # A line more stands in the code block if that is still open, whatever the last line looks like.
    longer = [token for token in _parser().parse(f"{text}\n{lead}x") if token.type == "fence"][-1]
    if longer.content == last.content:
        return None
    return _Fence(lead + last.markup, last.content)
