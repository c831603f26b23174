"""Times one completion and adds it to a client's totals."""

import time

from xiezuo.engine.protocol import Delta, Done, EngineTotals, Prefill, StreamEvent, Timings

_LEAST = 8  # tokens of a call below which its overhead is most of its time


class CompletionTimer:
    """Made when a completion is asked for; told of each event, and of the end.

    The engine's own account counts if it comes. It does not when we break a stream off, as the
    guard does: then our own clock counts.
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
        totals = self._totals
        if isinstance(event, Delta):
            self._last = time.monotonic()
            self._tokens += 1
            totals.tokens += 1
            totals.now.note()
            if self._first is None:
                self._first = self._last
                totals.begun(self._first - self._started)
        elif isinstance(event, Prefill) and event.processed == event.total:
            self._fresh = event.total - event.cached
            totals.prompt += event.total
            totals.cached += event.cached
        elif isinstance(event, Done):
            self._timings = event.timings

    def stop(self) -> None:
        if self._first is None:
            return
        fresh, read = self._fresh, self._first - self._started
        written, wrote = self._tokens - 1, self._last - self._first
        if self._timings is not None and self._timings.prompt_ms:
            fresh, read = self._timings.prompt_n, self._timings.prompt_ms / 1000
        if self._timings is not None and self._timings.predicted_ms:
            written, wrote = self._timings.predicted_n, self._timings.predicted_ms / 1000
        if fresh >= _LEAST:
            self._totals.reading.add(fresh, read)
        if written >= _LEAST:
            self._totals.writing.add(written, wrote)
