"""A document on disk: saved whole, atomically, at least every second; and what `--resume` needs."""

import asyncio
import contextlib
import errno
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from xiezuo.errors import DiskFullError, OutputError, OutputExistsError, OutputPathError
from xiezuo.i18n import Text
from xiezuo.writing.model.events import Finished, Notice, PlanReady, WritingEvent
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import Mode, Outline

SAVE_SECONDS = 0.5
_SPECIAL_FILE = Text("it is a device or a pipe, not a file", "它是设备或管道，不是普通文件")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Progress(BaseModel):
    """What an interrupted document needs besides its text; kept beside it until it is complete."""

    model_config = ConfigDict(frozen=True)

    version: int = 2
    plan: Outline
    seed: int
    mode: Mode = "careful"
    written: frozenset[int] = frozenset()  # sections that are complete
    from_model: bool = False  # whether the model made the outline

    @model_validator(mode="before")
    @classmethod
    def _from_version_1(cls, data: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Version 1 counted the complete sections, which were always the first ones."""
        if isinstance(data, dict) and "finished" in data:
            known = cast("dict[str, Any]", data)
            finished = known.pop("finished")
            known |= {"version": 2, "written": list(range(finished))}
        return cast("Any", data)


class DocumentFile:
    """An async context manager: what it is told is on disk at most a second later.

    Args:
        path: the Markdown file.
        text: what it holds already.

    Raises (on entering, on adding, on leaving):
        OutputPathError: the place cannot be written to.
        DiskFullError: no space; the whole text was saved elsewhere if anywhere was space.
    """

    def __init__(self, path: Path, text: str = "") -> None:
        self.path = path
        self.text = text
        self._saved: str | None = None
        self._failure: OutputError | None = None
        self._over = asyncio.Event()
        self._saver: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.save()
        self._saver = asyncio.create_task(self._keep_saving())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._saver is not None:
            await self._saver
        if not isinstance(error, OutputError):
            await self.save()

    def update(self, text: str) -> None:
        """The document reads `text` now; raises what saving an earlier one ran into."""
        self.text = text
        if self._failure is not None:
            raise self._failure

    async def _keep_saving(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), SAVE_SECONDS)
            try:
                await self.save()
            except OutputError as error:
                self._failure = error
                return

    async def save(self) -> None:
        """Write what is not on disk yet."""
        if self.text == self._saved:
            return
        text = self.text
        try:
            await asyncio.to_thread(write_atomically, self.path, text)
        except OSError as error:
            raise _output_error(self.path, error, _rescue(self.path, text)) from error
        self._saved = text


class FileSink:
    """Keeps a document in a Markdown file, and beside it how to go on until it is complete.

    Args:
        path: the Markdown file.
        text: what it holds already.
    """

    def __init__(self, path: Path, seed: int, mode: Mode, text: str = "") -> None:
        self._path = path
        self._seed = seed
        self._mode: Mode = mode
        self._text = text

    async def follow(
        self, manuscript: Manuscript, events: AsyncGenerator[WritingEvent]
    ) -> AsyncGenerator[WritingEvent]:
        """Hand on each event after keeping what it did to `manuscript`.

        Raises:
            OutputError: nothing can be saved; see `DocumentFile`.
        """
        progress = Progress(
            plan=manuscript.outline, seed=self._seed, mode=self._mode, written=manuscript.written
        )
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(aclosing(events))
            document = DocumentFile(self._path, self._text)
            async for event in events:
                if isinstance(event, PlanReady):
                    progress = progress.model_copy(update={"from_model": event.from_model})
                    save_progress(self._path, progress)
                    await stack.enter_async_context(document)
                elif not isinstance(event, Notice):
                    document.update(manuscript.text)
                if manuscript.written != progress.written:
                    await document.save()  # first: a section noted as complete must be there
                    progress = progress.model_copy(update={"written": manuscript.written})
                    save_progress(self._path, progress)
                if isinstance(event, Finished):
                    await document.save()
                    progress_path(self._path).unlink(missing_ok=True)
                yield event


async def save_document(path: Path, content: str | bytes) -> None:
    """Save a finished document at `path`.

    Raises:
        OutputPathError, DiskFullError
    """
    try:
        await asyncio.to_thread(write_atomically, path, content)
    except OSError as error:
        raise _output_error(path, error) from error


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace the file at `path`: a reader, or a crash, meets the old text or the new, whole."""
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(target.stat().st_mode if target.exists() else 0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _output_error(path: Path, error: OSError, rescued: Path | None = None) -> OutputError:
    if error.errno not in _FULL:
        return OutputPathError(path=path, problem=error.strerror)
    hint = (
        Text(
            f"The whole text is in {rescued}. Free some space, then go on with --resume.",
            f"全文已保存到 {rescued}。请腾出空间后用 --resume 续写。",
        )
        if rescued
        else Text(
            "Free some space, then go on with --resume from the last saved text.",
            "请腾出空间后用 --resume 从最近一次保存处续写。",
        )
    )
    return DiskFullError(path=path, hint=hint)


def _rescue(path: Path, text: str) -> Path | None:
    """Save `text` on another disk."""
    for folder in (Path(tempfile.gettempdir()), Path.home(), Path.cwd()):
        copy = folder / f"{path.stem}.rescued.md"
        try:
            write_atomically(copy, text)
        except OSError:
            continue
        return copy
    return None


def progress_path(path: Path) -> Path:
    """`tea.md` → `tea.xiezuo.json`."""
    return path.with_name(f"{path.stem}.xiezuo.json")


def save_progress(path: Path, progress: Progress) -> None:
    """Keep beside the document at `path` how to go on with it.

    Raises:
        OutputError: as saving the document.
    """
    try:
        write_atomically(progress_path(path), progress.model_dump_json(indent=1))
    except OSError as error:
        raise _output_error(progress_path(path), error) from error


def load_progress(path: Path) -> Progress | None:
    """What `save_progress` kept for the document at `path`; None when it is not there.

    Raises:
        OutputPathError: it is there and cannot be understood.
    """
    place = progress_path(path)
    try:
        return Progress.model_validate_json(place.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise OutputPathError(path=place, problem=str(error).splitlines()[0]) from error


def read_document(path: Path) -> str:
    """The text of the document at `path`, to be continued.

    Raises:
        OutputPathError: it cannot be read as UTF-8 text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OutputPathError(path=path, problem=str(error)) from error


def check_writable(path: Path) -> None:
    """Raises OutputError when a file cannot be made where `path` is."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and not path.is_file():
            raise OutputPathError(path=path, problem=_SPECIAL_FILE)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _output_error(path, error) from error


def refuse_to_overwrite(path: Path) -> None:
    """Raises OutputExistsError when something is at `path`."""
    if path.exists():
        raise OutputExistsError(path=path)


def free_name(stem: str, folder: Path) -> Path:
    """`STEM.md` in `folder`, or the first of `STEM-2.md`, `STEM-3.md` … that is not taken."""
    path, number = folder / f"{stem}.md", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}.md", number + 1
    return path
