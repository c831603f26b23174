"""Jobs: what is to be done with a document, and how far it is."""

import time
from typing import Any

from sqlalchemy import func, insert, select, update

from xiezuo.errors import UnknownJobError
from xiezuo.store.database import Database
from xiezuo.store.records import JobState, StoredJob, Wanted
from xiezuo.store.schema import documents, jobs


class Jobs:
    """The jobs of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, job_id: str, document_id: str, priority: int, output: str | None) -> None:
        now = time.time()
        row = {
            "id": job_id, "document_id": document_id, "state": "queued", "wanted": "run",
            "priority": priority, "run": 0, "problem": "", "output": output, "created": now,
            "updated": now,
        }  # fmt: skip
        with self._database.begin() as connection:
            connection.execute(insert(jobs).values(row))

    def load(self, job_id: str) -> StoredJob:
        """Raises UnknownJobError when it is not there."""
        found = self.find(job_id)
        if found is None:
            raise UnknownJobError(id=job_id)
        return found

    def exact(self, job_id: str) -> StoredJob | None:
        with self._database.begin() as connection:
            query = select(*_columns()).where(jobs.c.id == job_id)
            row = connection.execute(query).one_or_none()
        return StoredJob(*row) if row else None

    def find(self, job_id: str) -> StoredJob | None:
        """The job whose id is `job_id`, or the only one whose id begins so."""
        with self._database.begin() as connection:
            query = (
                select(*_columns()).where(jobs.c.id.startswith(job_id, autoescape=True)).limit(2)
            )
            rows = [StoredJob(*row) for row in connection.execute(query)]
        exact = [row for row in rows if row.id == job_id]
        return (exact or rows)[0] if exact or len(rows) == 1 else None

    def all(self) -> list[StoredJob]:
        """Every job, newest first."""
        with self._database.begin() as connection:
            query = select(*_columns()).order_by(jobs.c.created.desc())
            return [StoredJob(*row) for row in connection.execute(query)]

    def open(self) -> list[StoredJob]:
        """Jobs that are to be worked on or are, oldest first."""
        query = (
            select(*_columns())
            .where(jobs.c.state.in_(("queued", "running")))
            .order_by(jobs.c.created)
        )
        with self._database.begin() as connection:
            return [StoredJob(*row) for row in connection.execute(query)]

    def of_owner(self, owner: str) -> list[StoredJob]:
        """The jobs of the documents of `owner`, newest first."""
        query = (
            select(*_columns())
            .join(documents, documents.c.id == jobs.c.document_id)
            .where(documents.c.owner == owner)
            .order_by(jobs.c.created.desc())
        )
        with self._database.begin() as connection:
            return [StoredJob(*row) for row in connection.execute(query)]

    def counts(self) -> dict[str, int]:
        """How many jobs there are in each state."""
        query = select(jobs.c.state, func.count()).group_by(jobs.c.state)
        with self._database.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def set_state(self, job_id: str, state: JobState, problem: str = "") -> None:
        self._set(job_id, state=state, problem=problem)

    def want(self, job_id: str, wanted: Wanted) -> None:
        """Ask a running job to stop, or a stopped one to be allowed to run."""
        self._set(job_id, wanted=wanted)

    def next_run(self, job_id: str) -> int:
        """The number of a new start."""
        run = self.load(job_id).run + 1
        self._set(job_id, run=run, state="queued", wanted="run")
        return run

    def more_urgent(self, priority: int) -> bool:
        """Whether a job with a smaller number than `priority` waits."""
        query = (
            select(jobs.c.id).where(jobs.c.state == "queued", jobs.c.priority < priority).limit(1)
        )
        with self._database.begin() as connection:
            return connection.scalar(query) is not None

    def _set(self, job_id: str, **values: Any) -> None:  # noqa: ANN401 - columns
        values["updated"] = time.time()
        with self._database.begin() as connection:
            connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))


def _columns() -> list[Any]:
    return [jobs.c[name] for name in StoredJob.__slots__]
