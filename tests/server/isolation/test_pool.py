"""The pool of workers: one that takes too much time or memory is ended, and the next one works."""

import asyncio
import json

import psutil
import pytest

from tests.support.waiting import until_async
from xiezuo.server.errors import HttpError
from xiezuo.server.isolation.pool import SECONDS, WorkerPool

pytestmark = pytest.mark.anyio
OPTIONS = {"select": None, "language": None, "unsafe": False}
FLOODS = {
    "a million headings": "# a\n\n" * 400_000,
    "nested brackets": "![" * 1_000_000,
    "emphasis": "*a_b" * 500_000,
}


@pytest.fixture
async def pool(anyio_backend: str):
    """A pool whose workers may lint for two seconds."""
    workers = WorkerPool({**SECONDS, "lint": 2})
    yield workers
    await workers.close()
    assert not workers._all


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
async def test_a_flood_is_given_up_and_the_next_is_served(pool: WorkerPool, text: str):
    with pytest.raises(HttpError) as caught:
        await pool.run("lint", text=text, **OPTIONS)
    assert (caught.value.status, caught.value.code) == (413, "TooHard")
    pool.seconds = SECONDS  # on a busy machine a worker takes longer than two seconds to start
    diagnostics = json.loads(await pool.run("lint", text="水开了,再放。", **OPTIONS))
    assert [diagnostic["code"] for diagnostic in diagnostics] == ["FMT007"]


async def test_a_worker_ends_itself_though_nobody_watches(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
):
    """As when the server is killed meanwhile."""
    # The pool itself never ends it: without the worker's own alarm the test runs into its timeout.
    monkeypatch.setattr("xiezuo.server.isolation.pool.SPARE_SECONDS", 3600)
    with pytest.raises(HttpError):
        await pool.run("lint", text=FLOODS["emphasis"], **OPTIONS)


async def test_memory_is_bounded(pool: WorkerPool):
    pool.seconds = SECONDS
    await pool.run("lint", text="a", **OPTIONS)
    (worker,) = pool._all
    _, hard = psutil.Process(worker.pid).rlimit(psutil.RLIMIT_DATA)
    assert 0 < hard <= 2 * 1024**3


async def test_a_client_that_disconnects_ends_its_worker(pool: WorkerPool):
    task = asyncio.create_task(pool.run("lint", text=FLOODS["emphasis"], **OPTIONS))
    await until_async(lambda: pool._all)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not pool._all
