"""The plan of a document: its title and its sections, in order."""

import re
from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from xiezuo.writing.brief import Brief

Mode = Literal["careful", "draft", "plain"]  # in order, several sections at once, in one call
MODES: tuple[Mode, ...] = get_args(Mode)
SMALLEST_SECTION = 40  # words; less is not worth a heading
_MARKERS = re.compile(r"^\s*#+\s*|\s+#+\s*$")


class PlannedSection(BaseModel):
    """One section to write; `words` is its target length."""

    model_config = ConfigDict(frozen=True)

    heading: str
    words: int
    intent: str | None = None


class Plan(BaseModel):
    """Everything that was decided before the first sentence."""

    model_config = ConfigDict(frozen=True)

    brief: Brief
    title: str | None
    sections: tuple[PlannedSection, ...]


def requested_sections(brief: Brief) -> tuple[PlannedSection, ...]:
    """The brief's `structure`, every section with a length; the lengths add up to the total."""
    known = sum(section.words or 0 for section in brief.structure)
    open_ones = sum(section.words is None for section in brief.structure)
    share = max(SMALLEST_SECTION, (brief.total_words - known) // open_ones) if open_ones else 0
    return tuple(
        PlannedSection(
            heading=_MARKERS.sub("", section.heading),
            words=section.words or share,
            intent=section.intent,
        )
        for section in brief.structure
    )


def even_sections(brief: Brief, headings: Mapping[str, str | None]) -> tuple[PlannedSection, ...]:
    """Sections of equal length under `headings`, with their intents; they add up to the total."""
    share, rest = divmod(brief.total_words, len(headings))
    return tuple(
        PlannedSection(
            heading=heading, intent=intent, words=max(SMALLEST_SECTION, share + (at < rest))
        )
        for at, (heading, intent) in enumerate(headings.items())
    )
