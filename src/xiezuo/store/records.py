"""The records that the store returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from xiezuo.i18n import Text
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import SectionState, StoredDiagnostic
from xiezuo.writing.model.manuscript import Manuscript, ManuscriptSection
from xiezuo.writing.model.outline import Mode, Outline

JobState = Literal["queued", "running", "paused", "cancelled", "done", "failed"]
ACTIVE: tuple[JobState, ...] = ("queued", "running")  # a writer may change the document at any time
OVER: tuple[JobState, ...] = ("cancelled", "done", "failed")  # a paused job is neither
JOB_STATES: Mapping[str, Text] = {
    "queued": Text("queued", "排队"),
    "running": Text("running", "进行中"),
    "paused": Text("paused", "已暂停"),
    "cancelled": Text("cancelled", "已取消"),
    "done": Text("done", "完成"),
    "failed": Text("failed", "失败"),
}
Wanted = Literal["run", "pause", "cancel"]
Author = Literal["person", "model", "fixer"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a text was made; all unset if the user wrote it.

    Attributes:
        model: its id in the catalogue, or its name at a remote engine.
        sampling: of the request, under llama.cpp's names.
        seed: of the writer; the seeds of its sections and calls follow from it.
        rules: codes of the rules whose diagnostics were to be repaired.
    """

    model: str | None = None
    sampling: Mapping[str, float] | None = None
    seed: int | None = None
    rules: tuple[str, ...] = ()


BY_HAND = Provenance()


@dataclass(frozen=True, slots=True)
class StoredSection:
    """A section with its `version`, which every change must name.

    `turn` counts how often the user had it written again.
    """

    id: str
    position: int
    text: str
    state: SectionState
    faults: tuple[StoredDiagnostic, ...]
    version: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document; `plan` is None until it has an outline.

    Attributes:
        last_event: the id of the newest event that this state includes; 0 if there is none.
    """

    id: str
    brief: Brief
    plan: Outline | None
    preamble: str
    mode: Mode
    seed: int
    owner: str
    created: float
    updated: float
    deleted: float | None
    sections: tuple[StoredSection, ...]
    last_event: int
    tags: tuple[str, ...] = ()

    def manuscript(self) -> Manuscript:
        """The document as writers and readers use it."""
        assert self.plan is not None
        manuscript = Manuscript(self.plan)
        manuscript.preamble = self.preamble
        manuscript.parts = [
            ManuscriptSection(planned, stored.text, stored.state, stored.faults)
            for planned, stored in zip(self.plan.sections, self.sections, strict=True)
        ]
        return manuscript


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """A text that a section had, or that was proposed for it."""

    id: int
    text: str
    author: Author
    reason: str
    created: float
    provenance: Provenance = BY_HAND


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event of a document; ids increase by one."""

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
        return self.state in OVER

    @property
    def active(self) -> bool:
        return self.state in ACTIVE
