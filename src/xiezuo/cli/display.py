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

from xiezuo.engine.download import PullProgress
from xiezuo.engine.models import Model
from xiezuo.errors import XiezuoError
from xiezuo.language import Text
from xiezuo.machine import human
from xiezuo.text.words import count_words
from xiezuo.writing.events import (
    EngineRestarted,
    Finished,
    PlanReady,
    PromptRead,
    SectionFinished,
    SectionStarted,
    TextAdded,
    WritingEvent,
    as_json,
)

PLAIN_STEP_SECONDS = 5.0  # between two lines of progress where lines stay


class Display(Protocol):
    """Told of everything that happens during one `xiezuo write`."""

    @contextmanager
    def open(self, path: Path) -> Generator[None]: ...
    def pull(self, model: Model, progress: PullProgress) -> None: ...
    def load(self, share: float) -> None: ...
    def notice(self, notice: Text) -> None: ...
    def event(self, event: WritingEvent) -> None: ...
    def failed(self, error: XiezuoError) -> None: ...


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

    def event(self, event: WritingEvent) -> None:
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

    def line(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the display


class PlainDisplay(QuietDisplay):
    """The document on standard output, one line of progress at a time on standard error."""

    def __init__(self) -> None:
        super().__init__()
        self._last = 0.0

    def pull(self, model: Model, progress: PullProgress) -> None:
        if time.monotonic() - self._last > PLAIN_STEP_SECONDS:
            self._last = time.monotonic()
            self.line(describe_pull(model, progress))

    def event(self, event: WritingEvent) -> None:
        super().event(event)
        match event:
            case TextAdded():
                sys.stdout.write(event.text)
                sys.stdout.flush()
            case SectionStarted():
                self.line(f"[{event.index + 1}/{event.total}] {event.heading}")
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

    def event(self, event: WritingEvent) -> None:
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


class LiveDisplay(QuietDisplay):
    """Finished lines scroll up; below them the line being written and a line of figures."""

    def __init__(self) -> None:
        super().__init__()
        self._console = Console(highlight=False, soft_wrap=True)
        self._line = ""
        self._status = ""
        self._started: float | None = None
        self._tokens = 0
        self._words_planned = 0
        self._words_before = 0
        self._section = SectionStarted(0, 0, "", 0, resumed=False)
        self._section_text = ""
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

    def event(self, event: WritingEvent) -> None:
        super().event(event)
        match event:
            case PlanReady():
                self._words_planned = sum(section.words for section in event.plan.sections)
            case SectionStarted():
                self._section, self._section_text = event, ""
                self._status = self._figures()
            case PromptRead():
                self._status = Text(
                    "{section} · reading: {done}/{total} tokens",
                    "{section} · 正在阅读：{done}/{total} 个 token",
                ).fill(section=self._where(), done=event.processed, total=event.total)
            case TextAdded():
                self._add(event)
            case SectionFinished():
                self._words_before += event.words
                self._section_text = ""
            case EngineRestarted():
                self.line(_restarted(event))
            case Finished():
                self._flush("")
                self._console.print(_saved(self._path, event), markup=False, style="green")

    def _add(self, event: TextAdded) -> None:
        self._tokens += event.tokens
        if event.tokens and self._started is None:
            self._started = time.monotonic()
        self._section_text += event.text if event.tokens else ""
        *complete, rest = (self._line + event.text).split("\n")
        for line in complete:
            self._flush(line)
        self._line = rest
        self._status = self._figures()

    def _flush(self, line: str) -> None:
        self._line = ""
        if line or self._console.is_terminal:
            self._console.print(line, markup=False, style="bold" if line.startswith("#") else "")

    def _where(self) -> str:
        return f"[{self._section.index + 1}/{self._section.total}] {self._section.heading}"

    def _figures(self) -> str:
        words = self._words_before + count_words(self._section_text)
        elapsed = time.monotonic() - self._started if self._started is not None else 0.0
        if not elapsed or not words:
            return self._where()
        left = max(0.0, (self._words_planned - words) * elapsed / words)
        return Text(
            "{section} · {words} of about {planned} words · {speed:.1f} tokens/s · {left} left",
            "{section} · 已写 {words}/约 {planned} 字 · {speed:.1f} token/秒 · 还需 {left}",
        ).fill(
            section=self._where(),
            words=words,
            planned=self._words_planned,
            speed=self._tokens / elapsed,
            left=clock(left),
        )

    def _render(self) -> Group:
        width = self._console.width
        shown = self._line[-width * max(1, self._console.height - 3) :]
        return Group(RichText(shown), RichText(self._status, style="dim", overflow="ellipsis"))


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
