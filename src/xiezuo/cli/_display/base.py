"""The interface of a display, and the parts that all displays have in common."""

import shlex
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from xiezuo.cli._display.pull import clock
from xiezuo.engine.models.download import PullProgress
from xiezuo.engine.models.store import Model
from xiezuo.errors import XiezuoError
from xiezuo.i18n import Text
from xiezuo.writing.model.events import (
    EngineRestarted,
    Finished,
    Notice,
    SectionFinished,
    SectionStarted,
    WritingEvent,
)
from xiezuo.writing.model.manuscript import Manuscript


class Display(Protocol):
    """Receives every event of one run, together with the document after the event."""

    @contextmanager
    def open(self, path: Path) -> Generator[None]: ...
    def pull(self, model: Model, progress: PullProgress) -> None: ...
    def load(self, share: float) -> None: ...
    def notice(self, notice: Text) -> None: ...
    def event(self, event: WritingEvent, manuscript: Manuscript) -> None: ...
    def failed(self, error: XiezuoError) -> None: ...
    @contextmanager
    def paused(self) -> Generator[None]: ...


class QuietDisplay:
    """Prints only what the user must know; base class of the displays that print more."""

    def __init__(self) -> None:
        self._path = Path()
        self._complete = False

    @contextmanager
    def open(self, path: Path) -> Generator[None]:
        """Wrap the writing of a document to `path`; on interruption, print how to resume."""
        self._path = path
        try:
            yield
        except BaseException:
            if not self._complete and path.exists():
                self.line(_resume_hint(path))
            raise

    def pull(self, model: Model, progress: PullProgress) -> None:
        pass

    def load(self, share: float) -> None:
        pass

    def notice(self, notice: Text) -> None:
        self.line(str(notice))

    def event(self, event: WritingEvent, manuscript: Manuscript) -> None:  # noqa: ARG002 - used by subclasses
        if isinstance(event, Notice):
            self.notice(event.message)
        if isinstance(event, Finished):
            self._complete = True
            for heading in event.empty_sections:
                self.line(
                    Text(
                        "The model wrote nothing under “{heading}”; "
                        "write it yourself or try another --seed.",
                        "模型没有写出“{heading}”一节；请自行补写，或换一个 --seed 再试。",
                    ).fill(heading=heading)
                )

    def failed(self, error: XiezuoError) -> None:
        self.line(str(error))

    @contextmanager
    def paused(self) -> Generator[None]:
        """Leave the terminal to another program meanwhile."""
        yield

    def line(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the display


class SectionDisplay(QuietDisplay):
    """Prints a section once it and all sections before it are finished, so output never changes."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = 0  # blocks: the preamble, then the sections

    def event(self, event: WritingEvent, manuscript: Manuscript) -> None:
        super().event(event, manuscript)
        if isinstance(event, SectionStarted):  # a section that was printed may be rewritten
            self._shown = min(self._shown, event.index + 1)
        if isinstance(event, SectionFinished | Finished):
            blocks = manuscript.finished_blocks(everything=isinstance(event, Finished))
            for block in blocks[self._shown :]:
                self.block(block)
            self._shown = max(self._shown, len(blocks))

    def block(self, text: str) -> None:
        """Print the preamble or a section, which is final."""
        raise NotImplementedError


def needs_review(event: SectionFinished) -> str:
    faults = " · ".join(dict.fromkeys(f"{fault.code} {fault.message}" for fault in event.faults))
    return Text("Section {number} needs review: {faults}", "第 {number} 节需要检查：{faults}").fill(
        number=event.index + 1, faults=faults
    )


def restarted(event: EngineRestarted) -> str:
    return Text("{problem} Writing resumes where it stopped.", "{problem}将从断点继续写作。").fill(
        problem=event.problem
    )


def saved(path: Path, event: Finished) -> str:
    return Text(
        "Saved {path}: {words} words in {time} ({speed:.1f} tokens/s).",
        "已保存 {path}：{words} 字，用时 {time}（{speed:.1f} 词元/秒）。",
    ).fill(
        path=path,
        words=event.words,
        time=clock(event.seconds),
        speed=event.tokens / max(event.seconds, 1e-6),
    )


def _resume_hint(path: Path) -> str:
    return Text(
        "The text so far is saved. To resume, run: xiezuo write --resume -o {path}",
        "已写的内容已保存。续写请运行：xiezuo write --resume -o {path}",
    ).fill(path=shlex.quote(str(path)))
