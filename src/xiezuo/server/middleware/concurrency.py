"""Bulkheads: bounded concurrency, queue and time for each class of request.

No class can starve the others. A client that meets a full queue gets a `Retry-After`, and no user
can hold more than half of the slots of a class.
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
    """The concurrency slots of one class of request, and the queue for them."""

    kind: RequestClass
    slots: asyncio.Semaphore = field(init=False)
    waiting: int = 0
    by_user: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        self.slots = asyncio.Semaphore(self.kind.concurrent)

    @asynccontextmanager
    async def enter(self, user: str | None) -> AsyncGenerator[None]:
        """Wait in the queue for a slot and hold it.

        Args:
            user: the user whose share is limited; none if no login is required.

        Raises:
            HttpError: the queue is full (503), or the user has used up their share (429).
        """
        capacity = self.kind.concurrent + self.kind.queued
        if user is not None and self.by_user[user] >= max(1, capacity // 2):
            raise _retry_later(refusals.USER_BUSY)
        if self.slots.locked() and self.waiting >= self.kind.queued:
            raise _retry_later(refusals.QUEUE_FULL)
        if user is not None:
            self.by_user[user] += 1
        self.waiting += 1
        waiting = True
        try:
            async with self.slots:
                self.waiting, waiting = self.waiting - 1, False
                yield
        finally:
            self.waiting -= waiting
            if user is not None:
                self.by_user[user] -= 1
                self.by_user += Counter[str]()  # drops users with no requests


class ConcurrencyMiddleware:
    """ASGI middleware behind authentication: limits concurrency and the time until a response."""

    def __init__(self, app: ASGIApp, routes: RouteTable) -> None:
        self._app = app
        self._routes = routes
        self.gates = {kind.name: Bulkhead(kind) for kind in routes.classes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kind = self._routes.class_of(scope["method"], scope["path"])
        services = getattr(scope["app"].state, "services", None)
        principal = scope.get("principal")
        user = principal.user_id if principal and services and services.login_required else None
        started = False
        timeout = asyncio.timeout(kind.seconds)

        async def send_watched(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                timeout.reschedule(None)
            await send(message)

        try:
            async with timeout, self.gates[kind.name].enter(user):
                await self._app(scope, receive, send_watched)
        except HttpError as error:
            await refusal(scope["path"], error)(scope, receive, send)
        except TimeoutError:
            if started or not timeout.expired():
                raise
            error = _retry_later(refusals.TOOK_TOO_LONG)
            await refusal(scope["path"], error)(scope, receive, send)


def _retry_later(row: refusals.Refusal) -> HttpError:
    return HttpError(row, headers={"Retry-After": str(RETRY_SECONDS)})
