"""`xiezuo write` with a scripted engine: what its events say."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.support.scripted_server import scripted_server
from tests.support.scripted_text import endless, prose, tokens
from xiezuo.engine.scripted import BREAK

BRIEF = "task: Explain tea.\ntitle: Tea\nwords: 80\nstructure: [Leaf, Cup]\n"
OUTLINE = "1. Soil\n2. Rain\n3. Sun"


def events(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


@pytest.mark.parametrize(
    ("brief", "flags", "from_model"),
    [
        ("task: Explain tea.\ntitle: Tea\nwords: 300\n", [], True),
        (BRIEF, [], False),
        ("task: Explain tea.\ntitle: Tea\nwords: 300\n", ["--outline", "outline.md"], False),
        ("task: Explain tea.\ntitle: Tea\nwords: 300\n", ["--mode", "plain"], False),
    ],
    ids=["model", "brief", "person", "plain"],
)
def test_it_says_who_made_the_outline(
    run: Run, tmp_path: Path, brief: str, flags: list[str], from_model: bool
):
    (tmp_path / "tea.yaml").write_text(brief)
    (tmp_path / "outline.md").write_text("# Tea\n\n- Soil (40)\n- Rain (40)\n")
    replies = [[OUTLINE], endless()] if from_model else [endless()]
    with scripted_server(*replies) as engine:
        done = run("write", "tea.yaml", "--json", "--base-url", engine.address.base_url, *flags)
    assert done.returncode == 0, done.stdout
    (ready,) = [event for event in events(done.stdout) if event["event"] == "plan_ready"]
    assert ready["from_model"] is from_model


def test_who_made_the_outline_is_known_when_it_goes_on(run: Run, tmp_path: Path):
    (tmp_path / "tea.yaml").write_text("task: Explain tea.\ntitle: Tea\nwords: 300\n")
    broken = [*tokens(prose(2)), BREAK]
    write = ("write", "--json", "-o", "out.md", "--base-url")
    with scripted_server([OUTLINE], broken, [BREAK]) as engine:
        assert run(*write, engine.address.base_url, "tea.yaml").returncode == 4
    with scripted_server(endless()) as engine:
        done = run(*write, engine.address.base_url, "--resume")
    assert done.returncode == 0, done.stdout
    ready, started, *_ = events(done.stdout)
    assert (ready["event"], ready["from_model"]) == ("plan_ready", True)
    assert (started["event"], started["resumed"]) == ("section_started", True)


def test_what_was_written_before_is_shown_when_it_goes_on(run: Run, tmp_path: Path):
    (tmp_path / "tea.yaml").write_text(BRIEF)
    write = ("write", "-o", "out.md", "--base-url")
    with scripted_server(tokens(f"{prose(7)}\n\n## Cup\n"), [BREAK]) as engine:
        assert run(*write, engine.address.base_url, "tea.yaml").returncode == 4
    with scripted_server(endless()) as engine:
        done = run(*write, engine.address.base_url, "--resume")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (tmp_path / "out.md").read_text()
