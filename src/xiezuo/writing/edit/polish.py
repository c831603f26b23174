"""Polishing a whole text: an edit list, which a person takes whole, one by one, or not at all.

The linter, not the model, finds the places; the model writes only what is to stand there. So a
polish costs the tokens of the faulty sentences, and never touches a sound one.
"""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from xiezuo.lint import Diagnostic, Linter
from xiezuo.markdown.document import MarkdownDocument, Section
from xiezuo.markdown.edits import Edit, Edits
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import count_words
from xiezuo.writing import prompts
from xiezuo.writing.edit.rewrite import RewriteContext, Selection, complete, rewrite

_REMOVED = frozenset({"REP001", "REP002", "REP006", "REP007"})  # what was said already goes
_REWRITTEN = frozenset({"PAD001", "PAD002", "FMT015", "CUT009"})  # faults of one sentence
_UNCONNECTED = "STR010"
_LONGEST = 800  # characters of a passage that is rewritten
_TRIES = 3  # at a sentence, until the linter finds nothing in it
_OPENING = "PAD002"
_AFTER_OPENING = re.compile(r"\s*[,，]\s*(\w)")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One edit of the text and why; `tokens` is what the model spent on it."""

    edits: tuple[Edit, ...]
    code: str
    message: str
    tokens: int = 0

    @property
    def start(self) -> int:
        return min(edit.start for edit in self.edits)

    @property
    def end(self) -> int:
        return max(edit.end for edit in self.edits)


async def polish(text: str, pen: RewriteContext) -> AsyncGenerator[Proposal]:
    """Propose edits for a Markdown text, in its order; no two of them meet.

    Raises:
        EngineError: what was proposed so far stands.
    """
    document = MarkdownDocument(text, pen.brief.written_in)
    reached = -1
    linter = Linter(chosen=["ALL"], ignored=["FMT017"], language=pen.brief.written_in)
    for one in linter.lint(text):
        if one.start <= reached:
            continue
        proposal = await _propose(document, one, pen)
        if proposal is not None and proposal.start > reached:
            reached = proposal.end
            yield proposal


async def _propose(
    document: MarkdownDocument, one: Diagnostic, pen: RewriteContext
) -> Proposal | None:
    if one.fix and (one.fix.safe or one.code in _REMOVED or one.code == "STR011"):
        return Proposal(one.fix.edits, one.code, one.message)
    if one.code == _UNCONNECTED:
        return await _transition(document, one, pen)
    rest = _AFTER_OPENING.match(document.source, one.end)
    if one.code == _OPENING and rest:
        edit = Edit(one.start, rest.end(), rest[1].upper())
        return Proposal((edit,), one.code, one.message)
    return await _rewritten(document, one, pen) if one.code in _REWRITTEN else None


async def _rewritten(
    document: MarkdownDocument, one: Diagnostic, pen: RewriteContext
) -> Proposal | None:
    """The sentence at `one` in other words, in which the linter does not find it again."""
    span = _sentence(document, one.span)
    if span is None or len(span.of(document.source)) > _LONGEST:
        return None
    passage, tokens = span.of(document.source), 0
    selection = Selection(_section(document, span).title, document.source, span)
    linter = Linter(chosen=[one.code], language=pen.brief.written_in)
    for attempt in range(_TRIES):
        again = replace(pen, seed=pen.seed + attempt)
        asked = await rewrite(again, selection, "mend", one.message)
        tokens += asked.tokens
        sound = 0 < count_words(asked.text) <= 2 * count_words(passage) + 10
        sound = sound and "\n" not in asked.text.strip() and asked.text != passage
        if sound and not linter.lint(asked.text):
            return Proposal(tuple(asked.edits), one.code, one.message, tokens)
    return None


async def _transition(
    document: MarkdownDocument, one: Diagnostic, pen: RewriteContext
) -> Proposal | None:
    """A sentence that leads from the section before into the one at `one`."""
    sections = [section for section in document.sections if section.heading and section.paragraphs]
    at = next(
        (
            at
            for at, section in enumerate(sections)
            if section.heading and section.heading.span.touches(one.span)
        ),
        0,
    )
    if at == 0:
        return None
    before, after = sections[at - 1], sections[at]
    end, start = before.paragraphs[-1].plain[-300:], after.paragraphs[0].plain[:300]
    question = prompts.transition(pen.brief, before.title, end, after.title, start)
    text, tokens = await complete(pen, question, 60)
    sentence = text.strip().split("\n")[0].strip()
    if not sentence or count_words(sentence) > 50:  # noqa: PLR2004
        return None
    place = after.paragraphs[0].span.start
    gap = "" if pen.brief.written_in == "zh" else " "
    return Proposal((Edit(place, place, sentence + gap),), one.code, one.message, tokens)


def _sentence(document: MarkdownDocument, span: Span) -> Span | None:
    """The sentence that holds the span."""
    for sentence in document.sentences:
        if sentence.span.touches(span):
            return sentence.span
    return None


def _section(document: MarkdownDocument, span: Span) -> Section:
    found = document.sections[0]
    for section in document.sections:
        if section.heading and section.heading.span.start <= span.start:
            found = section
    return found


def apply(text: str, proposals: list[Proposal]) -> str:
    """The text after the proposals that were accepted."""
    return Edits(edit for proposal in proposals for edit in proposal.edits).apply(text)
