"""An outline as text that the user edits: one line for each section.

# How Tea Is Made

- From Leaf to Cup (150): what happens to the leaf
- How to Brew It (200)

A line `## …` starts a chapter.
"""

import re

from xiezuo.errors import BriefError
from xiezuo.i18n import Text
from xiezuo.writing.model.brief import Brief, RequestedSection
from xiezuo.writing.model.outline import Outline, requested_sections

_LINE = re.compile(r"^\s*(?:[-*+]|\d+[.)、])\s+(?P<heading>.+?)\s*$")
_LENGTH = re.compile(r"\s*[(（]\s*(?:about|约)?\s*(\d+)\s*(?:words|字)?\s*[)）]\s*(?=$|[:：])")
_INTENT = re.compile(r"[:：]\s+")


def outline_text(outline: Outline) -> str:
    """The outline as text; `parse_outline` reads it back."""
    lines = [f"# {outline.title}", ""] if outline.title else []
    for section in outline.sections:
        if section.chapter:
            gap = [""] if lines and lines[-1] else []
            lines += [*gap, f"## {section.chapter}", ""]
        intent = f": {section.intent}" if section.intent else ""
        lines.append(f"- {section.heading} ({section.words}){intent}")
    return "\n".join(lines) + "\n"


def parse_outline(text: str, brief: Brief) -> Outline:
    """The outline in an edited text; sections without a length share the remaining words.

    Raises:
        BriefError: no line names a section, or a line cannot be read.
    """
    title = brief.title
    requested: list[RequestedSection] = []
    chapter: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("##"):
            chapter = line.lstrip("# ").strip() or None
        elif line.startswith("#"):
            title = line.lstrip("# ").strip() or None
        elif match := _LINE.match(line):
            requested.append(_section(match["heading"], number, chapter))
            chapter = None
        elif line.strip():
            raise _error(
                Text(f"line {number} is not a section", f"第 {number} 行不是章节"),
            )
    if not requested:
        raise _error(Text("the outline has no sections", "大纲里没有章节"))
    edited = brief.model_copy(update={"structure": requested, "words": brief.words})
    return Outline(brief=brief, title=title, sections=requested_sections(edited))


def _section(line: str, number: int, chapter: str | None) -> RequestedSection:
    length = _LENGTH.search(line)
    heading, intent = (line[: length.start()], line[length.end() :]) if length else _split(line)
    try:
        return RequestedSection(
            heading=heading,
            words=int(length[1]) if length else None,
            intent=intent.lstrip(":： ").strip() or None,
            chapter=chapter,
        )
    except ValueError as error:
        problem = Text(f"line {number} is not a section", f"第 {number} 行不是章节")
        raise _error(problem) from error


def _split(line: str) -> tuple[str, str]:
    parts = _INTENT.split(line, maxsplit=1)
    return parts[0], parts[1] if len(parts) > 1 else ""


def _error(problem: Text) -> BriefError:
    hint = Text(
        "Write one line for each section: `- Heading (150): what it says`.",
        "每节写一行：`- 标题 (150): 写什么`。",
    )
    return BriefError(source=str(Text("outline", "大纲")), problem=problem, hint=hint)
