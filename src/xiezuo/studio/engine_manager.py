"""The engine in use, which can be exchanged while everything goes on.

To those who write, an exchange looks like a restart: their stream breaks, and what they ask next
waits until there is an engine again. So no job ends by it.
"""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass
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
    """Which engine to use: a model (an id or a .gguf path) here, or one elsewhere.

    `name` is what to ask the other one for. Neither: what is configured.
    """

    model: str | None = None
    base_url: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        return self.model or self.base_url or ""


class EngineManager:
    """One engine at a time: its process if it is ours, its model, and the client that asks it.

    Args:
        slots: for an engine of ours.

    Attributes:
        client: always the same; see `asked`.
        choice: what is in use, or being loaded.
        loaded: share of the model that is loaded, 0–1.
        problem: why the last one could not be used.
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
        self.choice: EngineSelection | None = None
        self.loaded = 0.0
        self.problem: XiezuoError | None = None
        self._last: EngineSelection | None = None  # that could be used
        self._there = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> EngineState:
        if self._there.is_set():
            if self.process is None or self.process.running:
                return "running"
            return "failed" if self.process.failed else "restarting"
        if self._task is not None and not self._task.done():
            return "loading"
        return "failed" if self.problem else "none"

    def require_client(self) -> EngineClient:
        """The client, for those who do not want to wait for an engine.

        Raises:
            EngineLoadingError: one is being loaded.
            NoEngineError: there is none.
        """
        if self._there.is_set():
            return self.client
        if self.state == "loading":
            raise EngineLoadingError(model=str(self.choice))
        why = self.problem.message.rstrip(".。") if self.problem else ""
        raise NoEngineError(problem=Text(f": {why}", f"：{why}") if why else "")

    async def ready(self) -> None:
        """Wait until an engine can be asked, through loading, exchange and restarts.

        Raises:
            EngineStartError: our engine died too often.
        """
        await self._there.wait()
        if self.process is not None:
            await self.process.ready()

    async def open(self, choice: EngineSelection, *, fallback: bool = False) -> None:
        """Use this engine instead of the one there is.

        Raises:
            ModelError, EngineError, DiskFullError, OutputPathError: there is none now.
        """
        self._there.clear()
        await self._release()
        self.choice, self.problem, self.loaded = choice, None, 0.0
        try:
            await self._start(choice, fallback=fallback)
        except XiezuoError as error:
            self.problem = error
            raise
        self._last = choice
        self._there.set()

    def switch(self, choice: EngineSelection, *, keep: bool = True) -> None:
        """Use this engine as soon as it is loaded; if it cannot be, the one before goes on.

        With `keep` it is also used at the next start.
        """
        self._there.clear()
        self.choice = choice
        running, self._task = self._task, None
        self._task = asyncio.create_task(self._exchange(running, choice, keep=keep))

    def switch_to_last(self, *, obtained: bool) -> None:
        """At a start: the engine used last, else the configured one, else a model that is here.

        Args:
            obtained: the configured model was asked for by name: it is pulled if it is not here.
        """
        if obtained or remote_address(self._settings) is not None:
            self.switch(EngineSelection(), keep=False)
        elif (last := self._last_selection()) is not None:
            self.switch(last, keep=False)
        elif (here := self._model_here()) is not None:
            self.switch(EngineSelection(model=here), keep=False)

    async def obtain(self, reference: str, *, fallback: bool) -> LocalModel:
        """The model called `reference`, pulled if need be."""
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
        choice: EngineSelection,
        *,
        keep: bool,
    ) -> None:
        await _end(running)
        try:
            await self.open(choice)
        except XiezuoError as error:
            _log.warning("%s cannot be used: %s", choice, error)
            before = self._last
            if before is None or before == choice:
                return
            with contextlib.suppress(XiezuoError):
                await self.open(before)
            self.problem = error
            return
        if keep:
            self._remember_selection(choice)
        await self._measure()

    async def _start(self, choice: EngineSelection, *, fallback: bool) -> None:
        address = self._address(choice)
        if address is not None:
            await self.client.connect(address)
            return
        reference = choice.model or self._settings.model
        pulled = choice.model is None
        self.model = (
            await self.obtain(reference, fallback=fallback)
            if pulled
            else await asyncio.to_thread(model_store(self._settings).locate, reference)
        )
        slots = slots_that_fit(self._settings, self.model, self._slots)
        plan = await launch_plan(self._settings, self.model, slots)
        process = EngineProcess(plan, self._note_load)
        await process.__aenter__()
        self.process = process
        await self.client.connect(process.address)
        speed = calibration.known_speed(self._speeds, calibration.key_of(plan))
        if speed is not None:
            self.client.totals.expect(speed)

    async def _release(self) -> None:
        process, self.process, self.model = self.process, None, None
        if process is not None:
            await process.__aexit__()

    async def _measure(self) -> None:
        """Once for each model of ours, so that times can be foretold before the first text."""
        if self.process is None or self.client.totals.speed is not None:
            return
        key = calibration.key_of(self.process.plan)
        speed = await calibration.measure(self.client)
        if speed is not None:
            calibration.keep_speed(self._speeds, key, speed)

    def _address(self, choice: EngineSelection) -> Endpoint | None:
        configured = remote_address(self._settings)
        if choice.base_url is None:
            return configured if choice.model is None else None
        key = self._settings.engine.api_key
        secret = key.get_secret_value() if key is not None else None
        same = configured is not None and configured.base_url == choice.base_url
        # The configured key is for the configured engine only.
        return Endpoint(choice.base_url, secret if same else None, None, choice.name)

    def _note_load(self, share: float) -> None:
        self.loaded = share
        self._listeners.on_load(share)

    @property
    def _speeds(self):  # noqa: ANN202 - a path
        return self._settings.data_dir / "speed.json"

    @property
    def _choices(self):  # noqa: ANN202 - a path
        return self._settings.data_dir / "engine.json"

    def _remember_selection(self, choice: EngineSelection) -> None:
        kept = {
            "configured": self._settings.model,
            "model": choice.model,
            "base_url": choice.base_url,
            "name": choice.name,
        }
        try:
            self._choices.write_text(json.dumps(kept), "utf-8")
        except OSError as error:
            _log.warning("the choice of the engine is not kept: %s", error)

    def _last_selection(self) -> EngineSelection | None:
        """The choice of the last run, unless another model was configured since."""
        try:
            kept = cast("dict[str, Any]", json.loads(self._choices.read_text("utf-8")))
            if kept["configured"] != self._settings.model:
                return None
            return EngineSelection(kept["model"], kept["base_url"], kept["name"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _model_here(self) -> str | None:
        store = model_store(self._settings)
        with contextlib.suppress(ModelError):
            store.locate(self._settings.model)
            return self._settings.model
        here = [model.id for model in store.models() if store.is_installed(model)]
        return here[0] if here else None


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None and not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
