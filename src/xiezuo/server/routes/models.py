"""Model files: list, download, verification, removal."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from xiezuo.engine.models.store import Model, ModelStore
from xiezuo.engine.sampling import TASKS, preset
from xiezuo.server import refusals
from xiezuo.server.dependencies import Admin, CurrentPrincipal, Services, ServicesDep
from xiezuo.server.errors import HttpError
from xiezuo.server.request_classes import MAINTENANCE, SHORT, request_class
from xiezuo.server.schemas.base import RequestBody, example
from xiezuo.studio import hubs, model_store

router = APIRouter(prefix="/api", tags=["models"])


class PullOut(BaseModel):
    """Bytes done and in total, bytes per second, and the seconds left if known."""

    done: int
    total: int | None
    rate: float
    seconds_left: float | None


class ModelOut(BaseModel):
    """A model; `pull` is set during a download, `problem` after one that failed."""

    id: str
    title: str
    bytes: int | None
    installed: bool
    in_use: bool
    languages: list[str]
    pull: PullOut | None
    problem: str | None


class LocalFile(RequestBody):
    """A GGUF file on the server's machine."""

    model_config = example(path="/models/my-model.gguf")

    path: Annotated[str, Field(min_length=1, max_length=1000)]


class PresetOut(BaseModel):
    """The sampling of a task with the model in use, by llama.cpp's parameter names."""

    task: str
    values: dict[str, float]


@router.get("/models")
@request_class(SHORT)
def list_models(_: CurrentPrincipal, services: ServicesDep) -> list[ModelOut]:
    """The catalogue, with the models that are installed."""
    return models(services)


@router.post("/models", status_code=201)
@request_class(SHORT)
async def add_model(_: Admin, body: LocalFile, services: ServicesDep) -> ModelOut:
    """Add a model file of this machine to the list, by a link."""
    path = _model_file(body.path)
    if path is None:
        raise HttpError(refusals.NO_MODEL_FILE)
    store = model_store(services.studio.settings)
    added = await run_in_threadpool(store.add, path)
    return _model_out(services, store, added.model)


@router.get("/sampling")
@request_class(SHORT)
def read_sampling(_: CurrentPrincipal, services: ServicesDep) -> list[PresetOut]:
    """The sampling parameters of each task."""
    model = services.studio.model
    overrides = model.model.sampling if model else None
    return [PresetOut(task=task, values=asdict(preset(task, overrides))) for task in TASKS]


@router.post("/models/{model_id}/pull", status_code=202)
@request_class(SHORT)
async def pull_model(model_id: str, _: Admin, services: ServicesDep) -> ModelOut:
    """Download a model in the background, or resume a stopped download."""
    store = model_store(services.studio.settings)
    model = store.get(model_id)
    services.downloads.start(model, store, hubs(services.studio.settings))
    return _model_out(services, store, model)


@router.delete("/models/{model_id}/pull", status_code=204)
@request_class(SHORT)
async def stop_pull(model_id: str, _: Admin, services: ServicesDep) -> None:
    """Stop the download; the bytes that have arrived are kept."""
    if not await services.downloads.stop(model_id):
        raise HttpError(refusals.NO_PULL)


@router.post("/models/{model_id}/verify")
@request_class(MAINTENANCE)
async def verify_model(model_id: str, _: Admin, services: ServicesDep) -> ModelOut:
    """Read the whole file and compare its checksum, which takes some seconds per gigabyte."""
    store = model_store(services.studio.settings)
    model = store.get(model_id)
    await run_in_threadpool(store.verify, model)
    return _model_out(services, store, model)


@router.delete("/models/{model_id}", status_code=204)
@request_class(SHORT)
async def remove_model(model_id: str, _: Admin, services: ServicesDep) -> None:
    """Delete a model's file; 409 for the model in use."""
    store = model_store(services.studio.settings)
    model = store.get(model_id)
    if _in_use(services, model):
        raise HttpError(refusals.MODEL_IN_USE)
    await services.downloads.stop(model_id)
    await run_in_threadpool(store.remove, model)


def _model_file(path: str) -> Path | None:
    """The GGUF file at `path`, or None; any string is accepted."""
    try:
        file = Path(path).expanduser()
        return file if file.suffix == ".gguf" and file.is_file() else None
    except (OSError, RuntimeError):  # too long, no permission, or an unknown home directory
        return None


def models(services: Services) -> list[ModelOut]:
    store = model_store(services.studio.settings)
    return [_model_out(services, store, model) for model in store.models()]


def _model_out(services: Services, store: ModelStore, model: Model) -> ModelOut:
    pull = services.downloads.progress.get(model.id)
    return ModelOut(
        id=model.id,
        title=model.title,
        bytes=model.size,
        installed=store.is_installed(model),
        in_use=_in_use(services, model),
        languages=list(model.languages),
        pull=PullOut.model_validate(pull, from_attributes=True) if pull else None,
        problem=services.downloads.problems.get(model.id),
    )


def _in_use(services: Services, model: Model) -> bool:
    return services.studio.model is not None and services.studio.model.model.id == model.id
