"""Candidates: the texts that attempts at a repair produce, and the choice among them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

SOUND = 0.0
REJECTED = math.inf  # the score of an answer that must not be used


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One text that could be used.

    Attributes:
        score: how bad it is; `SOUND` is free of faults, and `REJECTED` never beats another text.
        tokens: generated for it.
    """

    body: str
    score: float
    tokens: int = 0


AnyCandidate = TypeVar("AnyCandidate", bound=Candidate)


def choose(candidates: Iterable[AnyCandidate]) -> AnyCandidate:
    """The candidate with the lowest score; on a tie, the first of them.

    Raises:
        ValueError: there is no candidate.
    """
    return min(candidates, key=lambda candidate: candidate.score)
