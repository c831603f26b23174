"""Reads text files: UTF-8 with or without a byte order mark."""

import re

from xiezuo.errors import ImportFileError
from xiezuo.formats.readers.limits import check_length
from xiezuo.i18n import Text

_LINE_END = re.compile(r"\r\n?|[\u2028\u2029\x85]")
_LEADING = re.compile(r"^(?=[#+|:=]|-(?:[\s-]|$))", re.MULTILINE)
_NUMBER = re.compile(r"^(\d{1,9})(?=[.)](?:\s|$))", re.MULTILINE)
_INLINE = re.compile(r"([\\`*_\[\]<>$&~])")


def read_markdown(content: bytes) -> str:
    return check_length(decode(content))


def read_text(content: bytes) -> str:
    return as_markdown(check_length(decode(content)))


def decode(content: bytes) -> str:
    """Decode `content` and normalize line ends to LF.

    Raises:
        ImportFileError: it is not UTF-8 (the error names the line) or contains U+0000.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ImportFileError(
            problem=Text(f"line {line} is not UTF-8", f"第 {line} 行不是 UTF-8 编码"),
            hint=Text(
                "Save it as UTF-8 (for a file from older Chinese Windows: "
                "`iconv -f GB18030 -t UTF-8`).",
                "请以 UTF-8 保存（旧版中文 Windows 的文件可用 `iconv -f GB18030 -t UTF-8` 转换）。",
            ),
        ) from error
    if "\0" in text:
        raise ImportFileError(
            problem=Text("it is not a text file", "不是文本文件"),
            hint=Text(
                "It contains U+0000; save it as plain text.", "内容含有 U+0000；请另存为纯文本。"
            ),
        )
    return _LINE_END.sub("\n", text)


def as_markdown(text: str) -> str:
    """Plain text as Markdown that shows the same characters; blank lines separate paragraphs."""
    escaped = _INLINE.sub(r"\\\1", text)
    lines = "\n".join(line.strip() for line in escaped.split("\n"))
    return _NUMBER.sub(r"\1\\", _LEADING.sub(r"\\", lines))
