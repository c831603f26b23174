"""The user's decisions while a document is written: on its outline and on each section."""

from dataclasses import dataclass
from typing import Protocol

from xiezuo.writing.model.outline import Outline


@dataclass(frozen=True, slots=True)
class Accept:
    """Accept it."""


@dataclass(frozen=True, slots=True)
class Regenerate:
    """Generate it again; of an outline only section `index` (from 0), if given."""

    index: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop writing and keep what is written."""


@dataclass(frozen=True, slots=True)
class EditOutline:
    """An outline edited by the user, which is reviewed again."""

    outline: Outline


@dataclass(frozen=True, slots=True)
class EditSection:
    """A text edited by the user, which is final."""

    text: str


class Reviewer(Protocol):
    """Asks the user for decisions; shows the outline, while the section is already on screen."""

    async def outline(self, outline: Outline) -> Accept | Regenerate | Stop | EditOutline: ...

    async def section(self, text: str) -> Accept | Regenerate | Stop | EditSection: ...
