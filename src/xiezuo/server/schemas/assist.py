"""Requests to the linter and the model, and their responses."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from xiezuo.engine.metrics import Speed
from xiezuo.lint.diagnostic import Diagnostic, Severity
from xiezuo.lint.rule import Needs, Safety
from xiezuo.markdown.edits import Edit
from xiezuo.server.errors import Problem
from xiezuo.server.schemas.base import (
    BRIEF,
    PLAN,
    Body,
    Index,
    Offset,
    RequestBody,
    RuleCode,
    Seed,
    Temperature,
    Version,
    example,
)
from xiezuo.server.sse import Empty
from xiezuo.writing.edit.rewrite import Action
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline
from xiezuo.writing.planning.estimate import BriefDiagnostic, Estimate, notes


class BriefIn(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{"brief": BRIEF}]})

    brief: Brief
    seed: Seed = 1


class BriefPreviewIn(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{"brief": BRIEF}]})

    brief: Brief


class ReplanIn(RequestBody):
    """The section (from 0) whose heading is replaced."""

    model_config = example(plan=PLAN, index=0)

    plan: Outline
    index: Index
    seed: Seed = 1


class Selected(RequestBody):
    """An action on the characters `start` to `end` of a section at `version`."""

    model_config = example(action="condense", start=0, end=42, version=3)

    action: Action
    start: Offset
    end: Offset
    version: Version
    detail: Annotated[str, Field(max_length=2000)] = ""
    seed: Seed = 1


class EditOut(BaseModel):
    start: int
    end: int
    text: str


class Proposed(BaseModel):
    """Proposed edits of one section's text."""

    position: int
    edits: list[EditOut]
    text: str
    tokens: int


class CandidateIn(RequestBody):
    """Settings of a candidate; the seed is random by default."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"temperature": 0.9, "instruction": "Begin with a scene."}]}
    )

    seed: Seed | None = None
    temperature: Temperature | None = None
    instruction: Annotated[str, Field(max_length=400)] = ""


class TextDelta(BaseModel):
    """Newly generated text."""

    text: str


class TextCutOut(BaseModel):
    """The text is cut to its first `length` characters; `reason` is a rule's code."""

    length: int
    reason: str


class Replacement(BaseModel):
    """The whole text is replaced by `text`; `reason` names the repair."""

    text: str
    reason: str


class RepairIn(RequestBody):
    """A finding in a section's text at `version`: its rule and characters."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "CUT001", "start": 0, "end": 42, "version": 3}]}
    )

    code: Annotated[str, Field(pattern=r"^[A-Z]{3}\d{0,3}$")]
    start: Offset
    end: Offset
    version: Version
    seed: Seed = 1


class Repaired(Proposed):
    """Edits that repair one finding; `mended` is whether the linter no longer finds it."""

    mended: bool


class PolishIn(RequestBody):
    model_config = example(seed=1)

    seed: Seed = 1


class PolishOut(Proposed):
    """One proposal of a polish, with its reason and the section's version."""

    code: str
    message: str
    version: int


class RoundIn(RequestBody):
    model_config = example(instruction="Make the opening livelier.")

    instruction: Annotated[str, Field(min_length=1, max_length=4000)]
    seed: Seed = 1


class RoundOut(BaseModel):
    id: str
    instruction: str
    position: int
    proposal: str
    state: Literal["proposed", "taken", "left"]
    created: float


class RoundDone(RoundOut):
    """A streamed round, with its edits of the section at `version`."""

    version: int
    edits: list[EditOut]
    tokens: int


class RoundState(RequestBody):
    model_config = example(state="taken")

    state: Literal["taken", "left"]


class LintIn(RequestBody):
    model_config = example(text="# Tea\n\nA leaf is")

    text: Body
    language: Literal["en", "zh"] | None = None
    select: list[RuleCode] | None = Field(None, max_length=200)
    unsafe: StrictBool = False


class FixOut(BaseModel):
    """Edits that remove a finding; a safe fix does not change the meaning."""

    safe: bool
    edits: list[EditOut]


class DiagnosticOut(BaseModel):
    """A finding of the rule `code`, called `name`, of a `family` such as `CUT`.

    Offsets are characters of the text; `fix` is null if there is none.
    """

    code: str
    name: str
    family: str
    severity: Severity
    message: str
    start: int
    end: int
    fix: FixOut | None


class CandidateOut(BaseModel):
    """A candidate, stored as the revision `revision_id` with the reason `candidate`."""

    revision_id: int
    text: str
    words: int
    tokens: int
    seed: int
    diagnostics: list[DiagnosticOut]


class Fixed(BaseModel):
    text: str
    left: list[DiagnosticOut]


class FieldFixOut(BaseModel):
    """Edits of the text of a brief's `field`; for `words`, of its number as text."""

    field: str
    safe: bool
    edits: list[EditOut]


class BriefDiagnosticOut(BaseModel):
    """A finding about a `field` of the brief; offsets are characters of that field's text."""

    code: str
    name: str
    family: str
    severity: Severity
    message: str
    field: str
    start: int
    end: int
    fix: FieldFixOut | None


class MessageOut(BaseModel):
    role: Literal["system", "user", "assistant"]
    content: str
    tokens: int


class BriefPreviewOut(BaseModel):
    """The first prompt for a brief, and the estimated tokens and time.

    `messages` are the first prompt: for the outline if the brief has no structure, otherwise for
    the text. `prompt_tokens` counts all of it with the chat template, and is an estimate unless
    `exact`. Of `budget` tokens, `fixed_tokens` hold brief and outline in every prompt and
    `view_tokens` are left for the text so far. Of the document's `tokens`, the model no longer sees
    `hidden_tokens` at the end; `left_out` describes this. If `fits` is false, nothing can be
    written. The seconds until the first word and until the end are null until the engine's speed
    has been measured.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "stage": "writing",
                    "messages": [
                        {"role": "system", "content": "You are …", "tokens": 58},
                        {"role": "user", "content": "Write a article. …", "tokens": 96},
                        {"role": "assistant", "content": "## Leaf\n\n", "tokens": 4},
                    ],
                    "prompt_tokens": 178,
                    "exact": True,
                    "context": 4096,
                    "budget": 2048,
                    "fixed_tokens": 222,
                    "view_tokens": 1826,
                    "words": 600,
                    "sections": 2,
                    "tokens": 840,
                    "hidden_tokens": 0,
                    "fits": True,
                    "left_out": [],
                    "faults": [],
                    "first_seconds": 4.7,
                    "seconds": 182.0,
                    "prefill_speed": 38.0,
                    "decode_speed": 5.7,
                }
            ]
        }
    )

    stage: Literal["outline", "writing"]
    messages: list[MessageOut]
    prompt_tokens: int
    exact: bool
    context: int | None
    budget: int
    fixed_tokens: int
    view_tokens: int
    words: int
    sections: int
    tokens: int
    hidden_tokens: int
    fits: bool
    left_out: list[str]
    faults: list[BriefDiagnosticOut]
    first_seconds: float | None
    seconds: float | None
    prefill_speed: float | None
    decode_speed: float | None


class RuleOut(BaseModel):
    """A rule: a one-line summary, and its page as Markdown."""

    code: str
    name: str
    family: str
    family_name: str
    severity: Severity
    summary: str
    page: str
    fixes: Safety | None
    needs: Needs | None
    default: bool


def edits_out(edits: Iterable[Edit]) -> list[EditOut]:
    return [EditOut(start=edit.start, end=edit.end, text=edit.text) for edit in edits]


def diagnostic_out(diagnostic: Diagnostic) -> DiagnosticOut:
    fix = (
        FixOut(safe=diagnostic.fix.safe, edits=edits_out(diagnostic.fix.edits))
        if diagnostic.fix
        else None
    )
    return DiagnosticOut(
        code=diagnostic.code,
        name=diagnostic.name,
        family=diagnostic.code[:3],
        severity=diagnostic.severity,
        message=diagnostic.message,
        start=diagnostic.start,
        end=diagnostic.end,
        fix=fix,
    )


def brief_fault_out(fault: BriefDiagnostic) -> BriefDiagnosticOut:
    diagnostic = fault.diagnostic
    edits = edits_out(fault.edits)
    return BriefDiagnosticOut(
        code=diagnostic.code,
        name=diagnostic.name,
        family=diagnostic.code[:3],
        severity=diagnostic.severity,
        message=diagnostic.message,
        field=fault.field,
        start=fault.start,
        end=fault.end,
        fix=FieldFixOut(field=fault.field, safe=False, edits=edits) if edits else None,
    )


def preview_out(estimate: Estimate, speed: Speed | None) -> BriefPreviewOut:
    copied = {
        "stage",
        "prompt_tokens",
        "exact",
        "context",
        "budget",
        "fixed_tokens",
        "view_tokens",
        "words",
        "sections",
        "tokens",
        "hidden_tokens",
        "fits",
    }
    return BriefPreviewOut(
        **{name: getattr(estimate, name) for name in copied},
        messages=[
            MessageOut(role=message.role, content=message.content, tokens=tokens)
            for message, tokens in estimate.messages
        ],
        left_out=[str(text) for text in notes(estimate)],
        faults=[brief_fault_out(fault) for fault in estimate.faults],
        first_seconds=_rounded(estimate.first_seconds),
        seconds=_rounded(estimate.seconds),
        prefill_speed=_rounded(speed.prefill if speed else None),
        decode_speed=_rounded(speed.decode if speed else None),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


class ActionEvents(BaseModel):
    """The events of an action, by name."""

    text: TextDelta
    done: Proposed
    problem: Problem


class RoundEvents(BaseModel):
    """The events of a round, by name."""

    text: TextDelta
    done: RoundDone
    problem: Problem


class CandidateEvents(BaseModel):
    """The events of a candidate, by name."""

    text: TextDelta
    cut: TextCutOut
    replaced: Replacement
    done: CandidateOut
    problem: Problem


class PolishEvents(BaseModel):
    """The events of a polish, by name; `done` has no data."""

    proposal: PolishOut
    done: Empty
    problem: Problem
