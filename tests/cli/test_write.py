"""`xiezuo write` as a user runs it: the real program, engine and model."""

import json
import os
import pty
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cli.conftest import BRIEF, FILE, HEADINGS, Run, headings
from tests.support.demo import link
from tests.support.disk import small_disk
from tests.support.small_gguf import write_gguf
from xiezuo.engine.scripted import ScriptedEngine

SEED = ("--seed", "1")


class Writing:
    """A running `xiezuo write --json`, whose text is read as it comes."""

    def __init__(self, program: list[str], cwd: Path, *words: str, **options: Any) -> None:
        self.process = subprocess.Popen(
            [*program, "write", "--json", *words],
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.events: list[dict] = []
        self.seen: list[str] = []
        self.title = ""
        self.headings: list[str] = []
        self.bodies: dict[int, str] = {}

    def until(self, words: int) -> None:
        """Read events until `words` words of text have come."""
        while len(self.text.split()) < words:
            self.read(self.process.stdout.readline())

    def read(self, line: str) -> None:
        event = json.loads(line)
        self.events.append(event)
        index = event.get("index")
        match event["event"]:
            case "plan_ready":
                self.title = event["title"]
                self.headings = [one["heading"] for one in event["sections"]]
            case "section_started":
                self.bodies.setdefault(index, "")
            case "text_added":
                self.bodies[index] += event["text"]
            case "text_cut":
                self.bodies[index] = self.bodies[index][: event["length"]]
            case "text_replaced":
                self.bodies[index] = event["text"]
        self.seen.append(self.text)

    @property
    def text(self) -> str:
        """The document as a reader of the events has it."""
        blocks = [f"# {self.title}"]
        for index, body in sorted(self.bodies.items()):
            blocks += [f"## {self.headings[index]}", body.strip("\n")]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def engine(self) -> psutil.Process:
        return psutil.Process(self.process.pid).children(recursive=True)[-1]

    def finish(self) -> int:
        for line in self.process.stdout:
            self.read(line)
        self.process.stdout.close()
        self.errors = self.process.stderr.read()
        self.process.stderr.close()
        return self.process.wait()


@pytest.fixture(scope="module")
def written(
    demo_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> subprocess.CompletedProcess[str]:
    """A whole document by the model."""
    folder, data = tmp_path_factory.mktemp("written"), tmp_path_factory.mktemp("data")
    link(demo_model, data / "models" / FILE)
    (folder / "tea.yaml").write_text(BRIEF)
    own = {"XIEZUO_DATA_DIR": str(data), "XIEZUO_MODEL": "smollm2-135m-instruct"}
    return subprocess.run(
        [Path(sys.executable).with_name("xiezuo"), "write", "tea.yaml", *SEED],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=280,
        check=False,
        env={**os.environ, **own, "LANG": "C.UTF-8", "PWD": str(folder)},
    )


def test_a_brief_becomes_a_document(written: subprocess.CompletedProcess[str]):
    assert written.returncode == 0, written.stderr
    assert headings(written.stdout) == HEADINGS
    assert "[3/3] The Cup" in written.stderr
    sections = re.split(r"^##? .*$", written.stdout, flags=re.MULTILINE)[2:]
    assert all(len(section.split()) > 20 for section in sections)


def test_the_document_is_saved_beside_one_that_is_there(run: Run, brief: Path, model: None):
    (brief.parent / "tea.md").write_text("mine")
    done = run("write", brief.name, *SEED)
    assert "Saved tea-2.md" in done.stderr
    assert (brief.parent / "tea-2.md").read_text() == done.stdout
    names = sorted(path.name for path in brief.parent.iterdir())
    assert names == ["tea-2.md", "tea.md", "tea.yaml"]
    assert (brief.parent / "tea.md").read_text() == "mine"


def test_the_seed_is_the_engines(run: Run, brief: Path, scripted_model: ScriptedEngine):
    seeds: list[list[int]] = []
    for _ in range(2):
        before = len(scripted_model.requests)
        assert run("write", brief.name, *SEED).returncode == 0
        seeds.append([request["seed"] for request in scripted_model.requests[before:]])
    assert seeds[0][:3] == seeds[1][:3]


@pytest.mark.endurance
def test_the_same_seed_writes_the_same_document(run: Run, brief: Path, demo_installed: Path):
    texts = [run("write", brief.name, *SEED).stdout for _ in range(2)]
    assert texts[0] == texts[1]


def test_words_are_enough_and_the_outline_is_planned(
    program: list[str], tmp_path: Path, model: None
):
    writing = Writing(program, tmp_path, "Explain", "how", "tea", "is", "made", *SEED)
    writing.until(20)
    writing.process.send_signal(signal.SIGINT)
    writing.finish()
    assert len(writing.headings) >= 3
    assert (tmp_path / "explain-how-tea-is-made.md").read_text().startswith(f"# {writing.title}\n")


def test_a_brief_from_standard_input(program: list[str], run: Run, tmp_path: Path, model: None):
    done = run("write", "-", "-o", "out.md", "--quiet", *SEED, input=BRIEF, stdin=None)
    assert (done.returncode, done.stdout) == (0, "")
    assert headings((tmp_path / "out.md").read_text()) == HEADINGS


def test_events_are_lines_and_their_text_is_the_document(
    program: list[str], brief: Path, model: None
):
    writing = Writing(program, brief.parent, brief.name, "-o", "out.md", *SEED)
    assert writing.finish() == 0
    assert writing.text == (brief.parent / "out.md").read_text()
    assert writing.events[-1]["event"] == "finished"
    assert writing.events[-1]["path"] == "out.md"
    kinds = [event["event"] for event in writing.events if event["event"] != "load"]
    assert kinds[0] == "plan_ready"
    assert kinds.count("section_started") == kinds.count("section_finished") == 3


def test_a_terminal_shows_the_text_and_the_figures(program: list[str], brief: Path, model: None):
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    with subprocess.Popen(
        [*program, "write", brief.name, "-o", "out.md", *SEED],
        cwd=brief.parent, stdout=child, stderr=child, stdin=child, env=environment,
    ) as process:  # fmt: skip
        os.close(child)
        shown = b""
        while select.select([parent], [], [], 60)[0]:
            try:
                shown += os.read(parent, 65536)
            except OSError:  # Linux's end of file on a terminal
                break
    os.close(parent)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert process.returncode == 0
    assert "## The Leaf" in plain
    assert re.search(
        r"\[2/3\] The Pan · \d+ of about 120 words · [\d.]+ tokens/s · \d:\d\d left", plain
    )
    assert "Saved out.md" in plain


def gone(process: psutil.Process, seconds: float = 60) -> bool:
    try:
        process.wait(seconds)
    except psutil.TimeoutExpired:
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def test_killed_in_mid_sentence_then_resumed(
    program: list[str], run: Run, brief: Path, demo_installed: Path
):
    writing = Writing(program, brief.parent, brief.name, "-o", "out.md", *SEED)
    writing.until(90)
    engine = writing.engine()
    os.kill(writing.process.pid, signal.SIGKILL)
    assert gone(engine)
    writing.finish()
    saved = (brief.parent / "out.md").read_text()
    assert saved in writing.seen
    assert "## The Leaf" in saved
    done = run("write", "--resume", "-o", "out.md")
    text = (brief.parent / "out.md").read_text()
    assert done.returncode == 0
    assert text.startswith(saved.rpartition("\n\n")[0])
    assert headings(text) == HEADINGS
    assert run("write", "--resume", "-o", "out.md").returncode == 2


def test_the_engine_killed_in_mid_section_is_not_noticed_in_the_text(
    program: list[str], brief: Path, demo_installed: Path
):
    writing = Writing(program, brief.parent, brief.name, "-o", "out.md", *SEED)
    writing.until(70)
    writing.engine().kill()
    assert writing.finish() == 0
    text = (brief.parent / "out.md").read_text()
    assert text == writing.text
    assert headings(text) == HEADINGS
    assert [event["event"] for event in writing.events].count("engine_restarted") == 1
    seam = writing.text.splitlines()
    assert len(seam) == len([*dict.fromkeys(line for line in seam if line)]) + seam.count("")


@pytest.mark.parametrize(
    ("ending", "words"),  # within the first section, where nothing is complete, and after it
    [((signal.SIGINT, 130), 60), ((signal.SIGTERM, 143), 5), ((signal.SIGHUP, 143), 60)],
)
def test_stopped_by_a_signal_it_saves_and_says_how_to_go_on(
    program: list[str], run: Run, brief: Path, model: None, ending: tuple[int, int], words: int
):
    number, code = ending
    writing = Writing(program, brief.parent, brief.name, "-o", "my tea.md", *SEED)
    writing.until(words)
    writing.process.send_signal(number)
    assert writing.finish() == code
    assert (brief.parent / "my tea.md").read_text() == writing.text
    assert "xiezuo write --resume -o 'my tea.md'" in writing.events[-1]["message"]
    assert run("write", "--resume", "-o", "my tea.md").returncode == 0
    assert headings((brief.parent / "my tea.md").read_text()) == HEADINGS


def test_a_full_disk_keeps_every_word(run: Run, tmp_path: Path, model: None):
    (tmp_path / "long.yaml").write_text(BRIEF.replace("words: 120", "words: 1500"))
    with small_disk(8192) as disk:
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        done = run("write", "long.yaml", "-o", f"{disk}/out.md", *SEED, env=environment)
        kept = (disk / "out.md").read_text()
    assert done.returncode == 5
    assert "is full" in done.stderr
    assert "--resume" in done.stderr
    rescued = (tmp_path / "out.rescued.md").read_text()
    assert kept
    assert rescued.startswith(kept.rpartition("\n\n")[0])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"<html>Sign in to download</html>", "web page"),
        (b"MZ\x90\x00" * 100, "not a GGUF file"),
        (None, "ends after"),
    ],
)
def test_a_file_that_is_no_model_is_named_before_the_engine_sees_it(
    run: Run, brief: Path, damageable: Path, content: bytes | None, problem: str
):
    damageable.write_bytes(content or damageable.read_bytes()[:1_000_000])
    done = run("write", brief.name)
    assert done.returncode == 3
    assert problem in done.stderr
    assert "xiezuo models pull" in done.stderr
    assert list(brief.parent.glob("*.md")) == []


@pytest.mark.engine
def test_a_model_that_passes_for_one_but_cannot_be_loaded(run: Run, brief: Path, models_dir: Path):
    hollow = write_gguf(models_dir / "hollow.gguf")
    done = run("write", brief.name, "--model", str(hollow))
    assert done.returncode == 4
    assert "did not start" in done.stderr
    assert "error loading model" in done.stderr


def one_gigabyte() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))


def test_a_gigabyte_of_memory_is_enough_for_the_demo_model_to_write(
    program: list[str], brief: Path, demo_installed: Path
):
    writing = Writing(program, brief.parent, brief.name, *SEED, preexec_fn=one_gigabyte)
    writing.until(10)
    writing.process.send_signal(signal.SIGINT)
    assert writing.finish() == 130


@pytest.mark.endurance
def test_a_gigabyte_of_memory_is_enough_for_a_document(run: Run, brief: Path, demo_installed: Path):
    done = run("write", brief.name, *SEED, preexec_fn=one_gigabyte)
    assert (done.returncode, done.stderr.count("Saved")) == (0, 1)


def test_a_model_larger_than_memory_is_refused_before_it_is_loaded(
    run: Run, brief: Path, models_dir: Path
):
    large = write_gguf(models_dir / "large.gguf", tensor_rows=8_000_000, sparse=True)
    done = run("write", brief.name, "--model", str(large), preexec_fn=one_gigabyte)
    assert done.returncode == 4
    assert "needs about" in done.stderr
    assert "smaller model" in done.stderr


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is empty"),
        (b"task: [", "not valid YAML"),
        (b"task: x\ntopic: y", "line 2 has the unknown key `topic`"),
        ("task: 茶".encode("gb18030"), "line 1 is not UTF-8"),
        (b"task: " + b"x" * 5_000_000, "larger than"),
    ],
)
def test_a_wrong_brief_is_refused_at_once(run: Run, tmp_path: Path, content: bytes, problem: str):
    (tmp_path / "b.yaml").write_bytes(content)
    done = run("write", "b.yaml")
    assert done.returncode == 2
    assert problem in done.stderr


def test_messages_come_in_chinese_where_the_system_is(run: Run, tmp_path: Path):
    done = run("write", "none.yaml", env={**os.environ, "LANG": "zh_CN.UTF-8"})
    assert "无法使用写作要求 none.yaml" in done.stderr


@pytest.mark.parametrize("output", ["/proc/out.md", ".", "tea.yaml/out.md"])
def test_a_place_that_cannot_be_written_to_is_refused_before_a_model_is_fetched(
    run: Run, brief: Path, models_dir: Path, output: str
):
    done = run("write", brief.name, "-o", output)
    assert done.returncode == 5
    assert "model" not in done.stderr
    assert "-o" in done.stderr


def test_an_existing_file_is_kept_unless_told(run: Run, brief: Path, model: None):
    existing = brief.parent / "out.md"
    existing.write_text("mine")
    assert run("write", brief.name, "-o", "out.md").returncode == 5
    assert existing.read_text() == "mine"
    assert run("write", brief.name, "-o", "out.md", "--overwrite", *SEED).returncode == 0
    assert headings(existing.read_text()) == HEADINGS


def test_an_unknown_model_gets_a_suggestion(run: Run, brief: Path, models_dir: Path):
    done = run("write", brief.name, "--model", "qwen3-4b")
    assert done.returncode == 3
    assert "qwen3-4b-instruct-2507" in done.stderr


def test_a_chosen_model_is_never_replaced_by_another(run: Run, brief: Path, models_dir: Path):
    done = run("write", brief.name, "--model", "qwen3-4b-instruct-2507")
    assert done.returncode == 3
    assert "no source can be reached" in done.stderr


def test_nobody_at_the_given_address(run: Run, brief: Path):
    done = run("write", brief.name, "--base-url", "http://127.0.0.1:9/v1")
    assert done.returncode == 4
    assert "No engine answers" in done.stderr


def test_a_port_that_something_else_uses(run: Run, brief: Path):
    def greet() -> None:
        connection, _ = other.accept()
        with connection:
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        thread = threading.Thread(target=greet)
        thread.start()
        done = run("write", brief.name, "--base-url", f"http://127.0.0.1:{port}/v1")
        thread.join()
    assert done.returncode == 4
    assert "No engine answers" in done.stderr


def test_errors_are_json_too(run: Run, brief: Path, models_dir: Path):
    done = run("write", brief.name, "--json", "--model", "nonesuch")
    error = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 3
    assert (error["event"], error["code"]) == ("error", "UnknownModelError")


def test_a_wrong_setting_is_named(run: Run, brief: Path):
    done = run("write", brief.name, env={**os.environ, "XIEZUO_ENGINE_SLOTS": "many"})
    assert done.returncode == 2
    assert "engine.slots" in done.stderr
