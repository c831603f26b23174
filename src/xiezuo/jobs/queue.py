"""Jobs as durable workflows: DBOS starts them in order of priority, and again after any crash.

DBOS runs workflows in threads of its own and keeps one instance a process. Its steps hand the work
to the event loop that the engine's client lives in, and wait.
"""

import asyncio
import hashlib
import logging
import secrets
import sys
import uuid
from collections.abc import AsyncIterator, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from xiezuo.errors import XiezuoError
from xiezuo.jobs.stages import Stages, Writers
from xiezuo.store.database import Database
from xiezuo.store.documents import LOCAL, Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.records import StoredEvent, StoredJob
from xiezuo.writing.brief import Brief
from xiezuo.writing.plan import JobMode

INTERACTIVE, BATCH = 1, 10  # priorities; the smaller goes first
QUEUE = "writing"
POLL_SECONDS = 0.25
_VERSION = "1"  # of the workflow's steps: a newer one does not take over jobs of an older one
_T = TypeVar("_T")


class JobQueue:
    """An async context manager: inside, queued jobs are worked on, those of an earlier run first.

    Example:
        ```python
        urls = settings.database_url, settings.jobs_url
        async with Studio(settings) as studio, JobQueue(studio, *urls) as queue:
            job = await queue.submit(Brief(task="Explain how tea is made."))
            async for event in queue.follow(job):
                print(event.data["event"])
        ```

    Args:
        writers: plans and writes: a `Studio`.
        database_url, jobs_url: where documents, and DBOS's own tables, are kept.
        parallel: jobs at a time.

    Raises (on entering):
        StoreError: the database cannot be used.
    """

    running: "JobQueue | None" = None

    def __init__(
        self, writers: Writers, database_url: str, jobs_url: str, *, parallel: int = 1
    ) -> None:
        self._jobs_url = jobs_url
        self._parallel = parallel
        self._database = Database(database_url)
        self.documents = Documents(self._database)
        self.jobs = Jobs(self._database)
        self._stages = Stages(writers, self.documents, self.jobs)
        self._loop: asyncio.AbstractEventLoop
        self._closing = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        JobQueue.running = self
        await asyncio.to_thread(self._launch)
        return self

    def _launch(self) -> None:
        for name in ("dbos", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        DBOS(
            config={
                "name": "xiezuo",
                "system_database_url": self._jobs_url,
                "application_version": _VERSION,
                "log_level": "ERROR",
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": POLL_SECONDS,
            }
        )
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=self._parallel,
            polling_interval_sec=POLL_SECONDS,
            on_conflict="always_update",
        )
        # A crash may have come between making a job and queueing it. Queueing twice does nothing.
        for job in self.jobs.open():
            _enqueue(job.id, job.run, job.priority)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = True
        await asyncio.to_thread(DBOS.destroy)
        JobQueue.running = None
        self._database.close()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do `work` in the event loop of the studio, and wait for it in this thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    @property
    def closing(self) -> bool:
        return self._closing

    @property
    def database(self) -> Database:
        return self._database

    @property
    def stages(self) -> Stages:
        return self._stages

    async def submit(
        self, brief: Brief, *, mode: JobMode = "careful", seed: int | None = None,
        priority: int = INTERACTIVE, output: str | None = None, key: str | None = None,
        owner: str = LOCAL,
    ) -> str:  # fmt: skip
        """Queue a new document; gives the job's id.

        With a `key` the same call, made again, finds the same job instead of making another.
        """
        job_id = hashlib.sha256(key.encode()).hexdigest()[:32] if key else uuid.uuid4().hex
        if not await asyncio.to_thread(self.documents.exists, job_id):
            seed = secrets.randbelow(2**31) if seed is None else seed
            create = self.documents.create
            await asyncio.to_thread(create, brief, mode, seed, job_id, owner)
        return await self.start(job_id, priority=priority, output=output)

    async def start(
        self, document_id: str, *, priority: int = INTERACTIVE, output: str | None = None
    ) -> str:
        """Queue the writing of a document that is there; gives the job's id, which is its own.

        A document has one job: one that is there is left as it is; `resume` starts it again.
        """
        job = await asyncio.to_thread(self.jobs.exact, document_id)
        if job is None:
            await asyncio.to_thread(self.jobs.create, document_id, document_id, priority, output)
            job = await asyncio.to_thread(self.jobs.load, document_id)
        if not job.over:
            await asyncio.to_thread(_enqueue, job.id, job.run, job.priority)
        return job.id

    async def resume(self, job_id: str) -> None:
        """Let a job that was paused, cancelled or has failed go on.

        Raises:
            UnknownJobError
        """
        job = await asyncio.to_thread(self.jobs.load, job_id)
        run = await asyncio.to_thread(self.jobs.next_run, job.id)
        await asyncio.to_thread(_enqueue, job.id, run, job.priority)

    async def retry(self, job_id: str, section: int) -> None:
        """Have section `section` (from 0) written again; its text stays among the revisions.

        Raises:
            UnknownJobError, UnknownDocumentError
        """
        job = await asyncio.to_thread(self.jobs.load, job_id)
        await asyncio.to_thread(self.documents.reset, job.document_id, section)
        if job.state not in {"queued", "running"}:
            await self.resume(job.id)

    async def follow(self, job_id: str, after: int = 0) -> AsyncIterator[StoredEvent]:
        """The events of a job's document after the id `after`, until the job stops.

        Raises:
            UnknownJobError, StoreError
        """
        while True:
            job: StoredJob = await asyncio.to_thread(self.jobs.load, job_id)
            found = await asyncio.to_thread(self.documents.events, job.document_id, after)
            for event in found:
                yield event
                after = event.id
            if not found:
                if job.state not in {"queued", "running"}:
                    return
                await asyncio.sleep(POLL_SECONDS)


def _enqueue(job_id: str, run: int, priority: int) -> None:
    """Queue a run of a job; a run that is queued already is not queued twice."""
    with SetWorkflowID(f"{job_id}-{run}"), SetEnqueueOptions(priority=priority):
        DBOS.enqueue_workflow(QUEUE, _write_document, job_id)


@DBOS.workflow(name="write_document")
def _write_document(job_id: str) -> str:
    """One run of a job: outline, sections, export. Every step can be run again."""
    queue = _running()
    try:
        return _work(job_id)
    except XiezuoError as error:
        queue.run(queue.stages.fail(job_id, str(error)))
        return "failed"
    finally:
        # A fault of ours must not leave a job that seems to run; DBOS's own end is none.
        fault = sys.exc_info()[1]
        ours = fault is not None and not type(fault).__module__.startswith("dbos")
        if ours and not queue.closing:
            queue.run(queue.stages.fail(job_id, repr(fault)))


def _work(job_id: str) -> str:
    """The steps of a run; gives the state that the job is left in."""
    steps = DBOS.run_step({"name": "plan"}, _plan, job_id)
    for step in range(steps):
        state = DBOS.run_step({"name": f"section {step + 1}"}, _write_section, job_id, step)
        if state != "running":
            return state
        if step + 1 < steps and DBOS.run_step({"name": "urgency"}, _must_wait, job_id):
            run, priority = DBOS.run_step({"name": "next run"}, _next_run, job_id)
            _enqueue(job_id, run, priority)
            return "queued"
    DBOS.run_step({"name": "finish"}, _finish, job_id)
    return "done"


def _running() -> JobQueue:
    assert JobQueue.running is not None
    return JobQueue.running


def _plan(job_id: str) -> int:
    return _running().run(_running().stages.plan(job_id))


def _write_section(job_id: str, step: int) -> str:
    return _running().run(_running().stages.write(job_id, step))


def _must_wait(job_id: str) -> bool:
    return _running().run(_running().stages.must_wait(job_id))


def _next_run(job_id: str) -> tuple[int, int]:
    """A new run, behind a more urgent job, that will find what is written."""
    jobs = _running().jobs
    return jobs.next_run(job_id), jobs.load(job_id).priority


def _finish(job_id: str) -> None:
    _running().run(_running().stages.finish(job_id))
