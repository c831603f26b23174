"""Runs the coroutine of a command; Ctrl-C, SIGTERM and a closed terminal cancel it."""

import asyncio
import signal
from collections.abc import Coroutine

import typer

INTERRUPTED = 130  # 128 + SIGINT, as in a shell
TERMINATED = 143  # 128 + SIGTERM


def run(work: Coroutine[object, object, None]) -> None:
    """Run `work`; on a signal, cancel it, let it clean up, and exit with the code of the signal."""
    code = asyncio.run(_until_signal(work))
    if code:
        raise typer.Exit(code)


async def _until_signal(work: Coroutine[object, object, None]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    received: list[signal.Signals] = []

    def cancel(number: signal.Signals) -> None:
        if not received:  # a second signal must not interrupt saving
            received.append(number)
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, cancel, number)
    try:
        await task
    except asyncio.CancelledError:
        if not received:
            raise
        return INTERRUPTED if received[0] == signal.SIGINT else TERMINATED
    return 0
