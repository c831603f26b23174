"""Import of files as documents."""

from pathlib import PurePath

from xiezuo.errors import ImportFileError
from xiezuo.formats.outline import Imported, divide
from xiezuo.formats.readers.limits import LARGEST_FILE, too_large
from xiezuo.formats.registry import IMPORTED, format_of
from xiezuo.i18n import Text


def read_file(name: str, content: bytes) -> Imported:
    """Import a file as a title and sections; takes seconds, so do not call it in an event loop.

    `name` only gives the format, by its ending, and the title of a text that has none; no file of
    that name is read or written.

    Raises:
        ImportFileError: the format is unsupported; or too large, damaged, not UTF-8 or empty.
        ExportToolMissingError: the file is DOCX or EPUB and pandoc is not installed.
    """
    path = PurePath(name.replace("\\", "/"))
    file_format = format_of(path)
    if file_format is None or file_format.reader is None:
        known = ", ".join(ending for row in IMPORTED for ending in row.endings)
        raise ImportFileError(
            problem=Text("its format is not supported", "不支持这种格式"),
            hint=Text(f"Use one of these formats: {known}.", f"请使用以下格式：{known}。"),
        )
    if len(content) > LARGEST_FILE:
        raise too_large()
    return divide(file_format.read(content), path.stem)
