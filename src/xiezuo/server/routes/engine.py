"""The engine: what it is, how it does, which one is used, how fast it is."""

from typing import Annotated, Literal

import psutil
from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from xiezuo import machine
from xiezuo.bench import measure
from xiezuo.engine.protocol import EngineTotals
from xiezuo.server import refusals
from xiezuo.server.dependencies import Admin, CurrentPrincipal, Services, ServicesDep
from xiezuo.server.errors import HttpError
from xiezuo.server.request_classes import MODEL, SHORT, request_class
from xiezuo.server.schemas.base import Shape
from xiezuo.studio import EngineSelection, model_store
from xiezuo.version import __version__

router = APIRouter(prefix="/api", tags=["engine"])
CHECK_PROMPT, CHECK_TOKENS = 256, 32
_GRAIN = 1_000_000  # bytes; smaller changes of memory are not told


class EngineOut(BaseModel):
    """The engine in use.

    `state` is `none` before a model is used, `loading` with the share `loaded`, `running`,
    `restarting` after a crash, or `failed`; `problem` is why the last one could not be used. What
    is not known yet is null; `pid` is of one on this machine.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "running", "loaded": 1.0, "problem": None, "remedy": None,
                    "kind": "llama.cpp", "model": "qwen3-4b-instruct-2507",
                    "base_url": None, "context": 4096, "slots": 1, "pid": 4711, "restarts": 0,
                    "version": "0.1.0",
                }
            ]
        }
    )  # fmt: skip

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
    """How the engine does: tokens a second now over all texts, and as measured for one.

    `cache_hits` is the share of prompt tokens that were found in the KV cache since the start.
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


class UseModel(Shape):
    """A model of the list, or the path of a .gguf file on this server."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"model": "smollm2-135m-instruct"}]})

    model: Annotated[str, Field(min_length=1, max_length=1000)]


class UseAddress(Shape):
    """An OpenAI-compatible engine elsewhere; `name` is the model to ask for, or its first one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"base_url": "http://127.0.0.1:8080/v1"}]}
    )

    base_url: HttpUrl
    name: Annotated[str | None, Field(min_length=1, max_length=200)] = None


class CheckRow(BaseModel):
    """What a text of this size takes here, and what the article had on its machine."""

    prompt_tokens: int
    new_tokens: int
    first_token_seconds: float
    seconds: float
    article_tokens_per_second: float
    article_first_token_seconds: float


class EngineCheck(BaseModel):
    """Measured now, with a prompt of 256 tokens and 32 new ones."""

    prefill_speed: float
    decode_speed: float
    rows: list[CheckRow]


@router.get("/engine")
@request_class(SHORT)
def read_engine(_: CurrentPrincipal, inside: ServicesDep) -> EngineState:
    """Which engine there is, in what state, and how it does."""
    return EngineState(**engine_out(inside).model_dump(), metrics=metrics_out(inside))


@router.post("/engine/use", status_code=202)
@request_class(SHORT)
async def use_engine(_: Admin, asked: UseModel | UseAddress, inside: ServicesDep) -> EngineState:
    """Use another engine, as soon as it is loaded; the server goes on, and jobs wait meanwhile.

    When it cannot be used, the one before is loaded again, and `problem` says why.
    """
    if isinstance(asked, UseModel):
        store = model_store(inside.studio.settings)
        await run_in_threadpool(store.locate, asked.model)
        choice = EngineSelection(model=asked.model)
    else:
        choice = EngineSelection(base_url=str(asked.base_url), name=asked.name)
    inside.studio.engine_manager.switch(choice)
    return read_engine(_, inside)


@router.post("/engine/check")
@request_class(MODEL)
async def check_engine(_: CurrentPrincipal, inside: ServicesDep) -> EngineCheck:
    """Measure reading and writing with one short completion; it waits its turn among others."""
    client = inside.studio.client
    seed = client.totals.requests  # another prompt each time: nothing is found in the cache
    prompt = await measure.prompt_of(client, CHECK_PROMPT, seed)
    made = await measure.call(client, prompt, CHECK_TOKENS)
    if made.tokens <= 1:
        raise HttpError(refusals.NOTHING_GENERATED)
    prefill, decode = made.prefill_rate, made.decode_rate
    rows = [
        CheckRow(
            prompt_tokens=read, new_tokens=new, first_token_seconds=round(read / prefill, 2),
            seconds=round(read / prefill + new / decode, 2), article_tokens_per_second=rate,
            article_first_token_seconds=wait,
        )
        for read, new, rate, wait in measure.ARTICLE_ROWS
    ]  # fmt: skip
    return EngineCheck(prefill_speed=round(prefill, 2), decode_speed=round(decode, 2), rows=rows)


def engine_out(inside: Services) -> EngineOut:
    house = inside.studio.engine_manager
    process = house.process
    offer = house.client.capabilities if house.state in {"running", "restarting"} else None
    choice = house.choice
    name = house.model.model.id if house.model else (str(choice) or None if choice else None)
    if offer is not None and house.model is None:
        name = offer.model
    return EngineOut(
        state=house.state,
        loaded=1.0 if offer else round(house.loaded, 2),
        problem=house.problem.message if house.problem else None,
        remedy=house.problem.advice if house.problem else None,
        kind=offer.kind if offer else None,
        model=name,
        base_url=choice.base_url if choice else None,
        context=offer.context if offer else None,
        slots=offer.slots if offer else 1,
        pid=process.pid if process else None,
        restarts=process.restarts if process else 0,
    )


def metrics_out(inside: Services) -> MetricsOut:
    totals: EngineTotals = inside.studio.engine_manager.client.totals
    process = inside.studio.process
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
