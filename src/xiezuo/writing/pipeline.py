"""Runs a document through its stages: outline → sections → finish. Every way in uses it.

The document so far is the beginning of the model's own answer, which it continues. So in careful
mode each section costs the prefill of its heading only, because everything before it is in the KV
cache; and a model in the middle of a document neither greets nor comments.
"""

import time
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from typing import Protocol

from xiezuo.engine.client import EngineClient
from xiezuo.i18n import Text
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import (
    Finished,
    Notice,
    PlanReady,
    SectionFinished,
    SectionStarted,
    TextReplaced,
    WritingEvent,
)
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import Mode, Outline
from xiezuo.writing.planning.planner import make_outline, plan_again
from xiezuo.writing.repair.ladder import Repairer
from xiezuo.writing.review import Again, EditOutline, EditSection, Reviewer, Stop, Take
from xiezuo.writing.section.buffer import SectionBuffer
from xiezuo.writing.section.context_window import ContextWindow
from xiezuo.writing.section.duplicates import SentenceIndex
from xiezuo.writing.section.parallel import write_in_parallel
from xiezuo.writing.section.writer import SectionTask, SectionWriter, TokenCounts, WritingOptions
from xiezuo.writing.single_call import answer_plainly

_CARRIED = 0.35  # of its planned length that a section may make up for others
_TURNS = 2  # of one attempt: the repairer may write the section a second time


class Sink(Protocol):
    """Where a document is kept while it is written."""

    def follow(
        self, manuscript: Manuscript, events: AsyncGenerator[WritingEvent]
    ) -> AsyncGenerator[WritingEvent]:
        """Hand on each event after keeping what it did to `manuscript`."""
        ...


class WritingPipeline:
    """Writes what a document does not have yet.

    Args:
        work: a brief, an outline, or a manuscript, which is kept up to date.
        engine: what generates.
        options: sampling, seed and context budget.
        mode: in which the sections are written.
        from_model: whether the model made the outline of `work`, if it has one.
        reviewer: decides after the outline and after each section; none in plain mode.
        tally: counts tokens; a new one when not given.
        window: what the model saw last, of a pipeline before this one.

    Attributes:
        options: what it was given.
        from_model: whether the model made the outline.
        stopped: whether the reviewer ended it.
        window: what the model sees of the document; there when the manuscript is.
    """

    def __init__(
        self,
        work: Brief | Outline | Manuscript,
        engine: EngineClient,
        options: WritingOptions,
        mode: Mode = "careful",
        *,
        from_model: bool = False,
        reviewer: Reviewer | None = None,
        tally: TokenCounts | None = None,
        window: ContextWindow | None = None,
    ) -> None:
        self._work = work
        self._engine = engine
        self.options = options
        self._mode: Mode = mode
        self.from_model = from_model
        self._reviewer = reviewer if mode != "plain" else None
        self._tally = tally or TokenCounts()
        self.stopped = False
        self.manuscript: Manuscript
        self.window: ContextWindow
        if isinstance(work, Manuscript):
            self._open(work, window)

    def _open(self, manuscript: Manuscript, window: ContextWindow | None = None) -> None:
        plan = manuscript.outline
        self.manuscript = manuscript
        self._repairer = Repairer(plan, self._engine, self.options, self._tally)
        self.window = window or ContextWindow(plan, self._engine, self.options.prompt_tokens)
        self._said = SentenceIndex()
        for part in manuscript.parts:
            if part.written:
                self._said.add(part.text)

    async def run(self, sink: Sink | None = None) -> AsyncGenerator[WritingEvent]:
        """Run every stage; without a `Finished` at its end the reviewer stopped it.

        Raises:
            ContextOverflowError: brief and outline leave no room for text.
            EngineError: the engine is gone for good; the text so far was handed out.
        """
        outlined = await self.outline()
        if not self.stopped:
            async with aclosing(self._kept(self._after(outlined), sink)) as events:
                async for event in events:
                    yield event

    async def outline(self) -> tuple[WritingEvent, ...]:
        """Make the outline, unless it stands; gives what is to be told before the text.

        Raises:
            EngineError
        """
        if not isinstance(self._work, Manuscript):
            plan = await self._plan(self._work)
            if self._reviewer is not None:
                plan = await self._reviewed(plan, self._reviewer)
            self._open(Manuscript(plan))
        plan = self.manuscript.outline
        return (*self.notices(plan.brief), PlanReady(plan, self.from_model))

    async def sections(
        self, only: Collection[int] | None = None, sink: Sink | None = None
    ) -> AsyncGenerator[WritingEvent]:
        """Write all sections, or only those with these numbers, of a manuscript that is there.

        Raises: as `run`.
        """
        async with aclosing(self._kept(self._written(only), sink)) as events:
            async for event in events:
                yield event

    def notices(self, brief: Brief) -> tuple[Notice, ...]:
        """What the user should know before `brief` is written."""
        languages = self.options.languages
        if not languages or brief.written_in in languages:
            return ()
        known = " ".join(languages)
        message = Text(
            f"This model writes {known} only; the brief asks for {brief.written_in}, "
            "so expect nonsense.",
            f"该模型只会写 {known}，而要求的语言是 {brief.written_in}，结果可能不知所云。",
        )
        return (Notice(message),)

    def before(self, index: int) -> str:
        """Everything before the text of section `index`, with its heading."""
        text = self.manuscript.before(index)
        heading = self.manuscript.outline.opening(index)
        return f"{text}\n\n{heading}" if text else heading

    def _kept(
        self, events: AsyncGenerator[WritingEvent], sink: Sink | None
    ) -> AsyncGenerator[WritingEvent]:
        return sink.follow(self.manuscript, events) if sink is not None else events

    async def _after(self, outlined: Sequence[WritingEvent]) -> AsyncGenerator[WritingEvent]:
        for event in outlined:
            yield event
        async with aclosing(self._written(None)) as events:
            async for event in events:
                yield event

    async def _plan(self, work: Brief | Outline) -> Outline:
        if isinstance(work, Outline):
            return work
        if self._mode == "plain":
            return Outline(brief=work, title=None, sections=())
        return await self._planned(work, self.options.seed)

    async def _planned(self, brief: Brief, seed: int) -> Outline:
        self.from_model = not brief.structure
        return await make_outline(brief, self._engine, self.options.planning, seed)

    async def _planned_again(self, outline: Outline, index: int | None, seed: int) -> Outline:
        if index is None:
            return await self._planned(outline.brief, seed)
        return await plan_again(outline, index, self._engine, self.options.planning, seed)

    async def _reviewed(self, outline: Outline, reviewer: Reviewer) -> Outline:
        """The outline after what the reviewer decided of it, however often."""
        seed = self.options.seed
        while True:
            match await reviewer.outline(outline):
                case Take():
                    return outline
                case Stop():
                    self.stopped = True
                    return outline
                case EditOutline(outline=edited):
                    outline, self.from_model = edited, False
                case Again(index=index):
                    seed += 1
                    outline = await self._planned_again(outline, index, seed)

    async def _written(self, only: Collection[int] | None) -> AsyncGenerator[WritingEvent]:
        """The sections, each event applied to the manuscript, then the totals."""
        started = time.monotonic()
        words = self.manuscript.words
        unwritten = [
            index
            for index, part in enumerate(self.manuscript.parts)
            if not part.written and (only is None or index in only)
        ]
        async with aclosing(self._in_mode(unwritten)) as events:
            async for event in events:
                self.manuscript.apply(event)
                yield event
        if not self.stopped:
            yield self._finished(self.manuscript.words - words, time.monotonic() - started)

    def _in_mode(self, unwritten: Sequence[int]) -> AsyncGenerator[WritingEvent]:
        if self._mode == "plain":
            brief = self.manuscript.outline.brief
            return answer_plainly(brief, self._engine, self.options, self._tally)
        if self._mode == "draft" and self._reviewer is None:
            return self._at_once(unwritten)
        return self._in_order(unwritten)

    def _finished(self, words: int, seconds: float) -> Finished:
        parts = self.manuscript.parts
        return Finished(
            words=words,
            tokens=self._tally.tokens,
            seconds=seconds,
            repair_tokens=self._tally.discarded,
            prompt_tokens=self._tally.prompt,
            evaluated_tokens=self._tally.evaluated,
            empty_sections=tuple(part.planned.heading for part in parts if not part.text.strip()),
            review_sections=tuple(
                part.planned.heading for part in parts if part.state == "needs_review"
            ),
        )

    async def _in_order(self, unwritten: Sequence[int]) -> AsyncGenerator[WritingEvent]:
        for index in unwritten:
            async with aclosing(self._until_taken(index)) as events:
                async for event in events:
                    yield event
            if self.stopped:
                return

    async def _until_taken(self, index: int) -> AsyncGenerator[WritingEvent]:
        """Write a section, again and again until the reviewer takes, edits or stops."""
        attempt = 0
        while True:
            if attempt:
                yield self._start(index, resumed=False)
                yield TextReplaced(index, "", "again")
                self.window = self.window.fresh()
            else:
                yield self._start(index)
            task = self._task(index, self.window, self.before(index), attempt * _TURNS)
            async for event in self._section(task):
                yield event
            text = task.section.text
            match await self._reviewer.section(text) if self._reviewer else Take():
                case Again():
                    attempt += 1
                    continue
                case EditSection(text=text):
                    yield TextReplaced(index, text, "person")
                    yield SectionFinished(index, self.manuscript.parts[index].words, "final")
                    self.window = self.window.fresh()
                case Stop():
                    self.stopped = True
                case Take():
                    pass
            self._said.add(text)
            return

    async def _at_once(self, unwritten: Sequence[int]) -> AsyncGenerator[WritingEvent]:
        tasks: list[SectionTask] = []
        for index in unwritten:
            window = self.window.fresh()
            tasks.append(self._task(index, window, self.manuscript.outline.opening(index)))
        if not tasks:
            return
        async with aclosing(
            write_in_parallel(tasks, self._engine, self.options, self._begin)
        ) as events:
            async for event in events:
                yield event

    async def _begin(self, task: SectionTask) -> AsyncGenerator[WritingEvent]:
        yield self._start(task.index)
        async for event in self._section(task):
            yield event
        self._said.add(task.section.text)

    def _task(
        self, index: int, window: ContextWindow, before: str, attempt: int = 0
    ) -> SectionTask:
        part = self.manuscript.parts[index]
        window.enter(index)
        return SectionTask(
            index=index,
            planned=part.planned,
            words=self._length(index),
            before=before,
            section=SectionBuffer(part.planned.heading, part.text, self.manuscript.outline.level),
            window=window,
            said=self._said,
            attempt=attempt,
        )

    def _length(self, index: int) -> int:
        """The planned length, and a share of what the sections before it are short of or over."""
        parts = self.manuscript.parts
        planned = parts[index].planned.words
        written = [part for part in parts if part.written]
        owed = sum(part.planned.words - part.words for part in written)
        left = sum(part.planned.words for part in parts if not part.written)
        carried = round(owed * planned / max(1, left))
        limit = round(_CARRIED * planned)
        return planned + max(-limit, min(limit, carried))

    async def _section(self, task: SectionTask) -> AsyncGenerator[WritingEvent]:
        brief = self.manuscript.outline.brief
        writer = SectionWriter(self._engine, self.options, brief, task, self._tally)
        async for event in writer.write():
            yield event
        async for event in self._repairer.repair(task):
            yield event

    def _start(self, index: int, *, resumed: bool | None = None) -> SectionStarted:
        part = self.manuscript.parts[index]
        return SectionStarted(
            index=index,
            total=len(self.manuscript.parts),
            heading=part.planned.heading,
            words=part.planned.words,
            resumed=bool(part.text) if resumed is None else resumed,
        )
