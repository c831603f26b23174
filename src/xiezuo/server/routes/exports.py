"""A document as a file, and how that file will look."""

import base64
import time
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, BaseModel, WithJsonSchema

from xiezuo.errors import ExportToolMissingError
from xiezuo.formats.exporting import export, missing
from xiezuo.formats.registry import BY_ID, EXPORTED, FORMATS, Format
from xiezuo.formats.source import Source, file_name
from xiezuo.formats.writers import code_archive, pdf
from xiezuo.server import refusals
from xiezuo.server.dependencies import CurrentPrincipal, OwnedDocument, Services, ServicesDep
from xiezuo.server.errors import HttpError
from xiezuo.server.request_classes import EXPORT, SHORT, request_class
from xiezuo.store.records import StoredDocument

router = APIRouter(prefix="/api", tags=["documents"])
FrontMatter = Annotated[bool, Query(description="Title and dates before Markdown, as YAML.")]


# A preview is framed by the studio only, as a page of no origin: no script, no form, no link out.
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)
MOST_PAGES = 20  # of a PDF that are shown before it is made


def _exported(kind: str) -> str:
    if kind not in _EXPORTED_IDS:
        raise ValueError(f"it must be one of {', '.join(_EXPORTED_IDS)}")
    return kind


_EXPORTED_IDS = [each.id for each in EXPORTED]
ExportedFormat = Annotated[
    str, AfterValidator(_exported), WithJsonSchema({"type": "string", "enum": _EXPORTED_IDS})
]


class FormatOut(BaseModel):
    """A format of files.

    `exports` is whether documents can be exported in it, `imports` whether such files can become
    documents. Both need the converters that are `missing` here; `remedy` says how to install them.
    """

    id: str
    name: str
    endings: list[str]
    media_type: str
    exports: bool
    imports: bool
    missing: list[str]
    remedy: str | None


class PagesOut(BaseModel):
    """The first pages of the PDF as `data:` addresses of pictures, and how many it will have."""

    count: int
    pages: list[str]


@router.get("/formats")
@request_class(SHORT)
def list_formats(_: CurrentPrincipal) -> list[FormatOut]:
    """The formats of export and import, and the converters that this server lacks for them."""
    return [_format_out(each) for each in FORMATS]


@router.get(
    "/documents/{document_id}/export/{kind}",
    response_class=Response,
    responses={200: {"content": {each.media_type: {} for each in EXPORTED}}},
)
@request_class(EXPORT)
async def export_document(
    document: OwnedDocument,
    kind: ExportedFormat,
    inside: ServicesDep,
    *,
    front_matter: FrontMatter = False,
) -> Response:
    """The document as a file; `GET /api/formats` lists the formats."""
    source = _source(document, inside, front_matter=front_matter)
    made = await run_in_threadpool(export, source, kind)
    return Response(made, media_type=BY_ID[kind].media_type, headers=_as_file(document, kind))


@router.get(
    "/documents/{document_id}/preview",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}},
)
@request_class(EXPORT)
async def preview_document(document: OwnedDocument, inside: ServicesDep) -> Response:
    """The exported HTML for a frame of the studio, where it can do nothing."""
    made = await run_in_threadpool(export, _source(document, inside), "html")
    headers = {"Content-Security-Policy": PREVIEW_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return Response(made, media_type="text/html", headers=headers)


@router.get("/documents/{document_id}/pages")
@request_class(EXPORT)
async def preview_pages(document: OwnedDocument, inside: ServicesDep) -> PagesOut:
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
def export_code(document: OwnedDocument, inside: ServicesDep) -> Response:
    """The document's code blocks as files; 404 when it has none."""
    files = code_archive.code_files(_source(document, inside).text)
    if not files:
        raise HttpError(refusals.NO_CODE)
    made = code_archive.as_zip(files)
    return Response(made, media_type="application/zip", headers=_as_file(document, "zip"))


def _format_out(each: Format) -> FormatOut:
    lacking = missing(each)
    return FormatOut(
        id=each.id,
        name=str(each.name),
        endings=list(each.endings),
        media_type=each.media_type,
        exports=each.writer is not None,
        imports=each.reader is not None,
        missing=list(lacking),
        remedy=ExportToolMissingError(tool=", ".join(lacking)).advice if lacking else None,
    )


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
