"""Writes several sections at once, each in its own slot, from one prefix in the KV cache.

The prefix (system, brief, outline) is prefilled in one slot, saved, and restored into the others;
`benchmarks/writing` measures it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import ChatRequest, Prefill
from xiezuo.writing.model.events import WritingEvent
from xiezuo.writing.section.writer import SectionTask, WritingOptions

Write = Callable[[SectionTask], AsyncGenerator[WritingEvent]]


async def write_in_parallel(
    tasks: list[SectionTask], engine: EngineClient, options: WritingOptions, write: Write
) -> AsyncGenerator[WritingEvent]:
    """Write `tasks`, as many at a time as the engine has free slots; yield events as they occur.

    Raises:
        EngineError: the engine is gone for good; the other sections are stopped.
    """
    if not engine.capabilities.llama_cpp_extensions:
        lanes: list[int | None] = [None] * max(1, min(engine.capabilities.slots, len(tasks)))
        async for event in _in_lanes(tasks, lanes, write):
            yield event
        return
    async with engine.slots.lease(len(tasks)) as slots:
        if len(slots) > 1:
            await _share_prefix(tasks[0], engine, options, slots)
        async for event in _in_lanes(tasks, slots, write):
            yield event


async def _in_lanes(
    tasks: list[SectionTask], slots: Sequence[int | None], write: Write
) -> AsyncGenerator[WritingEvent]:
    """Write `tasks`, one at a time in each of `slots`."""
    waiting = iter(tasks)
    queue: asyncio.Queue[WritingEvent | asyncio.Task[None]] = asyncio.Queue()

    async def lane(slot: int | None) -> None:
        for task in waiting:
            task.slot = slot
            async for event in write(task):
                queue.put_nowait(event)

    running = [asyncio.create_task(lane(slot)) for slot in slots]
    for lane_task in running:
        lane_task.add_done_callback(queue.put_nowait)
    try:
        left = len(running)
        while left:
            item = await queue.get()
            if isinstance(item, asyncio.Task):
                item.result()
                left -= 1
            else:
                yield item
    finally:
        for lane_task in running:
            lane_task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _share_prefix(
    task: SectionTask, engine: EngineClient, options: WritingOptions, slots: Sequence[int]
) -> None:
    """Prefill the common start of all prompts once and copy its KV cache into every slot."""
    source, *others = slots
    messages = (await task.window.messages(task.before, task.planned.heading))[:2]
    request = ChatRequest(messages, options.sampling, max_tokens=1, seed=options.seed, slot=source)
    async with engine.chat(request) as events:
        async for event in events:
            if not isinstance(event, Prefill):
                break
    await engine.copy_slot(source, others)
