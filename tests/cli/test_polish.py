"""`xiezuo polish`, `continue`, `revise` and `outline`: on a text that is there, with the engine."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run, headings

pytestmark = pytest.mark.usefixtures("model")

TEXT = """# Green Tea

## The Leaf

The leaf is picked by hand in spring. The best leaves are small and young.

## The Cup

The leaf is picked by hand in spring. Hot water draws the taste from the leaf.
"""
SAID_TWICE = "The leaf is picked by hand in spring. Hot"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "tea.md"
    path.write_text(TEXT)
    return path


def test_polish_takes_out_what_was_said_before(text: Path, run: Run):
    shown = run("polish", "--diff", "tea.md")
    assert (shown.returncode, text.read_text()) == (0, TEXT), shown.stderr
    assert "REP001" in shown.stdout
    done = run("polish", "--yes", "tea.md")
    assert done.returncode == 0, done.stderr
    assert SAID_TWICE not in text.read_text()
    assert headings(text.read_text()) == ["# Green Tea", "## The Leaf", "## The Cup"]


def test_continue_writes_on_at_the_end(text: Path, run: Run):
    done = run("continue", "tea.md", "--words", "40", "--seed", "1")
    assert done.returncode == 0, done.stderr
    assert text.read_text().startswith(TEXT.rstrip())
    assert 20 <= len(text.read_text().split()) - len(TEXT.split()) <= 80


def test_revise_changes_only_the_section_that_was_named(text: Path, run: Run):
    done = run("revise", "tea.md", "--yes", "Rewrite section 1 in other words.")
    assert done.returncode == 0, done.stderr
    before, _, after = text.read_text().partition("## The Cup")
    assert after == TEXT.partition("## The Cup")[2]
    assert before != TEXT.partition("## The Cup")[0]


def test_revise_without_a_yes_changes_nothing(text: Path, run: Run):
    done = run("revise", "tea.md", "Rewrite section 1.")
    assert (done.returncode, text.read_text()) == (0, TEXT), done.stderr
    assert done.stdout.startswith("1. The Leaf\n")


def test_a_text_without_sections_says_what_it_needs(text: Path, run: Run):
    text.write_text("Only words.\n")
    for command in (["revise", "tea.md", "Shorter."], ["continue", "tea.md"]):
        done = run(*command)
        assert done.returncode != 0
        assert "`## …`" in done.stderr


def test_an_outline_is_written_from_as_it_was_edited(tmp_path: Path, run: Run):
    (tmp_path / "tea.yaml").write_text("task: Explain tea.\ntitle: Tea\nwords: 120\n")
    assert run("outline", "tea.yaml", "-o", "outline.md", "--seed", "1").returncode == 0
    outline = "# Tea\n\n## Field\n\n- Soil (50)\n\n## House\n\n- Cup (70): how it is poured\n"
    assert (tmp_path / "outline.md").read_text().startswith("# Tea\n\n- ")
    (tmp_path / "outline.md").write_text(outline)
    done = run("write", "tea.yaml", "--outline", "outline.md", "-o", "tea.md", "--seed", "1")
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "tea.md").read_text().splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "# Tea", "## Field", "### Soil", "## House", "### Cup",
    ]  # fmt: skip
