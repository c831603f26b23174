"""The live display on a terminal."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text as RichText

from xiezuo.cli._display.base import SectionDisplay, needs_review, restarted, saved
from xiezuo.cli._display.pull import clock, describe_pull
from xiezuo.engine.models.download import PullProgress
from xiezuo.engine.models.store import Model
from xiezuo.i18n import Text
from xiezuo.writing.model.events import (
    EngineRestarted,
    Finished,
    PromptRead,
    SectionFinished,
    SectionStarted,
    TextAdded,
    WritingEvent,
)
from xiezuo.writing.model.manuscript import Manuscript


class LiveDisplay(SectionDisplay):
    """Prints finished sections; updates the text being written and a status line below them."""

    def __init__(self) -> None:
        super().__init__()
        self._manuscript: Manuscript | None = None
        self._console = Console(highlight=False, soft_wrap=True)
        self._status = ""
        self._started: float | None = None
        self._tokens = 0
        self._writing = 0  # index of the section that received text last
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
                self._status = self._statistics()
            case PromptRead():
                self._status = Text(
                    "{section} · reading the prompt: {done}/{total} tokens",
                    "{section} · 正在读取提示词：{done}/{total} 个词元",
                ).fill(section=self._position(), done=event.processed, total=event.total)
            case TextAdded():
                self._writing = event.index
                self._tokens += event.tokens
                if event.tokens and self._started is None:
                    self._started = time.monotonic()
                self._status = self._statistics()
            case SectionFinished() if event.state == "needs_review":
                self.line(needs_review(event))
            case EngineRestarted():
                self.line(restarted(event))
            case Finished():
                self._status = ""
                self._console.print(saved(self._path, event), markup=False, style="green")
            case _:
                pass

    def block(self, text: str) -> None:
        for line in f"{text}\n".split("\n") if text else ():
            self._console.print(line, markup=False, style="bold" if line.startswith("#") else "")

    def _position(self) -> str:
        if self._manuscript is None or not self._manuscript.parts:
            return ""
        heading = self._manuscript.parts[max(self._writing, 0)].planned.heading
        return f"[{self._writing + 1}/{self._total}] {heading}"

    def _statistics(self) -> str:
        assert self._manuscript is not None
        words = self._manuscript.words
        planned = sum(part.planned.words for part in self._manuscript.parts)
        elapsed = time.monotonic() - self._started if self._started is not None else 0.0
        if not elapsed or not words:
            return self._position()
        left = max(0.0, (planned - words) * elapsed / words)
        return Text(
            "{section} · {words} of about {planned} words · {speed:.1f} tokens/s · {left} left",
            "{section} · 已写 {words}/约 {planned} 字 · {speed:.1f} 词元/秒 · 还需 {left}",
        ).fill(
            section=self._position(),
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
        """The end of the text being written, as many lines as fit on the screen."""
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
            lines += [row.plain for row in wrapped] or [""]
        return "\n".join(lines[-room:])
