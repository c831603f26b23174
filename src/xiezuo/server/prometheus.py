"""Prometheus metrics.

Job states come from the store, so they are the same in every process; counters start with this
process.
"""

from collections.abc import Iterator
from itertools import accumulate

import psutil
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from xiezuo import machine
from xiezuo.engine.metrics import WAIT_SECONDS, EngineTotals
from xiezuo.server.dependencies import Services
from xiezuo.version import __version__


def exposition(services: Services) -> tuple[bytes, str]:
    """Return the metrics as text, and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_CurrentMetrics(services))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _CurrentMetrics(Collector):
    """Collects the state of the service at each scrape."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        services = self._services
        info = GaugeMetricFamily("xiezuo_info", "Version.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        counts = services.queue.jobs.counts()
        jobs = GaugeMetricFamily("xiezuo_jobs", "Jobs by state.", labels=["state"])
        for state, count in counts.items():
            jobs.add_metric([state], count)
        yield jobs
        yield GaugeMetricFamily("xiezuo_queue_depth", "Queued jobs.", counts.get("queued", 0))
        yield GaugeMetricFamily(
            "xiezuo_event_readers", "Open event streams.", services.document_feeds.readers
        )
        yield self._memory()
        repairs = CounterMetricFamily(
            "xiezuo_repairs", "Attempted repairs.", labels=["rule", "kept"]
        )
        for (rule, kept), count in services.queue.stages.repairs.items():
            repairs.add_metric([rule, str(kept).lower()], count)
        yield repairs
        yield from _of_engine(services.studio.engine_manager.client.totals)

    def _memory(self) -> Metric:
        memory = GaugeMetricFamily("xiezuo_resident_bytes", "Resident memory.", labels=["process"])
        memory.add_metric(["server"], psutil.Process().memory_info().rss)
        process = self._services.studio.process
        if process is not None and process.pid:
            memory.add_metric(["engine"], machine.resident_bytes(process.pid))
        return memory


def _of_engine(totals: EngineTotals) -> Iterator[Metric]:
    for name, text, value in (
        ("requests", "Requested completions.", totals.requests),
        ("tokens", "Tokens generated.", totals.tokens),
        ("prompt_tokens", "Prompt tokens sent.", totals.prompt),
        ("cached_tokens", "Prompt tokens found in the KV cache.", totals.cached),
    ):
        yield CounterMetricFamily(f"xiezuo_engine_{name}", text, value)
    bounds = [*map(str, WAIT_SECONDS), "+Inf"]
    yield HistogramMetricFamily(
        "xiezuo_engine_first_token_seconds",
        "Seconds until the first token of a completion.",
        list(zip(bounds, accumulate(totals.waits), strict=True)),
        totals.waited,
    )
