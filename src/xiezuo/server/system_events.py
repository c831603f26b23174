"""The stream of the whole system: jobs, models, engine, metrics.

What is sent is state, not history: each part whole, whenever it differs from what was sent last.
The event's id tells which states the reader has seen, so one that comes back gets what differs from
them, however long he was away, and nothing else.
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


async def system_events(inside: Services, owner: str, last: str = "") -> AsyncGenerator[bytes]:
    """The state as server-sent events; never ends. `last` is the id of the last event seen."""
    seen: dict[str, str] = dict(zip(_PARTS, last.split("."), strict=False))
    while True:
        for name, data in (await asyncio.to_thread(_state, inside, owner)).items():
            digest = hashlib.sha256(data).hexdigest()[:12]
            if seen.get(name) != digest:
                seen[name] = digest
                states = ".".join(seen.get(part, "") for part in _PARTS)
                yield encode(data, event=name, event_id=states)
        await asyncio.sleep(POLL_SECONDS)


def _state(inside: Services, owner: str) -> dict[str, bytes]:
    jobs = [job_out(one) for one in inside.queue.jobs.of_owner(owner, MOST_JOBS)]
    return {
        "jobs": _JOBS.dump_json(jobs),
        "models": _MODELS.dump_json(models(inside)),
        "engine": engine_out(inside).model_dump_json().encode(),
        "metrics": metrics_out(inside).model_dump_json().encode(),
    }
