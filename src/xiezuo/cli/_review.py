"""The reviewer of `xiezuo write --review`: asks the user on the terminal."""

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
from xiezuo.writing.review import Accept, EditOutline, EditSection, Regenerate, Stop

if TYPE_CHECKING:
    from xiezuo.cli._display import Display
    from xiezuo.writing.model.outline import Outline

_ASK = Text(
    "[Enter] accept, [e]dit, [r]ewrite, [q]uit", "[回车] 接受，[e] 编辑，[r] 重写，[q] 退出"
)
_ASK_OUTLINE = Text(
    "[Enter] accept, [e]dit, [r]ewrite, [r 2] rewrite section 2 only, [q]uit",
    "[回车] 接受，[e] 编辑，[r] 全部重写，[r 2] 只重写第 2 节，[q] 退出",
)
_QUIT = "q"


class TerminalReviewer:
    """Pauses `display` and asks on the terminal."""

    def __init__(self, display: "Display") -> None:
        self._display = display
        self._typed = b""  # read from the terminal, but not used as an answer yet

    async def outline(self, outline: "Outline") -> Accept | Regenerate | Stop | EditOutline:
        """Show the outline and ask, again if the edited outline cannot be parsed."""
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

    async def section(self, text: str) -> Accept | Regenerate | Stop | EditSection:
        """Ask about a section that the display has printed."""
        with self._display.paused():
            answer = await self._answer(_ASK)
            if answer.startswith("e"):
                return EditSection(_edited(text).strip())
            return _decision(answer)

    async def _answer(self, question: Text) -> str:
        """Read a line from the terminal; at the end of input, answer with quit."""
        typer.echo(f"{question}: ", nl=False, err=True)
        while b"\n" not in self._typed:
            chunk = await _read(sys.stdin.fileno())
            if not chunk:
                return _QUIT
            self._typed += chunk
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace").strip().lower()


def _decision(answer: str, sections: int = 0) -> Accept | Regenerate | Stop:
    """Parse an answer: a letter, and after `r` optionally a number up to `sections`."""
    letter, number = answer[:1], answer[1:].strip()
    if letter == _QUIT:
        return Stop()
    if letter != "r":
        return Accept()
    section = int(number) if number.isdecimal() else 0
    return Regenerate(section - 1) if 1 <= section <= sections else Regenerate()


async def _read(file: int) -> bytes:
    """Read the next bytes of `file`; none at its end.

    The event loop waits for them: a thread that reads cannot be cancelled by Ctrl-C.
    """
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    try:
        loop.add_reader(file, readable.set)
    except PermissionError:  # a regular file is always readable
        readable.set()
    try:
        await readable.wait()
    finally:
        loop.remove_reader(file)
    return os.read(file, 4096)


def _edited(text: str) -> str:
    """Open the text in the user's editor (`VISUAL`, `EDITOR`, else vi) and return the result."""
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
