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

STALL_SECONDS = 60  # after which a stalled client is disconnected; it may reconnect
router = APIRouter(prefix="/api", tags=["jobs"])


@router.get("/jobs")
@request_class(SHORT)
def list_jobs(principal: CurrentPrincipal, services: ServicesDep) -> list[JobOut]:
    """The jobs of all documents of the user, newest first."""
    return [job_out(job) for job in services.queue.jobs.of_owner(principal.user_id)]


@router.get("/jobs/{job_id}", response_model=JobOut)
@request_class(SHORT)
@fast_path
async def read_job(job_id: str, request: Request) -> Response:
    job = job_out(await owned_job(job_id, request))
    return Response(job.model_dump_json(), media_type="application/json")


@router.get("/documents/{document_id}/job")
@request_class(SHORT)
def read_document_job(document: OwnedDocument, services: ServicesDep) -> JobOut | None:
    """The job that writes a document; null if none was ever started."""
    job = services.queue.jobs.exact(document.id)
    return job_out(job) if job else None


@router.post("/documents/{document_id}/write", status_code=202)
@request_class(SHORT)
async def write_document(document: OwnedDocument, services: ServicesDep) -> JobOut:
    """Write what is missing from the document; does nothing while it is being written."""
    job_id = await services.queue.start(document.id)
    job = services.queue.jobs.load(job_id)
    if job.over or job.state == "paused":
        await services.queue.resume(job.id)
    return job_out(services.queue.jobs.load(job_id))


@router.post("/jobs/{job_id}/pause", status_code=202)
@request_class(SHORT)
def pause_job(job: OwnedJob, services: ServicesDep) -> JobOut:
    """Stop within a second; the text so far is kept."""
    return _want(job, services, "pause")


@router.post("/jobs/{job_id}/cancel", status_code=202)
@request_class(SHORT)
def cancel_job(job: OwnedJob, services: ServicesDep) -> JobOut:
    return _want(job, services, "cancel")


@router.post("/jobs/{job_id}/resume", status_code=202)
@request_class(SHORT)
async def resume_job(job: OwnedJob, services: ServicesDep) -> JobOut:
    """Continue from the character where the job stopped."""
    if not job.active:
        await services.queue.resume(job.id)
    return job_out(services.queue.jobs.load(job.id))


@router.post("/documents/{document_id}/sections/{position}/retry", status_code=202)
@request_class(SHORT)
async def retry_section(
    document: OwnedDocument, position: Position, services: ServicesDep
) -> JobOut:
    """Write a section again; its current text becomes a revision."""
    job_id = await services.queue.start(document.id)
    await services.queue.retry(job_id, position)
    return job_out(services.queue.jobs.load(job_id))


@router.post("/documents/{document_id}/sections/{position}/skip", status_code=204)
@request_class(SHORT)
def skip_section(document: OwnedDocument, position: Position, services: ServicesDep) -> None:
    """Keep a section as it is; no job changes it again."""
    services.queue.documents.reset(document.id, position, skip=True)


@router.get("/documents/{document_id}/events", response_class=EventSourceResponse)
@request_class(STREAM)
async def follow_document(
    document_id: str,
    _: OwnedVersion,
    services: ServicesDep,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    last: Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=2**31 - 1)] = None,
) -> EventSourceResponse:
    """The events of a document after any event id, as a stream that never ends."""
    events: AsyncGenerator[bytes] = services.document_feeds.read(
        document_id, after if last is None else last
    )
    return EventSourceResponse(events, ping=HEARTBEAT_SECONDS, send_timeout=STALL_SECONDS)


@router.get("/events", response_class=EventSourceResponse)
@request_class(STREAM)
async def follow_system(
    principal: CurrentPrincipal,
    services: ServicesDep,
    last: Annotated[str, Header(alias="Last-Event-ID", max_length=100)] = "",
) -> EventSourceResponse:
    """Jobs, models, engine and metrics, each sent whole when it changes; the stream never ends."""
    events: AsyncGenerator[bytes] = system_events(services, principal.user_id, last)
    return EventSourceResponse(events, ping=HEARTBEAT_SECONDS, send_timeout=STALL_SECONDS)


def _want(job: OwnedJob, services: ServicesDep, state: Wanted) -> JobOut:
    if not job.over:
        services.queue.jobs.want(job.id, state)
    return job_out(services.queue.jobs.load(job.id))
