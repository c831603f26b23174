"""The trash: documents that can be restored until they are deleted for good."""

import time

from sqlalchemy import delete, select, update

from xiezuo.errors import UnfinishedJobError, UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.records import JOB_STATES, OVER
from xiezuo.store.schema import documents, jobs

KEPT_SECONDS = 30 * 24 * 3600  # in the trash
_HAS_NO_OPEN_JOB = documents.c.id.not_in(
    select(jobs.c.document_id).where(jobs.c.state.not_in(OVER))
)


class Trash:
    """The deleted documents of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, document_id: str) -> None:
        """Move a document into the trash; its text stays until it is purged.

        Raises:
            UnknownDocumentError
        """
        self._set_deleted(document_id, time.time())

    def restore(self, document_id: str) -> None:
        """Take a document out of the trash.

        Raises:
            UnknownDocumentError
        """
        self._set_deleted(document_id, None)

    def purge(self, *, owner: str | None = None, before: float | None = None) -> int:
        """Delete for good what was put into the trash before `before`; returns the count.

        Documents with an unfinished job stay. Without `before` it deletes what has been in the
        trash for `KEPT_SECONDS`, without `owner` the documents of everybody.
        """
        before = time.time() - KEPT_SECONDS if before is None else before
        removal = delete(documents).where(documents.c.deleted <= before, _HAS_NO_OPEN_JOB)
        if owner is not None:
            removal = removal.where(documents.c.owner == owner)
        with self._database.begin() as connection:
            return connection.execute(removal).rowcount

    def delete(self, document_id: str) -> None:
        """Delete a document for good, whether or not it is in the trash.

        Raises:
            UnknownDocumentError
            UnfinishedJobError: its job is queued, running or paused.
        """
        removal = delete(documents).where(documents.c.id == document_id, _HAS_NO_OPEN_JOB)
        with self._database.begin() as connection:
            if connection.execute(removal).rowcount == 0:
                of_document = jobs.c.document_id == document_id
                state = connection.scalar(select(jobs.c.state).where(of_document))
                if state is None:
                    raise UnknownDocumentError(id=document_id)
                raise UnfinishedJobError(state=JOB_STATES[state])

    def _set_deleted(self, document_id: str, deleted: float | None) -> None:
        change = update(documents).where(documents.c.id == document_id).values(deleted=deleted)
        with self._database.begin() as connection:
            if connection.execute(change).rowcount == 0:
                raise UnknownDocumentError(id=document_id)
