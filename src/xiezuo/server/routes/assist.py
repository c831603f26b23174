"""Model requests about an existing document: actions, candidates, repairs, polish, rounds.

Nothing here changes a text: the responses are edits and candidates that the user takes or leaves.
"""

import asyncio
from contextlib import aclosing

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
    PolishEvents,
    PolishIn,
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
    TextCutOut,
    TextDelta,
    diagnostic_out,
    edits_out,
)
from xiezuo.server.schemas.base import Position
from xiezuo.server.sse import Empty, EventStream, event_stream, streamed
from xiezuo.store.documents.documents import NewRevision
from xiezuo.store.records import StoredDocument, StoredSection
from xiezuo.studio import new_seed
from xiezuo.writing.edit.polish import Proposal
from xiezuo.writing.edit.revise import Revision
from xiezuo.writing.edit.rewrite import Rewrite, Selection
from xiezuo.writing.model.events import Finished, TextAdded, TextCut, TextReplaced
from xiezuo.writing.repair.on_request import ReportedDiagnostic, find_diagnostic

router = APIRouter(prefix="/api", tags=["generate"])
_SECTION = "/documents/{document_id}/sections/{position}"


@router.post(f"{_SECTION}/actions")
@request_class(MODEL)
async def act(
    document: OwnedDocument, position: Position, body: Selected, services: ServicesDep
) -> Proposed:
    """Have the model edit a selection; the response is edits, and nothing is changed."""
    selection = _selection(document, position, body)
    rewrite = await services.studio.ask(
        document.brief, selection, body.action, body.detail, body.seed
    )
    return _proposed(position, rewrite)


@router.post(f"{_SECTION}/actions/stream", **streamed(ActionEvents))
@request_class(MODEL)
async def watch_action(
    document: OwnedDocument, position: Position, body: Selected, services: ServicesDep
) -> EventSourceResponse:
    """An action whose text is streamed as events `text`, followed by `done`.

    The events `text` are raw model output; only the edits of `done` are clean. The action ends when
    the client disconnects.
    """
    selection = _selection(document, position, body)
    return event_stream(_acting(document, position, selection, body, services))


@router.post(f"{_SECTION}/candidates", **streamed(CandidateEvents))
@request_class(MODEL)
async def write_candidate(
    document: OwnedDocument, position: Position, body: CandidateIn, services: ServicesDep
) -> EventSourceResponse:
    """Write another text for a section, with other settings; the section itself does not change.

    The text is streamed: `text` is appended, `cut` and `replaced` change what was sent before. The
    event `done` has the whole text, which is stored as a revision. Writing ends when the client
    disconnects.
    """
    _section(document, position)
    return event_stream(_candidate(document, position, body, services))


@router.post(f"{_SECTION}/repair")
@request_class(MODEL)
async def repair(
    document: OwnedDocument, position: Position, body: RepairIn, services: ServicesDep
) -> Repaired:
    """Repair one finding: by its safe fix if it has one, otherwise with the model.

    The response is edits, and nothing is changed. 404 if the linter does not find it there.
    """
    section = _section(document, position)
    _check_version(section, body.version)
    fault = await asyncio.to_thread(_fault, document, section, body)
    assert document.plan is not None
    heading = document.plan.sections[position].heading
    repair = await services.studio.mend(document.brief, heading, section.text, fault, body.seed)
    return Repaired(
        position=position,
        edits=edits_out(repair.edits),
        text=repair.edits.apply(section.text),
        tokens=repair.tokens,
        mended=repair.sound,
    )


@router.post("/documents/{document_id}/polish", **streamed(PolishEvents))
@request_class(MODEL)
async def polish_document(
    document: OwnedDocument, body: PolishIn, services: ServicesDep
) -> EventSourceResponse:
    """Edits for the whole text, each streamed as an event `proposal`, followed by `done`.

    Nothing is changed: to take an edit, save the section. It ends when the client disconnects.
    """
    _check_written(document)
    return event_stream(_polishing(document, body.seed, services))


@router.get("/documents/{document_id}/rounds")
@request_class(SHORT)
def list_rounds(document: OwnedDocument, services: ServicesDep) -> list[RoundOut]:
    """The instructions so far, oldest first."""
    rounds = services.library.rounds.of_document(document.id)
    return [RoundOut.model_validate(round_, from_attributes=True) for round_ in rounds]


@router.post("/documents/{document_id}/rounds", status_code=201)
@request_class(MODEL)
async def start_round(document: OwnedDocument, body: RoundIn, services: ServicesDep) -> RoundOut:
    """Apply an instruction: the section it refers to gets a proposed text, to be taken or left."""
    _check_written(document)
    history = await _history(document, services)
    revision = await services.studio.revise(
        document.manuscript(), body.instruction, history, body.seed
    )
    return await _store_round(document, body.instruction, revision, services)


@router.post("/documents/{document_id}/rounds/stream", **streamed(RoundEvents))
@request_class(MODEL)
async def watch_round(
    document: OwnedDocument, body: RoundIn, services: ServicesDep
) -> EventSourceResponse:
    """A round whose text is streamed as events `text`, followed by `done`.

    It ends, and nothing is stored, when the client disconnects.
    """
    _check_written(document)
    return event_stream(_round(document, body, services))


@router.post("/documents/{document_id}/rounds/{round_id}", status_code=204)
@request_class(SHORT)
def settle_round(
    document: OwnedDocument, round_id: str, body: RoundState, services: ServicesDep
) -> None:
    """Record whether the proposal was taken (and saved as an edit) or left."""
    services.library.rounds.settle(document.id, round_id, body.state)


async def _acting(
    document: StoredDocument,
    position: int,
    selection: Selection,
    body: Selected,
    services: Services,
) -> EventStream:
    work = services.studio.asking(document.brief, selection, body.action, body.detail, body.seed)
    async with aclosing(work) as parts:
        async for part in parts:
            if isinstance(part, Rewrite):
                yield "done", _proposed(position, part)
            else:
                yield "text", TextDelta(text=part)


async def _candidate(
    document: StoredDocument, position: int, body: CandidateIn, services: Services
) -> EventStream:
    seed = new_seed() if body.seed is None else body.seed
    tokens = 0
    pipeline = services.studio.candidate(
        document.manuscript(), position, seed, body.temperature, body.instruction
    )
    async with aclosing(pipeline.sections({position})) as events:
        async for event in events:
            if isinstance(event, TextAdded):
                yield "text", TextDelta(text=event.text)
            elif isinstance(event, TextCut):
                yield "cut", TextCutOut(length=event.length, reason=event.reason)
            elif isinstance(event, TextReplaced):
                yield "replaced", Replacement(text=event.text, reason=event.reason)
            elif isinstance(event, Finished):
                tokens = event.tokens
    text = pipeline.manuscript.parts[position].text
    stored = services.queue.documents
    provenance = ProvenanceSource(services.studio.model_id, pipeline.options).written()
    candidate = NewRevision(position, text, "model", "candidate", provenance)
    await asyncio.to_thread(stored.record, document.id, (), (), (candidate,))
    revisions = await asyncio.to_thread(stored.revisions, document.id, position)
    diagnostics = await asyncio.to_thread(lint, text, language=document.brief.written_in)
    yield (
        "done",
        CandidateOut(
            revision_id=revisions[-1].id if revisions else 0,
            text=text,
            words=count_words(text),
            tokens=tokens,
            seed=seed,
            diagnostics=[diagnostic_out(diagnostic) for diagnostic in diagnostics],
        ),
    )


async def _round(document: StoredDocument, body: RoundIn, services: Services) -> EventStream:
    history = await _history(document, services)
    work = services.studio.revising(document.manuscript(), body.instruction, history, body.seed)
    async with aclosing(work) as parts:
        async for part in parts:
            if isinstance(part, str):
                yield "text", TextDelta(text=part)
                continue
            stored = await _store_round(document, body.instruction, part, services)
            yield (
                "done",
                RoundDone(
                    **stored.model_dump(),
                    version=document.sections[part.index].version,
                    edits=edits_out(part.asked.edits),
                    tokens=part.asked.tokens,
                ),
            )


async def _polishing(document: StoredDocument, seed: int, services: Services) -> EventStream:
    manuscript = document.manuscript()
    spans = manuscript.spans()
    async with aclosing(services.studio.polish(manuscript.text, document.brief, seed)) as proposals:
        async for proposal in proposals:
            for position, span in spans.items():
                if span.start <= proposal.start and proposal.end <= span.end:
                    yield "proposal", _polish_out(document.sections[position], proposal, span)
    yield "done", Empty()


def _polish_out(section: StoredSection, proposal: Proposal, span: Span) -> PolishOut:
    """Convert a proposal for the whole text to edits of the section at `span`."""
    lead = len(section.text) - len(section.text.lstrip("\n"))
    shift = lead - span.start
    edits = Edits(Edit(edit.start + shift, edit.end + shift, edit.text) for edit in proposal.edits)
    return PolishOut(
        position=section.position,
        version=section.version,
        code=proposal.code,
        message=proposal.message,
        tokens=proposal.tokens,
        text=edits.apply(section.text),
        edits=edits_out(edits),
    )


async def _history(document: StoredDocument, services: Services) -> list[str]:
    rounds = await asyncio.to_thread(services.library.rounds.of_document, document.id)
    return [round_.instruction for round_ in rounds if round_.state == "taken"]


async def _store_round(
    document: StoredDocument, instruction: str, revision: Revision, services: Services
) -> RoundOut:
    proposal = revision.asked.edits.apply(document.sections[revision.index].text)
    round_id = await asyncio.to_thread(
        services.library.rounds.add, document.id, instruction, revision.index, proposal
    )
    rounds = await asyncio.to_thread(services.library.rounds.of_document, document.id)
    stored = next(round_ for round_ in rounds if round_.id == round_id)
    return RoundOut.model_validate(stored, from_attributes=True)


def _selection(document: StoredDocument, position: int, body: Selected) -> Selection:
    section = _section(document, position)
    _check_version(section, body.version)
    if not body.start <= body.end <= len(section.text):
        raise HttpError(refusals.NO_SUCH_SELECTION)
    assert document.plan is not None
    heading = document.plan.sections[position].heading
    return Selection(heading, section.text, Span(body.start, body.end))


def _fault(document: StoredDocument, section: StoredSection, body: RepairIn) -> ReportedDiagnostic:
    """The requested finding: stored with the section, or found by the linter now."""
    span = Span(body.start, body.end)
    for fault in section.faults:
        if (fault.code, fault.start, fault.end) == (body.code, body.start, body.end):
            return ReportedDiagnostic(fault.code, fault.message, span)
    language = document.brief.written_in
    diagnostic = find_diagnostic(section.text, language, body.code, span)
    if diagnostic is None:
        raise HttpError(refusals.NO_SUCH_FINDING)
    return ReportedDiagnostic(diagnostic.code, diagnostic.message, span)


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


def _proposed(position: int, rewrite: Rewrite) -> Proposed:
    return Proposed(
        position=position, edits=edits_out(rewrite.edits), text=rewrite.text, tokens=rewrite.tokens
    )
