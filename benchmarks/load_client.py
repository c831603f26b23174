"""The client side of `serving.py`, so light that it does not take the cores that it measures.

    python benchmarks/load_client.py '{"port": …, "document": …, "readers": 50, "rate": 20, …}'

It ends after its `seconds`, or when its standard input is closed. Raw sockets, no HTTP library.
Readers count bytes. Reads are sent when they are due, whether or not earlier ones are answered, and
timed from then on: a server that stands still is seen to.
"""

import asyncio
import json
import math
import os
import sys
import time
from collections import Counter
from typing import Any

NICE = 5
MOST_CONNECTIONS = 64  # for reads; those in line are waited for too
READY = "ready"  # printed when all readers are connected


class Load:
    def __init__(self, wanted: dict[str, Any]) -> None:
        self._port: int = wanted["port"]
        self._paths: list[str] = wanted["paths"]
        self._stream: str = wanted["stream"]
        self._readers: int = wanted["readers"]
        self._rate: float = wanted["rate"]
        self._seconds: float = wanted["seconds"]
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._connected = asyncio.Event()
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)
        self._enough = asyncio.Event()
        self.latencies: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.bytes = 0
        self.sent = 0
        self.elapsed = 0.0

    async def run(self) -> None:
        readers = [asyncio.create_task(self._follow()) for _ in range(self._readers)]
        while self.statuses["streams"] < self._readers:
            await self._connected.wait()
            self._connected.clear()
        print(READY, flush=True)
        self.bytes = 0
        asyncio.get_running_loop().add_reader(sys.stdin, self._enough.set)
        reads: set[asyncio.Task[None]] = set()
        started = time.perf_counter()
        while True:
            due = started + (self.sent / self._rate if self._rate else math.inf)
            if await self._over(due, started + self._seconds):
                break
            path = self._paths[self.sent % len(self._paths)]
            one = asyncio.create_task(self._get(path, due))
            reads.add(one)
            one.add_done_callback(reads.discard)
            self.sent += 1
        if reads:
            await asyncio.wait(reads, timeout=10)
        self.elapsed = time.perf_counter() - started
        self.statuses["unanswered"] = len(reads)
        for reader in [*readers, *reads]:
            reader.cancel()
        await asyncio.gather(*readers, *reads, return_exceptions=True)

    async def _over(self, due: float, end: float) -> bool:
        """Wait until the next read is due; whether there is none any more."""
        try:
            async with asyncio.timeout(min(due, end) - time.perf_counter()):
                await self._enough.wait()
        except TimeoutError:
            return due >= end
        return True

    async def _follow(self) -> None:
        reader, writer = await self._open()
        writer.write(_request(self._stream, self._port))
        await reader.readuntil(b"\r\n\r\n")
        self.statuses["streams"] += 1
        self._connected.set()
        try:
            while found := await reader.read(1 << 16):
                self.bytes += len(found)
        finally:
            writer.close()
        self.statuses["streams ended"] += 1

    async def _get(self, path: str, due: float) -> None:
        async with self._places:
            try:
                await self._answered(path, due)
            except (OSError, asyncio.IncompleteReadError):
                self.statuses["broken"] += 1

    async def _answered(self, path: str, due: float) -> None:
        reader, writer = self._idle.pop() if self._idle else await self._open()
        writer.write(_request(path, self._port))
        head = await reader.readuntil(b"\r\n\r\n")
        _, _, length = head.lower().partition(b"content-length: ")
        await reader.readexactly(int(length.partition(b"\r\n")[0]))
        self.latencies.append(time.perf_counter() - due)
        self.statuses[head[9:12].decode()] += 1
        self._idle.append((reader, writer))

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)


def _request(path: str, port: int) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


def main() -> None:
    load = Load(json.loads(sys.argv[1]))
    os.nice(NICE)
    asyncio.run(load.run())
    told = {
        "latencies": load.latencies, "statuses": load.statuses, "bytes": load.bytes,
        "sent": load.sent, "elapsed": load.elapsed, "cpu": time.process_time(),
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main()
