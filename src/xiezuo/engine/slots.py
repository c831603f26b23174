"""Leases on an engine's slots: each is pinned by one document at a time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class SlotPool:
    """The slots of one engine, numbered from 0."""

    def __init__(self, count: int) -> None:
        self._free = list(range(count))
        self._returned = asyncio.Event()

    @asynccontextmanager
    async def lease(self, most: int) -> AsyncGenerator[tuple[int, ...]]:
        """Hold up to `most` of the free slots; wait while there is none."""
        while not self._free:
            self._returned.clear()
            await self._returned.wait()
        leased = tuple(self._free[:most])
        del self._free[:most]
        try:
            yield leased
        finally:
            self._free = sorted([*self._free, *leased])
            self._returned.set()
