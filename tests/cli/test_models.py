"""`xiezuo models` as a user runs it."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.hub import hub
from tests.support.small_gguf import write_gguf
from tests.support.waiting import until
from xiezuo.engine.models.store import sha256_of


def listed(run: Run) -> dict[str, dict]:
    return {load["id"]: load for load in json.loads(run("models", "list", "--json").stdout)}


@pytest.fixture
def own_model(tmp_path: Path, models_dir: Path) -> Path:
    """A model of the user's catalogue, and the file it describes."""
    content = write_gguf(tmp_path / "own.gguf", tensor_rows=20_000)
    (models_dir.parent / "catalogue.toml").write_text(
        f'[models.own]\ntitle = "Own"\nfile = "own.gguf"\nsize = {content.stat().st_size}\n'
        f'sha256 = "{sha256_of(content)}"\n'
        '[[models.own.sources]]\nhub = "huggingface"\nrepo = "org/own"\n'
    )
    return content


def test_the_catalogue_is_listed_with_what_is_here(run: Run, models_dir: Path):
    assert not any(one["installed"] for one in listed(run).values())
    table = run("models", "list").stdout
    assert "qwen3-4b-instruct-2507" in table
    assert "2.5 GB" in table


def test_add_show_verify_remove(run: Run, models_dir: Path, tmp_path: Path):
    file = write_gguf(tmp_path / "mine.gguf")
    assert run("models", "add", str(file)).stdout == "mine\n"
    assert listed(run)["mine"]["installed"]
    assert json.loads(run("models", "show", "mine", "--json").stdout)["header"]["name"] == "tiny"
    assert run("models", "verify").stdout == "mine: OK\n"
    assert run("models", "remove", "mine", input="n\n", stdin=None).returncode == 1
    assert run("models", "remove", "mine", "--yes").returncode == 0
    assert "mine" not in listed(run)
    assert file.exists()


def test_a_damaged_file_fails_verification(run: Run, models_dir: Path, tmp_path: Path):
    run("models", "add", str(write_gguf(tmp_path / "mine.gguf")), "--copy")
    with (models_dir / "mine.gguf").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    done = run("models", "verify", "mine")
    assert done.returncode == 3
    assert "SHA-256" in done.stdout


def test_pull_brings_the_file(
    run: Run, own_model: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    with hub(own_model.read_bytes()) as source:
        monkeypatch.setenv("HF_ENDPOINT", source.url)
        done = run("models", "pull", "own")
    assert done.returncode == 0
    assert done.stdout.strip() == str(models_dir / "own.gguf")
    assert source.requests[0][0] == "/org/own/resolve/main/own.gguf"


def test_an_interrupted_pull_says_how_to_go_on(
    program: list[str], run: Run, own_model: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    with hub(own_model.read_bytes(), delay=0.1) as source:
        monkeypatch.setenv("HF_ENDPOINT", source.url)
        with subprocess.Popen(
            [*program, "models", "pull", "own"], stderr=subprocess.PIPE, text=True
        ) as pull:
            part = models_dir / "own.gguf.part"
            until(lambda: part.exists() and part.stat().st_size)
            pull.send_signal(signal.SIGINT)
            _, errors = pull.communicate()
        assert pull.returncode == 130
        assert "xiezuo models pull own" in errors
        source.delay = 0.0
        assert run("models", "pull", "own").returncode == 0
    assert source.requests[-1][1] != "bytes=0-"


def test_no_hub_is_exit_3_with_a_remedy(run: Run, models_dir: Path):
    done = run("models", "pull", "qwen3-4b-instruct-2507")
    assert done.returncode == 3
    assert "HF_ENDPOINT" in done.stderr


def test_an_unknown_name(run: Run, models_dir: Path):
    done = run("models", "show", "smollm")
    assert done.returncode == 3
    assert "smollm2-135m-instruct" in done.stderr
