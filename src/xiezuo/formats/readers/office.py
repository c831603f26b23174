"""Reads DOCX and EPUB with pandoc after checking the archive.

Both are zip archives of XML. Nothing is written to disk. The unpacked size is measured before
pandoc runs, and XML that defines entities is refused because entities can expand without limit.
"""

import io
import re
import zipfile
import zlib
from typing import Literal

from xiezuo.errors import ExportError, ImportFileError
from xiezuo.formats import pandoc
from xiezuo.formats.readers.limits import check_length
from xiezuo.i18n import Text

MOST_ENTRIES = 5_000
MOST_UNPACKED = 128 * 1024 * 1024  # bytes; most of them are pictures, which are not imported
MOST_XML = 48 * 1024 * 1024  # bytes of text and structure
_XML = re.compile(r"(?i)\.(?:xml|rels|x?html?|opf|ncx)$")
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|\\|(?:^|/)\.\.(?:/|$)|\x00")
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_ENCRYPTED = 0x1
_CHUNK = 1024 * 1024
_WRITER = "commonmark+pipe_tables+strikeout+footnotes+task_lists+tex_math_dollars"
_REFUSED = Text("it is not safe to open", "文件不安全")
_DAMAGED = Text("it is damaged or not of the type its name says", "文件已损坏，或与扩展名不符")
_UNREADABLE = (  # raised by `zipfile` for damaged files
    *(OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error),
    *(NotImplementedError, RuntimeError),
)


def read_docx(content: bytes) -> str:
    return _read(content, "docx")


def read_epub(content: bytes) -> str:
    return _read(content, "epub", "--metadata=epub:1")


def _read(content: bytes, kind: Literal["docx", "epub"], *options: str) -> str:
    """The file as Markdown, without pictures.

    Raises:
        ImportFileError: the file is damaged, encrypted or malicious.
        ExportToolMissingError: pandoc is not installed.
    """
    check(content)
    try:
        markdown = pandoc.convert(
            content,
            f"--from={kind}",
            f"--to={_WRITER}",
            f"--lua-filter={pandoc.lua_filter('reading.lua')}",
            "--wrap=none",
            "--markdown-headings=atx",
            "--track-changes=accept",
            *options,
        )
    except ExportError as error:
        if type(error) is not ExportError:
            raise
        raise _error(_DAMAGED, str(error.facts["problem"])) from error
    return check_length(markdown.decode("utf-8", "replace").replace("\0", ""))


def check(content: bytes) -> None:
    """Check an archive by unpacking it once, without storing anything.

    Raises:
        ImportFileError: it unpacks to too much, has paths outside of itself, or defines entities.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise _error(_REFUSED, f"> {MOST_ENTRIES} files")
            unpacked = xml = 0
            for entry in entries:
                if _OUTSIDE.search(entry.orig_filename):
                    raise _error(_REFUSED, "a path leads outside the archive")
                if entry.flag_bits & _ENCRYPTED:
                    raise _error(_DAMAGED, "encrypted")
                size = _size(archive, entry, min(MOST_UNPACKED - unpacked, MOST_XML - xml))
                unpacked += size
                xml += size if _XML.search(entry.filename) else 0
    except _UNREADABLE as error:
        raise _error(_DAMAGED, type(error).__name__) from error


def _size(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> int:
    """The real unpacked size of an entry in bytes, whatever its header claims."""
    size, before = 0, b""
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise _error(_REFUSED, "it unpacks to too much data")
            if _XML.search(entry.filename):
                if _ENTITY.search(before + chunk.replace(b"\0", b"")):
                    raise _error(_REFUSED, "its XML defines entities")
                before = chunk[-16:].replace(b"\0", b"")
    return size


def _error(problem: Text, detail: str) -> ImportFileError:
    hint = Text(
        f"Open it in the program that created it and save it again ({detail}).",
        f"请用创建它的程序打开并重新保存（{detail}）。",
    )
    return ImportFileError(problem=problem, hint=hint)
