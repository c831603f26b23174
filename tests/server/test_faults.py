"""Faults of engine, client and clock through the whole server: text is kept, and words say why."""

import contextlib
import json
import os
import re
import signal
import socket
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.support.jobs import slowly
from tests.support.replay import replay
from tests.support.scripted_server import scripted_server
from tests.support.server import (
    Server,
    created,
    data_folder,
    finished,
    read,
    save_section,
    section,
)
from tests.support.waiting import until
from tests.support.writing import ROUTES


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory, demo_model: Path) -> Generator[Server]:
    server = Server(data_folder(tmp_path_factory.mktemp("faults") / "data", demo_model))
    yield server
    server.kill()


def writing(http: httpx.Client, words: int = 90) -> tuple[str, str]:
    """A document of three sections, the first of which has some text, and that text."""
    brief = {"task": "Explain tea.", "title": "Tea", "words": 3 * words}
    sections = [{"heading": heading, "words": words} for heading in ("Leaf", "Cup", "Pot")]
    plan = {"brief": brief, "title": "Tea", "sections": sections}
    document = created(http, start=True, plan=plan, brief=brief)["id"]
    until(lambda: len(section(http, document)["text"]) > 60)
    return document, section(http, document)["text"]


def engine_of(server: Server) -> psutil.Process:
    for child in psutil.Process(server.process.pid).children(recursive=True):
        if "xiezuo.engine.local.worker" in child.cmdline():
            return child
    raise AssertionError("no engine")


@pytest.mark.engine
def test_an_engine_killed_for_memory_goes_on_in_the_same_section(mortal: Server):
    document, text = writing(mortal.http, words=60)
    os.kill(engine_of(mortal).pid, signal.SIGKILL)
    stored = finished(mortal.http, document)
    assert mortal.http.get(f"/api/jobs/{document}").json()["state"] == "done"
    events = read(mortal, document)
    names = [event.data["event"] for event in events if event.data.get("index") == 0]
    assert names.count("section_finished") == 1
    assert replay(events) == {part["position"]: part["text"] for part in stored["sections"]}
    whole = stored["sections"][0]["text"]
    assert whole.startswith(text[:40])
    sentences = [line for line in re.split(r"(?<=[.!?])\s+", whole) if len(line) > 30]
    assert len(sentences) == len(set(sentences))


def test_replay_is_the_same_bytes_from_every_cursor(server: Server):
    document = created(server.http, start=True)["id"]
    finished(server.http, document)
    whole = raw(server, document, 0)
    starts = [event.start() for event in re.finditer(rb"^id: ", whole, re.MULTILINE)]
    assert len(starts) > 4
    for after, at in enumerate(starts[1:], 1):
        assert raw(server, document, after) == whole[at:]


def raw(server: Server, document: str, after: int) -> bytes:
    """The bytes of the events after `after`, until the job is done."""
    received = b""
    with httpx.stream(
        "GET", f"{server.url}/api/documents/{document}/events",
        headers={"Last-Event-ID": str(after)}, timeout=60,
    ) as answer:  # fmt: skip
        for part in answer.iter_raw():
            received += part
            if b'"state":"done"' in received and received.endswith(b"\n\n"):
                return received
    raise AssertionError("the stream ended")


def test_a_stream_that_dies_before_a_new_event_changes_no_cursor(server: Server):
    document = created(server.http)["id"]
    path = f"{server.url}/api/documents/{document}/events"
    for _ in range(3):
        with pytest.raises(httpx.ReadTimeout), httpx.stream(
            "GET", path, headers={"Last-Event-ID": "1"}, timeout=httpx.Timeout(5, read=0.3)
        ) as answer:  # fmt: skip
            next(answer.iter_lines())
    body = {"text": "Mine.", "version": 0}
    server.http.put(f"/api/documents/{document}/sections/0", json=body)
    with httpx.stream("GET", path, headers={"Last-Event-ID": "1"}, timeout=60) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "id: 2"
        assert next(lines) == "event: section_edited"


def event_readers(server: Server) -> float:
    text = server.http.get("/metrics").text
    (readers,) = re.findall(r"^xiezuo_event_readers (\S+)$", text, re.MULTILINE)
    return float(readers)


def test_clients_that_hardly_read_cost_little_and_hold_nobody_up(server: Server):
    document = created(server.http, start=True)["id"]
    finished(server.http, document)
    for _ in range(40):  # 4 MB of events
        version = section(server.http, document, 1)["version"]
        edit = save_section(server.http, document, 1, "Mine. " * 17_000, version)
        assert edit.status_code == 200
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    parts = urlsplit(server.url)
    slow = []
    for _ in range(30):
        connection = socket.create_connection((parts.hostname, parts.port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        request = f"GET /api/documents/{document}/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection.sendall(request.encode())
        slow.append(connection)
    for _ in range(4):
        for connection in slow:
            assert connection.recv(1)
    until(lambda: event_readers(server) >= len(slow))
    # Others are served meanwhile, and what the slow ones have been sent is in memory by then.
    assert len(prefix(server, document, 4_000_000)) == 4_000_000
    assert server.http.get(f"/api/documents/{document}").status_code == 200
    grown = process.memory_info().rss - before
    for connection in slow:
        connection.close()
    assert grown < 80_000_000  # thirty times 4 MB would be more


def test_two_writers_of_one_section_both_keep_their_text(server: Server):
    document = created(server.http)["id"]
    path = f"/api/documents/{document}/sections/0"

    def save(text: str) -> httpx.Response:
        return httpx.put(f"{server.url}{path}", json={"text": text, "version": 0}, timeout=60)

    texts = [f"Tab {number} wrote this." for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(save, texts))
    (saved,) = [
        text for text, answer in zip(texts, answers, strict=True) if answer.status_code == 200
    ]
    for text, answer in zip(texts, answers, strict=True):
        if text != saved:
            problem = answer.json()
            assert (problem["mine"], problem["theirs"]) == (text, saved)
            assert answer.status_code == 409


@pytest.mark.engine
def test_a_prompt_too_long_for_the_context_is_a_clear_message(mortal: Server):
    body = {
        "model": "smollm2-135m-instruct",
        "messages": [{"role": "user", "content": "tea leaf " * 20_000}],
    }
    answer = mortal.http.post("/v1/chat/completions", json=body)
    assert answer.status_code in {400, 413}
    assert "context" in json.dumps(answer.json())


def test_killed_at_many_moments_no_byte_that_was_shown_is_lost(tmp_path: Path):
    with scripted_server(slowly(), routes=ROUTES) as engine:

        def start() -> Server:
            return Server(tmp_path / "data", engine=engine.address.base_url)

        running, shown = start(), b""
        try:
            document, _ = writing(running.http)
            for moment in range(4):
                shown_now = until_killed(running, document, 0.15 + 0.35 * moment)
                running = start()
                stored = prefix(running, document, len(shown_now))
                assert stored == shown_now
                assert shown_now.startswith(shown[: len(shown_now)])
                shown = max(shown, shown_now, key=len)
            finished(running.http, document)
            finishes = [
                event.data["index"] for event in read(running, document)
                if event.data["event"] == "section_finished"
            ]  # fmt: skip
            assert sorted(finishes) == [0, 1, 2]
        finally:
            running.end(signal.SIGKILL)


def until_killed(server: Server, document: str, seconds: float) -> bytes:
    """The bytes of whole events that a reader received in so many seconds until the kill."""
    received = b""
    path = f"{server.url}/api/documents/{document}/events"
    with httpx.stream("GET", path, timeout=60) as answer:
        killer = threading.Timer(seconds, server.end, [signal.SIGKILL])
        killer.start()
        with contextlib.suppress(httpx.TransportError):
            for part in answer.iter_raw():
                received += part
        killer.join()
    return received[: received.rfind(b"\n\n") + 2] if b"\n\n" in received else b""


def prefix(server: Server, document: str, length: int) -> bytes:
    """The first bytes of the events as they are stored."""
    received = b""
    path = f"{server.url}/api/documents/{document}/events"
    with httpx.stream("GET", path, timeout=60) as answer:
        parts = answer.iter_raw()
        while len(received) < length:
            received += next(parts)
    return received[:length]
