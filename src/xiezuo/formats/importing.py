"""Files of others as documents."""

from pathlib import PurePath

from xiezuo.errors import ImportFileError
from xiezuo.formats.outline import Imported, divide
from xiezuo.formats.readers.limits import LARGEST_FILE, too_large
from xiezuo.formats.registry import IMPORTED, format_of
from xiezuo.i18n import Text


def read_file(name: str, content: bytes) -> Imported:
    """The file `name` as a title and sections; it may take seconds, so not in an event loop.

    Only the ending of `name` and, where the text has no title, its stem are looked at; no file of
    that name is read or written.

    Raises:
        ImportFileError: of another kind, too large, damaged, not UTF-8, or without words.
        ExportToolMissingError: DOCX or EPUB, and pandoc is not installed.
    """
    path = PurePath(name.replace("\\", "/"))
    found = format_of(path)
    if found is None or found.reader is None:
        known = ", ".join(ending for each in IMPORTED for ending in each.endings)
        raise ImportFileError(
            problem=Text("files of this kind cannot be read", "不支持这种文件"),
            hint=Text(f"Give one of these: {known}.", f"请使用以下类型：{known}。"),
        )
    if len(content) > LARGEST_FILE:
        raise too_large()
    return divide(found.read(content), path.stem)
