"""Server-sent events: the encoder, and streams of generated text."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from pydantic import BaseModel
from sse_starlette.sse import EventSourceResponse

from xiezuo.errors import XiezuoError
from xiezuo.server.errors import Problem, status_of

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_SECONDS = 15
EventStream = AsyncGenerator[tuple[str, BaseModel]]


def streamed(events: type[BaseModel]) -> dict[str, Any]:
    """Route options of a stream: each field of `events` is an event of that name, sent as JSON."""
    return {"response_class": EventSourceResponse, "responses": {200: {"model": events}}}


def event_schema(events: type[BaseModel]) -> dict[str, Any]:
    """JSON schema of one event of a stream that was declared with `streamed(events)`."""
    return {
        "oneOf": [_named(name, field.annotation) for name, field in events.model_fields.items()]
    }


def _named(name: str, data: object) -> dict[str, Any]:
    assert isinstance(data, type)
    return {
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "event": {"const": name},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": f"#/components/schemas/{data.__name__}"},
            },
        },
    }


class Empty(BaseModel):
    """The data of an event that has a name only."""


def encode(data: str | bytes, *, event: str = "", event_id: str | int = "") -> bytes:
    """Encode one event; `data` must be a single line, as JSON is."""
    line = data.encode() if isinstance(data, str) else data
    fields = [
        *([f"id: {event_id}".encode()] if event_id != "" else []),
        *([f"event: {event}".encode()] if event else []),
        b"data: " + line,
    ]
    return b"\n".join(fields) + b"\n\n"


def comment(text: str) -> bytes:
    """Encode a comment, which clients ignore; it keeps the connection open."""
    return f": {text}\n\n".encode()


def event_stream(events: EventStream) -> EventSourceResponse:
    """Send each event under its name; an error ends the stream as the event `problem`."""
    return EventSourceResponse(_encoded(events), ping=HEARTBEAT_SECONDS)


async def _encoded(events: EventStream) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(events):
            async for name, data in events:
                yield encode(data.model_dump_json(), event=name)
    except XiezuoError as error:
        problem = Problem(
            title=error.message,
            status=status_of(error),
            detail=error.message,
            code=error.code,
            remedy=error.advice,
        )
        yield encode(problem.model_dump_json(exclude_none=True), event="problem")
