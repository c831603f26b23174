"""Four sections at once from one prefix in the KV cache, against the same four in order.

python benchmarks/writing/fanout.py MODEL [--sections 4] [--tokens 200] [--prefix 500]
    [--server PATH/llama-server] [--no-repack]

Works on a model with random weights: sections have a fixed number of tokens, and nothing judges
them. In order, each section is written after the text of those before it, as `careful` does. At
once, every slot must find the whole prefix in its cache.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from engines import running
from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import ChatRequest, Delta, Done, Message
from xiezuo.engine.sampling import PRESETS
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import SectionStarted, WritingEvent
from xiezuo.writing.model.outline import Outline, PlannedSection
from xiezuo.writing.section.buffer import SectionBuffer, heading_line
from xiezuo.writing.section.context_window import ContextWindow
from xiezuo.writing.section.duplicates import SentenceIndex
from xiezuo.writing.section.parallel import write_in_parallel
from xiezuo.writing.section.writer import SectionTask, WritingOptions

OPTIONS = WritingOptions(PRESETS["article"], PRESETS["rewrite"], seed=1, prompt_tokens=4000)
FILLER = (
    "Explain in detail how green tea is grown, picked, steamed, rolled and dried in the hills. "
)


async def made_plan(client: EngineClient, sections: int, prefix: int) -> Outline:
    """A plan whose prompt has about `prefix` tokens before the first section."""
    planned = tuple(PlannedSection(heading=f"Part {at + 1}", words=200) for at in range(sections))
    repeat = 1
    while True:
        brief = Brief(task=FILLER * repeat, language="en")
        plan = Outline(brief=brief, title=None, sections=planned)
        window = ContextWindow(plan, client, OPTIONS.prompt_tokens)
        messages = await window.messages("## Part 1", "Part 1")
        if (
            sum([await client.count_tokens(message.content) for message in messages[:2]])
            >= prefix - 20
        ):
            return plan
        repeat += 1


async def one_section(
    client: EngineClient, messages: tuple[Message, ...], tokens: int, slot: int
) -> tuple[str, int]:
    """A section of so many tokens: its text, and the prompt tokens found in the cache."""
    request = ChatRequest(
        messages, OPTIONS.sampling, max_tokens=tokens, seed=slot, slot=slot, ignore_eos=True
    )
    text, cached = "", 0
    async with client.chat(request) as events:
        async for event in events:
            if isinstance(event, Delta):
                text += event.text
            elif isinstance(event, Done):
                assert event.timings is not None
                cached = event.timings.cache_n
    return text, cached


async def in_order(client: EngineClient, plan: Outline, tokens: int) -> float:
    window = ContextWindow(plan, client, OPTIONS.prompt_tokens)
    started, document = time.monotonic(), ""
    for section in plan.sections:
        document = f"{document}\n\n{heading_line(section.heading)}\n\n".lstrip()
        messages = await window.messages(document, section.heading)
        text, _ = await one_section(client, messages, tokens, 0)
        document += text
    return time.monotonic() - started


async def at_once(client: EngineClient, plan: Outline, tokens: int) -> tuple[float, list[int]]:
    cached: list[int] = []
    tasks = [
        SectionTask(
            index=at,
            planned=one,
            words=one.words,
            before=heading_line(one.heading),
            section=SectionBuffer(one.heading),
            window=ContextWindow(plan, client, OPTIONS.prompt_tokens),
            others=SentenceIndex(),
        )
        for at, one in enumerate(plan.sections)
    ]

    async def write(task: SectionTask) -> AsyncGenerator[WritingEvent]:
        yield SectionStarted(task.index, len(tasks), task.planned.heading, 0, resumed=False)
        messages = await task.window.messages(f"{task.before}\n\n", task.planned.heading)
        assert task.slot is not None
        cached.append((await one_section(client, messages, tokens, task.slot))[1])

    started = time.monotonic()
    async for _ in write_in_parallel(tasks, client, OPTIONS, write):
        pass
    return time.monotonic() - started, cached


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--sections", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--prefix", type=int, default=500)
    parser.add_argument("--server", type=Path)
    parser.add_argument("--no-repack", action="store_true")
    chosen = parser.parse_args()
    async with (
        running(
            chosen.model,
            slots=chosen.sections,
            context=2048,
            server=chosen.server,
            repack=not chosen.no_repack,
        ) as engine,
        EngineClient(engine.address) as client,
    ):
        plan = await made_plan(client, chosen.sections, chosen.prefix)
        alone = await in_order(client, plan, chosen.tokens)
        together, cached = await at_once(client, plan, chosen.tokens)
        print(
            f"in order {alone:.1f} s, at once {together:.1f} s: {alone / together:.2f} times faster"
        )
        print(f"prompt tokens found in the cache of each slot: {cached}")


if __name__ == "__main__":
    asyncio.run(main())
