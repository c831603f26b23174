"""Writes a planned document: `careful` in order, `draft` several sections at once.

The document so far is the beginning of the model's own answer, which it continues. So in careful
mode each section costs the prefill of its heading only, because everything before it is in the KV
cache; and a model in the middle of a document neither greets nor comments.
"""

import time
from collections.abc import AsyncGenerator, Collection, Sequence

from xiezuo.engine.client import EngineClient
from xiezuo.writing.budget import PromptWindow
from xiezuo.writing.drafting import Options, SectionWriter, Tally, Task
from xiezuo.writing.events import Finished, SectionStarted, WritingEvent
from xiezuo.writing.fanout import write_at_once
from xiezuo.writing.manuscript import Manuscript
from xiezuo.writing.plan import Mode, Plan
from xiezuo.writing.repair import Repairer
from xiezuo.writing.said import Said
from xiezuo.writing.section import SectionText

_CARRIED = 0.35  # of its planned length that a section may make up for others


class DocumentWriter:
    """Writes what `manuscript` does not have yet, and keeps it up to date.

    Args:
        manuscript: plan, and what an earlier run left.
        engine: what generates.
        options: sampling, seed and context budget.
        mode: `careful` or `draft`.
        tally: counts tokens; a new one when not given.
        window: what the model saw last, of a writer before this one.

    Attributes:
        options: what it was given.
    """

    def __init__(
        self, manuscript: Manuscript, engine: EngineClient, options: Options,
        mode: Mode = "careful", *, tally: Tally | None = None, window: PromptWindow | None = None,
    ) -> None:  # fmt: skip
        self.manuscript = manuscript
        self._plan: Plan = manuscript.plan
        self._engine = engine
        self.options = options
        self._mode = mode
        self._tally = tally or Tally()
        self._repairer = Repairer(self._plan, engine, options, self._tally)
        self.window = window or PromptWindow(self._plan, engine, options.prompt_tokens)
        self._said = Said()
        for part in manuscript.parts:
            if part.written:
                self._said.add(part.text)

    async def write(self, only: Collection[int] | None = None) -> AsyncGenerator[WritingEvent]:
        """Write to the end, or only the sections with these numbers.

        Raises:
            ContextOverflowError: brief and outline leave no room for text.
            EngineError: the engine is gone for good; the text so far was handed out.
        """
        started = time.monotonic()
        words = self.manuscript.words
        open_ones = [
            at
            for at, part in enumerate(self.manuscript.parts)
            if not part.written and (only is None or at in only)
        ]
        events = self._at_once(open_ones) if self._mode == "draft" else self._in_order(open_ones)
        async for event in events:
            self.manuscript.apply(event)
            yield event
        parts = self.manuscript.parts
        yield Finished(
            words=self.manuscript.words - words,
            tokens=self._tally.tokens,
            seconds=time.monotonic() - started,
            repair_tokens=self._tally.discarded,
            prompt_tokens=self._tally.prompt,
            evaluated_tokens=self._tally.evaluated,
            empty_sections=tuple(one.planned.heading for one in parts if not one.text.strip()),
            review_sections=tuple(
                one.planned.heading for one in parts if one.state == "needs_review"
            ),
        )

    async def _in_order(self, open_ones: Sequence[int]) -> AsyncGenerator[WritingEvent]:
        for index in open_ones:
            yield self._start(index)
            async for event in self._section(self._task(index, self.window, self.before(index))):
                yield event

    async def _at_once(self, open_ones: Sequence[int]) -> AsyncGenerator[WritingEvent]:
        tasks: list[Task] = []
        for index in open_ones:
            window = PromptWindow(self._plan, self._engine, self.options.prompt_tokens)
            tasks.append(self._task(index, window, self._plan.opening(index)))
        if not tasks:
            return
        async for event in write_at_once(tasks, self._engine, self.options, self._begin):
            yield event

    async def _begin(self, task: Task) -> AsyncGenerator[WritingEvent]:
        yield self._start(task.index)
        async for event in self._section(task):
            yield event

    def before(self, index: int) -> str:
        """Everything before the text of section `index`, with its heading."""
        text = self.manuscript.before(index)
        heading = self._plan.opening(index)
        return f"{text}\n\n{heading}" if text else heading

    def _task(self, index: int, window: PromptWindow, before: str) -> Task:
        part = self.manuscript.parts[index]
        window.enter(index)
        return Task(
            index=index,
            planned=part.planned,
            words=self._length(index),
            before=before,
            section=SectionText(part.planned.heading, part.text, self._plan.level),
            window=window,
            said=self._said,
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

    async def _section(self, task: Task) -> AsyncGenerator[WritingEvent]:
        writer = SectionWriter(self._engine, self.options, self._plan.brief, task, self._tally)
        async for event in writer.write():
            yield event
        async for event in self._repairer.mend(task):
            yield event
        self._said.add(task.section.text)

    def _start(self, index: int) -> SectionStarted:
        part = self.manuscript.parts[index]
        return SectionStarted(
            index=index,
            total=len(self.manuscript.parts),
            heading=part.planned.heading,
            words=part.planned.words,
            resumed=bool(part.text),
        )
