"""The repair ladder: what is tried, in order of cost, when a written section has faults.

Fixes → rewriting faulty passages → writing the section again. Each strategy yields candidates, and
the best one so far goes on to the next strategy. A section whose faults remain needs review.
"""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import Sampling
from xiezuo.markdown.words import TextLanguage, count_words
from xiezuo.writing import prompts
from xiezuo.writing.edit.passage import is_passage
from xiezuo.writing.edit.rewrite import RewriteContext, clean_answer, complete
from xiezuo.writing.model.candidate import REJECTED, Candidate, choose
from xiezuo.writing.model.events import (
    EngineRestarted,
    RepairStep,
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

_SEED_STEP = 15_485_863  # a prime: no other section asks with the seed of a second rewrite
REWRITES = 2  # passages of a section
SHARE = 0.28  # of all tokens, which repairs may discard; what the guard cuts counts as well
_LONGEST_PASSAGE = 1600  # characters
_SHORTEST = 0.5  # of the old passage's words
_SHARED = 0.4  # of the old passage's vocabulary
_TOKENS_PER_WORD = 1.4
_WORD = re.compile(r"[a-z]{4,}|[\u4e00-\u9fff]{2}")
_ABOUT = re.compile(r"passage|rewrit|rewrote|fault|section|段文字|重写|改写")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionCandidate(Candidate):
    """A body for a section.

    Attributes:
        review: what the linter finds in it.
        step: how it was made.
        codes: of the diagnostics that it is made against.
        replaced_tokens: what the text that it replaces took; discarded when it is chosen.
    """

    review: SectionScore
    step: RepairStep
    codes: tuple[str, ...]
    replaced_tokens: int = 0


Strategy = Callable[
    [SectionTask, SectionCandidate], AsyncGenerator[SectionCandidate | EngineRestarted]
]
"""Makes candidates, one or more, for a section whose best body so far is given."""


class RepairLadder:
    """Repairs sections of one document, which share one budget of tokens.

    Attributes:
        strategies: what is tried on each section after the fixes, in this order.
    """

    def __init__(
        self, outline: Outline, engine: EngineClient, options: WritingOptions, tally: TokenCounts
    ) -> None:
        self._outline = outline
        self._language: TextLanguage = outline.brief.written_in
        self._engine = engine
        self._options = options
        self._tally = tally
        self._expected = sum(section.words for section in outline.sections) * _TOKENS_PER_WORD
        self.strategies: tuple[Strategy, ...] = (
            *(partial(self._rewrite_passage, attempt=attempt) for attempt in range(REWRITES)),
            self._regenerate,
        )

    async def repair(self, task: SectionTask) -> AsyncGenerator[WritingEvent]:
        """Repair a section that was written; ends with `SectionFinished`.

        `task.section` then has the text.

        Raises:
            EngineError: the engine is gone for good.
        """
        written = self._review(task, task.section.text)
        fixed = self._review(task, self._fix(written.body))
        candidates = (self._candidate(review, "fix", written.codes) for review in (fixed, written))
        best = choose(candidates)
        if best.body != task.section.text:
            yield RepairTried(task.index, "fix", best.codes, 0, kept=True, candidate=best.body)
            yield TextReplaced(task.index, best.body, "fix")
        for strategy in self.strategies:
            async with aclosing(strategy(task, best)) as attempts:
                async for attempt in attempts:
                    if isinstance(attempt, EngineRestarted):
                        yield attempt
                        continue
                    chosen = choose([best, attempt])
                    for event in self._judge(task, attempt, kept=chosen is attempt):
                        yield event
                    best = chosen
        task.section = SectionBuffer(task.planned.heading, best.body, task.section.level)
        failed = await run_blocks(best.body) if self._options.run_code else ()
        yield _finished(task, best.review, failed)

    def _judge(
        self, task: SectionTask, attempt: SectionCandidate, *, kept: bool
    ) -> list[WritingEvent]:
        """The events of an attempt; tokens of the text that is not used count as discarded."""
        discarded = attempt.replaced_tokens if kept else attempt.tokens
        self._tally.discarded += discarded
        tried = RepairTried(
            task.index, attempt.step, attempt.codes, discarded, kept, candidate=attempt.body
        )
        return [tried, TextReplaced(task.index, attempt.body, attempt.step)] if kept else [tried]

    async def _rewrite_passage(
        self, task: SectionTask, best: SectionCandidate, *, attempt: int
    ) -> AsyncGenerator[SectionCandidate | EngineRestarted]:
        """Ask for the passage of the first error again, unless it is too long or too expensive.

        Each `attempt` has another seed: the passage may be the one that was just refused.
        """
        if not best.review.errors:
            return
        error = best.review.errors[0]
        span = paragraph_of(best.body, error.span)
        passage = span.of(best.body)
        cost = count_words(passage) * 1.6
        if not passage.strip() or len(passage) > _LONGEST_PASSAGE or not self._may_spend(cost):
            return
        seed = self._options.seed + task.index + attempt * _SEED_STEP
        text, tokens = await self._ask(task, passage, error.message, seed)
        body = best.body[: span.start] + text + best.body[span.end :]
        candidate = self._candidate(
            self._review(task, self._fix(body)), "rewrite", (error.code,), tokens, tokens
        )
        yield candidate if _is_rewriting(passage, text) else replace(candidate, score=REJECTED)

    async def _regenerate(
        self, task: SectionTask, best: SectionCandidate
    ) -> AsyncGenerator[SectionCandidate | EngineRestarted]:
        """Write a poor section a second time with other sampling, if the budget allows it."""
        if not (_is_poor(best.review, task) and self._may_spend(task.words * _TOKENS_PER_WORD)):
            return
        section = SectionBuffer(task.planned.heading, level=task.section.level)
        second = replace(task, section=section, attempt=task.attempt + 1)
        options = replace(self._options, sampling=other(self._options.sampling))
        writer = SectionWriter(self._engine, options, self._outline.brief, second, self._tally)
        async with aclosing(writer.write()) as events:
            async for event in events:
                if isinstance(event, EngineRestarted):
                    yield event
        yield self._candidate(
            self._review(task, self._fix(section.text)),
            "regenerate",
            best.review.codes,
            writer.tokens - writer.discarded,
            round(count_words(best.body) * _TOKENS_PER_WORD),
        )

    def _candidate(
        self,
        review: SectionScore,
        step: RepairStep,
        codes: tuple[str, ...],
        tokens: int = 0,
        replaced_tokens: int = 0,
    ) -> SectionCandidate:
        return SectionCandidate(
            body=review.body,
            score=review.score,
            tokens=tokens,
            review=review,
            step=step,
            codes=codes,
            replaced_tokens=replaced_tokens,
        )

    def _may_spend(self, tokens: float) -> bool:
        total = max(self._expected, self._tally.tokens)
        return self._tally.discarded + tokens <= SHARE * total

    def _fix(self, body: str) -> str:
        return fix_python(apply_safe_fixes(body, self._language))

    def _review(self, task: SectionTask, body: str) -> SectionScore:
        return score_section(contained(body, task.section.level), task.words, self._language)

    async def _ask(self, task: SectionTask, passage: str, fault: str, seed: int) -> tuple[str, int]:
        brief = self._outline.brief
        question = prompts.rewrite(brief, task.planned.heading, passage, fault)
        limit = round(count_words(passage) * 2.2) + 40
        pen = RewriteContext(self._engine, brief, self._options.rewriting, seed)
        text, tokens = await complete(pen, question, limit, task.slot)
        self._tally.tokens += tokens
        return clean_answer(text, passage), tokens


def other(sampling: Sampling) -> Sampling:
    """The sampling with which a section is written a second time."""
    return replace(
        sampling,
        temperature=min(1.0, sampling.temperature + 0.1),
        presence_penalty=sampling.presence_penalty + 0.3,
    )


def _is_rewriting(old: str, new: str) -> bool:
    """Whether `new` says what `old` said, at about its length, and nothing about the task."""
    if not is_passage(old, new, _SHORTEST):
        return False
    about = set(_ABOUT.findall(new.lower())) - set(_ABOUT.findall(old.lower()))
    known = set(_WORD.findall(old.lower()))
    shared = known & set(_WORD.findall(new.lower()))
    return not about and len(shared) >= _SHARED * len(known)


def _is_poor(review: SectionScore, task: SectionTask) -> bool:
    """Whether the section is worth writing again."""
    short = count_words(review.body) < (1 - 2 * LENGTH_MARGIN) * task.words
    return short or any(error.code[:3] in {"CUT", "COD", "REP"} for error in review.errors)


def _finished(
    task: SectionTask, review: SectionScore, failed: tuple[StoredDiagnostic, ...]
) -> SectionFinished:
    faults = review.faults + failed
    state: SectionState = "needs_review" if faults or not review.body.strip() else "written"
    return SectionFinished(task.index, count_words(review.body), state, faults)
