"""A document as a file."""

import time
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool

from xiezuo.export import MEDIA_TYPES, Format, export
from xiezuo.export.source import Source, file_name
from xiezuo.server.services import In, Owned
from xiezuo.store.records import StoredDocument

router = APIRouter(prefix="/api", tags=["documents"])
FrontMatter = Annotated[bool, Query(description="Title and dates before Markdown, as YAML.")]


@router.get(
    "/documents/{document_id}/export/{kind}",
    response_class=Response,
    responses={200: {"content": {one: {} for one in MEDIA_TYPES.values()}}},
)
async def export_document(
    document: Owned, kind: Format, inside: In, *, front_matter: FrontMatter = False
) -> Response:
    """The document as Markdown, HTML, DOCX, EPUB or PDF."""
    title = document.plan.title if document.plan else None
    source = Source(
        document.manuscript().text if document.plan else "",
        document.brief.written_in,
        _facts(document, title) if front_matter else {},
        inside.studio.settings.data_dir / "fonts",
    )
    async with inside.exporting:
        made = await run_in_threadpool(export, source, kind)
    name = quote(f"{file_name(title)}.{kind}")
    disposition = f"attachment; filename=\"document.{kind}\"; filename*=UTF-8''{name}"
    return Response(
        made, media_type=MEDIA_TYPES[kind], headers={"Content-Disposition": disposition}
    )


def _facts(document: StoredDocument, title: str | None) -> dict[str, str]:
    days = {"created": document.created, "updated": document.updated}
    dates = {name: time.strftime("%Y-%m-%d", time.gmtime(at)) for name, at in days.items()}
    return {"title": title or "", **dates}
