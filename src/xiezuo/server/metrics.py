"""What Prometheus reads. Counts of writing are taken from the store, so that they survive restarts
and are the same in every process.
"""

import psutil
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from xiezuo.server.services import Services
from xiezuo.version import __version__


def exposition(inside: Services) -> tuple[bytes, str]:
    """The metrics as text, and its media type."""
    registry = CollectorRegistry()
    Gauge("xiezuo_info", "Version.", ["version"], registry=registry).labels(__version__).set(1)
    jobs = Gauge("xiezuo_jobs", "Jobs by state.", ["state"], registry=registry)
    for state, count in inside.queue.jobs.counts().items():
        jobs.labels(state).set(count)
    readers = Gauge("xiezuo_event_readers", "Open event streams.", registry=registry)
    readers.set(inside.feeds.readers)
    memory = Gauge("xiezuo_resident_bytes", "Resident memory.", ["process"], registry=registry)
    memory.labels("server").set(psutil.Process().memory_info().rss)
    process = inside.studio.process
    if process is not None and process.pid:
        memory.labels("engine").set(psutil.Process(process.pid).memory_info().rss)
    _add_totals(inside, registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _add_totals(inside: Services, registry: CollectorRegistry) -> None:
    totals = inside.studio.client.totals
    for name, text, value in (
        ("requests", "Completions asked for.", totals.requests),
        ("tokens", "Tokens generated.", totals.tokens),
        ("prompt_tokens", "Prompt tokens sent.", totals.prompt),
        ("cached_tokens", "Prompt tokens found in the KV cache.", totals.cached),
        ("first_token_seconds", "Seconds until the first token, all together.", totals.waited),
    ):
        Gauge(f"xiezuo_engine_{name}_total", text, registry=registry).set(value)
