"""A chat completion on the wire: the JSON of the request and the chunks of the answer."""

import json
import re
from collections.abc import Iterable
from typing import Any, cast

from xiezuo.engine.capabilities import Capabilities
from xiezuo.engine.protocol import (
    ChatRequest,
    Delta,
    Done,
    FinishReason,
    Prefill,
    StreamEvent,
    Timings,
    Usage,
    as_text,
)
from xiezuo.errors import EngineLostError

# JSON can escape half of a surrogate pair, which UTF-8 cannot encode.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
REQUIRED = frozenset({"messages", "model", "stream", "max_tokens"})


def request_body(request: ChatRequest, offer: Capabilities) -> dict[str, Any]:
    """The JSON body for an engine with the capabilities `offer`; unsupported fields are omitted."""
    body: dict[str, Any] = {
        "model": offer.model,
        "messages": [
            {"role": message.role, "content": as_text(message.content)}
            for message in request.messages
        ],
        "max_tokens": request.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    body |= {theirs: getattr(request.sampling, ours) for ours, theirs in offer.sampling.items()}
    if request.seed is not None:
        body["seed"] = request.seed
    if request.stop:
        body["stop"] = list(request.stop)
    if offer.continuation == "flagged" and request.messages[-1].role == "assistant":
        body |= {"add_generation_prompt": False, "continue_final_message": True}
    if offer.llama_cpp_extensions:
        body |= {"cache_prompt": request.cache_prompt, "return_progress": True}
        body |= {"ignore_eos": True} if request.ignore_eos else {}
        # The slot may have been leased from the previous engine, which had more of them.
        pinned = request.slot is not None and request.slot < offer.slots
        body |= {"id_slot": request.slot} if pinned else {}
        body |= {"grammar": request.grammar} if request.grammar else {}
    return body


class ChunkReader:
    """Turns the `data:` lines of one completion into events.

    Some llama.cpp builds (b11434) repeat a continued message as the first text, before they have
    read the prompt; others (b11549) do not. That echo is dropped.
    """

    def __init__(self, request: ChatRequest) -> None:
        last = request.messages[-1]
        self._echo = as_text(last.content) if last.role == "assistant" else None
        self._finish: str | None = None
        self._usage: Usage | None = None
        self._timings: Timings | None = None

    def read(self, data: str) -> list[StreamEvent]:
        """The events of one chunk.

        Raises:
            EngineLostError: the engine reports an error or sends something that is no chunk.
        """
        if data == "[DONE]":
            return []
        try:
            return self._events(cast("dict[str, Any]", json.loads(data)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EngineLostError(problem=f"it sent {data[:100]!r}") from error

    def _events(self, chunk: dict[str, Any]) -> list[StreamEvent]:
        if "error" in chunk:
            raise EngineLostError(problem=str(chunk["error"]))
        self._keep_totals(chunk)
        events: list[StreamEvent] = []
        progress = _numbers(chunk.get("prompt_progress"), ("processed", "total", "cache"))
        if "processed" in progress and "total" in progress:
            processed, total = progress["processed"], progress["total"]
            if processed == total:
                self._echo = None
            events.append(Prefill(processed, total, progress.get("cache", 0)))
        choices: list[dict[str, Any]] = chunk.get("choices") or []
        for choice in choices:
            self._finish = choice.get("finish_reason") or self._finish
            delta: dict[str, Any] = choice.get("delta") or {}
            if (text := delta.get("content")) and text != self._echo:
                events.append(Delta(_LONE_SURROGATE.sub("\ufffd", text)))
            self._echo = None if text else self._echo
        return events

    def done(self) -> Done:
        if self._finish is None:
            raise EngineLostError(problem="the answer broke off without a finish reason")
        reason: FinishReason = "length" if self._finish == "length" else "stop"
        return Done(finish_reason=reason, usage=self._usage, timings=self._timings)

    def _keep_totals(self, chunk: dict[str, Any]) -> None:
        reported: dict[str, Any] = chunk.get("usage") or {}
        if usage := _numbers(reported, ("prompt_tokens", "completion_tokens")):
            details = _numbers(reported.get("prompt_tokens_details"), ("cached_tokens",))
            self._usage = Usage(
                prompt_tokens=usage.get("prompt_tokens", 0),
                completion_tokens=usage.get("completion_tokens", 0),
                cached_tokens=details.get("cached_tokens", 0),
            )
        if timings := _numbers(chunk.get("timings"), Timings.__slots__):
            self._timings = Timings(**timings)


def _numbers(reported: object, names: Iterable[str]) -> dict[str, Any]:
    """The values of `names` that an engine reports as numbers; each of them is optional."""
    if not isinstance(reported, dict):
        return {}
    values = cast("dict[str, Any]", reported)
    return {name: values[name] for name in names if isinstance(values.get(name), int | float)}
