"""Straight to the answer of what is read most often.

The framework takes longer to find these functions, and what they depend on, than they take to
answer. They are its routes all the same: it describes them, and answers what has a query.
"""

import re
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from xiezuo.errors import XiezuoError
from xiezuo.server.documents import list_documents, read_document, read_text
from xiezuo.server.jobs import read_job
from xiezuo.server.problems import as_http, refusal

_ID = "([0-9a-f]{32})"
_OF_ONE: tuple[tuple[re.Pattern[str], Callable[[str, Request], Awaitable[Response]]], ...] = (
    (re.compile(f"/api/documents/{_ID}"), read_document),
    (re.compile(f"/api/documents/{_ID}/text"), read_text),
    (re.compile(f"/api/jobs/{_ID}"), read_job),
)


class Shortcut:
    """ASGI middleware inside all others: who comes here may ask."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = None
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            try:
                answer = await _answer(scope["path"], Request(scope, receive))
            except XiezuoError as error:
                answer = refusal(scope["path"], as_http(error))
        await (answer or self._app)(scope, receive, send)


async def _answer(path: str, request: Request) -> Response | None:
    if path == "/api/documents":
        return await run_in_threadpool(list_documents, request)
    for pattern, read in _OF_ONE:
        if found := pattern.fullmatch(path):
            return await read(found[1], request)
    return None
