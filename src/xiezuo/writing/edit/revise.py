"""Revisions: the user says what should change, and receives edits of the section concerned.

The prompt lists earlier instructions, one line each: the newest ones that fit a token budget.
"""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from xiezuo.engine.client import EngineClient
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import TextLanguage
from xiezuo.writing.edit.rewrite import Rewrite, RewriteContext, Selection, stream_rewrite
from xiezuo.writing.model.manuscript import Manuscript

_NUMBERED = re.compile(r"\bsections? (\d+)\b|第\s*(\d+)\s*节", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{4,}|[\u4e00-\u9fff]{2}")
_LONGEST = 2400  # characters of a section shown whole; of a longer one, only the best paragraph
_EARLIER: dict[TextLanguage, str] = {
    "en": "Earlier requests, already done:",
    "zh": "此前已完成的要求：",
}


@dataclass(frozen=True, slots=True)
class Revision:
    """The result of one instruction.

    Attributes:
        index: the section that the instruction is about.
        asked: the edits proposed for it.
        remembered: how many earlier instructions the prompt listed.
    """

    index: int
    asked: Rewrite
    remembered: int


async def revise(
    pen: RewriteContext,
    manuscript: Manuscript,
    instruction: str,
    history: Sequence[str],
    budget: int,
) -> Revision:
    """As `stream_revision`, without the pieces."""
    async with aclosing(stream_revision(pen, manuscript, instruction, history, budget)) as parts:
        revisions = [part async for part in parts if isinstance(part, Revision)]
    return revisions[-1]


async def stream_revision(
    pen: RewriteContext,
    manuscript: Manuscript,
    instruction: str,
    history: Sequence[str],
    budget: int,
) -> AsyncGenerator[str | Revision]:
    """Apply `instruction` to the section it is about: the answer in pieces, then the revision.

    Args:
        pen: engine, brief, sampling and seed.
        manuscript: the document; it is not changed.
        instruction: the user's words.
        history: earlier instructions, oldest first.
        budget: tokens that earlier instructions may take.

    Raises:
        EngineError
    """
    index = section_meant(manuscript, instruction)
    part = manuscript.parts[index]
    remembered = await _fitting(pen.engine, history, budget)
    detail = instruction.strip()
    if remembered:
        lines = "\n".join(f"- {line}" for line in remembered)
        detail = f"{_EARLIER[pen.brief.written_in]}\n{lines}\n\n{detail}"
    span = _passage(part.text, instruction)
    selection = Selection(part.planned.heading, part.text, span)
    async with aclosing(stream_rewrite(pen, selection, "free", detail)) as parts:
        async for part in parts:
            if isinstance(part, Rewrite):
                yield Revision(index, part, len(remembered))
            else:
                yield part


def section_meant(manuscript: Manuscript, instruction: str) -> int:
    """The section that an instruction names by number or heading, else the most similar one."""
    numbered = _NUMBERED.search(instruction)
    number = int(numbered[1] or numbered[2]) if numbered else 0
    if 1 <= number <= len(manuscript.parts):
        return number - 1
    folded = instruction.casefold()
    named = [
        index
        for index, part in enumerate(manuscript.parts)
        if part.planned.heading.casefold() in folded
    ]
    if named:
        return named[0]
    words = set(_WORD.findall(folded))
    shared = [
        len(words & set(_WORD.findall(f"{part.planned.heading} {part.text}".casefold())))
        for part in manuscript.parts
    ]
    return max(range(len(shared)), key=shared.__getitem__)


async def _fitting(engine: EngineClient, history: Sequence[str], budget: int) -> list[str]:
    """The newest instructions that fit, in their order."""
    lines: list[str] = []
    for instruction in reversed(history):
        line = " ".join(instruction.split())
        budget -= await engine.count_tokens(f"- {line}\n")
        if budget < 0:
            break
        lines.insert(0, line)
    return lines


def _passage(body: str, instruction: str) -> Span:
    """The whole body; of a long one, the paragraph most similar to the instruction."""
    if len(body) <= _LONGEST:
        return Span(0, len(body))
    words = set(_WORD.findall(instruction.casefold()))
    spans: list[Span] = []
    start = 0
    for paragraph in body.split("\n\n"):
        spans.append(Span(start, start + len(paragraph)))
        start += len(paragraph) + 2
    return max(spans, key=lambda span: len(words & set(_WORD.findall(span.of(body).casefold()))))
