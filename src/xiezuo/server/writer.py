"""`xiezuo-writer`: a chat request becomes a document, for clients that do not know us."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from pydantic import ValidationError

from xiezuo.jobs.queue import JobQueue
from xiezuo.language import Text
from xiezuo.server.problems import HttpError
from xiezuo.server.services import Services
from xiezuo.store.records import StoredJob
from xiezuo.writing.brief import Brief
from xiezuo.writing.plan import JobMode

WRITERS: dict[str, JobMode] = {"xiezuo-writer": "careful", "xiezuo-writer-draft": "draft"}
POLL_SECONDS = 0.25
SIGN_SECONDS = 10.0  # between two signs of life
_LENGTH = re.compile(r"(\d[\d,]{0,7})\s*(?:-\s*)?(?:words?\b|字)", re.IGNORECASE)
_SHORTEST, _LONGEST = 10, 200_000  # words, as a brief has them
_LONGEST_REQUIREMENT = 500  # characters of a client's system prompt


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the document that stands, or without text a sign of life."""

    text: str
    tokens: int = 0


async def written(
    inside: Services, owner: str, model: str, question: tuple[str, str], seed: int | None
) -> AsyncGenerator[Piece]:
    """Write a document and hand out each section when it is finished.

    The document stays in the library. When the client goes away, its job is cancelled.

    Raises:
        HttpError: the job failed, or was stopped by somebody else.
    """
    task, system = question
    try:
        rules = [system[:_LONGEST_REQUIREMENT]] if system else []
        brief = Brief(task=task, requirements=rules, words=length_in(task))
    except ValidationError as error:
        text = Text("The message is empty or far too long.", "消息为空或过长。")
        raise HttpError(400, "InvalidBrief", text) from error
    queue = inside.queue
    submission = asyncio.create_task(
        queue.submit(brief, mode=WRITERS[model], seed=seed and seed % 2**31, owner=owner)
    )
    shown, tokens, after, signed = -1, 0, 0, time.monotonic()
    try:
        job_id = await asyncio.shield(submission)
        while True:
            job = await asyncio.to_thread(queue.jobs.load, job_id)
            happened = await asyncio.to_thread(queue.documents.events, job.document_id, after)
            for event in happened:
                after = event.id
                tokens += event.data.get("tokens", 0)
            pieces, shown = await asyncio.to_thread(_standing, inside, job.document_id, shown)
            for text in pieces:
                yield Piece(text, tokens)
                tokens, signed = 0, time.monotonic()
            if not happened and job.state not in {"queued", "running"}:
                break
            if time.monotonic() - signed > SIGN_SECONDS:
                signed = time.monotonic()
                yield Piece("")
            await asyncio.sleep(POLL_SECONDS)
    finally:
        # The framework cancels every await of a response whose client has left, here too.
        job = await asyncio.shield(_given_up(queue, submission))
    if job.state != "done":
        raise HttpError(503, "WritingStopped", Text(
            f"Writing ended: {job.state}. {job.problem}", f"写作中止：{job.state}。{job.problem}"
        ))  # fmt: skip


async def _given_up(queue: JobQueue, submission: asyncio.Task[str]) -> StoredJob:
    """The job; it is cancelled unless it is over."""
    job = await asyncio.to_thread(queue.jobs.load, await submission)
    if not job.over:
        await asyncio.to_thread(queue.jobs.want, job.id, "cancel")
    return job


def length_in(task: str) -> int | None:
    """The length that a message names ("150 words", 「800字」); none when it names none."""
    found = _LENGTH.search(task)
    words = int(found[1].replace(",", "")) if found else 0
    return words if _SHORTEST <= words <= _LONGEST else None


def _standing(inside: Services, document_id: str, shown: int) -> tuple[list[str], int]:
    """What stands of the document after the sections shown: -1 before its title."""
    stored = inside.queue.documents.load(document_id)
    if stored.plan is None:
        return [], shown
    pieces: list[str] = []
    manuscript = stored.manuscript()
    if shown < 0:
        shown = 0
        pieces.append(manuscript.preamble)
    while shown < len(manuscript.parts) and manuscript.parts[shown].written:
        text = manuscript.parts[shown].text.strip("\n")
        blocks = [stored.plan.opening(shown), *([text] if text.strip() else [])]
        pieces += [f"\n\n{one}" for one in blocks]
        shown += 1
    return [one for one in pieces if one], shown
