"""Runs a document through its stages: outline → sections → finish.

The document so far is the start of the model's own answer, which the model continues. So in careful
mode a section costs only the prefill of its heading, because everything before it is in the KV
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
from xiezuo.writing.repair.ladder import RepairLadder
from xiezuo.writing.review import Accept, EditOutline, EditSection, Regenerate, Reviewer, Stop
from xiezuo.writing.section.buffer import SectionBuffer
from xiezuo.writing.section.context_window import ContextWindow
from xiezuo.writing.section.duplicates import SentenceIndex
from xiezuo.writing.section.parallel import write_in_parallel
from xiezuo.writing.section.writer import SectionTask, SectionWriter, TokenCounts, WritingOptions
from xiezuo.writing.single_call import answer_plainly

_CARRIED = 0.35  # of its planned length by which a section may compensate for others
_ATTEMPTS_PER_TRY = 2  # the repairer may write a section a second time, with other seeds


class Sink(Protocol):
    """Where a document is saved while it is written."""

    def follow(
        self, manuscript: Manuscript, events: AsyncGenerator[WritingEvent]
    ) -> AsyncGenerator[WritingEvent]:
        """Yield each event after saving the change that it made to `manuscript`."""
        ...


class WritingPipeline:
    """Writes the missing parts of a document.

    Args:
        work: a brief, an outline, or a manuscript, which is updated.
        engine: the client that generates text.
        options: sampling, seed and context budget.
        mode: how the sections are written.
        from_model: whether the model made the outline of `work`, if it has one.
        reviewer: decides after the outline and after each section; not used in plain mode.
        tally: counts tokens; a new one by default.
        window: the context window of an earlier pipeline on the same manuscript.

    Attributes:
        options: as given.
        from_model: whether the model made the outline.
        stopped: whether the reviewer stopped the run.
        manuscript, window: the document, and what the model sees of it; set by `outline`.
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
        outline = manuscript.outline
        self.manuscript = manuscript
        self._repairer = RepairLadder(outline, self._engine, self.options, self._tally)
        self.window = window or ContextWindow(outline, self._engine, self.options.prompt_tokens)
        self._sentences = SentenceIndex()
        for part in manuscript.parts:
            if part.written:
                self._sentences.add(part.text)

    async def run(self, sink: Sink | None = None) -> AsyncGenerator[WritingEvent]:
        """Run every stage; the last event is `Finished` unless the reviewer stopped the run.

        Raises:
            ContextOverflowError: brief and outline leave no room for text.
            EngineError: the engine is gone for good; the text so far was yielded.
        """
        opening = await self.outline()
        if not self.stopped:
            async with aclosing(self._through_sink(self._all_events(opening), sink)) as events:
                async for event in events:
                    yield event

    async def outline(self) -> tuple[WritingEvent, ...]:
        """Make the outline if there is none; return the events that precede the text.

        Raises:
            EngineError
        """
        if not isinstance(self._work, Manuscript):
            outline = await self._outline(self._work)
            if self._reviewer is not None:
                outline = await self._review(outline, self._reviewer)
            self._open(Manuscript(outline))
        outline = self.manuscript.outline
        return (*self.notices(outline.brief), PlanReady(outline, self.from_model))

    async def sections(
        self, only: Collection[int] | None = None, sink: Sink | None = None
    ) -> AsyncGenerator[WritingEvent]:
        """Write all sections of the manuscript, or only those with these numbers.

        Raises: as `run`.
        """
        async with aclosing(self._through_sink(self._write(only), sink)) as events:
            async for event in events:
                yield event

    def notices(self, brief: Brief) -> tuple[Notice, ...]:
        """Warnings for the user before a document for `brief` is written."""
        languages = self.options.languages
        if not languages or brief.written_in in languages:
            return ()
        names = " ".join(languages)
        message = Text(
            f"This model writes {names} only; the brief asks for {brief.written_in}, "
            "so expect nonsense.",
            f"该模型只会写 {names}，而要求的语言是 {brief.written_in}，结果可能不知所云。",
        )
        return (Notice(message),)

    def before(self, index: int) -> str:
        """The Markdown before the text of section `index`, with its heading."""
        text = self.manuscript.before(index)
        heading = self.manuscript.outline.opening(index)
        return f"{text}\n\n{heading}" if text else heading

    def _through_sink(
        self, events: AsyncGenerator[WritingEvent], sink: Sink | None
    ) -> AsyncGenerator[WritingEvent]:
        return sink.follow(self.manuscript, events) if sink is not None else events

    async def _all_events(self, opening: Sequence[WritingEvent]) -> AsyncGenerator[WritingEvent]:
        for event in opening:
            yield event
        async with aclosing(self._write(None)) as events:
            async for event in events:
                yield event

    async def _outline(self, work: Brief | Outline) -> Outline:
        if isinstance(work, Outline):
            return work
        if self._mode == "plain":
            return Outline(brief=work, title=None, sections=())
        return await self._make_outline(work, self.options.seed)

    async def _make_outline(self, brief: Brief, seed: int) -> Outline:
        self.from_model = not brief.structure
        return await make_outline(brief, self._engine, self.options.planning, seed)

    async def _make_outline_again(self, outline: Outline, index: int | None, seed: int) -> Outline:
        if index is None:
            return await self._make_outline(outline.brief, seed)
        return await plan_again(outline, index, self._engine, self.options.planning, seed)

    async def _review(self, outline: Outline, reviewer: Reviewer) -> Outline:
        """The outline after the reviewer's decisions."""
        seed = self.options.seed
        while True:
            match await reviewer.outline(outline):
                case Accept():
                    return outline
                case Stop():
                    self.stopped = True
                    return outline
                case EditOutline(outline=edited):
                    outline, self.from_model = edited, False
                case Regenerate(index=index):
                    seed += 1
                    outline = await self._make_outline_again(outline, index, seed)

    async def _write(self, only: Collection[int] | None) -> AsyncGenerator[WritingEvent]:
        """Write the sections, apply each event to the manuscript, and end with the totals."""
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
            async with aclosing(self._until_accepted(index)) as events:
                async for event in events:
                    yield event
            if self.stopped:
                return

    async def _until_accepted(self, index: int) -> AsyncGenerator[WritingEvent]:
        """Write a section again until the reviewer accepts it, edits it or stops."""
        tries = 0
        while True:
            if tries:
                yield self._start(index, resumed=False)
                yield TextReplaced(index, "", "again")
                self.window = self.window.fresh()
            else:
                yield self._start(index)
            task = self._task(index, self.window, self.before(index), tries * _ATTEMPTS_PER_TRY)
            async for event in self._write_section(task):
                yield event
            text = task.section.text
            match await self._reviewer.section(text) if self._reviewer else Accept():
                case Regenerate():
                    tries += 1
                    continue
                case EditSection(text=text):
                    yield TextReplaced(index, text, "person")
                    yield SectionFinished(index, self.manuscript.parts[index].words, "final")
                    self.window = self.window.fresh()
                case Stop():
                    self.stopped = True
                case Accept():
                    pass
            self._sentences.add(text)
            return

    async def _at_once(self, unwritten: Sequence[int]) -> AsyncGenerator[WritingEvent]:
        tasks: list[SectionTask] = []
        for index in unwritten:
            window = self.window.fresh()
            tasks.append(self._task(index, window, self.manuscript.outline.opening(index)))
        if not tasks:
            return
        async with aclosing(
            write_in_parallel(tasks, self._engine, self.options, self._write_from_start)
        ) as events:
            async for event in events:
                yield event

    async def _write_from_start(self, task: SectionTask) -> AsyncGenerator[WritingEvent]:
        yield self._start(task.index)
        async for event in self._write_section(task):
            yield event
        self._sentences.add(task.section.text)

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
            others=self._sentences,
            attempt=attempt,
        )

    def _length(self, index: int) -> int:
        """The planned length, corrected by a share of what written sections lack or exceed."""
        parts = self.manuscript.parts
        planned = parts[index].planned.words
        written = [part for part in parts if part.written]
        missing = sum(part.planned.words - part.words for part in written)
        remaining = sum(part.planned.words for part in parts if not part.written)
        carried = round(missing * planned / max(1, remaining))
        limit = round(_CARRIED * planned)
        return planned + max(-limit, min(limit, carried))

    async def _write_section(self, task: SectionTask) -> AsyncGenerator[WritingEvent]:
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
