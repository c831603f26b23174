"""The log and the metrics: what an operator sees, and what he must not."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.server import Server, created
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("server")


def lines(server: Server) -> list[dict]:
    text = server.log.read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def logged(server: Server, **facts: object) -> dict:
    """The last line that has these facts, as soon as it is there."""

    def matching() -> list[dict]:
        return [line for line in lines(server) if facts.items() <= line.items()]

    until(matching)
    return matching()[-1]


def test_every_request_has_an_id_that_the_answer_names(server: Server):
    answer = server.http.get("/api/documents/nothing")
    line = logged(server, request_id=answer.headers["x-request-id"])
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/documents/nothing", 404)
    assert line["ms"] > 0


def test_a_client_may_name_its_request_but_not_forge_a_line(server: Server):
    sound = server.http.get("/healthz", headers={"X-Request-ID": "from-the-proxy_1"})
    assert sound.headers["x-request-id"] == "from-the-proxy_1"
    forged = server.http.get("/healthz", headers={"X-Request-ID": '","level":"ERROR'})
    assert "ERROR" not in forged.headers["x-request-id"]
    server.http.get('/healthz/%0a{"level":"CRITICAL"}')
    logged(server, path='/healthz/\n{"level":"CRITICAL"}')
    assert all(line["level"] != "CRITICAL" for line in lines(server))


def test_neither_queries_nor_texts_are_logged(server: Server):
    document = created(server.http)["id"]
    server.http.get("/api/search", params={"q": "my private search"})
    path = f"/api/documents/{document}/sections/0"
    server.http.put(path, json={"text": "My private text.", "version": 0})
    logged(server, path=path)
    assert "private" not in server.log.read_text()


@pytest.mark.engine
def test_a_job_is_followed_by_its_id_and_counted(model_server: Server, written: str):
    server = model_server
    assert logged(server, job_id=written)["message"] == "the job is done"
    text = server.http.get("/metrics").text
    metrics = {family.name: family for family in text_string_to_metric_families(text)}
    done = [
        sample.value
        for sample in metrics["xiezuo_jobs"].samples
        if sample.labels["state"] == "done"
    ]
    assert done[0] >= 1
    for name in ("engine_tokens", "engine_prompt_tokens", "engine_cached_tokens", "repairs"):
        assert metrics[f"xiezuo_{name}"].type == "counter"
    assert metrics["xiezuo_engine_tokens"].samples[0].value > 20
    assert {sample.labels["process"] for sample in metrics["xiezuo_resident_bytes"].samples} == {
        "server", "engine",
    }  # fmt: skip
    assert metrics["xiezuo_queue_depth"].samples[0].value == 0
    waits = metrics["xiezuo_engine_first_token_seconds"]
    samples = {sample.name.rpartition("_")[2]: sample.value for sample in waits.samples}
    assert waits.type == "histogram"
    assert samples["count"] >= 2
    assert samples["sum"] > 0
    buckets = [sample.value for sample in waits.samples if sample.name.endswith("_bucket")]
    assert buckets == sorted(buckets)
    assert buckets[-1] == samples["count"]
