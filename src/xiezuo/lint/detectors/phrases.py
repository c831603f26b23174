"""The phrase lists of `data/`, read once."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Phrase:
    """A regular expression and the weight of one match."""

    pattern: str
    weight: float


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("xiezuo.lint") / "data" / f"{name}.toml").read_text("utf-8"))


@cache
def phrases(name: str) -> tuple[Phrase, ...]:
    """The phrases of `data/<name>.toml`."""
    weights = _table(name)["phrases"]
    return tuple(
        Phrase(pattern, float(weight))
        for weight, patterns in weights.items()
        for pattern in patterns
    )


@cache
def words(name: str, key: str) -> tuple[str, ...]:
    """The list `key` of `data/<name>.toml`."""
    return tuple(_table(name)[key])


@cache
def variants_zh() -> tuple[tuple[str, ...], ...]:
    """Groups of spellings of the same word."""
    return tuple(tuple(forms) for forms in _table("variants-zh")["variants"])
