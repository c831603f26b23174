"""Comparison of headings; numbering, markup and case do not count."""

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
    """A key that is equal for titles that differ only in numbering, markup or case."""
    bare = _NUMBERING.sub("", title)
    return _NOT_LETTERS.sub("", bare or title).casefold()


def by_title(document: MarkdownDocument) -> dict[str, Section]:
    """Sections by `same_title` key; of several, the first."""
    sections: dict[str, Section] = {}
    for section in document.sections:
        if section.heading:
            sections.setdefault(same_title(section.title), section)
    return sections


def has_content(section: Section) -> bool:
    """Whether the section or a subsection has content; horizontal rules do not count."""
    own = any(
        block.words > 0 or bool(block.prose.strip())
        if isinstance(block, TextBlock)
        else block.kind in {"code", "table", "math", "html", "directive"}
        for block in section.body
    )
    return own or any(has_content(child) for child in section.children)
