"""Division of Markdown into a title and sections."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from xiezuo.errors import ImportFileError
from xiezuo.i18n import Text
from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.markdown.words import TextLanguage, count_words
from xiezuo.writing.section.buffer import SECTION_LEVEL

MOST_SECTIONS = 400  # of an outline
_LONGEST_HEADING = 500
_DEEPEST = 6  # level of a Markdown heading
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TITLE = re.compile(r"^title:[ \t]*(?P<quote>[\"']?)(?P<title>.*?)(?P=quote)[ \t]*$", re.MULTILINE)
_START = Text("Introduction", "引言")


@dataclass(frozen=True, slots=True)
class ImportedSection:
    """A section; `chapter` is the heading of the chapter that begins with it, if one does."""

    heading: str
    text: str
    chapter: str | None = None

    @property
    def words(self) -> int:
        return count_words(self.text)


@dataclass(frozen=True, slots=True)
class Imported:
    """An imported document; every word of the file is in one of its parts."""

    title: str
    language: TextLanguage
    sections: tuple[ImportedSection, ...]


def divide(text: str, name: str) -> Imported:
    """Divide `text` into sections: one per heading of the highest level below the title.

    The title is the only level 1 heading if the text begins with it, else the title of the front
    matter, else `name`. If these sections contain only deeper sections, they become chapters.

    Raises:
        ImportFileError: the text is empty or has too many sections.
    """
    document = MarkdownDocument(text)
    if not text.strip():
        raise ImportFileError(
            problem=Text("it is empty", "内容为空"),
            hint=Text("Choose a file that has text.", "请选择有内容的文件。"),
        )
    headings = [heading for heading in document.headings if _shown(heading).strip("# ")]
    start, title = 0, ""
    front = next((block for block in document.blocks if block.kind == "front"), None)
    if front is not None:
        start = front.span.end
        title_line = _TITLE.search(front.span.of(text))
        title = title_line["title"] if title_line else ""
    if _is_title(text[start:], headings, start):
        title, start = _shown(headings[0]), headings[0].span.end
        headings = headings[1:]
    sections = _sections(text, start, headings, document.language)
    return Imported(
        title=_heading(title) or _heading(name) or "—",
        language=document.language,
        sections=sections,
    )


def _is_title(rest: str, headings: Sequence[TextBlock], start: int) -> bool:
    """Whether the first heading is a title: the only level 1 heading, with no text before it."""
    tops = [heading for heading in headings if heading.level == 1]
    first = headings[0] if headings else None
    return tops == [first] and first is not None and not rest[: first.span.start - start].strip()


def _sections(
    text: str, start: int, headings: Sequence[TextBlock], language: TextLanguage
) -> tuple[ImportedSection, ...]:
    level = min((heading.level for heading in headings), default=0)
    tops = [heading for heading in headings if heading.level == level]
    chapters = _chapters(text, headings, level)
    cuts = [heading for heading in headings if heading.level == level + 1] if chapters else tops
    if len(cuts) >= MOST_SECTIONS:
        chapters, cuts = {}, tops
    if len(cuts) >= MOST_SECTIONS:
        raise ImportFileError(
            problem=Text(
                f"it has more than {MOST_SECTIONS} sections", f"内容超过 {MOST_SECTIONS} 节"
            ),
            hint=Text("Split it into several files.", "请拆分为多个文件。"),
        )
    shift = SECTION_LEVEL - level
    lead = _body(text, start, tops[0].span.start if tops else len(text), (), 0)
    sections = [ImportedSection(_START.in_language(language), lead)] if lead else []
    ends = [*(heading.span.start for heading in cuts[1:]), len(text)]
    for cut, end in zip(cuts, ends, strict=True) if cuts else ():
        inner = [heading for heading in headings if cut.span.start < heading.span.start < end]
        later = next(
            (heading.span.start for heading in inner if heading.level == level and chapters), end
        )
        body = _body(
            text,
            cut.span.end,
            later,
            [heading for heading in inner if heading.level > cut.level],
            shift,
        )
        sections.append(_with_short_heading(_shown(cut), body, chapters.get(cut.span.start)))
    return tuple(sections)


def _chapters(text: str, headings: Sequence[TextBlock], level: int) -> dict[int, str]:
    """Chapter headings, by the offset of the first section of each.

    Empty unless every heading of `level` is directly followed by one of the next level.
    """
    chapters: dict[int, str] = {}
    for heading, following in zip_longest(headings, headings[1:]):
        if heading.level != level:
            continue
        bare = following is not None and not text[heading.span.end : following.span.start].strip()
        if following is None or following.level != level + 1 or not bare:
            return {}
        chapters[following.span.start] = _heading(_shown(heading))
    return chapters


def _with_short_heading(heading: str, text: str, chapter: str | None) -> ImportedSection:
    """A section; a heading that had to be shortened is repeated in full before its text."""
    shortened = _heading(heading)
    section = ImportedSection(shortened, text, chapter)
    whole = " ".join(heading.split())
    return (
        section if shortened == whole else replace(section, text=f"**{whole}**\n\n{text}".strip())
    )


def _body(text: str, start: int, end: int, inner: Sequence[TextBlock], shift: int) -> str:
    """The text from `start` to `end`, its headings moved by `shift` levels."""
    pieces: list[str] = []
    for heading in inner:
        pieces.append(text[start : heading.span.start])
        level = min(_DEEPEST, heading.level + shift)
        pieces.append(f"{'#' * level} {' '.join(heading.content.split())}")
        start = heading.span.end
    pieces.append(text[start:end])
    return "".join(pieces).strip("\n").rstrip()


def _shown(block: TextBlock) -> str:
    return block.shown.strip()


def _heading(text: str) -> str:
    line = " ".join(_CONTROL.sub(" ", text).split())
    return line[:_LONGEST_HEADING].strip() if line.strip("# ") else ""
