"""Two servers on one PostgreSQL: one queue, one store, and each goes on where the other died."""

import itertools
import re
import signal
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.postgres import postgres
from tests.support.replay import replay
from tests.support.server import BRIEF, Server, created, data_folder, finished, job_state, read
from tests.support.waiting import until

pytestmark = pytest.mark.engine

LONG = {
    "brief": {"task": "Explain tea.", "title": "Tea", "words": 180},
    "title": "Tea",
    "sections": [{"heading": name, "words": 60} for name in ("Leaf", "Cup", "Pot")],
}


@pytest.fixture(scope="module")
def database() -> Generator[str]:
    with postgres() as url:
        yield url


def start(data: Path, database: str) -> Server:
    return Server(data, database=database, more={"XIEZUO_JOBS_HEARTBEAT_SECONDS": "1"})


@pytest.fixture(scope="module")
def servers(
    tmp_path_factory: pytest.TempPathFactory, demo_model: Path, database: str
) -> Generator[list[Server]]:
    """Two servers that start at the same moment on an empty database, as on two machines."""
    folders = [
        data_folder(tmp_path_factory.mktemp(name) / "data", demo_model) for name in ("a", "b")
    ]
    with ThreadPoolExecutor() as pool:
        running = list(pool.map(lambda folder: start(folder, database), folders))
    yield running
    for server in running:
        server.kill()


@pytest.fixture
def pair(servers: list[Server], database: str) -> list[Server]:
    """The two servers; one that an earlier test has killed is started again."""
    for index, server in enumerate(servers):
        if server.process.poll() is not None:
            servers[index] = start(server.data, database)
    return servers


def tokens(server: Server) -> float:
    metrics = server.http.get("/metrics").text
    (total,) = re.findall(r"^xiezuo_engine_tokens_total (\S+)", metrics, re.MULTILINE)
    return float(total)


def text(http: httpx.Client, document: str) -> str:
    sections = http.get(f"/api/documents/{document}").json()["sections"]
    return "".join(section["text"] for section in sections)


def writing(pair: list[Server]) -> tuple[str, Server, Server]:
    """A long document with some text, the server that writes it, and the other one."""
    before = [tokens(server) for server in pair]
    document = created(pair[0].http, start=True, plan=LONG, brief=LONG["brief"])["id"]
    until(lambda: len(text(pair[1].http, document)) > 80)
    grown = [tokens(server) - old for server, old in zip(pair, before, strict=True)]
    first, second = pair if grown[0] > grown[1] else reversed(pair)
    return document, first, second


def stop_writing(server: Server, document: str) -> None:
    server.http.post(f"/api/jobs/{document}/cancel")
    finished(server.http, document)


def test_both_work_on_the_queue(pair: list[Server]):
    documents = [
        created(pair[0].http, start=True, plan=LONG, brief=LONG["brief"])["id"] for _ in range(2)
    ]
    until(lambda: all(text(pair[1].http, document) for document in documents))
    for document in documents:
        stop_writing(pair[1], document)


def test_what_one_stores_the_other_knows(pair: list[Server]):
    a, b = pair
    document = created(a.http)["id"]
    path = f"/api/documents/{document}/sections/0"
    assert a.http.put(path, json={"text": "Mine.", "version": 0}).status_code == 200
    stale = b.http.put(path, json={"text": "Yours.", "version": 0})
    assert (stale.status_code, stale.json()["theirs"]) == (409, "Mine.")
    assert b.http.put(path, json={"text": "Yours.", "version": 1}).status_code == 200
    body, key = {"brief": BRIEF, "seed": 1, "start": False}, {"Idempotency-Key": "two"}
    first = a.http.post("/api/documents", json=body, headers=key)
    again = b.http.post("/api/documents", json=body, headers=key)
    assert (first.status_code, again.json()) == (201, first.json())


def test_wrong_passwords_at_one_count_at_the_other(pair: list[Server]):
    names = itertools.count()

    def sixth_is_refused() -> bool:
        """It may be let in where the machine is so busy that the wait of a second is over."""
        wrong = {"name": f"nobody {next(names)}", "password": "a guess that is long"}
        statuses = [server.http.post("/api/login", json=wrong).status_code for server in pair * 3]
        assert statuses[:5] == [401] * 5
        return statuses[5] == 429

    until(sixth_is_refused)


def test_the_other_pauses_and_cancels_what_one_writes(pair: list[Server]):
    document, _, other = writing(pair)
    with ThreadPoolExecutor() as pool:
        seen = pool.submit(read, other, document)
        other.http.post(f"/api/jobs/{document}/pause")
        until(lambda: job_state(other.http, document) == "paused")
        whole = seen.result()
    assert whole == read(pair[0], document) == read(pair[1], document)
    other.http.post(f"/api/jobs/{document}/resume")
    until(lambda: job_state(other.http, document) == "running")
    stop_writing(other, document)


def test_one_that_stood_still_leaves_its_job_to_the_other(pair: list[Server]):
    document, first, other = writing(pair)
    first.process.send_signal(signal.SIGSTOP)
    try:
        until(lambda: psutil.Process(first.process.pid).status() == psutil.STATUS_STOPPED)
        stood = text(other.http, document)
        until(lambda: text(other.http, document) != stood)
    finally:
        first.process.send_signal(signal.SIGCONT)
    until(lambda: "given to another process" in first.log.read_text())
    before = tokens(first)
    stored = finished(other.http, document)
    assert tokens(first) - before < 40  # what was under way
    events = read(first, document)
    assert [event.data["state"] for event in events if event.data["event"] == "job_state"] == [
        "done"
    ]
    assert replay(events) == {part["position"]: part["text"] for part in stored["sections"]}


def test_the_jobs_of_a_killed_one_go_on_in_the_other(pair: list[Server]):
    document, first, other = writing(pair)
    first.end(signal.SIGKILL)
    seen = text(other.http, document)
    until(lambda: text(other.http, document) != seen)
    stored = finished(other.http, document)
    whole = "".join(part["text"] for part in stored["sections"])
    assert whole.startswith(seen[:60])
    assert {part["state"] for part in stored["sections"]} <= {"written", "needs_review"}
    events = read(other, document)
    assert replay(events) == {part["position"]: part["text"] for part in stored["sections"]}
