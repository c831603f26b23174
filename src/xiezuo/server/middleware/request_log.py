"""Structured logs: one line of JSON per event, with the ids of request and job.

JSON escapes line breaks, so no client can forge a line. Queries, bodies and headers are not logged,
so the log holds no text and no secret.
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
_VALID_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_request: ContextVar[str | None] = ContextVar("request", default=None)
_log = logging.getLogger("xiezuo.requests")


class _Ids(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in (("request_id", _request.get()), ("job_id", current_job.get())):
            if value is not None:
                setattr(record, name, value)
        return True


def log_as_json() -> None:
    """Write the logs of xiezuo and uvicorn to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Ids())
    names = {"asctime": "time", "levelname": "level", "name": "logger"}
    layout = "%(asctime)s %(levelname)s %(name)s %(message)s"
    handler.setFormatter(JsonFormatter(layout, rename_fields=names, json_ensure_ascii=False))
    for name in ("xiezuo", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
    logging.getLogger("xiezuo").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class RequestLog:
    """ASGI middleware: gives each request an id and logs its status and duration.

    A client may send its own id of up to 64 letters, digits, `_` and `-`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client_id = Headers(scope=scope).get(HEADER, "")
        request_id = client_id if _VALID_ID.fullmatch(client_id) else uuid.uuid4().hex[:16]
        token = _request.set(request_id)
        status, started = 500, time.monotonic()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            milliseconds = round((time.monotonic() - started) * 1000, 1)
            fields = {"method": scope["method"], "path": scope["path"]}
            _log.info("request", extra={**fields, "status": status, "ms": milliseconds})
            _request.reset(token)
