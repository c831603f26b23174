"""The job queue: DBOS starts jobs in order of priority, and again after any crash.

DBOS runs workflows in its own threads and has one instance per process. The steps of a workflow
hand their work to the event loop of the engine's client, and wait. Several processes may share a
database: each takes jobs from the one queue, and the jobs of a dead process go on in another.
"""

import asyncio
import hashlib
import logging
import secrets
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from dbos import DBOS, DBOSClient
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from xiezuo.errors import StoreDamagedError, StoreError
from xiezuo.jobs import workflow
from xiezuo.jobs.liveness import FailureDetector, LivenessIntervals, WorkerLock
from xiezuo.jobs.retry import retry_while_away, retrying_engine
from xiezuo.jobs.stages import Stages, Writers
from xiezuo.store import sqlite_file
from xiezuo.store.database import BUSY_SECONDS, Database, as_store_error
from xiezuo.store.documents.documents import LOCAL, Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.records import StoredEvent, StoredJob
from xiezuo.store.workers import Workers
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import JobMode

INTERACTIVE, BATCH = 1, 10  # priorities; the smaller goes first
POLL_SECONDS = 0.25
QUEUE_POLL_SECONDS = 0.5  # each poll takes 10 ms of CPU time, also on an empty queue
_FORMER_WORKER = "local"  # the executor id of every process of xiezuo 0.1 and earlier
_ENDED = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


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
        writers: plans and writes; a `Studio`.
        database_url, jobs_url: of the database of documents, and of DBOS's own tables.
        parallel: the number of jobs that run at the same time in this process.
        home: a local folder, by which a process recognizes its predecessor after a crash; without
            it the jobs of a killed process wait `intervals.dead` seconds until they go on.
        intervals: between heartbeats, and until another process counts as dead.

    Raises (on entering):
        StoreError: the database cannot be used.
    """

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
        # `DBOS` itself would wait for a lost database without an end, and tell nobody.
        self._runs = DBOSClient(
            system_database_url=jobs_url,
            system_database_engine=self._jobs_engine,
            lazy=True,
            retry_connection_errors=False,
        )
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
        workflow.attach(self)
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
                "application_version": workflow.VERSION,
                "executor_id": self._worker,
                "log_level": "ERROR",
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": QUEUE_POLL_SECONDS,
            }
        )
        DBOS.launch()
        DBOS.register_queue(
            workflow.QUEUE,
            worker_concurrency=self._parallel,
            polling_interval_sec=QUEUE_POLL_SECONDS,
            on_conflict="always_update",
        )
        self._watch.start()
        self._take_over([_FORMER_WORKER])

    def _take_over(self, dead: list[str]) -> None:
        """Queue the jobs of dead workers; a run that another worker has taken stays there.

        DBOS's administration server calls the same function, which has no public name.
        """
        DBOS._recover_pending_workflows(dead)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._queue_open_jobs()

    def _queue_open_jobs(self) -> None:
        """Queue every open job whose run is missing or has ended; queueing twice does no harm.

        A run is missing after a crash between the creation of a job and its queueing.
        """
        for job in self.jobs.open():
            status = DBOS.get_workflow_status(f"{job.id}-{job.run}")
            ended = status is not None and status.status in _ENDED
            workflow.enqueue(job.id, self.jobs.next_run(job.id) if ended else job.run, job.priority)

    def _check_jobs_file(self) -> None:
        """Set DBOS's file aside if it is damaged; our own database has the open jobs."""
        url = make_url(self.jobs_url)
        if url.get_backend_name() == "sqlite" and url.database:
            try:
                sqlite_file.schema_of(Path(url.database), BUSY_SECONDS)
            except StoreDamagedError as error:
                _log.warning("%s", error.message)
            except StoreError:
                return  # after a crash in mid-transaction DBOS opens the file and rolls back

    def _is_ours(self, job: StoredJob) -> bool:
        """Whether the current run is the newest of the job and belongs to this process.

        Raises:
            StoreError: the database is away.
        """
        if self._closing:
            return True  # DBOS has ended; runs cancelled now begin again at the next start
        run = workflow.current_run.get()
        try:
            [status] = self._runs.list_workflows(
                workflow_ids=[run], load_input=False, load_output=False
            )
        except DBAPIError as error:
            raise as_store_error(error, self.jobs_url) from error
        taken = status.status == "PENDING" and status.executor_id == self._worker
        return taken and run == f"{job.id}-{job.run}"

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # DBOS ends first: else it would store the cancelled runs as failed and not repeat them.
        self._closing = True
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        await asyncio.to_thread(DBOS.destroy)
        working = list(self._working)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await asyncio.to_thread(self._watch.stop)
        workflow.detach()
        self._database.close()
        self._runs.destroy()
        if self._jobs_engine:
            self._jobs_engine.dispose()
        if self._home:
            self._home.leave()

    def run(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Run `work` in the event loop of the studio, and wait for it in this thread.

        It is tried again while the store is unavailable: nothing is written that cannot be stored.
        """
        patient = self._tracked(retry_while_away(work, self.tell))
        return asyncio.run_coroutine_threadsafe(patient, self._loop).result()

    def tell(self, trouble: StoreError | None) -> None:
        """Show the readers of the current job why it waits; None when it goes on."""
        if (job_id := workflow.current_job.get()) is not None:
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
        self,
        brief: Brief,
        *,
        mode: JobMode = "careful",
        seed: int | None = None,
        priority: int = INTERACTIVE,
        output: str | None = None,
        key: str | None = None,
        owner: str = LOCAL,
    ) -> str:
        """Queue a new document; returns the job's id.

        A repeated call with the same `key` returns the same job instead of making another.
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
        """Queue the writing of a stored document; returns the job's id, the same as its own.

        A document has one job. An existing job is left unchanged; `resume` starts it again.
        """
        job = await asyncio.to_thread(self.jobs.exact, document_id)
        if job is None:
            await asyncio.to_thread(self.jobs.create, document_id, document_id, priority, output)
            job = await asyncio.to_thread(self.jobs.load, document_id)
        if not job.over:
            await asyncio.to_thread(workflow.enqueue, job.id, job.run, job.priority)
        return job.id

    async def resume(self, job_id: str) -> None:
        """Let a paused, cancelled or failed job go on.

        Raises:
            UnknownJobError
        """
        job = await asyncio.to_thread(self.jobs.load, job_id)
        await asyncio.to_thread(self.jobs.want, job.id, "run")
        run = await asyncio.to_thread(self.jobs.next_run, job.id)
        await asyncio.to_thread(workflow.enqueue, job.id, run, job.priority)

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
