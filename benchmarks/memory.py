"""Resident memory of engine and parent while a document is written.

    python benchmarks/memory.py MODEL.gguf [--no-repack]

Wanted: engine at most model file + KV cache + 15 %; parent at most 120 MB.
"""

import argparse
import asyncio
import os
from pathlib import Path

from engines import fresh_request, running
from xiezuo.bench.measure import MemoryPeak
from xiezuo.engine.client import EngineClient
from xiezuo.engine.models.gguf import read_header
from xiezuo.engine.sampling import PRESETS
from xiezuo.machine import human
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import Outline, PlannedSection
from xiezuo.writing.pipeline import WritingPipeline
from xiezuo.writing.section.writer import WritingOptions

CONTEXT = 4096


async def main() -> None:
    args = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    args.add_argument("model", type=Path)
    args.add_argument("--no-repack", action="store_true")
    opt = args.parse_args()
    sections = tuple(PlannedSection(heading=name, words=40) for name in ("One", "Two"))
    plan = Outline(brief=Brief(task="Write about tea."), title="Tea", sections=sections)
    options = WritingOptions(
        sampling=PRESETS["article"], rewriting=PRESETS["rewrite"], seed=1, prompt_tokens=2048
    )
    async with (
        running(opt.model, context=CONTEXT, repack=not opt.no_repack) as engine,
        MemoryPeak(engine.pid) as engine_peak,
        MemoryPeak(os.getpid()) as parent_peak,
        EngineClient(engine.address) as client,
    ):
        async for _ in WritingPipeline(Manuscript(plan), client, options).sections():
            pass
        async with client.chat(fresh_request(1, 8, words=3000)) as events:  # fills the KV cache
            async for _ in events:
                pass
    kv = read_header(opt.model).kv_bytes_per_token("f16") * CONTEXT
    allowed = 1.15 * (opt.model.stat().st_size + kv)
    for name, peak, most in (
        ("engine", engine_peak.bytes, allowed),
        ("parent", parent_peak.bytes, 120e6),
    ):
        verdict = "within" if peak <= most else "OVER"
        print(f"{name}: {human(peak)}, {verdict} {human(most)}")


if __name__ == "__main__":
    asyncio.run(main())
