"""Actions of the model on a selection; each returns edits and changes nothing by itself."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, get_args

from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import ChatRequest, Delta, Done, Message
from xiezuo.engine.sampling import Sampling
from xiezuo.lint.detectors.chatter import is_chatter
from xiezuo.markdown.edits import Edits
from xiezuo.markdown.sentences import SENTENCE_END
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import TextLanguage, count_words, language_of
from xiezuo.writing import prompts
from xiezuo.writing.edit.diff import edits_between
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.section.duplicates import sentences

Action = Literal["rewrite", "expand", "condense", "continue", "tone", "translate", "mend", "free"]
ACTIONS: tuple[Action, ...] = get_args(Action)
_GROWTH: dict[Action, float] = {
    "expand": 2.2,
    "continue": 1.5,
    "condense": 0.8,
}  # the longest answer, as a share of the selection's words
_CONTINUED_WORDS = 120
_VIEW = 1200  # characters before a selection that is continued
_FENCE = re.compile(r"^```[^\n]*\n(.*?)\n?```\s*$", re.DOTALL)

_INSTRUCTIONS: dict[TextLanguage, dict[Action, str]] = {
    "en": {
        "rewrite": "Rewrite it so that it reads better. Keep its meaning and about its length.",
        "expand": "Write it again in more detail, about twice as long.",
        "condense": "Write it again in half as many words. Keep what matters.",
        "tone": "Write it again in this tone: {detail}. Keep its meaning.",
        "translate": "Translate it into Chinese.",
        "mend": "It has this fault: {detail} Write it again without the fault.",
        "free": "{detail}",
    },
    "zh": {
        "rewrite": "请改写，使其更通顺，保持原意和大致篇幅。",
        "expand": "请写得更详细，篇幅约为原来的两倍。",
        "condense": "请压缩到一半篇幅，保留要点。",
        "tone": "请用这样的语气重写：{detail}。保持原意。",
        "translate": "请译成英文。",
        "mend": "其中有这个问题：{detail}请重写，消除该问题。",
        "free": "{detail}",
    },
}


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The model's answer for a selection.

    Attributes:
        edits: of the whole body; none if the answer cannot be used.
        text: what replaces the selection.
        tokens: generated.
    """

    edits: Edits
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class RewriteContext:
    """How to ask the model about a text that was written to `brief`."""

    engine: EngineClient
    brief: Brief
    sampling: Sampling
    seed: int


@dataclass(frozen=True, slots=True)
class Selection:
    """The characters `span` of the `body` of the section `heading`."""

    heading: str
    body: str
    span: Span

    @property
    def passage(self) -> str:
        return self.span.of(self.body)


async def rewrite(
    pen: RewriteContext, selection: Selection, action: Action, detail: str = ""
) -> Rewrite:
    """Apply `action` to a selection; `detail` is the tone, the fault, or the free instruction.

    Raises:
        EngineError
    """
    async with aclosing(stream_rewrite(pen, selection, action, detail)) as parts:
        rewrites = [part async for part in parts if isinstance(part, Rewrite)]
    return rewrites[-1]


async def stream_rewrite(
    pen: RewriteContext, selection: Selection, action: Action, detail: str = ""
) -> AsyncGenerator[str | Rewrite]:
    """As `rewrite`, but yields the pieces of the answer as they arrive, and the `Rewrite` last.

    The pieces are raw, with announcements and fences; only the `Rewrite` is cleaned. An answer that
    was cut off ends with its last whole sentence; if it is then shorter than the passage, whose end
    it would delete, it cannot be used.
    """
    passage, span = selection.passage, selection.span
    words = _CONTINUED_WORDS if action == "continue" else count_words(passage)
    request = ChatRequest(
        messages=_messages(pen, selection, action, detail),
        sampling=pen.sampling,
        max_tokens=round(words * 2 * _GROWTH.get(action, 1.2)) + 48,
        seed=pen.seed % 2**31,
    )
    parts: list[str] = []
    cut_off = False
    async with pen.engine.chat(request) as events:
        async for event in events:
            if isinstance(event, Delta):
                parts.append(event.text)
                yield event.text
            elif isinstance(event, Done):
                cut_off = event.finish_reason == "length"
    answer, tokens = "".join(parts), len(parts)
    if action == "continue":
        yield _continued(answer, span, tokens)
        return
    text = clean_answer(answer, passage)
    if cut_off:
        text = _whole_sentences(text)
        text = text if count_words(text) >= count_words(passage) else ""
    edits = edits_between(passage, text, span.start) if text else Edits([])
    yield Rewrite(edits, text or passage, tokens)


async def complete(
    pen: RewriteContext, question: str, tokens: int, slot: int | None = None
) -> tuple[str, int]:
    """The answer to a question, of at most `tokens`, and the number of tokens generated.

    Raises:
        EngineError
    """
    messages = (Message("system", prompts.system(pen.brief)), Message("user", question))
    request = ChatRequest(
        messages, pen.sampling, max_tokens=tokens, seed=pen.seed % 2**31, slot=slot
    )
    return await _collect(pen.engine, request)


async def _collect(engine: EngineClient, request: ChatRequest) -> tuple[str, int]:
    async with engine.chat(request) as events:
        parts = [event.text async for event in events if isinstance(event, Delta)]
    return "".join(parts), len(parts)


def _messages(
    pen: RewriteContext, selection: Selection, action: Action, detail: str
) -> tuple[Message, ...]:
    system = Message("system", prompts.system(pen.brief))
    if action == "continue":
        end = selection.span.end
        answer = Message("assistant", selection.body[max(0, end - _VIEW) : end])
        request = Message("user", prompts.brief(pen.brief))
        if pen.engine.capabilities.continuation == "none":
            go_on = Message("user", prompts.go_on(pen.brief, selection.heading))
            return system, request, answer, go_on
        return system, request, answer
    language = pen.brief.written_in
    if action == "translate":
        language = language_of(selection.passage)
    instruction = _INSTRUCTIONS[language][action].format(detail=detail)
    question = prompts.action(language, selection.heading, selection.passage, instruction)
    return system, Message("user", question)


def _whole_sentences(text: str) -> str:
    """The text up to the end of its last sentence; all of it if it has none."""
    ends = [end.end() for end in SENTENCE_END.finditer(text)]
    return text[: ends[-1]] if ends else text


def _continued(text: str, span: Span, tokens: int) -> Rewrite:
    """The continuation, up to its last whole sentence."""
    addition = _whole_sentences(text.rstrip())
    return Rewrite(edits_between("", addition, span.end), addition, tokens)


def clean_answer(answer: str, passage: str) -> str:
    """The answer without the announcements, farewells and the fence that models add around it."""
    text = answer.strip()
    fenced = _FENCE.match(text)
    if fenced and not passage.lstrip().startswith("```"):
        text = fenced[1].strip()
    paragraphs = text.split("\n\n")
    if len(paragraphs) > 1 and is_chatter(paragraphs[0], opening=True):
        paragraphs = paragraphs[1:]
    if len(paragraphs) > 1 and is_chatter(paragraphs[-1], opening=False):
        paragraphs = paragraphs[:-1]
    text = "\n\n".join(paragraphs).strip()
    first = next(sentences(text), "")
    if is_chatter(first, opening=True):
        text = text.partition(first)[2].strip()
    return text
