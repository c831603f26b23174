"""`xiezuo serve`: starts where it is safe, ends without loss, and goes on where it was."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.server.conftest import PASSWORD, Server, created, data_folder, finished

pytestmark = pytest.mark.engine

EVERYWHERE = "0.0.0.0"  # noqa: S104
LONG = {
    "brief": {"task": "Explain tea.", "title": "Tea", "words": 600},
    "title": "Tea",
    "sections": [{"heading": name, "words": 200} for name in ("Leaf", "Cup", "Pot")],
}


@pytest.fixture
def data(tmp_path: Path, demo_model: Path) -> Path:
    return data_folder(tmp_path / "data", demo_model)


@pytest.fixture
def running(data: Path) -> Generator[Server]:
    made = Server(data)
    yield made
    if made.process.poll() is None:
        made.end(signal.SIGKILL)


def refused(data: Path, *words: str) -> str:
    """What it says when it will not start."""
    environment = {**os.environ, "XIEZUO_DATA_DIR": str(data), "XIEZUO_LANGUAGE": "en"}
    program = str(Path(sys.executable).with_name("xiezuo"))
    done = subprocess.run(
        [program, "serve", *words], env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode not in {0, 1}, done
    assert "Traceback" not in done.stderr
    return done.stderr


def writing(http: httpx.Client) -> tuple[str, str]:
    """A long document of which some text is there already, and that text."""
    document = created(http, start=True, plan=LONG, brief=LONG["brief"])["id"]
    for _ in range(600):
        text = http.get(f"/api/documents/{document}").json()["sections"][0]["text"]
        if len(text) > 80:
            return document, text
        time.sleep(0.05)
    raise AssertionError("nothing is written")


def test_a_port_that_is_taken_is_named(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = refused(tmp_path, "--port", str(taken.getsockname()[1]))
    assert "--port" in said


@pytest.mark.parametrize("host", [EVERYWHERE, "::"])
def test_nobody_else_is_served_before_there_is_a_user(host: str, tmp_path: Path):
    assert "xiezuo users add" in refused(tmp_path, "--host", host, "--port", "0")


def test_others_are_served_when_there_is_a_user(data: Path):
    program = str(Path(sys.executable).with_name("xiezuo"))
    environment = {**os.environ, "XIEZUO_DATA_DIR": str(data), "XIEZUO_PASSWORD": PASSWORD}
    subprocess.run([program, "users", "add", "ann"], env=environment, check=True)
    made = Server(data, "--host", EVERYWHERE)
    try:
        port = made.url.rpartition(":")[2]
        answer = httpx.get(f"http://127.0.0.1:{port}/api/documents")
        assert answer.status_code == 401
    finally:
        made.end()


def test_a_second_server_on_the_same_folder_is_refused(running: Server):
    said = refused(running.data, "--port", "0")
    assert str(running.data) in said
    assert "PostgreSQL" in said


def test_asked_to_end_it_keeps_everything_and_leaves_nothing_running(running: Server):
    document, text = writing(running.http)
    children = subprocess.run(
        ["pgrep", "-P", str(running.process.pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    assert children
    assert running.end() == -signal.SIGTERM  # after everything was ended
    for child in children:
        assert not Path(f"/proc/{child}").exists()
    again = Server(running.data)
    try:
        stored = again.http.get(f"/api/documents/{document}").json()["sections"][0]["text"]
        assert stored.startswith(text[:80])
    finally:
        again.end(signal.SIGKILL)


@pytest.mark.timeout(180)
def test_killed_it_goes_on_by_itself(running: Server):
    document, text = writing(running.http)
    running.end(signal.SIGKILL)
    again = Server(running.data)
    try:
        whole = finished(again.http, document, 120)
        assert [one["state"] for one in whole["sections"]].count("planned") == 0
        assert whole["sections"][0]["text"].startswith(text[:60])
    finally:
        again.end()


def test_a_reader_goes_on_where_the_stream_broke(running: Server):
    document, _ = writing(running.http)
    seen = ids(running, document, 0, 12)
    running.end(signal.SIGKILL)
    again = Server(running.data)
    try:
        more = ids(again, document, seen[-1], 12)
    finally:
        again.end(signal.SIGKILL)
    assert [*seen, *more] == list(range(1, 25))


def ids(server: Server, document: str, after: int, most: int) -> list[int]:
    """The ids of `most` events after `after`, as a reader that reconnects gets them."""
    found: list[int] = []
    headers = {"Last-Event-ID": str(after)}
    address = f"/api/documents/{document}/events"
    with server.http.stream("GET", address, headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("id:"):
                found.append(int(line[3:]))
            if len(found) == most:
                break
    return found
