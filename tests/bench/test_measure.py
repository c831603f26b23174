"""Completions timed against engines that report much, little or nothing."""

import pytest

from xiezuo.bench import measure
from xiezuo.engine.client import EngineClient
from xiezuo.engine.scripted import Step, scripted

pytestmark = pytest.mark.anyio
WORDS: list[Step] = ["tea ", "leaf ", 0.01, "water."]
USAGE: Step = {"usage": {"prompt_tokens": 40, "completion_tokens": 6}, "choices": []}


async def timed(*steps: Step) -> measure.Call:
    async with scripted(list(steps)) as engine, EngineClient(engine.address) as client:
        return await measure.call(client, "Write about tea.", 6)


async def test_reported_usage_counts():
    call = await timed(*WORDS, USAGE)
    assert (call.prompt_tokens, call.tokens) == (40, 6)
    assert call.prefill_rate == 40 / call.first_token
    assert call.decode_rate == 5 / (call.total - call.first_token)


async def test_without_usage_the_prompt_has_no_rate():
    call = await timed(*WORDS)
    assert (call.prompt_tokens, call.tokens) == (0, 3)
    assert call.prefill_rate is None


@pytest.mark.parametrize("steps", [(), ("all at once.", USAGE)])
async def test_text_that_does_not_stream_has_no_decode_rate(steps: tuple[Step, ...]):
    assert (await timed(*steps)).decode_rate is None


async def test_bench_leaves_out_what_cannot_be_measured():
    async with scripted(WORDS) as engine, EngineClient(engine.address) as client:
        rows = [row async for row in measure.article_rows(client, None, 1, quick=True)]
        prompts = [row async for row in measure.prefill(client, 1, quick=True)]
    assert {row.unit for row in rows} == {"tokens/s", "s"}
    assert prompts == []
