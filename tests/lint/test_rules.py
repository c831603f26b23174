"""Every rule against its document: each mark is found, nothing else is, and fixes do as shown."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from tests.lint.documents import FOLDER, Case, cases, mark
from xiezuo.lint.rule import Rule
from xiezuo.lint.rules import FAMILIES, RULES

ROOT = Path(__file__).parents[2]

DOCUMENTS = {path.stem: path for path in sorted(FOLDER.glob("*.md"))}
WORDS = {"en": ("Why:", "Example", "Fix"), "zh": ("为什么：", "示例", "修复")}


def mismatches(case: Case) -> Iterator[str]:
    """What the rule does otherwise than its document says."""
    spans = [(diagnostic.start, diagnostic.end) for diagnostic in case.lint()]
    if spans != case.spans:
        yield f"{case}: it finds\n{mark(case.text, spans)}"
    if bool(case.spans) != case.finds:
        yield f"{case}: a case that {'finds' if case.finds else 'leaves alone'} has other marks"
    if case.fixed is None:
        return
    result = case.linter.fix(case.text, unsafe=True, expected=case.outline)
    if result.text != case.fixed:
        yield f"{case}: it becomes\n{result.text}"
    if any(diagnostic.fix for diagnostic in result.remaining):
        yield f"{case}: a fix must remove its diagnostic"
    again = case.linter.fix(result.text, unsafe=True, expected=case.outline)
    if again.text != result.text:
        yield f"{case}: fixed once more it becomes\n{again.text}"


def lacks(rule: Rule, read: list[Case]) -> Iterator[str]:
    """The kinds of cases that a rule's document must have and has not."""
    for language in rule.languages:
        for finds in (True, False):
            if not any(case.finds == finds for case in read if case.language == language):
                kind = "finds something" if finds else "is a near-miss"
                yield f"{rule.code}: no case ({language}) {kind}"
    if any(case.fixed is not None for case in read) != (rule.fixes is not None):
        yield f"{rule.code}: `becomes` and the rule's `fixes` disagree"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_document(rule: Rule):
    read = cases(DOCUMENTS[rule.code])
    wrong = [*lacks(rule, read), *(line for case in read for line in mismatches(case))]
    if wrong:
        pytest.fail("\n\n".join(wrong), pytrace=False)


def test_every_document_is_a_rules():
    assert sorted(DOCUMENTS) == sorted(rule.code for rule in RULES)


def undocumented(rule: Rule, language: str) -> Iterator[str]:
    page = rule.page(language)
    if not rule.title(language):
        yield "title"
    yield from (word for word in WORDS[language] if word not in page)
    yield from (field.name for field in fields(rule) if f"`{field.name}`" not in page)
    safety = r"Fix \((?:un)?safe|修复（(?:不)?安全|\(safe\)|（安全）"
    if (rule.fixes is not None) != (re.search(safety, page) is not None):
        yield "the safety of its fix"


def test_every_rule_documents_itself_in_both_languages():
    missing = [
        f"{rule.code} {language}: {gap}"
        for rule in RULES
        for language in WORDS
        for gap in undocumented(rule, language)
    ]
    assert missing == []


def test_a_rules_file_is_its_code_and_its_code_is_its_family():
    wrong = [
        rule.code
        for rule in RULES
        if Path(inspect.getfile(type(rule))).stem != rule.code.lower()
        or rule.code[:3] not in FAMILIES
        or not re.fullmatch(r"[a-z]+(-[a-z]+)+|loop|chatter|placeholder", rule.name)
    ]
    assert wrong == []


def test_codes_and_names_are_used_once():
    assert len({rule.code for rule in RULES}) == len(RULES) == len({rule.name for rule in RULES})
    for page in ("README.md", "README.zh.md", "CHANGELOG.md"):
        counts = re.findall(r"(\d+) (?:rules for|条面向)", (ROOT / page).read_text("utf-8"))
        assert counts == [str(len(RULES))], page
    assert [rule.code for rule in RULES] == sorted(
        (rule.code for rule in RULES), key=lambda code: (list(FAMILIES).index(code[:3]), code)
    )
