"""Derives from settings what an engine needs: models, addresses, launch plans."""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

from xiezuo import machine
from xiezuo.engine.endpoint import Endpoint
from xiezuo.engine.local import launch
from xiezuo.engine.local.launch import LaunchPlan
from xiezuo.engine.models.download import PullProgress
from xiezuo.engine.models.hubs import Hubs
from xiezuo.engine.models.store import LocalModel, Model, ModelStore
from xiezuo.errors import EngineMemoryError
from xiezuo.i18n import Text
from xiezuo.settings import Settings
from xiezuo.writing.model.outline import LANES, Mode

_SHARE_FOR_MODES = 0.5  # of free memory, available for slots that only some modes need
_WORKING_MEMORY = 300_000_000  # bytes besides weights and KV: compute buffers, the program itself


def _ignore(*_: object) -> None:
    """A listener that does nothing."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Callbacks for what a studio reports while it gets ready.

    `on_pull` receives a download's progress, `on_load` the share of the model loaded (0–1) and
    `on_notice` a sentence for the user.
    """

    on_pull: Callable[[Model, PullProgress], None] = _ignore
    on_load: Callable[[float], None] = _ignore
    on_notice: Callable[[Text], None] = _ignore


@dataclass(frozen=True, slots=True)
class SlotRequirements:
    """Slots that an engine should have: every mode needs `certain`, no mode more than `most`."""

    certain: int = 1
    most: int = 1


def new_seed() -> int:
    return secrets.randbelow(2**31)


def model_store(settings: Settings) -> ModelStore:
    return ModelStore(settings.models_dir, settings.user_catalogue)


def hubs(settings: Settings) -> Hubs:
    return Hubs(
        modelscope=settings.hub.modelscope,
        huggingface=settings.hub.huggingface,
        mirror=settings.hub.mirror,
        probe_seconds=settings.hub.probe_seconds,
        allow_private=settings.hub.allow_private,
    )


def remote_address(settings: Settings) -> Endpoint | None:
    """The engine at `engine.base_url`, if one is configured."""
    engine = settings.engine
    if engine.base_url is None:
        return None
    key = engine.api_key.get_secret_value() if engine.api_key is not None else None
    return Endpoint(base_url=str(engine.base_url), api_key=key, model=engine.model)


async def launch_plan(
    settings: Settings, model: LocalModel, slots: int | None = None
) -> LaunchPlan:
    """The plan for running `model` on this machine.

    Raises:
        EngineMemoryError: the model does not fit into memory.
        EngineStartError: the configured server cannot be used.
    """
    engine = settings.engine
    slots = slots or engine.slots or 1
    context = _context(settings, model)
    needed = memory_needed(model, context * slots, settings)
    available = machine.available_memory()
    if needed > available:
        raise EngineMemoryError(
            model=model.model.id,
            needed=machine.human(needed),
            available=machine.human(available),
        )
    return LaunchPlan(
        model=model.path,
        context=context,
        slots=slots,
        threads=engine.threads or machine.usable_cores(),
        kv_type=engine.kv_type,
        repack=engine.repack,
        server=await launch.find_server(engine.server, settings.logs_dir),
        logs_dir=settings.logs_dir,
        load_seconds=engine.load_seconds,
    )


def slots_wanted(modes: Collection[Mode], documents: int) -> SlotRequirements:
    """Slots for `documents` written at a time, each in one of `modes`."""
    lanes = [LANES[mode] for mode in modes]
    return SlotRequirements(max(documents, min(lanes)), max(documents, *lanes))


def slots_that_fit(settings: Settings, model: LocalModel, required: SlotRequirements) -> int:
    """Slots to start `model` with: as configured or required, fewer where memory is short."""
    if settings.engine.slots:
        return settings.engine.slots
    available = machine.available_memory()
    context = _context(settings, model)
    for slots in range(required.most, 1, -1):
        limit = available if slots <= required.certain else _SHARE_FOR_MODES * available
        if memory_needed(model, context * slots, settings) <= limit:
            return slots
    return 1


def _context(settings: Settings, model: LocalModel) -> int:
    """Tokens of one slot: as configured, but no more than the model supports."""
    return min(settings.engine.context, model.header.context_length or settings.engine.context)


def memory_needed(model: LocalModel, context: int, settings: Settings) -> int:
    """Bytes an engine needs: weights once, KV cache of `context` tokens, working memory."""
    kv = model.header.kv_bytes_per_token(settings.engine.kv_type) * context
    return int(model.header.tensor_bytes + kv) + _WORKING_MEMORY
