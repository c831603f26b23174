"""The job queue in a command: opened, run, and followed until its jobs have stopped."""

from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING

import typer

from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.jobs.queue import JobQueue
    from xiezuo.settings import Settings
    from xiezuo.store.records import StoredJob
    from xiezuo.studio import Studio
    from xiezuo.writing.model.outline import Mode

_FOLLOW_SECONDS = 0.5  # between two looks at the events


def open_queue(studio: "Studio", settings: "Settings", parallel: int) -> "JobQueue":
    """The queue of the configured database, yet to be entered."""
    from xiezuo.jobs.liveness import LivenessIntervals
    from xiezuo.jobs.queue import JobQueue

    return JobQueue(
        studio,
        settings.database_url,
        settings.jobs_url,
        parallel=parallel,
        home=settings.data_dir,
        intervals=LivenessIntervals(settings.jobs.heartbeat_seconds),
    )


async def with_queue(
    settings: "Settings",
    parallel: int,
    work: Callable[["JobQueue"], Awaitable[None]],
    *,
    modes: "Collection[Mode] | None" = None,
) -> None:
    """Run `work` with a queue that writes up to `parallel` documents at a time."""
    from xiezuo.cli._display import QuietDisplay
    from xiezuo.cli._studio import listeners_of
    from xiezuo.studio import Studio
    from xiezuo.writing.model.outline import MODES

    listeners = listeners_of(QuietDisplay())
    async with (
        Studio(settings, listeners, modes=modes or MODES, documents=parallel) as studio,
        open_queue(studio, settings, parallel) as queue,
    ):
        await work(queue)


async def follow(queue: "JobQueue", ids: list[str]) -> None:
    """Print what happens until all jobs have stopped.

    Raises:
        typer.Exit: a job failed; the exit code is 1.
    """
    async for job, events in queue.follow(*ids, interval=_FOLLOW_SECONDS):
        for event in events:
            if line := _line(job, event.data):
                typer.echo(f"{job.id[:8]} {line}", err=True)
    if any(queue.jobs.load(id_).state == "failed" for id_ in ids):
        raise typer.Exit(1)


def _line(job: "StoredJob", data: dict[str, object]) -> str:
    from xiezuo.store.records import JOB_STATES

    match data["event"]:
        case "notice":
            return str(data["message"])
        case "section_started":
            return f"[{int(str(data['index'])) + 1}/{data['total']}] {data['heading']}"
        case "section_finished" if data["state"] == "needs_review":
            return Text("section {number} needs review", "第 {number} 节需要检查").fill(
                number=int(str(data["index"])) + 1
            )
        case "job_state":
            state = str(data["state"])
            ending = job.output or "" if state == "done" else str(data["problem"])
            return f"{JOB_STATES[state]} {ending}".strip()
        case _:
            return ""
