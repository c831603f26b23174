"""How fast an engine was on this machine: measured once with a short completion, and kept."""

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
    """Names what decides the speed: the file, threads, arrangement, program."""
    size = plan.model.stat().st_size
    return f"{plan.model.name} {size} {plan.threads} {plan.repack} {plan.server or 'worker'}"


def known_speed(path: Path, key: str) -> Speed | None:
    """What was kept under `key`; none when there is nothing that can be read."""
    try:
        kept = cast("dict[str, Any]", json.loads(path.read_text("utf-8")))[key]
        return Speed(float(kept["prefill"]), float(kept["decode"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_speed(path: Path, key: str, speed: Speed) -> None:
    """Keep it for the next start; a folder that cannot be written to only costs a measurement."""
    try:
        kept = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        kept = {}
    kept[key] = {"prefill": round(speed.prefill, 2), "decode": round(speed.decode, 2)}
    try:
        path.write_text(json.dumps(kept, indent=1), "utf-8")
    except OSError:
        return


async def measure(client: EngineClient) -> Speed | None:
    """The speed after one short completion; none where it could not be had."""
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
