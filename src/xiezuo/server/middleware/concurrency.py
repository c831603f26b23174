"""Bulkheads: bounded concurrency, queue and time for each class of request.

No class can take the service from the others. A client that finds the queue full is told when to
try again, and no user ever has more than half of the places of a class.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xiezuo.server import refusals
from xiezuo.server.errors import HttpError, refusal
from xiezuo.server.request_classes import RequestClass, RouteTable

RETRY_SECONDS = 5


@dataclass
class Bulkhead:
    """The places of one class of request, and the queue before them."""

    kind: RequestClass
    places: asyncio.Semaphore = field(init=False)
    line: int = 0
    by_user: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        self.places = asyncio.Semaphore(self.kind.concurrent)

    @asynccontextmanager
    async def enter(self, user: str | None) -> AsyncGenerator[None]:
        """Hold a place, after waiting in the queue for it.

        Args:
            user: the one whose share is limited; none where nobody has to log in.

        Raises:
            HttpError: the queue is full (503), or the user has their share (429).
        """
        room = self.kind.concurrent + self.kind.queued
        if user is not None and self.by_user[user] >= max(1, room // 2):
            raise _retry_later(refusals.USER_BUSY)
        if self.places.locked() and self.line >= self.kind.queued:
            raise _retry_later(refusals.QUEUE_FULL)
        if user is not None:
            self.by_user[user] += 1
        self.line += 1
        waits = True
        try:
            async with self.places:
                self.line, waits = self.line - 1, False
                yield
        finally:
            self.line -= waits
            if user is not None:
                self.by_user[user] -= 1
                self.by_user += Counter[str]()  # who has none is forgotten


class ConcurrencyMiddleware:
    """ASGI middleware behind authentication: a place for every request, and an end to waiting."""

    def __init__(self, app: ASGIApp, routes: RouteTable) -> None:
        self._app = app
        self._routes = routes
        self.gates = {kind.name: Bulkhead(kind) for kind in routes.classes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kind = self._routes.class_of(scope["method"], scope["path"])
        inside = getattr(scope["app"].state, "services", None)
        principal = scope.get("principal")
        user = principal.user_id if principal and inside and inside.login_required else None
        started = False
        clock = asyncio.timeout(kind.seconds)

        async def watched(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                clock.reschedule(None)
            await send(message)

        try:
            async with clock, self.gates[kind.name].enter(user):
                await self._app(scope, receive, watched)
        except HttpError as error:
            await refusal(scope["path"], error)(scope, receive, send)
        except TimeoutError:
            if started or not clock.expired():
                raise
            late = _retry_later(refusals.TOOK_TOO_LONG)
            await refusal(scope["path"], late)(scope, receive, send)


def _retry_later(row: refusals.Refusal) -> HttpError:
    return HttpError(row, headers={"Retry-After": str(RETRY_SECONDS)})
