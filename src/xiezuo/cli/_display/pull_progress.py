"""The display of `xiezuo models pull`."""

import time
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from xiezuo.cli._display.pull import PLAIN_STEP_SECONDS, describe_pull, describe_rate
from xiezuo.engine.models.download import PullProgress
from xiezuo.engine.models.store import Model


class PullDisplay:
    """A progress bar on a terminal; elsewhere a line every few seconds."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._last = 0.0
        self._console = Console(stderr=True)
        self._bar = Progress(
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
        rate = describe_rate(progress)
        self._bar.update(self._task, completed=progress.done, total=progress.total, rate=rate)
        if self._bar.disable and time.monotonic() - self._last > PLAIN_STEP_SECONDS:
            self._last = time.monotonic()
            self._console.print(describe_pull(self._model, progress), markup=False)
