"""What a person decides while a document is written: of its outline, and of each section."""

from dataclasses import dataclass
from typing import Protocol

from xiezuo.writing.model.outline import Outline


@dataclass(frozen=True, slots=True)
class Take:
    """It stays as it is."""


@dataclass(frozen=True, slots=True)
class Again:
    """Make it once more; of an outline only section `index` (from 0), if one is named."""

    index: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """End here; what is written stays."""


@dataclass(frozen=True, slots=True)
class EditOutline:
    """The person's own outline, to be decided on again."""

    outline: Outline


@dataclass(frozen=True, slots=True)
class EditSection:
    """The person's own text, which is final."""

    text: str


class Reviewer(Protocol):
    """Asks a person, who has seen the section; the outline is the reviewer's to show."""

    async def outline(self, outline: Outline) -> Take | Again | Stop | EditOutline: ...

    async def section(self, text: str) -> Take | Again | Stop | EditSection: ...
