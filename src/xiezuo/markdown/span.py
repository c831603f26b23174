"""Spans of a source text, in characters."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """The characters from `start` up to but not including `end`."""

    start: int
    end: int

    def of(self, source: str) -> str:
        return source[self.start : self.end]

    def shifted(self, distance: int) -> "Span":
        return Span(self.start + distance, self.end + distance)

    def touches(self, other: "Span") -> bool:
        """Whether the spans share a character; an empty span touches those it lies in or beside."""
        if self.start == self.end or other.start == other.end:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end


class SpanSet:
    """The union of spans, with fast tests for positions and spans."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def covers(self, position: int) -> bool:
        at = bisect_right(self._starts, position) - 1
        return at >= 0 and position < self._ends[at]

    def touches(self, span: Span) -> bool:
        """Whether a character of `span` is covered; an empty span counts as its position."""
        at = bisect_right(self._starts, max(span.start, span.end - 1)) - 1
        return at >= 0 and span.start <= self._ends[at] - (span.end > span.start)
