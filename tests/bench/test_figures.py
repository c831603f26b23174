"""Figures and their limits."""

from dataclasses import replace

import pytest

from xiezuo.bench.figures import Figure
from xiezuo.bench.measure import Limits
from xiezuo.engine.models.gguf import GgufHeader

HEADER = GgufHeader(
    architecture="qwen3",
    name=None,
    context_length=4096,
    block_count=36,
    kv_heads=8,
    key_length=128,
    value_length=128,
    vocabulary=3,
    has_chat_template=True,
    parameters=1,
    tensor_bytes=3_000_000_000,
    decode_bytes=2_500_000_000,
)


def test_a_figure_is_the_median_beside_its_limit():
    figure = Figure("decode", "tokens/s", (1.0, 9.0, 4.0), limit=8.0, reference=2.0)
    assert (figure.median, figure.ratio) == (4.0, 0.5)
    assert figure.as_json()["lowest"] == 1.0
    assert replace(figure, limit=None).ratio is None


def test_decode_reads_every_weight_and_its_context_for_each_token():
    limits = Limits(bandwidth=14.3e9, header=HEADER, kv_bytes_per_token=0)
    assert limits.decode(1000) == pytest.approx(5.72)
    assert limits.decode(1000, streams=4) == pytest.approx(4 * 5.72)
    with_kv = replace(limits, kv_bytes_per_token=147_456)
    assert with_kv.decode(1000) == pytest.approx(14.3e9 / (2.5e9 + 147_456_000))
