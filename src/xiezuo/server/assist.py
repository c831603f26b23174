"""What is asked of linter and model about a text: outlines, lint, fixes, actions, rounds."""

import asyncio

from fastapi import APIRouter

from xiezuo.errors import StaleSectionError, UnknownDocumentError
from xiezuo.language import Text
from xiezuo.lint import Diagnostic, fix, lint
from xiezuo.server.problems import ConflictError, HttpError
from xiezuo.server.services import In, Owned, Who
from xiezuo.server.shapes import (
    BriefIn,
    DiagnosticOut,
    EditOut,
    Fixed,
    LintIn,
    PlanAgain,
    Proposed,
    RoundIn,
    RoundOut,
    RoundState,
    Selected,
)
from xiezuo.store.records import StoredDocument, StoredSection
from xiezuo.text.edits import Edits
from xiezuo.text.span import Span
from xiezuo.writing.actions import Selection
from xiezuo.writing.plan import Plan

router = APIRouter(prefix="/api", tags=["assist"])


@router.post("/outline")
async def make_outline(_: Who, asked: BriefIn, inside: In) -> Plan:
    """Title and sections for a brief; nothing is kept."""
    return await inside.studio.plan(asked.brief, asked.seed)


@router.post("/outline/again")
async def plan_again(_: Who, asked: PlanAgain, inside: In) -> Plan:
    """The outline with another heading in the place of one."""
    if asked.index >= len(asked.plan.sections):
        raise HttpError(422, "InvalidRequest", Text("There is no such section.", "没有这一节。"))
    return await inside.studio.plan_again(asked.plan, asked.index, asked.seed)


@router.post("/lint")
def lint_text(_: Who, asked: LintIn) -> list[DiagnosticOut]:
    """The faults of a Markdown text."""
    found = lint(asked.text, select=asked.select or (), language=asked.language)
    return [_diagnostic_out(one) for one in found]


@router.post("/fix")
def fix_text(_: Who, asked: LintIn) -> Fixed:
    """The text after all safe fixes, and what is left; `unsafe` applies the others too."""
    done = fix(asked.text, unsafe=asked.unsafe, select=asked.select or (), language=asked.language)
    return Fixed(text=done.text, left=[_diagnostic_out(one) for one in done.remaining])


@router.post("/documents/{document_id}/sections/{position}/actions")
async def act(document: Owned, position: int, asked: Selected, inside: In) -> Proposed:
    """Have the model do something with a selection; the answer is edits, nothing is changed."""
    section = _section(document, position)
    if section.version != asked.version:
        stale = StaleSectionError(section=position + 1)
        raise ConflictError(stale, "", section.text, section.version)
    if not asked.start <= asked.end <= len(section.text):
        raise HttpError(422, "InvalidRequest", Text("There is no such selection.", "选区不存在。"))
    assert document.plan is not None
    heading = document.plan.sections[position].heading
    selection = Selection(heading, section.text, Span(asked.start, asked.end))
    made = await inside.studio.ask(
        document.brief, selection, asked.action, asked.detail, asked.seed
    )
    return _proposed(position, made.edits, made.text, made.tokens)


@router.get("/documents/{document_id}/rounds")
def list_rounds(document: Owned, inside: In) -> list[RoundOut]:
    """What was asked for in words, oldest first."""
    found = inside.library.rounds(document.id)
    return [RoundOut.model_validate(one, from_attributes=True) for one in found]


@router.post("/documents/{document_id}/rounds", status_code=201)
async def start_round(document: Owned, asked: RoundIn, inside: In) -> RoundOut:
    """Say what should change; the section that is meant gets a new text, to be taken or left."""
    if document.plan is None:
        raise HttpError(409, "NotWritten", Text("There is no text yet.", "还没有正文。"))
    earlier = await asyncio.to_thread(inside.library.rounds, document.id)
    history = [one.instruction for one in earlier if one.state == "taken"]
    made = await inside.studio.revise(document.manuscript(), asked.instruction, history, asked.seed)
    proposal = made.asked.edits.apply(document.sections[made.index].text)
    round_id = await asyncio.to_thread(
        inside.library.add_round, document.id, asked.instruction, made.index, proposal
    )
    kept = await asyncio.to_thread(inside.library.rounds, document.id)
    one = next(one for one in kept if one.id == round_id)
    return RoundOut.model_validate(one, from_attributes=True)


@router.post("/documents/{document_id}/rounds/{round_id}", status_code=204)
def settle_round(document: Owned, round_id: str, asked: RoundState, inside: In) -> None:
    """The proposal was taken (and saved as an edit) or left."""
    inside.library.settle_round(document.id, round_id, asked.state)


def _section(document: StoredDocument, position: int) -> StoredSection:
    for one in document.sections:
        if one.position == position:
            return one
    raise UnknownDocumentError(id=f"{document.id}#{position + 1}")


def _proposed(position: int, edits: Edits, text: str, tokens: int) -> Proposed:
    listed = [EditOut(start=one.start, end=one.end, text=one.text) for one in edits]
    return Proposed(position=position, edits=listed, text=text, tokens=tokens)


def _diagnostic_out(one: Diagnostic) -> DiagnosticOut:
    return DiagnosticOut(
        code=one.code, severity=one.severity, message=one.message, start=one.start, end=one.end,
        safe=one.fix.safe if one.fix else None,
    )  # fmt: skip
