"""What `polish`, `revise` and `continue` share: a brief for an existing text, and its edits."""

import difflib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from xiezuo.errors import BriefError
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.writing.model.brief import Brief

_LANGUAGE_SAMPLE = 20_000  # characters


def brief_of(text: str, file: Path) -> "Brief":
    """A brief for an existing text; the task is its title, or the name of its file."""
    from xiezuo.markdown.document import MarkdownDocument
    from xiezuo.markdown.words import language_of
    from xiezuo.writing.model.brief import Brief

    titles = (section.title for section in MarkdownDocument(text).sections if section.heading)
    task = next(titles, "") or file.stem
    return Brief(task=task, language=language_of(text[:_LANGUAGE_SAMPLE]))


def no_sections() -> BriefError:
    return BriefError(
        source="Markdown",
        problem=Text("it has no sections", "没有章节"),
        hint=Text("Give it a heading: `## …`.", "请加一个标题：`## …`。"),
    )


def changed_lines(before: str, after: str) -> list[str]:
    """The lines that differ, marked with `-` and `+`."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def edit_prompt(*, yes: bool, diff: bool) -> Callable[[], str]:
    """A function that returns the user's decision on an edit: `y`, `n` or `q`.

    It asks only on a terminal, and only without `--yes` and `--diff`.
    """
    if yes or diff or not sys.stdin.isatty():
        return lambda: "y" if yes else "n"
    prompt = str(Text("Accept it? [y]es, [n]o, [q]uit", "接受这处修改吗？[y] 是，[n] 否，[q] 退出"))
    return lambda: str(typer.prompt(prompt, default="y", show_default=False)).strip().lower()[:1]
