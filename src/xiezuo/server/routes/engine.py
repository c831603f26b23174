"""The engine: its state, metrics, selection and speed."""

from typing import Annotated, Literal

import psutil
from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from xiezuo import machine
from xiezuo.bench import measure
from xiezuo.engine.metrics import EngineTotals
from xiezuo.server import refusals
from xiezuo.server.dependencies import Admin, CurrentPrincipal, Services, ServicesDep
from xiezuo.server.errors import HttpError
from xiezuo.server.request_classes import MODEL, SHORT, request_class
from xiezuo.server.schemas.base import RequestBody
from xiezuo.studio import EngineSelection, model_store
from xiezuo.version import __version__

router = APIRouter(prefix="/api", tags=["engine"])
CHECK_PROMPT, CHECK_TOKENS = 256, 32
_GRAIN = 1_000_000  # bytes, to which memory is rounded so that small changes send no event


class EngineOut(BaseModel):
    """The engine in use.

    `state` is `none` before a model is used, `loading` with the share `loaded`, `running`,
    `restarting` after a crash, or `failed`; `problem` is why the last one could not be used. Values
    that are not known yet are null; `pid` is set for an engine on this machine.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "running",
                    "loaded": 1.0,
                    "problem": None,
                    "remedy": None,
                    "kind": "llama.cpp",
                    "model": "qwen3-4b-instruct-2507",
                    "base_url": None,
                    "context": 4096,
                    "slots": 1,
                    "pid": 4711,
                    "restarts": 0,
                    "version": "0.1.0",
                }
            ]
        }
    )

    state: Literal["none", "loading", "running", "restarting", "failed"]
    loaded: float
    problem: str | None
    remedy: str | None
    kind: str | None
    model: str | None
    base_url: str | None
    context: int | None
    slots: int
    pid: int | None
    restarts: int
    version: str = __version__


class MetricsOut(BaseModel):
    """The engine's tokens per second now over all texts, and as measured for a single text.

    `cache_hits` is the share of prompt tokens found in the KV cache since the start.
    """

    tokens_per_second: float
    prefill_speed: float | None
    decode_speed: float | None
    cache_hits: float | None
    requests: int
    tokens: int
    server_bytes: int
    engine_bytes: int | None
    memory_total: int
    memory_available: int
    cores: int


class EngineState(EngineOut):
    """The engine with its metrics."""

    metrics: MetricsOut


class UseModel(RequestBody):
    """A listed model, or the path of a .gguf file on this server."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"model": "smollm2-135m-instruct"}]})

    model: Annotated[str, Field(min_length=1, max_length=1000)]


class UseAddress(RequestBody):
    """An external OpenAI-compatible engine; `name` is its model, by default the first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"base_url": "http://127.0.0.1:8080/v1"}]}
    )

    base_url: HttpUrl
    name: Annotated[str | None, Field(min_length=1, max_length=200)] = None


class CheckRow(BaseModel):
    """The times for a text of this size here, and those that the article measured."""

    prompt_tokens: int
    new_tokens: int
    first_token_seconds: float
    seconds: float
    article_tokens_per_second: float
    article_first_token_seconds: float


class EngineCheck(BaseModel):
    """A measurement with a prompt of 256 tokens and 32 new tokens.

    Speeds are null and `rows` is empty if the engine does not report how many tokens it processed,
    or does not stream.
    """

    prefill_speed: float | None
    decode_speed: float | None
    rows: list[CheckRow]


@router.get("/engine")
@request_class(SHORT)
def read_engine(_: CurrentPrincipal, services: ServicesDep) -> EngineState:
    """The engine in use, its state and its metrics."""
    return EngineState(**engine_out(services).model_dump(), metrics=metrics_out(services))


@router.post("/engine/use", status_code=202)
@request_class(SHORT)
async def use_engine(_: Admin, body: UseModel | UseAddress, services: ServicesDep) -> EngineState:
    """Switch to another engine as soon as it is loaded; meanwhile the server runs and jobs wait.

    If it cannot be used, the previous engine is loaded again, and `problem` says why.
    """
    if isinstance(body, UseModel):
        store = model_store(services.studio.settings)
        await run_in_threadpool(store.locate, body.model)
        selection = EngineSelection(model=body.model)
    else:
        selection = EngineSelection(base_url=str(body.base_url), name=body.name)
    services.studio.engine_manager.switch(selection)
    return read_engine(_, services)


@router.post("/engine/check")
@request_class(MODEL)
async def check_engine(_: CurrentPrincipal, services: ServicesDep) -> EngineCheck:
    """Measure prefill and decoding with one short completion, which queues with other requests."""
    client = services.studio.client
    seed = client.totals.requests  # a different prompt each time, so that the cache has none of it
    prompt = await measure.prompt_of(client, CHECK_PROMPT, seed)
    completion = await measure.call(client, prompt, CHECK_TOKENS)
    if completion.tokens <= 1:
        raise HttpError(refusals.NOTHING_GENERATED)
    prefill, decode = completion.prefill_rate, completion.decode_rate
    if prefill is None or decode is None:
        return EngineCheck(prefill_speed=None, decode_speed=None, rows=[])
    rows = [
        CheckRow(
            prompt_tokens=read,
            new_tokens=new,
            first_token_seconds=round(read / prefill, 2),
            seconds=round(read / prefill + new / decode, 2),
            article_tokens_per_second=rate,
            article_first_token_seconds=wait,
        )
        for read, new, rate, wait in measure.ARTICLE_ROWS
    ]
    return EngineCheck(prefill_speed=round(prefill, 2), decode_speed=round(decode, 2), rows=rows)


def engine_out(services: Services) -> EngineOut:
    manager = services.studio.engine_manager
    process = manager.process
    capabilities = (
        manager.client.capabilities if manager.state in {"running", "restarting"} else None
    )
    selection = manager.selection
    name = manager.model.model.id if manager.model else str(selection or "") or None
    if capabilities is not None and manager.model is None:
        name = capabilities.model
    return EngineOut(
        state=manager.state,
        loaded=1.0 if capabilities else round(manager.loaded, 2),
        problem=manager.problem.message if manager.problem else None,
        remedy=manager.problem.advice if manager.problem else None,
        kind=capabilities.kind if capabilities else None,
        model=name,
        base_url=selection.base_url if selection else None,
        context=capabilities.context if capabilities else None,
        slots=capabilities.slots if capabilities else 1,
        pid=process.pid if process else None,
        restarts=process.restarts if process else 0,
    )


def metrics_out(services: Services) -> MetricsOut:
    totals: EngineTotals = services.studio.engine_manager.client.totals
    process = services.studio.process
    speed = totals.speed
    memory = psutil.virtual_memory()
    return MetricsOut(
        tokens_per_second=round(totals.now.per_second, 1),
        prefill_speed=round(speed.prefill, 1) if speed else None,
        decode_speed=round(speed.decode, 1) if speed else None,
        cache_hits=round(totals.cached / totals.prompt, 3) if totals.prompt else None,
        requests=totals.requests,
        tokens=totals.tokens,
        server_bytes=_rough(psutil.Process().memory_info().rss),
        engine_bytes=_rough(machine.resident_bytes(process.pid)) if process else None,
        memory_total=memory.total,
        memory_available=_rough(memory.available, 10 * _GRAIN),
        cores=machine.usable_cores(),
    )


def _rough(value: int, grain: int = _GRAIN) -> int:
    return round(value / grain) * grain
