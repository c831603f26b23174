"""`xiezuo polish` and `xiezuo continue`: work on a text that is there."""

import difflib
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli.write import BaseUrl, ModelName, Seed
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.studio import Studio
    from xiezuo.writing.edit.polish import Proposal
    from xiezuo.writing.model.brief import Brief

HELP = str(
    Text(
        "Propose edits for a text: repetition out, terms unified, padding rewritten, "
        "sections joined.\n\n"
        "Each edit is shown and asked for; --yes takes all, --diff only shows.",
        "为一篇文字提出修改：去重复、统一术语、改写空话、衔接章节。\n\n"
        "逐条显示并询问；--yes 全部接受，--diff 只显示。",
    )
)
CONTINUE_HELP = str(Text("Write on at the end of a text.", "从文末接着写。"))
File = Annotated[Path, typer.Argument(help=str(Text("A Markdown file.", "Markdown 文件。")))]


Yes = Annotated[
    bool, typer.Option("--yes", "-y", help=str(Text("Take every edit.", "接受全部修改。")))
]
OnlyDiff = Annotated[
    bool, typer.Option("--diff", help=str(Text("Show, change nothing.", "只显示，不改动。")))
]
MoreWords = Annotated[
    int, typer.Option(min=10, max=5000, help=str(Text("About how much.", "大约写多少。")))
]


def polish(
    file: File,
    model: ModelName = None,
    base_url: BaseUrl = None,
    seed: Seed = 1,
    *,
    yes: Yes = False,
    diff: OnlyDiff = False,
) -> None:
    from xiezuo.writing.files import read_document

    text = read_document(file)

    async def work(studio: "Studio") -> None:
        from xiezuo.writing.edit import polish as polishing
        from xiezuo.writing.files import save_document

        taken: list[Proposal] = []
        ask = chooser(yes=yes, diff=diff)
        async for one in studio.polish(text, brief_of(text, file), seed or 1):
            typer.echo(_shown(text, one))
            answer = ask()
            if answer == "q":
                break
            if answer == "y":
                taken.append(one)
        if taken and not diff:
            await save_document(file, polishing.apply(text, taken))
        typer.echo(
            Text("{count} edits taken.", "接受了 {count} 处修改。").fill(count=len(taken)), err=True
        )

    run_with_studio(work, model, base_url)


def go_on(
    file: File,
    words: MoreWords = 150,
    model: ModelName = None,
    base_url: BaseUrl = None,
    seed: Seed = None,
) -> None:
    from xiezuo.markdown.words import count_words
    from xiezuo.writing.files import read_document, save_document
    from xiezuo.writing.model.brief import Brief
    from xiezuo.writing.model.manuscript import Manuscript
    from xiezuo.writing.model.outline import Outline, PlannedSection

    text = read_document(file)

    async def work(studio: "Studio") -> None:
        from xiezuo.studio import new_seed
        from xiezuo.writing.model.events import TextAdded

        before, heading, body = _last_section(text)
        brief: Brief = brief_of(text, file)
        planned = PlannedSection(heading=heading, words=count_words(body) + words)
        manuscript = Manuscript(Outline(brief=brief, title=None, sections=(planned,)))
        manuscript.preamble = before
        manuscript.parts[0].text, manuscript.parts[0].state = body, "writing"
        async for event in studio.write(manuscript, seed=new_seed() if seed is None else seed):
            if isinstance(event, TextAdded):
                typer.echo(event.text, nl=False)
        typer.echo()
        await save_document(file, manuscript.text)

    run_with_studio(work, model, base_url)


def _last_section(text: str) -> tuple[str, str, str]:
    """What stands before the last second-level heading, the heading, and the text below it."""
    from xiezuo.markdown.document import MarkdownDocument

    document = MarkdownDocument(text)
    sections = [section for section in document.sections if section.heading and section.level == 2]  # noqa: PLR2004
    if not sections:
        raise no_sections()
    heading = sections[-1].heading
    assert heading is not None
    return (
        text[: heading.span.start].strip(),
        sections[-1].title,
        text[heading.span.end :].strip(),
    )


def no_sections() -> Exception:
    from xiezuo.errors import BriefError

    return BriefError(
        source="Markdown",
        problem=Text("it has no sections", "没有章节"),
        hint=Text("Give it a heading: `## …`.", "请加一个标题：`## …`。"),
    )


def brief_of(text: str, file: Path) -> "Brief":
    """What a text says of itself: its title is its task."""
    from xiezuo.markdown.document import MarkdownDocument
    from xiezuo.markdown.words import language_of
    from xiezuo.writing.model.brief import Brief

    document = MarkdownDocument(text)
    title = (
        next((section.title for section in document.sections if section.heading), "") or file.stem
    )
    return Brief(task=title, language=language_of(text[:20_000]))


def _shown(text: str, one: "Proposal") -> str:
    """The lines that an edit changes, as a diff with the reason above."""
    from xiezuo.markdown.edits import Edits

    start = text.rfind("\n", 0, one.start) + 1
    end = text.find("\n", one.end)
    end = len(text) if end < 0 else end
    before = text[start:end].splitlines()
    shifted = Edits(
        type(edit)(edit.start - start, edit.end - start, edit.text) for edit in one.edits
    )
    after = shifted.apply(text[start:end]).splitlines()
    lines = difflib.unified_diff(before, after, lineterm="", n=0)
    changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return "\n".join([f"{one.code} {one.message}", *changed, ""])


def chooser(*, yes: bool, diff: bool) -> Callable[[], str]:
    if yes or diff or not sys.stdin.isatty():
        return lambda: "y" if yes else "n"
    prompt = str(Text("Take it? [y]es, [n]o, [q]uit", "接受吗？[y] 是，[n] 否，[q] 结束"))
    return lambda: str(typer.prompt(prompt, default="y", show_default=False)).strip().lower()[:1]


def run_with_studio(
    work: Callable[["Studio"], Awaitable[None]], model: str | None, base_url: str | None
) -> None:
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run
    from xiezuo.cli.display import QuietDisplay
    from xiezuo.cli.write import engine_flags
    from xiezuo.studio import Listeners, Studio

    display = QuietDisplay()
    settings = configured(**engine_flags(model, base_url))

    async def with_studio() -> None:
        listeners = Listeners(display.pull, display.load, display.notice)
        async with Studio(
            settings, listeners, fallback=model is None, modes=("careful",)
        ) as studio:
            await work(studio)

    run(with_studio())
