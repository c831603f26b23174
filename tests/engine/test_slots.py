"""Leases on slots: none is held twice, and none is lost."""

import asyncio

import pytest

from xiezuo.engine.slots import SlotPool

pytestmark = pytest.mark.anyio


async def test_a_lease_takes_what_is_free_and_gives_it_back():
    pool = SlotPool(4)
    async with pool.lease(3) as first, pool.lease(3) as second:
        assert (first, second) == ((0, 1, 2), (3,))
    async with pool.lease(9) as every:
        assert every == (0, 1, 2, 3)


async def test_who_finds_none_waits_for_one():
    pool = SlotPool(2)
    order: list[str] = []

    async def hold(name: str, until: asyncio.Event) -> None:
        async with pool.lease(2):
            order.append(name)
            await until.wait()
        order.append(f"{name} left")

    ends = [asyncio.Event() for _ in range(3)]
    tasks = [asyncio.create_task(hold(str(at), end)) for at, end in enumerate(ends)]
    for end in ends:
        end.set()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == ["0", "0 left", "1", "1 left", "2", "2 left"]


@pytest.mark.parametrize("waiting", [False, True])
async def test_who_is_cancelled_leaves_all_slots_free(waiting: bool):
    pool = SlotPool(2)

    async def hold() -> None:
        async with pool.lease(2):
            await asyncio.Event().wait()

    async with pool.lease(2 if waiting else 0):
        task = asyncio.create_task(hold())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with pool.lease(2) as both:
        assert both == (0, 1)
