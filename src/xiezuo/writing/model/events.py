"""What happens while a document is written, in order.

`Manuscript.apply` turns them back into the document; texts and offsets are those of one section's
body, below its heading.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

from xiezuo.i18n import Text
from xiezuo.writing.model.outline import Outline

PREAMBLE = -1  # the "section" before the first heading; in plain mode, the whole text
RepairStep = Literal["fix", "rewrite", "regenerate"]
SectionState = Literal["planned", "writing", "written", "needs_review", "final"]


@dataclass(frozen=True, slots=True)
class StoredDiagnostic:
    """A diagnostic as it is stored with a section; `start` and `end` are offsets in its body."""

    code: str
    severity: str
    message: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that the user should see before the text is written."""

    message: Text


@dataclass(frozen=True, slots=True)
class PlanReady:
    """The outline is ready; `from_model` is false if the brief or the user gave it."""

    plan: Outline
    from_model: bool


@dataclass(frozen=True, slots=True)
class SectionStarted:
    """Section `index` (from 0) of `total` starts, or continues if `resumed`."""

    index: int
    total: int
    heading: str
    words: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class PromptRead:
    """Prefill: `processed` of `total` prompt tokens, `cached` of them from the KV cache."""

    processed: int
    total: int
    cached: int


@dataclass(frozen=True, slots=True)
class TextAdded:
    """Text at the end of section `index`; generating it took `tokens` (0 if xiezuo added it)."""

    index: int
    text: str
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class TextCut:
    """Section `index` is cut back to its first `length` characters; `reason` is a rule's code."""

    index: int
    length: int
    reason: str


@dataclass(frozen=True, slots=True)
class TextReplaced:
    """Section `index` now reads `text`: a repair, named by `reason`."""

    index: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class RepairTried:
    """One attempt to repair section `index`; `kept` if its text, `candidate`, is used from now on.

    `tokens` counts the discarded ones: of the candidate, or of the text that it replaces.
    """

    index: int
    step: RepairStep
    codes: tuple[str, ...]
    tokens: int
    kept: bool
    candidate: str = ""


@dataclass(frozen=True, slots=True)
class SectionFinished:
    """Section `index` has `words`; `faults` are the remaining ones if it needs review."""

    index: int
    words: int
    state: SectionState
    faults: tuple[StoredDiagnostic, ...] = ()

    @property
    def empty(self) -> bool:
        return self.words == 0


@dataclass(frozen=True, slots=True)
class EngineRestarted:
    """The engine was lost; the section continues from the text it had."""

    problem: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Totals of this run.

    Attributes:
        words: in the sections written.
        tokens: generated; `repair_tokens` of them for text that was cut or replaced.
        seconds: from start to end, with waiting.
        prompt_tokens: sent, over all calls; `evaluated_tokens` of them were not in the KV cache.
        empty_sections: headings under which the model wrote nothing.
        review_sections: headings of sections that need review.
    """

    words: int
    tokens: int
    seconds: float
    repair_tokens: int = 0
    prompt_tokens: int = 0
    evaluated_tokens: int = 0
    empty_sections: tuple[str, ...] = ()
    review_sections: tuple[str, ...] = ()


WritingEvent = (
    Notice
    | PlanReady
    | SectionStarted
    | PromptRead
    | TextAdded
    | TextCut
    | TextReplaced
    | RepairTried
    | SectionFinished
    | EngineRestarted
    | Finished
)


def as_json(event: WritingEvent) -> dict[str, Any]:
    """`{"event": "text_added", "text": …}`: the lines of `xiezuo write --json`."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    if isinstance(event, PlanReady):
        facts = event.plan.model_dump() | {"from_model": event.from_model}
    elif isinstance(event, Notice):
        facts = {"message": str(event.message)}
    else:
        facts = asdict(event)
    return {"event": name, **facts}
