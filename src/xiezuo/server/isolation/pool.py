"""The workers that read texts of unknown intent for us, and end when one takes too much."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from xiezuo.i18n import Text, ui_language
from xiezuo.server import refusals
from xiezuo.server.errors import HttpError
from xiezuo.server.isolation.worker import LENGTH

Task = Literal["lint", "fix", "import"]
WORKERS = 2
SECONDS: Mapping[Task, int] = {"lint": 60, "fix": 120, "import": 120}
SPARE_SECONDS = 2  # after which we end one that did not end itself


@dataclass
class WorkerPool:
    """Up to `WORKERS` processes, started when they are needed, each for one request at a time.

    Attributes:
        seconds: how long each task may take.
    """

    seconds: Mapping[Task, int] = field(default_factory=lambda: SECONDS)
    _free: list[Process] = field(default_factory=list[Process])
    _all: set[Process] = field(default_factory=set[Process])
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WORKERS))

    async def run(self, task: Task, **asked: object) -> bytes:
        """The answer as JSON.

        Raises:
            HttpError: what the task refuses; or it took too much time or memory (413).
        """
        request = {**asked, "task": task, "speak": ui_language(), "seconds": self.seconds[task]}
        async with self._places:
            worker = self._free.pop() if self._free else await self._start()
            try:
                async with asyncio.timeout(self.seconds[task] + SPARE_SECONDS):
                    made = await _exchange(worker, json.dumps(request).encode())
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                await self._end(worker)
                raise _too_hard() from error
            except BaseException:  # who asked has gone
                await self._end(worker)
                raise
            self._free.append(worker)
        if made[:1] == b"+":
            return made[1:]
        facts = json.loads(made[1:])
        detail, remedy = (Text(said, said) for said in (facts["detail"], facts["remedy"]))
        raise HttpError(refusals.Refusal(facts["code"], facts["status"], detail, remedy))

    async def _start(self) -> Process:
        made = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "xiezuo.server.isolation.worker", stdin=PIPE, stdout=PIPE,
            start_new_session=True,
        )  # fmt: skip
        self._all.add(made)
        return made

    async def _end(self, worker: Process) -> None:
        """End it with what it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        await worker.wait()
        self._all.discard(worker)

    async def close(self) -> None:
        for worker in list(self._all):
            await self._end(worker)


async def _exchange(worker: Process, request: bytes) -> bytes:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(LENGTH.pack(len(request)) + request)
    await worker.stdin.drain()
    (length,) = LENGTH.unpack(await worker.stdout.readexactly(LENGTH.size))
    return await worker.stdout.readexactly(length)


def _too_hard() -> HttpError:
    return HttpError(refusals.TOO_HARD)
