"""The error tree: drawn as it is, in two languages, raised with the facts its sentences need."""

import ast
import re
import string
from pathlib import Path

import pytest

from tests.support.errors import CLASSES, CONCRETE
from xiezuo import errors
from xiezuo.errors import XiezuoError
from xiezuo.i18n import current_language

SOURCE = Path(errors.__file__).parent


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def facts(error: type[XiezuoError]) -> set[str]:
    return places(error.what.en) | places(error.remedy.en)


def test_the_tree_is_drawn_as_it_is():
    def draw(error: type[XiezuoError], depth: int = 0) -> list[tuple[int, str]]:
        rows = [(depth, error.__name__)]
        for child in CLASSES:
            if child.__base__ is error:
                rows += draw(child, depth + 1)
        return rows

    drawn = [
        (len(match[1]) // 4, match[2])
        for line in errors.__doc__.splitlines()
        if (match := re.match(r"^((?:[│ ]   )*(?:[├└]── )?)(\w+Error)\b", line))
    ]
    assert drawn == draw(XiezuoError)


@pytest.mark.parametrize("error", CONCRETE)
def test_both_languages_say_the_same(error: type[XiezuoError]):
    for text in (error.what, error.remedy):
        assert text.en
        assert text.zh
        assert places(text.en) == places(text.zh)
    assert re.search(r"[\u4e00-\u9fff]", error.what.zh)


def test_leaves_are_concrete():
    parents = {error.__base__ for error in CLASSES}
    assert [error for error in CLASSES if error not in parents and error not in CONCRETE] == []


def raised() -> list[tuple[str, str, set[str]]]:
    """Every construction of an error in the package, with the facts it gives."""
    names = {error.__name__ for error in CONCRETE}
    constructions: list[tuple[str, str, set[str]]] = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Raise) and getattr(node.exc, "id", None) in names:
                constructions.append((f"{path.name}:{node.lineno}", node.exc.id, set()))
            elif isinstance(node, ast.Call) and getattr(node.func, "id", None) in names:
                given = {keyword.arg for keyword in node.keywords}
                constructions.append((f"{path.name}:{node.lineno}", node.func.id, given))
            bare = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(bare, ast.Name) and bare.id in names:
                constructions.append((f"{path.name}:{node.lineno}", bare.id, set()))
    return constructions


@pytest.mark.parametrize(
    ("place", "name", "given"),
    raised(),
    ids=lambda one: str(sorted(one)) if isinstance(one, set) else one,
)
def test_it_is_raised_with_the_facts_it_needs(place: str, name: str, given: set[str]):
    assert given == facts(getattr(errors, name))


def test_every_error_is_used():
    used = {name for _, name, _ in raised()}
    assert {error.__name__ for error in CONCRETE} - used == set()


def test_it_speaks_the_users_language():
    error = errors.ModelNotInstalledError(model="m")
    assert str(error) == "The model 'm' is not installed. Download it: `xiezuo models pull m`."
    token = current_language.set("zh")
    try:
        assert error.message == "尚未安装模型 'm'。"
    finally:
        current_language.reset(token)
