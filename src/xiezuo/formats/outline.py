"""Markdown of any kind as a title and sections with their text."""

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

MOST_SECTIONS = 400  # of a plan
_LONGEST_HEADING = 500
_DEEPEST = 6  # level of a Markdown heading
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TITLE = re.compile(r"^title:[ \t]*(?P<quote>[\"']?)(?P<title>.*?)(?P=quote)[ \t]*$", re.MULTILINE)
_START = Text("Introduction", "引言")


@dataclass(frozen=True, slots=True)
class ImportedSection:
    """A section; `chapter` as in a plan: the heading of the chapter that begins with it."""

    heading: str
    text: str
    chapter: str | None = None

    @property
    def words(self) -> int:
        return count_words(self.text)


@dataclass(frozen=True, slots=True)
class Imported:
    """A document; every word of the file is in one of its parts."""

    title: str
    language: TextLanguage
    sections: tuple[ImportedSection, ...]


def divide(text: str, name: str) -> Imported:
    """The sections of `text`: one for each heading of the highest level below the title's.

    The title is the one heading of the first level, if it leads; else that of the front matter;
    else `name`. Where the sections hold nothing but deeper sections, they are chapters.

    Raises:
        ImportFileError: there are no words, or far too many headings.
    """
    document = MarkdownDocument(text)
    if not text.strip():
        raise ImportFileError(
            problem=Text("it is empty", "内容为空"),
            hint=Text("Give a file with text.", "请选择有内容的文件。"),
        )
    headings = [heading for heading in document.headings if _shown(heading).strip("# ")]
    start, title = 0, ""
    front = next((block for block in document.blocks if block.kind == "front"), None)
    if front is not None:
        start = front.span.end
        found = _TITLE.search(front.span.of(text))
        title = found["title"] if found else ""
    if _leads(text[start:], headings, start):
        title, start = _shown(headings[0]), headings[0].span.end
        headings = headings[1:]
    sections = _sections(text, start, headings, document.language)
    return Imported(
        title=_heading(title) or _heading(name) or "—",
        language=document.language,
        sections=sections,
    )


def _leads(rest: str, headings: Sequence[TextBlock], start: int) -> bool:
    """Whether the first heading is a title: the only one of the first level, before all text."""
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
            problem=Text(f"it has more than {MOST_SECTIONS} sections", f"超过 {MOST_SECTIONS} 节"),
            hint=Text("Divide it into several files.", "请拆分为多个文件。"),
        )
    shift = SECTION_LEVEL - level
    lead = _body(text, start, tops[0].span.start if tops else len(text), (), 0)
    found = [ImportedSection(_START.in_language(language), lead)] if lead else []
    ends = [*(one.span.start for one in cuts[1:]), len(text)]
    for cut, end in zip(cuts, ends, strict=True) if cuts else ():
        inner = [heading for heading in headings if cut.span.start < heading.span.start < end]
        later = next((one.span.start for one in inner if one.level == level and chapters), end)
        body = _body(
            text, cut.span.end, later, [one for one in inner if one.level > cut.level], shift
        )
        found.append(_named(_shown(cut), body, chapters.get(cut.span.start)))
    return tuple(found)


def _chapters(text: str, headings: Sequence[TextBlock], level: int) -> dict[int, str]:
    """Headings of chapters, by where the first section of each starts.

    Empty unless every heading of `level` is followed at once by one of the next level.
    """
    found: dict[int, str] = {}
    for one, after in zip_longest(headings, headings[1:]):
        if one.level != level:
            continue
        bare = after is not None and not text[one.span.end : after.span.start].strip()
        if after is None or after.level != level + 1 or not bare:
            return {}
        found[after.span.start] = _heading(_shown(one))
    return found


def _named(heading: str, text: str, chapter: str | None) -> ImportedSection:
    """A section; a heading that is too long for one stays whole at the head of its text."""
    short = _heading(heading)
    made = ImportedSection(short, text, chapter)
    whole = " ".join(heading.split())
    return made if short == whole else replace(made, text=f"**{whole}**\n\n{text}".strip())


def _body(text: str, start: int, end: int, inner: Sequence[TextBlock], shift: int) -> str:
    """The text between two places, the headings in it moved by `shift` levels."""
    pieces: list[str] = []
    for one in inner:
        pieces.append(text[start : one.span.start])
        level = min(_DEEPEST, one.level + shift)
        pieces.append(f"{'#' * level} {' '.join(one.content.split())}")
        start = one.span.end
    pieces.append(text[start:end])
    return "".join(pieces).strip("\n").rstrip()


def _shown(block: TextBlock) -> str:
    return block.shown.strip()


def _heading(text: str) -> str:
    line = " ".join(_CONTROL.sub(" ", text).split())
    return line[:_LONGEST_HEADING].strip() if line.strip("# ") else ""
