"""The choice among candidates: the lowest score, and the first on a tie."""

import pytest

from xiezuo.writing.model.candidate import REJECTED, SOUND, Candidate, choose


def candidates(*scores: float) -> list[Candidate]:
    return [Candidate(body=f"{at}", score=score) for at, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("scores", "chosen"),
    [
        ([3.0], 0),
        ([2.0, 1.0, SOUND], 2),
        ([1.0, 2.0], 0),
        ([1.0, 1.0], 0),
        ([2.0, SOUND, SOUND], 1),
        ([1000.0, REJECTED], 0),
        ([REJECTED, 1000.0], 1),
        ([REJECTED, REJECTED], 0),
    ],
)
def test_the_lowest_score_wins_and_the_first_on_a_tie(scores: list[float], chosen: int):
    given = candidates(*scores)
    assert choose(given) is given[chosen]


def test_nothing_cannot_be_chosen_from():
    with pytest.raises(ValueError, match="empty"):
        choose(candidates())
