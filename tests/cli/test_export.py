"""`xiezuo export FILE -o OUT`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    path = tmp_path / "tea.md"
    path.write_text("# Tea\n\n## Leaf\n\nGreen.\n", "utf-8")
    return path


@pytest.mark.parametrize("kind", ["html", "docx", "epub", "pdf", "md"])
def test_the_outputs_name_tells_the_format(kind: str, tea: Path, run: Run, tmp_path: Path):
    done = run("export", "tea.md", "-o", f"made/tea.{kind}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made" / f"tea.{kind}").stat().st_size > 0
    assert tea.read_text().startswith("# Tea")


def test_another_ending_is_refused_with_those_there_are(tea: Path, run: Run):
    done = run("export", "tea.md", "-o", "tea.rtf")
    assert done.returncode == 2
    assert ".docx" in done.stderr


def test_nothing_is_replaced_without_a_word(tea: Path, run: Run, tmp_path: Path):
    there = tmp_path / "tea.html"
    there.write_text("mine")
    assert run("export", "tea.md", "-o", "tea.html").returncode == 5
    assert there.read_text() == "mine"
    assert run("export", "tea.md", "-o", "tea.html", "--overwrite").returncode == 0
    assert there.read_text() != "mine"


def test_a_text_that_is_no_text_is_refused(run: Run, tmp_path: Path):
    (tmp_path / "tea.md").write_bytes(b"\xff\xfe\x00")
    done = run("export", "tea.md", "-o", "tea.html")
    assert done.returncode == 5
    assert not (tmp_path / "tea.html").exists()
