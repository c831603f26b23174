"""What is refused before anything reads it: foreign names, other sites, forms, floods."""

import asyncio
import itertools
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.server import Server, created
from xiezuo.server.middleware.security import SecurityMiddleware

pytestmark = pytest.mark.xdist_group("server")


HOSTS = (
    "evil.example", "localhost.", "localhost.evil.example", "[::ffff:127.0.0.1]", "127.0.0.1.",
    "2130706433", "127.1", "localhost:80:80", "",
)  # fmt: skip
OTHER_SITES = (
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:1"},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Cookie": "xiezuo_session=x"},
)  # fmt: skip


def test_a_foreign_host_is_refused(http: httpx.Client):
    paths = ("/api/documents", "/v1/models", "/healthz", "/nothing")
    served = [
        (host, path)
        for host, path in itertools.product(HOSTS, paths)
        if http.get(path, headers={"Host": host}).status_code != 403
    ]
    assert not served


def test_our_own_names_are_served(http: httpx.Client):
    for host in ("localhost", "LOCALHOST:8765", "127.0.0.1:1", "[::1]:8765"):
        assert http.get("/api/documents", headers={"Host": host}).status_code == 200, host


def test_other_sites_are_refused(http: httpx.Client):
    document = created(http)["id"]
    methods = ("GET", "POST", "PUT", "DELETE", "OPTIONS")
    paths = ("/api/documents", f"/api/documents/{document}/events", "/v1/models")
    for method, headers, path in itertools.product(methods, OTHER_SITES, paths):
        answer = http.request(method, path, headers=headers)
        asked = (method, headers, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "ForeignOrigin"), asked
        assert "access-control-allow-origin" not in answer.headers, asked


def test_our_own_pages_are_served(http: httpx.Client, server: Server):
    origin = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    assert http.get("/api/documents", headers=origin).status_code == 200


def test_too_much_is_refused_before_it_is_read(server: Server):
    parts = urlsplit(server.url)
    lead = "POST /api/lint HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for more in ("Content-Length: 1000000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"):
        with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
            connection.sendall((lead + more).encode())
            chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
            try:
                for _ in range(40 if "chunked" in more else 0):
                    connection.sendall(chunk)
            except OSError:
                pass  # it stopped listening, as it should
            assert b" 413 " in connection.recv(200)


def test_a_body_that_does_not_come_is_given_up():
    """Checked on the middleware itself, with a short limit."""

    async def application(scope, receive, send) -> None:
        await receive()

    async def receive():
        await asyncio.sleep(60)

    sent = []

    async def send(message) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json"),
               (b"content-length", b"9")]  # fmt: skip
    scope = {"type": "http", "method": "POST", "path": "/api/lint", "headers": headers}
    asyncio.run(SecurityMiddleware(application, slowest_body=0.2)(scope, receive, send))
    assert sent[0]["status"] == 408


def test_every_answer_has_the_headers_of_the_policy(http: httpx.Client):
    for path in ("/api/documents", "/healthz", "/nothing", "/api/documents/x"):
        headers = http.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert "server" not in headers, path
