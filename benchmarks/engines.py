"""What the benchmarks share: engines to start, and requests to send."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from xiezuo.engine.local.launch import LaunchPlan
from xiezuo.engine.local.process import EngineProcess
from xiezuo.engine.protocol import ChatRequest, Message
from xiezuo.engine.sampling import PRESETS
from xiezuo.machine import usable_cores


@asynccontextmanager
async def running(
    model: Path,
    *,
    server: Path | None = None,
    slots: int = 1,
    context: int = 4096,
    repack: bool = True,
) -> AsyncGenerator[EngineProcess]:
    """An engine as `xiezuo write` starts it."""
    with TemporaryDirectory(prefix="bench-") as logs:
        plan = LaunchPlan(
            model=model,
            context=context,
            slots=slots,
            threads=usable_cores(),
            kv_type="f16",
            repack=repack,
            server=server,
            logs_dir=Path(logs),
            load_seconds=600,
        )
        async with EngineProcess(plan) as process:
            yield process


def fresh_request(number: int, tokens: int, words: int = 60) -> ChatRequest:
    """A request that shares no beginning with any other `number`."""
    prompt = f"{number} Write about tea. " + "The tea grows well. " * (words // 4)
    return ChatRequest(
        messages=(Message("user", prompt),),
        sampling=PRESETS["article"],
        max_tokens=tokens,
        seed=number,
        cache_prompt=False,
        ignore_eos=True,
    )
