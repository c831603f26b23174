"""OpenAI's own package as a client that does not know us."""

import itertools
import json
from collections.abc import Generator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import openai
import pytest

from tests.support.server import Server, job_state
from tests.support.studio_engine import HOLD
from tests.support.waiting import until
from xiezuo.engine.scripted import ScriptedEngine
from xiezuo.server.openai.document_model import length_in

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("server")]
ASK = [{"role": "user", "content": "Say hello."}]


def client_of(server: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0)


@pytest.fixture
def client(server: Server) -> Generator[openai.OpenAI]:
    with client_of(server) as connected:
        yield connected


@pytest.fixture
def model_client(model_server: Server) -> Generator[openai.OpenAI]:
    with client_of(model_server) as connected:
        yield connected


def test_models(client: openai.OpenAI):
    names = [one.id for one in client.models.list()]
    assert {"xiezuo-writer", "xiezuo-writer-draft"} < set(names)


@pytest.mark.engine
def test_a_completion_with_usage(model_client: openai.OpenAI):
    completion = model_client.chat.completions.create(
        model="any", messages=ASK, max_tokens=8, seed=1
    )
    assert completion.choices[0].message.content
    assert completion.choices[0].finish_reason in {"length", "stop"}
    assert completion.usage is not None
    assert 0 < completion.usage.completion_tokens <= 8


@pytest.mark.engine
def test_streamed_and_whole_are_the_same(model_client: openai.OpenAI):
    facts = {"model": "any", "messages": ASK, "max_tokens": 12, "seed": 1, "temperature": 0}
    whole = model_client.chat.completions.create(**facts).choices[0].message.content
    stream = model_client.chat.completions.create(
        **facts, stream=True, stream_options={"include_usage": True}
    )
    text, usage = "", None
    for chunk in stream:
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        usage = chunk.usage or usage
    assert text == whole
    assert usage is not None
    assert usage.completion_tokens <= 12


async def test_the_async_client(server: Server):
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none") as client:
        completion = await client.chat.completions.create(model="any", messages=ASK, max_tokens=4)
    assert completion.choices[0].message.content


@pytest.mark.engine
def test_stop_words_json_and_old_completions(model_client: openai.OpenAI):
    completion = model_client.chat.completions.create(
        model="any", messages=ASK, max_tokens=40, temperature=0, stop=["e"]
    )
    assert "e" not in (completion.choices[0].message.content or "")
    schema = {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"],
              "additionalProperties": False}  # fmt: skip
    completion = model_client.chat.completions.create(
        model="any", messages=ASK, max_tokens=40,
        response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
    )  # fmt: skip
    assert (completion.choices[0].message.content or "").startswith("{")
    old = model_client.completions.create(model="any", prompt="Tea is", max_tokens=5)
    assert old.choices[0].text


def test_tools_are_passed_on(client: openai.OpenAI, engine: ScriptedEngine):
    """To an engine that says what it was asked, since the demo model knows no tools."""
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    with client.chat.completions.create(
        model="any", messages=ASK, tools=[tool], tool_choice="auto", stream=True
    ) as answer:
        assert list(answer)
    request = engine.requests[-1]
    assert (request["tools"], request["tool_choice"]) == ([tool], "auto")


WRONG = (
    {"temperature": -1}, {"max_tokens": 0}, {"max_tokens": "many"}, {"n": 5}, {"messages": []},
    {"top_p": 7}, {"extra_body": {"frequency_penalty": "x"}},
)  # fmt: skip


def test_values_that_do_not_fit_are_refused_in_openais_shape(client: openai.OpenAI):
    for wrong in WRONG:
        with pytest.raises(openai.UnprocessableEntityError) as caught:
            client.chat.completions.create(**{"model": "any", "messages": ASK, **wrong})
        assert caught.value.code == "InvalidRequest", wrong


def test_null_is_as_if_nothing_was_said(server: Server):
    names = (
        "temperature", "top_p", "n", "presence_penalty", "frequency_penalty", "seed",
        "max_completion_tokens",
    )  # fmt: skip
    body = {"messages": ASK, "max_tokens": 4, **dict.fromkeys(names)}
    assert server.http.post("/v1/chat/completions", json=body).status_code == 200


def test_numbers_that_are_none_are_refused(server: Server):
    headers = {"Content-Type": "application/json"}
    fields = ("temperature", "min_p", "dry_base")
    for number, name in itertools.product(("NaN", "Infinity", "-Infinity"), fields):
        fixed = '"model": "x", "messages": [{"role": "user", "content": "x"}]'
        body = f'{{{fixed}, "{name}": {number}}}'
        answer = server.http.post("/v1/chat/completions", content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "InvalidRequest"), body


def test_pictures_from_elsewhere_are_not_fetched(client: openai.OpenAI):
    content = [{"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/x.png"}}]
    with pytest.raises(openai.UnprocessableEntityError, match="text"):
        client.chat.completions.create(
            model="any", messages=[{"role": "user", "content": content}], max_tokens=1
        )


@pytest.mark.engine
def test_what_the_engine_cannot_do_is_an_error_of_openais(model_client: openai.OpenAI):
    with pytest.raises(openai.APIStatusError) as caught:
        model_client.embeddings.create(model="any", input="tea")
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["message"]


def test_the_engine_is_free_when_a_client_has_left(server: Server, engine: ScriptedEngine):
    path = f"{server.url}/v1/chat/completions"
    body = {"messages": [{"role": "user", "content": HOLD}]}
    cancelled = engine.cancelled
    with httpx.stream("POST", path, json={**body, "stream": True}) as answer:
        next(answer.iter_lines())
    until(lambda: engine.cancelled == cancelled + 1)
    requests = len(engine.requests)
    headers = {"Content-Type": "application/json"}
    parts = urlsplit(server.url)
    connection = HTTPConnection(parts.hostname, parts.port)
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    until(lambda: len(engine.requests) > requests)
    connection.close()
    until(lambda: engine.cancelled == cancelled + 2)
    until(lambda: '"status": 499' in server.log.read_text())


def test_xiezuo_writer_writes_a_whole_document(client: openai.OpenAI, server: Server):
    task = "Write 150 words on tea."
    stream = client.chat.completions.create(
        model="xiezuo-writer", messages=[{"role": "user", "content": task}], stream=True, seed=1,
        timeout=120,
    )  # fmt: skip
    pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
    text = "".join(pieces)
    assert text.startswith("# ")
    assert text.count("\n## ") >= 3
    assert len([piece for piece in pieces if piece]) >= 4  # section by section
    listed = server.http.get("/api/documents").json()
    assert text.strip() == server.http.get(f"/api/documents/{listed[0]['id']}/text").text.strip()


LENGTHS = {
    "Write 150 words on tea.": 150, "A 1,200-word essay": 1200, "写一篇 800 字的短文": 800,
    "Explain tea.": None, "Write 3 words.": None, "Chapter 12": None,
}  # fmt: skip


def test_a_length_that_a_message_names_is_kept_to():
    assert {task: length_in(task) for task in LENGTHS} == LENGTHS


def test_a_writer_whose_client_leaves_is_cancelled(server: Server):
    messages = [{"role": "user", "content": HOLD}]
    body = {"model": "xiezuo-writer", "stream": True, "messages": messages}

    def documents() -> set[str]:
        return {document["id"] for document in server.http.get("/api/documents").json()}

    before = documents()
    with httpx.stream("POST", f"{server.url}/v1/chat/completions", json=body, timeout=60) as answer:
        lines = answer.iter_lines()  # while it is kept, the connection is
        next(lines)
        until(lambda: documents() - before)
    (document,) = documents() - before
    until(lambda: job_state(server.http, document) == "cancelled")
