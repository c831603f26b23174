"""A job queue whose engine is scripted, and what tests do with its jobs."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.replay import replay
from tests.support.scripted_text import endless
from tests.support.waiting import until_async
from xiezuo.engine.scripted import ScriptedEngine
from xiezuo.errors import StaleSectionError
from xiezuo.jobs.queue import JobQueue
from xiezuo.settings import Settings, load_settings
from xiezuo.store.records import StoredJob
from xiezuo.studio import Studio
from xiezuo.writing.model.brief import Brief


def brief(*headings: str, words: int = 60) -> Brief:
    structure = list(headings) or ["Leaf", "Cup", "Pot"]
    return Brief(
        task="Explain tea.", title="Tea", words=words * len(structure), structure=structure
    )


def slowly(seconds: float = 0.006) -> Callable[[dict[str, Any]], list[Any]]:
    """A sound model that takes its time."""
    sound = endless()

    def reply(body: dict[str, Any]) -> list[Any]:
        return [step for token in sound(body) for step in (token, seconds)]

    return reply


def settings_for(engine: ScriptedEngine, folder: Path, database: str | None = None) -> Settings:
    address = {"base_url": engine.address.base_url, "api_key": "key"}
    return load_settings(engine=address, data_dir=folder, database=database)


@asynccontextmanager
async def queue(settings: Settings, parallel: int = 1) -> AsyncGenerator[JobQueue]:
    urls = settings.database_url, settings.jobs_url
    async with Studio(settings) as studio, JobQueue(studio, *urls, parallel=parallel) as opened:
        yield opened


async def ended(opened: JobQueue, job_id: str) -> StoredJob:
    await until_async(lambda: opened.jobs.load(job_id).state not in {"queued", "running"})
    return opened.jobs.load(job_id)


async def edit(opened: JobQueue, job_id: str, position: int, text: str) -> None:
    """As a person does: read, change, and read again when somebody was faster."""
    for _ in range(50):
        section = opened.documents.load(job_id).sections[position]
        try:
            opened.documents.edit(job_id, position, section.version, text)
        except StaleSectionError:
            continue
        return


def check_replay(opened: JobQueue, job: StoredJob) -> None:
    stored = opened.documents.load(job.document_id)
    seen = replay(opened.documents.events(job.document_id, most=100_000))
    for section in stored.sections:
        assert seen.get(section.position, "") == section.text
