"""A scripted model for servers of other processes: it answers at once, or when the test says so."""

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from tests.support.scripted_text import prose, tokens
from xiezuo.engine.scripted import Step, scripted

BEFORE_HOLD = 30  # tokens that are streamed before a held stream stops


class ScriptedModel:
    """An engine at `base_url`, in a thread: it also answers while the test's own thread waits.

    It says `answer`, while that is set. Between `hold` and `release` every stream stops after its
    first tokens, so that a test works in a section that is certainly still being written.
    """

    def __init__(self) -> None:
        """Made in the thread that answers."""
        self.base_url = ""
        self.answer: str | None = None
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._go = asyncio.Event()
        self._go.set()
        self._calls = 0

    def hold(self) -> None:
        self._loop.call_soon_threadsafe(self._go.clear)

    def release(self) -> None:
        self.answer = None
        self._loop.call_soon_threadsafe(self._go.set)

    def reply(self, _: dict[str, Any]) -> list[Step]:
        """`answer` if there is one, else forty sentences that no call had before."""
        words: list[Step] = [*tokens(self.answer or self._sentences())]
        return [*words[:BEFORE_HOLD], self._go, *words[BEFORE_HOLD:]]

    def _sentences(self) -> str:
        start = self._calls * 40
        self._calls += 1
        return "\n\n".join(prose(5, start=(start + at) % 1400) for at in range(0, 40, 5))

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self.ended.set)


@contextmanager
def scripted_model() -> Generator[ScriptedModel]:
    ready: Future[ScriptedModel] = Future()

    async def serve() -> None:
        model = ScriptedModel()
        async with scripted(model.reply) as engine:
            model.base_url = engine.address.base_url
            ready.set_result(model)
            await model.ended.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    model = ready.result(timeout=60)
    try:
        yield model
    finally:
        model.end()
        thread.join()
