"""The demo model on two of our English briefs: every heading, in order, none empty.

All ten: `python benchmarks/writing/run.py --briefs examples/briefs --modes careful`.
"""

from pathlib import Path

import pytest

from tests.cli.conftest import Run, headings
from xiezuo.writing.model.brief import read_brief
from xiezuo.writing.model.outline import requested_sections
from xiezuo.writing.section.buffer import find_sections

EXAMPLES = Path(__file__).parents[2] / "examples"
ENGLISH = sorted((EXAMPLES / "briefs").glob("*.yaml"))
TRIED = [path for path in ENGLISH if path.stem in {"graduation", "meeting-email"}]
ALL = [*EXAMPLES.rglob("*.yaml")]


def test_there_are_ten():
    assert len(ENGLISH) == 10


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_example_is_a_brief(path: Path):
    assert read_brief(path).structure


@pytest.mark.endurance
@pytest.mark.parametrize("path", TRIED, ids=lambda path: path.stem)
def test_every_requested_heading_is_there_in_order_and_not_empty(
    run: Run, tmp_path: Path, demo_installed: Path, path: Path
):
    brief = read_brief(path)
    wanted = [section.heading for section in requested_sections(brief)]
    done = run("write", str(path), "-o", "out.md", "--seed", "1", "--quiet")
    text = (tmp_path / "out.md").read_text()
    assert done.returncode == 0
    assert headings(text) == [f"# {brief.title}", *(f"## {heading}" for heading in wanted)]
    assert all(len(body.split()) >= 20 for body in find_sections(text, wanted)[1].values())
