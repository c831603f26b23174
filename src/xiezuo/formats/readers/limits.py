"""Size limits of imported files."""

from xiezuo.errors import ImportFileError
from xiezuo.i18n import Text

LARGEST_FILE = 12 * 1024 * 1024  # bytes
LONGEST_TEXT = 2_000_000  # characters of Markdown; a long book


def check_length(text: str) -> str:
    """Return `text` unchanged.

    Raises:
        ImportFileError: the text is too long.
    """
    if len(text) > LONGEST_TEXT:
        raise too_large()
    return text


def too_large() -> ImportFileError:
    return ImportFileError(
        problem=Text("it is too large", "文件过大"),
        hint=Text(
            f"At most {LARGEST_FILE // 1024**2} MB and {LONGEST_TEXT:,} characters; split it up.",
            f"最多 {LARGEST_FILE // 1024**2} MB、{LONGEST_TEXT:,} 个字符；请拆分后再导入。",
        ),
    )
