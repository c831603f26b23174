"""Authentication of every request, before its body is read.

The middleware protects every route by default. Public are only the paths listed here and the pages
outside the API, which are the same for everybody and contain no data.
"""

import time

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from xiezuo.errors import XiezuoError
from xiezuo.server import refusals
from xiezuo.server.dependencies import Services, scope_missing
from xiezuo.server.errors import HttpError, as_http, refusal
from xiezuo.server.middleware.security import COOKIE
from xiezuo.store.accounts import SCOPES, Accounts, Principal
from xiezuo.store.documents.documents import LOCAL

PUBLIC = frozenset({"/healthz", "/readyz", "/api/login"})
PROTECTED = ("/api", "/v1", "/metrics")  # and every path below
SAFE = frozenset({"GET", "HEAD"})
_ANONYMOUS = Principal(LOCAL, frozenset(SCOPES))  # while no login is required
LOOKUP_SECONDS = 5.0  # between two checks whether users exist


class AuthenticationMiddleware:
    """ASGI middleware: puts the `Principal` into the scope, or refuses the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._checked_at = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and requires_login(scope["path"]):
            try:
                scope["principal"] = await self._principal(scope)
            except HttpError as error:
                await refusal(scope["path"], error)(scope, receive, send)
                return
            except XiezuoError as error:
                await refusal(scope["path"], as_http(error))(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _principal(self, scope: Scope) -> Principal:
        """Authenticate by an API key, or by a browser session and its CSRF token.

        Raises:
            HttpError: not authenticated, or not authorized.
        """
        services: Services = scope["app"].state.services
        if not await self._needs_login(services):
            return _ANONYMOUS
        headers = Headers(scope=scope)
        principal = await run_in_threadpool(_find_principal, headers, services.accounts)
        if principal is None:
            raise HttpError(refusals.LOGIN_NEEDED, headers={"WWW-Authenticate": "Bearer"})
        safe = scope["method"] in SAFE
        if (
            principal.csrf is not None
            and not safe
            and headers.get("x-csrf-token") != principal.csrf
        ):
            raise HttpError(refusals.CSRF_TOKEN)
        if ("read" if safe else "write") not in principal.scopes:
            raise scope_missing()
        return principal

    async def _needs_login(self, services: Services) -> bool:
        """Whether users exist; while none do, the store is checked every `LOOKUP_SECONDS`."""
        if not services.login_required and time.monotonic() - self._checked_at > LOOKUP_SECONDS:
            self._checked_at = time.monotonic()
            services.login_required = await run_in_threadpool(services.accounts.any)
        return services.login_required


def requires_login(path: str) -> bool:
    """Whether the path needs authentication once users exist."""
    protected = any(path == root or path.startswith(f"{root}/") for root in PROTECTED)
    return protected and path not in PUBLIC


def session_of(headers: Headers) -> str:
    """The token of the session cookie; empty if there is none."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


def _find_principal(headers: Headers, accounts: Accounts) -> Principal | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return accounts.by_key(token.strip())
    session = session_of(headers)
    return accounts.by_session(session) if session else None
