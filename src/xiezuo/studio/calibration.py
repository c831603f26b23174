"""The speed of an engine on this machine: measured once with a short completion, then stored."""

import json
from pathlib import Path
from typing import Any, cast

from xiezuo.engine.client import EngineClient
from xiezuo.engine.local.launch import LaunchPlan
from xiezuo.engine.metrics import Speed
from xiezuo.engine.protocol import ChatRequest, Delta, Message
from xiezuo.engine.sampling import PRESETS
from xiezuo.errors import EngineError

_PROMPT = "tea leaf water stone river garden letter window market bridge " * 12  # ~ 120 tokens
_TOKENS = 24


def key_of(plan: LaunchPlan) -> str:
    """A key of everything that decides the speed: model file, threads, repacking, program."""
    size = plan.model.stat().st_size
    return f"{plan.model.name} {size} {plan.threads} {plan.repack} {plan.server or 'worker'}"


def known_speed(path: Path, key: str) -> Speed | None:
    """The speed stored under `key`; None when there is none or it cannot be read."""
    try:
        stored = cast("dict[str, Any]", json.loads(path.read_text("utf-8")))[key]
        return Speed(float(stored["prefill"]), float(stored["decode"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def store_speed(path: Path, key: str, speed: Speed) -> None:
    """Store a speed for the next start; without a writable folder it is measured again."""
    try:
        speeds = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        speeds = {}
    speeds[key] = {"prefill": round(speed.prefill, 2), "decode": round(speed.decode, 2)}
    try:
        path.write_text(json.dumps(speeds, indent=1), "utf-8")
    except OSError:
        return


async def measure(client: EngineClient) -> Speed | None:
    """The speed after one short completion; None when the engine fails."""
    request = ChatRequest(
        messages=(Message("user", _PROMPT),),
        sampling=PRESETS["article"],
        max_tokens=_TOKENS,
        seed=1,
        cache_prompt=False,
        ignore_eos=True,
    )
    try:
        async with client.chat(request) as events:
            async for event in events:
                if isinstance(event, Delta):
                    continue
    except EngineError:
        return None
    return client.totals.speed
