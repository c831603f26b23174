"""The application: routes, middleware, health, metrics."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy import text
from sse_starlette.sse import EventSourceResponse
from starlette.routing import BaseRoute

from xiezuo.errors import StoreError
from xiezuo.server.dependencies import CurrentPrincipal, ServicesDep
from xiezuo.server.errors import MEDIA_TYPE, Problem, add_error_handlers
from xiezuo.server.middleware.authentication import AuthenticationMiddleware
from xiezuo.server.middleware.concurrency import ConcurrencyMiddleware
from xiezuo.server.middleware.fast_path import FastPathMiddleware
from xiezuo.server.middleware.request_log import RequestLog
from xiezuo.server.middleware.security import LARGEST_BODY, SLOWEST_BODY, SecurityMiddleware
from xiezuo.server.openai import routes as openai_routes
from xiezuo.server.prometheus import exposition
from xiezuo.server.request_classes import SHORT, RouteTable, request_class
from xiezuo.server.routes import (
    assist,
    briefs,
    documents,
    engine,
    exports,
    imports,
    jobs,
    models,
    studio_pages,
    workspace,
)
from xiezuo.server.sse import MEDIA_TYPE as EVENT_STREAM
from xiezuo.server.sse import event_schema
from xiezuo.version import __version__

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_ERROR_STATUSES = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
operations = APIRouter(tags=["operations"])


@operations.get("/healthz")
@request_class(SHORT)
def healthz() -> dict[str, str]:
    """Whether the process responds."""
    return {"status": "ok", "version": __version__}


@operations.get("/readyz")
@request_class(SHORT)
def readyz(services: ServicesDep) -> JSONResponse:
    """Whether the service can work: 503 while the engine or the database is unavailable."""
    checks = {"store": _store_answers(services), "engine": _engine_runs(services)}
    return JSONResponse(checks, 200 if all(checks.values()) else 503)


@operations.get("/metrics", responses={200: {"content": {"text/plain": {}}}})
@request_class(SHORT)
def metrics(_: CurrentPrincipal, services: ServicesDep) -> Response:
    """Metrics in the Prometheus text format."""
    content, media_type = exposition(services)
    return Response(content, media_type=media_type)


@operations.get("/api/openapi.json", include_in_schema=False)
@request_class(SHORT)
def schema(request: Request) -> JSONResponse:
    return JSONResponse(openapi(request.app))


def _error_responses(response: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {status: dict(response) for status in _ERROR_STATUSES}


_PROBLEMS = _error_responses(
    {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": "Problem"}
)
_OPENAI_ERRORS = _error_responses({"model": openai_routes.OpenAIError, "description": "Error"})
# Routers are tried in this order: the most frequent requests come first.
_ROUTERS: tuple[tuple[APIRouter, dict[int | str, dict[str, Any]]], ...] = (
    (documents.router, _PROBLEMS),
    (jobs.router, _PROBLEMS),
    (exports.router, _PROBLEMS),
    (imports.router, _PROBLEMS),
    (briefs.router, _PROBLEMS),
    (assist.router, _PROBLEMS),
    (models.router, _PROBLEMS),
    (workspace.router, _PROBLEMS),
    (engine.router, _PROBLEMS),
    (operations, {}),
    (workspace.public, _PROBLEMS),
    (openai_routes.router, _OPENAI_ERRORS),
)


def create_app(
    lifespan: Lifespan,
    hosts: Iterable[str] = (),
    *,
    largest_body: int = LARGEST_BODY,
    slowest_body: float = SLOWEST_BODY,
) -> FastAPI:
    """Create the application; `lifespan` puts `Services` into the app's state.

    Args:
        lifespan: opens and closes the services.
        hosts: host names that are accepted besides this machine's own.
        largest_body: the maximum size of a request body in bytes.
        slowest_body: seconds within which a request body must arrive.
    """
    app = FastAPI(
        title="xiezuo",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    add_error_handlers(app)
    for router, errors in _ROUTERS:
        app.include_router(router, responses=errors)
    studio_pages.add_pages(app)
    routes = route_table()
    # The middleware added last runs first: request log, security, authentication, concurrency.
    app.add_middleware(FastPathMiddleware, routes=routes)
    app.add_middleware(ConcurrencyMiddleware, routes=routes)
    app.add_middleware(AuthenticationMiddleware)
    app.add_middleware(
        SecurityMiddleware, hosts=hosts, largest_body=largest_body, slowest_body=slowest_body
    )  # pyright: ignore[reportArgumentType]
    app.add_middleware(RequestLog)
    return app


def route_table() -> RouteTable:
    """The declarations of every route."""
    return RouteTable(_routes())


def _routes() -> Iterator[BaseRoute]:
    for router in (*(router for router, _ in _ROUTERS), studio_pages.router):
        yield from router.routes


def openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; built once."""
    if app.openapi_schema is None:
        document = get_openapi(title="xiezuo", version=__version__, routes=app.routes)
        _declare_streams(document["paths"])
        app.openapi_schema = document
    return app.openapi_schema


def _declare_streams(paths: dict[str, Any]) -> None:
    """Give streams their media type and the schema of one event.

    FastAPI reads the media type from the response class, which would change that of the route's
    errors too.
    """
    for route in _routes():
        if isinstance(route, APIRoute) and route.response_class is EventSourceResponse:
            events = route.responses.get(200, {}).get("model")
            schema = {"schema": event_schema(events)} if events else {}
            for method in route.methods or ():
                answer = paths[route.path][method.lower()]["responses"]["200"]
                answer["content"] = {EVENT_STREAM: schema}


def _store_answers(services: ServicesDep) -> bool:
    try:
        with services.database.begin() as connection:
            connection.execute(text("SELECT 1"))
    except StoreError:
        return False
    return True


def _engine_runs(services: ServicesDep) -> bool:
    return services.studio.engine_manager.state == "running"
