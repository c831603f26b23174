"""Displays that append lines: plain text for a pipe or a file, and JSON for programs."""

import json
import sys
import time

from xiezuo.cli._display.base import (
    QuietDisplay,
    SectionDisplay,
    needs_review,
    restarted,
    saved,
)
from xiezuo.cli._display.pull import PLAIN_STEP_SECONDS, describe_pull
from xiezuo.engine.models.download import PullProgress
from xiezuo.engine.models.store import Model
from xiezuo.errors import XiezuoError
from xiezuo.i18n import Text
from xiezuo.writing.model.events import (
    EngineRestarted,
    Finished,
    SectionFinished,
    SectionStarted,
    WritingEvent,
    as_json,
)
from xiezuo.writing.model.manuscript import Manuscript


class PlainDisplay(SectionDisplay):
    """The document on standard output, and lines of progress on standard error."""

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
                self.line(needs_review(event))
            case EngineRestarted():
                self.line(restarted(event))
            case Finished():
                self.line(saved(self._path, event))
            case _:
                pass


class JsonDisplay(QuietDisplay):
    """One JSON object per line on standard output."""

    def pull(self, model: Model, progress: PullProgress) -> None:
        self._emit(event="pull", model=model.id, done=progress.done, total=progress.total)

    def load(self, share: float) -> None:
        self._emit(event="load", share=round(share, 3))

    def notice(self, notice: Text) -> None:
        self._emit(event="notice", message=str(notice))

    def event(self, event: WritingEvent, manuscript: Manuscript) -> None:  # noqa: ARG002 - the events hold the text
        fields = as_json(event)
        if isinstance(event, Finished):
            self._complete = True
            fields["path"] = str(self._path)
        self._emit(**fields)

    def failed(self, error: XiezuoError) -> None:
        self._emit(event="error", code=error.code, message=error.message, remedy=error.advice)

    def line(self, text: str) -> None:
        self._emit(event="notice", message=text)

    def _emit(self, **fields: object) -> None:
        sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
        sys.stdout.flush()
