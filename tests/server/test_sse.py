"""Server-sent events on the wire, and errors within them."""

import json
from collections.abc import AsyncGenerator

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent
from pydantic import BaseModel

from xiezuo.errors import EngineStalledError
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
