"""Exports the code blocks of a document as files in a zip archive."""

import io
import re
import zipfile
from itertools import count

from xiezuo.formats.source import file_name
from xiezuo.markdown.blocks import CodeBlock
from xiezuo.markdown.document import MarkdownDocument

_ENDINGS = {
    "python": "py",
    "python3": "py",
    "javascript": "js",
    "typescript": "ts",
    "shell": "sh",
    "bash": "sh",
    "console": "txt",
    "rust": "rs",
    "ruby": "rb",
    "markdown": "md",
    "yaml": "yaml",
    "c++": "cpp",
    "csharp": "cs",
    "kotlin": "kt",
    "golang": "go",
    "powershell": "ps1",
    "text": "txt",
}
_SHORT = re.compile(r"[a-z0-9]{1,8}$")
# `title="app.py"` as in MkDocs and Docusaurus, or `filename=app.py`
_NAMED = re.compile(r"""(?:title|filename|file)\s*=\s*["']?([\w.\-/\\]+)""")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # fixed, so that the same text gives the same bytes


def code_files(text: str) -> dict[str, str]:
    """The code blocks of `text` by unique file names.

    The name comes from the info string of the block, else from the heading above it.
    """
    files: dict[str, str] = {}
    document = MarkdownDocument(text)
    for block in document.codes:
        if not block.content.strip():
            continue
        named = _NAMED.search(block.info)
        name = _safe_name(named[1]) if named else f"{_heading(document, block)}.{_ending(block)}"
        files[_unused_name(name, files)] = block.content.rstrip("\n") + "\n"
    return files


def as_zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content.encode("utf-8", "replace"))
    return buffer.getvalue()


def _ending(block: CodeBlock) -> str:
    language = block.language
    known = _ENDINGS.get(language)
    return known or (language if _SHORT.match(language) else "txt")


def _heading(document: MarkdownDocument, block: CodeBlock) -> str:
    above = [
        section.heading
        for section in document.sections
        if section.heading and section.heading.span.start < block.span.start
    ]
    shown = max(above, key=lambda heading: heading.span.start).shown if above else "code"
    return file_name(shown).replace(" ", "-")


def _safe_name(path: str) -> str:
    name = re.split(r"[/\\]", path)[-1]
    stem, dot, ending = name.rpartition(".")
    return f"{file_name(stem)}.{ending}" if dot and stem else f"{file_name(name)}.txt"


def _unused_name(name: str, taken: dict[str, str]) -> str:
    if name not in taken:
        return name
    stem, _, ending = name.rpartition(".")
    return next(
        candidate for number in count(2) if (candidate := f"{stem}-{number}.{ending}") not in taken
    )
