"""What the model is asked about a document that stands: actions, candidates, repairs, rounds.

Nothing here changes a text: the answers are edits and candidates, which a person takes or leaves.
"""

import asyncio
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter
from sse_starlette.sse import EventSourceResponse

from xiezuo.errors import StaleSectionError, UnknownDocumentError
from xiezuo.jobs.recorder import ProvenanceSource
from xiezuo.lint import lint
from xiezuo.markdown.edits import Edit, Edits
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import count_words
from xiezuo.server import refusals
from xiezuo.server.dependencies import OwnedDocument, Services, ServicesDep
from xiezuo.server.errors import ConflictError, HttpError
from xiezuo.server.request_classes import MODEL, SHORT, request_class
from xiezuo.server.schemas.assist import (
    ActionEvents,
    CandidateEvents,
    CandidateIn,
    CandidateOut,
    CutBack,
    Piece,
    PolishEvents,
    Polishing,
    PolishOut,
    Proposed,
    Repaired,
    RepairIn,
    Replacement,
    RoundDone,
    RoundEvents,
    RoundIn,
    RoundOut,
    RoundState,
    Selected,
    diagnostic_out,
    edits_out,
)
from xiezuo.server.schemas.base import Position
from xiezuo.server.sse import Empty, EventStream, event_stream
from xiezuo.store.documents.documents import NewRevision
from xiezuo.store.records import StoredDocument, StoredSection
from xiezuo.studio import new_seed
from xiezuo.writing.edit.polish import Proposal
from xiezuo.writing.edit.revise import Revision
from xiezuo.writing.edit.rewrite import Rewrite, Selection
from xiezuo.writing.model.events import Finished, TextAdded, TextCut, TextReplaced
from xiezuo.writing.repair.on_request import PointedDiagnostic, find_diagnostic

router = APIRouter(prefix="/api", tags=["generate"])
_SECTION = "/documents/{document_id}/sections/{position}"


def _told(model: type) -> dict[str, Any]:
    """A route that answers with a stream of the events of `model`, each JSON by its name."""
    return {"response_class": EventSourceResponse, "responses": {200: {"model": model}}}


@router.post(f"{_SECTION}/actions")
@request_class(MODEL)
async def act(
    document: OwnedDocument, position: Position, asked: Selected, inside: ServicesDep
) -> Proposed:
    """Have the model do something with a selection; the answer is edits, nothing is changed."""
    selection = _selection(document, position, asked)
    made = await inside.studio.ask(
        document.brief, selection, asked.action, asked.detail, asked.seed
    )
    return _proposed(position, made)


@router.post(f"{_SECTION}/actions/stream", **_told(ActionEvents))
@request_class(MODEL)
async def watch_action(
    document: OwnedDocument, position: Position, asked: Selected, inside: ServicesDep
) -> EventSourceResponse:
    """As an action, but its text comes in events `text` while it is generated, then `done`.

    The pieces are what the model says; only the edits of `done` are clean. It ends when the reader
    goes away.
    """
    selection = _selection(document, position, asked)
    return event_stream(_acting(document, position, selection, asked, inside))


@router.post(f"{_SECTION}/candidates", **_told(CandidateEvents))
@request_class(MODEL)
async def write_candidate(
    document: OwnedDocument, position: Position, asked: CandidateIn, inside: ServicesDep
) -> EventSourceResponse:
    """Write another text for a section, with other settings; the section keeps the one it has.

    Events tell it as it grows: `text` is added, `cut` and `replaced` change what was told. The
    whole text comes with `done`, and is kept as a revision. It ends when the reader goes away.
    """
    _section(document, position)
    return event_stream(_candidate(document, position, asked, inside))


@router.post(f"{_SECTION}/repair")
@request_class(MODEL)
async def repair(
    document: OwnedDocument, position: Position, asked: RepairIn, inside: ServicesDep
) -> Repaired:
    """Mend one finding: by its fix, without the model where that is certain, else with it.

    The answer is edits, nothing is changed. 404 when the linter does not find it there.
    """
    section = _section(document, position)
    _check_version(section, asked.version)
    fault = await asyncio.to_thread(_fault, document, section, asked)
    assert document.plan is not None
    heading = document.plan.sections[position].heading
    made = await inside.studio.mend(document.brief, heading, section.text, fault, asked.seed)
    text = made.edits.apply(section.text)
    return Repaired(
        position=position, edits=edits_out(made.edits), text=text, tokens=made.tokens,
        mended=made.sound,
    )  # fmt: skip


@router.post("/documents/{document_id}/polish", **_told(PolishEvents))
@request_class(MODEL)
async def polish_document(
    document: OwnedDocument, asked: Polishing, inside: ServicesDep
) -> EventSourceResponse:
    """Edits for the whole text, each as an event `proposal` when it is found, then one `done`.

    Nothing is changed: who takes an edit saves the section. It ends when the reader goes away.
    """
    _check_written(document)
    return event_stream(_polishing(document, asked.seed, inside))


@router.get("/documents/{document_id}/rounds")
@request_class(SHORT)
def list_rounds(document: OwnedDocument, inside: ServicesDep) -> list[RoundOut]:
    """What was asked for in words, oldest first."""
    found = inside.library.rounds.of_document(document.id)
    return [RoundOut.model_validate(one, from_attributes=True) for one in found]


@router.post("/documents/{document_id}/rounds", status_code=201)
@request_class(MODEL)
async def start_round(document: OwnedDocument, asked: RoundIn, inside: ServicesDep) -> RoundOut:
    """Say what should change; the section that is meant gets a new text, to be taken or left."""
    _check_written(document)
    history = await _history(document, inside)
    made = await inside.studio.revise(document.manuscript(), asked.instruction, history, asked.seed)
    return await _kept_round(document, asked.instruction, made, inside)


@router.post("/documents/{document_id}/rounds/stream", **_told(RoundEvents))
@request_class(MODEL)
async def watch_round(
    document: OwnedDocument, asked: RoundIn, inside: ServicesDep
) -> EventSourceResponse:
    """As a round, but its text comes in events `text` while it is generated, then `done`.

    It ends, and nothing is kept, when the reader goes away.
    """
    _check_written(document)
    return event_stream(_round(document, asked, inside))


@router.post("/documents/{document_id}/rounds/{round_id}", status_code=204)
@request_class(SHORT)
def settle_round(
    document: OwnedDocument, round_id: str, asked: RoundState, inside: ServicesDep
) -> None:
    """The proposal was taken (and saved as an edit) or left."""
    inside.library.rounds.settle(document.id, round_id, asked.state)


async def _acting(
    document: StoredDocument, position: int, selection: Selection, asked: Selected, inside: Services
) -> EventStream:
    work = inside.studio.asking(document.brief, selection, asked.action, asked.detail, asked.seed)
    async with aclosing(work) as parts:
        async for part in parts:
            if isinstance(part, Rewrite):
                yield "done", _proposed(position, part)
            else:
                yield "text", Piece(text=part)


async def _candidate(
    document: StoredDocument, position: int, asked: CandidateIn, inside: Services
) -> EventStream:
    seed = new_seed() if asked.seed is None else asked.seed
    tokens = 0
    pipeline = inside.studio.candidate(
        document.manuscript(), position, seed, asked.temperature, asked.instruction
    )
    async with aclosing(pipeline.sections({position})) as events:
        async for event in events:
            if isinstance(event, TextAdded):
                yield "text", Piece(text=event.text)
            elif isinstance(event, TextCut):
                yield "cut", CutBack(length=event.length, reason=event.reason)
            elif isinstance(event, TextReplaced):
                yield "replaced", Replacement(text=event.text, reason=event.reason)
            elif isinstance(event, Finished):
                tokens = event.tokens
    text = pipeline.manuscript.parts[position].text
    stored = inside.queue.documents
    made_with = ProvenanceSource(inside.studio.model_id, pipeline.options).written()
    kept = NewRevision(position, text, "model", "candidate", made_with)
    await asyncio.to_thread(stored.record, document.id, (), (), (kept,))
    revisions = await asyncio.to_thread(stored.revisions, document.id, position)
    found = await asyncio.to_thread(lint, text, language=document.brief.written_in)
    yield "done", CandidateOut(
        revision_id=revisions[-1].id if revisions else 0, text=text, words=count_words(text),
        tokens=tokens, seed=seed, diagnostics=[diagnostic_out(one) for one in found],
    )  # fmt: skip


async def _round(document: StoredDocument, asked: RoundIn, inside: Services) -> EventStream:
    history = await _history(document, inside)
    work = inside.studio.revising(document.manuscript(), asked.instruction, history, asked.seed)
    async with aclosing(work) as parts:
        async for part in parts:
            if isinstance(part, str):
                yield "text", Piece(text=part)
                continue
            kept = await _kept_round(document, asked.instruction, part, inside)
            yield "done", RoundDone(
                **kept.model_dump(), version=document.sections[part.index].version,
                edits=edits_out(part.asked.edits), tokens=part.asked.tokens,
            )  # fmt: skip


async def _polishing(document: StoredDocument, seed: int, inside: Services) -> EventStream:
    manuscript = document.manuscript()
    spans = manuscript.spans()
    async with aclosing(inside.studio.polish(manuscript.text, document.brief, seed)) as found:
        async for one in found:
            for position, span in spans.items():
                if span.start <= one.start and one.end <= span.end:
                    yield "proposal", _polish_out(document.sections[position], one, span)
    yield "done", Empty()


def _polish_out(section: StoredSection, one: Proposal, span: Span) -> PolishOut:
    """A proposal for the whole text as edits of the section that stands at `span`."""
    lead = len(section.text) - len(section.text.lstrip("\n"))
    shift = lead - span.start
    edits = Edits(Edit(edit.start + shift, edit.end + shift, edit.text) for edit in one.edits)
    return PolishOut(
        position=section.position, version=section.version, code=one.code, message=one.message,
        tokens=one.tokens, text=edits.apply(section.text), edits=edits_out(edits),
    )  # fmt: skip


async def _history(document: StoredDocument, inside: Services) -> list[str]:
    earlier = await asyncio.to_thread(inside.library.rounds.of_document, document.id)
    return [one.instruction for one in earlier if one.state == "taken"]


async def _kept_round(
    document: StoredDocument, instruction: str, made: Revision, inside: Services
) -> RoundOut:
    proposal = made.asked.edits.apply(document.sections[made.index].text)
    round_id = await asyncio.to_thread(
        inside.library.rounds.add, document.id, instruction, made.index, proposal
    )
    kept = await asyncio.to_thread(inside.library.rounds.of_document, document.id)
    one = next(one for one in kept if one.id == round_id)
    return RoundOut.model_validate(one, from_attributes=True)


def _selection(document: StoredDocument, position: int, asked: Selected) -> Selection:
    section = _section(document, position)
    _check_version(section, asked.version)
    if not asked.start <= asked.end <= len(section.text):
        raise HttpError(refusals.NO_SUCH_SELECTION)
    assert document.plan is not None
    heading = document.plan.sections[position].heading
    return Selection(heading, section.text, Span(asked.start, asked.end))


def _fault(document: StoredDocument, section: StoredSection, asked: RepairIn) -> PointedDiagnostic:
    """The finding that is meant: of the linter now, or kept with the section."""
    span = Span(asked.start, asked.end)
    for fault in section.faults:
        if (fault.code, fault.start, fault.end) == (asked.code, asked.start, asked.end):
            return PointedDiagnostic(fault.code, fault.message, span)
    language = document.brief.written_in
    found = find_diagnostic(section.text, language, asked.code, span)
    if found is None:
        raise HttpError(refusals.NO_SUCH_FINDING)
    return PointedDiagnostic(found.code, found.message, span)


def _section(document: StoredDocument, position: int) -> StoredSection:
    for section in document.sections:
        if section.position == position:
            return section
    raise UnknownDocumentError(id=f"{document.id}#{position + 1}")


def _check_version(section: StoredSection, version: int) -> None:
    if section.version != version:
        stale = StaleSectionError(section=section.position + 1)
        raise ConflictError(stale, "", section.text, section.version)


def _check_written(document: StoredDocument) -> None:
    if document.plan is None:
        raise HttpError(refusals.NOT_WRITTEN)


def _proposed(position: int, made: Rewrite) -> Proposed:
    return Proposed(
        position=position, edits=edits_out(made.edits), text=made.text, tokens=made.tokens
    )
