"""The user's own templates take the place of ours, or are refused by name."""

from pathlib import Path

import pytest

from xiezuo.errors import PromptError
from xiezuo.writing import prompts
from xiezuo.writing.model.brief import Brief


@pytest.fixture(autouse=True)
def _ours_again():
    token = prompts._folder.set(None)
    yield
    prompts._folder.reset(token)


BRIEF = Brief(task="Explain tea.")


def test_a_file_of_the_same_name_is_used(tmp_path: Path):
    before = prompts.outline(BRIEF, 3)
    (tmp_path / "title.en.txt").write_text("A question about this $kind?")
    prompts.use_folder(tmp_path)
    assert prompts.title(BRIEF) == "A question about this article?"
    assert prompts.outline(BRIEF, 3) == before


def test_no_folder_is_no_error(tmp_path: Path):
    prompts.use_folder(tmp_path / "none")
    assert "article" in prompts.title(BRIEF)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("titel.en.txt", b"x", "no such stage"),
        ("title.en.txt", b"$task", r"only use \$kind"),
        ("title.en.txt", b"cost: $ 5", "only use"),
        ("title.zh.txt", "标题".encode("gb18030"), "utf-8"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, name: str, content: bytes, problem: str):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PromptError, match=problem) as caught:
        prompts.use_folder(tmp_path)
    assert name in caught.value.message
