"""The text of one section while it streams: our heading, the model's words, nothing else."""

import re
from collections.abc import Iterator

from xiezuo.text.words import count_words

SECTION_LEVEL = 2
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_HEADING_START = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)$")
_LENGTH_NOTE = re.compile(r"[(（](?:about|约)\s*\d+\s*(?:words|字)[)）]", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"^(?:\d+[.、)])|[\W_]+")
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’)\]）】」』*_`]*$")
_ECHO_MARGIN = 40  # characters around our heading in an echo: markers, "(about 1200 words)"


class SectionText:
    """Accepts streamed text and hands back what belongs to the section.

    A line is held back only while it may still turn out to be a heading, a fence or an echo of
    our own heading. White space is held back until something follows it, so `text` never ends in
    any.

    Attributes:
        text: what was accepted.
        ended: the model went on to another section; nothing more is accepted.
    """

    def __init__(self, heading: str, text: str = "") -> None:
        self._heading = _letters(heading)
        self._longest_echo = len(heading) + _ECHO_MARGIN
        self.text: str = text.rstrip()
        self.ended = False
        self._space = ""
        self._line = ""
        self._flowing = bool(self.text)
        self._fence: str | None = _open_fence(self.text)

    @property
    def words(self) -> int:
        return count_words(self.text)

    @property
    def prefill(self) -> str:
        """The text with the line breaks after it: what a model continues best from."""
        return self.text + self._space.rstrip(" \t")

    @property
    def in_fence(self) -> bool:
        return self._fence is not None

    @property
    def at_sentence_end(self) -> bool:
        return self._fence is None and _SENTENCE_END.search(self.text[-12:]) is not None

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

    def close_fence(self) -> str:
        """End a code block that was left open; give the line that does."""
        if self._fence is None:
            return ""
        line = f"\n{self._fence}"
        self._fence = None
        self._space = ""
        self.text += line
        return line

    def _may_be_special(self) -> bool:
        start = self._line.lstrip()
        if not start:
            return True
        if start[0] in "`~" and start[:3].strip(start[0]) == "":
            return True
        if self._fence is not None:
            return False
        return bool(_HEADING_START.match(self._line)) or self._may_be_echo(start)

    def _may_be_echo(self, start: str) -> bool:
        return not self.text and len(start) <= self._longest_echo

    def _take_line(self, line: str, ending: str) -> str:
        was_open, self._fence = self._fence is not None, _fence_after(line, self._fence)
        if was_open or self._fence is not None:
            return self._accept(line + ending)
        heading = _HEADING.match(line)
        if heading and len(heading[1]) <= SECTION_LEVEL:
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


def section_bodies(document: str, headings: list[str]) -> list[str]:
    """The texts under `headings`, taken in order, as far as the document has them.

    A heading counts only outside code blocks, and only after the one before it. Text under other
    headings belongs to the section it stands in.
    """
    bodies: list[list[str]] = []
    for line, in_fence in _lines(document):
        heading = None if in_fence else _HEADING.match(line)
        expected = headings[len(bodies)] if len(bodies) < len(headings) else None
        if heading and len(heading[1]) == SECTION_LEVEL and heading[2] == expected:
            bodies.append([])
        elif bodies:
            bodies[-1].append(line)
    return ["\n".join(body).strip() for body in bodies]


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Every line with whether it stands in a code block; a fence itself does not."""
    marker: str | None = None
    for line in text.split("\n"):
        marker, was_open = _fence_after(line, marker), marker is not None
        yield line, was_open and marker is not None


def _fence_after(line: str, marker: str | None) -> str | None:
    """The marker of the code block that is open after `line`, when `marker` was open before."""
    fence = _FENCE.match(line)
    if not fence:
        return marker
    found, info = str(fence[1]), str(fence[2])
    if marker is None:
        return found
    return None if found.startswith(marker) and not info.strip() else marker


def _open_fence(text: str) -> str | None:
    """The marker of the code block that `text` leaves open."""
    marker: str | None = None
    for line in text.split("\n"):
        marker = _fence_after(line, marker)
    return marker
