"""Documents as files for others."""

from xiezuo.errors import ExportToolMissingError
from xiezuo.formats import pandoc
from xiezuo.formats.registry import BY_ID, Converter, Format
from xiezuo.formats.source import Source
from xiezuo.formats.writers import pdf

_PROGRAMS = {"pandoc": pandoc.program, "typst": pdf.typst}


def export(source: Source, format_id: str) -> bytes:
    """The document as a file; it may take seconds, so not in an event loop.

    Raises:
        ExportToolMissingError: pandoc or typst is not installed.
        FontMissingError: a PDF in Chinese, and no font that has its characters.
        ExportError: the text is more than the converter can do.
    """
    return BY_ID[format_id].write(source)


def missing(of: Format) -> list[Converter]:
    """The converters that a format needs and this machine does not have."""
    return [converter for converter in of.needs if not _is_installed(converter)]


def _is_installed(converter: Converter) -> bool:
    try:
        _PROGRAMS[converter]()
    except ExportToolMissingError:
        return False
    return True
