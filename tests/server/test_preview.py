"""What a brief comes to, as it is typed."""

import httpx
import pytest

from tests.support.server import BRIEF, Server

pytestmark = pytest.mark.xdist_group("server")


def preview(http: httpx.Client, **more: object) -> dict:
    answer = http.post("/api/brief/preview", json={"brief": {**BRIEF, **more}})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.engine
def test_the_prompt_is_the_one_that_the_engine_is_sent(model_server: Server):
    http = model_server.http
    shown = preview(http)
    assert (shown["stage"], shown["sections"], shown["words"]) == ("writing", 2, 90)
    assert "Explain how tea is made." in shown["messages"][1]["content"]
    messages = [
        {"role": message["role"], "content": message["content"]} for message in shown["messages"]
    ]
    body = {"model": "x", "messages": messages, "max_tokens": 1}
    sent = http.post("/v1/chat/completions", json=body).json()["usage"]["prompt_tokens"]
    assert (shown["exact"], shown["prompt_tokens"]) == (True, sent)


def test_without_a_structure_an_outline_is_asked_for_first(http: httpx.Client):
    shown = preview(http, structure=[], words=900)
    assert (shown["stage"], shown["sections"]) == ("outline", 5)
    assert "5 numbered lines" in shown["messages"][-1]["content"]
    assert "BRF003" in [fault["code"] for fault in shown["faults"]]


def test_what_the_budget_leaves_out_is_said(http: httpx.Client):
    assert (preview(http)["hidden_tokens"], preview(http)["left_out"]) == (0, [])
    long = preview(http, words=6000)
    assert long["hidden_tokens"] > 0
    assert len(long["left_out"]) == 1
    full = preview(http, example="It rains in the hills. " * 900)
    assert (full["fits"], full["view_tokens"]) == (False, 0)
    assert "BRF011" in [fault["code"] for fault in full["faults"]]


@pytest.mark.engine
@pytest.mark.usefixtures("written")
def test_the_time_is_foretold_from_what_was_measured(model_server: Server):
    http = model_server.http
    short, long = preview(http), preview(http, words=900)
    assert 0 < short["first_seconds"] < short["seconds"] < long["seconds"]
    assert long["seconds"] == pytest.approx(long["tokens"] * 1.2 / long["decode_speed"], rel=0.5)


@pytest.mark.engine
def test_it_asks_for_no_text(model_server: Server):
    """It comes at every key that is pressed, so it may cost no more than counting."""

    def counters() -> list[str]:
        lines = model_server.http.get("/metrics").text.splitlines()
        names = ("xiezuo_engine_tokens_total", "xiezuo_engine_prompt_tokens_total")
        return [line for line in lines if line.startswith(names)]

    before = counters()
    assert len(before) == 2
    for number in range(3):
        preview(model_server.http, audience=f"people in {number}")
    assert counters() == before
