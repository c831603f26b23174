"""What Prometheus reads. States of jobs are taken from the store, so that they are the same in
every process; all that is counted is counted since the start of this one.
"""

from collections.abc import Iterator
from itertools import accumulate

import psutil
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from xiezuo import machine
from xiezuo.engine.protocol import WAIT_SECONDS, EngineTotals
from xiezuo.server.dependencies import Services
from xiezuo.version import __version__


def exposition(inside: Services) -> tuple[bytes, str]:
    """The metrics as text, and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Now(inside))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Now(Collector):
    """The state of the service at this moment."""

    def __init__(self, inside: Services) -> None:
        self._inside = inside

    def collect(self) -> Iterator[Metric]:
        inside = self._inside
        info = GaugeMetricFamily("xiezuo_info", "Version.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        counts = inside.queue.jobs.counts()
        jobs = GaugeMetricFamily("xiezuo_jobs", "Jobs by state.", labels=["state"])
        for state, count in counts.items():
            jobs.add_metric([state], count)
        yield jobs
        yield GaugeMetricFamily(
            "xiezuo_queue_depth", "Jobs that wait for a writer.", counts.get("queued", 0)
        )
        yield GaugeMetricFamily(
            "xiezuo_event_readers", "Open event streams.", inside.document_feeds.readers
        )
        yield self._memory()
        repairs = CounterMetricFamily(
            "xiezuo_repairs", "Tries at a repair.", labels=["rule", "kept"]
        )
        for (rule, kept), count in inside.queue.stages.repairs.items():
            repairs.add_metric([rule, str(kept).lower()], count)
        yield repairs
        yield from _of_engine(inside.studio.engine_manager.client.totals)

    def _memory(self) -> Metric:
        memory = GaugeMetricFamily("xiezuo_resident_bytes", "Resident memory.", labels=["process"])
        memory.add_metric(["server"], psutil.Process().memory_info().rss)
        process = self._inside.studio.process
        if process is not None and process.pid:
            memory.add_metric(["engine"], machine.resident_bytes(process.pid))
        return memory


def _of_engine(totals: EngineTotals) -> Iterator[Metric]:
    for name, text, value in (
        ("requests", "Completions asked for.", totals.requests),
        ("tokens", "Tokens generated.", totals.tokens),
        ("prompt_tokens", "Prompt tokens sent.", totals.prompt),
        ("cached_tokens", "Prompt tokens found in the KV cache.", totals.cached),
    ):
        yield CounterMetricFamily(f"xiezuo_engine_{name}", text, value)
    bounds = [*map(str, WAIT_SECONDS), "+Inf"]
    yield HistogramMetricFamily(
        "xiezuo_engine_first_token_seconds", "Seconds until the first token of a completion.",
        list(zip(bounds, accumulate(totals.waits), strict=True)), totals.waited,
    )  # fmt: skip
