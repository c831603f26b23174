"""Every rule against its document: each mark is found, nothing else is, and fixes do as shown."""

import inspect
import re
from dataclasses import fields

import pytest

from tests.lint.documents import FOLDER, Case, cases
from xiezuo.lint.rules import FAMILIES, RULES

DOCUMENTS = sorted(FOLDER.glob("*.md"))
CASES = [case for path in DOCUMENTS for case in cases(path)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_document(case: Case):
    found = case.lint()
    assert [(one.start, one.end) for one in found] == case.spans
    assert bool(case.spans) == case.finds
    if case.fixed is not None:
        result = case.linter.fix(case.text, unsafe=True, expected=case.outline)
        assert result.text == case.fixed
        assert not [one for one in result.remaining if one.fix], "a fix must remove its diagnostic"
        again = case.linter.fix(result.text, unsafe=True, expected=case.outline)
        assert again.text == result.text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
class TestEveryRule:
    def test_has_a_document_with_finds_and_near_misses_in_each_language(self, rule):
        mine = [case for case in CASES if case.code == rule.code]
        for language in rule.languages:
            assert any(case.finds for case in mine if case.language == language)
            assert any(not case.finds for case in mine if case.language == language)

    def test_shows_a_fix_if_it_has_one(self, rule):
        shown = any(case.fixed is not None for case in CASES if case.code == rule.code)
        assert shown == (rule.fixes is not None)

    def test_documents_itself_in_both_languages(self, rule):
        for language, words in (
            ("en", ("Why:", "Example", "Fix")),
            ("zh", ("为什么：", "示例", "修复")),
        ):
            assert rule.title(language)
            page = rule.page(language)
            for word in words:
                assert word in page, (language, word)
            assert (rule.fixes is not None) == (
                re.search(r"Fix \((?:un)?safe|修复（(?:不)?安全|\(safe\)|（安全）", page)
                is not None
            )
            for option in fields(rule):
                assert f"`{option.name}`" in page

    def test_its_file_is_its_code_and_its_code_is_its_family(self, rule):
        assert inspect.getmodule(type(rule)).__name__.endswith(f"rules.{rule.code.lower()}")
        assert rule.code[:3] in FAMILIES
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+|loop|chatter|placeholder", rule.name)


def test_codes_and_names_are_used_once():
    assert len({rule.code for rule in RULES}) == len(RULES) == len({rule.name for rule in RULES})
    assert len(RULES) >= 45
    assert [rule.code for rule in RULES] == sorted(
        (rule.code for rule in RULES), key=lambda code: (list(FAMILIES).index(code[:3]), code)
    )
