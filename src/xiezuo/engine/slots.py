"""Leases on an engine's slots: only one document at a time can pin a slot."""

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
        """Lease up to `most` of the free slots; wait while none is free."""
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
