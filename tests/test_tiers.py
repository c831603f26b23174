"""What `make unit` leaves out: a test that uses an engine is marked, and without the mark none
starts.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.small_gguf import write_gguf
from xiezuo.engine.local.launch import LaunchPlan
from xiezuo.engine.local.process import EngineProcess

ROOT = Path(__file__).parents[1]


def chosen(expression: str, *places: str) -> set[str]:
    """The tests in `places` that a mark expression chooses."""
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", expression, *places],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {line for line in listed.splitlines() if "::" in line}


def test_the_mark_comes_from_the_fixtures():
    process, doctor = "tests/engine/local/test_process.py", "tests/cli/test_doctor.py"
    unit = chosen("not engine", process, doctor, "tests/browser/test_journey.py")
    assert f"{doctor}::test_no_model_at_all_is_a_finding_and_not_a_crash" in unit
    assert f"{doctor}::test_a_healthy_machine" not in unit
    assert f"{process}::test_only_we_can_reach_it" not in unit
    assert [test for test in unit if test.startswith("tests/browser/")] == []


@pytest.mark.anyio
async def test_without_the_mark_no_engine_starts_in_this_process(tmp_path: Path):
    plan = LaunchPlan(
        model=write_gguf(tmp_path / "hollow.gguf"),
        context=512,
        slots=1,
        threads=1,
        kv_type="f16",
        repack=True,
        server=None,
        logs_dir=tmp_path,
        load_seconds=5,
    )
    with pytest.raises(AssertionError, match="without the mark"):
        await EngineProcess(plan).__aenter__()


def test_without_the_mark_no_engine_starts_in_another_process(tmp_path: Path):
    hollow = write_gguf(tmp_path / "hollow.gguf")
    done = subprocess.run(
        [Path(sys.executable).with_name("xiezuo"), "write", "tea", "--model", hollow],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 4
    assert "without the mark" in done.stderr
