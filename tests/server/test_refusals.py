"""The table of refusals: complete in both languages, used, and answered as it says."""

import ast
import string
from pathlib import Path

import pytest

from tests.support.errors import CLASSES
from xiezuo.i18n import current_language
from xiezuo.server import refusals, status_texts
from xiezuo.server.errors import HttpError, refusal
from xiezuo.server.refusals import REFUSALS, WRITING_STOPPED, Refusal

SOURCE = Path(refusals.__file__).parent


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row.code} {row.status}")
def test_both_languages_say_the_same(row: Refusal):
    assert row.what.en
    assert row.what.zh
    assert bool(row.remedy.en) == bool(row.remedy.zh)
    for text in (row.what, row.remedy):
        assert places(text.en) == places(text.zh)


def test_statuses_have_titles_and_codes_are_of_no_error():
    assert {row.status for row in REFUSALS} <= set(status_texts.STATUS_TEXTS)
    assert not {row.code for row in REFUSALS} & {error.__name__ for error in CLASSES}


def test_every_row_is_used_and_no_refusal_is_made_elsewhere():
    used: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        if path.name == "refusals.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute | ast.Name):
                used.add(node.attr if isinstance(node, ast.Attribute) else node.id)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "HttpError":
                assert not isinstance(node.args[0], ast.Constant), (path, node.lineno)
    rows = {name for name, row in vars(refusals).items() if isinstance(row, Refusal)}
    assert sorted(rows - used) == []


def test_facts_fill_the_sentence_in_the_language_of_the_client():
    error = HttpError(WRITING_STOPPED, state="failed", problem="{no place}")
    token = current_language.set("zh")
    answer = refusal("/api/documents", error)
    current_language.reset(token)
    assert answer.status_code == 503
    assert "写作中止：failed。{no place}" in bytes(answer.body).decode()
