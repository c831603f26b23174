"""Changes to a text as data: they never overlap, are applied at once, and map positions."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Edit(NamedTuple):
    """Replace characters `start` up to `end` of the old text by `text`."""

    start: int
    end: int
    text: str


class OverlapError(ValueError):
    """Two edits overlap, or one lies outside the text."""


class Edits:
    """A set of edits to one text.

    Insertions at the same position keep their order; an insertion at the edge of a
    replacement does not overlap it.

    Raises:
        OverlapError: two edits share a character, or one ends before it starts.
    """

    def __init__(self, edits: Iterable[Edit]) -> None:
        self._edits = sorted(edits, key=lambda edit: (edit.start, edit.end))
        reached = 0
        for edit in self._edits:
            if edit.start < reached or edit.end < edit.start:
                raise OverlapError(edit)
            reached = edit.end
        self._starts = [edit.start for edit in self._edits]
        self._shifts = [0]
        for edit in self._edits:
            self._shifts.append(self._shifts[-1] + len(edit.text) - (edit.end - edit.start))

    def __iter__(self) -> Iterator[Edit]:
        return iter(self._edits)

    def __len__(self) -> int:
        return len(self._edits)

    def apply(self, text: str) -> str:
        """The text after all edits.

        Raises:
            OverlapError: an edit lies beyond the end of `text`.
        """
        if self._edits and self._edits[-1].end > len(text):
            raise OverlapError(self._edits[-1])
        parts: list[str] = []
        reached = 0
        for edit in self._edits:
            parts += [text[reached : edit.start], edit.text]
            reached = edit.end
        parts.append(text[reached:])
        return "".join(parts)

    def map(self, position: int) -> int:
        """The position in the new text of a position in the old one.

        A position inside a replaced span maps to the end of the replacement; one where text was
        inserted, to the end of the insertion.
        """
        count = bisect_right(self._starts, position)
        if count and position < self._edits[count - 1].end:
            edit = self._edits[count - 1]
            return edit.start + self._shifts[count - 1] + len(edit.text)
        return position + self._shifts[count]
