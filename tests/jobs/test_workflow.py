"""The names under which DBOS stores a job: a job of an earlier version goes on only under these."""

import asyncio

import pytest
from dbos import DBOS

from tests.support.jobs import brief, ended, queue
from tests.support.scripted_text import endless
from tests.support.writing import ROUTES
from xiezuo.engine.scripted import scripted

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_stored_names_are_those_of_earlier_versions(settings):
    async with scripted(endless(), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        job_id = await opened.submit(brief("Leaf", "Cup"), seed=1)
        job = await ended(opened, job_id)
        run = await asyncio.to_thread(DBOS.retrieve_workflow, f"{job.id}-{job.run}")
        assert await asyncio.to_thread(run.get_result) == "done"
        status = await asyncio.to_thread(run.get_status)
        steps = await asyncio.to_thread(DBOS.list_workflow_steps, run.workflow_id)
    stored = status.name, status.queue_name, status.app_version
    assert stored == ("write_document", "writing", "1")
    names = [step["function_name"] for step in steps]
    assert names == ["plan", "section 1", "urgency", "section 2", "finish"]
