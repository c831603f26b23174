"""One ordered event stream per document, for any number of readers.

The store is polled once for all readers, and each event is encoded once. Each reader has its own
position; a reader that falls behind the window of recent events is served from the store. A slow
reader therefore delays neither other readers nor the writer.
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
WINDOW, WINDOW_BYTES = 500, 4 * 1024 * 1024  # recent events kept in memory, and their size
BATCH, BATCH_CHARACTERS = 200, 256 * 1024  # events read from the store at a time
CHUNK_BYTES = 64 * 1024  # sent in one write


class DocumentFeed:
    """The events of one document; the store is polled while there are readers."""

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
        """Yield the encoded events that follow the event id `after`; never ends."""
        self.readers += 1
        try:
            # A reader that claims to have seen future events must not set where others begin.
            version = await asyncio.to_thread(self._documents.version, self._id)
            if self._poller is None:
                self._newest = min(after, version.last_event)
                self._poller = asyncio.create_task(self._poll())
            while True:
                for event_id, chunk in _chunks(await self._following(after)):
                    yield chunk
                    after = event_id
        finally:
            self.readers -= 1
            if self.readers == 0 and self._poller is not None:
                self._poller.cancel()
                self._poller = None
                self._recent.clear()
                self._bytes = 0

    async def _following(self, after: int) -> list[tuple[int, bytes]]:
        """Wait until there are events after `after`, and return some of them."""
        oldest = self._recent[0][0] if self._recent else self._newest + 1
        if after + 1 < oldest and (stored := await asyncio.to_thread(self._load, after)):
            return stored
        async with self._changed:
            await self._changed.wait_for(lambda: self._newest > after)
            return [event for event in self._recent if event[0] > after]

    async def _poll(self) -> None:
        while True:
            try:
                events = await asyncio.to_thread(self._load, self._newest)
            except StoreError as error:
                _log.warning("events of %s: %s", self._id, error.message)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if events:
                async with self._changed:
                    self._add_recent(events)
                    self._newest = events[-1][0]
                    self._changed.notify_all()
            if len(events) < BATCH and _size(events) < BATCH_CHARACTERS:
                await asyncio.sleep(POLL_SECONDS)

    def _load(self, after: int) -> list[tuple[int, bytes]]:
        events = self._documents.events(self._id, after, BATCH, BATCH_CHARACTERS)
        return [(event.id, _encoded(event)) for event in events]

    def _add_recent(self, events: list[tuple[int, bytes]]) -> None:
        self._recent.extend(events)
        self._bytes += _size(events)
        while len(self._recent) > WINDOW or self._bytes > WINDOW_BYTES:
            self._bytes -= len(self._recent.popleft()[1])


class DocumentFeeds:
    """The feeds that have readers, by document id."""

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
            async for chunk in feed.read(after):
                yield chunk
        finally:
            if feed.readers == 0:
                self._feeds.pop(document_id, None)


def _size(events: Iterable[tuple[int, bytes]]) -> int:
    return sum(len(encoded) for _, encoded in events)


def _chunks(events: list[tuple[int, bytes]]) -> Generator[tuple[int, bytes]]:
    """Join events into chunks of about `CHUNK_BYTES`, each with the id of its last event."""
    pending: list[bytes] = []
    size = 0
    for event_id, encoded in events:
        pending.append(encoded)
        size += len(encoded)
        if size >= CHUNK_BYTES or event_id == events[-1][0]:
            yield event_id, b"".join(pending)
            pending, size = [], 0


def _encoded(event: StoredEvent) -> bytes:
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return encode(data, event=event.data.get("event", "message"), event_id=event.id)
