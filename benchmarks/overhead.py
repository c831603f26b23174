"""Our client against the same request sent raw to the same engine, round about.

    python benchmarks/overhead.py MODEL.gguf [--rounds 9] [--tokens 200] [--words 60]

Raw is a socket from which bytes are read and thrown away: no HTTP library, no parsing.
"""

import argparse
import asyncio
import json
import time
from pathlib import Path
from statistics import median

from engines import fresh_request, running
from xiezuo.engine.capabilities import Capabilities
from xiezuo.engine.client import EngineClient
from xiezuo.engine.endpoint import Endpoint
from xiezuo.engine.protocol import ChatRequest, Delta
from xiezuo.engine.wire import request_body


async def through_client(client: EngineClient, request: ChatRequest) -> tuple[float, float]:
    """Seconds to the first token, and tokens/s after it."""
    started = time.perf_counter()
    first = last = 0.0
    tokens = 0
    async with client.chat(request) as events:
        async for event in events:
            if isinstance(event, Delta):
                last = time.perf_counter()
                first = first or last
                tokens += 1
    return first - started, (tokens - 1) / (last - first)


async def raw(address: Endpoint, offer: Capabilities, request: ChatRequest) -> tuple[float, float]:
    body = json.dumps(request_body(request, offer)).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n"
        f"Authorization: Bearer {address.api_key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    started = time.perf_counter()
    reader, writer = await asyncio.open_unix_connection(str(address.socket))
    writer.write(head.encode() + body)
    first = last = 0.0
    tokens = 0
    while data := await reader.read(1 << 16):
        found = data.count(b'"delta":{"content":"')
        if found:
            last = time.perf_counter()
            first = first or last
            tokens += found
    writer.close()
    return first - started, (tokens - 1) / (last - first)


async def main() -> None:
    args = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    args.add_argument("model", type=Path)
    args.add_argument("--rounds", type=int, default=9)
    args.add_argument("--tokens", type=int, default=200)
    args.add_argument("--words", type=int, default=60, help="length of the prompt")
    opt = args.parse_args()
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    async with running(opt.model) as engine, EngineClient(engine.address) as client:
        await through_client(client, fresh_request(9999, 16))
        for number in range(opt.rounds):
            request = fresh_request(number, opt.tokens, opt.words)
            if number % 2:
                theirs.append(await raw(engine.address, client.capabilities, request))
                ours.append(await through_client(client, request))
            else:
                ours.append(await through_client(client, request))
                theirs.append(await raw(engine.address, client.capabilities, request))
    speed = median(rate for _, rate in ours) / median(rate for _, rate in theirs)
    paired = median(a[1] / b[1] for a, b in zip(ours, theirs, strict=True))
    added = 1000 * (median(wait for wait, _ in ours) - median(wait for wait, _ in theirs))
    print(f"client  {median(r for _, r in ours):8.2f} tokens/s")
    print(f"raw     {median(r for _, r in theirs):8.2f} tokens/s")
    print(f"ratio   {speed:8.3f}   (median of pairs {paired:.3f}; wanted: at least 0.97)")
    print(f"added   {added:8.1f} ms to the first token (wanted: at most 20)")


if __name__ == "__main__":
    asyncio.run(main())
