"""Route declarations: the concurrency class, and whether the route takes the fast path.

Both decorators stand below the route's own, so the middleware knows them before it reads a body:

    @router.post("/outline")
    @request_class(MODEL)
    async def make_outline(...): ...
"""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Response
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_CLASS, _FAST = "__request_class__", "__fast_path__"


@dataclass(frozen=True, slots=True)
class RequestClass:
    """The limits that all routes of one class share.

    Attributes:
        concurrent: requests handled at the same time.
        queued: requests that may wait for a place.
        seconds: until the response starts, including the time in the queue.
        asks_model: whether the response needs the engine.
    """

    name: str
    concurrent: int
    queued: int
    seconds: float
    asks_model: bool = False


SHORT = RequestClass("short", 128, 512, 60)  # reads and writes of single rows
STREAM = RequestClass("stream", 700, 0, 60)
MODEL = RequestClass("model", 16, 32, 2 * 3600, asks_model=True)  # long enough for a whole document
TEXT = RequestClass("text", 4, 16, 180)
EXPORT = RequestClass("export", 2, 16, 300)
MAINTENANCE = RequestClass(
    "maintenance", 1, 4, 1800
)  # a backup of the database, a check of a model file


def request_class(declared: RequestClass) -> Callable[[_Endpoint], _Endpoint]:
    """Declare the concurrency class of a route; every route needs one."""

    def declare(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _CLASS, declared)
        return endpoint

    return declare


def fast_path(endpoint: _Endpoint) -> _Endpoint:
    """Let a GET without a query string skip the router and its dependencies.

    The endpoint takes its path parameters and `request`; all other parameters need defaults.
    """
    setattr(endpoint, _FAST, True)
    return endpoint


@dataclass(frozen=True, slots=True)
class FastRoute:
    """A route on the fast path."""

    pattern: re.Pattern[str]
    endpoint: Callable[..., Response] | Callable[..., Awaitable[Response]]


class RouteTable:
    """The declarations of all routes, in the router's order.

    Args:
        routes: the routes of all routers of the application.
        default: the class of a path that no route serves.

    Raises:
        TypeError: a route declares no concurrency class.
    """

    def __init__(self, routes: Iterable[BaseRoute], default: RequestClass = SHORT) -> None:
        self._default = default
        self._by_method: defaultdict[str, list[tuple[re.Pattern[str], RequestClass]]] = defaultdict(
            list
        )
        self.fast: list[FastRoute] = []
        for route in routes:
            if isinstance(route, APIRoute):
                self._add(route)

    def _add(self, route: APIRoute) -> None:
        declared: RequestClass | None = getattr(route.endpoint, _CLASS, None)
        if declared is None:
            raise TypeError(f"{route.path}: put @request_class(...) on {route.endpoint.__name__}")
        for method in route.methods or ():
            self._by_method[method].append((route.path_regex, declared))
        if getattr(route.endpoint, _FAST, False):
            self.fast.append(FastRoute(route.path_regex, route.endpoint))

    @property
    def classes(self) -> set[RequestClass]:
        declared = (entry[1] for entries in self._by_method.values() for entry in entries)
        return {self._default, *declared}

    def class_of(self, method: str, path: str) -> RequestClass:
        """Return the class of the first route that matches this request."""
        for pattern, declared in self._by_method.get(method, ()):
            if pattern.match(path):
                return declared
        return self._default
