"""Deleting a document: refused while its job is open, with the step that helps."""

import pytest

from xiezuo.errors import UnfinishedJobError, UnknownDocumentError
from xiezuo.i18n import current_language
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.library import Library
from xiezuo.store.records import JOB_STATES, JobState


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_an_open_job_is_named_and_to_be_cancelled(
    library: Library, database: Database, document: str, state: JobState
):
    """A paused job too: pausing is never what helps here."""
    jobs = Jobs(database)
    jobs.create(document, document, 1, None)
    jobs.set_state(document, state)
    with pytest.raises(UnfinishedJobError) as caught:
        library.delete(document)
    for language, cancel, pause in (("en", "Cancel", "ause"), ("zh", "取消", "暂停")):
        token = current_language.set(language)
        assert JOB_STATES[state].in_language(language) in caught.value.message
        assert cancel in caught.value.advice
        assert pause not in caught.value.advice
        current_language.reset(token)
    jobs.set_state(document, "cancelled")
    library.delete(document)
    with pytest.raises(UnknownDocumentError):
        Documents(database).load(document)
    with pytest.raises(UnknownDocumentError):
        library.delete(document)
