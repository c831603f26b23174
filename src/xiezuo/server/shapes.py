"""What goes in and out of the API as JSON."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from xiezuo.store.accounts import Scope
from xiezuo.store.records import JobState, StoredDocument, StoredJob
from xiezuo.writing.actions import Action
from xiezuo.writing.brief import Brief
from xiezuo.writing.events import SectionState
from xiezuo.writing.plan import JobMode, Mode, Plan

Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
Body = Annotated[str, Field(max_length=2_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
BRIEF: dict[str, Any] = {
    "task": "Explain how green tea is made.", "words": 600, "structure": ["Leaf", "Cup"],
}  # fmt: skip


class Shape(BaseModel):
    """JSON in: nothing unknown, no numbers that are none."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class NewDocument(Shape):
    """A document to write; with `start` false it waits for a job."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"brief": BRIEF, "seed": 1}]})

    brief: Brief
    plan: Plan | None = None
    mode: JobMode = "careful"
    seed: Seed | None = None
    start: bool = True


class BriefIn(Shape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"brief": BRIEF}]})

    brief: Brief
    seed: Seed = 1


class PlanAgain(Shape):
    """Another heading in the place of section `index` (from 0)."""

    plan: Plan
    index: Annotated[int, Field(ge=0, le=1000)]
    seed: Seed = 1


class FaultOut(BaseModel):
    code: str
    severity: str
    message: str
    start: int
    end: int


class SectionOut(BaseModel):
    """A section; `version` must be named by who changes it."""

    position: int
    heading: str
    chapter: str | None
    words_planned: int
    intent: str | None
    text: str
    state: SectionState
    version: int
    faults: list[FaultOut]


class DocumentOut(BaseModel):
    """A document; `sections` are empty until its outline stands."""

    id: str
    title: str | None
    brief: Brief
    mode: Mode
    seed: int
    preamble: str
    created: float
    updated: float
    deleted: float | None
    sections: list[SectionOut]


class SummaryOut(BaseModel):
    id: str
    title: str
    words: int
    sections: int
    written: int
    created: float
    updated: float
    deleted: float | None


class HitOut(BaseModel):
    document_id: str
    title: str
    position: int
    excerpt: str


class JobOut(BaseModel):
    id: str
    document_id: str
    state: JobState
    priority: int
    problem: str
    created: float
    updated: float


class Started(BaseModel):
    """A document, and the job that writes it, if one was started."""

    document: DocumentOut
    job: JobOut | None


class SectionEdit(Shape):
    """A new text for a section that was read at `version`."""

    text: Body
    version: Annotated[int, Field(ge=0)]


class Saved(BaseModel):
    version: int


class RevisionOut(BaseModel):
    id: int
    text: str
    author: str
    reason: str
    created: float


class DiffOut(BaseModel):
    """A revision against the section as it is now, as lines of a unified diff."""

    lines: list[str]


class SnapshotIn(Shape):
    name: Name


class SnapshotOut(BaseModel):
    id: str
    name: str
    created: float
    texts: list[str]


class Selected(Shape):
    """An action on the characters `start` to `end` of a section at `version`."""

    action: Action
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    version: Annotated[int, Field(ge=0)]
    detail: Annotated[str, Field(max_length=2000)] = ""
    seed: Seed = 1


class EditOut(BaseModel):
    start: int
    end: int
    text: str


class Proposed(BaseModel):
    """Edits of one section's text, to be taken or left."""

    position: int
    edits: list[EditOut]
    text: str
    tokens: int


class RoundIn(Shape):
    instruction: Annotated[str, Field(min_length=1, max_length=4000)]
    seed: Seed = 1


class RoundOut(BaseModel):
    id: str
    instruction: str
    position: int
    proposal: str
    state: Literal["proposed", "taken", "left"]
    created: float


class RoundState(Shape):
    state: Literal["taken", "left"]


class LintIn(Shape):
    text: Body
    language: Literal["en", "zh"] | None = None
    select: list[str] | None = Field(None, max_length=200)
    unsafe: bool = False


class DiagnosticOut(BaseModel):
    """A finding; offsets are characters of the text. `safe` is none where there is no fix."""

    code: str
    severity: str
    message: str
    start: int
    end: int
    safe: bool | None


class Fixed(BaseModel):
    text: str
    left: list[DiagnosticOut]


class TemplateIn(Shape):
    name: Name
    brief: Brief


class TemplateOut(BaseModel):
    id: str
    name: str
    brief: Brief
    created: float


class SettingsIn(Shape):
    """Settings of the studio; null removes one."""

    values: dict[Annotated[str, Field(max_length=64)], Any] = Field(max_length=100)


class LoginIn(Shape):
    name: Annotated[str, Field(max_length=100)]
    password: Annotated[str, Field(max_length=1000)]


class Me(BaseModel):
    """Who is logged in; `csrf` goes into the header X-CSRF-Token of every change."""

    user_id: str
    scopes: list[Scope]
    csrf: str | None


class KeyIn(Shape):
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)]


class KeyOut(BaseModel):
    id: str
    name: str
    scopes: list[Scope]
    created: float


class NewKey(KeyOut):
    """A key just made; `token` is shown this once."""

    token: str


def document_out(stored: StoredDocument) -> DocumentOut:
    planned = stored.plan.sections if stored.plan else ()
    return DocumentOut(
        id=stored.id,
        title=stored.plan.title if stored.plan else stored.brief.title,
        brief=stored.brief,
        mode=stored.mode,
        seed=stored.seed,
        preamble=stored.preamble,
        created=stored.created,
        updated=stored.updated,
        deleted=stored.deleted,
        sections=[
            SectionOut(
                position=one.position, heading=plan.heading, chapter=plan.chapter,
                words_planned=plan.words, intent=plan.intent, text=one.text, state=one.state,
                version=one.version,
                faults=[
                    FaultOut(code=fault.code, severity=fault.severity, message=fault.message,
                             start=fault.start, end=fault.end)
                    for fault in one.faults
                ],
            )
            for plan, one in zip(planned, stored.sections, strict=False)
        ],
    )  # fmt: skip


def job_out(job: StoredJob) -> JobOut:
    return JobOut(
        id=job.id, document_id=job.document_id, state=job.state, priority=job.priority,
        problem=job.problem, created=job.created, updated=job.updated,
    )  # fmt: skip
