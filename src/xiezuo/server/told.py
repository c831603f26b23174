"""Streams of what the model does right now, as server-sent events; over when the reader goes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from pydantic import BaseModel
from sse_starlette.sse import EventSourceResponse

from xiezuo.errors import XiezuoError
from xiezuo.server.problems import Problem, status_of

HEARTBEAT_SECONDS = 15
Told = AsyncGenerator[tuple[str, BaseModel]]


class Nothing(BaseModel):
    """An event that says all by its name."""


def telling(events: Told) -> EventSourceResponse:
    """Each event by its name; an error ends them as the event `problem`."""
    return EventSourceResponse(_lines(events), ping=HEARTBEAT_SECONDS)


async def _lines(events: Told) -> AsyncGenerator[dict[str, str]]:
    try:
        async with aclosing(events):
            async for name, data in events:
                yield {"event": name, "data": data.model_dump_json()}
    except XiezuoError as error:
        body = Problem(
            title=error.message, status=status_of(error), detail=error.message, code=error.code,
            remedy=error.advice,
        )  # fmt: skip
        yield {"event": "problem", "data": body.model_dump_json(exclude_none=True)}
