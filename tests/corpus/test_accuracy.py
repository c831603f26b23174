"""The linter's targets, on a few samples; on all of them, and the page of `make accuracy`, in
the endurance tier.
"""

import pytest

from tests.corpus.accuracy import (
    EACH,
    INJECTIONS,
    MOST_ERRORS,
    PAGE,
    TARGETS,
    Score,
    cleanliness,
    page,
    scores,
)
from tests.corpus.faults.table import FAULTS, NEAR_MISSES
from xiezuo.lint.rules import RULES

FEW = 6
MOST_FALSE = 1 / 8  # of the near-misses
LEAST_RECALL = 0.8  # of one rule in one language


def failures(measured: list[Score]) -> list[str]:
    """Rules and families that miss their targets."""
    wrong = [
        f"{score.code} {score.language}: {score.found} of {score.faults} found, {score.false} false"
        for score in measured
        if score.recall < LEAST_RECALL or score.false > max(1, MOST_FALSE * score.near_misses)
    ]
    for family, target in TARGETS.items():
        family_scores = [score for score in measured if score.code.startswith(family)]
        found, faults = (
            sum(score.found for score in family_scores),
            sum(score.faults for score in family_scores),
        )
        if found < target * faults:
            wrong.append(f"{family}: {found} of {faults}, target {target}")
    return wrong


def test_every_rule_has_an_injection_and_a_near_miss():
    assert INJECTIONS
    assert set(FAULTS) == set(NEAR_MISSES) == {rule.code for rule in RULES}
    assert EACH >= 20


def test_a_few_injected_faults_are_found_and_near_misses_left_alone():
    assert failures(scores(FEW)) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_errors_on_clean_human_text(language: str):
    clean = cleanliness(language)
    assert clean.rate <= MOST_ERRORS, clean.errors


@pytest.mark.endurance
def test_all_injected_faults_and_the_page_is_fresh():
    measured = scores()
    assert failures(measured) == []
    clean = [cleanliness("en"), cleanliness("zh")]
    assert PAGE.read_text("utf-8") == page(measured, clean), "run `make accuracy`"
