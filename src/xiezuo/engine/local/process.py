"""The local engine: a supervised child process behind HTTP on a private Unix socket.

A socket in a folder that only this user can access cannot be taken over by another user's program
and cannot be reached from a browser. `watchdog.py` runs between this process and the engine and
ends the engine when this process ends.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Self

import httpx
import psutil

from xiezuo.engine.endpoint import Endpoint
from xiezuo.engine.local import launch, watchdog
from xiezuo.engine.local.launch import LaunchPlan
from xiezuo.errors import EngineStartError

HEALTH_POLL_SECONDS = 0.05
STOP_SECONDS = 3.0
KEPT_LOGS = 5
TAIL_LINES = 12
_SOCKET_PATH_BYTES = 100  # sun_path holds 104 bytes on macOS, 108 on Linux
_MOST_DEATHS = 5
_DEATH_WINDOW_SECONDS = 120.0
_BACKOFF_SECONDS = (0.1, 0.5, 1.0, 2.0, 4.0)


class EngineProcess:
    """An async context manager: inside, the engine is supervised; on exit it is stopped.

    Args:
        plan: what to run.
        on_load: called with the share loaded, 0–1, while the model is read.

    Raises (on entering):
        EngineStartError: with the end of the engine's log.
    """

    def __init__(self, plan: LaunchPlan, on_load: Callable[[float], None] | None = None) -> None:
        self.plan = plan
        self._on_load = on_load
        self._guardian: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._failure: EngineStartError | None = None
        self._deaths: deque[float] = deque(maxlen=_MOST_DEATHS)
        self._folder = _private_folder()
        self._log = _new_log(plan.logs_dir)
        self.pid = 0
        self.restarts = 0
        self.address = Endpoint(
            base_url="http://engine/v1",
            api_key=secrets.token_urlsafe(32),
            socket=self._folder / "engine.sock",
            model=launch.MODEL_ALIAS,
        )

    @property
    def failed(self) -> bool:
        """Whether the engine died too often and is no longer restarted."""
        return self._failure is not None

    @property
    def log(self) -> Path:
        return self._log

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        self._supervisor = asyncio.create_task(self._supervise())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    @property
    def running(self) -> bool:
        """Whether the engine accepts requests now."""
        return self._ready.is_set() and self._failure is None

    async def ready(self) -> None:
        """Wait until the engine accepts requests, across restarts.

        Raises:
            EngineStartError: the engine died too often or failed to restart.
        """
        await self._ready.wait()
        if self._failure is not None:
            raise self._failure

    async def _start(self) -> None:
        assert self.address.socket is not None
        assert self.address.api_key is not None
        self.address.socket.unlink(missing_ok=True)
        self._guardian = await self._spawn(self.address.socket, self.address.api_key)
        assert self._guardian.stdout is not None
        self.pid = int(await self._guardian.stdout.readline() or 0)
        await self._until_healthy()
        self._ready.set()

    async def _spawn(self, socket: Path, api_key: str) -> asyncio.subprocess.Process:
        command = launch.command(self.plan, socket)
        try:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", watchdog.__file__, str(self._log)),
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={**launch.SPIN, **os.environ, launch.API_KEY_VARIABLE: api_key},
                start_new_session=True,
            )
        except OSError as error:
            raise self._start_error(f"no process can be started: {error.strerror}") from error

    async def _until_healthy(self) -> None:
        assert self._guardian is not None
        model_bytes = self.plan.model.stat().st_size
        deadline = time.monotonic() + self.plan.load_seconds
        share = 0.0
        async with self.address.http() as http:
            while not await _healthy(http):
                if self._guardian.returncode is not None:
                    raise self._start_error(_death(self._guardian.returncode))
                if time.monotonic() > deadline:
                    problem = f"it did not load the model within {self.plan.load_seconds:.0f} s"
                    raise self._start_error(problem)
                # Resident memory sometimes shrinks a little; reported progress never decreases.
                share = max(share, min(_resident_bytes(self.pid) / model_bytes, 1.0))
                if self._on_load is not None:
                    self._on_load(share)
                await asyncio.sleep(HEALTH_POLL_SECONDS)

    async def _supervise(self) -> None:
        """Restart the engine when it dies, after growing pauses, until it dies too often."""
        assert self._guardian is not None
        while True:
            code = await self._guardian.wait()
            self._ready.clear()
            self._deaths.append(time.monotonic())
            try:
                self._check_deaths(code)
                recent = sum(time.monotonic() - at < _DEATH_WINDOW_SECONDS for at in self._deaths)
                await asyncio.sleep(_BACKOFF_SECONDS[recent - 1])
                await self._start()
            except EngineStartError as error:
                self._failure = error
                self._ready.set()
                return
            self.restarts += 1

    def _check_deaths(self, code: int) -> None:
        """Raises EngineStartError when the engine died too often."""
        full = len(self._deaths) == _MOST_DEATHS
        if full and self._deaths[-1] - self._deaths[0] < _DEATH_WINDOW_SECONDS:
            raise self._start_error(f"it died {_MOST_DEATHS} times in a row; {_death(code)}")

    async def _stop(self) -> None:
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
        if self._guardian is not None and self._guardian.returncode is None:
            assert self._guardian.stdin is not None
            self._guardian.stdin.close()
            try:
                await asyncio.wait_for(self._guardian.wait(), STOP_SECONDS)
            except TimeoutError:
                self._guardian.kill()
                await self._guardian.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start_error(self, problem: str) -> EngineStartError:
        return EngineStartError(problem=problem, log=self._log, tail=tail(self._log))


def tail(log: Path) -> str:
    """The last lines of an engine's log."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-TAIL_LINES:])


def _death(code: int) -> str:
    if code == watchdog.COMMAND_NOT_FOUND:
        return "its program cannot be run"
    number = code - watchdog.SIGNALLED
    if number == signal.SIGKILL:
        return "it was killed (signal 9), most often because memory ran out"
    if number > 0:
        return f"it crashed (signal {number})"
    return f"it ended with code {code}"


def _resident_bytes(pid: int) -> int:
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.NoSuchProcess:
        return 0


async def _healthy(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("http://engine/health")).is_success
    except httpx.TransportError:
        return False


def _private_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="xiezuo-"))
    if len(os.fsencode(folder / "engine.sock")) > _SOCKET_PATH_BYTES:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="xiezuo-", dir="/tmp"))
    return folder


def _new_log(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    old = sorted(folder.glob("engine-*.log"))
    for path in old[: max(0, len(old) - KEPT_LOGS + 1)]:
        path.unlink(missing_ok=True)
        Path(f"{path}.1").unlink(missing_ok=True)
    started = time.strftime("%Y%m%d-%H%M%S")
    return folder / f"engine-{started}-{os.getpid()}-{secrets.token_hex(2)}.log"
