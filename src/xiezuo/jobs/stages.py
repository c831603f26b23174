"""The stages of a job, each safe to run again: what was stored is where it goes on."""

import asyncio
import time
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from xiezuo.errors import StaleSectionError
from xiezuo.jobs.recorder import Pace, Recorder, StopWantedError
from xiezuo.store.documents import Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.records import JobState, StoredJob
from xiezuo.writing.brief import Brief
from xiezuo.writing.budget import PromptWindow
from xiezuo.writing.document import DocumentWriter
from xiezuo.writing.drafting import Tally
from xiezuo.writing.events import PlanReady, as_json
from xiezuo.writing.files import save_document
from xiezuo.writing.manuscript import Manuscript
from xiezuo.writing.plan import Mode, Plan


class Writers(Protocol):
    """What plans and writes: a `Studio`."""

    async def plan_for(self, work: Brief | Plan, mode: Mode, seed: int) -> Plan: ...

    def writer(
        self, manuscript: Manuscript, mode: Mode, seed: int, tally: Tally | None = None,
        window: PromptWindow | None = None,
    ) -> DocumentWriter: ...  # fmt: skip


class Stages:
    """Plans, writes and finishes documents."""

    def __init__(self, writers: Writers, documents: Documents, jobs: Jobs) -> None:
        self._writers = writers
        self._documents = documents
        self._jobs = jobs
        self._paces: dict[str, Pace] = {}

    async def plan(self, job_id: str) -> int:
        """Make the outline, unless it stands; gives the number of steps that writing takes.

        Raises:
            EngineError, StoreError
        """
        job = await asyncio.to_thread(self._jobs.load, job_id)
        await asyncio.to_thread(self._jobs.set_state, job_id, "running")
        stored = await asyncio.to_thread(self._documents.load, job.document_id)
        plan = stored.plan
        if plan is None:
            plan = await self._writers.plan_for(stored.brief, stored.mode, stored.seed)
            facts = as_json(PlanReady(plan, from_model=not stored.brief.structure))
            facts["brief"] = stored.brief.model_dump(mode="json")
            await asyncio.to_thread(self._documents.set_plan, job.document_id, plan, facts)
        return 1 if stored.mode == "draft" else len(plan.sections)

    async def write(self, job_id: str, step: int) -> JobState:
        """Write one section, or in draft mode all; `running` means that the job goes on.

        Raises:
            EngineError, StoreError: what was written so far is stored.
        """
        job = await asyncio.to_thread(self._jobs.load, job_id)
        while True:
            try:
                await self._write(job, step)
            except StaleSectionError:
                continue  # a person edited: the text is read again, and the edit stands
            except StopWantedError as stop:
                return await self._stop(job, "paused" if stop.wanted == "pause" else "cancelled")
            return await self._state_between_sections(job)

    async def _write(self, job: StoredJob, step: int) -> None:
        stored = await asyncio.to_thread(self._documents.load, job.document_id)
        manuscript = stored.manuscript()
        pace = self._paces.setdefault(job.id, Pace(Tally(), time.monotonic(), manuscript.words))
        writer = self._writers.writer(manuscript, stored.mode, stored.seed, pace.tally, pace.window)
        pace.window = writer.window
        recorder = Recorder(
            job.id, stored, manuscript, documents=self._documents, jobs=self._jobs, pace=pace
        )
        only = None if stored.mode == "draft" else {step}
        async with aclosing(writer.write(only)) as events:
            await recorder.follow(events)

    async def _state_between_sections(self, job: StoredJob) -> JobState:
        now = await asyncio.to_thread(self._jobs.load, job.id)
        if now.wanted == "pause":
            return await self._stop(job, "paused")
        if now.wanted == "cancel":
            return await self._stop(job, "cancelled")
        return "running"

    async def must_wait(self, job_id: str) -> bool:
        """Whether a more urgent job waits; this one is then queued again behind it."""
        job = await asyncio.to_thread(self._jobs.load, job_id)
        return await asyncio.to_thread(self._jobs.more_urgent, job.priority)

    async def finish(self, job_id: str) -> None:
        """The document is complete: write it to where the job says.

        Raises:
            OutputError, StoreError
        """
        job = await asyncio.to_thread(self._jobs.load, job_id)
        stored = await asyncio.to_thread(self._documents.load, job.document_id)
        if job.output is not None:
            await save_document(Path(job.output), stored.manuscript().text)
        await self._stop(job, "done")

    async def fail(self, job_id: str, problem: str) -> None:
        """The job cannot go on; a person may resume it."""
        job = await asyncio.to_thread(self._jobs.load, job_id)
        await self._stop(job, "failed", problem)

    async def _stop(self, job: StoredJob, state: JobState, problem: str = "") -> JobState:
        self._paces.pop(job.id, None)
        happened = {"event": "job_state", "state": state, "problem": problem}
        await asyncio.to_thread(self._documents.record, job.document_id, [happened])
        await asyncio.to_thread(self._jobs.set_state, job.id, state, problem)
        return state
