"""Comparing headings: the same title with other numbering, markup or case is the same."""

import re

from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.document import MarkdownDocument, Section

_NUMBERING = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十百\d]+[章节部分]*[、.．:：)）\s]+|[（(][一二三四五六七八九十\d]+[)）]|"
    r"(?:chapter|section|part|step)\s+\d+[.:]?\s*|\d+(?:\.\d+)*[.)]?\s+)",
    re.IGNORECASE,
)
_NOT_LETTERS = re.compile(r"[\W_]+")


def same_title(title: str) -> str:
    """A key that is equal for headings that mean the same."""
    bare = _NUMBERING.sub("", title)
    return _NOT_LETTERS.sub("", bare or title).casefold()


def by_title(document: MarkdownDocument) -> dict[str, Section]:
    """Sections by title; the first wins."""
    found: dict[str, Section] = {}
    for section in document.sections:
        if section.heading:
            found.setdefault(same_title(section.title), section)
    return found


def has_content(section: Section) -> bool:
    """Whether anything stands in it or below it; rules and HTML do not count as text."""
    own = any(
        block.words > 0 or bool(block.prose.strip())
        if isinstance(block, TextBlock)
        else block.kind in {"code", "table", "math", "html", "directive"}
        for block in section.body
    )
    return own or any(has_content(child) for child in section.children)
