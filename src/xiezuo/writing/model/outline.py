"""The outline of a document: its title and its sections, in order."""

import re
from collections.abc import Mapping
from itertools import accumulate
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from xiezuo.writing.model.brief import Brief, Heading, Line
from xiezuo.writing.section.buffer import SECTION_LEVEL, heading_line

Mode = Literal["careful", "draft", "plain"]  # in order, several sections at once, in one call
MODES: tuple[Mode, ...] = get_args(Mode)
JobMode = Literal["careful", "draft"]  # a single call cannot go on after a crash
# Texts of one document at once; more gain little on a CPU (benchmarks/README.md).
LANES: Mapping[Mode, int] = {"careful": 1, "draft": 4, "plain": 1}
SMALLEST_SECTION = 40  # words; less is not worth a heading
_MARKERS = re.compile(r"^\s*#+\s*|\s+#+\s*$")


class PlannedSection(BaseModel):
    """One section to write.

    Attributes:
        heading: without markers.
        words: target length.
        intent: what it should say, in one line.
        chapter: heading of the chapter that starts with this section.
    """

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    heading: Heading
    words: Annotated[int, Field(ge=1, le=200_000)]
    intent: Line | None = None
    chapter: Heading | None = None


class Outline(BaseModel):
    """Everything that is decided before the first sentence is written."""

    model_config = ConfigDict(frozen=True)

    brief: Brief
    title: Heading | None
    sections: Annotated[tuple[PlannedSection, ...], Field(max_length=400)]

    @property
    def level(self) -> int:
        """The level of the sections' headings; one deeper where there are chapters."""
        return SECTION_LEVEL + any(section.chapter for section in self.sections)

    def opening(self, index: int) -> str:
        """The heading of section `index` as Markdown, below that of the chapter it opens."""
        section = self.sections[index]
        heading = heading_line(section.heading, self.level)
        if section.chapter is None:
            return heading
        return f"{heading_line(section.chapter)}\n\n{heading}"


def chapter_numbers(sections: tuple[PlannedSection, ...]) -> list[int]:
    """For each section the number of the chapter it is in; 0 before the first."""
    return list(accumulate(section.chapter is not None for section in sections))


def requested_sections(brief: Brief) -> tuple[PlannedSection, ...]:
    """The brief's `structure`, every section with a length; the lengths add up to the total."""
    known = sum(section.words or 0 for section in brief.structure)
    without_length = sum(section.words is None for section in brief.structure)
    share = (
        max(SMALLEST_SECTION, (brief.total_words - known) // without_length)
        if without_length
        else 0
    )
    return tuple(
        PlannedSection(
            heading=_MARKERS.sub("", section.heading),
            words=section.words or share,
            intent=section.intent,
            chapter=_MARKERS.sub("", section.chapter) if section.chapter else None,
        )
        for section in brief.structure
    )


def even_sections(words: int, headings: Mapping[str, str | None]) -> tuple[PlannedSection, ...]:
    """Sections of equal length under `headings`, with their intents; they add up to `words`."""
    share, rest = divmod(words, len(headings))
    return tuple(
        PlannedSection(
            heading=heading, intent=intent, words=max(SMALLEST_SECTION, share + (number < rest))
        )
        for number, (heading, intent) in enumerate(headings.items())
    )
