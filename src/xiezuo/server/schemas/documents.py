"""Documents, sections, revisions, jobs."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from xiezuo.lint.rules import RULES
from xiezuo.markdown.words import TextLanguage
from xiezuo.server.schemas.base import BRIEF, Body, Index, Name, RequestBody, Seed, Version, example
from xiezuo.store.records import JobState, StoredDocument, StoredJob
from xiezuo.writing.model.brief import Brief, Heading
from xiezuo.writing.model.events import SectionState
from xiezuo.writing.model.outline import JobMode, Mode, Outline, PlannedSection

Tag = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]
Tags = Annotated[list[Tag], Field(max_length=50)]
_NAMES = {rule.code: rule.name for rule in RULES}


class NewDocument(RequestBody):
    """A document to write; with `start` false, no job is started."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"brief": BRIEF, "seed": 1}]})

    brief: Brief
    plan: Outline | None = None
    mode: JobMode = "careful"
    seed: Seed | None = None
    start: StrictBool = True


class MovedSection(RequestBody, PlannedSection):
    """A section of an outline; `origin` is its current position, null for a new section."""

    origin: Index | None = None


class OutlineIn(RequestBody):
    model_config = example(title="Tea", sections=[{"heading": "Leaf", "words": 120, "origin": 0}])

    title: Heading | None
    sections: Annotated[list[MovedSection], Field(min_length=1, max_length=400)]


class SectionDiagnosticOut(BaseModel):
    """A finding that remained when the section was written."""

    code: str
    name: str
    family: str
    severity: str
    message: str
    start: int
    end: int


class SectionOut(BaseModel):
    """A section; every change must name its `version`."""

    position: int
    heading: str
    chapter: str | None
    words_planned: int
    intent: str | None
    text: str
    state: SectionState
    version: int
    faults: list[SectionDiagnosticOut]


class DocumentOut(BaseModel):
    """A document; `sections` is empty until there is an outline.

    The document includes all events up to `last_event`.
    """

    id: str
    title: str | None
    brief: Brief
    mode: Mode
    seed: int
    preamble: str
    created: float
    updated: float
    deleted: float | None
    tags: list[str]
    last_event: int
    sections: list[SectionOut]


class SummaryOut(BaseModel):
    """A document in a list; `job` is the state of its job, `excerpt` the beginning of its text.

    Of the `written` sections, `review` have remaining findings.
    """

    id: str
    title: str
    words: int
    words_planned: int
    sections: int
    written: int
    review: int
    mode: Mode
    language: TextLanguage
    job: JobState | None
    excerpt: str
    tags: list[str]
    created: float
    updated: float
    deleted: float | None


class DocumentPatch(RequestBody):
    """The fields to change; a title of null removes the title."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "Green Tea", "tags": ["tea", "2026"]}]}
    )

    title: Heading | None = None
    brief: Brief | None = None
    mode: JobMode | None = None
    tags: Tags | None = None


class CopyIn(RequestBody):
    """The title of the copy; by default the original's with a suffix."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Green Tea, short"}]})

    title: Heading | None = None


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


class SectionEdit(RequestBody):
    """A new text for the section at `version`."""

    model_config = example(text="A leaf is picked by hand.", version=3)

    text: Body
    version: Version


class Saved(BaseModel):
    version: int


class RevisionOut(BaseModel):
    id: int
    text: str
    author: str
    reason: str
    created: float


class EntryOut(BaseModel):
    """A revision in the history of a document; `model` and `seed` if a model wrote it."""

    id: int
    position: int
    author: str
    reason: str
    created: float
    words: int
    model: str | None
    seed: int | None


class DiffOut(BaseModel):
    """The unified diff, in lines, from a revision to the current text."""

    lines: list[str]


class SnapshotIn(RequestBody):
    model_config = example(name="Before the editor")

    name: Name


class SnapshotOut(BaseModel):
    id: str
    name: str
    created: float
    headings: list[str]
    texts: list[str]


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
        tags=list(stored.tags),
        last_event=stored.last_event,
        sections=[
            SectionOut(
                position=section.position,
                heading=plan.heading,
                chapter=plan.chapter,
                words_planned=plan.words,
                intent=plan.intent,
                text=section.text,
                state=section.state,
                version=section.version,
                faults=[
                    SectionDiagnosticOut(
                        code=fault.code,
                        name=_NAMES.get(fault.code, ""),
                        family=fault.code[:3],
                        severity=fault.severity,
                        message=fault.message,
                        start=fault.start,
                        end=fault.end,
                    )
                    for fault in section.faults
                ],
            )
            for plan, section in zip(planned, stored.sections, strict=False)
        ],
    )


def job_out(job: StoredJob) -> JobOut:
    return JobOut(
        id=job.id,
        document_id=job.document_id,
        state=job.state,
        priority=job.priority,
        problem=job.problem,
        created=job.created,
        updated=job.updated,
    )
