"""Errors as RFC 9457 problems: a stable code, the user's language, and what to do."""

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

# The first class that fits decides.
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
    """What went wrong, as RFC 9457 has it; `code` never changes, `remedy` says what to do."""

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
    """A refusal as the answer to a request; `facts` fill the places in its sentence."""

    def __init__(
        self, row: Refusal, headers: Mapping[str, str] | None = None, **facts: object
    ) -> None:
        super().__init__(row.code)
        self.status, self.code, self.remedy = row.status, row.code, row.remedy
        self.detail = Text(*(said.format(**facts) for said in row.what)) if facts else row.what
        self.headers = headers


class BodyRefusedError(HTTPException):
    """A body that is too large or too slow; of the kind that the framework lets through."""

    def __init__(self, row: Refusal) -> None:
        super().__init__(row.status, str(row.what))
        self.code = row.code


class ConflictError(Exception):
    """A section was changed in between: both texts, so that nothing is lost."""

    def __init__(self, error: StaleSectionError, mine: str, theirs: str, version: int) -> None:
        super().__init__(str(error))
        self.error, self.mine, self.theirs, self.version = error, mine, theirs, version


def status_of(error: XiezuoError) -> int:
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def as_http(error: XiezuoError) -> HttpError:
    """An error of ours where no route is that could raise it."""
    message, advice = error.message, error.advice
    what, remedy = Text(message, message), Text(advice, advice)
    return HttpError(Refusal(error.code, status_of(error), what, remedy))


def problem(
    status: int, code: str, detail: str, remedy: str = "",
    headers: Mapping[str, str] | None = None, **more: Any,  # noqa: ANN401 - members of a problem
) -> JSONResponse:  # fmt: skip
    body = Problem(
        title=str(STATUS_TEXTS[status]), status=status, detail=detail, code=code, remedy=remedy,
        **more,
    )  # fmt: skip
    return JSONResponse(body.model_dump(exclude_none=True), status, dict(headers or {}), MEDIA_TYPE)


def openai_error(status: int, code: str, message: str) -> dict[str, Any]:
    """An error in the shape that OpenAI's clients read."""
    kind = "invalid_request_error" if status < 500 else "server_error"  # noqa: PLR2004 - HTTP's own
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def refusal(path: str, error: HttpError) -> JSONResponse:
    """The answer before any route; below /v1 as OpenAI does."""
    detail, remedy = str(error.detail), str(error.remedy)
    return _answer(path, error.status, error.code, detail, remedy, error.headers)


def _answer(  # noqa: PLR0917 - what is answered, in its order
    path: str, status: int, code: str, detail: str, remedy: str = "",
    headers: Mapping[str, str] | None = None, **more: Any,  # noqa: ANN401 - members of a problem
) -> JSONResponse:  # fmt: skip
    if path.startswith("/v1"):
        body = openai_error(status, code, f"{detail} {remedy}".strip())
        return JSONResponse(body, status, dict(headers or {}))
    return problem(status, code, detail, remedy, headers, **more)


def _methods(request: Request) -> list[str]:
    """What may be done at this path; the framework itself names one route's methods only."""
    routes = cast("list[BaseRoute]", request.app.routes)
    return [
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]


def add_error_handlers(app: FastAPI) -> None:
    """Have `app` answer every error as a problem; below /v1 as OpenAI does."""

    async def known(request: Request, error: XiezuoError) -> JSONResponse:
        return _answer(request.url.path, status_of(error), error.code, error.message, error.advice)

    async def refused(request: Request, error: HttpError) -> JSONResponse:
        return refusal(request.url.path, error)

    async def conflict(_: Request, error: ConflictError) -> JSONResponse:
        return problem(
            409, error.error.code, error.error.message, error.error.advice,
            mine=error.mine, theirs=error.theirs, version=error.version,
        )  # fmt: skip

    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"where": [str(part) for part in one["loc"]], "problem": one["msg"]}
            for one in error.errors()
        ]
        code, status, what, remedy = INVALID_REQUEST
        detail = str(what)
        if request.url.path.startswith("/v1") and errors:
            closest = max(errors, key=lambda one: len(one["where"]))
            detail = f"{'.'.join(closest['where'])}: {closest['problem']}"
        path = request.url.path
        return _answer(path, status, code, detail, str(remedy), errors=errors[:20])

    async def http(request: Request, error: HTTPException) -> JSONResponse:
        detail = str(error.detail)
        code = error.code if isinstance(error, BodyRefusedError) else "Http"
        headers = error.headers
        if error.status_code == 405:  # noqa: PLR2004 - HTTP's own
            headers = {"Allow": ", ".join(_methods(request))}
        return _answer(request.url.path, error.status_code, code, detail, headers=headers)

    for kind, handler in (
        (XiezuoError, known),
        (HttpError, refused),
        (ConflictError, conflict),
        (RequestValidationError, invalid),
        (HTTPException, http),
    ):
        app.add_exception_handler(kind, handler)  # pyright: ignore[reportArgumentType]
