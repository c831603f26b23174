"""Incremental linter for a growing text, cheap enough to run on every token."""

import re

from xiezuo.lint.detectors.chatter import is_chatter
from xiezuo.lint.detectors.loops import loop_at_end, near_loop_at_end
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rules.fmt010 import Chatter
from xiezuo.lint.rules.fmt011 import CONTROL, LeakedControlText
from xiezuo.lint.rules.rep004 import Loop
from xiezuo.markdown.fences import OPENING_FENCE
from xiezuo.markdown.span import Span

_WINDOW = 6000  # characters kept for loops
_EVERY = 48  # characters between two checks for a loop
_LONGEST_CONTROL = 40  # characters of a control token
_CLOSED_TOKEN = re.compile(r"[>\])｜]")


class LintStream:
    """Detects loops, control text and chatter at the beginning, and tracks code fences.

    Each fault is reported once, as soon as its last character has arrived. Offsets count all
    characters fed so far.

    Attributes:
        length: characters fed so far.
        fence: the marker of the open code block; empty outside code blocks.
    """

    def __init__(self) -> None:
        self.length = 0
        self.fence = ""
        self._tail = ""
        self._line = ""
        self._first = True
        self._looked = 0
        self._looping = False
        self._reported = 0

    def feed(self, chunk: str) -> list[Diagnostic]:
        """Append a piece of text; return the new diagnostics."""
        if "\n" not in chunk[:-1]:
            return self._feed(chunk)
        *lines, rest = chunk.split("\n")
        pieces = [*(f"{line}\n" for line in lines), rest]
        return [diagnostic for piece in pieces for diagnostic in self._feed(piece)]

    def _feed(self, chunk: str) -> list[Diagnostic]:
        """Append a piece that ends at most one line."""
        self.length += len(chunk)
        self._tail += chunk
        if len(self._tail) > 2 * _WINDOW:
            self._tail = self._tail[-_WINDOW:]
        diagnostics: list[Diagnostic] = []
        if _CLOSED_TOKEN.search(chunk) and not self.fence:
            diagnostics += self._control(len(chunk))
        self._line += chunk
        if chunk.endswith("\n"):
            line, self._line = self._line[:-1], ""
            diagnostics += self._finish(line)
        if self.length - self._looked >= _EVERY:
            self._looked = self.length
            diagnostics += self._loop()
        return diagnostics

    def _control(self, fresh: int) -> list[Diagnostic]:
        recent = self._tail[-fresh - _LONGEST_CONTROL :]
        offset = self.length - len(recent)
        diagnostics: list[Diagnostic] = []
        for match in CONTROL.finditer(recent):
            if offset + match.end() > self._reported:
                self._reported = offset + match.end()
                span = Span(offset + match.start(), offset + match.end())
                diagnostics.append(LeakedControlText().diagnostic(span, text=match[0]))
        return diagnostics

    def _finish(self, line: str) -> list[Diagnostic]:
        """Process a complete line: it may open or close a fence, or be chatter."""
        fence = OPENING_FENCE.match(line)
        if fence and not self.fence:
            self.fence = fence[1]
        elif fence and fence[1].startswith(self.fence) and not fence[2].strip():
            self.fence = ""
        first, self._first = self._first, self._first and not line.strip()
        if first and line.strip() and is_chatter(line, opening=True):
            start = self.length - len(line) - 1
            return [Chatter().diagnostic(Span(start, start + len(line)))]
        return []

    def _loop(self) -> list[Diagnostic]:
        window = self._tail[-_WINDOW:]
        loop = loop_at_end(window) or near_loop_at_end(window)
        if loop is None:
            self._looping = False
            return []
        if self._looping:
            return []
        self._looping = True
        start = self.length - len(window) + loop[0]
        turns = (len(window) - loop[0]) // loop[1]
        return [Loop().diagnostic(Span(start, self.length), turns=turns)]
