"""Jobs when nothing can be stored: they say so, wait, and go on; nothing acknowledged is lost."""

from pathlib import Path

import pysqlite3.dbapi2 as sqlite3
import pytest

from tests.support.disk import filled, small_disk
from tests.support.jobs import brief, check_replay, ended, queue, settings_for, slowly
from tests.support.scripted_text import endless
from tests.support.waiting import until_async
from tests.support.writing import ROUTES
from xiezuo.engine.scripted import scripted
from xiezuo.errors import StoreError
from xiezuo.jobs.queue import JobQueue
from xiezuo.store.records import StoredJob

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xiezuo.jobs.retry.AWAY_SECONDS", 0.3)
    monkeypatch.setattr("xiezuo.store.database.BUSY_SECONDS", 0.3)


async def writing(opened: JobQueue) -> str:
    """A job that has begun its second section, and a person's edit of its third."""
    job_id = await opened.submit(brief(words=100), seed=1)
    await until_async(lambda: len(opened.documents.load(job_id).sections) == 3)
    opened.documents.edit(job_id, 2, 0, "My own words, acknowledged.")
    await until_async(lambda: opened.documents.load(job_id).sections[1].text != "")
    return job_id


def waits(opened: JobQueue, job_id: str, problem: str) -> bool:
    job: StoredJob = opened.jobs.load(job_id)
    return problem in job.problem and job.state in {"running", "queued"}


async def check_end(opened: JobQueue, job_id: str, before: list[str]) -> None:
    job = await ended(opened, job_id)
    assert (job.state, job.problem) == ("done", "")
    texts = [section.text for section in opened.documents.load(job_id).sections]
    assert texts[0] == before[0]
    assert texts[1].startswith(before[1])
    assert texts[2] == "My own words, acknowledged."
    check_replay(opened, job)


async def test_a_full_disk_is_said_and_writing_goes_on_when_there_is_space(tmp_path: Path):
    with small_disk(12_000_000) as disk:
        async with (
            scripted(slowly(), routes=ROUTES) as engine,
            queue(settings_for(engine, disk)) as opened,
        ):
            job_id = await writing(opened)
            with filled(disk):
                await until_async(lambda: waits(opened, job_id, "full"))
                assert opened.jobs.of_owner("local")[0].problem == opened.jobs.load(job_id).problem
                sections = opened.documents.load(job_id).sections
                before = [section.text for section in sections]
                with pytest.raises(StoreError, match="full"):
                    opened.documents.edit(job_id, 2, sections[2].version, "x" * 200_000)
                assert before[1]
            await check_end(opened, job_id, before)


async def test_a_database_that_another_process_locks_holds_a_job_up_until_it_is_free(
    tmp_path: Path,
):
    async with (
        scripted(slowly(), routes=ROUTES) as engine,
        queue(settings_for(engine, tmp_path)) as opened,
    ):
        job_id = await writing(opened)
        other = sqlite3.connect(tmp_path / "xiezuo.sqlite", isolation_level=None)
        other.execute("begin immediate")
        before = [section.text for section in opened.documents.load(job_id).sections]
        await until_async(lambda: waits(opened, job_id, "locked"))
        # A reader does not wait: the lock is still held.
        assert [section.text for section in opened.documents.load(job_id).sections] == before
        for _ in range(3):  # it is tried again and again, and said each time
            opened.jobs.set_trouble(job_id, None)
            await until_async(lambda: waits(opened, job_id, "locked"))
        other.execute("rollback")
        await check_end(opened, job_id, before)


async def test_a_job_can_be_paused_as_soon_as_there_is_space(tmp_path: Path):
    with small_disk(12_000_000) as disk:
        async with (
            scripted(slowly(), routes=ROUTES) as engine,
            queue(settings_for(engine, disk)) as opened,
        ):
            job_id = await writing(opened)
            with filled(disk):
                await until_async(lambda: waits(opened, job_id, "full"))
            opened.jobs.want(job_id, "pause")
            assert (await ended(opened, job_id)).state == "paused"


async def test_a_run_that_ended_without_its_job_is_begun_again_at_the_next_start(tmp_path: Path):
    async with scripted(endless(), routes=ROUTES) as engine:
        made = settings_for(engine, tmp_path)
        async with queue(made) as opened:
            job_id = await opened.submit(brief("Leaf"), seed=1)
            await ended(opened, job_id)
            opened.documents.reset(job_id, 0)
            await until_async(lambda: opened.jobs.load(job_id).state == "done")
            opened.jobs.set_state(job_id, "running")
        async with queue(made) as opened:
            assert (await ended(opened, job_id)).state == "done"
            assert opened.documents.load(job_id).sections[0].text


async def test_a_damaged_queue_is_set_aside_and_its_jobs_are_written(tmp_path: Path):
    async with scripted(slowly(), routes=ROUTES) as engine:
        made = settings_for(engine, tmp_path)
        async with queue(made) as opened:
            job_id = await opened.submit(brief("Leaf"), seed=1)
            await until_async(lambda: opened.jobs.load(job_id).state == "running")
        path = tmp_path / "jobs.sqlite"
        data = bytearray(path.read_bytes())
        data[4096:] = b"\xaa" * (len(data) - 4096)
        path.write_bytes(data)
        async with queue(made) as opened:
            assert (await ended(opened, job_id)).state == "done"
        assert len(list(tmp_path.glob("jobs.sqlite.damaged-*[0-9]"))) == 1


async def test_no_space_for_the_queue_at_the_start_is_said(tmp_path: Path):
    with small_disk(12_000_000) as disk:
        async with scripted(endless(), routes=ROUTES) as engine:
            made = settings_for(engine, disk)
            async with queue(made):
                pass
            (disk / "jobs.sqlite").unlink()
            with filled(disk, leave=65_536), pytest.raises(StoreError, match="full|I/O"):
                async with queue(made):
                    pass
            async with queue(made):
                pass
