"""The application: routes, doors, health, metrics."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from sqlalchemy import text

from xiezuo.errors import StoreError
from xiezuo.server import (
    assist,
    documents,
    engine,
    exports,
    generate,
    imports,
    jobs,
    models,
    openai,
    system,
)
from xiezuo.server.doors import LARGEST_BODY, SLOWEST_BODY, Doors
from xiezuo.server.entrance import Entrance
from xiezuo.server.limits import Limits
from xiezuo.server.logs import RequestLog
from xiezuo.server.metrics import exposition
from xiezuo.server.pages import add_pages
from xiezuo.server.problems import MEDIA_TYPE, Problem, add_problems
from xiezuo.server.services import In, Who
from xiezuo.server.shortcut import Shortcut
from xiezuo.version import __version__

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_ERRORS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
operations = APIRouter(tags=["operations"])


@operations.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": __version__}


@operations.get("/readyz")
def readyz(inside: In) -> JSONResponse:
    """Whether text can be stored and written: 503 while the engine or the database is away."""
    checks = {"store": _store_answers(inside), "engine": _engine_runs(inside)}
    return JSONResponse(checks, 200 if all(checks.values()) else 503)


@operations.get("/metrics", responses={200: {"content": {"text/plain": {}}}})
def metrics(_: Who, inside: In) -> Response:
    """For Prometheus."""
    content, media_type = exposition(inside)
    return Response(content, media_type=media_type)


def create_app(
    lifespan: Lifespan, hosts: Iterable[str] = (), *, largest_body: int = LARGEST_BODY,
    slowest_body: float = SLOWEST_BODY,
) -> FastAPI:  # fmt: skip
    """The service; `lifespan` puts `Services` into the app's state.

    Args:
        lifespan: what opens and closes what the routes work with.
        hosts: names, besides this machine's own, under which it may be addressed.
        largest_body: bytes of a request.
        slowest_body: seconds until a request must have come.
    """
    app = FastAPI(
        title="xiezuo", version=__version__, lifespan=lifespan, openapi_url=None, docs_url=None,
        redoc_url=None, redirect_slashes=False,
    )  # fmt: skip
    add_problems(app)
    shapes: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": "Problem"}
        for status in _ERRORS
    }
    # They are asked in turn whose a request is: those that are read most stand first.
    for module in (documents, jobs, exports, imports, assist, generate, models, system, engine):
        app.include_router(module.router, responses=shapes)
    app.include_router(operations)
    app.include_router(system.entrance, responses=shapes)
    theirs: dict[int | str, dict[str, Any]] = {
        status: {"model": openai.OpenAIError, "description": "Error"} for status in _ERRORS
    }
    app.include_router(openai.router, responses=theirs)

    @app.get("/api/openapi.json", include_in_schema=False)
    def schema() -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        return JSONResponse(openapi(app))

    add_pages(app)
    # The last one added is met first: the doors, who asks, how much at once.
    app.add_middleware(Shortcut)
    app.add_middleware(Limits)
    app.add_middleware(Entrance)
    app.add_middleware(Doors, hosts=hosts, largest_body=largest_body, slowest_body=slowest_body)  # pyright: ignore[reportArgumentType]
    app.add_middleware(RequestLog)
    return app


def openapi(app: FastAPI) -> dict[str, object]:
    """The description of every route; made once."""
    if app.openapi_schema is None:
        app.openapi_schema = get_openapi(title="xiezuo", version=__version__, routes=app.routes)
    return app.openapi_schema


def _store_answers(inside: In) -> bool:
    try:
        with inside.database.begin() as connection:
            connection.execute(text("SELECT 1"))
    except StoreError:
        return False
    return True


def _engine_runs(inside: In) -> bool:
    return inside.studio.house.state == "running"
