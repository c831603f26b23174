"""Durable jobs: they run, stop, go on, give way, and never overwrite a person."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.support.jobs import brief, check_replay, edit, ended, queue, settings_for, slowly
from tests.support.postgres import postgres_server
from tests.support.scripted_text import endless, tokens
from tests.support.waiting import PATIENCE_SECONDS, until_async
from tests.support.writing import ROUTES
from xiezuo.engine.scripted import scripted
from xiezuo.errors import StoreError
from xiezuo.jobs import workflow
from xiezuo.jobs.queue import BATCH, INTERACTIVE, JobQueue
from xiezuo.jobs.retry import retrying_engine
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.jobs import Jobs
from xiezuo.store.records import StoredEvent
from xiezuo.writing.model.brief import Brief

pytestmark = pytest.mark.anyio


# What does not depend on the database, and takes seconds.
ONE_DATABASE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


async def followed(opened: JobQueue, job_id: str, after: int = 0) -> list[StoredEvent]:
    updates = [update async for update in opened.follow(job_id, after=after)]
    assert not updates[-1].job.active
    return [event for update in updates for event in update.events]


@pytest.mark.parametrize("mode", ["careful", "draft"])
async def test_a_job_writes_stores_and_exports(settings, mode: str, tmp_path: Path):
    async with scripted(endless(), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        job_id = await opened.submit(brief(), mode=mode, seed=1, output=str(tmp_path / "tea.md"))
        events = await followed(opened, job_id)
        job = opened.jobs.load(job_id)
        check_replay(opened, job)
        text = opened.documents.load(job_id).manuscript().text
    assert job.state == "done"
    assert (tmp_path / "tea.md").read_text("utf-8") == text
    assert [line for line in text.split("\n") if line.startswith("#")] == [
        "# Tea", "## Leaf", "## Cup", "## Pot",
    ]  # fmt: skip
    names = [event.data["event"] for event in events]
    assert names[0] == "plan_ready"
    assert names[-1] == "job_state"
    assert names.count("section_finished") == 3


async def test_events_can_be_followed_from_any_id(settings):
    async with scripted(endless(), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        job_id = await opened.submit(brief("Leaf"), seed=1)
        every = await followed(opened, job_id)
        for after in (0, 1, len(every) - 1, len(every)):
            assert await followed(opened, job_id, after) == every[after:]


async def test_several_jobs_are_followed_until_each_has_stopped(settings):
    async with scripted(endless(), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        ids = [await opened.submit(brief("Leaf"), seed=seed) for seed in (1, 2)]
        seen = {job_id: [] for job_id in ids}
        async for update in opened.follow(*ids):
            seen[update.job.id] += update.events
        assert {opened.jobs.load(job_id).state for job_id in ids} == {"done"}
        assert seen == {job_id: opened.documents.events(job_id) for job_id in ids}


async def test_a_paused_job_goes_on_where_it_stopped(settings):
    async with scripted(slowly(), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        job_id = await opened.submit(brief(), seed=1)
        await until_async(lambda: any(opened.documents.load(job_id).sections) and bool(
            opened.documents.load(job_id).sections[0].text))  # fmt: skip
        opened.jobs.want(job_id, "pause")
        assert (await ended(opened, job_id)).state == "paused"
        before = opened.documents.load(job_id).sections[0].text
        assert before
        await opened.resume(job_id)
        job = await ended(opened, job_id)
        assert job.state == "done"
        # Who stopped within a sentence beyond the length asked for does not finish it.
        whole = before[: before.rfind(".") + 1]
        assert opened.documents.load(job_id).sections[0].text.startswith(whole)
        check_replay(opened, job)


@ONE_DATABASE
async def test_text_is_stored_and_a_pause_obeyed_while_the_engine_is_silent(settings):
    silent = [*tokens("Tea is a drink that many people know. It is made of leaves."), 600.0]
    async with scripted(silent, routes=ROUTES) as engine, queue(settings(engine)) as opened:
        job_id = await opened.submit(brief(), seed=1)
        await until_async(
            lambda: any(
                section.text.endswith("of leaves.")
                for section in opened.documents.load(job_id).sections
            )
        )
        opened.jobs.want(job_id, "pause")
        await until_async(lambda: opened.jobs.load(job_id).state == "paused")
        check_replay(opened, opened.jobs.load(job_id))


@ONE_DATABASE
@pytest.mark.parametrize(("wanted", "state"), [("pause", "paused"), ("cancel", "cancelled")])
async def test_a_job_stops_while_its_outline_is_made(settings, wanted: str, state: str):
    async with scripted([600.0]) as engine, queue(settings(engine)) as opened:
        job_id = await opened.submit(Brief(task="Explain tea.", words=300), seed=1)
        await until_async(lambda: len(engine.requests) > 0)
        opened.jobs.want(job_id, wanted)
        await until_async(lambda: opened.jobs.load(job_id).state == state)
        assert opened.documents.load(job_id).plan is None


async def test_a_cancelled_job_keeps_its_text_and_may_be_resumed(settings):
    async with scripted(slowly(), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        job_id = await opened.submit(brief(), seed=1)
        await until_async(lambda: len(opened.documents.events(job_id)) > 3)
        opened.jobs.want(job_id, "cancel")
        job = await ended(opened, job_id)
        assert (job.state, job.over) == ("cancelled", True)
        assert opened.documents.load(job_id).sections[0].text
        check_replay(opened, job)
        await opened.resume(job_id)
        assert (await ended(opened, job_id)).state == "done"


@pytest.mark.parametrize(("position", "mode"), [(0, "careful"), (2, "careful"), (0, "draft")])
async def test_an_edit_while_it_is_written_stands(settings, position: int, mode: str):
    mine = "My own words, and nobody else's."
    async with scripted(slowly(), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        job_id = await opened.submit(brief(words=150), mode=mode, seed=1)
        await until_async(lambda: len(opened.documents.load(job_id).sections) > 0)
        await until_async(lambda: opened.documents.load(job_id).sections[0].text != "")
        await edit(opened, job_id, position, mine)
        job = await ended(opened, job_id)
        assert job.state == "done"
        sections = opened.documents.load(job_id).sections
        assert sections[position].text == mine
        assert all(len(section.text) > 20 for section in sections)
        check_replay(opened, job)


@ONE_DATABASE
async def test_a_section_is_written_again(settings):
    async with scripted(endless(), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        job_id = await opened.submit(brief(), seed=1)
        await ended(opened, job_id)
        before = [section.text for section in opened.documents.load(job_id).sections]
        await opened.retry(job_id, 1)
        job = await ended(opened, job_id)
        after = [section.text for section in opened.documents.load(job_id).sections]
        assert (before[0], before[2]) == (after[0], after[2])
        assert after[1] not in {before[1], ""}
        revisions = opened.documents.revisions(job_id, 1)
        assert before[1] in [revision.text for revision in revisions]
        written = [revision.provenance for revision in revisions if revision.reason == "written"]
        assert len({one.seed for one in written}) == 2  # or a model would write the same again
        assert {one.model for one in written} == {opened.stages.model_id}
        check_replay(opened, job)


async def test_an_interactive_job_overtakes_a_batch(settings):
    async with scripted(slowly(0.005), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        batch = [await opened.submit(brief(), seed=1, priority=BATCH) for _ in range(2)]
        await until_async(lambda: any(opened.jobs.load(one).state == "running" for one in batch))
        urgent = await opened.submit(brief("Leaf"), seed=1, priority=INTERACTIVE)
        await ended(opened, urgent)
        assert not any(opened.jobs.load(one).state == "done" for one in batch)
        for one in batch:
            job = await ended(opened, one)
            assert job.state == "done"
            check_replay(opened, job)


async def test_the_same_key_is_the_same_job(settings):
    async with scripted(endless(), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        first = await opened.submit(brief("Leaf"), seed=1, key="batch 1")
        again = await opened.submit(brief("Leaf"), seed=1, key="batch 1")
        assert first == again
        await ended(opened, first)
        assert await opened.submit(brief("Leaf"), seed=1, key="batch 1") == first
        assert len(opened.jobs.all()) == 1


async def test_a_job_that_was_made_but_not_queued_before_a_crash_is_written(settings):
    async with scripted(endless(), routes=ROUTES) as engine:
        made = settings(engine)
        database = Database(made.database_url)
        document = Documents(database).create(brief("Leaf"), "careful", 1)
        Jobs(database).create(document, document, INTERACTIVE, None)
        database.close()
        async with queue(made) as opened:
            assert (await ended(opened, document)).state == "done"


@ONE_DATABASE
async def test_a_fault_of_ours_is_a_failed_job_and_no_endless_one(
    settings, monkeypatch: pytest.MonkeyPatch
):
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("by us")

    async with scripted(endless(), routes=ROUTES) as engine, queue(settings(engine)) as opened:
        with monkeypatch.context() as patched:
            patched.setattr(opened.stages, "write", broken)
            job_id = await opened.submit(brief("Leaf"), seed=1)
            job = await ended(opened, job_id)
        assert (job.state, job.problem) == ("failed", "ZeroDivisionError('by us')")
        await opened.resume(job_id)
        assert (await ended(opened, job_id)).state == "done"


@ONE_DATABASE
async def test_a_job_that_fails_says_why_and_goes_on_when_asked(settings):
    refusal = [{"status": 400, "error": {"message": "no such model"}}]
    async with (
        scripted(refusal, endless(), routes=ROUTES) as engine,
        queue(settings(engine)) as opened,
    ):
        job_id = await opened.submit(brief("Leaf"), seed=1)
        job = await ended(opened, job_id)
        assert job.state == "failed"
        assert "no such model" in job.problem
        await opened.resume(job_id)
        assert (await ended(opened, job_id)).state == "done"


async def test_jobs_of_an_earlier_run_go_on_by_themselves(settings):
    async with scripted(slowly(), routes=ROUTES) as engine:
        async with queue(settings(engine)) as opened:
            job_id = await opened.submit(brief(), seed=1)
            await until_async(lambda: len(opened.documents.events(job_id)) > 3)
        async with queue(settings(engine)) as opened:
            job = await ended(opened, job_id)
            assert job.state == "done"
            check_replay(opened, job)


async def test_a_job_waits_while_the_database_is_away(tmp_path: Path):
    sound, release = endless(), asyncio.Event()

    def held(body: dict[str, Any]) -> list[Any]:
        steps = sound(body)
        return [*steps[:10], release, *steps[10:]]

    with postgres_server() as server:
        async with scripted(held, routes=ROUTES) as engine:
            settings = settings_for(engine, tmp_path, server.url)
            async with queue(settings) as opened:
                job_id = await opened.submit(brief(), seed=1)
                await until_async(
                    lambda: any(part.text for part in opened.documents.load(job_id).sections)
                )
                await asyncio.to_thread(server.kill)  # in mid-section: the next text is in vain
                release.set()
                await until_async(lambda: job_id in opened.jobs._troubles)
                await asyncio.to_thread(server.start)
                job = await ended(opened, job_id)
                check_replay(opened, job)
                events = opened.documents.events(job_id, most=10_000)
        assert (job.state, job.problem) == ("done", "")
        assert [event.data["state"] for event in events if event.data["event"] == "job_state"] == [
            "done"
        ]


async def test_whose_a_run_is_cannot_be_told_while_the_database_is_away(tmp_path: Path):
    release = asyncio.Event()
    with postgres_server() as server:
        async with scripted([release, "Steam."], routes=ROUTES) as engine:
            async with queue(settings_for(engine, tmp_path, server.url)) as opened:
                job_id = await opened.submit(brief(), seed=1)
                await until_async(lambda: opened.jobs.load(job_id).state == "running")
                job = opened.jobs.load(job_id)
                workflow.current_run.set(f"{job_id}-{job.run}")
                assert await asyncio.to_thread(opened._is_ours, job)
                await asyncio.to_thread(server.kill)
                try:
                    with pytest.raises(StoreError):  # DBOS alone would wait for the database
                        asked = asyncio.to_thread(opened._is_ours, job)
                        await asyncio.wait_for(asked, PATIENCE_SECONDS)
                finally:
                    await asyncio.to_thread(server.start)
                    release.set()
                assert await asyncio.to_thread(opened._is_ours, job)


async def test_dbos_is_told_of_a_lost_connection_when_none_can_be_made():
    with postgres_server() as server:
        engine = retrying_engine(server.url)
        assert engine is not None
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        await asyncio.to_thread(server.kill)
        with pytest.raises(OperationalError) as caught:
            engine.connect()
        engine.dispose()
    assert caught.value.connection_invalidated  # what DBOS waits for
