"""The linter's targets, measured as `make accuracy` does, and its page up to date."""

import pytest

from tests.corpus.accuracy import (
    EACH,
    INJECTIONS,
    MOST_ERRORS,
    PAGE,
    TARGETS,
    cleanliness,
    page,
    scores,
)
from tests.corpus.faults.table import FAULTS, NEAR_MISSES
from xiezuo.lint.rules import RULES


@pytest.fixture(scope="module")
def measured():
    return scores()


@pytest.fixture(scope="module")
def clean():
    return [cleanliness("en"), cleanliness("zh")]


def test_every_rule_has_an_injection_and_a_near_miss():
    assert INJECTIONS
    assert set(FAULTS) == set(NEAR_MISSES) == {rule.code for rule in RULES}
    assert EACH >= 20


@pytest.mark.parametrize("family", TARGETS)
def test_recall_of_injected_faults(measured, family: str):
    mine = [one for one in measured if one.code.startswith(family)]
    for one in mine:
        assert one.recall >= 0.8, (one.code, one.language, one.found)
        assert one.false <= 3, (one.code, one.language, one.false)
    assert sum(one.found for one in mine) >= TARGETS[family] * sum(one.faults for one in mine)


def test_errors_on_clean_human_text(clean):
    for one in clean:
        assert one.rate <= MOST_ERRORS, (one.language, one.errors)


def test_the_page_is_fresh(measured, clean):
    assert PAGE.read_text("utf-8") == page(measured, clean), "run `make accuracy`"
