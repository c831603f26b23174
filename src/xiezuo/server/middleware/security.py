"""Checks of every request before it is read, and the security headers of every response.

Allowed host names stop DNS rebinding (Ollama CVE-2024-28224), origin checks stop scripts of other
sites (Gradio CVE-2024-1727), and JSON-only bodies stop forms. Bodies are limited in size and time.
"""

import asyncio
import re
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xiezuo.i18n import Language, current_language
from xiezuo.server.errors import BodyRefusedError, problem
from xiezuo.server.refusals import (
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    FOREIGN_HOST,
    FOREIGN_ORIGIN,
    JSON_NEEDED,
    Refusal,
)

COOKIE = "xiezuo_session"
LARGEST_LOGIN = 16 * 1024  # bytes; the client is not authenticated yet
LARGEST_BODY = 16 * 1024 * 1024  # bytes; a book takes two million
SLOWEST_BODY = 30.0  # seconds
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PORT = re.compile(r":\d{1,5}$")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A response's own headers take precedence.
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_API_HEADERS = (*_HEADERS, (b"cache-control", b"no-store"))


class SecurityMiddleware:
    """ASGI middleware around the whole application.

    Args:
        hosts: host names that are accepted besides this machine's own.
        largest_body: the maximum size of a request body in bytes.
        slowest_body: seconds within which a request body must arrive.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str] = (),
        *,
        largest_body: int = LARGEST_BODY,
        slowest_body: float = SLOWEST_BODY,
    ) -> None:
        self._app = app
        self._hosts = LOCAL_HOSTS | {host.lower() for host in hosts}
        self._largest = largest_body
        self._slowest = slowest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        token = current_language.set(_language(headers))
        try:
            if refusal := self._refusal(scope, headers):
                answer = problem(refusal.status, refusal.code, str(refusal.what))
                await answer(scope, receive, _with_headers(scope, send))
                return
            await self._run_limited(scope, receive, send)
        finally:
            current_language.reset(token)

    async def _run_limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False
        deadline = time.monotonic() + self._slowest
        size = 0
        body_done = False

        async def receive_limited() -> Message:
            nonlocal size, body_done
            if body_done:
                return await receive()
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                raise BodyRefusedError(BODY_TOO_SLOW) from None
            size += len(message.get("body", b""))
            if size > self._largest_body(scope):
                raise BodyRefusedError(BODY_TOO_LARGE)
            body_done = not message.get("more_body", False)
            return message

        send_with_headers = _with_headers(scope, send)

        async def send_watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send_with_headers(message)

        try:
            await self._app(scope, receive_limited, send_watched)
        except BodyRefusedError as error:
            if started:
                raise
            answer = problem(error.status_code, error.code, str(error.detail))
            await answer(scope, receive, send_with_headers)

    def _largest_body(self, scope: Scope) -> int:
        return min(self._largest, LARGEST_LOGIN if scope["path"] == "/api/login" else self._largest)

    def _refusal(self, scope: Scope, headers: Headers) -> Refusal | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _PORT.sub("", hosts[0].lower()) not in self._hosts:
            return FOREIGN_HOST
        if not _same_origin(headers, hosts[0]):
            return FOREIGN_ORIGIN
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._largest_body(scope):
            return BODY_TOO_LARGE
        has_body = length != "0" or "transfer-encoding" in headers
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] in _UNSAFE and has_body and kind != "application/json":
            return JSON_NEEDED
        return None


def _same_origin(headers: Headers, host: str) -> bool:
    """Whether this comes from one of our own pages, or from a program that is no browser."""
    origin = headers.get("origin")
    site = headers.get("sec-fetch-site")
    if site in {"cross-site", "same-site"}:
        return False
    if origin is not None:
        parts = urlsplit(origin)
        return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()
    return COOKIE not in headers.get("cookie", "") or site in {"same-origin", "none"}


def _language(headers: Headers) -> Language | None:
    preferred = headers.get("accept-language", "").strip().lower()
    return "zh" if preferred.startswith("zh") else "en" if preferred.startswith("en") else None


def _with_headers(scope: Scope, send: Send) -> Send:
    async def send_extended(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            present = {name.lower() for name, _ in headers}
            defaults = _API_HEADERS if scope["path"].startswith(("/api", "/v1")) else _HEADERS
            message["headers"] = headers + [
                header for header in defaults if header[0] not in present
            ]
        await send(message)

    return send_extended
