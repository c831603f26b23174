"""`xiezuo write --review` in a real terminal: every decision, and going on after one quit."""

import os
import pty
import re
import select
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import headings
from tests.support.scripted_server import scripted_server
from tests.support.scripted_text import endless
from xiezuo.engine.scripted import ScriptedEngine

SECTION = r"\[Enter\] accept, \[e\]dit, \[r\]ewrite, \[q\]uit: "
OUTLINE = r"\[r 2\] rewrite section 2 only, \[q\]uit: "
BRIEF = """
task: Explain how green tea is made.
title: Green Tea
words: 80
structure: [The Leaf, The Cup]
"""
MINE = "My own words about the leaf, and nobody else's."
PATIENCE = 60  # seconds for what takes one, on a machine that does other things


class Terminal:
    """A program on a pseudo-terminal; `text` is all that it has shown, without control codes."""

    def __init__(self, words: list[str], cwd: Path, **environment: str) -> None:
        self._end, child = pty.openpty()
        self.process = subprocess.Popen(
            words, cwd=cwd, stdin=child, stdout=child, stderr=child, start_new_session=True,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40", **environment},
        )  # fmt: skip
        os.close(child)
        self._bytes = b""
        self._read = 0

    @property
    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._bytes.decode(errors="ignore"))

    def until(self, pattern: str) -> str:
        """Wait until it shows `pattern`; gives what it has shown since the last time."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.text[self._read :])):
            if not self._more(deadline):
                raise AssertionError(f"it ended without {pattern}:\n{self.text}")
        shown = self.text[self._read : self._read + found.start()]
        self._read += found.end()
        return shown

    def type(self, line: str) -> None:
        os.write(self._end, f"{line}\n".encode())

    def ended(self) -> int:
        """Its exit code, when it has shown all it has to show."""
        deadline = time.monotonic() + PATIENCE
        while self._more(deadline):
            pass
        os.close(self._end)
        return self.process.wait(PATIENCE)

    def _more(self, deadline: float) -> bool:
        left = max(0.0, deadline - time.monotonic())
        assert select.select([self._end], [], [], left)[0], self.text
        try:
            more = os.read(self._end, 65536)
        except OSError:  # Linux's end of file on a terminal
            return False
        self._bytes += more
        return bool(more)


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with scripted_server(endless()) as listening:
        yield listening


@pytest.fixture
def editor(tmp_path: Path) -> str:
    """An editor that puts the file `typed` in the place of what it is given."""
    script = tmp_path / "editor.sh"
    script.write_text(f'#!/bin/sh\ncp "{tmp_path}/typed" "$1"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for one in opened:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


@pytest.fixture
def review(program, tmp_path: Path, engine: ScriptedEngine, editor: str, terminals):
    """`review("brief.yaml")` writes under review in `tmp_path`, into out.md."""
    (tmp_path / "tea.yaml").write_text(BRIEF)

    def started(*words: str) -> Terminal:
        command = [*program, "write", *words, "--review", "-o", "out.md"]
        command += ["--base-url", engine.address.base_url]
        terminals.append(Terminal(command, tmp_path, EDITOR=editor, VISUAL=""))
        return terminals[-1]

    return started


def body(text: str, heading: str) -> str:
    """What stands below a heading of the second level."""
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0].strip()


def test_take_edit_again_quit_and_go_on(review, tmp_path: Path):
    terminal = review("tea.yaml", "--seed", "1")
    assert "- The Leaf (40)" in terminal.until(OUTLINE)
    terminal.type("")
    leaf = terminal.until(SECTION)
    assert "## The Leaf" in leaf
    first = (tmp_path / "out.md").read_text()
    assert body(first, "The Leaf") in leaf.replace("\r\n", "\n")
    terminal.type("r")
    terminal.until(SECTION)
    second = (tmp_path / "out.md").read_text()
    assert body(second, "The Leaf") not in {"", body(first, "The Leaf")}
    assert body(first, "The Leaf") not in second
    (tmp_path / "typed").write_text(f"{MINE}\n")
    terminal.type("e")
    cup = terminal.until(SECTION)
    assert "## The Cup" in cup
    written = (tmp_path / "out.md").read_text()
    assert body(written, "The Leaf") == MINE
    terminal.type("q")
    terminal.until("xiezuo write --resume -o out.md")
    assert terminal.ended() == 0
    assert (tmp_path / "out.md").read_text() == written
    assert (tmp_path / "out.xiezuo.json").exists()
    again = review("--resume")
    again.until("Saved out.md")
    assert again.ended() == 0
    assert (tmp_path / "out.md").read_text() == written
    assert headings(written) == ["# Green Tea", "## The Leaf", "## The Cup"]
    assert not (tmp_path / "out.xiezuo.json").exists()


def test_an_outline_is_edited_and_the_rest_written_after_a_quit(review, tmp_path: Path):
    (tmp_path / "typed").write_text("no outline\n")
    terminal = review("tea.yaml")
    terminal.until(OUTLINE)
    terminal.type("e")
    terminal.until("line 1 is not a section")
    terminal.until(OUTLINE)
    (tmp_path / "typed").write_text("# Tea\n\n- Soil (40)\n- Water (40)\n")
    terminal.type("e")
    assert "- Soil (40)" in terminal.until(OUTLINE)
    terminal.type("")
    terminal.until(SECTION)
    terminal.type("q")
    assert terminal.ended() == 0
    soil = body((tmp_path / "out.md").read_text(), "Soil")
    again = review("--resume")
    shown = again.until(SECTION)
    assert "## Water" in shown
    again.type("")
    again.until("Saved out.md")
    assert again.ended() == 0
    text = (tmp_path / "out.md").read_text()
    assert headings(text) == ["# Tea", "## Soil", "## Water"]
    assert body(text, "Soil") == soil


def test_an_outline_is_made_again_whole_or_in_part(review, engine: ScriptedEngine, tmp_path: Path):
    (tmp_path / "open.yaml").write_text("task: Explain tea.\ntitle: Tea\nwords: 300\n")
    outlines = iter(["1. Soil\n2. Rain\n3. Sun", "1. Leaf\n2. Pan\n3. Cup", "1. Pot"])
    engine.replies = [lambda _: [next(outlines)]]
    terminal = review("open.yaml", "--seed", "1")
    assert "- Soil" in terminal.until(OUTLINE)
    terminal.type("r")
    assert "- Pan" in terminal.until(OUTLINE)
    terminal.type("r 2")
    shown = terminal.until(OUTLINE)
    assert [word in shown for word in ("- Leaf", "- Pot", "- Cup")] == [True] * 3
    terminal.type("q")
    assert terminal.ended() == 0
    assert not (tmp_path / "out.md").exists()


def test_ctrl_c_at_a_question_saves_and_says_how_to_go_on(review, tmp_path: Path):
    terminal = review("tea.yaml")
    terminal.until(OUTLINE)
    terminal.type("")
    terminal.until(SECTION)
    terminal.process.send_signal(signal.SIGINT)
    terminal.until("xiezuo write --resume -o out.md")
    assert terminal.ended() == 130
    assert body((tmp_path / "out.md").read_text(), "The Leaf")
