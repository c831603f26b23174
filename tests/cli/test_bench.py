"""`xiezuo bench`: the article's rows, prefill, streams; each with its limit, as table and JSON."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run

pytestmark = pytest.mark.endurance


def test_a_quick_run(run: Run, demo_installed: Path, tmp_path: Path):
    done = run("bench", "--quick", "--rounds", "1", "-o", "bench.json", timeout=280)
    assert done.returncode == 0
    report = json.loads((tmp_path / "bench.json").read_text())
    figures = {one["name"]: one for one in report["figures"]}
    assert {"prefill 128", "decode × 1", "decode × 8"} <= figures.keys()
    first = figures["128 in / 64 out: decode"]
    assert first["reference"] == 3.2
    assert 0 < first["ratio"] < 1
    assert first["lowest"] <= first["median"] <= first["highest"]
    assert figures["decode × 8"]["median"] > 0
    assert report["memory_peak"] > 98_362_432
    assert report["machine"]["cores"] > 0
    assert "of the limit" in done.stdout
    assert "Quick: fewer prompts and streams" in done.stdout
    assert "Text(" not in done.stdout


def test_broken_off_it_shows_what_it_has(program: list[str], demo_installed: Path, tmp_path: Path):
    with subprocess.Popen(
        [*program, "bench", "--quick", "-o", "b.json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as bench:
        assert "128 in / 64 out" in bench.stdout.readline()
        bench.send_signal(signal.SIGINT)
        rest, _ = bench.communicate()
    assert bench.returncode == 130
    assert "of the limit" in rest
    assert json.loads((tmp_path / "b.json").read_text())["figures"]
