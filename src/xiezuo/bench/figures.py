"""A measured figure: several rounds, one number, and what the machine could do at best."""

from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """`values` in `unit`, one a round; `limit` is the physical bound where one can be stated.

    `reference` is the article's figure for the same work, on 8 cores.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    limit: float | None = None
    reference: float | None = None

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def ratio(self) -> float | None:
        """Share of the limit that was reached."""
        return self.median / self.limit if self.limit else None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "lowest": min(self.values),
            "highest": max(self.values),
            "rounds": len(self.values),
            "limit": self.limit,
            "ratio": self.ratio,
            "reference": self.reference,
        }
