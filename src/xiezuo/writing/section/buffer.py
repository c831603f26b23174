"""The text of one section while it streams: our heading, the model's words, nothing else."""

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
_MARKER = re.compile(r"[^>\s]")  # of a list; what stands under it is indented as far
_LENGTH_NOTE = re.compile(r"[(（](?:about|约)\s*\d+\s*(?:words|字)[)）]", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"^(?:\d+[.、)])|[\W_]+")
_ECHO_MARGIN = 40  # characters around our heading in an echo: markers, "(about 1200 words)"


class SectionBuffer:
    """Accepts streamed text and hands back what belongs to the section.

    A line is held back only while it may still turn out to be a heading or an echo of our own.
    White space is held back until something follows it, so `text` never ends in it.

    Attributes:
        text: what was accepted.
        level: of its heading; a heading of this level or above ends the section.
        ended: the model went on to another section; nothing more is accepted.
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
        """White space after the text, held back until something follows."""
        return self._space

    @property
    def prefill(self) -> str:
        """The text with the line breaks after it: what a model continues best from."""
        return self.text + self._space.rstrip(" \t")

    @property
    def in_fence(self) -> bool:
        """Whether the text stops inside a code block; reads the whole text."""
        return _open_fence(self.text) is not None

    @property
    def open_code(self) -> str | None:
        """What stands in the code block that the text stops in; none outside of one."""
        fence = _open_fence(self.text)
        return fence.code if fence else None

    @property
    def ends_like_a_sentence(self) -> bool:
        """Whether the last characters end a sentence, were they prose."""
        return ENDS_SENTENCE.search(self.text[-12:]) is not None

    def feed(self, delta: str) -> str:
        """Take generated text; give what was accepted of it and of what was held back."""
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
        """The stream is over: judge what is still held back."""
        line, self._line = self._line, ""
        if self.ended or not line:
            return ""
        accepted = self._take_line(line, "")
        self._flowing = bool(self.text) and not self._space
        return accepted

    def start_paragraph(self) -> None:
        """Let the model go on after it stopped: it is given the start of a new paragraph."""
        self._space = "\n\n" if self.text else ""
        self._flowing = False
        self.ended = False

    def forget_held_back(self) -> None:
        """The stream broke: what was held back will be generated again."""
        self._line = ""

    def cut(self, length: int) -> None:
        """Go back to the first `length` characters, less the white space at their end."""
        kept = self.text[:length]
        self.text = kept.rstrip()
        self._space = kept[len(self.text) :]
        self._line = ""
        self._flowing = bool(self.text) and "\n" not in self._space
        self.ended = False

    def open_block(self, text: str) -> str:
        """Begin a block of our own, such as a code fence; give what was added."""
        self._space = "\n\n" if self.text else ""
        self.ended = False
        return self.append(text)

    def append(self, text: str) -> str:
        """Add a line of our own right after the text; give what was added."""
        added = self._space + text
        kept = added.rstrip()
        self.text += kept
        self._space = added[len(kept) :]
        self._line = ""
        self._flowing = not self._space.endswith("\n")
        return kept

    def append_line(self, line: str) -> str:
        """Add a line of our own below the text; give what was added."""
        return self.append(line if self._space.endswith("\n") else f"\n{line}")

    def close_fence(self) -> str:
        """End a code block that was left open; give the line that does."""
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
        kept = piece.rstrip()
        self._space = piece[len(kept) :]
        self.text += kept
        return kept


def _letters(line: str) -> str:
    return _NOT_LETTERS.sub("", line).casefold()


def heading_line(heading: str, level: int = SECTION_LEVEL) -> str:
    return f"{'#' * level} {heading}"


def contained(body: str, level: int = SECTION_LEVEL) -> str:
    """A body that stays in its section: no open code block, no heading of our level or above."""
    lines = body.split("\n")
    for token in _parser().parse(body):
        if token.type == "heading_open" and token.level == 0 and token.map:
            first, end = token.map
            if token.markup[0] != "#":
                lines[end - 1] = ""  # the underline; what stood above it is prose again
            elif len(token.markup) <= level:
                lines[first] = "#" * (level + 1) + lines[first].lstrip(" ").lstrip("#")
    text = "\n".join(lines).strip()
    fence = _open_fence(text)
    return f"{text}\n{fence.closing}" if fence else text


def find_sections(
    document: str, headings: list[str], chapters: Collection[str] = (), level: int = SECTION_LEVEL
) -> tuple[str, dict[int, str]]:
    """What stands before the first of `headings`, and the texts under them by their number.

    A heading counts only where CommonMark sees one, and only after the ones before it; one that is
    not there is passed over. Text under other headings belongs to the section it stands in, but
    the headings of `chapters`, one level above, belong to none.
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
    """CommonMark's blocks; inline markup does not matter here."""
    return MarkdownIt("commonmark").disable("inline")


def _last_heading(text: str) -> Token | None:
    """The heading that the last line of `text` is or makes, outside lists, quotes and code."""
    tokens = _parser().parse(text)
    if len(tokens) < 3 or tokens[-1].type != "heading_close" or tokens[-1].level != 0:  # noqa: PLR2004
        return None
    return tokens[-3]


class _Fence(NamedTuple):
    """A code block that is open: the line that would close it, and what stands in it."""

    closing: str
    code: str


def _open_fence(text: str) -> _Fence | None:
    """The code block which `text` leaves open."""
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
