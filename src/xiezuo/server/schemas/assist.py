"""What linter and model are asked, and what they answer."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from xiezuo.engine.speed import Speed
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
    RuleCode,
    Seed,
    Shape,
    Temperature,
    Version,
    example,
)
from xiezuo.writing.edit.rewrite import Action
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline
from xiezuo.writing.planning.estimate import BriefDiagnostic, Estimate, notes


class BriefIn(Shape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"brief": BRIEF}]})

    brief: Brief
    seed: Seed = 1


class BriefPreviewIn(Shape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"brief": BRIEF}]})

    brief: Brief


class PlanAgain(Shape):
    """Another heading in the place of section `index` (from 0)."""

    model_config = example(plan=PLAN, index=0)

    plan: Outline
    index: Index
    seed: Seed = 1


class Selected(Shape):
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
    """Edits of one section's text, to be taken or left."""

    position: int
    edits: list[EditOut]
    text: str
    tokens: int


class CandidateIn(Shape):
    """How another text of a section is written; a new seed is taken where none is given."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"temperature": 0.9, "instruction": "Begin with a scene."}]}
    )

    seed: Seed | None = None
    temperature: Temperature | None = None
    instruction: Annotated[str, Field(max_length=400)] = ""


class Piece(BaseModel):
    """Text that was just generated."""

    text: str


class CutBack(BaseModel):
    """The text is now its first `length` characters; `reason` is a rule's code."""

    length: int
    reason: str


class Replacement(BaseModel):
    """The whole text is now this one; `reason` names the repair."""

    text: str
    reason: str


class RepairIn(Shape):
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
    """Edits against one finding; `mended` says that the linter does not find it any more."""

    mended: bool


class Polishing(Shape):
    model_config = example(seed=1)

    seed: Seed = 1


class PolishOut(Proposed):
    """One edit of a polish: why, and the version of the section that it is for."""

    code: str
    message: str
    version: int


class RoundIn(Shape):
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
    """A round that was streamed, with its edits of the section at `version`."""

    version: int
    edits: list[EditOut]
    tokens: int


class RoundState(Shape):
    model_config = example(state="taken")

    state: Literal["taken", "left"]


class LintIn(Shape):
    model_config = example(text="# Tea\n\nA leaf is")

    text: Body
    language: Literal["en", "zh"] | None = None
    select: list[RuleCode] | None = Field(None, max_length=200)
    unsafe: StrictBool = False


class FixOut(BaseModel):
    """Edits that remove a finding; a safe one leaves the meaning as it is."""

    safe: bool
    edits: list[EditOut]


class DiagnosticOut(BaseModel):
    """A finding of the rule `code`, called `name`, of a `family` such as `CUT`.

    Offsets are characters of the text; `fix` is none where there is none.
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
    """A candidate, kept as the revision `revision_id` with the reason `candidate`."""

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
    """Edits of the text of a brief's `field`; of `words`, of its number."""

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
    """What writing begins with and takes.

    `messages` are the first prompt: for the outline, where the brief has no structure, else for the
    text. `prompt_tokens` counts the whole of it with the chat template, and is an estimate unless
    `exact`. Of `budget` tokens, `fixed_tokens` go to brief and outline in every prompt and
    `view_tokens` are left for the text so far; of the document's `tokens`, `hidden_tokens` are out
    of sight at the end, which `left_out` says in words. When it does not fit, nothing can be
    written. The seconds until the first word of the text and until the end are none while this
    engine's speed was not measured.
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
                    "prompt_tokens": 178, "exact": True, "context": 4096, "budget": 2048,
                    "fixed_tokens": 222, "view_tokens": 1826, "words": 600, "sections": 2,
                    "tokens": 840, "hidden_tokens": 0, "fits": True, "left_out": [], "faults": [],
                    "first_seconds": 4.7, "seconds": 182.0, "prefill_speed": 38.0,
                    "decode_speed": 5.7,
                }
            ]
        }
    )  # fmt: skip

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
    """A rule: what it finds in one line, and its whole page as Markdown."""

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


def diagnostic_out(one: Diagnostic) -> DiagnosticOut:
    fix = FixOut(safe=one.fix.safe, edits=edits_out(one.fix.edits)) if one.fix else None
    return DiagnosticOut(
        code=one.code, name=one.name, family=one.code[:3], severity=one.severity,
        message=one.message, start=one.start, end=one.end, fix=fix,
    )  # fmt: skip


def brief_fault_out(fault: BriefDiagnostic) -> BriefDiagnosticOut:
    one = fault.diagnostic
    edits = edits_out(fault.edits)
    return BriefDiagnosticOut(
        code=one.code, name=one.name, family=one.code[:3], severity=one.severity,
        message=one.message, field=fault.field, start=fault.start, end=fault.end,
        fix=FieldFixOut(field=fault.field, safe=False, edits=edits) if edits else None,
    )  # fmt: skip


def preview_out(one: Estimate, speed: Speed | None) -> BriefPreviewOut:
    plain = {"stage", "prompt_tokens", "exact", "context", "budget", "fixed_tokens", "view_tokens",
             "words", "sections", "tokens", "hidden_tokens", "fits"}  # fmt: skip
    return BriefPreviewOut(
        **{name: getattr(one, name) for name in plain},
        messages=[
            MessageOut(role=message.role, content=message.content, tokens=tokens)
            for message, tokens in one.messages
        ],
        left_out=[str(text) for text in notes(one)],
        faults=[brief_fault_out(fault) for fault in one.faults],
        first_seconds=_rounded(one.first_seconds),
        seconds=_rounded(one.seconds),
        prefill_speed=_rounded(speed.prefill if speed else None),
        decode_speed=_rounded(speed.decode if speed else None),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


class ActionEvents(BaseModel):
    """The events of an action, by name."""

    text: Piece
    done: Proposed
    problem: Problem


class RoundEvents(BaseModel):
    """The events of a round, by name."""

    text: Piece
    done: RoundDone
    problem: Problem


class CandidateEvents(BaseModel):
    """The events of a candidate, by name."""

    text: Piece
    cut: CutBack
    replaced: Replacement
    done: CandidateOut
    problem: Problem


class PolishEvents(BaseModel):
    """The events of a polish, by name; `done` has no data."""

    proposal: PolishOut
    problem: Problem
