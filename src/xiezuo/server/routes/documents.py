"""Documents, their sections, revisions, snapshots and trash."""

import asyncio
import difflib
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import TypeAdapter

from xiezuo.errors import StaleSectionError, UnknownDocumentError
from xiezuo.i18n import Text
from xiezuo.server import refusals
from xiezuo.server.dependencies import (
    CurrentPrincipal,
    OwnedDocument,
    Services,
    ServicesDep,
    current_principal,
    owned_version,
    services_of,
)
from xiezuo.server.errors import ConflictError, HttpError
from xiezuo.server.idempotency import run_once
from xiezuo.server.request_classes import SHORT, fast_path, request_class
from xiezuo.server.schemas.base import Number, Position
from xiezuo.server.schemas.documents import (
    CopyIn,
    DiffOut,
    DocumentOut,
    DocumentPatch,
    EntryOut,
    HitOut,
    NewDocument,
    OutlineIn,
    RevisionOut,
    Saved,
    SectionEdit,
    SnapshotIn,
    SnapshotOut,
    Started,
    SummaryOut,
    document_out,
    job_out,
)
from xiezuo.store.documents.details import DocumentUpdate, copy_document, update_document
from xiezuo.store.documents.history import history
from xiezuo.store.documents.replan import replan
from xiezuo.store.documents.snapshots import Snapshot
from xiezuo.store.records import StoredDocument, StoredRevision
from xiezuo.studio import new_seed
from xiezuo.writing.model.events import PlanReady, as_json
from xiezuo.writing.model.outline import Outline, PlannedSection

router = APIRouter(prefix="/api", tags=["documents"])
_SUMMARIES = TypeAdapter(list[SummaryOut])
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


class _CopyRequest(CopyIn):
    """The request that an idempotency key of a copy is bound to."""

    of: str


@router.get("/documents", response_model=list[SummaryOut])
@request_class(SHORT)
@fast_path
def list_documents(
    request: Request,
    before: float | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    *,
    deleted: bool = False,
    tag: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """The documents, or those in the trash, last changed first; `tag` selects by tag."""
    summaries = services_of(request).library.summaries.of_owner(
        current_principal(request).user_id, deleted=deleted, before=before, most=limit, tag=tag
    )
    listed = [SummaryOut.model_validate(summary, from_attributes=True) for summary in summaries]
    return Response(_SUMMARIES.dump_json(listed), media_type="application/json")


@router.post("/documents", status_code=201)
@request_class(SHORT)
async def create_document(
    principal: CurrentPrincipal, services: ServicesDep, body: NewDocument, key: Key = None
) -> Started:
    """Create a document; writing starts at once unless `start` is false."""

    async def create(document_id: str) -> Started:
        await asyncio.to_thread(_create, services, document_id, principal.user_id, body)
        if body.start:
            await services.queue.start(document_id)
        return await asyncio.to_thread(_started, services, document_id)

    return await run_once(services.database, principal.user_id, key, body, Started, create)


@router.get("/documents/{document_id}", response_model=DocumentOut)
@request_class(SHORT)
@fast_path
async def read_document(document_id: str, request: Request) -> Response:
    services, version = services_of(request), await owned_version(document_id, request)

    def render() -> bytes:
        stored = services.queue.documents.load(document_id)
        return document_out(stored).model_dump_json().encode("utf-8", "surrogatepass")

    body = await services.response_cache.get(f"document {document_id}", version, render)
    return Response(body, media_type="application/json")


@router.patch("/documents/{document_id}")
@request_class(SHORT)
def change_document(
    document: OwnedDocument, body: DocumentPatch, services: ServicesDep
) -> DocumentOut:
    """Change title, brief, mode or tags; readers get an event `document_changed`.

    Sections do not change. 409 for brief and mode while the document is being written.
    """
    no_title = "title" in body.model_fields_set and body.title is None
    update = DocumentUpdate(body.title, no_title, body.brief, body.mode, body.tags)
    update_document(services.database, document, update)
    return document_out(services.queue.documents.load(document.id))


@router.post("/documents/{document_id}/copy", status_code=201)
@request_class(SHORT)
async def copy_a_document(
    document: OwnedDocument,
    principal: CurrentPrincipal,
    body: CopyIn,
    services: ServicesDep,
    key: Key = None,
) -> DocumentOut:
    """Create a document with the same brief, outline, texts and tags, but without revisions."""
    title = document.plan.title if document.plan else document.brief.title
    if body.title is not None or title is None:
        title = body.title
    else:
        suffix = Text(" (copy)", "（副本）").in_language(document.brief.written_in)
        title = f"{title[: 500 - len(suffix)]}{suffix}"

    async def copy(copy_id: str) -> DocumentOut:
        await asyncio.to_thread(copy_document, services.database, document, copy_id, title)
        return document_out(await asyncio.to_thread(services.queue.documents.load, copy_id))

    request = _CopyRequest(title=body.title, of=document.id)
    return await run_once(services.database, principal.user_id, key, request, DocumentOut, copy)


@router.get(
    "/documents/{document_id}/text",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/markdown": {}}}},
)
@request_class(SHORT)
@fast_path
async def read_text(document_id: str, request: Request) -> Response:
    """The document as Markdown."""
    services, version = services_of(request), await owned_version(document_id, request)

    def render() -> bytes:
        stored = services.queue.documents.load(document_id)
        return (stored.manuscript().text if stored.plan else "").encode()

    body = await services.response_cache.get(f"text {document_id}", version, render)
    return PlainTextResponse(body, media_type="text/markdown")


@router.delete("/documents/{document_id}", status_code=204)
@request_class(SHORT)
def delete_document(document: OwnedDocument, services: ServicesDep) -> None:
    """Delete permanently and at once; 409 while the document is being written."""
    services.library.trash.delete(document.id)


@router.post("/documents/{document_id}/trash", status_code=204)
@request_class(SHORT)
def trash_document(document: OwnedDocument, services: ServicesDep) -> None:
    """Move to the trash; the document is deleted permanently after thirty days."""
    services.library.trash.put(document.id)


@router.post("/documents/{document_id}/untrash", status_code=204)
@request_class(SHORT)
def untrash_document(document: OwnedDocument, services: ServicesDep) -> None:
    services.library.trash.restore(document.id)


@router.put("/documents/{document_id}/outline")
@request_class(SHORT)
def change_outline(document: OwnedDocument, body: OutlineIn, services: ServicesDep) -> DocumentOut:
    """Reorder, add, remove or rename sections; a moved section keeps its text and revisions.

    A snapshot keeps the texts of removed sections. 409 while the document is being written.
    """
    origins = [section.origin for section in body.sections]
    placed = [origin for origin in origins if origin is not None]
    if len(placed) != len(set(placed)):
        raise HttpError(refusals.SECTION_TWICE)
    sections = tuple(
        PlannedSection(**section.model_dump(exclude={"origin"})) for section in body.sections
    )
    outline = Outline(brief=document.brief, title=body.title, sections=sections)
    replan(services.database, document.id, outline, origins)
    return document_out(services.queue.documents.load(document.id))


@router.put("/documents/{document_id}/sections/{position}")
@request_class(SHORT)
def edit_section(
    document: OwnedDocument, position: Position, edit: SectionEdit, services: ServicesDep
) -> Saved:
    """Store the user's text as final; 409 with both texts if the section has changed."""
    return _saved(services, document, position, edit)


@router.get("/documents/{document_id}/sections/{position}/revisions")
@request_class(SHORT)
def list_revisions(
    document: OwnedDocument, position: Position, services: ServicesDep
) -> list[RevisionOut]:
    """All earlier texts and candidates of the section, oldest first."""
    revisions = services.queue.documents.revisions(document.id, position)
    return [RevisionOut.model_validate(revision, from_attributes=True) for revision in revisions]


@router.get("/documents/{document_id}/sections/{position}/revisions/{revision_id}/diff")
@request_class(SHORT)
def diff_revision(
    document: OwnedDocument, position: Position, revision_id: Number, services: ServicesDep
) -> DiffOut:
    old = _revision(services, document, position, revision_id).text.splitlines()
    new = document.sections[position].text.splitlines()
    lines = difflib.unified_diff(old, new, str(revision_id), "now", lineterm="")
    return DiffOut(lines=list(lines))


@router.post("/documents/{document_id}/sections/{position}/revisions/{revision_id}/restore")
@request_class(SHORT)
def restore_revision(
    document: OwnedDocument, position: Position, revision_id: Number, services: ServicesDep
) -> Saved:
    """Restore the text of a revision; the current text becomes a revision."""
    text = _revision(services, document, position, revision_id).text
    edit = SectionEdit(text=text, version=document.sections[position].version)
    return _saved(services, document, position, edit)


@router.get("/documents/{document_id}/history")
@request_class(SHORT)
def read_history(
    document: OwnedDocument,
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
) -> list[EntryOut]:
    """The revisions of all sections, newest first, without their texts."""
    entries = history(services.database, document.id, limit)
    return [EntryOut.model_validate(entry, from_attributes=True) for entry in entries]


@router.get("/documents/{document_id}/snapshots")
@request_class(SHORT)
def list_snapshots(document: OwnedDocument, services: ServicesDep) -> list[SnapshotOut]:
    return [
        _snapshot_out(snapshot) for snapshot in services.library.snapshots.of_document(document.id)
    ]


@router.post("/documents/{document_id}/snapshots", status_code=201)
@request_class(SHORT)
def make_snapshot(document: OwnedDocument, body: SnapshotIn, services: ServicesDep) -> SnapshotOut:
    """Save all sections under a name; 409 while there is no outline."""
    if document.plan is None:
        raise HttpError(refusals.NOT_WRITTEN)
    return _snapshot_out(services.library.snapshots.take(document.id, body.name))


@router.post("/documents/{document_id}/snapshots/{snapshot_id}/restore", status_code=204)
@request_class(SHORT)
def restore_snapshot(document: OwnedDocument, snapshot_id: str, services: ServicesDep) -> None:
    services.library.snapshots.restore(document.id, snapshot_id)


@router.get("/search")
@request_class(SHORT)
def search(
    principal: CurrentPrincipal,
    services: ServicesDep,
    q: Annotated[str, Query(max_length=200)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[HitOut]:
    """The sections that contain these words, Chinese or English, regardless of case."""
    hits = services.library.search.find(principal.user_id, q, limit)
    return [HitOut.model_validate(hit, from_attributes=True) for hit in hits]


@router.delete("/trash")
@request_class(SHORT)
def empty_trash(principal: CurrentPrincipal, services: ServicesDep) -> dict[str, int]:
    """Delete the trash permanently, except for documents that are being written."""
    return {"deleted": services.library.trash.purge(owner=principal.user_id, before=float("inf"))}


def _create(services: Services, document_id: str, owner: str, body: NewDocument) -> None:
    documents = services.queue.documents
    if not documents.exists(document_id):
        seed = new_seed() if body.seed is None else body.seed
        documents.create(body.brief, body.mode, seed, document_id, owner)
    if body.plan is not None:
        plan = body.plan.model_copy(update={"brief": body.brief})
        facts = as_json(PlanReady(plan, from_model=False))
        facts["brief"] = body.brief.model_dump(mode="json")
        documents.set_outline(document_id, plan, facts)


def _started(services: Services, document_id: str) -> Started:
    job = services.queue.jobs.exact(document_id)
    document = document_out(services.queue.documents.load(document_id))
    return Started(document=document, job=job_out(job) if job else None)


def _saved(services: Services, document: StoredDocument, position: int, edit: SectionEdit) -> Saved:
    documents = services.queue.documents
    try:
        version = documents.edit(document.id, position, edit.version, edit.text)
    except StaleSectionError as error:
        current = documents.load(document.id).sections[position]
        raise ConflictError(error, edit.text, current.text, current.version) from error
    return Saved(version=version)


def _revision(
    services: Services, document: StoredDocument, position: int, revision_id: int
) -> StoredRevision:
    for revision in services.queue.documents.revisions(document.id, position):
        if revision.id == revision_id:
            return revision
    raise UnknownDocumentError(id=f"{document.id}#{position + 1}@{revision_id}")


def _snapshot_out(snapshot: Snapshot) -> SnapshotOut:
    headings = [planned.heading for planned in snapshot.plan.sections]
    return SnapshotOut(
        id=snapshot.id,
        name=snapshot.name,
        created=snapshot.created,
        headings=headings,
        texts=list(snapshot.texts),
    )
