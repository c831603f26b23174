"""The engine in use, which can be exchanged while jobs run.

To a running job, an exchange looks like a restart: its stream breaks, and its next request waits
until an engine is available again. So an exchange ends no job.
"""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from xiezuo.engine.client import EngineClient
from xiezuo.engine.endpoint import Endpoint
from xiezuo.engine.local.process import EngineProcess
from xiezuo.engine.models.download import obtain
from xiezuo.engine.models.store import LocalModel
from xiezuo.errors import EngineLoadingError, ModelError, NoEngineError, XiezuoError
from xiezuo.i18n import Text
from xiezuo.settings import Settings
from xiezuo.studio import calibration
from xiezuo.studio.composition import (
    Listeners,
    SlotRequirements,
    hubs,
    launch_plan,
    model_store,
    remote_address,
    slots_that_fit,
)

EngineState = Literal["none", "loading", "running", "restarting", "failed"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineSelection:
    """Which engine to use: a local model (an id or a .gguf path) or a remote engine.

    `name` is the model to request from the remote engine. With neither, the settings decide.
    """

    model: str | None = None
    base_url: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        return self.model or self.base_url or ""


class EngineManager:
    """One engine at a time: its process and model if it is local, and the client.

    Args:
        slots: for a local engine.

    Attributes:
        client: the same object across exchanges; see `require_client`.
        selection: the engine in use or being loaded.
        loaded: share of the model that is loaded, 0–1.
        problem: why the last selected engine could not be used.
    """

    def __init__(
        self, settings: Settings, listeners: Listeners, slots: SlotRequirements | None = None
    ) -> None:
        self._settings = settings
        self._slots = slots or SlotRequirements()
        self._listeners = listeners
        self.client = EngineClient(stall_seconds=settings.engine.stall_seconds, ready=self.ready)
        self.process: EngineProcess | None = None
        self.model: LocalModel | None = None
        self.selection: EngineSelection | None = None
        self.loaded = 0.0
        self.problem: XiezuoError | None = None
        self._last: EngineSelection | None = None  # the last one that started
        self._available = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> EngineState:
        if self._available.is_set():
            if self.process is None or self.process.running:
                return "running"
            return "failed" if self.process.failed else "restarting"
        if self._task is not None and not self._task.done():
            return "loading"
        return "failed" if self.problem else "none"

    def require_client(self) -> EngineClient:
        """The client, for a caller that does not wait for an engine.

        Raises:
            EngineLoadingError: an engine is being loaded.
            NoEngineError: there is no engine.
        """
        if self._available.is_set():
            return self.client
        if self.state == "loading":
            raise EngineLoadingError(model=str(self.selection))
        problem = self.problem.message.rstrip(".。") if self.problem else ""
        raise NoEngineError(problem=Text(f": {problem}", f"：{problem}") if problem else "")

    async def ready(self) -> None:
        """Wait until an engine accepts requests, through loading, exchange and restarts.

        Raises:
            EngineStartError: the local engine died too often.
        """
        await self._available.wait()
        if self.process is not None:
            await self.process.ready()

    async def open(self, selection: EngineSelection, *, fallback: bool = False) -> None:
        """Start the selected engine in place of the current one.

        Raises:
            ModelError, EngineError, DiskFullError, OutputPathError: no engine is available now.
        """
        self._available.clear()
        await self._release()
        self.selection, self.problem, self.loaded = selection, None, 0.0
        try:
            await self._start(selection, fallback=fallback)
        except XiezuoError as error:
            self.problem = error
            raise
        self._last = selection
        self._available.set()

    def switch(self, selection: EngineSelection, *, keep: bool = True) -> None:
        """Exchange the engine in the background; if that fails, start the previous one again.

        With `keep` the selection also applies at the next start.
        """
        self._available.clear()
        self.selection = selection
        running, self._task = self._task, None
        self._task = asyncio.create_task(self._exchange(running, selection, keep=keep))

    def switch_to_last(self, *, obtained: bool) -> None:
        """At startup, switch to the engine used last, or to the configured or an installed model.

        Args:
            obtained: the user named the configured model: pull it if it is not installed.
        """
        if obtained or remote_address(self._settings) is not None:
            self.switch(EngineSelection(), keep=False)
        elif (last := self._last_selection()) is not None:
            self.switch(last, keep=False)
        elif (model_id := self._installed_model()) is not None:
            self.switch(EngineSelection(model=model_id), keep=False)

    async def obtain(self, reference: str, *, fallback: bool) -> LocalModel:
        """The model called `reference`, pulled if necessary."""
        return await obtain(
            reference,
            model_store(self._settings),
            hubs(self._settings),
            self._listeners.on_pull,
            self._listeners.on_notice,
            fallback=fallback,
        )

    async def close(self) -> None:
        await _end(self._task)
        await self._release()
        await self.client.aclose()

    async def _exchange(
        self,
        running: asyncio.Task[None] | None,
        selection: EngineSelection,
        *,
        keep: bool,
    ) -> None:
        await _end(running)
        try:
            await self.open(selection)
        except XiezuoError as error:
            _log.warning("%s cannot be used: %s", selection, error)
            previous = self._last
            if previous is None or previous == selection:
                return
            with contextlib.suppress(XiezuoError):
                await self.open(previous)
            self.problem = error
            return
        if keep:
            self._remember_selection(selection)
        await self._measure()

    async def _start(self, selection: EngineSelection, *, fallback: bool) -> None:
        address = self._address(selection)
        if address is not None:
            await self.client.connect(address)
            return
        if selection.model is None:
            self.model = await self.obtain(self._settings.model, fallback=fallback)
        else:
            locate = model_store(self._settings).locate
            self.model = await asyncio.to_thread(locate, selection.model)
        slots = slots_that_fit(self._settings, self.model, self._slots)
        plan = await launch_plan(self._settings, self.model, slots)
        process = EngineProcess(plan, self._note_load)
        await process.__aenter__()
        self.process = process
        await self.client.connect(process.address)
        speed = calibration.known_speed(self._speeds_path, calibration.key_of(plan))
        if speed is not None:
            self.client.totals.expect(speed)

    async def _release(self) -> None:
        process, self.process, self.model = self.process, None, None
        if process is not None:
            await process.__aexit__()

    async def _measure(self) -> None:
        """Measure a local model once, so that times can be estimated before the first text."""
        if self.process is None or self.client.totals.speed is not None:
            return
        key = calibration.key_of(self.process.plan)
        speed = await calibration.measure(self.client)
        if speed is not None:
            calibration.store_speed(self._speeds_path, key, speed)

    def _address(self, selection: EngineSelection) -> Endpoint | None:
        """The remote engine's address; None for a local engine."""
        configured = remote_address(self._settings)
        if selection.base_url is None:
            return configured if selection.model is None else None
        key = self._settings.engine.api_key
        secret = key.get_secret_value() if key is not None else None
        same = configured is not None and configured.base_url == selection.base_url
        # The configured key is for the configured engine only.
        return Endpoint(selection.base_url, secret if same else None, None, selection.name)

    def _note_load(self, share: float) -> None:
        self.loaded = share
        self._listeners.on_load(share)

    @property
    def _speeds_path(self) -> Path:
        return self._settings.data_dir / "speed.json"

    @property
    def _selection_path(self) -> Path:
        return self._settings.data_dir / "engine.json"

    def _remember_selection(self, selection: EngineSelection) -> None:
        stored = {
            "configured": self._settings.model,
            "model": selection.model,
            "base_url": selection.base_url,
            "name": selection.name,
        }
        try:
            self._selection_path.write_text(json.dumps(stored), "utf-8")
        except OSError as error:
            _log.warning("the selected engine cannot be stored: %s", error)

    def _last_selection(self) -> EngineSelection | None:
        """The selection of the last run, unless another model was configured since."""
        try:
            stored = cast("dict[str, Any]", json.loads(self._selection_path.read_text("utf-8")))
            if stored["configured"] != self._settings.model:
                return None
            return EngineSelection(stored["model"], stored["base_url"], stored["name"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _installed_model(self) -> str | None:
        """The configured model if it is installed, else the first installed one."""
        store = model_store(self._settings)
        with contextlib.suppress(ModelError):
            store.locate(self._settings.model)
            return self._settings.model
        return next((model.id for model in store.models() if store.is_installed(model)), None)


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None and not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
