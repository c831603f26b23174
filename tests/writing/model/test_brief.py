"""Briefs: everything optional but the task; whatever is wrong is named with its line."""

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiezuo.errors import BriefError
from xiezuo.i18n import current_language
from xiezuo.writing.model.brief import MAX_BRIEF_BYTES, brief_from_words, parse_brief, read_brief
from xiezuo.writing.model.outline import requested_sections

FULL = """
role: a tea grower
task: Explain how tea is made.
kind: tutorial
language: en
words: 900
structure:
  - From Leaf to Cup
  - heading: 2024-01-01
    words: 300
    intent: one good season
  - No
requirements: plain words
example: |
  ## From Leaf to Cup
  We pick at dawn...
tone: calm
audience: beginners
title: Tea
"""

YAML = ["task", "structure", "heading", ": ", "\n", "\n  ", "- ", "[", "]", "{", "}", "? ", "|",
        "\n---\n", "!!int ", "&a ", "*a", "'", '"', "#", "<<", "%YAML 1.1\n", "\t"]  # fmt: skip


def parse(text: str):
    return parse_brief(text.encode(), "b.yaml")


def test_every_key_is_read():
    brief = parse(FULL)
    assert (brief.role, brief.kind, brief.words) == ("a tea grower", "tutorial", 900)
    assert brief.requirements == ["plain words"]
    assert brief.structure[1].intent == "one good season"
    assert brief.example.endswith("We pick at dawn...")


def test_what_yaml_would_turn_into_dates_and_booleans_stays_text():
    assert [section.heading for section in parse(FULL).structure] == [
        "From Leaf to Cup",
        "2024-01-01",
        "No",
    ]


def test_lengths_add_up():
    assert [section.words for section in requested_sections(parse(FULL))] == [300, 300, 300]
    assert parse("task: x\nkind: email").total_words == 200
    assert parse("task: x\nstructure: [{heading: a, words: 100}, b]").total_words == 200


def test_the_language_comes_from_the_task_unless_given():
    assert parse("task: 写一篇关于茶的文章").written_in == "zh"
    assert parse("task: 写一篇关于茶的文章\nlanguage: en").written_in == "en"


def test_markers_in_headings_are_ours_to_give():
    brief = parse("task: x\nstructure: ['## One', 'Two ##', 'C# in depth']")
    assert [section.heading for section in requested_sections(brief)] == [
        "One",
        "Two",
        "C# in depth",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("  \n\n", "it is empty"),
        ("just words", "not a list of `key: value`"),
        ("role: x", "no `task`"),
        ("task: ''", "line 1, `task`"),
        ("task: x\ntasks: y", "line 2 has the unknown key `tasks`.*Did you mean `task`"),
        ("task: x\n\nwords: many", "line 3, `words`"),
        ("task: x\nwords: -5", "line 2, `words`"),
        ("task: x\nkind: poem", "line 2, `kind`"),
        ("task: x\nstructure:\n  - a\n  - wrods: 5", "line 4"),
        ("task: x\nstructure:\n  - heading: a\n    wrods: 5", "Did you mean `words`"),
        ("task: x\nstructure: one", "line 2, `structure`"),
        ("task: x\ntask: y", "line 2 repeats `task`"),
        ("task: [unclosed", "is not valid YAML"),
        ("task: x\n\tkind: y", "line 2 is not valid YAML"),
        ("task: x\nstructure:\n- heading: a\n  heading: b", "line 4 repeats `heading`"),
        ("task: x\nstructure: [a, '##']", "line 2, .*a heading needs words"),
        ("? [task]\n: x", "line 1 has a key that is not text"),
        ("task: x\nstructure:\n- {a: b}: c", "line 3 has a key that is not text"),
        ("task: &a x\nrole: *a", "line 2 uses YAML aliases"),
        ("task: x\nrole: \x00", "line 2 is not valid YAML"),
        ("task: x\nrole: " + "[" * 500, "line 2 is nested too deeply"),
        ("".join(" " * depth + "a:\n" for depth in range(600)), "line 21 is nested too deeply"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, problem: str):
    with pytest.raises(BriefError, match=f"(?s)b.yaml.*({problem})"):
        parse(text)


def test_in_chinese_too():
    token = current_language.set("zh")
    try:
        with pytest.raises(BriefError, match="第 2 行，`words`：应为整数"):
            parse("task: x\nwords: many")
    finally:
        current_language.reset(token)


def test_other_encodings_are_named_with_their_line():
    with pytest.raises(BriefError, match="line 2 is not UTF-8.*GB18030"):
        parse_brief("task: x\nrole: 茶农".encode("gb18030"), "b.yaml")


def test_five_megabytes_are_refused_at_once(tmp_path: Path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"task: " + b"x" * 5_000_000)
    started = time.process_time()
    with pytest.raises(BriefError, match=f"larger than {MAX_BRIEF_BYTES // 1024} KB"):
        read_brief(path)
    assert time.process_time() - started < 0.5


def test_the_largest_brief_that_is_read_is_judged_quickly():
    started = time.process_time()
    with pytest.raises(BriefError):
        parse("task: x\nstructure:\n" + "  - a\n" * (MAX_BRIEF_BYTES // 6 - 10))
    assert time.process_time() - started < 5


def test_depth_is_refused_at_once():
    started = time.process_time()
    with pytest.raises(BriefError):
        parse("task: " + "[" * (MAX_BRIEF_BYTES - 10))
    assert time.process_time() - started < 1


@given(st.lists(st.one_of(st.sampled_from(YAML), st.text(max_size=3)), max_size=25))
def test_whatever_is_in_it_nothing_but_a_brief_or_its_error_comes_of_it(pieces: list[str]):
    with contextlib.suppress(BriefError):
        parse("task: x\n" + "".join(pieces))


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(BriefError, match="No such file"):
        read_brief(tmp_path / "none.yaml")


def test_words_are_a_brief():
    assert brief_from_words("Explain tea.").task == "Explain tea."
    with pytest.raises(BriefError):
        brief_from_words("  ")
