"""Writes one section: one call after another until it is long enough."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import Enum, auto

from xiezuo.engine.client import EngineClient
from xiezuo.engine.messages import ChatRequest, Delta, Done, Prefill
from xiezuo.engine.sampling import Sampling
from xiezuo.errors import EngineLostError, EngineStalledError, EngineUnreachableError
from xiezuo.writing.budget import PromptWindow
from xiezuo.writing.events import EngineRestarted, PromptRead, TextAdded, WritingEvent
from xiezuo.writing.plan import PlannedSection
from xiezuo.writing.section import SectionText

TRIES = 4  # times the model may end a section that is too short
LOSSES = 3  # engine losses in a row, with no text between them, before we give up
SHORTEST, LONGEST = 0.6, 1.2  # of the target length: below it we ask for more, above it we stop
TOKENS_PER_WORD = 3  # what a section may cost; English takes 1.4, Chinese 0.7 per character
SPARE_TOKENS = 128
_SEED_STEP = 7919  # a prime, so that the seeds of different sections do not meet


class Outcome(Enum):
    """How a call ended."""

    ENOUGH = auto()  # we stopped it
    ENDED = auto()  # the model stopped, or went on to another section
    CUT = auto()  # it reached its token limit


@dataclass(frozen=True, slots=True)
class Options:
    """How to write; `prompt_tokens` is the context budget of one call."""

    sampling: Sampling
    seed: int
    prompt_tokens: int


class SectionWriter:
    """Writes `planned` from the text that `section` already has.

    `document` is everything before that text, with the section's heading; `number` makes its
    seeds different from other sections'.

    Attributes:
        tokens: tokens generated so far.
    """

    def __init__(
        self,
        engine: EngineClient,
        window: PromptWindow,
        options: Options,
        planned: PlannedSection,
        section: SectionText,
        *,
        number: int,
        document: str,
    ) -> None:
        self._engine = engine
        self._window = window
        self._options = options
        self._planned = planned
        self._section = section
        self._before = document
        self._seed = options.seed + number * _SEED_STEP
        self._budget = planned.words * TOKENS_PER_WORD + SPARE_TOKENS
        self._outcome = Outcome.CUT
        self._unreported = 0
        self.tokens = 0

    async def write(self) -> AsyncGenerator[WritingEvent]:
        """Write until the section is long enough, or the model will not write more.

        Raises:
            EngineError: the engine is gone for good; the text so far was handed out.
        """
        complete = self._section.ends_like_a_sentence and not self._section.in_fence
        if complete and self._section.words >= self._planned.words:
            return
        tries = losses = 0
        while self.tokens < self._budget:
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
            if self._outcome is Outcome.ENOUGH:
                break
            if self._outcome is Outcome.ENDED:
                tries += 1
                if tries == TRIES or self._section.words >= SHORTEST * self._planned.words:
                    break
                self._section.start_paragraph()
                self._seed += 1
        if closing := self._section.close_fence():
            yield self._added(closing)

    async def _call(self) -> AsyncGenerator[WritingEvent]:
        """One completion, from the end of the text to wherever it ends."""
        request = await self._request()
        self._outcome = Outcome.CUT
        async with self._engine.chat(request) as events:
            async for event in events:
                if isinstance(event, Prefill):
                    yield PromptRead(event.processed, event.total, event.cached)
                elif isinstance(event, Delta):
                    if self._stops_before(event.text):
                        self._outcome = Outcome.ENOUGH
                        break
                    self.tokens += 1
                    self._unreported += 1
                    if accepted := self._section.feed(event.text):
                        yield self._added(accepted)
                    if self._section.ended:
                        break
                else:
                    self._outcome = _outcome(event)
        if accepted := self._section.close():
            yield self._added(accepted)
        if self._section.ended:
            self._outcome = Outcome.ENDED

    def _added(self, text: str) -> TextAdded:
        tokens, self._unreported = self._unreported, 0
        return TextAdded(text, tokens)

    async def _request(self) -> ChatRequest:
        document = f"{self._before}\n\n{self._section.prefill}"
        messages = await self._window.messages(document, self._planned.heading)
        limits = (
            self._options.sampling.max_tokens,
            self._window.room,
            self._budget - self.tokens,
        )
        return ChatRequest(
            messages=messages,
            sampling=self._options.sampling,
            max_tokens=min(limits),
            seed=self._seed % 2**31,
        )

    def _stops_before(self, delta: str) -> bool:
        """Whether the section is long enough and `delta` would begin something new."""
        if delta.startswith("\n"):
            limit = 1.0
        elif self._section.ends_like_a_sentence and _starts_anew(delta):
            limit = LONGEST
        else:
            return False
        return self._section.words >= limit * self._planned.words and not self._section.in_fence


def _starts_anew(delta: str) -> bool:
    """Chinese sentences follow each other without a space."""
    return delta[0].isspace() or not delta[0].isascii()


def _outcome(done: Done) -> Outcome:
    return Outcome.CUT if done.finish_reason == "length" else Outcome.ENDED
