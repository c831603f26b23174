"""Who is asking, found out before anything of a body is read.

It stands before every route, so that one that nobody thought of is shut too. Open is only what is
listed here, and pages outside of the API, which are the same for everybody and hold no data.
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
PROTECTED = ("/api", "/v1", "/metrics")  # with all that is below
SAFE = frozenset({"GET", "HEAD"})
_ANONYMOUS = Principal(LOCAL, frozenset(SCOPES))  # while nobody has to log in
LOOKUP_SECONDS = 5.0  # between two looks whether there are users now


class AuthenticationMiddleware:
    """ASGI middleware: puts the `Principal` into the scope, or refuses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._looked = time.monotonic()

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
        """By an API key, or by a browser's session and its CSRF token.

        Raises:
            HttpError: nobody, or one who may not do that.
        """
        inside: Services = scope["app"].state.services
        if not await self._needs_login(inside):
            return _ANONYMOUS
        headers = Headers(scope=scope)
        found = await run_in_threadpool(_find, headers, inside.accounts)
        if found is None:
            raise HttpError(refusals.LOGIN_NEEDED, headers={"WWW-Authenticate": "Bearer"})
        safe = scope["method"] in SAFE
        if found.csrf is not None and not safe and headers.get("x-csrf-token") != found.csrf:
            raise HttpError(refusals.CSRF_TOKEN)
        if ("read" if safe else "write") not in found.scopes:
            raise scope_missing()
        return found

    async def _needs_login(self, inside: Services) -> bool:
        """From the moment on when there is a user; that one is looked for now and then."""
        if not inside.login_required and time.monotonic() - self._looked > LOOKUP_SECONDS:
            self._looked = time.monotonic()
            inside.login_required = await run_in_threadpool(inside.accounts.any)
        return inside.login_required


def requires_login(path: str) -> bool:
    """Whether one has to say who he is, once there are users."""
    below = any(path == one or path.startswith(f"{one}/") for one in PROTECTED)
    return below and path not in PUBLIC


def session_of(headers: Headers) -> str:
    """The token in the session's cookie, empty without one."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


def _find(headers: Headers, accounts: Accounts) -> Principal | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return accounts.by_key(token.strip())
    session = session_of(headers)
    return accounts.by_session(session) if session else None
