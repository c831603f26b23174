"""A pool of worker processes that lint and parse untrusted texts within limits."""

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
SPARE_SECONDS = 2  # past its own limit, after which a worker is killed


@dataclass
class WorkerPool:
    """Up to `WORKERS` processes, started on demand; each handles one request at a time.

    Attributes:
        seconds: the time limit of each task.
    """

    seconds: Mapping[Task, int] = field(default_factory=lambda: SECONDS)
    _free: list[Process] = field(default_factory=list[Process])
    _all: set[Process] = field(default_factory=set[Process])
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WORKERS))

    async def run(self, task: Task, **parameters: object) -> bytes:
        """Run a task and return its result as JSON.

        Raises:
            HttpError: the task failed, or took too much time or memory (413).
        """
        request = {
            **parameters,
            "task": task,
            "speak": ui_language(),
            "seconds": self.seconds[task],
        }
        async with self._slots:
            worker = self._free.pop() if self._free else await self._start()
            try:
                async with asyncio.timeout(self.seconds[task] + SPARE_SECONDS):
                    reply = await _exchange(worker, json.dumps(request).encode())
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                await self._kill(worker)
                raise _too_hard() from error
            except BaseException:  # the client has disconnected
                await self._kill(worker)
                raise
            self._free.append(worker)
        if reply[:1] == b"+":
            return reply[1:]
        error = json.loads(reply[1:])
        detail, remedy = (Text(text, text) for text in (error["detail"], error["remedy"]))
        raise HttpError(refusals.Refusal(error["code"], error["status"], detail, remedy))

    async def _start(self) -> Process:
        command = (sys.executable, "-m", "xiezuo.server.isolation.worker")
        worker = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        self._all.add(worker)
        return worker

    async def _kill(self, worker: Process) -> None:
        """Kill a worker and its child processes."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        await worker.wait()
        self._all.discard(worker)

    async def close(self) -> None:
        for worker in list(self._all):
            await self._kill(worker)


async def _exchange(worker: Process, request: bytes) -> bytes:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(LENGTH.pack(len(request)) + request)
    await worker.stdin.drain()
    (length,) = LENGTH.unpack(await worker.stdout.readexactly(LENGTH.size))
    return await worker.stdout.readexactly(length)


def _too_hard() -> HttpError:
    return HttpError(refusals.TOO_HARD)
