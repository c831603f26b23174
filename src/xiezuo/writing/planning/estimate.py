"""What a brief will take, before anything is written: prompt, budget, faults, time.

Nothing is generated; the engine only counts tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from xiezuo.engine.client import EngineClient
from xiezuo.engine.metrics import Speed
from xiezuo.engine.protocol import Message
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

_TOKENS_PER_HEADING = 25  # with its intent, as long as the outline's grammar allows
_TOKENS_PER_TITLE = 10
_REPAIRED = 1.2  # tokens generated for each token of the text, with what guard and repair discard
_LEAST_WORDS = 20  # enough to measure how many tokens a word of this brief takes
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

    `edits` fix it in the text of the field; for `words`, in its digits.
    """

    diagnostic: Diagnostic
    field: str
    start: int
    end: int
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """The first prompt of a brief, and the tokens and seconds that writing takes.

    Attributes:
        stage: of the first prompt: `outline` if the brief has no structure, else `writing`.
        messages: of the first prompt, each with its tokens.
        prompt_tokens: of the whole prompt with its template; an estimate unless `exact`.
        context: tokens of the engine's context; None if it does not report them.
        budget: the largest prompt of a section, in tokens.
        fixed_tokens: of the budget, for brief and outline, which are in every prompt.
        view_tokens: of the budget, for the text so far; below `SMALLEST_VIEW` nothing can be
            written.
        words, sections, tokens: planned for the document.
        hidden_tokens: of those, the ones that the model does not see when it writes the last
            section; a short running memory replaces them.
        first_seconds, seconds: until the first word, and until the end; None if the engine's
            speed is unknown.
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
    """The estimate for `brief` with this engine and a budget of `prompt_tokens`.

    Raises:
        EngineError: the engine cannot count tokens.
    """
    planned = Outline(brief=brief, title=brief.title, sections=requested_sections(brief))
    window = ContextWindow(planned, engine, prompt_tokens) if brief.structure else None
    messages = _outline_messages(brief) if window is None else _writing_messages(planned, window)
    counts = [await engine.count_tokens(message.content) for message in messages]
    exact = await engine.count_prompt(messages)
    whole = exact if exact is not None else sum(counts) + TEMPLATE_TOKENS
    sections = planned_sections(brief)
    outline_tokens = 0 if window else sections * _TOKENS_PER_HEADING
    fixed = sum(counts) + TEMPLATE_TOKENS + outline_tokens
    budget = prompt_tokens
    if engine.capabilities.context is not None:
        budget = ContextWindow.limit_of(prompt_tokens, engine.capabilities.context)
    view = max(0, budget - fixed)
    tokens = round(brief.total_words * _tokens_per_word(brief, messages[-1].content, counts[-1]))
    if tokens > view:
        view = max(0, view - budget // MEMORY_SHARE)
    first = Cost(whole, 0.0)
    if window is None:
        answer = outline_tokens + (_TOKENS_PER_TITLE if brief.title is None else 0)
        first = Cost(whole + outline_tokens + 2 * TEMPLATE_TOKENS, answer)
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
    """Tokens per word, measured on this brief; the usual number if it is too short."""
    words = count_words(text)
    if words < _LEAST_WORDS:
        return _USUAL_TOKENS[brief.written_in]
    return tokens / words


def check_brief(
    brief: Brief, tokens: int | None = None, budget: int | None = None, speed: Speed | None = None
) -> tuple[BriefDiagnostic, ...]:
    """The faults of a brief, by field.

    Args:
        brief: the brief.
        tokens: of its prompt, if they were counted.
        budget: the largest prompt, in tokens.
        speed: of the engine, for the seconds that the prompt takes.
    """
    texts = {name: _text(brief, name) for name in _FIELDS}
    spans: dict[str, Span] = {}
    start = 0
    for name, text in texts.items():
        if text:
            spans[name] = Span(start, start + len(text))
        start += len(text) + 1
    parts = BriefParts(
        role=texts["role"],
        task=texts["task"],
        example=texts["example"],
        words=brief.words,
        structure=tuple(
            ExpectedSection(section.heading, section.words) for section in brief.structure
        ),
        spans=spans,
        prompt_tokens=tokens,
        budget_tokens=budget,
        prefill_speed=speed.prefill if speed else None,
    )
    diagnostics = Linter(chosen=["BRF"]).lint("\n".join(texts.values()), brief=parts)
    return tuple(_fault(brief, diagnostic, spans) for diagnostic in diagnostics)


def _text(brief: Brief, name: str) -> str:
    if name == "structure":
        return "\n".join(section.heading for section in brief.structure)
    value = getattr(brief, name)
    return "" if value is None else str(value)


def _fault(brief: Brief, diagnostic: Diagnostic, spans: dict[str, Span]) -> BriefDiagnostic:
    field = _MISSING.get(diagnostic.code)
    if field is None:
        touched = (name for name, span in spans.items() if span.touches(diagnostic.span))
        field = next(touched, "task")
    first = spans[field].start if field in spans else 0
    start, end = max(0, diagnostic.start - first), max(0, diagnostic.end - first)
    edits = _fix(brief, diagnostic.code, _text(brief, field))
    return BriefDiagnostic(diagnostic, field, start, end, edits)


def _fix(brief: Brief, code: str, text: str) -> tuple[Edit, ...]:
    """The edits of a safe fix: close the code block, or correct the sum of the lengths."""
    if code == "BRF008":
        fence = "~~~" if text.rfind("~~~") > text.rfind("```") else "```"
        return (Edit(len(text), len(text), f"\n{fence}"),)
    lengths = [section.words for section in brief.structure]
    if code == "BRF007" and lengths and all(lengths):
        return (Edit(0, len(text), str(sum(length or 0 for length in lengths))),)
    return ()


def notes(estimate: Estimate) -> Sequence[Text]:
    """What does not fit into the context budget, as messages for the user."""
    if not estimate.fits:
        return (
            Text(
                f"The brief and the outline take {estimate.fixed_tokens} of {estimate.budget} "
                "tokens, which leaves too few for the text. Shorten the example.",
                f"写作要求和大纲占去 {estimate.budget} 个 token 中的 {estimate.fixed_tokens} 个，"
                "留给正文的太少。请精简示例。",
            ),
        )
    if not estimate.hidden_tokens:
        return ()
    share = estimate.view_tokens / estimate.tokens
    return (
        Text(
            f"At the end the model sees the last {share:.0%} of the text; a short summary replaces "
            "the rest.",
            f"写到最后时，模型能看到正文的后 {share:.0%}，之前的内容以简短摘要代替。",
        ),
    )
