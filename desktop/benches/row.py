"""One row of `onestory bench`: what was measured, the floor beside it, and whether the budget is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measured budget. `floor` and `ratio` are None where the budget is absolute."""

    name: str
    value: float
    unit: str
    budget: float
    floor: float | None = None
    ratio: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the budget is kept."""
        return (self.ratio if self.ratio is not None else self.value) <= self.budget

    def as_json(self) -> dict[str, Any]:
        """As the command contract has it."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "floor": None if self.floor is None else round(self.floor, 4),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "budget": self.budget,
            "ok": self.ok,
        }

    def as_text(self) -> list[str]:
        """As a line of the table."""
        shown = self.as_json()
        return [
            "" if shown[key] is None else str(shown[key])
            for key in ("name", "value", "unit", "floor", "ratio", "budget")
        ] + ["yes" if self.ok else "NO"]
