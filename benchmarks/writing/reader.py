"""Scores finished documents as an outside reader would; imports nothing of xiezuo.

python -m benchmarks.writing.reader DOCUMENT … [--brief FILE] [--level 2]

Prints what a reader would object to, one line each, and at the end how many documents are sound.
A brief (YAML) adds what can only be known from the request: headings, length, tables, code, lists.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.writing.reading.form import form
from benchmarks.writing.reading.leaks import leaks
from benchmarks.writing.reading.page import Page, read
from benchmarks.writing.reading.repetition import Objection, repetition
from benchmarks.writing.reading.request import Request


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found; `unsound` are the headings of sections with an objection."""

    page: Page
    objections: tuple[Objection, ...]

    @property
    def sound(self) -> bool:
        return not self.objections

    @property
    def unsound(self) -> tuple[str, ...]:
        """Headings of the sections that hold an objection; those about the whole are in none."""
        lines = [section.line for section in self.page.sections]
        at = {
            max(index for index, line in enumerate(lines) if line <= objection[1])
            for objection in self.objections
        }
        return tuple(self.page.sections[index].heading or "" for index in sorted(at))

    @property
    def list_share(self) -> float:
        """Share of the lines that stand in lists; code left out of neither."""
        lines = sum(section.lines for section in self.page.sections)
        return sum(section.list_lines for section in self.page.sections) / max(1, lines)


def judge(text: str, request: Request | None = None, level: int = 2) -> Reading:
    page = read(text, level)
    found = [*form(page, request), *repetition(page), *leaks(page, request)]
    return Reading(page, tuple(sorted(set(found), key=lambda objection: objection[1])))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("documents", nargs="+", type=Path)
    parser.add_argument("--brief", type=Path)
    parser.add_argument("--level", type=int, default=2)
    given = parser.parse_args()
    request = Request.read(given.brief) if given.brief else None
    sound = 0
    for path in given.documents:
        reading = judge(path.read_text("utf-8"), request, given.level)
        sound += reading.sound
        for kind, line, words in reading.objections:
            print(f"{path}:{line}: {kind}: {words}")
    print(f"{sound} of {len(given.documents)} documents sound")
    return sound < len(given.documents)


if __name__ == "__main__":
    sys.exit(main())
