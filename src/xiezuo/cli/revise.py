"""`xiezuo revise`: change an existing text by instructions, round by round."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli._options import AcceptAll, BaseUrl, MarkdownFile, ModelName, OnlyDiff, Seed
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from pathlib import Path

    from xiezuo.studio import Studio
    from xiezuo.writing.model.manuscript import Manuscript

HELP = str(
    Text(
        "Change a text by instructions; each edits the section it refers to.\n\n"
        "Refer to a section by its number or its heading. Without an instruction, the command "
        "asks for one after another.",
        "按你的要求修改文章，每次修改对应的一节。\n\n"
        "可用编号或标题指明章节。不带要求运行时，会逐次询问。",
    )
)
Instruction = Annotated[
    list[str] | None, typer.Argument(help=str(Text("What to change.", "要改什么。")))
]


def revise(
    file: MarkdownFile,
    instruction: Instruction = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    seed: Seed = 1,
    *,
    yes: AcceptAll = False,
    diff: OnlyDiff = False,
) -> None:
    from xiezuo.cli._studio import run_with_studio
    from xiezuo.cli._texts import edit_prompt
    from xiezuo.writing.files import read_document, save_document

    manuscript = _manuscript(read_document(file), file)
    argument = " ".join(instruction or [])

    async def work(studio: "Studio") -> None:
        history: list[str] = []
        decide = edit_prompt(yes=yes, diff=diff)
        while request := argument or _prompt():
            revision = await studio.revise(manuscript, request, history, seed or 1)
            part = manuscript.parts[revision.index]
            revised = revision.asked.edits.apply(part.text)
            typer.echo(_describe(revision.index, part.planned.heading, part.text, revised))
            if revised != part.text and decide() == "y":
                part.text = revised
                history.append(request)
                await save_document(file, manuscript.text)
            if argument:
                break

    run_with_studio(work, model, base_url)


def _manuscript(text: str, file: "Path") -> "Manuscript":
    """Split the text into sections at its second-level headings.

    Raises:
        BriefError: there are none.
    """
    from xiezuo.cli._texts import brief_of, no_sections
    from xiezuo.markdown.document import MarkdownDocument
    from xiezuo.markdown.words import count_words
    from xiezuo.writing.model.manuscript import Manuscript
    from xiezuo.writing.model.outline import Outline, PlannedSection
    from xiezuo.writing.section.buffer import SECTION_LEVEL

    headings = [
        section.title
        for section in MarkdownDocument(text).sections
        if section.heading and section.level == SECTION_LEVEL
    ]
    if not headings:
        raise no_sections()
    words = max(1, count_words(text) // len(headings))
    sections = tuple(PlannedSection(heading=heading, words=words) for heading in headings)
    outline = Outline(brief=brief_of(text, file), title=None, sections=sections)
    return Manuscript.read(outline, text, frozenset(range(len(sections))))


def _prompt() -> str:
    """Ask for an instruction; empty when the user has none, or without a terminal."""
    if not sys.stdin.isatty():
        return ""
    question = str(Text("What should change? (Enter to finish)", "要改什么？（按回车结束）"))
    return str(typer.prompt(question, default="", show_default=False)).strip()


def _describe(index: int, heading: str, before: str, after: str) -> str:
    from xiezuo.cli._texts import changed_lines

    unchanged = Text("Nothing changed; try to phrase it differently.", "没有变化，请换一种说法。")
    lines = changed_lines(before, after) or [str(unchanged)]
    return "\n".join([f"{index + 1}. {heading}", *lines, ""])
