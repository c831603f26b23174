"""What a person may ask of the model for a selection: the answer is edits, no silent change."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, get_args

from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import ChatRequest, Delta, Message
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
}  # most, of the words
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
    """What the model made of a selection.

    Attributes:
        edits: for the whole body; none if the model gave nothing that can be used.
        text: what would stand in place of the selection.
        tokens: generated.
    """

    edits: Edits
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class RewriteContext:
    """What it takes to ask the model something about a text that was written to `brief`."""

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
    """Do `action` on a selection; `detail` is the tone, the fault, or the free instruction.

    Raises:
        EngineError
    """
    async with aclosing(stream_rewrite(pen, selection, action, detail)) as parts:
        made = [part async for part in parts if isinstance(part, Rewrite)]
    return made[-1]


async def stream_rewrite(
    pen: RewriteContext, selection: Selection, action: Action, detail: str = ""
) -> AsyncGenerator[str | Rewrite]:
    """As `ask`, but first the pieces of the model's answer as they come, and last what it made.

    Pieces are what the model says, announcements and all; only what it made is clean.
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
    async with pen.engine.chat(request) as events:
        async for event in events:
            if isinstance(event, Delta):
                parts.append(event.text)
                yield event.text
    answer, tokens = "".join(parts), len(parts)
    if action == "continue":
        yield _continued(answer, span, tokens)
        return
    text = clean_answer(answer, passage)
    edits = edits_between(passage, text, span.start) if text else Edits([])
    yield Rewrite(edits, text or passage, tokens)


async def complete(
    pen: RewriteContext, question: str, tokens: int, slot: int | None = None
) -> tuple[str, int]:
    """The answer to a question, in at most so many tokens, and the tokens it took.

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
        begun = Message("assistant", selection.body[max(0, end - _VIEW) : end])
        asked = Message("user", prompts.brief(pen.brief))
        if pen.engine.capabilities.continuation == "none":
            go_on = Message("user", prompts.go_on(pen.brief, selection.heading))
            return system, asked, begun, go_on
        return system, asked, begun
    language = pen.brief.written_in
    if action == "translate":
        language = language_of(selection.passage)
    instruction = _INSTRUCTIONS[language][action].format(detail=detail)
    question = prompts.action(language, selection.heading, selection.passage, instruction)
    return system, Message("user", question)


def _continued(text: str, span: Span, tokens: int) -> Rewrite:
    """What was added, up to its last whole sentence."""
    kept = text.rstrip()
    ends = [found.end() for found in SENTENCE_END.finditer(kept)]
    kept = kept[: ends[-1]] if ends else kept
    return Rewrite(edits_between("", kept, span.end), kept, tokens)


def clean_answer(answer: str, passage: str) -> str:
    """An answer without what a model says around it: announcements, farewells, a fence."""
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
