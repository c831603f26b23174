"""Runs a command's work with a studio that reports to a display."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xiezuo.cli._display import Display
    from xiezuo.studio import Listeners, Studio


def listeners_of(display: "Display") -> "Listeners":
    from xiezuo.studio import Listeners

    return Listeners(display.pull, display.load, display.notice)


def run_with_studio(
    work: Callable[["Studio"], Awaitable[None]], model: str | None, base_url: str | None
) -> None:
    """Open a studio, run `work` with it, and close it, also after a signal."""
    from xiezuo.cli._display import QuietDisplay
    from xiezuo.cli._options import engine_flags
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run
    from xiezuo.studio import Studio

    settings = configured(**engine_flags(model, base_url))

    async def with_studio() -> None:
        async with Studio(
            settings, listeners_of(QuietDisplay()), fallback=model is None, modes=("careful",)
        ) as studio:
            await work(studio)

    run(with_studio())
