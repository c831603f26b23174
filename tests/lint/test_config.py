"""Configuration: found up the tree, checked, applied."""

from pathlib import Path

import pytest

from xiezuo.errors import LintConfigError
from xiezuo.lint.config import LintConfig, find_config, parse_config


def test_the_nearest_file_above_is_used(tmp_path: Path):
    (tmp_path / "xiezuo.toml").write_text('[lint]\nignore = ["CUT"]\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_config(inner).ignore == ("CUT",)
    (tmp_path / "a" / "pyproject.toml").write_text('[tool.xiezuo.lint]\nselect = ["FMT"]\n')
    assert find_config(inner).select == ("FMT",)
    assert find_config(inner).root == tmp_path / "a"


def test_a_file_without_the_table_is_passed_over(tmp_path: Path):
    (tmp_path / "xiezuo.toml").write_text('[lint]\nignore = ["CUT"]\n')
    inner = tmp_path / "a"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert find_config(inner).ignore == ("CUT",)


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ({"selct": []}, "selct"),
        ({"select": "CUT"}, "select"),
        ({"fail-on": "never"}, "fail-on"),
        ({"rules": {"STR999": {}}}, "STR999"),
        ({"rules": {"STR009": {"wrods": 3}}}, "wrods"),
        ({"rules": {"STR009": {"words": "many"}}}, "words"),
        ({"per-file-ignores": []}, "per-file-ignores"),
    ],
)
def test_what_is_wrong_is_named(table: dict, word: str):
    with pytest.raises(LintConfigError, match=word):
        parse_config(table, Path())


def test_a_broken_file_is_an_error(tmp_path: Path):
    (tmp_path / "xiezuo.toml").write_text("[lint\n")
    with pytest.raises(LintConfigError, match="xiezuo.toml"):
        find_config(tmp_path)


def test_rules_are_tuned():
    config = parse_config({"rules": {"STR009": {"words": 5}}}, Path())
    (rule,) = [candidate for candidate in config.rules if candidate.code == "STR009"]
    assert rule.words == 5


def test_files_are_left_out_and_rules_ignored_by_pattern(tmp_path: Path):
    config = LintConfig(
        exclude=("drafts", "*.tmp.md"), per_file_ignores={"docs/*": ("CUT",)}, root=tmp_path
    )
    assert config.leaves_out(tmp_path / "drafts" / "a.md")
    assert config.leaves_out(tmp_path / "x" / "a.tmp.md")
    assert not config.leaves_out(tmp_path / "a.md")
    assert config.ignored_in(tmp_path / "docs" / "a.md") == ("CUT",)
    assert config.ignored_in(tmp_path / "a.md") == ()
