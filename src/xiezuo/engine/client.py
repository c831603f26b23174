"""A streaming client for OpenAI-compatible engines; uses llama.cpp's extensions where offered."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager
from typing import Any, Literal, NoReturn, Self, cast

import httpx
from httpx_sse import EventSource, ServerSentEvent

from xiezuo.engine.capabilities import Capabilities, probe
from xiezuo.engine.endpoint import Endpoint
from xiezuo.engine.metrics import CompletionTimer, EngineTotals
from xiezuo.engine.protocol import (
    ChatRequest,
    Delta,
    Message,
    Prefill,
    StreamEvent,
    as_text,
)
from xiezuo.engine.slots import SlotPool
from xiezuo.engine.wire import REQUIRED, ChunkReader, request_body
from xiezuo.errors import (
    ContextOverflowError,
    EngineLostError,
    EngineRefusedError,
    EngineStalledError,
    EngineUnreachableError,
)

START_ATTEMPTS = 5
RETRY_SECONDS = (0.1, 0.5, 1.0, 2.0)
BUSY_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
SLOWEST_PREFILL = 2.0  # tokens/s; a 4B model on a weak two-core machine reads 5–20
PREFILL_BATCH = 512  # tokens between two progress reports of llama.cpp
TOKENS_PER_CHARACTER = 1.0  # upper estimate where the engine does not count; Chinese comes close
_COUNT_CACHE_ENTRIES = 1024

# The engine has as many threads as there are cores. A client that wakes up for every token takes a
# core from it, which costs a fast model 5 % of its speed. So the client reads all tokens that have
# arrived and then pauses, too briefly to be visible. The first token is never delayed.
REST_SECONDS = 0.025
DRAIN_SECONDS = 0.005


class EngineClient:
    """An async context manager; entering probes what the engine offers.

    `connect` replaces the engine: later requests go to the new one, and so do repeated attempts of
    earlier requests.

    Args:
        address: where the engine is; without one, call `connect` before the first request.
        stall_seconds: silence between two tokens that counts as a stall. Before the first token,
            the time that the slowest machine needs for the next prefill batch is added.
        ready: awaited before each request; a supervised engine returns when it is up again.

    Attributes:
        slots: of the current engine; lease a slot before pinning it.

    Raises (on entering):
        EngineUnreachableError: nothing answers.
        EngineRefusedError: the engine refuses the probe.
    """

    def __init__(
        self,
        address: Endpoint | None = None,
        *,
        stall_seconds: float = 120.0,
        ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._address = address or Endpoint("")
        self._stall = stall_seconds
        self._ready = ready
        self._http = self._address.http()
        self._connections = [self._http]
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._refused_fields: set[str] = set()
        self.totals = EngineTotals()
        self.capabilities: Capabilities
        self.slots = SlotPool(1)

    async def __aenter__(self) -> Self:
        try:
            await self.connect(self._address)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def connect(self, address: Endpoint) -> None:
        """Send requests to the engine at `address` from now on; running ones stay where they are.

        Raises:
            EngineUnreachableError: nothing answers.
            EngineRefusedError: the engine refuses the probe.
        """
        http = address.http()
        self._connections.append(http)
        try:
            offer = await probe(http, address)
        except httpx.HTTPError as error:
            raise _unreachable(address, error) from error
        except (KeyError, TypeError, ValueError) as error:
            raise EngineRefusedError(
                address=address.base_url, status="?", problem=f"unexpected answer: {error!r}"
            ) from error
        self._address, self._http, self.capabilities = address, http, offer
        self.slots = SlotPool(offer.slots)
        self._counts.clear()
        self._refused_fields.clear()
        self.totals.forget_speed()

    async def aclose(self) -> None:
        """Close every connection, those to earlier engines included."""
        for http in self._connections:
            await http.aclose()
        self._connections.clear()

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[StreamEvent]]:
        """Stream one completion; leaving the block early stops the engine's work.

        A request is repeated, with growing pauses, only while nothing has been generated.

        Raises:
            EngineUnreachableError: no connection after several attempts.
            EngineRefusedError, ContextOverflowError: the engine rejects the request.
            EngineLostError: the connection broke after generation began, or kept breaking before.
            EngineStalledError: silence for longer than is reasonable.
        """
        response = await self._open(request)
        try:
            async with aclosing(self._counted(self._events(response, request))) as events:
                yield events
        finally:
            await response.aclose()

    async def _counted(self, events: AsyncGenerator[StreamEvent]) -> AsyncGenerator[StreamEvent]:
        """Pass the events on and add them to the totals."""
        timer = CompletionTimer(self.totals)
        try:
            async with aclosing(events):
                async for event in events:
                    timer.note(event)
                    yield event
        finally:
            timer.stop()

    @asynccontextmanager
    async def forward(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[httpx.Response]:
        """Forward a request of OpenAI's API and yield the engine's response, its body unread.

        Args:
            path: below `/v1`, such as `/chat/completions`.
            body: JSON; `model` is replaced by the engine's own model.

        Raises:
            EngineUnreachableError: nothing answers. A refusal counts as an answer.
        """
        if self._ready is not None:
            await self._ready()
        url = f"{self._address.base_url.rstrip('/')}{path}"
        request = self._http.build_request(
            "POST", url, json={**body, "model": self.capabilities.model}
        )
        try:
            response = await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise _unreachable(self._address, error) from error
        try:
            yield response
        finally:
            await response.aclose()

    async def count_tokens(self, text: str) -> int:
        """Tokens of `text` by the engine's tokenizer, cached; an upper estimate without one.

        Raises:
            EngineUnreachableError, EngineLostError, EngineRefusedError
        """
        if not self.capabilities.exact_tokens:
            return round(len(text) * TOKENS_PER_CHARACTER)
        count = self._counts.get(text)
        if count is None:
            count = await self._tokenize(text)
            self._counts[text] = count
            if len(self._counts) > _COUNT_CACHE_ENTRIES:
                self._counts.popitem(last=False)
        self._counts.move_to_end(text)
        return count

    async def count_prompt(self, messages: Sequence[Message]) -> int | None:
        """Tokens of the whole prompt rendered from `messages`; None where it cannot be counted.

        Raises:
            EngineUnreachableError, EngineLostError, EngineRefusedError
        """
        if self.capabilities.kind != "llama.cpp":
            return None
        chat = [{"role": message.role, "content": as_text(message.content)} for message in messages]
        rendered = await self._post("/apply-template", {"messages": chat})
        body = {"content": rendered["prompt"], "add_special": True, "parse_special": True}
        return len((await self._post("/tokenize", body))["tokens"])

    async def copy_slot(self, source: int, targets: Iterable[int]) -> bool:
        """Copy the KV cache of one slot into others, all leased; False where the engine cannot.

        Raises:
            EngineUnreachableError, EngineLostError
        """
        # In the engine's private folder, which is removed with it. The lease on `source` protects
        # the file from concurrent use.
        file = f"prefix-{source}.kv"
        if not await self._slot_action(source, "save", file):
            return False
        return all([await self._slot_action(target, "restore", file) for target in targets])

    async def _slot_action(
        self, number: int, action: Literal["save", "restore"], file: str
    ) -> bool:
        path, body = f"/slots/{number}?action={action}", {"filename": file}
        try:
            await (await self._send(lambda: self._request(path, body))).aread()
        except EngineRefusedError:
            return False
        except httpx.TransportError as error:
            raise EngineLostError(problem=_describe(error)) from error
        return True

    async def _tokenize(self, text: str) -> int:
        content = as_text(text)
        body = (
            {"content": content}
            if self.capabilities.kind == "llama.cpp"
            else {"model": self.capabilities.model, "prompt": content, "add_special_tokens": False}
        )
        return len((await self._post("/tokenize", body))["tokens"])

    async def _post(self, path: str, body: dict[str, Any]) -> "_Answer":
        """POST to `path` below the engine's root and return the JSON object it answers with."""
        try:
            response = await self._send(lambda: self._request(path, body))
            return _Answer(json.loads(await response.aread()))
        except (httpx.TransportError, TypeError, ValueError) as error:
            raise EngineLostError(problem=_describe(error)) from error

    def _request(self, path: str, body: Mapping[str, Any]) -> httpx.Request:
        return self._http.build_request("POST", f"{self._address.root}{path}", json=body)

    async def _open(self, request: ChatRequest) -> httpx.Response:
        while True:
            try:
                return await self._send(lambda: self._completion(request))
            except EngineRefusedError as error:
                field = self._refused_field(error, request_body(request, self.capabilities))
                if field is None:
                    raise
                self._refused_fields.add(field)

    def _completion(self, request: ChatRequest) -> httpx.Request:
        body = request_body(request, self.capabilities)
        body = {name: body[name] for name in body if name not in self._refused_fields}
        url = f"{self._address.base_url.rstrip('/')}/chat/completions"
        return self._http.build_request("POST", url, json=body)

    async def _send(self, build: Callable[[], httpx.Request]) -> httpx.Response:
        """Send a request, repeatedly if necessary, until an answer begins; its body is unread.

        The request is built anew for each attempt, because the engine may have been replaced.
        """
        problem: Exception | None = None
        for attempt in range(START_ATTEMPTS):
            if attempt:
                await asyncio.sleep(RETRY_SECONDS[attempt - 1])
            if self._ready is not None:
                await self._ready()
            request = build()
            try:
                async with asyncio.timeout(self._stall + self._prefill_seconds(request)):
                    response = await self._http.send(request, stream=True)
            except TimeoutError as error:
                raise EngineStalledError(seconds=self._stall) from error
            except httpx.TransportError as error:
                problem = error
                continue
            if response.is_success:
                return response
            refusal = await self._refusal(response)
            if response.status_code not in BUSY_STATUSES:
                raise refusal
            problem = refusal
        if isinstance(problem, EngineRefusedError):
            raise problem
        unreachable = _unreachable(self._address, cast("Exception", problem))
        raise unreachable from problem

    @staticmethod
    def _prefill_seconds(request: httpx.Request) -> float:
        """Time to read the prompt; engines that report no progress send nothing before its end."""
        return len(request.content) / 4 / SLOWEST_PREFILL

    async def _refusal(self, response: httpx.Response) -> EngineRefusedError | ContextOverflowError:
        try:
            text = (await response.aread()).decode(errors="replace")
        except httpx.TransportError as error:
            text = _describe(error)
        await response.aclose()
        try:
            details = cast("dict[str, Any]", json.loads(text)["error"])
            message = str(details.get("message", text))
        except (ValueError, KeyError, TypeError, AttributeError):
            details, message = dict[str, Any](), text
        if details.get("type") == "exceed_context_size_error":
            return ContextOverflowError(
                prompt_tokens=details["n_prompt_tokens"], context=details["n_ctx"]
            )
        return EngineRefusedError(
            address=self._address.base_url, status=response.status_code, problem=message[:500]
        )

    def _refused_field(self, error: EngineRefusedError, body: dict[str, Any]) -> str | None:
        """The optional field that a strict engine rejects by name, if any."""
        if error.facts["status"] not in {400, 422}:
            return None
        optional = [name for name in body if name not in {*REQUIRED, *self._refused_fields}]
        return next((name for name in optional if name in error.message), None)

    async def _events(
        self, response: httpx.Response, request: ChatRequest
    ) -> AsyncGenerator[StreamEvent]:
        reader = ChunkReader(request)
        loop = asyncio.get_running_loop()
        next_rest = 0.0
        wait = self._stall + sum(len(m.content) for m in request.messages) / SLOWEST_PREFILL
        async with aclosing(EventSource(response).aiter_sse()) as lines:
            while (event := await self._next(lines, wait)) is not None:
                items = reader.read(event.data)
                for item in items:
                    yield item
                    wait = self._stall
                    if isinstance(item, Prefill):
                        batch = min(item.total - item.processed, PREFILL_BATCH)
                        wait += batch / SLOWEST_PREFILL
                if loop.time() > next_rest and any(isinstance(item, Delta) for item in items):
                    await asyncio.sleep(REST_SECONDS)
                    next_rest = loop.time() + DRAIN_SECONDS
        yield reader.done()

    async def _next(
        self, lines: AsyncIterator[ServerSentEvent], seconds: float
    ) -> ServerSentEvent | None:
        try:
            async with asyncio.timeout(seconds):
                return await anext(lines, None)
        except TimeoutError as error:
            raise EngineStalledError(seconds=seconds) from error
        except httpx.TransportError as error:
            raise EngineLostError(problem=_describe(error)) from error


def _unreachable(address: Endpoint, error: Exception) -> EngineUnreachableError:
    return EngineUnreachableError(address=address.base_url, problem=_describe(error))


class _Answer(dict[str, Any]):
    """An engine's JSON answer; a missing key raises `EngineLostError`."""

    def __missing__(self, key: str) -> NoReturn:
        raise EngineLostError(problem=f"it answers without {key!r}")


def _describe(error: Exception) -> str:
    return str(error) or type(error).__name__
