"""The trash gives documents back; a document with an unfinished job is never deleted."""

import time

import pytest

from xiezuo.errors import UnfinishedJobError, UnknownDocumentError
from xiezuo.i18n import current_language
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.library import Library
from xiezuo.store.records import JOB_STATES, JobState


def test_the_trash_gives_back_until_it_is_purged(
    library: Library, database: Database, document: str, owner: str
):
    library.trash.put(document)
    assert library.summaries.of_owner(owner) == []
    assert [summary.id for summary in library.summaries.of_owner(owner, deleted=True)] == [document]
    assert library.trash.purge(owner=owner) == 0  # it has not been there for thirty days
    library.trash.restore(document)
    assert [summary.id for summary in library.summaries.of_owner(owner)] == [document]
    library.trash.put(document)
    Jobs(database).create(f"job{document[:8]}", document, 1, None)
    assert library.trash.purge(owner=owner, before=time.time()) == 0  # a job is open
    Jobs(database).set_state(f"job{document[:8]}", "done")
    assert library.trash.purge(owner=owner, before=time.time()) == 1
    with pytest.raises(UnknownDocumentError):
        Documents(database).load(document)
    with pytest.raises(UnknownDocumentError):
        library.trash.put(document)


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_an_open_job_is_named_and_to_be_cancelled(
    library: Library, database: Database, document: str, state: JobState
):
    """A paused job too: pausing is never what helps here."""
    jobs = Jobs(database)
    jobs.create(document, document, 1, None)
    jobs.set_state(document, state)
    with pytest.raises(UnfinishedJobError) as caught:
        library.trash.delete(document)
    for language, cancel, pause in (("en", "Cancel", "ause"), ("zh", "取消", "暂停")):
        token = current_language.set(language)
        assert JOB_STATES[state].in_language(language) in caught.value.message
        assert cancel in caught.value.advice
        assert pause not in caught.value.advice
        current_language.reset(token)
    jobs.set_state(document, "cancelled")
    library.trash.delete(document)
    with pytest.raises(UnknownDocumentError):
        Documents(database).load(document)
    with pytest.raises(UnknownDocumentError):
        library.trash.delete(document)
