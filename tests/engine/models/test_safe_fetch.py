"""Redirects of a hub lead to no place inside, whatever they call it (SSRF)."""

import socket
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.support.hub import Hub, hub
from xiezuo.engine.models.safe_fetch import MOST_REDIRECTS, ForbiddenAddressError, fetch, is_public

pytestmark = pytest.mark.anyio


class Pointer:
    """A hub that answers every request with a redirect to `target`."""

    def __init__(self) -> None:
        self.target = ""
        self.hosts: list[str] = []
        pointer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pointer.hosts.append(self.headers["Host"])
                self.send_response(302)
                self.send_header("Location", pointer.target)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def pointer() -> Generator[Pointer]:
    made = Pointer()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def inside() -> Generator[Hub]:
    """Another service of this machine, which must get no request."""
    with hub(b"secret") as made:
        yield made


async def read(url: str, *, allow_private: bool = False) -> bytes:
    async with fetch(url, {}, seconds=5, allow_private=allow_private) as response:
        return await response.aread()


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:{port}/cdn/x", "http://localhost:{port}/cdn/x",
        "http://[::ffff:7f00:1]:{port}/cdn/x", "http://[::ffff:127.0.0.1]:{port}/cdn/x",
        "http://2130706433:{port}/cdn/x", "http://0x7f.1:{port}/cdn/x", "http://127.1:{port}/cdn/x",
        "http://0.0.0.0:{port}/cdn/x", "http://[::1]:{port}/cdn/x", "http://0:{port}/cdn/x",
        "http://hub.example@127.0.0.1:{port}/cdn/x", "http://10.0.0.1/x", "http://192.168.1.1/x",
        "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/x", "http://[fd00::1]/x",
        "http://[64:ff9b::7f00:1]:{port}/x", "http://[2002:7f00:1::]:{port}/x", "http://100.64.0.1/",
        "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:{port}/x",
        "//127.0.0.1:{port}/",        "http://", "http:///x", "javascript:alert(1)",
    ],
)  # fmt: skip
async def test_a_redirect_into_our_network_is_refused(pointer: Pointer, inside: Hub, place: str):
    pointer.target = place.format(port=inside.url.rpartition(":")[2])
    with pytest.raises(ForbiddenAddressError):
        await read(pointer.url)
    assert not inside.requests


async def test_it_may_be_allowed(pointer: Pointer, inside: Hub):
    pointer.target = f"{inside.url}/cdn/x"
    assert await read(pointer.url, allow_private=True) == b"secret"


async def test_no_redirect_names_a_user(pointer: Pointer, inside: Hub):
    pointer.target = f"{inside.url.replace('//', '//hub.example@')}/cdn/x"
    with pytest.raises(ForbiddenAddressError, match="user"):
        await read(pointer.url, allow_private=True)
    assert not inside.requests


async def test_a_hub_inside_may_redirect_to_itself():
    with hub(b"model") as own:
        assert await read(f"{own.url}/org/repo/resolve/main/x") == b"model"


async def test_a_circle_ends(pointer: Pointer):
    pointer.target = "/again"
    with pytest.raises(ForbiddenAddressError, match="redirects"):
        await read(pointer.url)
    assert len(pointer.hosts) == MOST_REDIRECTS + 1


async def test_a_name_is_asked_for_once_and_what_was_looked_at_is_connected_to(
    pointer: Pointer, inside: Hub, monkeypatch: pytest.MonkeyPatch
):
    """DNS rebinding: the second answer would be another place."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def changing(host: str, *rest: object, **more: object):
        if host == "rebind.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "127.9.9.9"
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    pointer.target = f"http://rebind.example:{inside.url.rpartition(':')[2]}/cdn/x"
    assert await read(pointer.url, allow_private=True) == b"secret"
    assert asked == ["rebind.example"]


async def test_a_public_hub_may_not_come_back_as_a_private_one(
    pointer: Pointer, monkeypatch: pytest.MonkeyPatch
):
    """It redirects to its own name, which now means this machine."""
    public = iter([True, False])
    real = socket.getaddrinfo
    monkeypatch.setattr("xiezuo.engine.models.safe_fetch.is_public", lambda _: next(public))
    here = lambda _, *rest, **more: real("127.0.0.1", *rest, **more)  # noqa: E731
    monkeypatch.setattr(socket, "getaddrinfo", here)
    port = pointer.url.rpartition(":")[2]
    pointer.target = "/again"
    with pytest.raises(ForbiddenAddressError, match="private network"):
        await read(f"http://hub.example:{port}/x")
    assert pointer.hosts == [f"hub.example:{port}"]


async def test_names_that_nobody_knows_are_said():
    with pytest.raises(httpx.ConnectError):
        await read("http://nobody.invalid/")


@pytest.mark.parametrize(
    ("address", "public"),
    [("1.1.1.1", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.1.1", False),
     ("172.16.0.1", False), ("169.254.1.1", False), ("100.64.0.1", False), ("0.0.0.1", False),
     ("224.0.0.1", False), ("::", False), ("::1", False), ("fe80::1%eth0", False),
     ("::ffff:10.0.0.1", False), ("::ffff:1.1.1.1", True), ("64:ff9b::a00:1", False)],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool):
    assert is_public(address) is public
