"""OpenAI's protocol: the engine as it is, and `xiezuo-writer`, which writes whole documents.

https://platform.openai.com/docs/api-reference/chat
"""

import json
import math
import time
import uuid
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Annotated, Any, cast

import httpx
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from xiezuo.engine.messages import as_text
from xiezuo.errors import EngineLostError
from xiezuo.language import Text
from xiezuo.server.problems import HttpError, openai_error
from xiezuo.server.services import In, Services, Who
from xiezuo.server.writer import WRITERS, written
from xiezuo.store.accounts import Principal

router = APIRouter(prefix="/v1", tags=["openai"])
_OURS = frozenset({"id_slot", "slot_id", "lora"})  # of the engine's machinery: not for clients
_STREAM = "text/event-stream"


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
    temperature: Annotated[float | None, Field(ge=0, le=10)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    n: Annotated[int | None, Field(ge=1, le=1)] = None
    presence_penalty: Annotated[float | None, Field(ge=-2, le=2)] = None
    frequency_penalty: Annotated[float | None, Field(ge=-2, le=2)] = None
    seed: Annotated[int | None, Field(ge=-(2**63), le=2**63 - 1)] = None
    stream: bool = False


class ChatMessage(BaseModel):
    model_config = ConfigDict(extra="allow")

    role: Annotated[str, Field(max_length=20)]
    content: str | list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(str(part.get("text", "")) for part in self.content)
        return self.content or ""


class Chat(Sampled):
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=1000)]


class Completion(Sampled):
    prompt: str


class Embedding(BaseModel):
    model_config = ConfigDict(extra="allow")

    model: str = ""
    input: str | Annotated[list[str], Field(min_length=1, max_length=1000)]


@router.get("/models")
def list_models(_: Who, inside: In) -> dict[str, Any]:
    names = [inside.studio.client.offer.model, *WRITERS]
    made = int(inside.feeds.started)
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "created": made, "owned_by": "xiezuo"} for name in names
        ],
    }


@router.post("/chat/completions", response_model=None)
async def chat(who: Who, inside: In, asked: Annotated[Chat, BeforeValidator(_finite)]) -> Response:
    """Streamed or whole. The model `xiezuo-writer` writes a document; any other is the engine's."""
    if asked.model in WRITERS:
        return await _write(asked, who, inside)
    body = _passed(asked)
    body["messages"] = [_harmless(one) for one in body["messages"]]
    return await _forward(inside, "/chat/completions", body, stream=asked.stream)


@router.post("/completions", response_model=None)
async def complete(
    _: Who, inside: In, asked: Annotated[Completion, BeforeValidator(_finite)]
) -> Response:
    body = _passed(asked)
    body["prompt"] = as_text(asked.prompt)
    return await _forward(inside, "/completions", body, stream=asked.stream)


@router.post("/embeddings", response_model=None)
async def embed(
    _: Who, inside: In, asked: Annotated[Embedding, BeforeValidator(_finite)]
) -> Response:
    """Where the engine can."""
    return await _forward(inside, "/embeddings", asked.model_dump(), stream=False)


def _passed(asked: Sampled) -> dict[str, Any]:
    body = asked.model_dump(exclude_none=True, exclude_unset=True)
    return {name: value for name, value in body.items() if name not in _OURS}


def _harmless(message: dict[str, Any]) -> dict[str, Any]:
    """A message whose text stays text: no control tokens, no pictures from elsewhere."""
    content = message.get("content")
    if isinstance(content, str):
        return {**message, "content": as_text(content)}
    if isinstance(content, list):
        parts = cast("list[dict[str, Any]]", content)
        if any(part.get("type") != "text" for part in parts):
            raise HttpError(400, "TextOnly", Text("Only text is read here.", "这里只接受文字。"))
        texts = [{"type": "text", "text": as_text(str(part.get("text", "")))} for part in parts]
        return {**message, "content": texts}
    return message


async def _forward(inside: Services, path: str, body: dict[str, Any], *, stream: bool) -> Response:
    if not stream:
        async with inside.studio.client.forward(path, body) as answer:
            try:
                content = await answer.aread()
            except httpx.TransportError as error:
                raise EngineLostError(problem=str(error)) from error
            return _as_openai(answer.status_code, content)
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

    return StreamingResponse(passing(), media_type=_STREAM)


def _as_openai(status: int, content: bytes) -> Response:
    """The engine's answer; an error in OpenAI's shape, whatever its own is."""
    try:
        body = cast("dict[str, Any]", json.loads(content))
        error = body.get("error", body)
        message = str(error.get("message", error))
    except (ValueError, AttributeError):
        body, message = dict[str, Any](), content[:200].decode("utf-8", "replace")
    if status < 400:  # noqa: PLR2004 - HTTP's own
        return JSONResponse(body, status)
    return JSONResponse(openai_error(status, "EngineRefusedError", message), status)


async def _write(asked: Chat, who: Principal, inside: Services) -> Response:
    """A document by the staged pipeline, streamed by finished sections: others may change."""
    facts = {
        "id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": asked.model,
    }  # fmt: skip
    pieces = written(inside, who.user_id, asked.model, _question(asked), asked.seed)
    if asked.stream:
        return StreamingResponse(_chunks(pieces, facts), media_type=_STREAM)
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
    users = [one.text for one in asked.messages if one.role == "user" and one.text.strip()]
    if not users:
        raise HttpError(400, "NoTask", Text("There is no user message.", "没有用户消息。"))
    system = [one.text for one in asked.messages if one.role in {"system", "developer"}]
    return users[-1], "\n".join(system)


async def _chunks(pieces: AsyncGenerator[Any], facts: dict[str, Any]) -> AsyncGenerator[bytes]:
    def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event({**facts, "object": "chat.completion.chunk", "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                yield chunk({"content": piece.text}) if piece.text else b": writing\n\n"
    except HttpError as error:
        yield _event(openai_error(error.status, error.code, str(error.detail)))
        return
    yield chunk({}, "stop")
    yield b"data: [DONE]\n\n"


def _event(body: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()
