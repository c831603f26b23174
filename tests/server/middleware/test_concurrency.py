"""Bulkheads: places, queue, shares of users, and the time until an answer begins."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from tests.support.asgi import application, http_scope, respond
from tests.support.waiting import until_async
from xiezuo.server.errors import HttpError
from xiezuo.server.middleware.concurrency import Bulkhead, ConcurrencyMiddleware
from xiezuo.server.request_classes import RequestClass, RouteTable

pytestmark = pytest.mark.anyio
SMALL = RequestClass("small", concurrent=1, queued=1, seconds=600)
LIMIT_SECONDS = 0.1
QUICK = RouteTable([], default=RequestClass("quick", concurrent=1, queued=1, seconds=LIMIT_SECONDS))


class Clients:
    """Clients that come to a bulkhead one after another and stay until `leave` is set.

    `statuses` has the status of each, zero while it is inside or queued.
    """

    def __init__(self, gate: Bulkhead, *users: str | None) -> None:
        self.statuses = [0] * len(users)
        self.leave = asyncio.Event()
        self.tasks = [
            asyncio.create_task(self._visit(gate, number, user))
            for number, user in enumerate(users)
        ]

    async def _visit(self, gate: Bulkhead, number: int, user: str | None) -> None:
        try:
            async with gate.enter(user):
                await self.leave.wait()
                self.statuses[number] = 200
        except HttpError as error:
            asks_to_retry = "Retry-After" in (error.headers or {})
            self.statuses[number] = error.status if asks_to_retry else 500

    async def all_refused(self, refused: int) -> None:
        """Wait until so many are refused, and let the others finish."""
        await until_async(lambda: len([*filter(None, self.statuses)]) == refused, 30)
        self.leave.set()
        await asyncio.gather(*self.tasks)


async def test_a_client_that_finds_the_queue_full_is_asked_to_retry_later():
    gate = Bulkhead(SMALL)
    clients = Clients(gate, None, None, None, None)
    await clients.all_refused(2)
    assert clients.statuses == [200, 200, 503, 503]
    later = Clients(gate, None)
    await later.all_refused(0)
    assert later.statuses == [200]


async def test_a_user_gets_their_share_only():
    gate = Bulkhead(RequestClass("small", concurrent=2, queued=2, seconds=600))
    clients = Clients(gate, "ann", "ann", "ann", "bob")
    await clients.all_refused(1)
    assert clients.statuses == [200, 200, 429, 200]
    assert not gate.by_user


async def test_a_client_that_disconnects_leaves_the_queue():
    gate = Bulkhead(SMALL)
    clients = Clients(gate, "ann", "bob")
    await until_async(lambda: gate.slots.locked() and gate.waiting == 1)
    for task in clients.tasks:
        task.cancel()
    await asyncio.gather(*clients.tasks, return_exceptions=True)
    assert (gate.waiting, gate.slots.locked(), dict(gate.by_user)) == (0, False, {})


async def test_an_answer_that_does_not_begin_is_given_up():
    stuck = application(before=asyncio.Event().wait)
    answer = await respond(ConcurrencyMiddleware(stuck, QUICK), http_scope("GET", "/api/documents"))
    assert (answer.status, answer.code) == (503, "Busy")
    assert "retry-after" in answer.headers


async def test_an_answer_that_has_begun_may_take_its_time():
    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(3 * LIMIT_SECONDS)
        await send({"type": "http.response.body", "body": b"x"})

    answer = await respond(
        ConcurrencyMiddleware(stream, QUICK), http_scope("GET", "/api/documents")
    )
    assert (answer.status, answer.body) == (200, b"x")
