"""The stream of the whole system: jobs, models, engine, metrics.

It carries state, not history: each part is sent whole whenever it differs from what was sent last.
The event id holds a digest of each part that the reader has seen, so a reader that reconnects gets
exactly the parts that have changed since, however long it was away.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator

from pydantic import TypeAdapter

from xiezuo.server.dependencies import Services
from xiezuo.server.routes.engine import engine_out, metrics_out
from xiezuo.server.routes.models import ModelOut, models
from xiezuo.server.schemas.documents import JobOut, job_out
from xiezuo.server.sse import encode

POLL_SECONDS = 1.0
MOST_JOBS = 50  # the newest
_PARTS = ("jobs", "models", "engine", "metrics")
_JOBS, _MODELS = TypeAdapter(list[JobOut]), TypeAdapter(list[ModelOut])


async def system_events(services: Services, owner: str, last: str = "") -> AsyncGenerator[bytes]:
    """The state as server-sent events; never ends. `last` is the id of the last event seen."""
    seen: dict[str, str] = dict(zip(_PARTS, last.split("."), strict=False))
    while True:
        for name, data in (await asyncio.to_thread(_state, services, owner)).items():
            digest = hashlib.sha256(data).hexdigest()[:12]
            if seen.get(name) != digest:
                seen[name] = digest
                states = ".".join(seen.get(part, "") for part in _PARTS)
                yield encode(data, event=name, event_id=states)
        await asyncio.sleep(POLL_SECONDS)


def _state(services: Services, owner: str) -> dict[str, bytes]:
    jobs = [job_out(job) for job in services.queue.jobs.of_owner(owner, MOST_JOBS)]
    return {
        "jobs": _JOBS.dump_json(jobs),
        "models": _MODELS.dump_json(models(services)),
        "engine": engine_out(services).model_dump_json().encode(),
        "metrics": metrics_out(services).model_dump_json().encode(),
    }
