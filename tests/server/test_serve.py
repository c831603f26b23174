"""`xiezuo serve`: starts where it is safe, ends without loss, and goes on where it was."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.server import PASSWORD, Server, created, data_folder, program, section
from tests.support.waiting import until
from xiezuo.cli.serve import _bind
from xiezuo.engine.scripted import ScriptedEngine

pytestmark = pytest.mark.engine

EVERYWHERE = "0.0.0.0"  # noqa: S104


@pytest.fixture
def data(tmp_path: Path, demo_model: Path) -> Path:
    return data_folder(tmp_path / "data", demo_model)


def refused(data: Path, *words: str) -> str:
    """What it says when it will not start."""
    environment = {**os.environ, "XIEZUO_DATA_DIR": str(data), "XIEZUO_LANGUAGE": "en"}
    done = subprocess.run(
        [program(), "serve", *words], env=environment, capture_output=True, text=True, timeout=240,
        check=False,
    )  # fmt: skip
    assert done.returncode not in {0, 1}, done
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        message = refused(tmp_path, "--port", str(taken.getsockname()[1]))
    assert "--port" in message


@pytest.mark.parametrize("host", [EVERYWHERE, "::"])
def test_nobody_else_is_served_before_there_is_a_user(host: str, tmp_path: Path):
    assert "xiezuo users add" in refused(tmp_path, "--host", host, "--port", "0")


def test_a_small_answer_comes_at_once():
    """Not 40 ms later, as where the last part waits for the first to be acknowledged."""
    with _bind("127.0.0.1", 0) as listening:
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_others_are_served_when_there_is_a_user(tmp_path: Path, engine: ScriptedEngine):
    data = tmp_path / "data"
    environment = {**os.environ, "XIEZUO_DATA_DIR": str(data), "XIEZUO_PASSWORD": PASSWORD}
    subprocess.run([program(), "users", "add", "ann"], env=environment, check=True)
    server = Server(data, "--host", EVERYWHERE, engine=engine.address.base_url)
    try:
        port = server.url.rpartition(":")[2]
        assert httpx.get(f"http://127.0.0.1:{port}/api/documents").status_code == 401
        named = httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": f"0.0.0.0:{port}"})
        assert named.status_code == 403  # it is no name, but browsers take it as one
    finally:
        server.end()


def with_template(model: Path, template: bytes) -> Path:
    """A copy of a model file whose chat template is another, as long as its own."""
    data = model.read_bytes()
    key = b"tokenizer.chat_template" + (8).to_bytes(4, "little")
    at = data.index(key) + len(key)
    length = int.from_bytes(data[at : at + 8], "little")
    assert len(template) <= length
    start = at + 8
    changed = model.with_name("hostile.gguf")
    changed.write_bytes(data[:start] + template.ljust(length) + data[start + length :])
    return changed


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
        until(lambda: server.http.get("/api/engine").json()["state"] != "loading")
        engine = server.http.get("/api/engine").json()
    finally:
        server.end()
    assert engine["state"] == "failed"
    assert "engine did not start" in engine["problem"]
    assert "Traceback" not in server.log.read_text()
    assert not mark.exists()


def test_a_second_server_on_the_same_folder_is_refused(server: Server):
    message = refused(server.data, "--port", "0")
    assert str(server.data) in message
    assert "PostgreSQL" in message


def test_asked_to_end_it_keeps_everything_and_leaves_nothing_running(
    data: Path, engine: ScriptedEngine
):
    running = Server(data)
    document = created(running.http, start=True)["id"]
    until(lambda: len(section(running.http, document)["text"]) > 80)
    text = section(running.http, document)["text"]
    assert running.http.post("/api/lint", json={"text": "A worker reads this."}).status_code == 200
    children = psutil.Process(running.process.pid).children(recursive=True)
    assert any("xiezuo.engine.local.worker" in child.cmdline() for child in children)
    assert running.end() == -signal.SIGTERM  # after everything was ended
    assert not any(child.is_running() for child in children)
    assert "Traceback" not in running.log.read_text()
    again = Server(data, engine=engine.address.base_url)
    try:
        assert section(again.http, document)["text"].startswith(text[:80])
    finally:
        again.kill()
