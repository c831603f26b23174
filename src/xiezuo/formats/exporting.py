"""Export of documents as files."""

from xiezuo.errors import ExportToolMissingError
from xiezuo.formats import pandoc
from xiezuo.formats.registry import BY_ID, Converter, Format
from xiezuo.formats.source import Source
from xiezuo.formats.writers import pdf

_PROGRAMS = {"pandoc": pandoc.program, "typst": pdf.typst}


def export(source: Source, format_id: str) -> bytes:
    """Export a document; takes up to minutes, so do not call it in an event loop.

    Raises:
        ExportToolMissingError: pandoc or typst is not installed.
        FontMissingError: the PDF has Chinese text and no installed font covers it.
        ExportError: the converter failed or timed out.
    """
    return BY_ID[format_id].write(source)


def missing(file_format: Format) -> list[Converter]:
    """The converters that a format needs and this machine lacks."""
    return [converter for converter in file_format.needs if not _is_installed(converter)]


def _is_installed(converter: Converter) -> bool:
    try:
        _PROGRAMS[converter]()
    except ExportToolMissingError:
        return False
    return True
