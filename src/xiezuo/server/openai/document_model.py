"""`xiezuo-writer`: a chat request becomes a document, for any OpenAI client."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from pydantic import ValidationError

from xiezuo.jobs.queue import JobQueue
from xiezuo.server import refusals
from xiezuo.server.dependencies import Services
from xiezuo.server.errors import HttpError
from xiezuo.store.records import StoredJob
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import JobMode

WRITERS: dict[str, JobMode] = {"xiezuo-writer": "careful", "xiezuo-writer-draft": "draft"}
HEARTBEAT_SECONDS = 10.0  # of silence, after which an empty piece is sent
_LENGTH = re.compile(r"(\d[\d,]{0,7})\s*(?:-\s*)?(?:words?\b|字)", re.IGNORECASE)
_SHORTEST, _LONGEST = 10, 200_000  # words, the bounds of a brief
_LONGEST_REQUIREMENT = 500  # characters of a client's system prompt


@dataclass(frozen=True, slots=True)
class DocumentChunk:
    """A finished part of the document; without text, a heartbeat."""

    text: str
    tokens: int = 0


async def written(
    services: Services, owner: str, model: str, question: tuple[str, str], seed: int | None
) -> AsyncGenerator[DocumentChunk]:
    """Write a document and yield each section when it is finished.

    The document stays in the library. Its job is cancelled when the client disconnects.

    Raises:
        HttpError: the job failed, or another client stopped it.
    """
    task, system = question
    try:
        rules = [system[:_LONGEST_REQUIREMENT]] if system else []
        brief = Brief(task=task, requirements=rules, words=length_in(task))
    except ValidationError as error:
        raise HttpError(refusals.INVALID_BRIEF) from error
    queue = services.queue
    submission = asyncio.create_task(
        queue.submit(brief, mode=WRITERS[model], seed=seed and seed % 2**31, owner=owner)
    )
    shown, tokens, last_sent = 0, 0, time.monotonic()
    try:
        job_id = await asyncio.shield(submission)
        async with aclosing(queue.follow(job_id)) as updates:
            async for job, events in updates:
                tokens += sum(event.data.get("tokens", 0) for event in events)
                pieces, shown = await asyncio.to_thread(
                    _finished_pieces, services, job.document_id, shown
                )
                for text in pieces:
                    yield DocumentChunk(text, tokens)
                    tokens, last_sent = 0, time.monotonic()
                if time.monotonic() - last_sent > HEARTBEAT_SECONDS:
                    last_sent = time.monotonic()
                    yield DocumentChunk("")
    finally:
        # The framework cancels every await of a response whose client has left, here too.
        job = await asyncio.shield(_cancelled_if_open(queue, submission))
    if job.state != "done":
        raise HttpError(refusals.WRITING_STOPPED, state=job.state, problem=job.problem)


async def _cancelled_if_open(queue: JobQueue, submission: asyncio.Task[str]) -> StoredJob:
    """Cancel the submitted job unless it is over, and return it."""
    job = await asyncio.to_thread(queue.jobs.load, await submission)
    if not job.over:
        await asyncio.to_thread(queue.jobs.want, job.id, "cancel")
    return job


def length_in(task: str) -> int | None:
    """The length that a message names ("150 words", 「800字」), or None."""
    match = _LENGTH.search(task)
    words = int(match[1].replace(",", "")) if match else 0
    return words if _SHORTEST <= words <= _LONGEST else None


def _finished_pieces(services: Services, document_id: str, shown: int) -> tuple[list[str], int]:
    """The finished blocks after the first `shown`: the preamble, then the sections."""
    stored = services.queue.documents.load(document_id)
    if stored.plan is None:
        return [], shown
    blocks = stored.manuscript().finished_blocks()
    pieces = [f"\n\n{block}" if at else block for at, block in enumerate(blocks)]
    return [piece for piece in pieces[shown:] if piece], max(shown, len(pieces))
