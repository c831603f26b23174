"""One request to an ASGI application or middleware, without a server."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass
class Answer:
    """What the application has sent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def code(self) -> str:
        """The code of a problem."""
        return json.loads(self.body)["code"]


def http_scope(
    method: str, path: str, headers: Mapping[str, str] | None = None, services: object = None
) -> Scope:
    """The scope of a request to this machine; `services` is what the application holds."""
    fields = {
        "host": "localhost",
        **{name.lower(): value for name, value in (headers or {}).items()},
    }
    state = SimpleNamespace(services=services)
    return {
        "type": "http", "method": method, "path": path, "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
        "app": SimpleNamespace(state=state),
    }  # fmt: skip


async def respond(app: ASGIApp, scope: Scope, receive: Receive | None = None) -> Answer:
    """The whole answer to a request, whose body is empty unless `receive` gives one."""
    answer = Answer()

    async def empty() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {
                name.decode(): value.decode() for name, value in message.get("headers", ())
            }
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive or empty, send)
    return answer


def application(
    answer: bytes = b"{}", before: Callable[[], Awaitable[Any]] | None = None
) -> ASGIApp:
    """An application that awaits `before` and then sends `answer`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if before is not None:
            await before()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    return app
