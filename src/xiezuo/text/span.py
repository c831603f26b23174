"""Stretches of a source text, in characters."""

from typing import NamedTuple


class Span(NamedTuple):
    """Characters `start` up to, not including, `end` of a source text."""

    start: int
    end: int

    def of(self, source: str) -> str:
        return source[self.start : self.end]

    def shifted(self, distance: int) -> "Span":
        return Span(self.start + distance, self.end + distance)

    def touches(self, other: "Span") -> bool:
        """Whether the two share a character; an empty one touches what it lies in or beside."""
        if self.start == self.end or other.start == other.end:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end
