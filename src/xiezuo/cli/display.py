"""What `xiezuo write` shows: a live terminal, plain lines, JSON lines, or nothing."""

import json
import shlex
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, TextColumn
from rich.progress import Progress as RichProgress
from rich.text import Text as RichText

from xiezuo.engine.models.download import PullProgress
from xiezuo.engine.models.store import Model
from xiezuo.errors import XiezuoError
from xiezuo.i18n import Text
from xiezuo.machine import human
from xiezuo.writing.model.events import (
    EngineRestarted,
    Finished,
    Notice,
    PromptRead,
    SectionFinished,
    SectionStarted,
    TextAdded,
    WritingEvent,
    as_json,
)
from xiezuo.writing.model.manuscript import Manuscript

PLAIN_STEP_SECONDS = 5.0  # between two lines of progress where lines stay


class Display(Protocol):
    """Told of everything that happens during one `xiezuo write`, with the document after it."""

    @contextmanager
    def open(self, path: Path) -> Generator[None]: ...
    def pull(self, model: Model, progress: PullProgress) -> None: ...
    def load(self, share: float) -> None: ...
    def notice(self, notice: Text) -> None: ...
    def event(self, event: WritingEvent, manuscript: Manuscript) -> None: ...
    def failed(self, error: XiezuoError) -> None: ...
    @contextmanager
    def paused(self) -> Generator[None]: ...


def choose_display(*, quiet: bool, as_json: bool) -> Display:
    if as_json:
        return JsonDisplay()
    if quiet:
        return QuietDisplay()
    return LiveDisplay() if sys.stdout.isatty() else PlainDisplay()


class QuietDisplay:
    """Nothing but what a user must know; base of the displays that say more."""

    def __init__(self) -> None:
        self._path = Path()
        self._complete = False

    @contextmanager
    def open(self, path: Path) -> Generator[None]:
        """While a document is written to `path`; says how to go on when that is broken off."""
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

    def event(self, event: WritingEvent, manuscript: Manuscript) -> None:  # noqa: ARG002 - for those that show it
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
        """While somebody else uses the terminal."""
        yield

    def line(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the display


class SectionDisplay(QuietDisplay):
    """Shows a section when it is finished and all before it are: what was shown never changes."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = 0  # blocks: the preamble, then the sections

    def event(self, event: WritingEvent, manuscript: Manuscript) -> None:
        super().event(event, manuscript)
        if isinstance(event, SectionStarted):  # one that was shown may be written again
            self._shown = min(self._shown, event.index + 1)
        if isinstance(event, SectionFinished | Finished):
            blocks = manuscript.finished_blocks(everything=isinstance(event, Finished))
            for block in blocks[self._shown :]:
                self.block(block)
            self._shown = max(self._shown, len(blocks))

    def block(self, text: str) -> None:
        """A part of the document that stands."""
        raise NotImplementedError


class PlainDisplay(SectionDisplay):
    """The document on standard output, one line of progress at a time on standard error."""

    def __init__(self) -> None:
        super().__init__()
        self._last = 0.0
        self._gap = ""

    def block(self, text: str) -> None:
        if text:
            sys.stdout.write(f"{self._gap}{text}\n")
            sys.stdout.flush()
            self._gap = "\n"

    def pull(self, model: Model, progress: PullProgress) -> None:
        if time.monotonic() - self._last > PLAIN_STEP_SECONDS:
            self._last = time.monotonic()
            self.line(describe_pull(model, progress))

    def event(self, event: WritingEvent, manuscript: Manuscript) -> None:
        super().event(event, manuscript)
        match event:
            case SectionStarted():
                self.line(f"[{event.index + 1}/{event.total}] {event.heading}")
            case SectionFinished() if event.state == "needs_review":
                self.line(_needs_review(event))
            case EngineRestarted():
                self.line(_restarted(event))
            case Finished():
                self.line(_saved(self._path, event))
            case _:
                pass


class JsonDisplay(QuietDisplay):
    """One JSON object a line on standard output."""

    def pull(self, model: Model, progress: PullProgress) -> None:
        self._emit(event="pull", model=model.id, done=progress.done, total=progress.total)

    def load(self, share: float) -> None:
        self._emit(event="load", share=round(share, 3))

    def notice(self, notice: Text) -> None:
        self._emit(event="notice", message=str(notice))

    def event(self, event: WritingEvent, manuscript: Manuscript) -> None:  # noqa: ARG002 - readers fold
        facts = as_json(event)
        if isinstance(event, Finished):
            self._complete = True
            facts["path"] = str(self._path)
        self._emit(**facts)

    def failed(self, error: XiezuoError) -> None:
        self._emit(event="error", code=error.code, message=error.message, remedy=error.advice)

    def line(self, text: str) -> None:
        self._emit(event="notice", message=text)

    def _emit(self, **facts: object) -> None:
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
        sys.stdout.flush()


class LiveDisplay(SectionDisplay):
    """Finished sections scroll up; below them the text being written and a line of figures."""

    def __init__(self) -> None:
        super().__init__()
        self._manuscript: Manuscript | None = None
        self._console = Console(highlight=False, soft_wrap=True)
        self._status = ""
        self._started: float | None = None
        self._tokens = 0
        self._writing = 0  # the section whose text came last
        self._total = 0
        self._live = Live(
            console=self._console,
            refresh_per_second=10,
            transient=True,
            get_renderable=self._render,
        )

    @contextmanager
    def open(self, path: Path) -> Generator[None]:
        with super().open(path), self._live:
            yield

    def pull(self, model: Model, progress: PullProgress) -> None:
        self._status = describe_pull(model, progress)

    def load(self, share: float) -> None:
        self._status = Text("Loading the model: {share:.0%}", "正在加载模型：{share:.0%}").fill(
            share=share
        )

    def line(self, text: str) -> None:
        self._console.print(text, markup=False, style="yellow")

    @contextmanager
    def paused(self) -> Generator[None]:
        self._live.stop()
        try:
            yield
        finally:
            self._live.start(refresh=True)

    def event(self, event: WritingEvent, manuscript: Manuscript) -> None:
        self._manuscript = manuscript
        super().event(event, manuscript)
        match event:
            case SectionStarted():
                self._writing, self._total = event.index, event.total
                self._status = self._figures()
            case PromptRead():
                self._status = Text(
                    "{section} · reading: {done}/{total} tokens",
                    "{section} · 正在阅读：{done}/{total} 个 token",
                ).fill(section=self._where(), done=event.processed, total=event.total)
            case TextAdded():
                self._writing = event.index
                self._tokens += event.tokens
                if event.tokens and self._started is None:
                    self._started = time.monotonic()
                self._status = self._figures()
            case SectionFinished() if event.state == "needs_review":
                self.line(_needs_review(event))
            case EngineRestarted():
                self.line(_restarted(event))
            case Finished():
                self._status = ""
                self._console.print(_saved(self._path, event), markup=False, style="green")
            case _:
                pass

    def block(self, text: str) -> None:
        for line in f"{text}\n".split("\n") if text else ():
            self._console.print(line, markup=False, style="bold" if line.startswith("#") else "")

    def _where(self) -> str:
        if self._manuscript is None or not self._manuscript.parts:
            return ""
        heading = self._manuscript.parts[max(self._writing, 0)].planned.heading
        return f"[{self._writing + 1}/{self._total}] {heading}"

    def _figures(self) -> str:
        assert self._manuscript is not None
        words = self._manuscript.words
        planned = sum(part.planned.words for part in self._manuscript.parts)
        elapsed = time.monotonic() - self._started if self._started is not None else 0.0
        if not elapsed or not words:
            return self._where()
        left = max(0.0, (planned - words) * elapsed / words)
        return Text(
            "{section} · {words} of about {planned} words · {speed:.1f} tokens/s · {left} left",
            "{section} · 已写 {words}/约 {planned} 字 · {speed:.1f} token/秒 · 还需 {left}",
        ).fill(
            section=self._where(),
            words=words,
            planned=planned,
            speed=self._tokens / elapsed,
            left=clock(left),
        )

    def _render(self) -> Group:
        return Group(
            RichText(self._tail()), RichText(self._status, style="dim", overflow="ellipsis")
        )

    def _tail(self) -> str:
        """As much of the end of the text being written as the screen holds."""
        if self._manuscript is None or self._complete:
            return ""
        parts = self._manuscript.parts
        text = self._manuscript.preamble
        if parts and not parts[self._writing].written:
            opening = self._manuscript.outline.opening(self._writing)
            text = f"{opening}\n\n{parts[self._writing].text}"
        elif parts:
            return ""
        room = max(1, self._console.height - 3)
        lines: list[str] = []
        for line in text.split("\n")[-room:]:
            wrapped = RichText(line).wrap(self._console, self._console.width)
            lines += [one.plain for one in wrapped] or [""]
        return "\n".join(lines[-room:])


def describe_pull(model: Model, progress: PullProgress) -> str:
    """One line on a download: how much, how fast, how long still."""
    total = human(progress.total) if progress.total else "?"
    left = f" · {clock(progress.seconds_left)}" if progress.seconds_left is not None else ""
    return f"{model.id} · {human(progress.done)}/{total} · {human(progress.rate)}/s{left}"


def clock(seconds: float) -> str:
    """3725 → `1:02:05`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _resume_hint(path: Path) -> str:
    return Text(
        "What is written is saved. Go on with: xiezuo write --resume -o {path}",
        "已写的内容已保存。续写请运行：xiezuo write --resume -o {path}",
    ).fill(path=shlex.quote(str(path)))


def _needs_review(event: SectionFinished) -> str:
    faults = " · ".join(dict.fromkeys(f"{fault.code} {fault.message}" for fault in event.faults))
    return Text("Section {number} needs review: {faults}", "第 {number} 节需要检查：{faults}").fill(
        number=event.index + 1, faults=faults
    )


def _restarted(event: EngineRestarted) -> str:
    return Text("{problem} Going on from there.", "{problem}正在从断点继续。").fill(
        problem=event.problem
    )


def _saved(path: Path, event: Finished) -> str:
    return Text(
        "Saved {path}: {words} words in {time} ({speed:.1f} tokens/s).",
        "已保存 {path}：{words} 字，用时 {time}（{speed:.1f} token/秒）。",
    ).fill(
        path=path,
        words=event.words,
        time=clock(event.seconds),
        speed=event.tokens / max(event.seconds, 1e-6),
    )


class PullDisplay:
    """A download: a bar on a terminal, a line every few seconds elsewhere."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._last = 0.0
        self._console = Console(stderr=True)
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TextColumn("{task.fields[rate]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(model.id, total=model.size, rate="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def update(self, progress: PullProgress) -> None:
        left = f" · {clock(progress.seconds_left)}" if progress.seconds_left is not None else ""
        rate = f"{human(progress.rate)}/s{left}"
        self._bar.update(self._task, completed=progress.done, total=progress.total, rate=rate)
        if self._bar.disable and time.monotonic() - self._last > PLAIN_STEP_SECONDS:
            self._last = time.monotonic()
            self._console.print(describe_pull(self._model, progress), markup=False)
