"""The fast path: ASGI middleware that answers the most frequent reads without the router.

FastAPI takes longer to route these requests and resolve their dependencies than their endpoints
take to answer. Their routes stay registered: they describe the API and answer what has a query.
"""

import inspect
from collections.abc import Callable
from typing import cast

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from xiezuo.errors import XiezuoError
from xiezuo.server.errors import as_http, refusal
from xiezuo.server.request_classes import RouteTable


class FastPathMiddleware:
    """ASGI middleware inside all others, so that its requests are authenticated and limited."""

    def __init__(self, app: ASGIApp, routes: RouteTable) -> None:
        self._app = app
        self._routes = routes.fast

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = None
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            try:
                answer = await self._answer(scope["path"], Request(scope, receive))
            except XiezuoError as error:
                answer = refusal(scope["path"], as_http(error))
        await (answer or self._app)(scope, receive, send)

    async def _answer(self, path: str, request: Request) -> Response | None:
        for route in self._routes:
            if found := route.pattern.match(path):
                if inspect.iscoroutinefunction(route.endpoint):
                    return await route.endpoint(**found.groupdict(), request=request)
                read = cast("Callable[..., Response]", route.endpoint)
                return await run_in_threadpool(read, **found.groupdict(), request=request)
        return None
