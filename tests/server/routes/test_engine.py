"""The engine can be missing, loaded and exchanged while the server and its jobs go on."""

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.support.demo import link
from tests.support.server import (
    BRIEF,
    DEMO,
    DEMO_FILE,
    Server,
    created,
    data_folder,
    finished,
    section,
)
from tests.support.studio_engine import studio_engine
from tests.support.waiting import until

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A server on a machine without any model."""
    server = Server(tmp_path_factory.mktemp("bare"), model=None)
    yield server
    server.kill()


@pytest.fixture(scope="module")
def http(bare: Server) -> httpx.Client:
    return bare.http


def engine(http: httpx.Client) -> dict:
    return http.get("/api/engine").json()


def until_in(http: httpx.Client, *states: str) -> dict:
    """The engine when it is in one of these states."""
    until(lambda: engine(http)["state"] in states)
    return engine(http)


@pytest.fixture(scope="module")
def running(bare: Server, http: httpx.Client, demo_model: Path) -> dict:
    if not (bare.data / "models" / DEMO_FILE).exists():
        data_folder(bare.data, demo_model)
    if engine(http)["state"] == "none":
        assert http.post("/api/engine/use", json={"model": DEMO}).status_code == 202
    return until_in(http, "running")


def test_without_a_model_the_server_is_up_and_says_what_to_do(http: httpx.Client):
    now = engine(http)
    assert (now["state"], now["model"], now["problem"]) == ("none", None, None)
    assert now["metrics"]["memory_total"] > now["metrics"]["server_bytes"] > 0
    assert http.get("/readyz").json() == {"store": True, "engine": False}
    for path, body in (
        ("/api/outline", {"brief": BRIEF}), ("/api/brief/preview", {"brief": BRIEF}),
        ("/api/engine/check", None),
        ("/v1/chat/completions", {"model": "x", "messages": [{"role": "user", "content": "x"}]}),
    ):  # fmt: skip
        answer = http.post(path, json=body)
        assert answer.status_code == 503, path
        assert "NoEngineError" in answer.text
        assert "xiezuo models pull" in answer.text
    assert http.get("/v1/models").json()["data"][0]["id"] == "xiezuo-writer"
    unknown = http.post("/api/engine/use", json={"model": "nonesuch"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "UnknownModelError")
    missing = http.post("/api/engine/use", json={"model": DEMO})
    assert (missing.status_code, missing.json()["code"]) == (404, "ModelNotInstalledError")
    assert http.post("/api/engine/use", json={}).status_code == 422


def test_jobs_wait_for_an_engine_and_can_be_stopped_meanwhile(
    bare: Server, http: httpx.Client, demo_model: Path
):
    waiting = created(http, start=True)["id"]
    stopped = created(http, start=True)["id"]
    http.post(f"/api/jobs/{stopped}/cancel")
    data_folder(bare.data, demo_model)
    assert http.post("/api/engine/use", json={"model": DEMO}).json()["state"] == "loading"
    loading = http.post("/api/outline", json={"brief": BRIEF})
    assert (loading.status_code, loading.json()["code"]) == (503, "EngineLoadingError")
    now = until_in(http, "running")
    assert (now["model"], now["kind"], now["context"]) == (DEMO, "llama.cpp", 4096)
    assert [entry["in_use"] for entry in http.get("/api/models").json() if entry["id"] == DEMO] == [
        True
    ]
    written = finished(http, waiting)
    assert http.get(f"/api/jobs/{waiting}").json()["state"] == "done"
    assert any(entry["text"] for entry in written["sections"])
    assert not any(entry["text"] for entry in finished(http, stopped)["sections"])


@pytest.mark.usefixtures("running")
def test_a_speed_is_known_before_the_first_text_and_measured_on_demand(
    bare: Server, http: httpx.Client
):
    speeds = bare.data / "speed.json"
    name = DEMO.split("-", 1)[0]  # it is measured after the engine runs
    until(lambda: speeds.exists() and name in speeds.read_text().lower())
    assert engine(http)["metrics"]["decode_speed"] > 0
    report = http.post("/api/engine/check").json()
    assert report["prefill_speed"] > report["decode_speed"] > 0
    first, *_, last = report["rows"]
    assert (first["prompt_tokens"], first["article_tokens_per_second"]) == (128, 3.2)
    assert first["first_token_seconds"] < first["seconds"] < last["seconds"]


def test_an_engine_that_reports_no_usage_is_checked_without_a_speed(tmp_path: Path):
    with studio_engine(reports_usage=False) as scripted:
        server = Server(tmp_path / "data", engine=scripted.address.base_url)
        try:
            answer = server.http.post("/api/engine/check")
        finally:
            server.kill()
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"prefill_speed": None, "decode_speed": None, "rows": []}


@pytest.mark.usefixtures("running")
def test_an_exchange_in_mid_sentence_ends_no_job(http: httpx.Client):
    brief = {**BRIEF, "words": 100}
    document = created(http, start=True, brief=brief, plan={
        "brief": brief, "title": "Tea",
        "sections": [{"heading": "Leaf", "words": 60}, {"heading": "Cup", "words": 40}],
    })["id"]  # fmt: skip
    until(lambda: section(http, document)["text"])
    before = engine(http)["pid"]
    http.post("/api/engine/use", json={"model": DEMO})
    written = finished(http, document)
    assert http.get(f"/api/jobs/{document}").json()["state"] == "done"
    assert any(part["text"] for part in written["sections"])
    assert until_in(http, "running")["pid"] != before


@pytest.mark.usefixtures("running")
def test_what_cannot_be_used_leaves_the_engine_before(http: httpx.Client):
    for port in (8, 9):  # the second while the first is tried
        body = {"base_url": f"http://127.0.0.1:{port}/v1"}
        assert http.post("/api/engine/use", json=body).json()["state"] == "loading"
    now = until_in(http, "running")
    assert (now["model"], now["base_url"]) == (DEMO, None)
    assert "127.0.0.1:9" in now["problem"]
    assert now["remedy"]


@pytest.mark.usefixtures("running")
def test_the_engine_used_last_is_used_at_the_next_start(
    bare: Server, http: httpx.Client, demo_model: Path, tmp_path: Path
):
    own = tmp_path / "My Model.gguf"
    link(demo_model, own)
    answer = http.post("/api/models", json={"path": str(own)})
    assert answer.status_code == 201, answer.text
    added = answer.json()["id"]
    assert added == "My-Model"
    again = http.post("/api/models", json={"path": str(own)})
    assert (again.status_code, again.json()["code"]) == (409, "OutputExistsError")
    answer = http.post("/api/engine/use", json={"model": added})
    assert (answer.status_code, answer.json()["state"]) == (202, "loading")
    assert until_in(http, "running")["model"] == added
    bare.end()
    again = Server(bare.data, model=None)
    assert until_in(again.http, "running")["model"] == added
    again.end()
