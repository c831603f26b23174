"""How much at once and for how long: places, lines, shares, time, and workers that are ended."""

import asyncio
import json

import psutil
import pytest
from starlette.types import Message

from xiezuo.server.errors import HttpError
from xiezuo.server.isolation.pool import SECONDS, WorkerPool
from xiezuo.server.middleware.concurrency import Bulkhead, ConcurrencyMiddleware
from xiezuo.server.request_classes import RequestClass, RouteTable

pytestmark = pytest.mark.anyio
QUICK = RouteTable([], default=RequestClass("quick", concurrent=1, queued=1, seconds=0.1))
SMALL = RequestClass("small", concurrent=1, queued=1, seconds=5)


async def status(gate: Bulkhead, user: str | None, seconds: float = 0.2) -> int:
    try:
        async with gate.enter(user):
            await asyncio.sleep(seconds)
    except HttpError as error:
        return error.status if "Retry-After" in (error.headers or {}) else 0
    return 200


async def test_who_finds_the_line_full_is_told_when_to_come_again():
    gate = Bulkhead(SMALL)
    assert await asyncio.gather(*(status(gate, None) for _ in range(4))) == [200, 200, 503, 503]
    assert await status(gate, None) == 200


async def test_one_user_has_his_share_only():
    gate = Bulkhead(RequestClass("small", concurrent=2, queued=2, seconds=5))
    found = await asyncio.gather(*(status(gate, one) for one in ("ann", "ann", "ann", "bob")))
    assert found == [200, 200, 429, 200]
    assert await status(gate, "ann") == 200
    assert not gate.by_user


async def test_who_goes_away_leaves_the_line():
    gate = Bulkhead(SMALL)
    tasks = [asyncio.create_task(status(gate, "ann", 60)), asyncio.create_task(status(gate, "bob"))]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (gate.waiting, gate.slots.locked(), dict(gate.by_user)) == (0, False, {})


def scope(method: str, path: str) -> dict:
    class Application:
        class state:  # noqa: N801 - as in an application
            services = None

    return {"type": "http", "method": method, "path": path, "app": Application, "headers": []}


async def test_an_answer_that_does_not_begin_is_given_up():
    sent: list[Message] = []

    async def slow(*_) -> None:
        await asyncio.sleep(60)

    async def send(message: Message) -> None:
        sent.append(message)

    await ConcurrencyMiddleware(slow, QUICK)(scope("GET", "/api/documents"), None, send)
    assert sent[0]["status"] == 503
    assert json.loads(sent[1]["body"])["code"] == "Busy"


async def test_an_answer_that_has_begun_may_take_its_time():
    sent: list[Message] = []

    async def stream(_scope, _receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.3)
        await send({"type": "http.response.body", "body": b"x"})

    async def send(message: Message) -> None:
        sent.append(message)

    await ConcurrencyMiddleware(stream, QUICK)(scope("GET", "/api/documents"), None, send)
    assert [one.get("body") for one in sent] == [None, b"x"]


@pytest.fixture
async def pool(anyio_backend: str):
    made = WorkerPool({**SECONDS, "lint": 2})
    yield made
    await made.close()
    assert not made._all


ASKED = {"select": None, "language": None, "unsafe": False}
FLOODS = {
    "a million headings": "# a\n\n" * 400_000,
    "nested brackets": "![" * 1_000_000,
    "emphasis": "*a_b" * 500_000,
}


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
async def test_a_flood_is_given_up_and_the_next_is_served(pool: WorkerPool, text: str):
    with pytest.raises(HttpError) as caught:
        await pool.run("lint", text=text, **ASKED)
    assert (caught.value.status, caught.value.code) == (413, "TooHard")
    found = json.loads(await pool.run("lint", text="水开了,再放。", **ASKED))
    assert [one["code"] for one in found] == ["FMT007"]


async def test_a_worker_ends_itself_though_nobody_watches(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
):
    """As when the server is killed meanwhile."""
    monkeypatch.setattr(
        "xiezuo.server.isolation.pool.SPARE_SECONDS", 3600
    )  # for ever: see `timeout`
    with pytest.raises(HttpError):
        await pool.run("lint", text=FLOODS["emphasis"], **ASKED)


async def test_memory_is_bounded(pool: WorkerPool):
    await pool.run("lint", text="a", **ASKED)
    (worker,) = pool._all
    _, hard = psutil.Process(worker.pid).rlimit(psutil.RLIMIT_DATA)
    assert 0 < hard <= 2 * 1024**3


async def test_who_goes_away_ends_his_work(pool: WorkerPool):
    task = asyncio.create_task(pool.run("lint", text=FLOODS["emphasis"], **ASKED))
    while not pool._all:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not pool._all
