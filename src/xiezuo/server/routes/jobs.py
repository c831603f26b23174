"""Jobs, and the events of documents."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from sse_starlette.sse import EventSourceResponse

from xiezuo.server.dependencies import (
    CurrentPrincipal,
    OwnedDocument,
    OwnedJob,
    OwnedVersion,
    ServicesDep,
    owned_job,
)
from xiezuo.server.request_classes import SHORT, STREAM, fast_path, request_class
from xiezuo.server.schemas.base import Position
from xiezuo.server.schemas.documents import JobOut, job_out
from xiezuo.server.sse import HEARTBEAT_SECONDS
from xiezuo.server.system_events import system_events
from xiezuo.store.records import Wanted

STALL_SECONDS = 60  # until a reader that takes nothing is let go; it may come back
router = APIRouter(prefix="/api", tags=["jobs"])


@router.get("/jobs")
@request_class(SHORT)
def list_jobs(who: CurrentPrincipal, inside: ServicesDep) -> list[JobOut]:
    """The jobs of all own documents, newest first."""
    return [job_out(job) for job in inside.queue.jobs.of_owner(who.user_id)]


@router.get("/jobs/{job_id}", response_model=JobOut)
@request_class(SHORT)
@fast_path
async def read_job(job_id: str, request: Request) -> Response:
    job = job_out(await owned_job(job_id, request))
    return Response(job.model_dump_json(), media_type="application/json")


@router.get("/documents/{document_id}/job")
@request_class(SHORT)
def read_document_job(document: OwnedDocument, inside: ServicesDep) -> JobOut | None:
    """The job that writes a document; none when it was never to be written."""
    job = inside.queue.jobs.exact(document.id)
    return job_out(job) if job else None


@router.post("/documents/{document_id}/write", status_code=202)
@request_class(SHORT)
async def write_document(document: OwnedDocument, inside: ServicesDep) -> JobOut:
    """Write what the document does not have yet; nothing happens while it is being written."""
    job_id = await inside.queue.start(document.id)
    job = inside.queue.jobs.load(job_id)
    if job.over or job.state == "paused":
        await inside.queue.resume(job.id)
    return job_out(inside.queue.jobs.load(job_id))


@router.post("/jobs/{job_id}/pause", status_code=202)
@request_class(SHORT)
def pause_job(job: OwnedJob, inside: ServicesDep) -> JobOut:
    """Stop within a second; what was written stays."""
    return _want(job, inside, "pause")


@router.post("/jobs/{job_id}/cancel", status_code=202)
@request_class(SHORT)
def cancel_job(job: OwnedJob, inside: ServicesDep) -> JobOut:
    return _want(job, inside, "cancel")


@router.post("/jobs/{job_id}/resume", status_code=202)
@request_class(SHORT)
async def resume_job(job: OwnedJob, inside: ServicesDep) -> JobOut:
    """Go on from the character where it stopped."""
    if not job.active:
        await inside.queue.resume(job.id)
    return job_out(inside.queue.jobs.load(job.id))


@router.post("/documents/{document_id}/sections/{position}/retry", status_code=202)
@request_class(SHORT)
async def retry_section(document: OwnedDocument, position: Position, inside: ServicesDep) -> JobOut:
    """Write a section again; its text stays among the revisions."""
    job_id = await inside.queue.start(document.id)
    await inside.queue.retry(job_id, position)
    return job_out(inside.queue.jobs.load(job_id))


@router.post("/documents/{document_id}/sections/{position}/skip", status_code=204)
@request_class(SHORT)
def skip_section(document: OwnedDocument, position: Position, inside: ServicesDep) -> None:
    """Leave a section as it is; no writer changes it again."""
    inside.queue.documents.reset(document.id, position, skip=True)


@router.get("/documents/{document_id}/events", response_class=EventSourceResponse)
@request_class(STREAM)
async def follow_document(
    document_id: str, _: OwnedVersion, inside: ServicesDep,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    last: Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=2**31 - 1)] = None,
) -> EventSourceResponse:  # fmt: skip
    """Everything that happens to a document, from any event on; the stream never ends by itself."""
    events: AsyncGenerator[bytes] = inside.document_feeds.read(
        document_id, after if last is None else last
    )
    return EventSourceResponse(events, ping=HEARTBEAT_SECONDS, send_timeout=STALL_SECONDS)


@router.get("/events", response_class=EventSourceResponse)
@request_class(STREAM)
async def follow_system(
    who: CurrentPrincipal, inside: ServicesDep,
    last: Annotated[str, Header(alias="Last-Event-ID", max_length=100)] = "",
) -> EventSourceResponse:  # fmt: skip
    """Jobs, models, engine and metrics: each whole, whenever it has changed; it never ends."""
    events: AsyncGenerator[bytes] = system_events(inside, who.user_id, last)
    return EventSourceResponse(events, ping=HEARTBEAT_SECONDS, send_timeout=STALL_SECONDS)


def _want(job: OwnedJob, inside: ServicesDep, wanted: Wanted) -> JobOut:
    if not job.over:
        inside.queue.jobs.want(job.id, wanted)
    return job_out(inside.queue.jobs.load(job.id))
