"""OpenAI's protocol: direct access to the engine, and `xiezuo-writer`, which writes documents.

https://platform.openai.com/docs/api-reference/chat
"""

import asyncio
import json
import math
import time
import uuid
from collections.abc import AsyncGenerator, Coroutine, Iterable, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any, Literal, cast

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from xiezuo.engine.protocol import as_text
from xiezuo.errors import EngineLostError
from xiezuo.server import refusals
from xiezuo.server.dependencies import CurrentPrincipal, Services, ServicesDep
from xiezuo.server.errors import HttpError, openai_error
from xiezuo.server.openai.document_model import WRITERS, written
from xiezuo.server.request_classes import MODEL, SHORT, request_class
from xiezuo.server.schemas.base import NUMBER, refuse_unstorable
from xiezuo.server.sse import MEDIA_TYPE, comment, encode
from xiezuo.store.accounts import Principal

router = APIRouter(prefix="/v1", tags=["openai"])
# Parameters of the engine's slots, adapters and templates, which clients may not set.
_RESERVED = frozenset({"id_slot", "slot_id", "lora", "chat_template", "chat_template_file"})
# With `stream`, the answer is events instead of one JSON value.
_MAYBE_STREAMED: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}}}
_EXACT_TEXT = frozenset({"stop", "model", "grammar"})  # never part of a prompt
_EXACT = 2**53  # the range in which every JSON parser reads the same integer
_CLIENT_GONE = 499  # nginx's code for logs; no client reads the response
# Sampling parameters of llama.cpp's server with their minimum and maximum.
_SAMPLING_BOUNDS: Mapping[str, tuple[float, float]] = {
    "top_k": (0, 1_000_000), "min_p": (0, 1), "typical_p": (0, 1), "top_n_sigma": (-1, 100),
    "xtc_probability": (0, 1), "xtc_threshold": (0, 1), "dynatemp_range": (0, 10),
    "dynatemp_exponent": (0, 10), "repeat_penalty": (0, 10), "repeat_last_n": (-1, 1_000_000),
    "dry_multiplier": (0, 10), "dry_base": (0, 10), "dry_allowed_length": (0, 1_000_000),
    "dry_penalty_last_n": (-1, 1_000_000), "mirostat": (0, 2), "mirostat_tau": (0, 100),
    "mirostat_eta": (0, 1), "n_predict": (1, 1_000_000), "n_keep": (-1, 1_000_000),
    "n_probs": (0, 20), "top_logprobs": (0, 20), "min_keep": (0, 1000), "best_of": (1, 1),
}  # fmt: skip


def _checked(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Check that the engine can be sent this JSON.

    Raises:
        ValueError: text or numbers that it cannot read, or sampling parameters out of bounds.
    """
    _check_finite(refuse_unstorable(value))
    parameters = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    for name, (least, most) in _SAMPLING_BOUNDS.items():
        number = parameters.get(name)
        if number is None:
            continue
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        if not is_number or not least <= number <= most:
            raise ValueError(f"{name} must be a number from {least} to {most}")
    return cast("Any", value)


def _check_finite(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Refuse NaN and infinities at any depth, because JSON does not have them."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("numbers must be finite")
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        inner = cast("dict[str, Any]", value).values()
    elif isinstance(value, list):
        inner = cast("list[Any]", value)
    for item in inner:
        _check_finite(item)
    return cast("Any", value)


class SamplingFields(BaseModel):
    """Parameters of both kinds of completion; all others are passed on to the engine."""

    model_config = ConfigDict(extra="allow")

    model: Annotated[str, Field(max_length=200)] = ""
    temperature: Annotated[float | None, Field(ge=0, le=10), NUMBER] = None
    top_p: Annotated[float | None, Field(ge=0, le=1), NUMBER] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000), NUMBER] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1, le=1_000_000), NUMBER] = None
    n: Annotated[int | None, Field(ge=1, le=1), NUMBER] = None
    presence_penalty: Annotated[float | None, Field(ge=-2, le=2), NUMBER] = None
    frequency_penalty: Annotated[float | None, Field(ge=-2, le=2), NUMBER] = None
    seed: Annotated[int | None, Field(ge=-_EXACT, le=_EXACT), NUMBER] = None
    stream: bool = False


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="allow")

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """A message to the model."""

    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "tool", "function"]
    content: str | list[Part]

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content


class Answer(BaseModel):
    """A message of the model."""

    model_config = ConfigDict(extra="allow")

    role: Literal["assistant"]
    content: str | list[Part]


class Function(BaseModel):
    name: str
    arguments: str


class ToolCall(BaseModel):
    id: str
    type: Literal["function"]
    function: Function


class ToolCallMessage(BaseModel):
    """A message of the model that only calls tools.

    Its place in a dialogue depends on the model's template, so the schema does not show it.
    """

    model_config = ConfigDict(extra="allow")

    role: Literal["assistant"]
    content: None = None
    tool_calls: Annotated[list[ToolCall], Field(min_length=1)]


class OpenAIError(BaseModel):
    """An error in the format of OpenAI's API."""

    error: dict[str, Any]


class Chat(SamplingFields):
    messages: Annotated[
        list[Message | Answer | SkipJsonSchema[ToolCallMessage]],
        Field(min_length=1, max_length=1000),
    ]


class Completion(SamplingFields):
    prompt: str


class Embedding(BaseModel):
    model_config = ConfigDict(extra="allow")

    model: str = ""
    input: str | Annotated[list[str], Field(min_length=1, max_length=1000)]


@router.get("/models")
@request_class(SHORT)
def list_models(_: CurrentPrincipal, services: ServicesDep) -> dict[str, Any]:
    manager = services.studio.engine_manager
    engines = (
        [manager.client.capabilities.model] if manager.state in {"running", "restarting"} else []
    )
    names = [*engines, *WRITERS]
    created = int(services.document_feeds.started)
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "created": created, "owned_by": "xiezuo"}
            for name in names
        ],
    }


@router.post("/chat/completions", response_model=None, responses=_MAYBE_STREAMED)
@request_class(MODEL)
async def chat(
    request: Request,
    principal: CurrentPrincipal,
    services: ServicesDep,
    body: Annotated[Chat, BeforeValidator(_checked)],
) -> Response:
    """Streamed or whole. `xiezuo-writer` writes a document; the engine serves all other models."""
    if body.model in WRITERS:
        writing = _write(body, principal, services)
        return await (writing if body.stream else _unless_disconnected(request, writing))
    if body.stream:
        return await _relay(services, "/chat/completions", _engine_parameters(body))
    return await _unless_disconnected(
        request, _forward(services, "/chat/completions", _engine_parameters(body))
    )


@router.post("/completions", response_model=None, responses=_MAYBE_STREAMED)
@request_class(MODEL)
async def complete(
    request: Request,
    _: CurrentPrincipal,
    services: ServicesDep,
    body: Annotated[Completion, BeforeValidator(_checked)],
) -> Response:
    if body.stream:
        return await _relay(services, "/completions", _engine_parameters(body))
    return await _unless_disconnected(
        request, _forward(services, "/completions", _engine_parameters(body))
    )


@router.post("/embeddings", response_model=None)
@request_class(MODEL)
async def embed(
    request: Request,
    _: CurrentPrincipal,
    services: ServicesDep,
    body: Annotated[Embedding, BeforeValidator(_checked)],
) -> Response:
    """Embeddings, if the engine supports them."""
    return await _unless_disconnected(
        request, _forward(services, "/embeddings", _engine_parameters(body))
    )


def _engine_parameters(body: BaseModel) -> dict[str, Any]:
    """The parameters for the engine, without control tokens, also in tools and schemas."""
    parameters = body.model_dump(exclude_none=True, exclude_unset=True)
    return {
        name: value if name in _EXACT_TEXT else _harmless(value)
        for name, value in parameters.items()
        if name not in _RESERVED
    }


def _harmless(value: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON without control tokens in its strings, names included."""
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, list):
        return [_harmless(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {as_text(name): _harmless(member) for name, member in members.items()}
    return value


async def _unless_disconnected(request: Request, work: Coroutine[Any, Any, Response]) -> Response:
    """Await `work`; cancel it when the client disconnects, which frees the engine."""
    working, disconnected = asyncio.create_task(work), asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({working, disconnected}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else Response(status_code=_CLIENT_GONE)
    finally:
        for task in (working, disconnected):
            task.cancel()
        await asyncio.gather(working, disconnected, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _forward(services: Services, path: str, body: dict[str, Any]) -> Response:
    async with services.studio.client.forward(path, body) as answer:
        try:
            content = await answer.aread()
        except httpx.TransportError as error:
            raise EngineLostError(problem=str(error)) from error
        return _as_openai(answer.status_code, content)


async def _relay(services: Services, path: str, body: dict[str, Any]) -> Response:
    """Relay the engine's stream unchanged."""
    context = services.studio.client.forward(path, body)
    answer = await context.__aenter__()
    if not answer.is_success:
        content = await answer.aread()
        await context.__aexit__(None, None, None)
        return _as_openai(answer.status_code, content)

    async def relayed() -> AsyncGenerator[bytes]:
        try:
            async for chunk in answer.aiter_raw():
                yield chunk
        except httpx.TransportError as error:
            lost = EngineLostError(problem=str(error))
            yield _event(openai_error(503, lost.code, str(lost)))
        finally:
            await context.__aexit__(None, None, None)

    return StreamingResponse(relayed(), media_type=MEDIA_TYPE)


def _as_openai(status: int, content: bytes) -> Response:
    """The engine's response; its errors are converted to OpenAI's format."""
    try:
        body = cast("dict[str, Any]", json.loads(content))
        error = body.get("error", body)
        message = str(error.get("message", error))
    except (ValueError, AttributeError):
        body, message = dict[str, Any](), content[:200].decode("utf-8", "replace")
    if status < HTTPStatus.BAD_REQUEST:
        return JSONResponse(body, status)
    if (
        status == HTTPStatus.NOT_IMPLEMENTED
    ):  # the engine lacks the feature, so the path does not exist here
        status = HTTPStatus.NOT_FOUND
    return JSONResponse(openai_error(status, "EngineRefusedError", message), status)


async def _write(body: Chat, principal: Principal, services: Services) -> Response:
    """Write a document; only finished sections are streamed, because others may change."""
    facts = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "created": int(time.time()),
        "model": body.model,
    }
    pieces = written(services, principal.user_id, body.model, _question(body), body.seed)
    if body.stream:
        return StreamingResponse(_chunks(pieces, facts), media_type=MEDIA_TYPE)
    text, tokens = "", 0
    async with aclosing(pieces):
        async for piece in pieces:
            text, tokens = text + piece.text, tokens + piece.tokens
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 0, "completion_tokens": tokens, "total_tokens": tokens}
    return JSONResponse({**facts, "object": "chat.completion", "choices": [choice], "usage": usage})


def _question(body: Chat) -> tuple[str, str]:
    """The task of the last user message, and the client's system prompt."""
    messages = [message for message in body.messages if isinstance(message, Message)]
    tasks = [
        message.text for message in messages if message.role == "user" and message.text.strip()
    ]
    if not tasks:
        raise HttpError(refusals.NO_TASK)
    system = [message.text for message in messages if message.role in {"system", "developer"}]
    return tasks[-1], "\n".join(system)


async def _chunks(pieces: AsyncGenerator[Any], facts: dict[str, Any]) -> AsyncGenerator[bytes]:
    def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event({**facts, "object": "chat.completion.chunk", "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                yield chunk({"content": piece.text}) if piece.text else comment("writing")
    except HttpError as error:
        yield _event(openai_error(error.status, error.code, str(error.detail)))
        return
    yield chunk({}, "stop")
    yield encode("[DONE]")


def _event(body: dict[str, Any]) -> bytes:
    return encode(json.dumps(body, ensure_ascii=False))
