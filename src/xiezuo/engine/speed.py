"""How fast an engine was seen to be: tokens a second, over the recent past."""

import time
from collections import deque
from dataclasses import dataclass, field

_REMEMBERED = 8192  # tokens; what is older weighs less and less
_WINDOW_SECONDS = 4.0
_GRAIN_SECONDS = 0.25


@dataclass
class Rate:
    """Tokens and the seconds they took; the newest `_REMEMBERED` tokens count most."""

    tokens: float = 0.0
    seconds: float = 0.0

    def add(self, tokens: float, seconds: float) -> None:
        self.tokens += tokens
        self.seconds += seconds
        if self.tokens > _REMEMBERED:
            share = _REMEMBERED / self.tokens
            self.tokens *= share
            self.seconds *= share

    @property
    def per_second(self) -> float | None:
        """None while nothing was measured."""
        return self.tokens / self.seconds if self.seconds > 0 and self.tokens > 0 else None


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second of one stream: reading a prompt, and writing."""

    prefill: float
    decode: float


@dataclass
class Meter:
    """Counts tokens as they come, to say how many a second there are now, over all streams."""

    _counts: deque[tuple[float, int]] = field(default_factory=deque[tuple[float, int]])

    def note(self) -> None:
        now = time.monotonic()
        if self._counts and now - self._counts[-1][0] < _GRAIN_SECONDS:
            at, count = self._counts[-1]
            self._counts[-1] = (at, count + 1)
        else:
            self._counts.append((now, 1))
        self._forget(now)

    @property
    def per_second(self) -> float:
        """0 when nothing came for a while."""
        now = time.monotonic()
        self._forget(now)
        if not self._counts:
            return 0.0
        passed = max(now - self._counts[0][0], _GRAIN_SECONDS)
        return sum(count for _, count in self._counts) / passed

    def _forget(self, now: float) -> None:
        while self._counts and now - self._counts[0][0] > _WINDOW_SECONDS:
            self._counts.popleft()
