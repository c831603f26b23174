"""Waiting for a state: the only place where tests poll."""

import asyncio
import inspect
import os
import time
from collections.abc import Awaitable, Callable

# A guard against waiting for ever, which no state may depend on; `make mutations`, where waits are
# meant to fail, shortens it.
PATIENCE_SECONDS = float(os.environ.get("XIEZUO_TEST_PATIENCE_SECONDS", "240"))
_POLL_SECONDS = 0.02


def until(
    condition: Callable[[], object], seconds: float = PATIENCE_SECONDS, *,
    pause: Callable[[float], object] = time.sleep,
    report: Callable[[], str] = lambda: "the state never comes",
) -> None:  # fmt: skip
    """Return when `condition()` is true; raise AssertionError after `seconds`.

    Args:
        condition: is called again and again; what it raises ends the wait.
        pause: waits for some seconds between two calls.
        report: the message of the AssertionError.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, report()
        pause(_POLL_SECONDS)


async def until_async(
    condition: Callable[[], object | Awaitable[object]], seconds: float = PATIENCE_SECONDS
) -> None:
    """`until` for a coroutine: other tasks run meanwhile, and `condition` may be asynchronous."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return
        assert time.monotonic() < deadline, "the state never comes"
        await asyncio.sleep(_POLL_SECONDS)
