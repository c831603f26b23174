"""A scripted engine for tests: it speaks the engine's HTTP protocol and fails on cue.

Shipped with the package, so that programs built on xiezuo can be tested without a model.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from xiezuo.engine.endpoint import Endpoint

Json = dict[str, Any]
Step = str | float | Json | asyncio.Event
Reply = list[Step] | Callable[[Any], list[Step]]
Route = Json | Callable[[Any], Json]
BREAK = "\0break"
CLOSE = "\0close"
MODELS = {"data": [{"id": "scripted", "owned_by": "tests"}]}


@dataclass
class ScriptedEngine:
    """Answers chat completions with `replies`, in order, the last one again and again.

    A reply is a list of steps, or a function of the request that returns one: text is streamed as a
    delta, a number is a pause in seconds (a leading one delays the headers), an event holds the
    stream until it is set, BREAK resets the connection, CLOSE ends it without a finish reason, and
    a dictionary with `status` is the whole answer. A request without streaming gets the texts as
    one answer. `routes` answers other paths with JSON, or with the result of a function of the
    request's body.
    """

    replies: list[Reply] = field(default_factory=lambda: [["Hello."]])
    routes: dict[str, Route] = field(default_factory=lambda: {"/v1/models": MODELS})
    requests: list[Json] = field(default_factory=list[Json])
    finish_reason: str = "stop"
    cancelled: int = 0
    address: Endpoint = field(default_factory=lambda: Endpoint(""))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it ends."""
        try:
            while line := await reader.readline():
                path, body = await self._request(line, reader)
                if path.endswith("/chat/completions"):
                    self.requests.append(body)
                    reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
                    reply = reply(body) if callable(reply) else reply
                    if not body.get("stream"):
                        await self._send_completion(reply, writer)
                    elif not await self._stream_completion(reply, writer):
                        return
                else:
                    self._send_route(path, body, writer)
                await writer.drain()
        except ConnectionError:
            self.cancelled += 1
        finally:
            writer.close()

    @staticmethod
    async def _request(line: bytes, reader: asyncio.StreamReader) -> tuple[str, Json]:
        length = 0
        while (header := await reader.readline()).strip():
            name, _, value = header.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        body = await reader.readexactly(length)
        return line.decode().split()[1], json.loads(body) if body else {}

    def _send_route(self, path: str, body: Json, writer: asyncio.StreamWriter) -> None:
        answer = self.routes.get(path)
        answer = answer(body) if callable(answer) else answer
        _write_json(writer, 200 if answer else 404, answer or {"error": "no such thing"})

    async def _send_completion(self, steps: list[Step], writer: asyncio.StreamWriter) -> None:
        """Send the texts as one answer; writing a space after each pause detects a disconnect."""
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for step in steps:
            if isinstance(step, float | int):
                await asyncio.sleep(step)
                writer.write(_chunk(b" "))
                await writer.drain()
        text = "".join(step for step in steps if isinstance(step, str))
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        answer = {"object": "chat.completion", "choices": [choice], "usage": usage}
        writer.write(_chunk(json.dumps(answer).encode()) + b"0\r\n\r\n")

    async def _stream_completion(self, steps: list[Step], writer: asyncio.StreamWriter) -> bool:
        """Stream one completion; returns whether the connection can be reused."""
        if steps and isinstance(steps[0], dict) and "status" in steps[0]:
            answer = dict(steps[0])
            _write_json(writer, answer.pop("status"), answer)
            return True
        if steps and isinstance(steps[0], float):
            await asyncio.sleep(steps[0])
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for step in steps[isinstance(steps[0], float) if steps else 0 :]:
            if isinstance(step, float | int):
                await asyncio.sleep(step)
            elif isinstance(step, asyncio.Event):
                await step.wait()
            elif step == BREAK:
                writer.transport.abort()
                return False
            elif step == CLOSE:
                writer.write(b"0\r\n\r\n")
                await writer.drain()
                return False
            else:
                delta = (
                    {"choices": [{"delta": {"content": step}}]} if isinstance(step, str) else step
                )
                _write_event(writer, delta)
            await writer.drain()
        _write_event(writer, {"choices": [{"delta": {}, "finish_reason": self.finish_reason}]})
        writer.write(_chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        return True


@asynccontextmanager
async def scripted(
    *replies: Reply, routes: dict[str, Route] | None = None, finish_reason: str = "stop"
) -> AsyncGenerator[ScriptedEngine]:
    """A scripted engine that is listening."""
    engine = ScriptedEngine(finish_reason=finish_reason)
    engine.replies = list(replies) or engine.replies
    engine.routes |= routes or {}
    server = await asyncio.start_server(engine.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    engine.address = Endpoint(f"http://127.0.0.1:{port}/v1", api_key="key")
    try:
        yield engine
    finally:
        server.close()


def _write_json(writer: asyncio.StreamWriter, status: int, body: Json) -> None:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}"
    writer.write(head.encode() + b"\r\n\r\n" + data)


def _write_event(writer: asyncio.StreamWriter, body: Json) -> None:
    writer.write(_chunk(f"data: {json.dumps(body)}\n\n".encode()))


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
