"""What a tenth of a core, taken by somebody else, costs the engine, by that one's priority.

    python -m benchmarks.interference MODEL.gguf

The engine generates the same tokens alone and beside a process that works in short bursts, as a
server does that answers reads; before and after each the engine is alone. Linux only.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import httpx

from xiezuo.engine.local.launch import LaunchPlan
from xiezuo.engine.local.process import EngineProcess

TOKENS = 250
SHARE = 0.1  # of a core
PERIODS = (0.05, 0.005, 0.001)  # seconds from one burst to the next
POLICIES = ("nice 0", "nice 5", "nice 19", "batch", "idle")


def burst(period: float, policy: str) -> None:
    """Take `SHARE` of a core, in bursts; never ends."""
    if policy == "batch":
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    elif policy == "idle":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(int(policy.removeprefix("nice ")))
    due = time.perf_counter()
    while True:
        due = max(due + period, time.perf_counter())
        time.sleep(max(0.0, due - time.perf_counter()))
        until = time.thread_time() + period * SHARE
        while time.thread_time() < until:
            pass


async def rate(http: httpx.AsyncClient) -> float:
    """Tokens/s of one answer."""
    asked = {"prompt": "Once upon a time", "n_predict": TOKENS, "ignore_eos": True, "seed": 1}
    answer = await http.post("http://engine/completion", json=asked, timeout=600)
    return answer.raise_for_status().json()["timings"]["predicted_per_second"]


async def measure(model: Path, logs: Path) -> None:
    plan = LaunchPlan(
        model=model, context=2048, slots=1, threads=os.cpu_count() or 1, kv_type="f16", repack=True,
        server=None, logs_dir=logs, load_seconds=60,
    )  # fmt: skip
    async with EngineProcess(plan) as engine, engine.address.http() as http:
        await rate(http)
        before = await rate(http)
        for period in PERIODS:
            for policy in POLICIES:
                command = [sys.executable, "-m", "benchmarks.interference", "--burst", str(period)]
                other = await asyncio.create_subprocess_exec(*command, policy)
                beside = await rate(http)
                other.kill()
                await other.wait()
                after = await rate(http)
                alone, before = (before + after) / 2, after
                print(
                    f"every {1000 * period:.0f} ms, {policy:7}: tokens/s {alone:.1f} → {beside:.1f}"
                    f" (cost {100 * (1 - beside / alone):.0f} %)",
                    flush=True,
                )


def main() -> None:
    if sys.argv[1:2] == ["--burst"]:
        burst(float(sys.argv[2]), sys.argv[3])
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    with tempfile.TemporaryDirectory(prefix="interference-") as logs:
        asyncio.run(measure(parser.parse_args().model, Path(logs)))


if __name__ == "__main__":
    main()
