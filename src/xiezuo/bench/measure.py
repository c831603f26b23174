"""What `xiezuo bench` measures, one figure after another."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Self

from xiezuo import machine
from xiezuo.bench.figures import Figure
from xiezuo.engine.client import EngineClient
from xiezuo.engine.models.gguf import GgufHeader
from xiezuo.engine.protocol import ChatRequest, Delta, Done, Message
from xiezuo.engine.sampling import PRESETS

# Prompt tokens, new tokens, tokens/s, seconds to the first token: section 4.1 of the article.
ARTICLE_ROWS = ((128, 512, 3.2, 8.7), (256, 1024, 2.5, 12.3), (512, 2048, 1.8, 18.5))
PREFILL_TOKENS = (128, 256, 512, 1024, 2048)
STREAMS = (1, 2, 4, 8)
QUICK_PREFILL, QUICK_STREAMS = PREFILL_TOKENS[:1], STREAMS[::3]
QUICK = 8  # `--quick` writes an eighth of the tokens
DECODE_TOKENS = 64
STREAM_PROMPT_TOKENS = 64
_MEMORY_POLL_SECONDS = 0.2
_TEMPLATE_TOKENS = 16  # what chat templates add to a message, roughly
_WORDS = ("tea", "leaf", "water", "stone", "river", "garden", "letter", "window", "market")


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds decode: every token reads all weights, and the KV cache of its context."""

    bandwidth: float
    header: GgufHeader
    kv_bytes_per_token: float

    def decode(self, context: float, streams: int = 1) -> float:
        """Tokens per second at best; streams share one reading of the weights."""
        kv = self.kv_bytes_per_token * context * streams
        return streams * self.bandwidth / (self.header.decode_bytes + kv)


@dataclass(frozen=True, slots=True)
class Call:
    """One completion as the client timed it.

    Without reported usage `prompt_tokens` is 0, and `tokens` counts the chunks of text.
    `first_token` and `total` are seconds from the request to the first and the last text.
    """

    prompt_tokens: int
    tokens: int
    first_token: float
    total: float

    @property
    def decode_rate(self) -> float | None:
        """Tokens per second after the first; None if the text did not arrive in parts."""
        elapsed = self.total - self.first_token
        return (self.tokens - 1) / elapsed if self.tokens > 1 and elapsed > 0 else None

    @property
    def prefill_rate(self) -> float | None:
        """Prompt tokens per second; None if the engine does not report how many there were."""
        return self.prompt_tokens / self.first_token if self.prompt_tokens else None


class MemoryPeak:
    """Watches a process's resident memory; `bytes` is the most it had."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._task: asyncio.Task[None] | None = None
        self.bytes = 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _watch(self) -> None:
        while True:
            self.bytes = max(self.bytes, machine.resident_bytes(self._pid))
            await asyncio.sleep(_MEMORY_POLL_SECONDS)


async def prompt_of(client: EngineClient, tokens: int, seed: int) -> str:
    """Text that fills a prompt of about `tokens`; no two seeds share a beginning."""
    dice = random.Random(seed)  # noqa: S311 - not a secret
    words = [str(dice.randrange(10**6))]
    while await client.count_tokens(" ".join(words)) < tokens - _TEMPLATE_TOKENS:
        words += dice.choices(_WORDS, k=max(1, tokens // 32))
    return " ".join(words)


async def call(client: EngineClient, prompt: str, tokens: int) -> Call:
    request = ChatRequest(
        messages=(Message("user", prompt),),
        sampling=PRESETS["article"],
        max_tokens=tokens,
        seed=1,
        cache_prompt=False,
        ignore_eos=True,
    )
    started = time.perf_counter()
    first = last = 0.0
    counted = prompt_tokens = 0
    async with client.chat(request) as events:
        async for event in events:
            if isinstance(event, Delta):
                last = time.perf_counter()
                first = first or last
                counted += 1
            elif isinstance(event, Done) and event.usage is not None:
                counted, prompt_tokens = event.usage.completion_tokens, event.usage.prompt_tokens
    return Call(prompt_tokens, counted, first - started, last - started)


async def article_rows(
    client: EngineClient, limits: Limits | None, rounds: int, *, quick: bool
) -> AsyncGenerator[Figure]:
    """The article's three rows: tokens per second over the whole call, and the first token."""
    for prompt_tokens, new_tokens, rate, wait in ARTICLE_ROWS:
        tokens = new_tokens // QUICK if quick else new_tokens
        calls = [
            await call(client, await prompt_of(client, prompt_tokens, seed), tokens)
            for seed in range(rounds)
        ]
        name = f"{prompt_tokens} in / {tokens} out"
        limit = limits.decode(prompt_tokens + tokens / 2) if limits else None
        if speeds := _known(timed.decode_rate for timed in calls):
            yield Figure(f"{name}: decode", "tokens/s", speeds, limit, rate)
        waits = tuple(timed.first_token for timed in calls)
        yield Figure(f"{name}: first token", "s", waits, None, wait)


async def prefill(client: EngineClient, rounds: int, *, quick: bool) -> AsyncGenerator[Figure]:
    """Prompt tokens per second. Its limit is arithmetic, which nothing here can measure."""
    for tokens in QUICK_PREFILL if quick else PREFILL_TOKENS:
        if client.capabilities.context is not None and tokens + 2 > client.capabilities.context:
            continue
        calls = [
            await call(client, await prompt_of(client, tokens, 1000 + seed), 2)
            for seed in range(rounds)
        ]
        if rates := _known(timed.prefill_rate for timed in calls):
            yield Figure(f"prefill {tokens}", "tokens/s", rates)


async def streams(
    client: EngineClient, limits: Limits | None, rounds: int, *, quick: bool
) -> AsyncGenerator[Figure]:
    """Decode with several streams at once: tokens per second of all together."""
    for number in QUICK_STREAMS if quick else STREAMS:
        if number > client.capabilities.slots and client.capabilities.kind == "llama.cpp":
            continue
        rates = [await _together(client, number, 2000 + 10 * seed) for seed in range(rounds)]
        context = STREAM_PROMPT_TOKENS + DECODE_TOKENS / 2
        limit = limits.decode(context, number) if limits else None
        yield Figure(f"decode × {number}", "tokens/s", tuple(rates), limit)


async def _together(client: EngineClient, number: int, seed: int) -> float:
    """Prompts are read one after another; the rate counts from the last one's first token."""
    prompts = [await prompt_of(client, STREAM_PROMPT_TOKENS, seed + n) for n in range(number)]
    started = time.perf_counter()
    calls = await asyncio.gather(*(call(client, prompt, DECODE_TOKENS) for prompt in prompts))
    elapsed = time.perf_counter() - started
    reading = min(timed.first_token for timed in calls)
    return sum(timed.tokens for timed in calls) / (elapsed - reading)


def _known(rates: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(rate for rate in rates if rate is not None)
