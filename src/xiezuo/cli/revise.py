"""`xiezuo revise`: rounds on a text; what a person says becomes an edit of the section meant."""

import difflib
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli.polish import File, OnlyDiff, Yes, brief_of, chooser, no_sections, run_with_studio
from xiezuo.cli.write import BaseUrl, ModelName, Seed
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from pathlib import Path

    from xiezuo.studio import Studio
    from xiezuo.writing.model.manuscript import Manuscript

HELP = str(
    Text(
        "Say what should change; the section that is meant is edited.\n\n"
        "Name a section by its number or its heading. Without words it asks, again and again.",
        "用一句话说明要改什么，对应的章节会被修改。\n\n"
        "用编号或标题指明章节。不带文字时会反复询问。",
    )
)
Instruction = Annotated[
    list[str] | None, typer.Argument(help=str(Text("What should change.", "要改什么。")))
]


def revise(
    file: File,
    instruction: Instruction = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    seed: Seed = 1,
    *,
    yes: Yes = False,
    diff: OnlyDiff = False,
) -> None:
    from xiezuo.writing.files import read_document, save_document

    manuscript = _manuscript(read_document(file), file)
    words = " ".join(instruction or [])

    async def work(studio: "Studio") -> None:
        history: list[str] = []
        ask = chooser(yes=yes, diff=diff)
        while said := words or _asked():
            made = await studio.revise(manuscript, said, history, seed or 1)
            part = manuscript.parts[made.index]
            new = made.asked.edits.apply(part.text)
            typer.echo(_shown(made.index, part.planned.heading, part.text, new))
            if new != part.text and ask() == "y":
                part.text = new
                history.append(said)
                await save_document(file, manuscript.text)
            if words:
                break

    run_with_studio(work, model, base_url)


def _manuscript(text: str, file: "Path") -> "Manuscript":
    """The text as sections, by its second-level headings.

    Raises:
        BriefError: it has none.
    """
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
    sections = tuple(
        PlannedSection(heading=heading, words=max(1, count_words(text) // len(headings)))
        for heading in headings
    )
    if not sections:
        raise no_sections()
    plan = Outline(brief=brief_of(text, file), title=None, sections=sections)
    return Manuscript.read(plan, text, frozenset(range(len(sections))))


def _asked() -> str:
    """What the person says; nothing at the end."""
    if not sys.stdin.isatty():
        return ""
    question = str(Text("What should change? (Enter: nothing more)", "要改什么？（回车结束）"))
    return str(typer.prompt(question, default="", show_default=False)).strip()


def _shown(index: int, heading: str, old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    if not changed:
        changed = [str(Text("Nothing changed; say it in other words.", "没有变化，请换个说法。"))]
    return "\n".join([f"{index + 1}. {heading}", *changed, ""])
