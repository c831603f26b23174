"""Stores the text and events of a writer in batches; at most half a second is not on disk."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any

from xiezuo.errors import StaleSectionError
from xiezuo.store.documents.documents import Change, Documents, NewRevision
from xiezuo.store.records import Author, Provenance, StoredDocument, Wanted
from xiezuo.writing.model.events import (
    Finished,
    PromptRead,
    RepairTried,
    SectionFinished,
    SectionStarted,
    TextAdded,
    WritingEvent,
    as_json,
)
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.repair.ladder import other
from xiezuo.writing.section.context_window import ContextWindow
from xiezuo.writing.section.writer import TokenCounts, WritingOptions

FLUSH_SECONDS = 0.4
PROGRESS_SECONDS = 2.0


class StopRequestedError(Exception):
    """The user wants the job to pause or to end."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        self.wanted = wanted


class LostJobError(Exception):
    """Another process has taken the job over."""


@dataclass
class RunProgress:
    """Speed of a job over all its steps in this process, and its latest context window."""

    tally: TokenCounts
    started: float
    words_before: int
    window: ContextWindow | None = None


@dataclass(frozen=True, slots=True)
class ProvenanceSource:
    """What the provenance of a job's texts is made of: model id and options."""

    model: str
    options: WritingOptions

    def written(self) -> Provenance:
        return Provenance(self.model, asdict(self.options.sampling), self.options.seed)

    def repaired(self, tried: RepairTried) -> Provenance:
        """Fixes use no model; repeated sections use different sampling."""
        if tried.step == "fix":
            return Provenance(rules=tried.codes)
        again = other(self.options.sampling)
        sampling = self.options.rewriting if tried.step == "rewrite" else again
        return Provenance(self.model, asdict(sampling), self.options.seed, tried.codes)


Repairs = Counter[tuple[str, bool]]
"""Repair attempts by diagnostic code, and whether the result was better."""


class Recorder:
    """Follows a writer and stores what it does.

    Args:
        stored: the document as loaded; only these versions of its sections may be changed.
        origin: of the provenance of the texts.
        repairs: the counter of repair attempts.
        check: called after each transaction; an exception of it ends the work.
    """

    def __init__(
        self,
        stored: StoredDocument,
        *,
        origin: ProvenanceSource,
        documents: Documents,
        pace: RunProgress,
        repairs: Repairs,
        check: Callable[[], Awaitable[None]],
    ) -> None:
        self._id = stored.id
        self._manuscript: Manuscript
        self._documents = documents
        self._check = check
        self._pace = pace
        self._repairs = repairs
        self._origin = origin
        self._repaired: dict[int, Provenance] = {}  # of texts that a repair changed
        self._versions = {section.position: section.version for section in stored.sections}
        self._waiting: list[dict[str, Any]] = []
        self._candidates: list[NewRevision] = []
        self._touched: set[int] = set()
        self._storing: asyncio.Task[None] | None = None
        self._flushed = self._progressed = time.monotonic()

    async def follow(
        self, manuscript: Manuscript, events: AsyncGenerator[WritingEvent]
    ) -> AsyncGenerator[WritingEvent]:
        """Store `events` and their changes to `manuscript`, and pass the events on.

        Raises:
            StaleSectionError: the user edited a section that the writer was about to change.
            StopRequestedError, LostJobError: by `check`.
            StoreError: the store is unavailable; what was stored before is safe.
        """
        self._manuscript = manuscript
        async with aclosing(events):
            upcoming = _next(events)
            try:
                while True:
                    await asyncio.wait({upcoming}, timeout=FLUSH_SECONDS)
                    event = upcoming.result() if upcoming.done() else None
                    if upcoming.done() and event is None:
                        break
                    if event is not None:
                        self._take(event)
                        upcoming = _next(events)
                    due = time.monotonic() - self._flushed >= FLUSH_SECONDS
                    if due or isinstance(event, SectionFinished):
                        await self.flush()
                        await self._check()
                    if event is not None:
                        yield event
            finally:
                upcoming.cancel()
                (last,) = await asyncio.gather(upcoming, return_exceptions=True)
                if last is not None and not isinstance(last, BaseException):
                    self._take(last)
                await self._store_the_rest()

    def _take(self, event: WritingEvent) -> None:
        if isinstance(event, PromptRead | Finished):
            return
        if isinstance(event, RepairTried):
            self._repairs.update((code, event.kept) for code in event.codes)
        facts = as_json(event)
        if "index" in facts:
            self._touched.add(facts["index"])
        last = self._waiting[-1] if self._waiting else None
        if (
            isinstance(event, TextAdded)
            and last
            and (last["event"], last.get("index")) == ("text_added", event.index)
        ):
            last["text"] += event.text
            last["tokens"] += event.tokens
            return
        if isinstance(event, RepairTried):
            self._propose(event, str(facts.pop("candidate")))
        if isinstance(event, SectionStarted):
            self._repaired.pop(event.index, None)
        if isinstance(event, SectionFinished):
            self._candidates.append(self._present(event.index))
        self._waiting.append(facts)

    def _propose(self, tried: RepairTried, text: str) -> None:
        """Add the present text and the proposed one as revisions."""
        made_with = self._origin.repaired(tried)
        self._candidates += [
            self._present(tried.index),
            NewRevision(tried.index, text, "fixer", tried.step, made_with),
        ]
        if tried.kept:
            self._repaired[tried.index] = made_with

    def _present(self, index: int) -> NewRevision:
        author, made_with = self._author(index)
        return NewRevision(index, self._manuscript.parts[index].text, author, "written", made_with)

    def _author(self, index: int) -> tuple[Author, Provenance]:
        mended = self._repaired.get(index)
        return ("fixer", mended) if mended is not None else ("model", self._origin.written())

    async def flush(self) -> None:
        """Store everything since the last flush, in one transaction.

        A transaction that has begun is completed even if this call is cancelled.
        """
        self._flushed = time.monotonic()
        if self._flushed - self._progressed > PROGRESS_SECONDS:
            self._progressed = self._flushed
            self._waiting.append(self._progress())
        if not self._waiting:
            return
        parts = self._manuscript.parts
        # Unchanged texts too: the event and the version it names must be stored together.
        changes = [
            Change(
                at,
                self._versions[at],
                parts[at].text,
                parts[at].state,
                parts[at].faults,
                *self._author(at),
            )
            for at in sorted(self._touched)
        ]
        self._storing = asyncio.create_task(self._store(self._waiting, changes, self._candidates))
        self._waiting, self._candidates, self._touched = [], [], set()
        await asyncio.shield(self._storing)

    async def _store(
        self, happened: list[dict[str, Any]], changes: list[Change], candidates: list[NewRevision]
    ) -> None:
        self._versions |= await asyncio.to_thread(
            self._documents.record, self._id, happened, changes, candidates
        )

    async def _store_the_rest(self) -> None:
        """Flush at the end, unless the user edited a section: then our text is outdated."""
        if self._storing is not None:
            (outcome,) = await asyncio.gather(self._storing, return_exceptions=True)
            if isinstance(outcome, StaleSectionError):
                return
        if self._waiting:
            await self.flush()

    def _progress(self) -> dict[str, Any]:
        """Words done and planned, tokens per second, and the estimated seconds left."""
        words = self._manuscript.words
        planned = sum(part.planned.words for part in self._manuscript.parts)
        elapsed = time.monotonic() - self._pace.started
        new_words = words - self._pace.words_before
        return {
            "event": "progress",
            "words": words,
            "planned": planned,
            "tokens_per_second": round(self._pace.tally.tokens / max(elapsed, 0.001), 2),
            "seconds_left": round(max(0, planned - words) * elapsed / new_words)
            if new_words > 0
            else None,
        }


def _next(events: AsyncGenerator[WritingEvent]) -> asyncio.Task[WritingEvent | None]:
    """A task for the next event, None at the end; it runs while the store is written."""

    async def following() -> WritingEvent | None:
        return await anext(events, None)

    return asyncio.create_task(following())
