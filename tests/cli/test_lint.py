"""`xiezuo lint` and `xiezuo rule` as a user runs them."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).with_name("xiezuo"))
ENVIRONMENT = {"PATH": "", "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "COLUMNS": "80"}
FAULTY = "# 茶\n\n水开了,再放茶叶。\n"
CLEAN = "# 茶\n\n水开了，再放茶叶。\n"


def run(*arguments: str, cwd: Path, text: str | bytes | None = None, language: str = "en"):
    data = text.encode() if isinstance(text, str) else text
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd, input=data, capture_output=True, check=False, timeout=60,
        env={**ENVIRONMENT, "XIEZUO_LANGUAGE": language, "HOME": str(cwd)},
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = tmp_path / "tea.md"
    path.write_text(FAULTY, "utf-8")
    return path


def test_exit_codes_are_those_of_ruff(faulty: Path):
    assert run("lint", "tea.md", cwd=faulty.parent)[0] == 1
    assert run("lint", "--fail-on", "error", "tea.md", cwd=faulty.parent)[0] == 0
    faulty.write_text(CLEAN, "utf-8")
    assert run("lint", "tea.md", cwd=faulty.parent)[:2] == (0, "Nothing found.\n")
    assert run("lint", "missing.md", cwd=faulty.parent)[0] == 2
    assert run("lint", "--select", "XYZ", "tea.md", cwd=faulty.parent)[0] == 2


def test_fix_mends_the_file_and_says_what_is_left(faulty: Path):
    code, out, err = run("lint", "--fix", "tea.md", cwd=faulty.parent)
    assert (code, out) == (0, "Nothing found.\n")
    assert "1 fixed" in err
    assert faulty.read_text("utf-8") == CLEAN


def test_fix_keeps_line_endings_and_mode(faulty: Path):
    faulty.write_bytes(FAULTY.replace("\n", "\r\n").encode())
    faulty.chmod(0o640)
    run("lint", "--fix", "tea.md", cwd=faulty.parent)
    assert faulty.read_bytes() == CLEAN.replace("\n", "\r\n").encode()
    assert faulty.stat().st_mode & 0o777 == 0o640


def test_diff_shows_and_changes_nothing(faulty: Path):
    code, out, _ = run("lint", "--diff", "tea.md", cwd=faulty.parent)
    assert code == 1
    assert "-水开了,再放茶叶。\n+水开了，再放茶叶。\n" in out
    assert faulty.read_text("utf-8") == FAULTY


def test_standard_input_is_linted_and_fixed(tmp_path: Path):
    code, out, _ = run("lint", "--format", "json", "-", cwd=tmp_path, text=FAULTY)
    assert code == 1
    assert [row["code"] for row in json.loads(out)] == ["FMT007"]
    assert run("lint", "--fix", "-", cwd=tmp_path, text=FAULTY)[1] == CLEAN


def test_folders_are_searched_and_configuration_is_used(faulty: Path):
    folder = faulty.parent
    (folder / "drafts").mkdir()
    (folder / "drafts" / "x.md").write_text(FAULTY, "utf-8")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "x.md").write_text(FAULTY, "utf-8")
    (folder / "xiezuo.toml").write_text('[lint]\nexclude = ["drafts"]\n')
    out = run("lint", "--format", "json", ".", cwd=folder)[1]
    assert [row["path"] for row in json.loads(out)] == ["tea.md"]
    (folder / "xiezuo.toml").write_text('[lint]\nignore = ["FMT007"]\n')
    assert run("lint", ".", cwd=folder)[0] == 0


def test_an_outline_is_a_brief(faulty: Path):
    brief = faulty.parent / "brief.yaml"
    brief.write_text("task: 介绍茶\nstructure: [用水]\n", "utf-8")
    out = run("lint", "--outline", "brief.yaml", "--select", "CUT006", "tea.md", cwd=faulty.parent)[
        1
    ]
    assert "用水" in out


def test_a_brief_is_linted_as_one(tmp_path: Path):
    (tmp_path / "b.yaml").write_text("task: Write about {topic}.\n")
    out = run("lint", "--format", "json", "b.yaml", cwd=tmp_path)[1]
    assert {"BRF001", "BRF009"} <= {row["code"] for row in json.loads(out)}


def test_messages_are_in_the_users_language(faulty: Path):
    assert "中文里的" in run("lint", "tea.md", cwd=faulty.parent, language="zh")[1]


@pytest.mark.parametrize(("data", "word"), [(b"\xff\xfe\x00", "UTF-8"), (b"a\n\xe8\x8c", "line 2")])
def test_a_file_that_is_not_utf8_is_refused_and_the_others_are_linted(
    faulty: Path, data: bytes, word: str
):
    (faulty.parent / "bad.md").write_bytes(data)
    code, out, err = run("lint", "bad.md", "tea.md", cwd=faulty.parent)
    assert code == 2
    assert word in err
    assert "FMT007" in out


def test_a_link_stays_a_link(faulty: Path):
    folder = faulty.parent / "link"
    folder.mkdir()
    (folder / "tea.md").symlink_to(faulty)
    run("lint", "--fix", "link/tea.md", cwd=faulty.parent)
    assert (folder / "tea.md").is_symlink()
    assert faulty.read_text("utf-8") == CLEAN


def test_statistics(faulty: Path):
    assert "FMT007" in run("lint", "--statistics", "tea.md", cwd=faulty.parent)[1]


def test_watch_runs_again_when_a_file_changes(faulty: Path):
    seen = threading.Event()

    def save_again_and_again() -> None:
        """The watch begins at some moment after the first result."""
        while not seen.wait(0.2):
            faulty.write_text(CLEAN, "utf-8")

    saver = threading.Thread(target=save_again_and_again)
    with subprocess.Popen(
        [PROGRAM, "lint", "--watch", "tea.md"],
        cwd=faulty.parent,
        stdout=subprocess.PIPE,
        text=True,
        env={**ENVIRONMENT, "XIEZUO_LANGUAGE": "en", "HOME": str(faulty.parent)},
    ) as process:
        try:
            assert process.stdout
            assert any("warnings" in line for line in process.stdout)
            saver.start()
            assert any("Nothing found." in line for line in process.stdout)
        finally:
            seen.set()
            process.terminate()
    saver.join()


class TestRule:
    def test_a_page(self, tmp_path: Path):
        code, out, _ = run("rule", "cut002", cwd=tmp_path)
        assert code == 0
        assert out.startswith("# CUT002 unclosed-fence")
        assert "代码块没有闭合" in run("rule", "unclosed-fence", cwd=tmp_path, language="zh")[1]

    def test_the_list(self, tmp_path: Path):
        assert len(run("rule", "--list", cwd=tmp_path)[1].splitlines()) > 45

    def test_an_unknown_one_suggests_another(self, tmp_path: Path):
        code, _, err = run("rule", "CUT02", cwd=tmp_path)
        assert code == 2
        assert "CUT002" in err
