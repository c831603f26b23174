"""`xiezuo write --review`: a person decides after the outline and after each section."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from xiezuo.errors import BriefError
from xiezuo.language import Text

if TYPE_CHECKING:
    from xiezuo.studio import Studio
    from xiezuo.writing.events import WritingEvent
    from xiezuo.writing.manuscript import Manuscript
    from xiezuo.writing.plan import Plan

_ASK = Text(
    "[Enter] take it, [e]dit, [r] again, [q]uit", "[回车] 接受，[e] 编辑，[r] 重来，[q] 退出"
)
_ASK_OUTLINE = Text(
    "[Enter] take it, [e]dit, [r] again, [r 2] only section 2 again, [q]uit",
    "[回车] 接受，[e] 编辑，[r] 全部重来，[r 2] 只重来第 2 节，[q] 退出",
)


async def review_outline(plan: "Plan", studio: "Studio", seed: int) -> "Plan":
    """Show the outline until the person takes it.

    Raises:
        typer.Exit: the person quit.
    """
    from xiezuo.writing.outline_text import outline_text, parse_outline

    while True:
        typer.echo(outline_text(plan))
        answer, number = _outline_answer()
        if answer == "e":
            try:
                plan = parse_outline(_edited(outline_text(plan)), plan.brief)
            except BriefError as error:
                typer.secho(str(error), fg="red", err=True)
        elif answer == "r":
            seed += 1
            if 1 <= number <= len(plan.sections):
                plan = await studio.plan_again(plan, number - 1, seed)
            else:
                plan = await studio.plan(plan.brief, seed)
        elif answer == "q":
            raise typer.Exit
        else:
            return plan


async def write_reviewed(
    manuscript: "Manuscript", studio: "Studio", seed: int
) -> AsyncGenerator["WritingEvent"]:
    """Write section by section; each is shown, and taken, edited or written again.

    Raises:
        EngineError
        typer.Exit: the person quit; what was taken stays.
    """
    from xiezuo.writing.events import Finished, SectionFinished, TextReplaced

    last: Finished | None = None
    for index, part in enumerate(manuscript.parts):
        turn = 0
        while not part.written:
            async for event in studio.writer(manuscript, "careful", seed + turn).write({index}):
                if isinstance(event, Finished):
                    last = event
                else:
                    yield event
            answer = _answer()
            if answer == "q":
                raise typer.Exit
            if answer == "r":
                turn += 1000
                part.state, part.text = "planned", ""
            elif answer == "e":
                replaced = TextReplaced(index, _edited(part.text).strip(), "person")
                manuscript.apply(replaced)
                yield replaced
                ended = SectionFinished(index, part.words, "final")
                manuscript.apply(ended)
                yield ended
    if last is not None:
        yield last


def _outline_answer() -> tuple[str, int]:
    """The letter, and the number after it; 0 without one."""
    answer = str(typer.prompt(str(_ASK_OUTLINE), default="", show_default=False)).strip().lower()
    number = answer[1:].strip()
    return answer[:1], int(number) if number.isdecimal() else 0


def _answer() -> str:
    return str(typer.prompt(str(_ASK), default="", show_default=False)).strip().lower()[:1]


def _edited(text: str) -> str:
    """The text after the person's editor (`VISUAL`, `EDITOR`, else vi or nano)."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "xiezuo.md"
        path.write_text(text, "utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True, stdin=sys.stdin)
        except (OSError, subprocess.CalledProcessError) as error:
            typer.secho(
                Text(
                    "{editor} failed: {error}; set EDITOR.",
                    "{editor} 无法使用：{error}；请设置 EDITOR。",
                ).fill(editor=editor, error=error),
                fg="red",
                err=True,
            )
        return path.read_text("utf-8")
