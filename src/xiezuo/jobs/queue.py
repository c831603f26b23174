"""Jobs as durable workflows: DBOS starts them in order of priority, and again after any crash.

DBOS runs workflows in threads of its own and keeps one instance a process. Its steps hand the work
to the event loop that the engine's client lives in, and wait. Several processes may share a
database: each takes jobs from the one queue, and the jobs of one that dies go on in another.
"""

import asyncio
import hashlib
import logging
import secrets
import sys
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from xiezuo.errors import StoreDamagedError, StoreError, XiezuoError
from xiezuo.jobs.liveness import FailureDetector, LivenessIntervals, WorkerLock
from xiezuo.jobs.retry import AWAY_SECONDS, retry_while_away, retrying_engine
from xiezuo.jobs.stages import LostJobError, Stages, Writers
from xiezuo.store import sqlite_file
from xiezuo.store.database import BUSY_SECONDS, Database, as_store_error
from xiezuo.store.documents.documents import LOCAL, Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.records import StoredEvent, StoredJob
from xiezuo.store.workers import Workers
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import JobMode

INTERACTIVE, BATCH = 1, 10  # priorities; the smaller goes first
QUEUE = "writing"
POLL_SECONDS = 0.25
QUEUE_POLL_SECONDS = 0.5  # each look takes 10 ms of the processor, also while nothing is to be done
_VERSION = "1"  # of the workflow's steps: a newer one does not take over jobs of an older one
_FORMER_WORKER = "local"  # every process of xiezuo 0.1 and earlier
_ENDED = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
_T = TypeVar("_T")
_log = logging.getLogger(__name__)
current_job: ContextVar[str | None] = ContextVar("current_job", default=None)
_current_run: ContextVar[str] = ContextVar("current_run", default="")  # DBOS's id of it


class JobUpdate(NamedTuple):
    """A job as it is now, and what happened to its document since the update before."""

    job: StoredJob
    events: list[StoredEvent]


class JobQueue:
    """An async context manager: inside, queued jobs are worked on, those of an earlier run first.

    Example:
        ```python
        urls = settings.database_url, settings.jobs_url
        async with Studio(settings) as studio, JobQueue(studio, *urls) as queue:
            job = await queue.submit(Brief(task="Explain how tea is made."))
            async for update in queue.follow(job):
                for event in update.events:
                    print(event.data["event"])
        ```

    Args:
        writers: plans and writes: a `Studio`.
        database_url, jobs_url: where documents, and DBOS's own tables, are kept.
        parallel: jobs at a time in this process.
        home: a folder of this machine's own, to know one's former self by after a crash; without
            it the jobs of a killed process wait `intervals.dead` seconds until they go on.
        intervals: of heartbeats, and when another process counts as dead.

    Raises (on entering):
        StoreError: the database cannot be used.
    """

    running: "JobQueue | None" = None

    def __init__(
        self,
        writers: Writers,
        database_url: str,
        jobs_url: str,
        *,
        parallel: int = 1,
        home: Path | None = None,
        intervals: LivenessIntervals | None = None,
    ) -> None:
        self.jobs_url = jobs_url
        self._jobs_engine = retrying_engine(jobs_url)
        self._parallel = parallel
        self._database = Database(database_url)
        self._home = WorkerLock(home) if home else None
        self._worker = uuid.uuid4().hex
        self.documents = Documents(self._database)
        self.jobs = Jobs(self._database)
        self._stages = Stages(writers, self.documents, self.jobs, self._is_ours)
        home_id = self._home.id if self._home else self._worker
        self._watch = FailureDetector(
            Workers(self._database),
            self._worker,
            home_id,
            self._take_over,
            intervals or LivenessIntervals(),
        )
        self._loop: asyncio.AbstractEventLoop
        self._closing = False
        self._working: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        JobQueue.running = self
        try:
            await asyncio.to_thread(self._launch)
        except DBAPIError as error:
            await self.__aexit__(None, None, None)
            raise as_store_error(error, self.jobs_url) from error
        return self

    def _launch(self) -> None:
        for name in ("dbos", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self._check_jobs_file()
        DBOS(
            config={
                "name": "xiezuo",
                "system_database_url": self.jobs_url,
                "system_database_engine": self._jobs_engine,
                "application_version": _VERSION,
                "executor_id": self._worker,
                "log_level": "ERROR",
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": QUEUE_POLL_SECONDS,
            }
        )
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=self._parallel,
            polling_interval_sec=QUEUE_POLL_SECONDS,
            on_conflict="always_update",
        )
        self._watch.start()
        self._take_over([_FORMER_WORKER])

    def _take_over(self, dead: list[str]) -> None:
        """Queue what dead workers were at; a run that somebody else has taken is left alone.

        It is what DBOS's own administration server calls; it has no public name.
        """
        DBOS._recover_pending_workflows(dead)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._queue_open_jobs()

    def _queue_open_jobs(self) -> None:
        """A crash may have come between making a job and queueing it; twice does no harm.

        Nor may a job stay open whose run has ended without it.
        """
        for job in self.jobs.open():
            status = DBOS.get_workflow_status(f"{job.id}-{job.run}")
            ended = status is not None and status.status in _ENDED
            _enqueue(job.id, self.jobs.next_run(job.id) if ended else job.run, job.priority)

    def _check_jobs_file(self) -> None:
        """Set DBOS's file aside if it is damaged: which jobs are open, our own database knows."""
        url = make_url(self.jobs_url)
        if url.get_backend_name() == "sqlite" and url.database:
            try:
                sqlite_file.schema_of(Path(url.database), BUSY_SECONDS)
            except StoreDamagedError as error:
                _log.warning("%s", error.message)
            except StoreError:
                return  # a crash may have left it half written; DBOS opens it and rolls back

    def _is_ours(self, job: StoredJob) -> bool:
        """Whether the run at hand is the job's newest one, and this process is to do it."""
        if self._closing:
            return (
                True  # DBOS is gone already; what is cancelled now begins again at the next start
            )
        run = _current_run.get()
        status = DBOS.get_workflow_status(run)
        assert status is not None
        taken = status.status == "PENDING" and status.executor_id == self._worker
        return taken and run == f"{job.id}-{job.run}"

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # DBOS goes first: it must not note as failed what is stopped here, but begin it again.
        self._closing = True
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        await asyncio.to_thread(DBOS.destroy)
        working = list(self._working)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await asyncio.to_thread(self._watch.stop)
        JobQueue.running = None
        self._database.close()
        if self._jobs_engine:
            self._jobs_engine.dispose()
        if self._home:
            self._home.leave()

    def run(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Do `work` in the event loop of the studio, and wait for it in this thread.

        While the store cannot be used it is tried again: what cannot be stored is not written.
        """
        patient = self._tracked(retry_while_away(work, self.tell))
        return asyncio.run_coroutine_threadsafe(patient, self._loop).result()

    def tell(self, trouble: StoreError | None) -> None:
        """Let who reads the job at hand know why it does not go on."""
        if (job_id := current_job.get()) is not None:
            self.jobs.set_trouble(job_id, str(trouble) if trouble else None)

    async def _tracked(self, work: Coroutine[Any, Any, _T]) -> _T:
        task = asyncio.current_task()
        assert task is not None
        self._working.add(task)
        try:
            return await work
        finally:
            self._working.discard(task)

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
        await asyncio.to_thread(self.jobs.want, job.id, "run")
        run = await asyncio.to_thread(self.jobs.next_run, job.id)
        await asyncio.to_thread(_enqueue, job.id, run, job.priority)

    async def retry(self, job_id: str, section: int) -> None:
        """Have section `section` (from 0) written again; its text stays among the revisions.

        Raises:
            UnknownJobError, UnknownDocumentError
        """
        job = await asyncio.to_thread(self.jobs.load, job_id)
        await asyncio.to_thread(self.documents.reset, job.document_id, section)
        if not job.active:
            await self.resume(job.id)

    async def follow(
        self, *job_ids: str, after: int = 0, interval: float = POLL_SECONDS
    ) -> AsyncGenerator[JobUpdate]:
        """Follow jobs until all have stopped, looking again after each `interval` in seconds.

        Each look yields an update of every job that has not stopped; it may have no new events.
        The first events are those after the id `after`.

        Raises:
            UnknownJobError, StoreError
        """
        last_events = dict.fromkeys(job_ids, after)
        while last_events:
            idle = True
            for job_id, last_event in list(last_events.items()):
                job = await asyncio.to_thread(self.jobs.load, job_id)
                events = await asyncio.to_thread(self.documents.events, job.document_id, last_event)
                yield JobUpdate(job, events)
                if events:
                    idle, last_events[job_id] = False, events[-1].id
                elif not job.active:
                    del last_events[job_id]
            if idle and last_events:
                await asyncio.sleep(interval)


def _enqueue(job_id: str, run: int, priority: int) -> None:
    """Queue a run of a job; a run that is queued already is not queued twice."""
    with SetWorkflowID(f"{job_id}-{run}"), SetEnqueueOptions(priority=priority):
        DBOS.enqueue_workflow(QUEUE, _write_document, job_id)


@DBOS.workflow(name="write_document", max_recovery_attempts=None)
def _write_document(job_id: str) -> str:
    """One run of a job: outline, sections, export. Every step can be run again."""
    queue = _running()
    current_job.set(job_id)
    _current_run.set(DBOS.workflow_id or "")
    try:
        state = _work(job_id)
    except LostJobError:
        return "lost"
    except DBAPIError as error:
        return _begin_again(queue, job_id, error)
    except XiezuoError as error:
        _log.warning("the job failed: %s", error)
        _fail(queue, job_id, str(error))
        return "failed"
    else:
        _log.info("the job is %s", state)
        return state
    finally:
        # A fault of ours must not leave a job that seems to run; DBOS's own end is none.
        fault = sys.exc_info()[1]
        ours = fault is not None and not type(fault).__module__.startswith("dbos")
        if ours and not queue.closing:
            _log.error("the job met a fault of ours", exc_info=fault)
            _fail(queue, job_id, repr(fault))


def _begin_again(queue: JobQueue, job_id: str, error: DBAPIError) -> str:
    """DBOS could not note what this run did: another one goes on from what is stored.

    This one must not end before there is space for its end. A note that is missing in the middle of
    a run would confuse DBOS, so the run cannot go on itself.
    """
    trouble = as_store_error(error, queue.jobs_url)
    _log.warning("the job waits: %s", trouble.message)
    run, priority = queue.run(lambda: queue.stages.next_run(job_id))
    queue.tell(trouble)
    try:
        while True:
            try:
                _enqueue(job_id, run, priority)
            except DBAPIError:
                queue.run(lambda: asyncio.sleep(AWAY_SECONDS))
            else:
                return "queued"
    finally:
        queue.tell(None)


def _fail(queue: JobQueue, job_id: str, problem: str) -> None:
    queue.run(lambda: queue.stages.fail(job_id, problem))


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
    return _running().run(lambda: _running().stages.plan(job_id))


def _write_section(job_id: str, step: int) -> str:
    return _running().run(lambda: _running().stages.write(job_id, step))


def _must_wait(job_id: str) -> bool:
    return _running().run(lambda: _running().stages.must_wait(job_id))


def _next_run(job_id: str) -> tuple[int, int]:
    """A new run, behind a more urgent job, that will find what is written."""
    return _running().run(lambda: _running().stages.next_run(job_id))


def _finish(job_id: str) -> None:
    _running().run(lambda: _running().stages.finish(job_id))
