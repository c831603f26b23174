"""`xiezuo write --review`: a person decides after the outline and after each section."""

import asyncio
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from xiezuo.errors import BriefError
from xiezuo.i18n import Text
from xiezuo.writing.review import Again, EditOutline, EditSection, Stop, Take

if TYPE_CHECKING:
    from xiezuo.cli.display import Display
    from xiezuo.writing.model.outline import Outline

_ASK = Text(
    "[Enter] take it, [e]dit, [r] again, [q]uit", "[回车] 接受，[e] 编辑，[r] 重来，[q] 退出"
)
_ASK_OUTLINE = Text(
    "[Enter] take it, [e]dit, [r] again, [r 2] only section 2 again, [q]uit",
    "[回车] 接受，[e] 编辑，[r] 全部重来，[r 2] 只重来第 2 节，[q] 退出",
)
_QUIT = "q"


class TerminalReviewer:
    """Asks on the terminal, while `display` shows nothing."""

    def __init__(self, display: "Display") -> None:
        self._display = display
        self._typed = b""  # and not asked for yet

    async def outline(self, outline: "Outline") -> Take | Again | Stop | EditOutline:
        """Show the outline and ask; an edited one that cannot be understood is asked for again."""
        from xiezuo.writing.planning.outline_markdown import outline_text, parse_outline

        with self._display.paused():
            typer.echo(outline_text(outline), err=True)
            while True:
                answer = await self._answer(_ASK_OUTLINE)
                if not answer.startswith("e"):
                    return _decision(answer, len(outline.sections))
                try:
                    return EditOutline(parse_outline(_edited(outline_text(outline)), outline.brief))
                except BriefError as error:
                    typer.secho(str(error), fg="red", err=True)

    async def section(self, text: str) -> Take | Again | Stop | EditSection:
        """Ask about a section that the display has shown."""
        with self._display.paused():
            answer = await self._answer(_ASK)
            if answer.startswith("e"):
                return EditSection(_edited(text).strip())
            return _decision(answer)

    async def _answer(self, question: Text) -> str:
        """The line that the person types; at the end of input they quit."""
        typer.echo(f"{question}: ", nl=False, err=True)
        while b"\n" not in self._typed:
            more = await _more(sys.stdin.fileno())
            if not more:
                return _QUIT
            self._typed += more
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace").strip().lower()


def _decision(answer: str, sections: int = 0) -> Take | Again | Stop:
    """What a letter, and the number of one of `sections` after it, decides."""
    letter, number = answer[:1], answer[1:].strip()
    if letter == _QUIT:
        return Stop()
    if letter != "r":
        return Take()
    chosen = int(number) if number.isdecimal() else 0
    return Again(chosen - 1) if 1 <= chosen <= sections else Again()


async def _more(file: int) -> bytes:
    """What can be read from `file` next; nothing at its end.

    The event loop waits for it, not a thread, which Ctrl-C could not end.
    """
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    try:
        loop.add_reader(file, readable.set)
    except PermissionError:  # a file on disk, which can always be read
        readable.set()
    try:
        await readable.wait()
    finally:
        loop.remove_reader(file)
    return os.read(file, 4096)


def _edited(text: str) -> str:
    """The text after the person's editor (`VISUAL`, `EDITOR`, else vi)."""
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
