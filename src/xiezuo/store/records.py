"""What comes out of the store."""

from dataclasses import dataclass
from typing import Any, Literal

from xiezuo.writing.brief import Brief
from xiezuo.writing.events import Fault, SectionState
from xiezuo.writing.manuscript import Manuscript, Part
from xiezuo.writing.plan import Mode, Plan

JobState = Literal["queued", "running", "paused", "cancelled", "done", "failed"]
Wanted = Literal["run", "pause", "cancel"]
Author = Literal["person", "model", "fixer"]


@dataclass(frozen=True, slots=True)
class StoredSection:
    """A section with its `version`, which whoever changes it must name."""

    id: str
    position: int
    text: str
    state: SectionState
    faults: tuple[Fault, ...]
    version: int


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document; `plan` is none until its outline stands."""

    id: str
    brief: Brief
    plan: Plan | None
    preamble: str
    mode: Mode
    seed: int
    owner: str
    created: float
    updated: float
    deleted: float | None
    sections: tuple[StoredSection, ...]

    def manuscript(self) -> Manuscript:
        """The document as writers and readers use it."""
        assert self.plan is not None
        made = Manuscript(self.plan)
        made.preamble = self.preamble
        made.parts = [
            Part(planned, stored.text, stored.state, stored.faults)
            for planned, stored in zip(self.plan.sections, self.sections, strict=True)
        ]
        return made


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """A text that a section had, or that was tried for it."""

    id: int
    text: str
    author: Author
    reason: str
    created: float


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """Something that happened to a document; ids grow by one."""

    id: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A run of the stages over a document; a smaller `priority` goes first."""

    id: str
    document_id: str
    state: JobState
    wanted: Wanted
    priority: int
    run: int
    problem: str
    output: str | None
    created: float
    updated: float

    @property
    def over(self) -> bool:
        return self.state in {"cancelled", "done", "failed"}
