"""The repair ladder: what is tried, in order of cost, when a written section has faults.

Fixes → rewriting the marked passage → writing the section again → the best candidate. A person
sees what could not be mended: the section then needs review, with its diagnostics.
"""

import re
from collections.abc import AsyncGenerator
from dataclasses import replace

from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import Sampling
from xiezuo.lint.detectors.chatter import is_chatter
from xiezuo.markdown.words import TextLanguage, count_words
from xiezuo.writing import prompts
from xiezuo.writing.edit.rewrite import RewriteContext, clean_answer, complete
from xiezuo.writing.model.events import (
    EngineRestarted,
    RepairTried,
    SectionFinished,
    SectionState,
    StoredDiagnostic,
    TextReplaced,
    WritingEvent,
)
from xiezuo.writing.model.outline import Outline
from xiezuo.writing.repair.python_fixes import fix_python
from xiezuo.writing.repair.run_code import run_blocks
from xiezuo.writing.repair.score import (
    LENGTH_MARGIN,
    SectionScore,
    apply_safe_fixes,
    paragraph_of,
    score_section,
)
from xiezuo.writing.section.buffer import SectionBuffer, contained
from xiezuo.writing.section.writer import SectionTask, SectionWriter, TokenCounts, WritingOptions

REWRITES = 2  # passages of a section
SHARE = 0.28  # of all tokens that repairs may take; the guard's cuts count, too
_LONGEST_PASSAGE = 1600  # characters
_WORSE = 0.5  # a rewritten passage shorter than this share of the old one is no repair
_SHARED = 0.4  # of the old passage's words
_WORD = re.compile(r"[a-z]{4,}|[\u4e00-\u9fff]{2}")
_ABOUT = re.compile(r"passage|rewrit|rewrote|fault|section|段文字|重写|改写")


class Repairer:
    """Mends sections of one document; all share one budget of tokens."""

    def __init__(
        self, outline: Outline, engine: EngineClient, options: WritingOptions, tally: TokenCounts
    ) -> None:
        self._plan = outline
        self._language: TextLanguage = outline.brief.written_in
        self._engine = engine
        self._options = options
        self._tally = tally
        self._expected = sum(section.words for section in outline.sections) * 1.4

    def _may_spend(self, tokens: float) -> bool:
        everything = max(self._expected, self._tally.tokens)
        return self._tally.discarded + tokens <= SHARE * everything

    async def repair(self, task: SectionTask) -> AsyncGenerator[WritingEvent]:
        """Mend a section that was written; ends with `SectionFinished`.

        `task.section` then has the text.

        Raises:
            EngineError: the engine is gone for good.
        """
        before = self._review(task, task.section.text)
        best = self._review(task, fix_python(apply_safe_fixes(before.body, self._language)))
        if best.score > before.score:
            best = before
        if best.body != task.section.text:
            yield RepairTried(task.index, "fix", _codes(before), 0, kept=True, candidate=best.body)
            yield TextReplaced(task.index, best.body, "fix")
        for attempt in (self._rewritten, self._regenerated):
            async for event in attempt(task, best):
                if isinstance(event, TextReplaced):
                    best = self._review(task, event.text)
                yield event
        task.section = SectionBuffer(task.planned.heading, best.body, task.section.level)
        failed = await run_blocks(best.body) if self._options.run_code else ()
        yield self._finished(task, best, failed)

    async def _rewritten(
        self, task: SectionTask, best: SectionScore
    ) -> AsyncGenerator[WritingEvent]:
        """Ask for the marked passages again, one after another."""
        for _ in range(REWRITES):
            tried = await self._rewrite(task, best) if best.errors else None
            if tried is None:
                return
            yield tried[1]
            if tried[1].kept:
                best = tried[0]
                yield TextReplaced(task.index, best.body, "rewrite")

    async def _regenerated(
        self, task: SectionTask, best: SectionScore
    ) -> AsyncGenerator[WritingEvent]:
        """Write a poor section a second time, if that can be paid for."""
        if _is_poor(best, task) and self._may_spend(task.words * 1.4):
            async for event in self._regenerate(task, self._again(task), best):
                yield event

    def _review(self, task: SectionTask, body: str) -> SectionScore:
        return score_section(contained(body, task.section.level), task.words, self._language)

    async def _rewrite(
        self, task: SectionTask, old: SectionScore
    ) -> tuple[SectionScore, RepairTried] | None:
        """Ask for the passage of the first error again; none when it is too long or too dear."""
        fault = old.errors[0]
        span = paragraph_of(old.body, fault.span)
        passage = span.of(old.body)
        cost = count_words(passage) * 1.6
        if not passage.strip() or len(passage) > _LONGEST_PASSAGE or not self._may_spend(cost):
            return None
        text, tokens = await self._ask(task, passage, fault.message)
        self._tally.discarded += tokens
        body = old.body[: span.start] + text + old.body[span.end :]
        new = self._review(task, fix_python(apply_safe_fixes(body, self._language)))
        kept = new.score < old.score and _is_rewriting(passage, text)
        return new, RepairTried(task.index, "rewrite", (fault.code,), tokens, kept, new.body)

    async def _ask(self, task: SectionTask, passage: str, fault: str) -> tuple[str, int]:
        brief = self._plan.brief
        question = prompts.rewrite(brief, task.planned.heading, passage, fault)
        limit = round(count_words(passage) * 2.2) + 40
        seed = self._options.seed + task.index
        pen = RewriteContext(self._engine, brief, self._options.rewriting, seed)
        text, tokens = await complete(pen, question, limit, task.slot)
        self._tally.tokens += tokens
        return clean_answer(text, passage), tokens

    def _again(self, task: SectionTask) -> SectionTask:
        section = SectionBuffer(task.planned.heading, level=task.section.level)
        return replace(task, section=section, attempt=task.attempt + 1)

    async def _regenerate(
        self, task: SectionTask, again: SectionTask, old: SectionScore
    ) -> AsyncGenerator[WritingEvent]:
        """Write the section a second time with other sampling, and keep the better one."""
        options = replace(self._options, sampling=other(self._options.sampling))
        writer = SectionWriter(self._engine, options, self._plan.brief, again, self._tally)
        async for event in writer.write():
            if isinstance(event, EngineRestarted):
                yield event
        new = self._review(task, fix_python(apply_safe_fixes(again.section.text, self._language)))
        kept = new.score < old.score
        lost = old.body if kept else new.body
        tokens = writer.tokens - writer.discarded if not kept else round(count_words(lost) * 1.4)
        self._tally.discarded += tokens
        yield RepairTried(task.index, "regenerate", _codes(old), tokens, kept, new.body)
        if kept:
            yield TextReplaced(task.index, new.body, "regenerate")

    def _finished(
        self, task: SectionTask, best: SectionScore, failed: tuple[StoredDiagnostic, ...]
    ) -> SectionFinished:
        faults = best.faults + failed
        state: SectionState = "needs_review" if faults or not best.body.strip() else "written"
        return SectionFinished(task.index, count_words(best.body), state, faults)


def other(sampling: Sampling) -> Sampling:
    """What a section is written with a second time."""
    return replace(
        sampling,
        temperature=min(1.0, sampling.temperature + 0.1),
        presence_penalty=sampling.presence_penalty + 0.3,
    )


def _is_rewriting(old: str, new: str) -> bool:
    """Whether `new` says what `old` said, at about its length, and nothing about the task."""
    if count_words(new) < _WORSE * count_words(old) or is_chatter(new[:200], opening=True):
        return False
    about = set(_ABOUT.findall(new.lower())) - set(_ABOUT.findall(old.lower()))
    known = set(_WORD.findall(old.lower()))
    shared = known & set(_WORD.findall(new.lower()))
    return not about and len(shared) >= _SHARED * len(known)


def _is_poor(best: SectionScore, task: SectionTask) -> bool:
    """Whether the section is worth writing again."""
    short = count_words(best.body) < (1 - 2 * LENGTH_MARGIN) * task.words
    return short or any(error.code[:3] in {"CUT", "COD", "REP"} for error in best.errors)


def _codes(one: SectionScore) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(fault.code for fault in one.diagnostics if fault.severity == "error")
    )
