"""Output of the commands that write: a live terminal, plain lines, JSON lines, or warnings only."""

import sys

from xiezuo.cli._display.base import Display, QuietDisplay
from xiezuo.cli._display.plain import JsonDisplay, PlainDisplay


def choose_display(*, quiet: bool, as_json: bool) -> Display:
    if as_json:
        return JsonDisplay()
    if quiet:
        return QuietDisplay()
    if not sys.stdout.isatty():
        return PlainDisplay()
    from xiezuo.cli._display.live import LiveDisplay

    return LiveDisplay()
