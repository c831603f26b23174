"""Refusals before a body is read: foreign hosts, other sites, forms, large or slow bodies."""

import asyncio
import contextlib
import itertools
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.support.asgi import application, http_scope, respond
from tests.support.server import Server
from xiezuo.server.middleware.security import LARGEST_LOGIN, SecurityMiddleware

HOSTS = (
    "evil.example", "localhost.", "localhost.evil.example", "[::ffff:127.0.0.1]", "127.0.0.1.",
    "2130706433", "127.1", "localhost:80:80", "",
)  # fmt: skip
OTHER_SITES = (
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:1"},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Cookie": "xiezuo_session=x"},
)  # fmt: skip
JSON = {"Content-Type": "application/json"}
SECURED = SecurityMiddleware(application())


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/api/documents", "/v1/models", "/healthz", "/nothing"])
async def test_a_foreign_host_is_refused(path: str):
    for host in HOSTS:
        answer = await respond(SECURED, http_scope("GET", path, {"Host": host}))
        assert (answer.status, answer.code) == (403, "ForeignHost"), host


@pytest.mark.anyio
async def test_our_own_names_are_served():
    for host in ("localhost", "LOCALHOST:8765", "127.0.0.1:1", "[::1]:8765"):
        answer = await respond(SECURED, http_scope("GET", "/api/documents", {"Host": host}))
        assert answer.status == 200, host


@pytest.mark.anyio
async def test_other_sites_are_refused():
    methods = ("GET", "POST", "PUT", "DELETE", "OPTIONS")
    paths = ("/api/documents", "/api/documents/x/events", "/v1/models")
    for method, headers, path in itertools.product(methods, OTHER_SITES, paths):
        answer = await respond(SECURED, http_scope(method, path, headers))
        request = (method, headers, path)
        assert (answer.status, answer.code) == (403, "ForeignOrigin"), request
        assert "access-control-allow-origin" not in answer.headers, request


@pytest.mark.anyio
async def test_our_own_pages_are_served():
    headers = {
        "Host": "localhost:1",
        "Origin": "http://localhost:1",
        "Sec-Fetch-Site": "same-origin",
    }
    answer = await respond(SECURED, http_scope("GET", "/api/documents", headers))
    assert answer.status == 200


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_body_that_is_no_json_is_refused(method: str):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        headers = {"Content-Type": kind, "Content-Length": "9"}
        answer = await respond(SECURED, http_scope(method, "/api/lint", headers))
        assert answer.status == 415, kind


@pytest.mark.anyio
async def test_a_login_may_not_be_large():
    for size, status in ((LARGEST_LOGIN, 200), (LARGEST_LOGIN + 1, 413)):
        headers = {**JSON, "Content-Length": str(size)}
        answer = await respond(SECURED, http_scope("POST", "/api/login", headers))
        assert answer.status == status, size


async def _read_body(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass


@pytest.mark.anyio
async def test_a_body_that_grows_too_large_is_given_up():
    """The client does not say how long it is, as with chunks."""
    chunks = itertools.count()

    async def receive() -> Message:
        assert next(chunks) <= 10
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    secured = SecurityMiddleware(_read_body, largest_body=1000)
    answer = await respond(secured, http_scope("POST", "/api/lint", JSON), receive)
    assert answer.status == 413


@pytest.mark.anyio
async def test_a_body_that_does_not_come_is_given_up():
    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    secured = SecurityMiddleware(_read_body, slowest_body=0.2)
    headers = {**JSON, "Content-Length": "9"}
    answer = await respond(secured, http_scope("POST", "/api/lint", headers), receive)
    assert answer.status == 408


@pytest.mark.xdist_group("server")
def test_too_much_is_refused_before_it_is_read(server: Server):
    parts = urlsplit(server.url)
    start = "POST /api/lint HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for framing in ("Content-Length: 1000000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"):
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
            connection.sendall((start + framing).encode())
            chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
            with contextlib.suppress(OSError):  # the server stops reading, as it should
                for _ in range(40 if "chunked" in framing else 0):
                    connection.sendall(chunk)
            assert b" 413 " in connection.recv(200)


@pytest.mark.xdist_group("server")
def test_every_answer_has_the_headers_of_the_policy(http: httpx.Client):
    for path in ("/api/documents", "/healthz", "/nothing", "/api/documents/x"):
        headers = http.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert "server" not in headers, path
