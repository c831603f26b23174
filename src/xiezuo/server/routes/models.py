"""Model files: what there is, downloads, checks, removal."""

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
from xiezuo.server.schemas.base import Shape, example
from xiezuo.studio import hubs, model_store

router = APIRouter(prefix="/api", tags=["models"])


class PullOut(BaseModel):
    """Bytes so far and in all, bytes per second, seconds left where they are known."""

    done: int
    total: int | None
    rate: float
    seconds_left: float | None


class ModelOut(BaseModel):
    """A model; `pull` while it is downloaded, `problem` when the last download failed."""

    id: str
    title: str
    bytes: int | None
    installed: bool
    in_use: bool
    languages: list[str]
    pull: PullOut | None
    problem: str | None


class LocalFile(Shape):
    """A GGUF file on the server's machine."""

    model_config = example(path="/models/my-model.gguf")

    path: Annotated[str, Field(min_length=1, max_length=1000)]


class PresetOut(BaseModel):
    """The sampling of a task with the model that is in use, under llama.cpp's names."""

    task: str
    values: dict[str, float]


@router.get("/models")
@request_class(SHORT)
def list_models(_: CurrentPrincipal, inside: ServicesDep) -> list[ModelOut]:
    """The catalogue, and what of it is on this machine."""
    return models(inside)


@router.post("/models", status_code=201)
@request_class(SHORT)
async def add_model(_: Admin, asked: LocalFile, inside: ServicesDep) -> ModelOut:
    """Take a model file that is here already into the list, by a link."""
    path = _model_file(asked.path)
    if path is None:
        raise HttpError(refusals.NO_MODEL_FILE)
    store = model_store(inside.studio.settings)
    added = await run_in_threadpool(store.add, path)
    return _model_out(inside, store, added.model)


@router.get("/sampling")
@request_class(SHORT)
def read_sampling(_: CurrentPrincipal, inside: ServicesDep) -> list[PresetOut]:
    """How tokens are chosen, task by task."""
    model = inside.studio.model
    overrides = model.model.sampling if model else None
    return [PresetOut(task=task, values=asdict(preset(task, overrides))) for task in TASKS]


@router.post("/models/{model_id}/pull", status_code=202)
@request_class(SHORT)
async def pull_model(model_id: str, _: Admin, inside: ServicesDep) -> ModelOut:
    """Download a model in the background, or go on where a download stopped."""
    store = model_store(inside.studio.settings)
    model = store.get(model_id)
    inside.downloads.start(model, store, hubs(inside.studio.settings))
    return _model_out(inside, store, model)


@router.delete("/models/{model_id}/pull", status_code=204)
@request_class(SHORT)
async def stop_pull(model_id: str, _: Admin, inside: ServicesDep) -> None:
    """Stop the download; what has arrived is kept."""
    if not await inside.downloads.stop(model_id):
        raise HttpError(refusals.NO_PULL)


@router.post("/models/{model_id}/verify")
@request_class(MAINTENANCE)
async def verify_model(model_id: str, _: Admin, inside: ServicesDep) -> ModelOut:
    """Read the whole file and compare its checksum, which takes some seconds a gigabyte."""
    store = model_store(inside.studio.settings)
    model = store.get(model_id)
    await run_in_threadpool(store.verify, model)
    return _model_out(inside, store, model)


@router.delete("/models/{model_id}", status_code=204)
@request_class(SHORT)
async def remove_model(model_id: str, _: Admin, inside: ServicesDep) -> None:
    """Delete a model's file; the one that is writing stays."""
    store = model_store(inside.studio.settings)
    model = store.get(model_id)
    if _in_use(inside, model):
        raise HttpError(refusals.MODEL_IN_USE)
    await inside.downloads.stop(model_id)
    await run_in_threadpool(store.remove, model)


def _model_file(path: str) -> Path | None:
    """The file of that name, if it is there; names may be as long and as odd as they like."""
    try:
        found = Path(path).expanduser()
        return found if found.suffix == ".gguf" and found.is_file() else None
    except (OSError, RuntimeError):  # too long, not to be entered, a home of nobody
        return None


def models(inside: Services) -> list[ModelOut]:
    store = model_store(inside.studio.settings)
    return [_model_out(inside, store, model) for model in store.models()]


def _model_out(inside: Services, store: ModelStore, model: Model) -> ModelOut:
    pull = inside.downloads.progress.get(model.id)
    return ModelOut(
        id=model.id, title=model.title, bytes=model.size, installed=store.is_installed(model),
        in_use=_in_use(inside, model), languages=list(model.languages),
        pull=PullOut.model_validate(pull, from_attributes=True) if pull else None,
        problem=inside.downloads.problems.get(model.id),
    )  # fmt: skip


def _in_use(inside: Services, model: Model) -> bool:
    return inside.studio.model is not None and inside.studio.model.model.id == model.id
