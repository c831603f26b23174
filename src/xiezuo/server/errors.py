"""Errors as RFC 9457 problems: a stable code, a message and a remedy in the user's language."""

from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from xiezuo.errors import (
    BackupError,
    ContextOverflowError,
    DiskFullError,
    DocumentBusyError,
    EngineError,
    ExportError,
    ExportToolMissingError,
    FontMissingError,
    InputError,
    ModelError,
    ModelNotInstalledError,
    OutputExistsError,
    PullInProgressError,
    StaleSectionError,
    StoreError,
    UnfinishedJobError,
    UnknownDocumentError,
    UnknownJobError,
    UnknownModelError,
    XiezuoError,
)
from xiezuo.i18n import Text
from xiezuo.server.refusals import INVALID_REQUEST, Refusal
from xiezuo.server.status_texts import STATUS_TEXTS

MEDIA_TYPE = "application/problem+json"

# The first matching class decides.
_STATUSES: tuple[tuple[type[XiezuoError], int], ...] = (
    (UnknownDocumentError, 404),
    (UnknownJobError, 404),
    (UnknownModelError, 404),
    (ModelNotInstalledError, 404),
    (StaleSectionError, 409),
    (DocumentBusyError, 409),
    (UnfinishedJobError, 409),
    (PullInProgressError, 409),
    (ContextOverflowError, 413),
    (BackupError, 400),
    (InputError, 400),
    (ExportToolMissingError, 501),
    (FontMissingError, 501),
    (ExportError, 422),
    (OutputExistsError, 409),
    (DiskFullError, 507),
    (ModelError, 502),
    (EngineError, 503),
    (StoreError, 503),
)


class Problem(BaseModel):
    """An RFC 9457 problem; `code` is stable, `remedy` says what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    remedy: str = ""
    errors: list[dict[str, Any]] | None = None
    mine: str | None = None
    theirs: str | None = None
    version: int | None = None


class HttpError(Exception):
    """A refusal as an HTTP response; `facts` fill the placeholders of its text."""

    def __init__(
        self, row: Refusal, headers: Mapping[str, str] | None = None, **facts: object
    ) -> None:
        super().__init__(row.code)
        self.status, self.code, self.remedy = row.status, row.code, row.remedy
        self.detail = Text(*(text.format(**facts) for text in row.what)) if facts else row.what
        self.headers = headers


class BodyRefusedError(HTTPException):
    """A body that is too large or too slow.

    It is an `HTTPException` because FastAPI replaces other errors while it reads a body.
    """

    def __init__(self, row: Refusal) -> None:
        super().__init__(row.status, str(row.what))
        self.code = row.code


class ConflictError(Exception):
    """A section that was changed in the meantime, with both texts so that nothing is lost."""

    def __init__(self, error: StaleSectionError, mine: str, theirs: str, version: int) -> None:
        super().__init__(str(error))
        self.error, self.mine, self.theirs, self.version = error, mine, theirs, version


def status_of(error: XiezuoError) -> int:
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def as_http(error: XiezuoError) -> HttpError:
    """Convert an error that is raised outside the routes."""
    message, advice = error.message, error.advice
    what, remedy = Text(message, message), Text(advice, advice)
    return HttpError(Refusal(error.code, status_of(error), what, remedy))


def problem(
    status: int,
    code: str,
    detail: str,
    remedy: str = "",
    headers: Mapping[str, str] | None = None,
    **members: Any,  # noqa: ANN401 - the other members of a problem
) -> JSONResponse:
    title = str(STATUS_TEXTS[status])
    body = Problem(title=title, status=status, detail=detail, code=code, remedy=remedy, **members)
    return JSONResponse(body.model_dump(exclude_none=True), status, dict(headers or {}), MEDIA_TYPE)


def openai_error(status: int, code: str, message: str) -> dict[str, Any]:
    """An error in the format of OpenAI's API."""
    kind = "invalid_request_error" if status < 500 else "server_error"  # noqa: PLR2004 - HTTP's own
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def refusal(path: str, error: HttpError) -> JSONResponse:
    """The response to a request that is refused before its route; in OpenAI's format below /v1."""
    detail, remedy = str(error.detail), str(error.remedy)
    return _error_response(path, error.status, error.code, detail, remedy, error.headers)


def _error_response(  # noqa: PLR0917 - in the order of `problem`
    path: str,
    status: int,
    code: str,
    detail: str,
    remedy: str = "",
    headers: Mapping[str, str] | None = None,
    **members: Any,  # noqa: ANN401 - the other members of a problem
) -> JSONResponse:
    if path.startswith("/v1"):
        body = openai_error(status, code, f"{detail} {remedy}".strip())
        return JSONResponse(body, status, dict(headers or {}))
    return problem(status, code, detail, remedy, headers, **members)


def _methods(request: Request) -> list[str]:
    """The methods that this path allows; Starlette names those of one route only."""
    routes = cast("list[BaseRoute]", request.app.routes)
    return [
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]


def add_error_handlers(app: FastAPI) -> None:
    """Have `app` respond to every error with a problem; in OpenAI's format below /v1."""

    async def known(request: Request, error: XiezuoError) -> JSONResponse:
        return _error_response(
            request.url.path, status_of(error), error.code, error.message, error.advice
        )

    async def refused(request: Request, error: HttpError) -> JSONResponse:
        return refusal(request.url.path, error)

    async def conflict(_: Request, error: ConflictError) -> JSONResponse:
        return problem(
            409,
            error.error.code,
            error.error.message,
            error.error.advice,
            mine=error.mine,
            theirs=error.theirs,
            version=error.version,
        )

    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"where": [str(part) for part in fault["loc"]], "problem": fault["msg"]}
            for fault in error.errors()
        ]
        code, status, what, remedy = INVALID_REQUEST
        detail = str(what)
        if request.url.path.startswith("/v1") and errors:
            closest = max(errors, key=lambda fault: len(fault["where"]))
            detail = f"{'.'.join(closest['where'])}: {closest['problem']}"
        path = request.url.path
        return _error_response(path, status, code, detail, str(remedy), errors=errors[:20])

    async def http(request: Request, error: HTTPException) -> JSONResponse:
        detail = str(error.detail)
        code = error.code if isinstance(error, BodyRefusedError) else "Http"
        headers = error.headers
        if error.status_code == 405:  # noqa: PLR2004 - HTTP's own
            headers = {"Allow": ", ".join(_methods(request))}
        return _error_response(request.url.path, error.status_code, code, detail, headers=headers)

    for kind, handler in (
        (XiezuoError, known),
        (HttpError, refused),
        (ConflictError, conflict),
        (RequestValidationError, invalid),
        (HTTPException, http),
    ):
        app.add_exception_handler(kind, handler)  # pyright: ignore[reportArgumentType]
