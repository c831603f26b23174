"""Fixtures for tests of the command line: the real program, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from itertools import pairwise
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from markdown_it import MarkdownIt

from tests.support.demo import link
from tests.support.jobs import slowly
from tests.support.writing import ROUTES
from xiezuo.engine.scripted import ScriptedEngine, scripted

FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
NOWHERE = "http://127.0.0.1:9"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def program() -> list[str]:
    return [str(Path(sys.executable).with_name("xiezuo"))]


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIEZUO_HUB_MODELSCOPE", NOWHERE)
    monkeypatch.setenv("XIEZUO_HUB_HUGGINGFACE", NOWHERE)


@pytest.fixture
def models_dir(offline: None) -> Path:
    folder = Path(os.environ["XIEZUO_DATA_DIR"]) / "models"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def demo_installed(models_dir: Path, demo_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo model is here, and chosen."""
    monkeypatch.setenv("XIEZUO_MODEL", "smollm2-135m-instruct")
    return link(demo_model, models_dir / FILE)


@pytest.fixture
def scripted_model(monkeypatch: pytest.MonkeyPatch) -> Generator[ScriptedEngine]:
    """An engine at an address that writes sound prose, and not all at once."""
    with start_blocking_portal() as portal:
        served = scripted(slowly(0.01), routes=ROUTES)
        with portal.wrap_async_context_manager(served) as engine:
            monkeypatch.setenv("XIEZUO_ENGINE_BASE_URL", engine.address.base_url)
            monkeypatch.setenv("XIEZUO_ENGINE_API_KEY", str(engine.address.api_key))
            yield engine


DEMO = pytest.param("demo_installed", marks=[pytest.mark.engine, pytest.mark.endurance])


@pytest.fixture(params=["scripted_model", DEMO])
def model(request: pytest.FixtureRequest) -> None:
    """Something that writes: by default scripted, in the endurance tier the demo model too."""
    request.getfixturevalue(request.param)


@pytest.fixture
def damageable(demo_installed: Path) -> Path:
    """The installed demo model as a file of the test's own, which it may damage."""
    data = demo_installed.read_bytes()
    demo_installed.unlink()
    demo_installed.write_bytes(data)
    return demo_installed


@pytest.fixture
def run(program: list[str], tmp_path: Path) -> Run:
    """`run("write", "brief.yaml")` in an empty folder."""

    def run_program(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: PLW1510 - `check` is among the options
            [*program, *words],
            **{
                "cwd": tmp_path,
                "capture_output": True,
                "text": True,
                "stdin": subprocess.DEVNULL,
                "timeout": 120,
                "check": False,
                **options,
            },
        )

    return run_program


BRIEF = """
task: Explain how green tea is made.
title: Green Tea
words: 120
structure: [The Leaf, The Pan, The Cup]
"""
HEADINGS = ["# Green Tea", "## The Leaf", "## The Pan", "## The Cup"]


@pytest.fixture
def brief(tmp_path: Path) -> Path:
    path = tmp_path / "tea.yaml"
    path.write_text(BRIEF)
    return path


def headings(text: str) -> list[str]:
    """The headings of the first two levels, as a CommonMark parser sees them."""
    tokens = MarkdownIt().parse(text)
    return [
        f"{token.markup} {inline.content}"
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.markup in {"#", "##"}
    ]
