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


class _CopyOf(CopyIn):
    """What an idempotency key of a copy stands for."""

    of: str


@router.get("/documents", response_model=list[SummaryOut])
@request_class(SHORT)
@fast_path
def list_documents(
    request: Request, before: float | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100, *, deleted: bool = False,
    tag: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:  # fmt: skip
    """The documents, last changed first, or those in the trash; of a `tag` if it is given."""
    found = services_of(request).library.summaries.of_owner(
        current_principal(request).user_id, deleted=deleted, before=before, most=limit, tag=tag
    )
    listed = [SummaryOut.model_validate(one, from_attributes=True) for one in found]
    return Response(_SUMMARIES.dump_json(listed), media_type="application/json")


@router.post("/documents", status_code=201)
@request_class(SHORT)
async def create_document(
    who: CurrentPrincipal, inside: ServicesDep, asked: NewDocument, key: Key = None
) -> Started:
    """A new document; it is written at once unless `start` is false."""

    async def create(document_id: str) -> Started:
        await asyncio.to_thread(_create, inside, document_id, who.user_id, asked)
        if asked.start:
            await inside.queue.start(document_id)
        return await asyncio.to_thread(_started, inside, document_id)

    return await run_once(inside.database, who.user_id, key, asked, Started, create)


@router.get("/documents/{document_id}", response_model=DocumentOut)
@request_class(SHORT)
@fast_path
async def read_document(document_id: str, request: Request) -> Response:
    inside, mark = services_of(request), await owned_version(document_id, request)

    def make() -> bytes:
        stored = inside.queue.documents.load(document_id)
        return document_out(stored).model_dump_json().encode("utf-8", "surrogatepass")

    body = await inside.response_cache.get(f"document {document_id}", mark, make)
    return Response(body, media_type="application/json")


@router.patch("/documents/{document_id}")
@request_class(SHORT)
def change_document(
    document: OwnedDocument, asked: DocumentPatch, inside: ServicesDep
) -> DocumentOut:
    """Another title, brief, mode or other tags; its readers get an event `document_changed`.

    Sections stay as they are. 409 for brief and mode while the document is being written.
    """
    no_title = "title" in asked.model_fields_set and asked.title is None
    wanted = DocumentUpdate(asked.title, no_title, asked.brief, asked.mode, asked.tags)
    update_document(inside.database, document, wanted)
    return document_out(inside.queue.documents.load(document.id))


@router.post("/documents/{document_id}/copy", status_code=201)
@request_class(SHORT)
async def copy_a_document(
    document: OwnedDocument,
    who: CurrentPrincipal,
    asked: CopyIn,
    inside: ServicesDep,
    key: Key = None,
) -> DocumentOut:
    """A new document with the same brief, outline, texts and tags; revisions stay behind."""
    title = document.plan.title if document.plan else document.brief.title
    if asked.title is not None or title is None:
        title = asked.title
    else:
        mark = Text(" (copy)", "（副本）").in_language(document.brief.written_in)
        title = f"{title[: 500 - len(mark)]}{mark}"

    async def copy(copy_id: str) -> DocumentOut:
        await asyncio.to_thread(copy_document, inside.database, document, copy_id, title)
        return document_out(await asyncio.to_thread(inside.queue.documents.load, copy_id))

    request = _CopyOf(title=asked.title, of=document.id)
    return await run_once(inside.database, who.user_id, key, request, DocumentOut, copy)


@router.get(
    "/documents/{document_id}/text",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/markdown": {}}}},
)
@request_class(SHORT)
@fast_path
async def read_text(document_id: str, request: Request) -> Response:
    """The document as Markdown."""
    inside, mark = services_of(request), await owned_version(document_id, request)

    def make() -> bytes:
        stored = inside.queue.documents.load(document_id)
        return (stored.manuscript().text if stored.plan else "").encode()

    body = await inside.response_cache.get(f"text {document_id}", mark, make)
    return PlainTextResponse(body, media_type="text/markdown")


@router.delete("/documents/{document_id}", status_code=204)
@request_class(SHORT)
def delete_document(document: OwnedDocument, inside: ServicesDep) -> None:
    """For good, at once; 409 while it is being written."""
    inside.library.trash.delete(document.id)


@router.post("/documents/{document_id}/trash", status_code=204)
@request_class(SHORT)
def trash_document(document: OwnedDocument, inside: ServicesDep) -> None:
    """Into the trash; it is deleted for good after thirty days."""
    inside.library.trash.put(document.id)


@router.post("/documents/{document_id}/untrash", status_code=204)
@request_class(SHORT)
def untrash_document(document: OwnedDocument, inside: ServicesDep) -> None:
    inside.library.trash.restore(document.id)


@router.put("/documents/{document_id}/outline")
@request_class(SHORT)
def change_outline(document: OwnedDocument, asked: OutlineIn, inside: ServicesDep) -> DocumentOut:
    """Order, add, drop or rename sections; each keeps its text and revisions where it goes.

    What is dropped with its text is kept in a snapshot. 409 while the document is being written.
    """
    origins = [section.origin for section in asked.sections]
    known = [origin for origin in origins if origin is not None]
    if len(known) != len(set(known)):
        raise HttpError(refusals.SECTION_TWICE)
    sections = tuple(
        PlannedSection(**section.model_dump(exclude={"origin"})) for section in asked.sections
    )
    plan = Outline(brief=document.brief, title=asked.title, sections=sections)
    replan(inside.database, document.id, plan, origins)
    return document_out(inside.queue.documents.load(document.id))


@router.put("/documents/{document_id}/sections/{position}")
@request_class(SHORT)
def edit_section(
    document: OwnedDocument, position: Position, edit: SectionEdit, inside: ServicesDep
) -> Saved:
    """A person's text: it is final; 409 with both texts when the section has changed."""
    return _saved(inside, document, position, edit)


@router.get("/documents/{document_id}/sections/{position}/revisions")
@request_class(SHORT)
def list_revisions(
    document: OwnedDocument, position: Position, inside: ServicesDep
) -> list[RevisionOut]:
    """Every text the section had or that was tried for it, oldest first."""
    found = inside.queue.documents.revisions(document.id, position)
    return [RevisionOut.model_validate(one, from_attributes=True) for one in found]


@router.get("/documents/{document_id}/sections/{position}/revisions/{revision_id}/diff")
@request_class(SHORT)
def diff_revision(
    document: OwnedDocument, position: Position, revision_id: Number, inside: ServicesDep
) -> DiffOut:
    old = _revision(inside, document, position, revision_id).text.splitlines()
    new = document.sections[position].text.splitlines()
    lines = difflib.unified_diff(old, new, str(revision_id), "now", lineterm="")
    return DiffOut(lines=list(lines))


@router.post("/documents/{document_id}/sections/{position}/revisions/{revision_id}/restore")
@request_class(SHORT)
def restore_revision(
    document: OwnedDocument, position: Position, revision_id: Number, inside: ServicesDep
) -> Saved:
    """Give the section the text that it had; what it has now is kept as a revision."""
    text = _revision(inside, document, position, revision_id).text
    edit = SectionEdit(text=text, version=document.sections[position].version)
    return _saved(inside, document, position, edit)


@router.get("/documents/{document_id}/history")
@request_class(SHORT)
def read_history(
    document: OwnedDocument, inside: ServicesDep, limit: Annotated[int, Query(ge=1, le=2000)] = 500
) -> list[EntryOut]:
    """The revisions of all sections, newest first, without their texts."""
    found = history(inside.database, document.id, limit)
    return [EntryOut.model_validate(one, from_attributes=True) for one in found]


@router.get("/documents/{document_id}/snapshots")
@request_class(SHORT)
def list_snapshots(document: OwnedDocument, inside: ServicesDep) -> list[SnapshotOut]:
    return [
        _snapshot_out(snapshot) for snapshot in inside.library.snapshots.of_document(document.id)
    ]


@router.post("/documents/{document_id}/snapshots", status_code=201)
@request_class(SHORT)
def make_snapshot(document: OwnedDocument, asked: SnapshotIn, inside: ServicesDep) -> SnapshotOut:
    """Keep all sections as they are, under a name; 409 while there is no outline."""
    if document.plan is None:
        raise HttpError(refusals.NOT_WRITTEN)
    return _snapshot_out(inside.library.snapshots.take(document.id, asked.name))


@router.post("/documents/{document_id}/snapshots/{snapshot_id}/restore", status_code=204)
@request_class(SHORT)
def restore_snapshot(document: OwnedDocument, snapshot_id: str, inside: ServicesDep) -> None:
    inside.library.snapshots.restore(document.id, snapshot_id)


@router.get("/search")
@request_class(SHORT)
def search(
    who: CurrentPrincipal, inside: ServicesDep, q: Annotated[str, Query(max_length=200)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[HitOut]:  # fmt: skip
    """Sections that have these words, in Chinese or English, whatever their case."""
    found = inside.library.search.find(who.user_id, q, limit)
    return [HitOut.model_validate(one, from_attributes=True) for one in found]


@router.delete("/trash")
@request_class(SHORT)
def empty_trash(who: CurrentPrincipal, inside: ServicesDep) -> dict[str, int]:
    """Delete for good what is in the trash; documents that are being written stay."""
    return {"deleted": inside.library.trash.purge(owner=who.user_id, before=float("inf"))}


def _create(inside: Services, document_id: str, owner: str, asked: NewDocument) -> None:
    documents = inside.queue.documents
    if not documents.exists(document_id):
        seed = new_seed() if asked.seed is None else asked.seed
        documents.create(asked.brief, asked.mode, seed, document_id, owner)
    if asked.plan is not None:
        plan = asked.plan.model_copy(update={"brief": asked.brief})
        facts = as_json(PlanReady(plan, from_model=False))
        facts["brief"] = asked.brief.model_dump(mode="json")
        documents.set_outline(document_id, plan, facts)


def _started(inside: Services, document_id: str) -> Started:
    job = inside.queue.jobs.exact(document_id)
    document = document_out(inside.queue.documents.load(document_id))
    return Started(document=document, job=job_out(job) if job else None)


def _saved(inside: Services, document: StoredDocument, position: int, edit: SectionEdit) -> Saved:
    documents = inside.queue.documents
    try:
        version = documents.edit(document.id, position, edit.version, edit.text)
    except StaleSectionError as error:
        now = documents.load(document.id).sections[position]
        raise ConflictError(error, edit.text, now.text, now.version) from error
    return Saved(version=version)


def _revision(
    inside: Services, document: StoredDocument, position: int, revision_id: int
) -> StoredRevision:
    for revision in inside.queue.documents.revisions(document.id, position):
        if revision.id == revision_id:
            return revision
    raise UnknownDocumentError(id=f"{document.id}#{position + 1}@{revision_id}")


def _snapshot_out(one: Snapshot) -> SnapshotOut:
    headings = [planned.heading for planned in one.plan.sections]
    return SnapshotOut(
        id=one.id, name=one.name, created=one.created, headings=headings, texts=list(one.texts)
    )
