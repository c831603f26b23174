"""The table of injections: for each rule a fault, and a change that looks like it and is none."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.corpus.base import Base
from xiezuo.lint.expected import Expected


@dataclass(frozen=True)
class Sample:
    """A text to lint; `brief` says that it is one."""

    text: str
    expected: Expected | None = None
    brief: bool = False


Change = Callable[[Random, Base], "Sample | str"]
FAULTS: dict[str, Change] = {}
NEAR_MISSES: dict[str, Change] = {}


def fault(code: str) -> Callable[[Change], Change]:
    def keep(change: Change) -> Change:
        FAULTS[code] = change
        return change

    return keep


def near_miss(code: str) -> Callable[[Change], Change]:
    def keep(change: Change) -> Change:
        NEAR_MISSES[code] = change
        return change

    return keep


def sample(change: Change, rng: Random, base: Base) -> Sample:
    changed = change(rng, base)
    return changed if isinstance(changed, Sample) else Sample(changed)
