"""A document on disk: saved atomically, at least once a second, with the data for `--resume`."""

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
    """The data that `--resume` needs besides the text; stored beside it until it is complete."""

    model_config = ConfigDict(frozen=True)

    version: int = 2
    plan: Outline
    seed: int
    mode: Mode = "careful"
    written: frozenset[int] = frozenset()  # complete sections
    from_model: bool = False  # whether the model made the outline

    @model_validator(mode="before")
    @classmethod
    def _from_version_1(cls, data: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Version 1 counted the complete sections, which were always the first ones."""
        if isinstance(data, dict) and "finished" in data:
            fields = cast("dict[str, Any]", data)
            finished = fields.pop("finished")
            fields |= {"version": 2, "written": list(range(finished))}
        return cast("Any", data)


class DocumentFile:
    """An async context manager that saves each text it is given within a second.

    Args:
        path: the Markdown file.
        text: the present content of the file.

    Raises (on entering, on updating, on leaving):
        OutputPathError: the path cannot be written to.
        DiskFullError: no space; the whole text was saved on another disk, if one has space.
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
        """Set the text to save; raises the error of an earlier save."""
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
        """Write the text unless it is on disk already."""
        if self.text == self._saved:
            return
        text = self.text
        try:
            await asyncio.to_thread(write_atomically, self.path, text)
        except OSError as error:
            raise _output_error(self.path, error, _rescue(self.path, text)) from error
        self._saved = text


class FileSink:
    """Saves a document as a Markdown file, with its progress beside it until it is complete.

    Args:
        path: the Markdown file.
        text: the present content of the file.
    """

    def __init__(self, path: Path, seed: int, mode: Mode, text: str = "") -> None:
        self._path = path
        self._seed = seed
        self._mode: Mode = mode
        self._text = text

    async def follow(
        self, manuscript: Manuscript, events: AsyncGenerator[WritingEvent]
    ) -> AsyncGenerator[WritingEvent]:
        """Yield each event after saving the change that it made to `manuscript`.

        Raises:
            OutputError: as `DocumentFile`.
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
                    await (
                        document.save()
                    )  # first: a section that is noted as complete must be on disk
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
    """Replace the file at `path`: a reader, or a crash, finds either the old or the new text."""
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
    """Save the progress of the document at `path` beside it.

    Raises:
        OutputError: as saving the document.
    """
    try:
        write_atomically(progress_path(path), progress.model_dump_json(indent=1))
    except OSError as error:
        raise _output_error(progress_path(path), error) from error


def load_progress(path: Path) -> Progress | None:
    """The saved progress of the document at `path`, if there is one.

    Raises:
        OutputPathError: it cannot be read.
    """
    file = progress_path(path)
    try:
        return Progress.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise OutputPathError(path=file, problem=str(error).splitlines()[0]) from error


def read_document(path: Path) -> str:
    """The text of the document at `path`.

    Raises:
        OutputPathError: it cannot be read as UTF-8 text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OutputPathError(path=path, problem=str(error)) from error


def check_writable(path: Path) -> None:
    """Check that a file can be created at `path`.

    Raises:
        OutputError: it cannot.
    """
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
    """Check that nothing is at `path`.

    Raises:
        OutputExistsError: something is.
    """
    if path.exists():
        raise OutputExistsError(path=path)


def free_name(stem: str, folder: Path) -> Path:
    """`STEM.md` in `folder`, or the first of `STEM-2.md`, `STEM-3.md` … that does not exist."""
    path, number = folder / f"{stem}.md", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}.md", number + 1
    return path
