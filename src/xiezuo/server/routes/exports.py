"""Exports and their previews."""

import base64
import time
from typing import Annotated, Any
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
FrontMatter = Annotated[bool, Query(description="Put title and dates before Markdown, as YAML.")]


# Only the studio may frame a preview, without an origin: no scripts, forms or external links.
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)
MOST_PAGES = 20  # of a PDF preview


def _check_exported(kind: str) -> str:
    if kind not in _EXPORTED_IDS:
        raise ValueError(f"it must be one of {', '.join(_EXPORTED_IDS)}")
    return kind


_EXPORTED_IDS = [format_.id for format_ in EXPORTED]
_EXPORTED_TYPES: dict[int | str, dict[str, Any]] = {
    200: {"content": {format_.media_type: {} for format_ in EXPORTED}}
}
ExportedFormat = Annotated[
    str, AfterValidator(_check_exported), WithJsonSchema({"type": "string", "enum": _EXPORTED_IDS})
]


class FormatOut(BaseModel):
    """A file format.

    `exports` is whether documents can be exported to it, `imports` whether its files can be
    imported. Converters that are not installed are `missing`; `remedy` says how to install them.
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
    """The first pages of the PDF as images in `data:` URLs, and the number of all pages."""

    count: int
    pages: list[str]


@router.get("/formats")
@request_class(SHORT)
def list_formats(_: CurrentPrincipal) -> list[FormatOut]:
    """The export and import formats, and the converters that are missing on this server."""
    return [_format_out(format_) for format_ in FORMATS]


@router.get(
    "/documents/{document_id}/export/{kind}",
    response_class=Response,
    responses=_EXPORTED_TYPES,
)
@request_class(EXPORT)
async def export_document(
    document: OwnedDocument,
    kind: ExportedFormat,
    services: ServicesDep,
    *,
    front_matter: FrontMatter = False,
) -> Response:
    """The document as a file; `GET /api/formats` lists the formats."""
    source = _source(document, services, front_matter=front_matter)
    content = await run_in_threadpool(export, source, kind)
    format_ = BY_ID[kind]
    headers = _as_file(document, format_.endings[0])
    return Response(content, media_type=format_.media_type, headers=headers)


@router.get(
    "/documents/{document_id}/preview",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}},
)
@request_class(EXPORT)
async def preview_document(document: OwnedDocument, services: ServicesDep) -> Response:
    """The exported HTML for a sandboxed frame of the studio."""
    page = await run_in_threadpool(export, _source(document, services), "html")
    headers = {"Content-Security-Policy": PREVIEW_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return Response(page, media_type="text/html", headers=headers)


@router.get("/documents/{document_id}/pages")
@request_class(EXPORT)
async def preview_pages(document: OwnedDocument, services: ServicesDep) -> PagesOut:
    """The first pages of the PDF as images."""
    images = await run_in_threadpool(pdf.pages, _source(document, services))
    encoded = [base64.b64encode(image).decode() for image in images[:MOST_PAGES]]
    pages = [f"data:image/png;base64,{image}" for image in encoded]
    return PagesOut(count=len(images), pages=pages)


@router.get(
    "/documents/{document_id}/code.zip",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
)
@request_class(EXPORT)
def export_code(document: OwnedDocument, services: ServicesDep) -> Response:
    """The document's code blocks as files; 404 if it has none."""
    files = code_archive.code_files(_source(document, services).text)
    if not files:
        raise HttpError(refusals.NO_CODE)
    archive = code_archive.as_zip(files)
    return Response(archive, media_type="application/zip", headers=_as_file(document, ".zip"))


def _format_out(format_: Format) -> FormatOut:
    missing_tools = missing(format_)
    return FormatOut(
        id=format_.id,
        name=str(format_.name),
        endings=list(format_.endings),
        media_type=format_.media_type,
        exports=format_.writer is not None,
        imports=format_.reader is not None,
        missing=list(missing_tools),
        remedy=ExportToolMissingError(tool=", ".join(missing_tools)).advice
        if missing_tools
        else None,
    )


def _source(document: StoredDocument, services: Services, *, front_matter: bool = False) -> Source:
    return Source(
        document.manuscript().text if document.plan else "",
        document.brief.written_in,
        _front_matter(document, _title(document)) if front_matter else {},
        services.studio.settings.data_dir / "fonts",
    )


def _as_file(document: StoredDocument, ending: str) -> dict[str, str]:
    name = quote(f"{file_name(_title(document))}{ending}")
    parameters = f"filename=\"document{ending}\"; filename*=UTF-8''{name}"
    return {"Content-Disposition": f"attachment; {parameters}"}


def _title(document: StoredDocument) -> str | None:
    return document.plan.title if document.plan else None


def _front_matter(document: StoredDocument, title: str | None) -> dict[str, str]:
    times = {"created": document.created, "updated": document.updated}
    dates = {name: time.strftime("%Y-%m-%d", time.gmtime(at)) for name, at in times.items()}
    return {"title": title or "", **dates}
