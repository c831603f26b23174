"""What happens while a document is written, in order.

The text of all `TextAdded` events, joined, is the document.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any

from xiezuo.writing.plan import Plan


@dataclass(frozen=True, slots=True)
class PlanReady:
    """The outline stands; `from_model` is false where the brief gave it."""

    plan: Plan
    from_model: bool


@dataclass(frozen=True, slots=True)
class SectionStarted:
    """Section `index` (from 0) of `total` begins, or goes on if `resumed`."""

    index: int
    total: int
    heading: str
    words: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class PromptRead:
    """Prefill: `processed` of `total` prompt tokens, `cached` of them from KV cache."""

    processed: int
    total: int
    cached: int


@dataclass(frozen=True, slots=True)
class TextAdded:
    """Text at the end of the document; generating it took `tokens` (0 for our headings)."""

    text: str
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class SectionFinished:
    """`words` of section `index`; `empty` when the model gave nothing in every try."""

    index: int
    words: int
    empty: bool


@dataclass(frozen=True, slots=True)
class EngineRestarted:
    """The engine was lost and the section goes on from the text it had."""

    problem: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Totals of this run. `tokens` and `seconds` give the mean speed, waiting included."""

    words: int
    tokens: int
    seconds: float
    empty_sections: tuple[str, ...]


WritingEvent = (
    PlanReady
    | SectionStarted
    | PromptRead
    | TextAdded
    | SectionFinished
    | EngineRestarted
    | Finished
)


def as_json(event: WritingEvent) -> dict[str, Any]:
    """`{"event": "text_added", "text": …}`: the lines of `xiezuo write --json`."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    if isinstance(event, PlanReady):
        facts = event.plan.model_dump() | {"from_model": event.from_model}
    else:
        facts = asdict(event)
    return {"event": name, **facts}
