"""What is refused before anything reads it: foreign names, other sites, forms, floods."""

import asyncio
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.server import Server, created
from xiezuo.server.doors import Doors

pytestmark = pytest.mark.xdist_group("server")


@pytest.fixture
def http(server: Server) -> httpx.Client:
    return server.http


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.", "localhost.evil.example", "[::ffff:127.0.0.1]", "127.0.0.1.",
     "2130706433", "127.1", "localhost:80:80", ""],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/documents", "/v1/models", "/healthz", "/nothing"])
def test_a_foreign_host_is_refused(http: httpx.Client, host: str, path: str):
    assert http.get(path, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8765", "127.0.0.1:1", "[::1]:8765"])
def test_our_own_names_are_served(http: httpx.Client, host: str):
    assert http.get("/api/documents", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Cookie": "xiezuo_session=x"},
    ],
)
def test_other_sites_are_refused(http: httpx.Client, method: str, headers: dict[str, str]):
    document = created(http)["id"]
    for path in ("/api/documents", f"/api/documents/{document}/events", "/v1/models"):
        answer = http.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "ForeignOrigin")
        assert "access-control-allow-origin" not in answer.headers


def test_our_own_pages_are_served(http: httpx.Client, server: Server):
    origin = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    assert http.get("/api/documents", headers=origin).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_only_json_is_read(http: httpx.Client, kind: str):
    body = b'{"text": "x"}'
    answer = http.post("/api/lint", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 415


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
    started = time.monotonic()
    asyncio.run(Doors(application, slowest_body=0.2)(scope, receive, send))
    assert sent[0]["status"] == 408
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("path", ["/api/documents", "/healthz", "/nothing", "/api/documents/x"])
def test_every_answer_has_the_headers_that_shut_doors(http: httpx.Client, path: str):
    headers = http.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


@pytest.mark.parametrize(
    "name",
    ["..", "../../etc/passwd", "%2e%2e%2f", "a\\..\\b", "CON", "x" * 300, "%00", "'; DROP TABLE--"],
)
def test_hostile_ids_find_nothing(http: httpx.Client, name: str):
    for path in ("/api/documents/{}", "/api/jobs/{}", "/api/documents/{}/text", "/api/keys/{}"):
        assert http.get(path.format(name)).status_code in {404, 405}
