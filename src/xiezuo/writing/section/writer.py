"""Writes one section, call by call, until it is long enough and sound."""

from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import ChatRequest, Done, Prefill, StreamEvent
from xiezuo.engine.sampling import PRESETS, Sampling
from xiezuo.errors import EngineLostError, EngineStalledError, EngineUnreachableError
from xiezuo.markdown.words import TextLanguage, count_words
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import (
    EngineRestarted,
    PromptRead,
    TextAdded,
    TextCut,
    WritingEvent,
)
from xiezuo.writing.model.outline import PlannedSection
from xiezuo.writing.section.buffer import SectionBuffer, heading_line
from xiezuo.writing.section.context_window import ContextWindow
from xiezuo.writing.section.duplicates import SentenceIndex
from xiezuo.writing.section.guard import TABLE, Guard, Verdict
from xiezuo.writing.section.required_blocks import RequiredBlocks

TRIES = 4  # times in a row that the model may stop too early without adding text
LOSSES = 3  # engine losses in a row, without text between them, until the section fails
SHORTEST, ENOUGH, LONGEST = 0.9, 0.97, 1.12  # of the target length: ask for more, stop, cut back
TOKENS_PER_WORD = 3  # limit for a section; English takes 1.4, Chinese 0.7 per character
SPARE_TOKENS = 128
DISCARDED = 0.45  # tokens that may be cut, for each token that the target length takes
SPARE_DISCARDED = 80
SAME_PLACE = 7  # cuts back to one place until the section is left as it is
ALONE = 3  # cuts back to one place until the prompt shows this section only
HEATED_TOKENS = 40  # written with changed sampling after a cut
_GROWTH = 3  # words that count as progress
_SEED_STEP = 7919  # a prime, so that different sections never use the same seed


class Outcome(Enum):
    """How a call ended."""

    ENOUGH = auto()  # stopped by the writer
    ENDED = auto()  # the model stopped, or started another section
    CUT = auto()  # the token limit was reached
    REWOUND = auto()  # the guard cut the text back
    TABLE = auto()  # a table's header is complete


@dataclass(frozen=True, slots=True)
class WritingOptions:
    """How to write; `prompt_tokens` is the context budget of one call.

    Attributes:
        sampling: for sections; `rewriting` for passages that are repaired.
        run_code: run Python in a sandbox, and mark failing code.
        planning: for outlines.
        languages: of the model; empty if unknown.
    """

    sampling: Sampling
    rewriting: Sampling
    seed: int
    prompt_tokens: int
    run_code: bool = False
    planning: Sampling = PRESETS["outline"]
    languages: tuple[TextLanguage, ...] = ()


@dataclass(slots=True)
class TokenCounts:
    """Tokens of one run: see `Finished`."""

    tokens: int = 0
    discarded: int = 0
    prompt: int = 0
    evaluated: int = 0

    @property
    def repair_share(self) -> float:
        return self.discarded / self.tokens if self.tokens else 0.0


@dataclass(slots=True)
class SectionTask:
    """One section to write.

    Attributes:
        index: its number from 0; makes its seeds different from other sections'.
        planned: heading, intent, and the length that was planned.
        words: the length to write now, which compensates for the length of other sections.
        before: the document before its text, with its heading.
        section: its text so far.
        window: what the model sees of the document.
        others: the sentences of other sections.
        slot: the KV cache to use.
        attempt: which try at this section; changes the seed.
    """

    index: int
    planned: PlannedSection
    words: int
    before: str
    section: SectionBuffer
    window: ContextWindow
    others: SentenceIndex
    slot: int | None = None
    attempt: int = 0


class SectionWriter:
    """Writes a task, starting from the text that its section already has.

    Attributes:
        tokens: generated so far; `discarded` of them were cut away.
    """

    def __init__(
        self,
        engine: EngineClient,
        options: WritingOptions,
        brief: Brief,
        task: SectionTask,
        tally: TokenCounts,
    ) -> None:
        self._engine = engine
        self._window = task.window
        self._options = options
        self._task = task
        self._section = task.section
        self._tally = tally
        self._guard = Guard(
            brief.written_in,
            task.others,
            self._section.text,
            tables=engine.capabilities.llama_cpp_extensions,
        )
        self._blocks = RequiredBlocks(brief, task.planned, self._section.text)
        self._seed = options.seed + task.index * _SEED_STEP + task.attempt * 104_729
        self._budget = task.words * TOKENS_PER_WORD + SPARE_TOKENS
        self._to_discard = round(DISCARDED * task.words * 1.4) + SPARE_DISCARDED
        self._marks: list[tuple[int, int]] = [(len(self._section.text), 0)]
        self._outcome = Outcome.CUT
        self._place, self._heat = -1, 0
        self._alone = self._over = False
        self._tries = 0
        self._unreported = 0
        self.tokens = 0
        self.discarded = 0

    async def write(self) -> AsyncGenerator[WritingEvent]:
        """Write until the section is long enough or the model writes no more.

        Raises:
            EngineError: the engine is gone for good; the text so far was yielded.
        """
        if self._is_complete():
            return
        losses = 0
        while not self._over and self.tokens < self._budget:
            before = self._section.text
            try:
                async for event in self._call():
                    yield event
            except (EngineLostError, EngineStalledError, EngineUnreachableError) as error:
                self._section.forget_held_back()
                losses = 1 if self._section.text != before else losses + 1
                if losses == LOSSES:
                    raise
                yield EngineRestarted(problem=error.message)
                continue
            if addition := self._after_call(before):
                yield self._added(addition)
        for event in self._finish():
            yield event

    def _after_call(self, before: str) -> str:
        """Decide how to continue after a call, if at all; return text to add, if any."""
        if self._outcome is Outcome.TABLE:
            return self._section.append_line(self._blocks.delimiter(self._section.text))
        if self._outcome is Outcome.REWOUND and self._is_spent():
            self._over = True
            return ""
        grown = self._section.words - count_words(before) >= _GROWTH
        self._tries = 0 if grown else self._tries + 1
        enough = self._outcome is Outcome.ENOUGH or self._tries == TRIES
        if enough or self._outcome is Outcome.ENDED:
            if opening := self._blocks.missing():
                self._tries = 0
                return self._section.open_block(opening)
            self._seed += 1
            self._over = enough or self._section.words >= SHORTEST * self._task.words
            if not self._over:
                self._section.start_paragraph()
        return ""

    def _is_complete(self) -> bool:
        whole = self._section.ends_like_a_sentence and not self._section.in_fence
        return whole and self._section.words >= self._task.words

    def _is_spent(self) -> bool:
        return self._heat >= SAME_PLACE or self.discarded > self._to_discard

    async def _call(self) -> AsyncGenerator[WritingEvent]:
        """Make one call, which continues the text."""
        request = await self._request()
        self._outcome = Outcome.CUT
        async with self._engine.chat(request) as events:
            async for event in self._read(events):
                yield event
        if self._outcome in {Outcome.REWOUND, Outcome.TABLE}:
            return
        if accepted := self._section.close():
            yield self._added(accepted)
        if self._section.ended:
            self._outcome = Outcome.ENDED
        if self._outcome is Outcome.ENDED:
            whole = self._section.text + self._section.space
            if verdict := self._guard.finish(whole):
                yield self._go_back(verdict)

    async def _read(self, events: AsyncIterator[StreamEvent]) -> AsyncGenerator[WritingEvent]:
        """Take generated text until it is long enough, faulty, or over."""
        async for event in events:
            if isinstance(event, Prefill):
                if event.processed == event.total:
                    self._tally.prompt += event.total
                    self._tally.evaluated += event.total - event.cached
                yield PromptRead(event.processed, event.total, event.cached)
            elif isinstance(event, Done):
                self._outcome = _outcome(event)
            elif self._stops_before(event.text):
                self._outcome = Outcome.ENOUGH
                return
            else:
                self._count()
                if accepted := self._section.feed(event.text):
                    yield self._added(accepted)
                if (accepted or "\n" in event.text) and (verdict := self._judge()):
                    yield self._go_back(verdict)
                    return
                if self._section.ended:
                    return

    def _judge(self) -> Verdict | None:
        if verdict := self._guard.look(self._section.text + self._section.space):
            return verdict
        too_long = self._section.words > LONGEST * self._task.words
        if too_long and not self._section.in_fence and not self._section.ends_like_a_sentence:
            return Verdict(self._guard.good, "STR006")
        return None

    def _go_back(self, verdict: Verdict) -> TextCut:
        """Cut the text back as the guard says; the next call samples differently."""
        if verdict.reason == TABLE:
            self._outcome = Outcome.TABLE
            return self._cut(verdict)
        self._outcome = Outcome.ENOUGH if verdict.reason == "STR006" else Outcome.REWOUND
        cut = self._cut(verdict)
        if self._outcome is Outcome.REWOUND:
            self._heat = self._heat + 1 if abs(cut.length - self._place) < 8 else 1  # noqa: PLR2004
            self._place = cut.length
            self._seed += 1
            if self._heat >= ALONE and not self._alone:
                # The text before leads the model to the same words again.
                self._alone = True
                self._window = self._window.fresh()
            if self._heat == SAME_PLACE - 2:
                self._section.start_paragraph()
        return cut

    def _cut(self, verdict: Verdict) -> TextCut:
        self._section.cut(verdict.length)
        length = len(self._section.text)
        last = max(bisect_right(self._marks, (length, self.tokens)) - 1, 0)
        discarded = self.tokens - self._marks[last][1]
        self._marks = [*self._marks[: last + 1], (length, self.tokens)]
        if verdict.reason != TABLE:
            self.discarded += discarded
            self._tally.discarded += discarded
        self._guard.reset(self._section.text)
        return TextCut(self._task.index, length, verdict.reason)

    def _count(self) -> None:
        self.tokens += 1
        self._tally.tokens += 1
        self._unreported += 1

    def _added(self, text: str) -> TextAdded:
        tokens, self._unreported = self._unreported, 0
        self._marks.append((len(self._section.text), self.tokens))
        return TextAdded(self._task.index, text, tokens)

    async def _request(self) -> ChatRequest:
        before = heading_line(self._task.planned.heading) if self._alone else self._task.before
        document = f"{before}\n\n{self._section.prefill}"
        messages = await self._window.messages(document, self._task.planned.heading)
        heated = self._heat > 0 and len(self._section.text) <= self._place + 8
        grammar = self._blocks.grammar(self._section.text)
        limits = (
            HEATED_TOKENS if heated else self._options.sampling.max_tokens,
            self._blocks.row_tokens if grammar else self._options.sampling.max_tokens,
            self._window.room,
            max(1, self._budget - self.tokens),
        )
        return ChatRequest(
            messages=messages,
            sampling=self._heated() if heated else self._options.sampling,
            max_tokens=min(limits),
            seed=self._seed % 2**31,
            slot=self._task.slot,
            grammar=grammar,
        )

    def _heated(self) -> Sampling:
        base = self._options.sampling
        return replace(
            base,
            temperature=min(1.1, max(base.temperature, 0.6) + 0.12 * self._heat),
            presence_penalty=min(1.2, base.presence_penalty + 0.3 * self._heat),
        )

    def _stops_before(self, delta: str) -> bool:
        """Whether the section is long enough and `delta` would start a new sentence or line."""
        section = self._section
        share = self._blocks.share
        if delta.startswith("\n"):
            limit = SHORTEST + 0.05
        elif section.ends_like_a_sentence and _starts_anew(delta):
            limit = ENOUGH
        else:
            return False
        if section.words < limit * share * self._task.words or section.text.endswith((":", "：")):
            return False
        code = section.open_code
        return code is None or self._blocks.is_long_enough(code)

    def _finish(self) -> list[WritingEvent]:
        """Close an open code block, or cut an unfinished last sentence."""
        events: list[WritingEvent] = []
        if closing := self._section.close_fence():
            return [self._added(closing)]
        keep = self._blocks.whole(self._section.text, self._guard.good)
        if keep < len(self._section.text):
            events.append(self._cut(Verdict(keep, "CUT001")))
        return events


def _starts_anew(delta: str) -> bool:
    """Whether `delta` starts a sentence; in Chinese no space precedes it."""
    return delta[0].isspace() or not delta[0].isascii()


def _outcome(done: Done) -> Outcome:
    return Outcome.CUT if done.finish_reason == "length" else Outcome.ENDED
