"""Writes a planned document section by section, always from the text that is already there.

The document so far is the beginning of the model's own answer, which it continues. So each
section costs the prefill of its heading only, because everything before it is in the KV cache;
and a model in the middle of a document neither greets nor comments.
"""

import time
from collections.abc import AsyncGenerator

from xiezuo.engine.client import EngineClient
from xiezuo.text.words import count_words
from xiezuo.writing.budget import PromptWindow
from xiezuo.writing.drafting import Options, SectionWriter
from xiezuo.writing.events import (
    Finished,
    SectionFinished,
    SectionStarted,
    TextAdded,
    WritingEvent,
)
from xiezuo.writing.plan import Plan
from xiezuo.writing.section import SECTION_LEVEL, SectionText, section_bodies


class DocumentWriter:
    """Writes `plan`; `written` and `finished` say what an earlier run left.

    Args:
        plan: title and sections.
        engine: what generates.
        options: sampling, seed and context budget.
        written: the document so far.
        finished: how many of its sections are known to be complete.
    """

    def __init__(
        self,
        plan: Plan,
        engine: EngineClient,
        options: Options,
        *,
        written: str = "",
        finished: int = 0,
    ) -> None:
        self._plan = plan
        self._engine = engine
        self._options = options
        self._window = PromptWindow(plan, engine, options.prompt_tokens)
        self._text = written.rstrip()
        self._gap = "\n\n" if self._text else ""
        self._finished = finished

    async def write(self) -> AsyncGenerator[WritingEvent]:
        """Write to the end.

        Raises:
            ContextOverflowError: brief and outline leave no room for text.
            EngineError: the engine is gone for good; the text so far was handed out.
        """
        started = time.monotonic()
        words, tokens = count_words(self._text), 0
        empty: list[str] = []
        if not self._text and self._plan.title:
            yield self._add(f"# {self._plan.title}")
        index, begun = self._position()
        while index < len(self._plan.sections):
            planned = self._plan.sections[index]
            section = SectionText(planned.heading, begun or "")
            yield self._start(index, resumed=begun is not None)
            if begun is None:
                yield self._add(f"{'#' * SECTION_LEVEL} {planned.heading}")
            if begun:
                self._gap = ""
            writer = SectionWriter(
                self._engine,
                self._window,
                self._options,
                planned,
                section,
                number=index,
                document=self._text.removesuffix(begun or "").rstrip(),
            )
            async for event in writer.write():
                if isinstance(event, TextAdded):
                    yield self._join(event.text, event.tokens)
                else:
                    yield event
            self._gap = "\n\n"
            yield SectionFinished(index=index, words=section.words, empty=not section.text)
            tokens += writer.tokens
            empty += [] if section.text else [planned.heading]
            index, begun = index + 1, None
        self._gap = ""
        yield self._join("\n")
        yield Finished(
            words=count_words(self._text) - words,
            tokens=tokens,
            seconds=time.monotonic() - started,
            empty_sections=tuple(empty),
        )

    def _position(self) -> tuple[int, str | None]:
        """The section to write next, and its text where it was begun."""
        bodies = section_bodies(self._text, [one.heading for one in self._plan.sections])
        if len(bodies) <= self._finished:
            return len(bodies), None
        return len(bodies) - 1, bodies[-1]

    def _start(self, index: int, *, resumed: bool) -> SectionStarted:
        planned = self._plan.sections[index]
        return SectionStarted(
            index=index,
            total=len(self._plan.sections),
            heading=planned.heading,
            words=planned.words,
            resumed=resumed,
        )

    def _add(self, block: str) -> TextAdded:
        """Append a block of its own."""
        added = self._join(block)
        self._gap = "\n\n"
        return added

    def _join(self, text: str, tokens: int = 0) -> TextAdded:
        """Append text to the block that is being written."""
        text, self._gap = self._gap + text, ""
        self._text += text
        return TextAdded(text, tokens)
