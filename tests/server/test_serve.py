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

from tests.support.server import PASSWORD, Server, created, data_folder, finished

pytestmark = pytest.mark.engine

EVERYWHERE = "0.0.0.0"  # noqa: S104
LONG = {
    "brief": {"task": "Explain tea.", "title": "Tea", "words": 300},
    "title": "Tea",
    "sections": [{"heading": name, "words": 100} for name in ("Leaf", "Cup", "Pot")],
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


def test_a_small_answer_comes_at_once(running: Server):
    """Not 40 ms later, as where the last part waits for the first to be acknowledged."""
    times: list[float] = []
    for _ in range(15):
        started = time.monotonic()
        running.http.get("/healthz")
        times.append(time.monotonic() - started)
    assert min(times) < 0.03  # the others may have waited for the processor


def test_others_are_served_when_there_is_a_user(data: Path):
    program = str(Path(sys.executable).with_name("xiezuo"))
    environment = {**os.environ, "XIEZUO_DATA_DIR": str(data), "XIEZUO_PASSWORD": PASSWORD}
    subprocess.run([program, "users", "add", "ann"], env=environment, check=True)
    made = Server(data, "--host", EVERYWHERE)
    try:
        port = made.url.rpartition(":")[2]
        assert httpx.get(f"http://127.0.0.1:{port}/api/documents").status_code == 401
        named = httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": f"0.0.0.0:{port}"})
        assert named.status_code == 403  # it is no name, but browsers take it as one
    finally:
        made.end()


def with_template(model: Path, template: bytes) -> Path:
    """A copy of a model file whose chat template is another, as long as its own."""
    data = model.read_bytes()
    key = b"tokenizer.chat_template" + (8).to_bytes(4, "little")
    at = data.index(key) + len(key)
    length = int.from_bytes(data[at : at + 8], "little")
    assert len(template) <= length
    start = at + 8
    made = model.with_name("hostile.gguf")
    made.write_bytes(data[:start] + template.ljust(length) + data[start + length :])
    return made


ESCAPING = b"{{ cycler.__init__.__globals__.os.popen('touch %s').read() }}"
ENDLESS = b"{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}"


@pytest.mark.parametrize("template", [ESCAPING, ENDLESS, b"{% for a in"], ids=lambda one: one[:9])
def test_a_hostile_chat_template_ends_the_engine_at_worst(
    template: bytes, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The server says why and goes on without; nothing of the template was run by Python."""
    monkeypatch.setenv("XIEZUO_ENGINE_LOAD_SECONDS", "6")
    mark = tmp_path / "p"
    filled = template.replace(b"%s", bytes(mark)) if b"%s" in template else template
    model = with_template(data / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf", filled)
    server = Server(data, "--model", str(model), model=None)
    try:
        while (engine := server.http.get("/api/engine").json())["state"] == "loading":
            time.sleep(0.1)
    finally:
        server.end()
    assert engine["state"] == "failed"
    assert "engine did not start" in engine["problem"]
    assert "Traceback" not in server.log.read_text()
    assert not mark.exists()


def test_a_second_server_on_the_same_folder_is_refused(running: Server):
    said = refused(running.data, "--port", "0")
    assert str(running.data) in said
    assert "PostgreSQL" in said


def test_asked_to_end_it_keeps_everything_and_leaves_nothing_running(running: Server):
    document, text = writing(running.http)
    assert running.http.post("/api/lint", json={"text": "A worker reads this."}).status_code == 200
    children = subprocess.run(
        ["pgrep", "-P", str(running.process.pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    assert children
    assert running.end() == -signal.SIGTERM  # after everything was ended
    for child in children:
        assert not Path(f"/proc/{child}").exists()
    assert "Traceback" not in running.log.read_text()
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
        # At its end a section is tidied: spaces at the ends of lines go.
        assert "".join(whole["sections"][0]["text"].split()).startswith("".join(text.split())[:50])
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
