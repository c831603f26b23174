"""`xiezuo doctor`: every finding with its remedy, and an exit code for scripts."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import NOWHERE, Run
from xiezuo.cli import main


def findings(text: str) -> dict[str, dict]:
    return {load["subject"]: load for load in json.loads(text)}


def test_a_healthy_machine(
    demo_installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """In this process, where the speed test can be shortened."""
    monkeypatch.setattr("xiezuo.doctor._SPEED_TOKENS", 30)
    monkeypatch.setattr("xiezuo.doctor.SPEED_SECONDS", 120)
    monkeypatch.setattr(sys, "argv", ["xiezuo", "doctor", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    found = findings(capsys.readouterr().out)
    assert ended.value.code == 0
    assert found["Engine"]["level"] == "ok"
    assert "loaded in" in found["Engine"]["found"]
    assert float(found["Speed"]["found"].split()[0]) > 0
    assert found["Model smollm2-135m-instruct"]["level"] == "ok"
    unreachable = found["Source http://127.0.0.1:9"]
    assert (unreachable["level"], "HF_ENDPOINT" in unreachable["remedy"]) == ("warning", True)


def test_no_model_at_all_is_a_finding_and_not_a_crash(run: Run, models_dir: Path):
    done = run("doctor", "--json")
    assert done.returncode == 3
    assert "xiezuo models pull" in findings(done.stdout)["Engine"]["remedy"]


def test_a_truncated_model_is_named(run: Run, damageable: Path):
    os.truncate(damageable, 5_000_000)
    done = run("doctor")
    assert done.returncode == 3
    assert "✗ Model smollm2-135m-instruct" in done.stdout
    assert "ends after" in done.stdout


def test_a_flipped_bit_needs_the_full_check(run: Run, damageable: Path):
    with damageable.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x00\x01")
    os.truncate(damageable, 98_362_432)
    environment = {**os.environ, "XIEZUO_ENGINE_BASE_URL": NOWHERE}  # no engine, no speed test
    assert "SHA-256" in run("doctor", "--full", env=environment).stdout


def test_a_server_that_does_not_exist(run: Run, demo_installed: Path):
    done = run("doctor", env={**os.environ, "XIEZUO_ENGINE_SERVER": "/nonesuch/llama-server"})
    assert done.returncode == 4
    assert "cannot be run" in done.stdout


def test_in_chinese(run: Run, models_dir: Path):
    done = run("doctor", env={**os.environ, "XIEZUO_LANGUAGE": "zh"})
    assert "处理器" in done.stdout
    assert "请下载" in done.stdout
