"""The program that a soak kills: works on jobs, and edits sections as a person would.

python -m tests.jobs.soak_worker FOLDER MODEL [DATABASE]

What is generated is noted in FOLDER/written.jsonl at once, to tell what a kill loses. An edit is
written to FOLDER/edits.jsonl once it was acknowledged. Until FOLDER/stop exists there are always
some jobs; then the last ones are finished and the program ends.
"""

import asyncio
import json
import os
import random
import sys
import time
import uuid
from collections.abc import AsyncGenerator, Collection
from pathlib import Path
from typing import Any

import psutil

from xiezuo.errors import StaleSectionError
from xiezuo.jobs.queue import JobQueue
from xiezuo.settings import load_settings
from xiezuo.studio import Studio
from xiezuo.writing.brief import Brief
from xiezuo.writing.document import DocumentWriter
from xiezuo.writing.events import TextAdded, TextCut, TextReplaced, WritingEvent

OPEN_JOBS = 3
HEADINGS = ("Leaf", "Cup", "Pot", "Water")


class WatchedStudio(Studio):
    """Notes each beginning, and how long a section is after a change, before the store has it."""

    folder: Path

    def writer(self, *arguments: Any, **more: Any) -> DocumentWriter:
        made = super().writer(*arguments, **more)
        write = made.write

        async def watched(only: Collection[int] | None = None) -> AsyncGenerator[WritingEvent]:
            title = made.manuscript.plan.title
            with (self.folder / "written.jsonl").open("a", buffering=1) as file:
                file.write(json.dumps({"at": time.time(), "title": title}) + "\n")
                async for event in write(only):
                    if isinstance(event, TextAdded | TextCut | TextReplaced):
                        length = len(made.manuscript.parts[event.index].text)
                        facts = {"at": time.time(), "title": title, "index": event.index}
                        file.write(json.dumps({**facts, "length": length}) + "\n")
                    yield event

        made.write = watched
        return made


def brief(number: int) -> Brief:
    count = 2 + number % 3
    return Brief(
        task="Explain tea.",
        title=f"Tea {number}",
        words=60 * count,
        structure=list(HEADINGS[:count]),
    )


def note(path: Path, **facts: object) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(facts) + "\n")
        file.flush()
        os.fsync(file.fileno())


async def keep_jobs(queue: JobQueue, folder: Path) -> None:
    """Some jobs are always open; stopped ones are resumed; ends when all are done after `stop`."""
    while True:
        jobs = queue.jobs.all()
        for job in jobs:
            if job.state in {"paused", "failed"}:
                await queue.resume(job.id)
        still_open = [job for job in jobs if job.state in {"queued", "running", "paused", "failed"}]
        stopping = (folder / "stop").exists()
        if stopping and not still_open:
            return
        if not stopping and len(still_open) < OPEN_JOBS:
            number = len(jobs)
            mode = "draft" if number % 4 == 3 else "careful"
            await queue.submit(brief(number), mode=mode, seed=number, key=f"soak {number}")
        await asyncio.sleep(0.5)


async def interfere(queue: JobQueue, studio: Studio, folder: Path) -> None:
    """Edit, pause, and kill the engine, now and then."""
    chance = random.Random()
    while True:
        await asyncio.sleep(chance.uniform(0.5, 3))
        running = [job for job in queue.jobs.all() if job.state == "running"]
        if not running or (folder / "stop").exists():
            continue
        job = chance.choice(running)
        sections = queue.documents.load(job.document_id).sections
        if chance.random() < 0.1 and studio.process is not None and studio.process.pid:
            os.kill(studio.process.pid, 9)
        elif chance.random() < 0.15:
            queue.jobs.want(job.id, "pause")
        elif sections:
            section = chance.choice(sections)
            text = f"Edited by hand: {uuid.uuid4()}."
            try:
                queue.documents.edit(job.document_id, section.position, section.version, text)
            except StaleSectionError:
                continue
            note(
                folder / "edits.jsonl",
                document=job.document_id,
                position=section.position,
                text=text,
            )


async def watch_memory(folder: Path) -> None:
    process = psutil.Process()
    while True:
        note(
            folder / "memory.jsonl",
            time=time.time(),
            rss=process.memory_info().rss,
            pid=os.getpid(),
        )
        await asyncio.sleep(5)


async def main() -> None:
    folder, model = Path(sys.argv[1]), sys.argv[2]
    database = sys.argv[3] if len(sys.argv) > 3 else None
    settings = load_settings(
        model=model, data_dir=folder, database=database, engine={"slots": 2, "context": 2048}
    )
    urls = settings.database_url, settings.jobs_url
    WatchedStudio.folder = folder
    async with WatchedStudio(settings) as studio, JobQueue(studio, *urls, parallel=2) as queue:
        others = [
            asyncio.create_task(interfere(queue, studio, folder)),
            asyncio.create_task(watch_memory(folder)),
        ]
        await keep_jobs(queue, folder)
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
