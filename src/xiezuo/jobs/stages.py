"""The stages of a job; each can be repeated, and continues from what is stored."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol, TypeVar

from xiezuo.errors import EngineLostError, StaleSectionError
from xiezuo.jobs.recorder import (
    LostJobError,
    ProvenanceSource,
    Recorder,
    Repairs,
    RunProgress,
    StopRequestedError,
)
from xiezuo.store.documents.documents import Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.records import JobState, StoredDocument, StoredJob
from xiezuo.writing.files import save_document
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import PlanReady, as_json
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import Mode
from xiezuo.writing.pipeline import WritingPipeline
from xiezuo.writing.section.context_window import ContextWindow
from xiezuo.writing.section.writer import TokenCounts

LOSSES = 3  # of the engine, that one step tolerates
WAIT_SECONDS = 0.25  # between two checks whether a job that waits for an engine is still wanted
_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_TURN_STEP = 1_299_709  # a prime, so that the seeds of different turns differ


class Writers(Protocol):
    """Plans and writes documents; a `Studio`."""

    @property
    def model_id(self) -> str: ...

    async def ready(self) -> None: ...

    def pipeline(
        self,
        work: Brief | Manuscript,
        mode: Mode,
        seed: int,
        *,
        tally: TokenCounts | None = None,
        window: ContextWindow | None = None,
    ) -> WritingPipeline: ...


class Stages:
    """Plans, writes and finishes documents.

    `is_ours` tells whether the current run still belongs to this process. If it does not, every
    stage raises LostJobError: another process has taken the job over.
    """

    def __init__(
        self,
        writers: Writers,
        documents: Documents,
        jobs: Jobs,
        is_ours: Callable[[StoredJob], bool],
    ) -> None:
        self._writers = writers
        self._documents = documents
        self._jobs = jobs
        self._is_ours = is_ours
        self._paces: dict[str, RunProgress] = {}
        self.repairs: Repairs = Repairs()

    @property
    def model_id(self) -> str:
        return self._writers.model_id

    async def plan(self, job_id: str) -> int:
        """Make the outline, unless there is one; returns the number of steps that writing takes.

        It waits for an engine. A job that is stopped meanwhile gets one step, in which it stops.

        Raises:
            EngineError, StoreError
        """
        job = await self._ours(job_id)
        await asyncio.to_thread(self._jobs.set_state, job_id, "running")
        stored = await asyncio.to_thread(self._documents.load, job.document_id)
        outline = stored.plan
        if outline is None:
            ready = await self._new_outline(job, stored)
            if ready is None:
                return 1
            outline = ready.plan
            facts = as_json(ready) | {"brief": stored.brief.model_dump(mode="json")}
            await asyncio.to_thread(self._documents.set_outline, job.document_id, outline, facts)
        return 1 if stored.mode == "draft" else len(outline.sections)

    async def write(self, job_id: str, step: int) -> JobState:
        """Write one section, or all in draft mode; returns `running` if the job goes on.

        Raises:
            EngineError, StoreError: what was written so far is stored.
        """
        losses = 0
        while True:
            job = await self._ours(job_id)
            # If nothing can be stored this fails, before the engine starts.
            await asyncio.to_thread(self._jobs.set_state, job_id, "running")
            try:
                await self._wait_for_engine(job)
                await self._write(job, step)
            except StaleSectionError:
                continue  # a person edited: the text is read again, and the edit stands
            except EngineLostError:
                losses += 1
                if losses > LOSSES:
                    raise
                continue
            except StopRequestedError as stop:
                return await self._stop(job, "paused" if stop.wanted == "pause" else "cancelled")
            return await self._state_between_sections(job)

    async def _new_outline(self, job: StoredJob, stored: StoredDocument) -> PlanReady | None:
        """A new outline of a document; None if the job is stopped before it is complete."""
        for loss in range(LOSSES + 1):
            try:
                await self._wait_for_engine(job)
                pipeline = self._writers.pipeline(stored.brief, stored.mode, stored.seed)
                planning = pipeline.outline()
                outlined = await self._while_wanted(job, planning)
                return next(event for event in outlined if isinstance(event, PlanReady))
            except StopRequestedError:
                return None
            except EngineLostError:
                if loss == LOSSES:
                    raise
        return None

    async def _wait_for_engine(self, job: StoredJob) -> None:
        """Wait for an engine, as long as the job is wanted.

        Raises:
            StopRequestedError, LostJobError
        """
        await self._check(job.id)
        await self._while_wanted(job, self._writers.ready())

    async def _while_wanted(self, job: StoredJob, work: Coroutine[Any, Any, _T]) -> _T:
        """Await `work`, and cancel it when the job is no longer wanted.

        Raises:
            StopRequestedError, LostJobError
        """
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({task}, timeout=WAIT_SECONDS))[0]:
                await self._check(job.id)
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _write(self, job: StoredJob, step: int) -> None:
        stored = await asyncio.to_thread(self._documents.load, job.document_id)
        if stored.plan is None:  # stopped before it had one, and resumed
            raise StopRequestedError("pause")
        manuscript = stored.manuscript()
        pace = self._paces.setdefault(
            job.id, RunProgress(TokenCounts(), time.monotonic(), manuscript.words)
        )
        only = None if stored.mode == "draft" else {step}
        seed = _seed(stored, only)
        pipeline = self._writers.pipeline(
            manuscript, stored.mode, seed, tally=pace.tally, window=pace.window
        )
        pace.window = pipeline.window
        notices = () if manuscript.begun else pipeline.notices(stored.brief)
        if notices:
            happened = [as_json(notice) for notice in notices]
            await asyncio.to_thread(self._documents.record, stored.id, happened)
        recorder = Recorder(
            stored,
            origin=ProvenanceSource(self.model_id, pipeline.options),
            documents=self._documents,
            pace=pace,
            repairs=self.repairs,
            check=lambda: self._check(job.id),
        )
        async with aclosing(pipeline.sections(only, recorder)) as events:
            async for _ in events:
                pass  # the recorder has it

    async def _check(self, job_id: str) -> None:
        """Raises StopRequestedError, LostJobError."""
        job = await self._ours(job_id)
        if job.wanted != "run":
            raise StopRequestedError(job.wanted)

    async def _ours(self, job_id: str) -> StoredJob:
        """The job; raises LostJobError if it belongs to another process."""
        job = await asyncio.to_thread(self._jobs.load, job_id)
        if not await asyncio.to_thread(self._is_ours, job):
            _log.warning("the job was given to another process")
            raise LostJobError
        return job

    async def _state_between_sections(self, job: StoredJob) -> JobState:
        current = await self._ours(job.id)
        if current.wanted == "pause":
            return await self._stop(job, "paused")
        if current.wanted == "cancel":
            return await self._stop(job, "cancelled")
        return "running"

    async def must_wait(self, job_id: str) -> bool:
        """Whether a more urgent job waits; then this one is queued again behind it."""
        job = await asyncio.to_thread(self._jobs.load, job_id)
        return await asyncio.to_thread(self._jobs.more_urgent, job.priority)

    async def next_run(self, job_id: str) -> tuple[int, int]:
        """The number of a new run of the job, and its priority."""
        job = await self._ours(job_id)
        return await asyncio.to_thread(self._jobs.next_run, job_id), job.priority

    async def finish(self, job_id: str) -> None:
        """Write the complete document to the output path of the job.

        Raises:
            OutputError, StoreError
        """
        job = await self._ours(job_id)
        stored = await asyncio.to_thread(self._documents.load, job.document_id)
        if job.output is not None:
            await save_document(Path(job.output), stored.manuscript().text)
        await self._stop(job, "done")

    async def fail(self, job_id: str, problem: str) -> None:
        """Mark the job as failed; the user may resume it."""
        await self._stop(await self._ours(job_id), "failed", problem)

    async def _stop(self, job: StoredJob, state: JobState, problem: str = "") -> JobState:
        self._paces.pop(job.id, None)
        happened = {"event": "job_state", "state": state, "problem": problem}
        await asyncio.to_thread(self._documents.record, job.document_id, [happened])
        await asyncio.to_thread(self._jobs.set_state, job.id, state, problem)
        return state


def _seed(stored: StoredDocument, only: Collection[int] | None) -> int:
    """The document's seed, varied by the number of retries of its unwritten sections."""
    unwritten = [
        section
        for section in stored.sections
        if section.state in {"planned", "writing"} and (only is None or section.position in only)
    ]
    return (stored.seed + _TURN_STEP * sum(section.turn for section in unwritten)) % 2**31
