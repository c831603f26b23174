"""Polishing a whole text: a list of edits, which the user accepts together, singly, or not at all.

The linter, not the model, finds the faulty sentences; the model writes only their replacements. So
polishing costs the tokens of the faulty sentences and never touches a sound one.
"""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from xiezuo.lint import Diagnostic, Linter
from xiezuo.markdown.document import MarkdownDocument, Section
from xiezuo.markdown.edits import Edit, Edits
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import count_words
from xiezuo.writing import prompts
from xiezuo.writing.edit.passage import rewrite_until_sound
from xiezuo.writing.edit.rewrite import Rewrite, RewriteContext, Selection, complete
from xiezuo.writing.model.candidate import REJECTED, SOUND, choose

_REMOVED = frozenset({"REP001", "REP002", "REP006", "REP007"})  # a repetition is deleted
_REWRITTEN = frozenset({"PAD001", "PAD002", "FMT015", "CUT009"})  # faults of one sentence
_UNCONNECTED = "STR010"
_LONGEST = 800  # characters of a passage that is rewritten
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
    """Propose edits for a Markdown text, in document order and without overlaps.

    Raises:
        EngineError: the proposals so far remain valid.
    """
    document = MarkdownDocument(text, pen.brief.written_in)
    reached = -1
    linter = Linter(chosen=["ALL"], ignored=["FMT017"], language=pen.brief.written_in)
    for diagnostic in linter.lint(text):
        if diagnostic.start <= reached:
            continue
        proposal = await _propose(document, diagnostic, pen)
        if proposal is not None and proposal.start > reached:
            reached = proposal.end
            yield proposal


async def _propose(
    document: MarkdownDocument, diagnostic: Diagnostic, pen: RewriteContext
) -> Proposal | None:
    if diagnostic.fix and (
        diagnostic.fix.safe or diagnostic.code in _REMOVED or diagnostic.code == "STR011"
    ):
        return Proposal(diagnostic.fix.edits, diagnostic.code, diagnostic.message)
    if diagnostic.code == _UNCONNECTED:
        return await _transition(document, diagnostic, pen)
    rest = _AFTER_OPENING.match(document.source, diagnostic.end)
    if diagnostic.code == _OPENING and rest:
        edit = Edit(diagnostic.start, rest.end(), rest[1].upper())
        return Proposal((edit,), diagnostic.code, diagnostic.message)
    return await _rewritten(document, diagnostic, pen) if diagnostic.code in _REWRITTEN else None


async def _rewritten(
    document: MarkdownDocument, diagnostic: Diagnostic, pen: RewriteContext
) -> Proposal | None:
    """Other words for the sentence at `diagnostic`, in which the linter does not find it again."""
    span = _sentence(document, diagnostic.span)
    if span is None or len(span.of(document.source)) > _LONGEST:
        return None
    selection = Selection(_section(document, span).title, document.source, span)
    linter = Linter(chosen=[diagnostic.code], language=pen.brief.written_in)

    def score(answer: Rewrite) -> float:
        usable = _is_sentence(selection.passage, answer.text)
        return SOUND if usable and not linter.lint(answer.text) else REJECTED

    attempts = rewrite_until_sound(pen, selection, diagnostic.message, score)
    answers = [answer async for answer in attempts]
    best = choose(answers)
    if best.score != SOUND:
        return None
    tokens = sum(answer.tokens for answer in answers)
    return Proposal(tuple(best.edits), diagnostic.code, diagnostic.message, tokens)


def _is_sentence(old: str, new: str) -> bool:
    """Whether `new` is one line, other than `old`, and not much longer."""
    fits = 0 < count_words(new) <= 2 * count_words(old) + 10
    return fits and "\n" not in new.strip() and new != old


async def _transition(
    document: MarkdownDocument, diagnostic: Diagnostic, pen: RewriteContext
) -> Proposal | None:
    """A sentence that leads from the previous section into the one at `diagnostic`."""
    sections = [section for section in document.sections if section.heading and section.paragraphs]
    number = next(
        (
            number
            for number, section in enumerate(sections)
            if section.heading and section.heading.span.touches(diagnostic.span)
        ),
        0,
    )
    if number == 0:
        return None
    before, after = sections[number - 1], sections[number]
    end, start = before.paragraphs[-1].plain[-300:], after.paragraphs[0].plain[:300]
    question = prompts.transition(pen.brief, before.title, end, after.title, start)
    text, tokens = await complete(pen, question, 60)
    sentence = text.strip().split("\n")[0].strip()
    if not sentence or count_words(sentence) > 50:  # noqa: PLR2004
        return None
    offset = after.paragraphs[0].span.start
    gap = "" if pen.brief.written_in == "zh" else " "
    return Proposal(
        (Edit(offset, offset, sentence + gap),), diagnostic.code, diagnostic.message, tokens
    )


def _sentence(document: MarkdownDocument, span: Span) -> Span | None:
    """The sentence that holds the span."""
    for sentence in document.sentences:
        if sentence.span.touches(span):
            return sentence.span
    return None


def _section(document: MarkdownDocument, span: Span) -> Section:
    """The section that holds the span."""
    holding = document.sections[0]
    for section in document.sections:
        if section.heading and section.heading.span.start <= span.start:
            holding = section
    return holding


def apply(text: str, proposals: list[Proposal]) -> str:
    """The text with the accepted proposals applied."""
    return Edits(edit for proposal in proposals for edit in proposal.edits).apply(text)
