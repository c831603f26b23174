"""Structured logs: one line of JSON an event, with the ids of request and job.

JSON escapes line breaks, so nobody can forge a line; neither queries, nor bodies, nor headers are
logged, so no text and no secret gets in.
"""

import logging
import re
import sys
import time
import uuid
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xiezuo.jobs.workflow import current_job

HEADER = "X-Request-ID"
_HEADER = HEADER.lower().encode()
_SOUND = re.compile(r"[\w-]{1,64}", re.ASCII)
_request: ContextVar[str | None] = ContextVar("request", default=None)
_log = logging.getLogger("xiezuo.requests")


class _Ids(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in (("request_id", _request.get()), ("job_id", current_job.get())):
            if value is not None:
                setattr(record, name, value)
        return True


def log_as_json() -> None:
    """Send what xiezuo and uvicorn log to standard error, as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Ids())
    names = {"asctime": "time", "levelname": "level", "name": "logger"}
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    handler.setFormatter(JsonFormatter(form, rename_fields=names, json_ensure_ascii=False))
    for name in ("xiezuo", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
    logging.getLogger("xiezuo").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class RequestLog:
    """ASGI middleware: gives each request an id, and logs how it was answered.

    An id that the client sends is taken, if it is a short word.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = Headers(scope=scope).get(HEADER, "")
        number = wanted if _SOUND.fullmatch(wanted) else uuid.uuid4().hex[:16]
        token = _request.set(number)
        status, started = 500, time.monotonic()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, number.encode())]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            took = round((time.monotonic() - started) * 1000, 1)
            _log.info(
                "request", extra={
                    "method": scope["method"], "path": scope["path"], "status": status, "ms": took,
                },
            )  # fmt: skip
            _request.reset(token)
