"""Documents as files for others: Markdown, HTML, DOCX, EPUB, PDF."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from xiezuo.export import docx, epub, html, markdown, pdf
from xiezuo.export.source import Source

Format = Literal["md", "html", "docx", "epub", "pdf"]
FORMATS: tuple[Format, ...] = ("md", "html", "docx", "epub", "pdf")
MEDIA_TYPES: Mapping[Format, str] = {
    "md": "text/markdown",
    "html": "text/html",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "epub": "application/epub+zip",
    "pdf": "application/pdf",
}
_WRITERS: Mapping[Format, Callable[[Source], bytes]] = {
    "md": markdown.convert,
    "html": html.convert,
    "docx": docx.convert,
    "epub": epub.convert,
    "pdf": pdf.convert,
}


def export(source: Source, kind: Format) -> bytes:
    """The document as a file of `kind`; it may take seconds, so not in an event loop.

    Raises:
        ExportToolMissingError: pandoc or typst is not installed.
        FontMissingError: a PDF in Chinese, and no font that has its characters.
        ExportError: the text is more than the converter can do.
    """
    return _WRITERS[kind](source)


def format_of(path: Path) -> Format | None:
    """The format that a file's name asks for."""
    return next((one for one in FORMATS if path.suffix.lower() == f".{one}"), None)
