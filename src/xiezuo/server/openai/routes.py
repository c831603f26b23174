"""OpenAI's protocol: the engine as it is, and `xiezuo-writer`, which writes whole documents.

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
# Of the engine's machinery, and templates that would go around ours: not for clients.
_OURS = frozenset({"id_slot", "slot_id", "lora", "chat_template", "chat_template_file"})
# With `stream`, the answer is events instead of one JSON value.
_MAYBE_STREAMED: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}}}
_EXACT_TEXT = frozenset({"stop", "model", "grammar"})  # never part of a prompt
_EXACT = 2**53  # up to where every JSON reader has the same integer
_CLIENT_GONE = 499  # as nginx calls it in logs; nobody reads the answer
# llama.cpp's own sampling, from its server's documentation: the least and the most of each.
_EXTRAS: Mapping[str, tuple[float, float]] = {
    "top_k": (0, 1_000_000), "min_p": (0, 1), "typical_p": (0, 1), "top_n_sigma": (-1, 100),
    "xtc_probability": (0, 1), "xtc_threshold": (0, 1), "dynatemp_range": (0, 10),
    "dynatemp_exponent": (0, 10), "repeat_penalty": (0, 10), "repeat_last_n": (-1, 1_000_000),
    "dry_multiplier": (0, 10), "dry_base": (0, 10), "dry_allowed_length": (0, 1_000_000),
    "dry_penalty_last_n": (-1, 1_000_000), "mirostat": (0, 2), "mirostat_tau": (0, 100),
    "mirostat_eta": (0, 1), "n_predict": (1, 1_000_000), "n_keep": (-1, 1_000_000),
    "n_probs": (0, 20), "top_logprobs": (0, 20), "min_keep": (0, 1000), "best_of": (1, 1),
}  # fmt: skip


def _sound(value: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON that the engine can be sent.

    Raises:
        ValueError: text or numbers that it could not take, or sampling out of all bounds.
    """
    _finite(refuse_unstorable(value))
    named = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    for name, (least, most) in _EXTRAS.items():
        asked = named.get(name)
        if asked is not None and (
            isinstance(asked, bool) or not isinstance(asked, int | float)
            or not least <= asked <= most
        ):  # fmt: skip
            raise ValueError(f"{name} must be a number from {least} to {most}")
    return cast("Any", value)


def _finite(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Refuse NaN and the infinities, which JSON does not have, wherever they are."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("numbers must be finite")
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        inner = cast("dict[str, Any]", value).values()
    elif isinstance(value, list):
        inner = cast("list[Any]", value)
    for one in inner:
        _finite(one)
    return cast("Any", value)


class Sampled(BaseModel):
    """What both kinds of completion know; everything else is passed on to the engine."""

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
    """What is said to the model."""

    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "tool", "function"]
    content: str | list[Part]

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content


class Answer(BaseModel):
    """What the model has said."""

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


class Called(BaseModel):
    """The tools that the model has called, without a word.

    Where in a dialogue that may stand only the model's template knows, so no schema shows it.
    """

    model_config = ConfigDict(extra="allow")

    role: Literal["assistant"]
    content: None = None
    tool_calls: Annotated[list[ToolCall], Field(min_length=1)]


class OpenAIError(BaseModel):
    """An error as OpenAI's clients read it."""

    error: dict[str, Any]


class Chat(Sampled):
    messages: Annotated[
        list[Message | Answer | SkipJsonSchema[Called]], Field(min_length=1, max_length=1000)
    ]


class Completion(Sampled):
    prompt: str


class Embedding(BaseModel):
    model_config = ConfigDict(extra="allow")

    model: str = ""
    input: str | Annotated[list[str], Field(min_length=1, max_length=1000)]


@router.get("/models")
@request_class(SHORT)
def list_models(_: CurrentPrincipal, inside: ServicesDep) -> dict[str, Any]:
    house = inside.studio.engine_manager
    engines = [house.client.capabilities.model] if house.state in {"running", "restarting"} else []
    names = [*engines, *WRITERS]
    made = int(inside.document_feeds.started)
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "created": made, "owned_by": "xiezuo"} for name in names
        ],
    }


@router.post("/chat/completions", response_model=None, responses=_MAYBE_STREAMED)
@request_class(MODEL)
async def chat(
    request: Request,
    who: CurrentPrincipal,
    inside: ServicesDep,
    asked: Annotated[Chat, BeforeValidator(_sound)],
) -> Response:
    """Streamed or whole. The model `xiezuo-writer` writes a document; any other is the engine's."""
    if asked.model in WRITERS:
        writing = _write(asked, who, inside)
        return await (writing if asked.stream else _unless_gone(request, writing))
    if asked.stream:
        return await _pass_on(inside, "/chat/completions", _passed(asked))
    return await _unless_gone(request, _forward(inside, "/chat/completions", _passed(asked)))


@router.post("/completions", response_model=None, responses=_MAYBE_STREAMED)
@request_class(MODEL)
async def complete(
    request: Request,
    _: CurrentPrincipal,
    inside: ServicesDep,
    asked: Annotated[Completion, BeforeValidator(_sound)],
) -> Response:
    if asked.stream:
        return await _pass_on(inside, "/completions", _passed(asked))
    return await _unless_gone(request, _forward(inside, "/completions", _passed(asked)))


@router.post("/embeddings", response_model=None)
@request_class(MODEL)
async def embed(
    request: Request,
    _: CurrentPrincipal,
    inside: ServicesDep,
    asked: Annotated[Embedding, BeforeValidator(_sound)],
) -> Response:
    """Where the engine can."""
    return await _unless_gone(request, _forward(inside, "/embeddings", _passed(asked)))


def _passed(asked: BaseModel) -> dict[str, Any]:
    """What the engine is sent: all text in it stays text, that of tools and schemas too."""
    body = asked.model_dump(exclude_none=True, exclude_unset=True)
    return {
        name: value if name in _EXACT_TEXT else _harmless(value)
        for name, value in body.items()
        if name not in _OURS
    }


def _harmless(value: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON whose text has no control tokens, in names as in values."""
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, list):
        return [_harmless(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value)
        return {as_text(name): _harmless(one) for name, one in named.items()}
    return value


async def _unless_gone(request: Request, work: Coroutine[Any, Any, Response]) -> Response:
    """The answer; its work ends when the client goes away, so that the engine serves others."""
    working, gone = asyncio.create_task(work), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else Response(status_code=_CLIENT_GONE)
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _forward(inside: Services, path: str, body: dict[str, Any]) -> Response:
    async with inside.studio.client.forward(path, body) as answer:
        try:
            content = await answer.aread()
        except httpx.TransportError as error:
            raise EngineLostError(problem=str(error)) from error
        return _as_openai(answer.status_code, content)


async def _pass_on(inside: Services, path: str, body: dict[str, Any]) -> Response:
    """The engine's stream as it comes."""
    context = inside.studio.client.forward(path, body)
    answer = await context.__aenter__()
    if not answer.is_success:
        content = await answer.aread()
        await context.__aexit__(None, None, None)
        return _as_openai(answer.status_code, content)

    async def passing() -> AsyncGenerator[bytes]:
        try:
            async for chunk in answer.aiter_raw():
                yield chunk
        except httpx.TransportError as error:
            lost = EngineLostError(problem=str(error))
            yield _event(openai_error(503, lost.code, str(lost)))
        finally:
            await context.__aexit__(None, None, None)

    return StreamingResponse(passing(), media_type=MEDIA_TYPE)


def _as_openai(status: int, content: bytes) -> Response:
    """The engine's answer; an error in OpenAI's shape, whatever its own is."""
    try:
        body = cast("dict[str, Any]", json.loads(content))
        error = body.get("error", body)
        message = str(error.get("message", error))
    except (ValueError, AttributeError):
        body, message = dict[str, Any](), content[:200].decode("utf-8", "replace")
    if status < HTTPStatus.BAD_REQUEST:
        return JSONResponse(body, status)
    if status == HTTPStatus.NOT_IMPLEMENTED:  # it is ours to offer it or not
        status = HTTPStatus.NOT_FOUND
    return JSONResponse(openai_error(status, "EngineRefusedError", message), status)


async def _write(asked: Chat, who: Principal, inside: Services) -> Response:
    """A document by the staged pipeline, streamed by finished sections: others may change."""
    facts = {
        "id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": asked.model,
    }  # fmt: skip
    pieces = written(inside, who.user_id, asked.model, _question(asked), asked.seed)
    if asked.stream:
        return StreamingResponse(_chunks(pieces, facts), media_type=MEDIA_TYPE)
    text, tokens = "", 0
    async with aclosing(pieces):
        async for piece in pieces:
            text, tokens = text + piece.text, tokens + piece.tokens
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 0, "completion_tokens": tokens, "total_tokens": tokens}
    return JSONResponse({**facts, "object": "chat.completion", "choices": [choice], "usage": usage})


def _question(asked: Chat) -> tuple[str, str]:
    """What is to be written, and what the client's system prompt asks besides."""
    said = [message for message in asked.messages if isinstance(message, Message)]
    users = [one.text for one in said if one.role == "user" and one.text.strip()]
    if not users:
        raise HttpError(refusals.NO_TASK)
    system = [one.text for one in said if one.role in {"system", "developer"}]
    return users[-1], "\n".join(system)


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
