"""A size-bounded LRU cache of rendered responses, keyed by name and version."""

from collections import OrderedDict
from collections.abc import Callable

from fastapi.concurrency import run_in_threadpool

LARGEST = 32 * 1024 * 1024  # bytes of all responses together


class ResponseCache:
    """The most recently used responses; not thread-safe, for the event loop only."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._responses: OrderedDict[str, tuple[object, bytes]] = OrderedDict()
        self._bytes = 0

    async def get(self, name: str, version: object, render: Callable[[], bytes]) -> bytes:
        """Return the cached response of this `version`, or `render` it in a thread.

        Read the version before calling this; the reverse order could serve a stale body.
        """
        cached = self._responses.get(name)
        if cached is not None and cached[0] == version:
            self._responses.move_to_end(name)
            return cached[1]
        body = await run_in_threadpool(render)
        self._forget(name)
        self._responses[name] = version, body
        self._bytes += len(body)
        while self._bytes > self._largest:
            self._forget(next(iter(self._responses)))
        return body

    def _forget(self, name: str) -> None:
        if removed := self._responses.pop(name, None):
            self._bytes -= len(removed[1])
