"""Answers that are kept as bytes for as long as what they were made from has not changed."""

from collections import OrderedDict
from collections.abc import Callable

from fastapi.concurrency import run_in_threadpool

LARGEST = 32 * 1024 * 1024  # bytes, all together


class ResponseCache:
    """The answers that were asked for last; used in the event loop only."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._answers: OrderedDict[str, tuple[object, bytes]] = OrderedDict()
        self._bytes = 0

    async def get(self, name: str, mark: object, make: Callable[[], bytes]) -> bytes:
        """What `make` gives in a thread, or gave when the `mark` was the same.

        Read the mark first: an answer that is newer than its mark is made again, an older one
        would be given out.
        """
        found = self._answers.get(name)
        if found is not None and found[0] == mark:
            self._answers.move_to_end(name)
            return found[1]
        made = await run_in_threadpool(make)
        self._forget(name)
        self._answers[name] = mark, made
        self._bytes += len(made)
        while self._bytes > self._largest:
            self._forget(next(iter(self._answers)))
        return made

    def _forget(self, name: str) -> None:
        if old := self._answers.pop(name, None):
            self._bytes -= len(old[1])
