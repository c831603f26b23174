"""Every route there is, taken from the application itself: what is new is covered by itself."""

import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import httpx
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount
from starlette.routing import Route as PlainRoute

from xiezuo.server.app import create_app, openapi
from xiezuo.server.middleware.authentication import requires_login


class Route(NamedTuple):
    """`path` has its parameters in braces; `body` is whether it reads JSON."""

    method: str
    path: str
    body: bool = False

    @property
    def shut(self) -> bool:
        return requires_login(self.path)

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)(?::\w+)?}", self.path)

    def filled(self, **values: str) -> str:
        """The path with values, `0` where none is given."""
        return re.sub(r"{(\w+)(?::\w+)?}", lambda found: values.get(found[1], "0"), self.path)


def application() -> FastAPI:
    return create_app(lifespan=None)


def every_route() -> list[Route]:
    """Those that the description leaves out too: pages, files, the description itself."""
    app = application()
    described = openapi(app)["paths"]
    routes = [
        Route(method, path, "requestBody" in described.get(path, {}).get(method.lower(), {}))
        for method, path in _all(app.routes)
    ]
    known = {(route.method.lower(), route.path) for route in routes}
    assert {(method, path) for path in described for method in described[path]} <= known
    return routes


def _all(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "effective_route_contexts", None)  # of a router that was included
        if inner is not None:
            for context in inner():
                yield from ((method, context.path) for method in context.methods - {"HEAD"})
        elif isinstance(route, Mount):
            yield "GET", f"{route.path}/x"
        else:
            assert isinstance(route, PlainRoute), type(route)
            yield from ((method, route.path) for method in (route.methods or {"GET"}) - {"HEAD"})


@contextmanager
def browser(url: str, name: str, password: str) -> Generator[httpx.Client]:
    """A client that is logged in as a page of ours would be."""
    own = {"Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=url, headers=own, timeout=60) as http:
        answer = http.post("/api/login", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        http.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield http
