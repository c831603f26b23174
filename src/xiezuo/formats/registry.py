"""The file formats, one row each, for export, import, the CLI, the API and the studio.

Rows name the modules of their writers and readers, which are loaded on first use, so that the
command line can list the formats without loading a converter.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, cast

from xiezuo.formats.source import Source
from xiezuo.i18n import Language, Text

Converter = Literal["pandoc", "typst"]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Attributes:
        id: used in URLs and in code; it never changes.
        endings: of file names; exported files get the first.
        writer: the module of `xiezuo.formats.writers` that exports it; None if nothing does.
        reader: module and function of `xiezuo.formats.readers` that import it; None if
            nothing does.
        needs: the converters that export and import require.
    """

    id: str
    endings: tuple[str, ...]
    media_type: str
    name: Text
    writer: str | None = None
    reader: str | None = None
    needs: tuple[Converter, ...] = ()

    def write(self, source: Source) -> bytes:
        assert self.writer is not None
        module = importlib.import_module(f"xiezuo.formats.writers.{self.writer}")
        return cast("Callable[[Source], bytes]", module.write)(source)

    def read(self, content: bytes) -> str:
        """Convert the bytes of a file to Markdown."""
        assert self.reader is not None
        name, _, function = self.reader.partition(".")
        module = importlib.import_module(f"xiezuo.formats.readers.{name}")
        return cast("Callable[[bytes], str]", getattr(module, function))(content)


FORMATS = (
    Format(
        "md",
        (".md", ".markdown"),
        "text/markdown",
        Text("Markdown", "Markdown"),
        writer="markdown",
        reader="plain.read_markdown",
    ),
    Format("txt", (".txt",), "text/plain", Text("plain text", "纯文本"), reader="plain.read_text"),
    Format(
        "html",
        (".html",),
        "text/html",
        Text("HTML", "HTML"),
        writer="html",
        needs=("pandoc",),
    ),
    Format(
        "docx",
        (".docx",),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Text("DOCX", "DOCX"),
        writer="docx",
        reader="office.read_docx",
        needs=("pandoc",),
    ),
    Format(
        "epub",
        (".epub",),
        "application/epub+zip",
        Text("EPUB", "EPUB"),
        writer="epub",
        reader="office.read_epub",
        needs=("pandoc",),
    ),
    Format(
        "pdf",
        (".pdf",),
        "application/pdf",
        Text("PDF", "PDF"),
        writer="pdf",
        needs=("pandoc", "typst"),
    ),
)
EXPORTED = tuple(row for row in FORMATS if row.writer)
IMPORTED = tuple(row for row in FORMATS if row.reader)
BY_ID = {row.id: row for row in FORMATS}


def format_of(path: PurePath) -> Format | None:
    """The format of a file, by the ending of its name."""
    ending = path.suffix.lower()
    return next((row for row in FORMATS if ending in row.endings), None)


def names(formats: tuple[Format, ...], language: Language) -> str:
    """The names of the formats for a sentence: "HTML, DOCX or PDF"."""
    *first, last = (row.name.in_language(language) for row in formats)
    comma, conjunction = (", ", " or ") if language == "en" else ("、", " 或 ")
    return conjunction.join([comma.join(first), last]) if first else last
