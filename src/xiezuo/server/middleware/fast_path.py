"""The fast path: ASGI middleware that serves the most frequent reads without the router.

FastAPI takes longer to route these requests and resolve their dependencies than their endpoints
take to respond. The routes stay registered: they describe the API and serve requests with a query.
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
        response = None
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            try:
                response = await self._fast_response(scope["path"], Request(scope, receive))
            except XiezuoError as error:
                response = refusal(scope["path"], as_http(error))
        await (response or self._app)(scope, receive, send)

    async def _fast_response(self, path: str, request: Request) -> Response | None:
        for route in self._routes:
            if match := route.pattern.match(path):
                if inspect.iscoroutinefunction(route.endpoint):
                    return await route.endpoint(**match.groupdict(), request=request)
                endpoint = cast("Callable[..., Response]", route.endpoint)
                return await run_in_threadpool(endpoint, **match.groupdict(), request=request)
        return None
