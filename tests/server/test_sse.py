"""Server-sent events on the wire, and errors within them."""

import json
from collections.abc import AsyncGenerator
from importlib import import_module
from inspect import signature
from pkgutil import iter_modules

import httpx
import pytest
from fastapi.routing import APIRoute
from httpx_sse import EventSource, ServerSentEvent
from pydantic import BaseModel
from sse_starlette.sse import EventSourceResponse

from tests.support.routes import application
from xiezuo.errors import EngineStalledError
from xiezuo.server import routes
from xiezuo.server.app import openapi
from xiezuo.server.sse import Empty, comment, encode, event_stream


class Word(BaseModel):
    text: str


def decoded(stream: bytes) -> list[ServerSentEvent]:
    headers = {"Content-Type": "text/event-stream"}
    return list(EventSource(httpx.Response(200, headers=headers, content=stream)).iter_sse())


@pytest.mark.parametrize("text", ["茶", "a: b", " leading", "", '{"a":"\\n"}'])
def test_what_is_encoded_is_read_back(text: str):
    (event,) = decoded(encode(text, event="text", event_id=7))
    assert (event.id, event.event, event.data) == ("7", "text", text)


def test_an_event_without_a_name_is_a_message():
    assert encode("[DONE]") == b"data: [DONE]\n\n"
    assert encode(b"{}", event_id=0) == b"id: 0\ndata: {}\n\n"


def test_a_comment_is_no_event():
    assert decoded(comment("writing")) == []


@pytest.mark.anyio
async def test_an_error_ends_a_stream_as_a_problem():
    async def events() -> AsyncGenerator[tuple[str, BaseModel]]:
        yield "text", Word(text="Tea")
        yield "done", Empty()
        raise EngineStalledError(seconds=5)

    parts = [part async for part in event_stream(events()).body_iterator]
    *earlier, problem = decoded(b"".join(parts))
    assert [(event.event, event.data) for event in earlier] == [
        ("text", '{"text":"Tea"}'),
        ("done", "{}"),
    ]
    body = json.loads(problem.data)
    assert (problem.event, body["code"], body["status"]) == ("problem", "EngineStalledError", 503)


STREAMED_ON_REQUEST = {"/v1/chat/completions", "/v1/completions"}


def _streams(route: APIRoute) -> bool:
    answer = signature(route.endpoint).return_annotation
    return isinstance(answer, type) and issubclass(answer, EventSourceResponse)


def test_every_stream_declares_its_media_type():
    modules = [
        import_module(f"{routes.__name__}.{module.name}")
        for module in iter_modules(routes.__path__)
    ]
    streams = {
        route.path
        for module in modules
        for route in module.router.routes
        if isinstance(route, APIRoute) and _streams(route)
    }
    assert len(streams) >= 6
    declared = {
        path
        for path, operations in openapi(application())["paths"].items()
        for operation in operations.values()
        if "text/event-stream" in operation["responses"].get("200", {}).get("content", {})
    }
    assert declared == streams | STREAMED_ON_REQUEST
