"""The stream of a document by itself: where readers begin, and what is kept for them."""

import asyncio
import time
from collections.abc import Generator
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.support.waiting import until_async
from xiezuo.server.document_feed import POLL_SECONDS, WINDOW, DocumentFeed
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.records import StoredEvent
from xiezuo.writing.model.brief import Brief

pytestmark = pytest.mark.anyio


class CountedDocuments(Documents):
    """Counts how often it is asked for events."""

    asked = 0

    def events(
        self, document_id: str, after: int = 0, most: int = 1000, characters: int | None = None
    ) -> list[StoredEvent]:
        self.asked += 1
        return super().events(document_id, after, most, characters)


@pytest.fixture
def documents(tmp_path: Path) -> Generator[CountedDocuments]:
    database = Database(f"sqlite:///{tmp_path / 'xiezuo.sqlite'}")
    documents = CountedDocuments(database)
    documents.create(Brief(task="Explain tea."), "careful", 1, "tea")
    happen(documents, 3)
    yield documents
    database.close()


def happen(documents: Documents, times: int) -> None:
    documents.record("tea", [{"event": "progress"} for _ in range(times)])


async def test_a_reader_that_claims_to_have_seen_the_future_disturbs_no_other(
    documents: CountedDocuments,
):
    feed = DocumentFeed(documents, "tea")
    async with aclosing(feed.read(2_000_000_000)) as ahead, aclosing(feed.read(0)) as reader:
        waiting = asyncio.create_task(anext(ahead))
        await until_async(lambda: documents.asked)
        assert (await anext(reader)).startswith(b"id: 1\n")
        following = asyncio.create_task(anext(reader))
        # Only the poll reads the store while both wait: a few reads take a few of its pauses.
        before, began = documents.asked, time.monotonic()
        await until_async(lambda: documents.asked - before >= 6)
        assert time.monotonic() - began > 3 * POLL_SECONDS
        happen(documents, 1)
        assert (await following).startswith(b"id: 4\n")
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_a_slow_reader_misses_nothing_and_little_is_kept(documents: CountedDocuments):
    feed = DocumentFeed(documents, "tea")
    async with aclosing(feed.read(0)) as slow, aclosing(feed.read(0)) as fast:
        received = await anext(slow)
        seen = (await anext(fast)).count(b"id: ")
        for _ in range(4):
            happen(documents, WINDOW // 2)
            while seen < documents.version("tea").last_event:
                seen += (await anext(fast)).count(b"id: ")
        assert len(feed._recent) == WINDOW
        while received.count(b"id: ") < seen:
            received += await anext(slow)
    ids = [int(line[4:]) for line in received.split(b"\n") if line.startswith(b"id: ")]
    assert ids == list(range(1, seen + 1))
