"""Speeds and totals of the completions that one client requested."""

import time
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

from xiezuo.engine.protocol import Delta, Done, Prefill, StreamEvent, Timings

WAIT_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)  # histogram buckets
LEAST_READ, LEAST_WRITTEN = 64, 16  # tokens from which a speed is computed
_LEAST_PER_CALL = 8  # tokens; in a smaller completion, overhead is most of the time
_RATE_TOKENS = 8192  # above this sum, older measurements lose weight
_WINDOW_SECONDS = 4.0
_GRAIN_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens per second of a single stream: reading the prompt, and writing."""

    prefill: float
    decode: float


@dataclass
class Rate:
    """Tokens and the seconds they took, as a moving average over about `_RATE_TOKENS` tokens."""

    tokens: float = 0.0
    seconds: float = 0.0

    def add(self, tokens: float, seconds: float) -> None:
        self.tokens += tokens
        self.seconds += seconds
        if self.tokens > _RATE_TOKENS:
            share = _RATE_TOKENS / self.tokens
            self.tokens *= share
            self.seconds *= share

    @property
    def per_second(self) -> float | None:
        """None before anything was measured."""
        return self.tokens / self.seconds if self.seconds > 0 and self.tokens > 0 else None


@dataclass
class TokenRate:
    """Current tokens per second over all streams, from counts in a sliding window."""

    _counts: deque[tuple[float, int]] = field(default_factory=deque[tuple[float, int]])

    def note(self) -> None:
        """Count one token."""
        now = time.monotonic()
        if self._counts and now - self._counts[-1][0] < _GRAIN_SECONDS:
            began, count = self._counts[-1]
            self._counts[-1] = (began, count + 1)
        else:
            self._counts.append((now, 1))
        self._drop_old(now)

    @property
    def per_second(self) -> float:
        """0 if no token arrived within the window."""
        now = time.monotonic()
        self._drop_old(now)
        if not self._counts:
            return 0.0
        elapsed = max(now - self._counts[0][0], _GRAIN_SECONDS)
        return sum(count for _, count in self._counts) / elapsed

    def _drop_old(self, now: float) -> None:
        while self._counts and now - self._counts[0][0] > _WINDOW_SECONDS:
            self._counts.popleft()


@dataclass
class EngineTotals:
    """Totals of one client since it was created.

    Attributes:
        prompt: prompt tokens; `cached` of them were found in the KV cache.
        waited: seconds until the first token, summed over all requests.
        waits: histogram of these waits, one count per bucket of `WAIT_SECONDS` and one above.
        reading, writing: prompt tokens that were not cached, and generated tokens, with the
            seconds they took; as the engine reports them where it does.
        now: counts the tokens of all streams together.
    """

    requests: int = 0
    tokens: int = 0
    prompt: int = 0
    cached: int = 0
    waited: float = 0.0
    waits: list[int] = field(default_factory=lambda: [0] * (len(WAIT_SECONDS) + 1))
    reading: Rate = field(default_factory=Rate)
    writing: Rate = field(default_factory=Rate)
    now: TokenRate = field(default_factory=TokenRate)

    def add_wait(self, seconds: float) -> None:
        """Count the wait for the first token of a request."""
        self.waited += seconds
        self.waits[bisect_left(WAIT_SECONDS, seconds)] += 1

    def forget_speed(self) -> None:
        """Start measuring again, for another engine."""
        self.reading, self.writing, self.now = Rate(), Rate(), TokenRate()

    def expect(self, speed: Speed) -> None:
        """Assume a speed that was measured earlier; new measurements soon outweigh it."""
        self.reading.add(LEAST_READ, LEAST_READ / speed.prefill)
        self.writing.add(LEAST_WRITTEN, LEAST_WRITTEN / speed.decode)

    @property
    def speed(self) -> Speed | None:
        """The measured speed; None while too few tokens were measured."""
        reading, writing = self.reading, self.writing
        if reading.tokens < LEAST_READ or writing.tokens < LEAST_WRITTEN:
            return None
        prefill, decode = reading.per_second, writing.per_second
        return Speed(prefill, decode) if prefill and decode else None


class CompletionTimer:
    """Times one completion from its request on and adds it to a client's totals.

    Times that the engine reports take precedence. It reports none when the client ends the stream,
    as the guard does; then the client's own clock counts.
    """

    def __init__(self, totals: EngineTotals) -> None:
        totals.requests += 1
        self._totals = totals
        self._started = time.monotonic()
        self._first: float | None = None
        self._last = 0.0
        self._tokens = 0
        self._fresh = 0
        self._timings: Timings | None = None

    def note(self, event: StreamEvent) -> None:
        """Count one event of the stream."""
        totals = self._totals
        if isinstance(event, Delta):
            self._last = time.monotonic()
            self._tokens += 1
            totals.tokens += 1
            totals.now.note()
            if self._first is None:
                self._first = self._last
                totals.add_wait(self._first - self._started)
        elif isinstance(event, Prefill) and event.processed == event.total:
            self._fresh = event.total - event.cached
            totals.prompt += event.total
            totals.cached += event.cached
        elif isinstance(event, Done):
            self._timings = event.timings

    def stop(self) -> None:
        """Add the speeds of the completion, unless it was too short to measure."""
        if self._first is None:
            return
        fresh, reading_seconds = self._fresh, self._first - self._started
        written, writing_seconds = self._tokens - 1, self._last - self._first
        if self._timings is not None and self._timings.prompt_ms:
            fresh, reading_seconds = self._timings.prompt_n, self._timings.prompt_ms / 1000
        if self._timings is not None and self._timings.predicted_ms:
            written, writing_seconds = self._timings.predicted_n, self._timings.predicted_ms / 1000
        if fresh >= _LEAST_PER_CALL:
            self._totals.reading.add(fresh, reading_seconds)
        if written >= _LEAST_PER_CALL:
            self._totals.writing.add(written, writing_seconds)
