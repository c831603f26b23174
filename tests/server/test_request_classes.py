"""What routes declare: each has a class, is found under its own path, and is described by it."""

import asyncio
import re
from types import SimpleNamespace

import pytest
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from sse_starlette.sse import EventSourceResponse
from starlette.types import Message

from tests.support.routes import every_route
from xiezuo.server import app, request_classes
from xiezuo.server.app import route_table
from xiezuo.server.middleware.concurrency import ConcurrencyMiddleware
from xiezuo.server.request_classes import (
    MODEL,
    SHORT,
    STREAM,
    RequestClass,
    RouteTable,
    fast_path,
    request_class,
)

NO_ROUTE = RequestClass("no route", concurrent=1, queued=1, seconds=3600)


def declared_classes() -> dict[str, RequestClass]:
    """The class of every route, looked up as a request to it would be."""
    table = route_table()
    table._default = NO_ROUTE
    return {
        f"{route.method} {route.path}": table.class_of(route.method, route.filled())
        for route in every_route()
    }


def test_every_route_declares_a_class():
    undeclared = [route for route, of in declared_classes().items() if of is NO_ROUTE]
    assert undeclared == ["GET /assets/x"]  # static files, mounted


def test_a_route_without_a_class_is_refused():
    router = APIRouter()

    @router.get("/forgotten")
    def forgotten() -> None: ...

    with pytest.raises(TypeError, match="/forgotten.*request_class"):
        RouteTable(router.routes)


def test_each_class_has_routes():
    known = {of for of in vars(request_classes).values() if isinstance(of, RequestClass)}
    assert set(declared_classes().values()) == known | {NO_ROUTE}


def test_the_first_route_that_serves_a_path_decides():
    router = APIRouter()

    @router.get("/documents/new")
    @request_class(MODEL)
    def new() -> None: ...

    @router.get("/documents/{document_id}")
    @request_class(SHORT)
    def read(document_id: str) -> None: ...

    table = RouteTable(router.routes, default=NO_ROUTE)
    assert table.class_of("GET", "/documents/new") is MODEL
    assert table.class_of("GET", "/documents/7") is SHORT
    assert table.class_of("POST", "/documents/7") is NO_ROUTE


@pytest.mark.anyio
async def test_a_request_has_the_limits_of_its_route():
    router = APIRouter()

    @router.get("/slow")
    @request_class(RequestClass("quick", concurrent=1, queued=1, seconds=0.01))
    def slow() -> None: ...

    sent: list[Message] = []

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    async def send(message: Message) -> None:
        sent.append(message)

    application = SimpleNamespace(state=SimpleNamespace())
    scope = {"type": "http", "method": "GET", "path": "/slow", "app": application, "headers": []}
    await ConcurrencyMiddleware(never, RouteTable(router.routes, default=NO_ROUTE))(
        scope, never, send
    )
    assert sent[0]["status"] == 503


def test_no_route_hides_another():
    """The router and the table stop at the first path that fits: it must be the route's own."""
    routes = [route for route in _api_routes() if route.methods]
    for index, route in enumerate(routes):
        path = re.sub(r"{\w+}", "0", route.path)
        earlier = [
            other.path
            for other in routes[:index]
            if other.methods & route.methods and other.path_regex.match(path)
        ]
        assert not earlier, route.path


def test_streams_have_their_own_class_unless_they_ask_the_model():
    streams = [route for route in _api_routes() if route.response_class is EventSourceResponse]
    assert len(streams) >= 6
    for route in streams:
        (method,) = route.methods
        declared = route_table().class_of(method, re.sub(r"{\w+}", "0", route.path))
        assert declared is STREAM or declared.asks_model, route.path


def test_every_completion_of_the_openai_protocol_asks_the_model():
    declared = {
        route: of for route, of in declared_classes().items() if route.startswith("POST /v1")
    }
    assert declared
    assert set(declared.values()) == {MODEL}


def test_the_fast_path_holds_what_is_read_most():
    assert {route.endpoint.__name__ for route in route_table().fast} == {
        "list_documents", "read_document", "read_text", "read_job",
    }  # fmt: skip


def test_a_route_on_the_fast_path_keeps_its_class():
    router = APIRouter()

    @router.get("/documents/{document_id}")
    @request_class(MODEL)
    @fast_path
    def read(document_id: str, request: Request) -> Response: ...

    table = RouteTable(router.routes)
    assert [route.endpoint for route in table.fast] == [read]
    assert table.class_of("GET", "/documents/7") is MODEL


def _api_routes() -> list[APIRoute]:
    routers = (*(router for router, _ in app._ROUTERS), app.studio_pages.router)
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
