"""A scripted engine for the tests of the HTTP API: prose at once, or a job that stands still."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from tests.support.scripted_text import endless, tokens
from xiezuo.engine.scripted import ScriptedEngine, scripted

HOLD = "Hold the pen"  # a task that says so is begun and never ended
_BEGUN = 20  # tokens: two sentences, too few for any section to be long enough
_SILENCE = [{"choices": [{"delta": {"content": ""}}]}, 0.05]
_FOREVER = 50_000  # such silences: most of an hour
_OFFER = {"data": [{"id": "scripted", "owned_by": "vllm", "max_model_len": 4096}]}


def _count(body: dict[str, Any]) -> dict[str, Any]:
    return {"tokens": [0] * len(tokens(body["prompt"]))}


def _reply(*, reports_usage: bool) -> Any:
    prose = endless()

    def reply(body: dict[str, Any]) -> list[Any]:
        streamed = prose(body)
        prompt = " ".join(str(message["content"]) for message in body["messages"])
        if HOLD in prompt:
            return [*streamed[:_BEGUN], *_SILENCE * _FOREVER]
        streamed = streamed[: body.get("max_tokens")]
        usage = {"prompt_tokens": len(tokens(prompt)), "completion_tokens": len(streamed)}
        asks_usage = body.get("stream_options", {}).get("include_usage")
        sends_usage = asks_usage and reports_usage
        return [*streamed, {"choices": [], "usage": usage}] if sends_usage else streamed

    return reply


@contextmanager
def studio_engine(*, reports_usage: bool = True) -> Generator[ScriptedEngine]:
    """An engine that runs in a thread."""
    loop = asyncio.new_event_loop()
    reply = _reply(reports_usage=reports_usage)
    engine = scripted(reply, routes={"/v1/models": _OFFER, "/tokenize": _count})
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    async def end() -> None:
        await engine.__aexit__(None, None, None)
        held = asyncio.all_tasks() - {asyncio.current_task()}
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    try:
        yield run(engine.__aenter__())
    finally:
        run(end())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
