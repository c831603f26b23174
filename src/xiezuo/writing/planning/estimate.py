"""What a brief comes to before anything is written: prompt, budget, faults, time.

Nothing is generated; the engine is only asked to count tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import Message
from xiezuo.engine.speed import Speed
from xiezuo.i18n import Text
from xiezuo.lint import Diagnostic, Linter
from xiezuo.lint.expected import BriefParts, ExpectedSection
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import count_words
from xiezuo.writing import prompts
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline, requested_sections
from xiezuo.writing.planning.planner import planned_headings, planned_sections
from xiezuo.writing.section.context_window import (
    MEMORY_SHARE,
    SMALLEST_VIEW,
    TEMPLATE_TOKENS,
    ContextWindow,
)

_TOKENS_PER_HEADING = 25  # with its intent, as the outline's grammar lets them be
_TOKENS_PER_TITLE = 10
_REPAIRED = 1.2  # tokens generated for each that stays: what guard and repair take back
_LEAST_WORDS = 20  # that tell how many tokens a word of this brief takes
_USUAL_TOKENS = {"en": 1.4, "zh": 0.9}  # a word, or a Chinese character
_FIELDS = ("role", "task", "example", "words", "structure")
_MISSING = {"BRF001": "role", "BRF002": "task", "BRF003": "structure", "BRF004": "example"}


class Cost(NamedTuple):
    """Tokens to read and to write."""

    read: float
    written: float

    def seconds(self, speed: Speed) -> float:
        return self.read / speed.prefill + self.written / speed.decode


@dataclass(frozen=True, slots=True)
class BriefDiagnostic:
    """A diagnostic about `field` of a brief; offsets are characters of that field's text.

    `edits` mend it: of the text of the field, or of `words` its number.
    """

    diagnostic: Diagnostic
    field: str
    start: int
    end: int
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What writing to a brief begins with, and what it takes.

    Attributes:
        stage: what is asked first: an outline, where the brief has none, or the text.
        messages: of that first prompt, each with its tokens.
        prompt_tokens: of the whole prompt with its template; an estimate unless `exact`.
        context: tokens that one request may hold; None when the engine does not say.
        budget: the most prompt tokens a section is written with.
        fixed_tokens: of the budget, what brief and outline take in every prompt.
        view_tokens: what is left for the text so far; less than the smallest view, and nothing
            can be written.
        words, sections, tokens: planned for the document.
        hidden_tokens: of those, what is out of the model's sight when the last section is written;
            a short running memory stands for it.
        first_seconds, seconds: until the first word, and until the end; None where the engine's
            speed is not known.
    """

    stage: str
    messages: tuple[tuple[Message, int], ...]
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
    faults: tuple[BriefDiagnostic, ...]
    first_seconds: float | None
    seconds: float | None

    @property
    def fits(self) -> bool:
        return self.view_tokens >= SMALLEST_VIEW


async def estimate(
    brief: Brief, engine: EngineClient, prompt_tokens: int, speed: Speed | None
) -> Estimate:
    """What `brief` comes to with this engine and a budget of `prompt_tokens`.

    Raises:
        EngineError: the engine does not count.
    """
    planned = Outline(brief=brief, title=brief.title, sections=requested_sections(brief))
    window = ContextWindow(planned, engine, prompt_tokens) if brief.structure else None
    messages = _outline_messages(brief) if window is None else _writing_messages(planned, window)
    counts = [await engine.count_tokens(message.content) for message in messages]
    exact = await engine.count_prompt(messages)
    whole = exact if exact is not None else sum(counts) + TEMPLATE_TOKENS
    sections = planned_sections(brief)
    plan_tokens = 0 if window else sections * _TOKENS_PER_HEADING
    fixed = sum(counts) + TEMPLATE_TOKENS + plan_tokens
    budget = prompt_tokens
    if engine.capabilities.context is not None:
        budget = ContextWindow.limit_of(prompt_tokens, engine.capabilities.context)
    view = max(0, budget - fixed)
    tokens = round(brief.total_words * _tokens_per_word(brief, messages[-1].content, counts[-1]))
    if tokens > view:
        view = max(0, view - budget // MEMORY_SHARE)
    first = Cost(whole, 0.0)
    if window is None:
        asked = plan_tokens + (_TOKENS_PER_TITLE if brief.title is None else 0)
        first = Cost(whole + plan_tokens + 2 * TEMPLATE_TOKENS, asked)
    hidden = max(0, tokens - view)
    moves = hidden / max(view / 2, SMALLEST_VIEW)
    again = moves * (view / 2 + budget / MEMORY_SHARE) + sections * TEMPLATE_TOKENS / 2
    rest = Cost(again, tokens * _REPAIRED)
    return Estimate(
        stage="outline" if window is None else "writing",
        messages=tuple(zip(messages, counts, strict=True)),
        prompt_tokens=whole,
        exact=exact is not None,
        context=engine.capabilities.context,
        budget=budget,
        fixed_tokens=fixed,
        view_tokens=view,
        words=brief.total_words,
        sections=sections,
        tokens=tokens,
        hidden_tokens=hidden,
        faults=check_brief(brief, whole, budget, speed),
        first_seconds=first.seconds(speed) if speed else None,
        seconds=first.seconds(speed) + rest.seconds(speed) if speed else None,
    )


def _outline_messages(brief: Brief) -> tuple[Message, ...]:
    question = prompts.outline(brief, planned_headings(brief))
    return (
        Message("system", prompts.system(brief)),
        Message("user", f"{prompts.brief(brief)}\n\n{question}"),
    )


def _writing_messages(outline: Outline, window: ContextWindow) -> tuple[Message, ...]:
    title = f"# {outline.title}\n\n" if outline.title else ""
    return (*window.fixed, Message("assistant", f"{title}{outline.opening(0)}\n\n"))


def _tokens_per_word(brief: Brief, text: str, tokens: int) -> float:
    """As the engine counts this brief; the usual number where that says too little."""
    words = count_words(text)
    if words < _LEAST_WORDS:
        return _USUAL_TOKENS[brief.written_in]
    return tokens / words


def check_brief(
    brief: Brief, tokens: int | None = None, budget: int | None = None, speed: Speed | None = None
) -> tuple[BriefDiagnostic, ...]:
    """The faults of a brief, by its fields.

    Args:
        brief: to be checked.
        tokens: of its prompt, where it was counted.
        budget: the most that its prompt may take.
        speed: the engine's, to tell what the prompt costs in seconds.
    """
    texts = {name: _text(brief, name) for name in _FIELDS}
    spans: dict[str, Span] = {}
    at = 0
    for name, text in texts.items():
        if text:
            spans[name] = Span(at, at + len(text))
        at += len(text) + 1
    parts = BriefParts(
        role=texts["role"], task=texts["task"], example=texts["example"], words=brief.words,
        structure=tuple(ExpectedSection(one.heading, one.words) for one in brief.structure),
        spans=spans, prompt_tokens=tokens, budget_tokens=budget,
        prefill_speed=speed.prefill if speed else None,
    )  # fmt: skip
    found = Linter(chosen=["BRF"]).lint("\n".join(texts.values()), brief=parts)
    return tuple(_fault(brief, one, spans) for one in found)


def _text(brief: Brief, name: str) -> str:
    if name == "structure":
        return "\n".join(one.heading for one in brief.structure)
    value = getattr(brief, name)
    return "" if value is None else str(value)


def _fault(brief: Brief, one: Diagnostic, spans: dict[str, Span]) -> BriefDiagnostic:
    field = _MISSING.get(one.code)
    if field is None:
        field = next((name for name, span in spans.items() if span.touches(one.span)), "task")
    start = spans[field].start if field in spans else 0
    fault = BriefDiagnostic(one, field, max(0, one.start - start), max(0, one.end - start))
    return replace(fault, edits=_fixed(brief, one.code, _text(brief, field)))


def _fixed(brief: Brief, code: str, text: str) -> tuple[Edit, ...]:
    """What mends a fault for certain: close the code block, or let the lengths add up."""
    if code == "BRF008":
        fence = "~~~" if text.rfind("~~~") > text.rfind("```") else "```"
        return (Edit(len(text), len(text), f"\n{fence}"),)
    given = [one.words for one in brief.structure]
    if code == "BRF007" and given and all(given):
        return (Edit(0, len(text), str(sum(one or 0 for one in given))),)
    return ()


def notes(one: Estimate) -> Sequence[Text]:
    """What the context budget leaves out, in sentences."""
    if not one.fits:
        return (
            Text(
                f"Brief and outline take {one.fixed_tokens} of {one.budget} tokens; too few are "
                "left for the text. Shorten the example.",
                f"写作要求和大纲占去 {one.budget} 个 token 中的 {one.fixed_tokens} 个，"
                "留给正文的太少。请精简示例。",
            ),
        )
    if not one.hidden_tokens:
        return ()
    share = one.view_tokens / one.tokens
    return (
        Text(
            f"At the end the model sees the last {share:.0%} of the text; a short summary stands "
            "for what comes before.",
            f"写到最后时，模型能看到正文的后 {share:.0%}，之前的内容以简短摘要代替。",
        ),
    )
