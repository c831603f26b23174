"""Files of others as documents: Markdown, plain text, DOCX, EPUB."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Literal

from xiezuo.errors import ImportFileError
from xiezuo.importing import office, plain
from xiezuo.importing.outline import Imported, divide
from xiezuo.language import Text

Kind = Literal["markdown", "text", "docx", "epub"]
ENDINGS: Mapping[str, Kind] = {
    ".md": "markdown", ".markdown": "markdown", ".txt": "text", ".docx": "docx", ".epub": "epub",
}  # fmt: skip
LARGEST_FILE = 12 * 1024 * 1024  # bytes
LONGEST_TEXT = 2_000_000  # characters of Markdown; a long book


def read_file(name: str, content: bytes) -> Imported:
    """The file `name` as a title and sections; it may take seconds, so not in an event loop.

    Only the ending of `name` and, where the text has no title, its stem are looked at; no file of
    that name is read or written.

    Raises:
        ImportFileError: of another kind, too large, damaged, not UTF-8, or without words.
        ExportToolMissingError: DOCX or EPUB, and pandoc is not installed.
    """
    path = PurePath(name.replace("\\", "/"))
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(ENDINGS)
        raise ImportFileError(
            problem=Text("files of this kind cannot be read", "不支持这种文件"),
            hint=Text(f"Give one of these: {known}.", f"请使用以下类型：{known}。"),
        )
    if len(content) > LARGEST_FILE:
        raise _too_large()
    if kind in {"docx", "epub"}:
        text = office.read(content, "docx" if kind == "docx" else "epub")
    else:
        text = plain.decode(content)
    if len(text) > LONGEST_TEXT:
        raise _too_large()
    return divide(plain.as_markdown(text) if kind == "text" else text, path.stem)


def _too_large() -> ImportFileError:
    return ImportFileError(
        problem=Text("it is too large", "文件过大"),
        hint=Text(
            f"At most {LARGEST_FILE // 1024**2} MB and {LONGEST_TEXT:,} characters; divide it.",
            f"最多 {LARGEST_FILE // 1024**2} MB、{LONGEST_TEXT:,} 个字符；请拆分后再导入。",
        ),
    )
