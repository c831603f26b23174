"""A document as a file, and how that file will look."""

import base64
import time
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from xiezuo.export import MEDIA_TYPES, Format, code, export, pdf
from xiezuo.export.source import Source, file_name
from xiezuo.language import Text
from xiezuo.server.problems import HttpError
from xiezuo.server.request_classes import EXPORT, request_class
from xiezuo.server.services import In, Owned, Services
from xiezuo.store.records import StoredDocument

router = APIRouter(prefix="/api", tags=["documents"])
FrontMatter = Annotated[bool, Query(description="Title and dates before Markdown, as YAML.")]


# A preview is framed by the studio only, as a page of no origin: no script, no form, no link out.
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)
MOST_PAGES = 20  # of a PDF that are shown before it is made


class PagesOut(BaseModel):
    """The first pages of the PDF as `data:` addresses of pictures, and how many it will have."""

    count: int
    pages: list[str]


@router.get(
    "/documents/{document_id}/export/{kind}",
    response_class=Response,
    responses={200: {"content": {one: {} for one in MEDIA_TYPES.values()}}},
)
@request_class(EXPORT)
async def export_document(
    document: Owned, kind: Format, inside: In, *, front_matter: FrontMatter = False
) -> Response:
    """The document as Markdown, HTML, DOCX, EPUB or PDF."""
    source = _source(document, inside, front_matter=front_matter)
    made = await run_in_threadpool(export, source, kind)
    return Response(made, media_type=MEDIA_TYPES[kind], headers=_as_file(document, kind))


@router.get(
    "/documents/{document_id}/preview",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}},
)
@request_class(EXPORT)
async def preview_document(document: Owned, inside: In) -> Response:
    """The exported HTML for a frame of the studio, where it can do nothing."""
    made = await run_in_threadpool(export, _source(document, inside), "html")
    headers = {"Content-Security-Policy": PREVIEW_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return Response(made, media_type="text/html", headers=headers)


@router.get("/documents/{document_id}/pages")
@request_class(EXPORT)
async def preview_pages(document: Owned, inside: In) -> PagesOut:
    """The first pages of the PDF as pictures."""
    made = await run_in_threadpool(pdf.pages, _source(document, inside))
    shown = [base64.b64encode(one).decode() for one in made[:MOST_PAGES]]
    return PagesOut(count=len(made), pages=[f"data:image/png;base64,{one}" for one in shown])


@router.get(
    "/documents/{document_id}/code.zip",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
)
@request_class(EXPORT)
def export_code(document: Owned, inside: In) -> Response:
    """The document's code blocks as files; 404 when it has none."""
    files = code.code_files(_source(document, inside).text)
    if not files:
        raise HttpError(404, "NoCode", Text("There is no code in it.", "文中没有代码。"))
    made = code.as_zip(files)
    return Response(made, media_type="application/zip", headers=_as_file(document, "zip"))


def _source(document: StoredDocument, inside: Services, *, front_matter: bool = False) -> Source:
    return Source(
        document.manuscript().text if document.plan else "",
        document.brief.written_in,
        _facts(document, _title(document)) if front_matter else {},
        inside.studio.settings.data_dir / "fonts",
    )


def _as_file(document: StoredDocument, ending: str) -> dict[str, str]:
    name = quote(f"{file_name(_title(document))}.{ending}")
    names = f"filename=\"document.{ending}\"; filename*=UTF-8''{name}"
    return {"Content-Disposition": f"attachment; {names}"}


def _title(document: StoredDocument) -> str | None:
    return document.plan.title if document.plan else None


def _facts(document: StoredDocument, title: str | None) -> dict[str, str]:
    days = {"created": document.created, "updated": document.updated}
    dates = {name: time.strftime("%Y-%m-%d", time.gmtime(at)) for name, at in days.items()}
    return {"title": title or "", **dates}
