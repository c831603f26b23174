"""The durable workflow of a job, as DBOS runs it: outline, sections, export.

DBOS stores the result of every step under the names given here, and starts a workflow again after
a crash: `write_document`, the queue's name and the names of steps must stay, so that jobs of an
earlier version go on. Steps run in threads of DBOS and hand their work to the `JobQueue` of this
process.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.exc import DBAPIError

from xiezuo.errors import StoreError, XiezuoError
from xiezuo.jobs.retry import AWAY_SECONDS
from xiezuo.jobs.stages import LostJobError, Stages
from xiezuo.store.database import as_store_error

QUEUE = "writing"
VERSION = "1"  # of the steps: a process does not take over jobs of another version
_T = TypeVar("_T")
_log = logging.getLogger(__name__)
current_job: ContextVar[str | None] = ContextVar("current_job", default=None)
current_run: ContextVar[str] = ContextVar("current_run", default="")  # DBOS's workflow id


class Host(Protocol):
    """What a workflow needs of its process: a `JobQueue`."""

    @property
    def jobs_url(self) -> str: ...

    @property
    def closing(self) -> bool: ...

    @property
    def stages(self) -> Stages: ...

    def run(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T: ...

    def tell(self, trouble: StoreError | None) -> None: ...


_hosts: list[Host] = []  # at most one: DBOS has one instance per process


def attach(host: Host) -> None:
    """Let the workflows of this process run on `host`."""
    _hosts[:] = [host]


def detach() -> None:
    """End the use of the host; no workflow may run any more."""
    _hosts.clear()


def enqueue(job_id: str, run: int, priority: int) -> None:
    """Queue a run of a job; a run that is queued already is not queued twice."""
    with SetWorkflowID(f"{job_id}-{run}"), SetEnqueueOptions(priority=priority):
        DBOS.enqueue_workflow(QUEUE, write_document, job_id)


@DBOS.workflow(name="write_document", max_recovery_attempts=None)
def write_document(job_id: str) -> str:
    """One run of a job; returns the state it ends in. Every step can be run again."""
    (host,) = _hosts
    current_job.set(job_id)
    current_run.set(DBOS.workflow_id or "")
    try:
        state = _run_steps(job_id)
    except LostJobError:
        return "lost"
    except DBAPIError as error:
        return _queue_next_run(host, job_id, error)
    except XiezuoError as error:
        _log.warning("the job failed: %s", error)
        _fail(host, job_id, str(error))
        return "failed"
    else:
        _log.info("the job is %s", state)
        return state
    finally:
        # A bug of ours must not leave a job that seems to run. DBOS's own exceptions end no job.
        uncaught = sys.exc_info()[1]
        is_ours = uncaught is not None and not type(uncaught).__module__.startswith("dbos")
        if is_ours and not host.closing:
            _log.error("the job met a fault of ours", exc_info=uncaught)
            _fail(host, job_id, repr(uncaught))


def _queue_next_run(host: Host, job_id: str, error: DBAPIError) -> str:
    """DBOS could not store a step's result: queue another run, which goes on from our own store.

    The failed run cannot go on, as DBOS does not expect a gap between its step results. It must
    not end either before DBOS can store that it ended, so it waits for the database here.
    """
    trouble = as_store_error(error, host.jobs_url)
    _log.warning("the job waits: %s", trouble.message)
    run, priority = host.run(lambda: host.stages.next_run(job_id))
    host.tell(trouble)
    try:
        while True:
            try:
                enqueue(job_id, run, priority)
            except DBAPIError:
                host.run(lambda: asyncio.sleep(AWAY_SECONDS))
            else:
                return "queued"
    finally:
        host.tell(None)


def _fail(host: Host, job_id: str, problem: str) -> None:
    host.run(lambda: host.stages.fail(job_id, problem))


def _run_steps(job_id: str) -> str:
    """The steps of a run; returns the state that the job is left in."""
    steps = DBOS.run_step({"name": "plan"}, _make_outline, job_id)
    for step in range(steps):
        state = DBOS.run_step({"name": f"section {step + 1}"}, _write_section, job_id, step)
        if state != "running":
            return state
        if step + 1 < steps and DBOS.run_step({"name": "urgency"}, _must_wait, job_id):
            run, priority = DBOS.run_step({"name": "next run"}, _next_run, job_id)
            enqueue(job_id, run, priority)
            return "queued"
    DBOS.run_step({"name": "finish"}, _finish, job_id)
    return "done"


def _make_outline(job_id: str) -> int:
    """Make the outline if there is none; returns the number of steps that writing takes."""
    (host,) = _hosts
    return host.run(lambda: host.stages.plan(job_id))


def _write_section(job_id: str, step: int) -> str:
    """Write one section, or all in draft mode; returns the state of the job."""
    (host,) = _hosts
    return host.run(lambda: host.stages.write(job_id, step))


def _must_wait(job_id: str) -> bool:
    """Whether a more urgent job waits."""
    (host,) = _hosts
    return host.run(lambda: host.stages.must_wait(job_id))


def _next_run(job_id: str) -> tuple[int, int]:
    """Number and priority of a new run, which continues after the more urgent job."""
    (host,) = _hosts
    return host.run(lambda: host.stages.next_run(job_id))


def _finish(job_id: str) -> None:
    """Export the finished document."""
    (host,) = _hosts
    host.run(lambda: host.stages.finish(job_id))
