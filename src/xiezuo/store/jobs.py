"""Jobs: the writing of documents, with state and priority."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from xiezuo.errors import UnknownJobError
from xiezuo.store.database import Database
from xiezuo.store.records import ACTIVE, JobState, StoredJob, Wanted
from xiezuo.store.schema import documents, jobs


def _columns() -> list[Any]:
    return [jobs.c[name] for name in StoredJob.__slots__]


# Executed repeatedly by clients that wait for a job, so it is built once.
_WITH_OWNER = (
    select(documents.c.owner, *_columns())
    .join(documents, documents.c.id == jobs.c.document_id)
    .where(jobs.c.id == bindparam("id"))
)


class Jobs:
    """The jobs of one database.

    While nothing can be stored, the `problem` of a waiting job says why; it is held in memory.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._troubles: dict[str, str] = {}

    def create(self, job_id: str, document_id: str, priority: int, output: str | None) -> None:
        now = time.time()
        row = {
            "id": job_id,
            "document_id": document_id,
            "state": "queued",
            "wanted": "run",
            "priority": priority,
            "run": 0,
            "problem": "",
            "output": output,
            "created": now,
            "updated": now,
        }
        with self._database.begin() as connection:
            connection.execute(insert(jobs).values(row))

    def load(self, job_id: str) -> StoredJob:
        """Raises UnknownJobError when it is not there."""
        job = self.exact(job_id) or self.find(job_id)
        if job is None:
            raise UnknownJobError(id=job_id)
        return job

    def exact(self, job_id: str) -> StoredJob | None:
        with self._database.read() as connection:
            query = select(*_columns()).where(jobs.c.id == job_id)
            row = connection.execute(query).one_or_none()
        return self._job(row) if row else None

    def with_owner(self, job_id: str) -> tuple[StoredJob, str]:
        """The job, and the owner of its document. Raises UnknownJobError."""
        with self._database.lookup() as connection:
            row = connection.execute(_WITH_OWNER, {"id": job_id}).one_or_none()
        if row is None:
            raise UnknownJobError(id=job_id)
        return self._job(row[1:]), row[0]

    def find(self, job_id: str) -> StoredJob | None:
        """The job with this id, or the only one whose id begins with it."""
        with self._database.read() as connection:
            query = (
                select(*_columns()).where(jobs.c.id.startswith(job_id, autoescape=True)).limit(2)
            )
            matches = [self._job(row) for row in connection.execute(query)]
        exact = [job for job in matches if job.id == job_id]
        return (exact or matches)[0] if exact or len(matches) == 1 else None

    def all(self) -> list[StoredJob]:
        """Every job, newest first."""
        with self._database.read() as connection:
            query = select(*_columns()).order_by(jobs.c.created.desc())
            return [self._job(row) for row in connection.execute(query)]

    def open(self) -> list[StoredJob]:
        """Queued and running jobs, oldest first."""
        query = select(*_columns()).where(jobs.c.state.in_(ACTIVE)).order_by(jobs.c.created)
        with self._database.read() as connection:
            return [self._job(row) for row in connection.execute(query)]

    def of_owner(self, owner: str, most: int = 500) -> list[StoredJob]:
        """The jobs of the documents of `owner`, newest first."""
        query = (
            select(*_columns())
            .join(documents, documents.c.id == jobs.c.document_id)
            .where(documents.c.owner == owner)
            .order_by(jobs.c.created.desc())
            .limit(most)
        )
        with self._database.read() as connection:
            return [self._job(row) for row in connection.execute(query)]

    def counts(self) -> dict[str, int]:
        """How many jobs there are in each state."""
        query = select(jobs.c.state, func.count()).group_by(jobs.c.state)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def set_state(self, job_id: str, state: JobState, problem: str = "") -> None:
        self._set(job_id, state=state, problem=problem)

    def want(self, job_id: str, wanted: Wanted) -> None:
        """Ask a running job to stop, or a stopped one to be allowed to run."""
        self._set(job_id, wanted=wanted)

    def next_run(self, job_id: str) -> int:
        """Queue the job again; returns the number of its new run. `wanted` stays."""
        run = self.load(job_id).run + 1
        self._set(job_id, run=run, state="queued")
        return run

    def set_trouble(self, job_id: str, problem: str | None) -> None:
        """Note why the job waits for the database; None when it goes on."""
        if problem is None:
            self._troubles.pop(job_id, None)
        else:
            self._troubles[job_id] = problem

    def _job(self, row: Sequence[Any]) -> StoredJob:
        job = StoredJob(*row)
        trouble = self._troubles.get(job.id)
        return job if trouble is None else replace(job, problem=trouble)

    def more_urgent(self, priority: int) -> bool:
        """Whether a job with a smaller number than `priority` is queued."""
        query = (
            select(jobs.c.id).where(jobs.c.state == "queued", jobs.c.priority < priority).limit(1)
        )
        with self._database.read() as connection:
            return connection.scalar(query) is not None

    def _set(self, job_id: str, **values: Any) -> None:  # noqa: ANN401 - columns
        values["updated"] = time.time()
        with self._database.begin() as connection:
            connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))
