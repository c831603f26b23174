"""One ordered stream of events a document, for any number of readers.

The store is looked at once for all of them, and each event is written as text once. A reader has a
place of his own; one that reads slower than the window of recent events moves on is served from the
store again. So nobody who reads holds anybody else back, nor the writer.
"""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Generator, Iterable

from xiezuo.errors import StoreError
from xiezuo.server.sse import encode
from xiezuo.store.documents.documents import Documents
from xiezuo.store.records import StoredEvent

POLL_SECONDS = 0.2
RETRY_SECONDS = 2.0  # while the store cannot be read
_log = logging.getLogger(__name__)
WINDOW, WINDOW_BYTES = 500, 4 * 1024 * 1024  # events kept for those who keep up, and their size
BATCH, BATCH_CHARACTERS = 200, 256 * 1024  # events read from the store at a time
PIECE_BYTES = 64 * 1024  # given out together


class DocumentFeed:
    """The events of one document; polled while somebody reads."""

    def __init__(self, documents: Documents, document_id: str) -> None:
        self._documents = documents
        self._id = document_id
        self._recent: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._newest = 0
        self._changed = asyncio.Condition()
        self._poller: asyncio.Task[None] | None = None
        self.readers = 0

    async def read(self, after: int) -> AsyncGenerator[bytes]:
        """Events as server-sent events, each after the one with id `after`; never ends."""
        self.readers += 1
        try:
            # Who claims to have seen what has not happened yet must not set where others begin.
            known = await asyncio.to_thread(self._documents.version, self._id)
            if self._poller is None:
                self._newest = min(after, known.last_event)
                self._poller = asyncio.create_task(self._poll())
            while True:
                for number, text in _pieces(await self._following(after)):
                    yield text
                    after = number
        finally:
            self.readers -= 1
            if self.readers == 0 and self._poller is not None:
                self._poller.cancel()
                self._poller = None
                self._recent.clear()
                self._bytes = 0

    async def _following(self, after: int) -> list[tuple[int, bytes]]:
        """Some events after `after`, as soon as there are any."""
        oldest = self._recent[0][0] if self._recent else self._newest + 1
        if after + 1 < oldest and (found := await asyncio.to_thread(self._load, after)):
            return found
        async with self._changed:
            await self._changed.wait_for(lambda: self._newest > after)
            return [one for one in self._recent if one[0] > after]

    async def _poll(self) -> None:
        while True:
            try:
                found = await asyncio.to_thread(self._load, self._newest)
            except StoreError as error:
                _log.warning("events of %s: %s", self._id, error.message)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if found:
                async with self._changed:
                    self._keep(found)
                    self._newest = found[-1][0]
                    self._changed.notify_all()
            if len(found) < BATCH and _size(found) < BATCH_CHARACTERS:
                await asyncio.sleep(POLL_SECONDS)

    def _load(self, after: int) -> list[tuple[int, bytes]]:
        found = self._documents.events(self._id, after, BATCH, BATCH_CHARACTERS)
        return [(one.id, _encoded(one)) for one in found]

    def _keep(self, found: list[tuple[int, bytes]]) -> None:
        self._recent.extend(found)
        self._bytes += _size(found)
        while len(self._recent) > WINDOW or self._bytes > WINDOW_BYTES:
            self._bytes -= len(self._recent.popleft()[1])


class DocumentFeeds:
    """The feeds that somebody reads."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._feeds: dict[str, DocumentFeed] = {}
        self.started = time.time()

    @property
    def readers(self) -> int:
        return sum(feed.readers for feed in self._feeds.values())

    async def read(self, document_id: str, after: int) -> AsyncGenerator[bytes]:
        feed = self._feeds.setdefault(document_id, DocumentFeed(self._documents, document_id))
        try:
            async for text in feed.read(after):
                yield text
        finally:
            if feed.readers == 0:
                self._feeds.pop(document_id, None)


def _size(found: Iterable[tuple[int, bytes]]) -> int:
    return sum(len(text) for _, text in found)


def _pieces(found: list[tuple[int, bytes]]) -> Generator[tuple[int, bytes]]:
    """Events put together, with the id of the last of each piece: few writes, but small ones."""
    waiting: list[bytes] = []
    size = 0
    for number, text in found:
        waiting.append(text)
        size += len(text)
        if size >= PIECE_BYTES or number == found[-1][0]:
            yield number, b"".join(waiting)
            waiting, size = [], 0


def _encoded(event: StoredEvent) -> bytes:
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return encode(data, event=event.data.get("event", "message"), event_id=event.id)
