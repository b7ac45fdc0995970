"""The kinds of information a person chooses between, and the labels that put an entry into one.

The table is data (`categories.toml`): key, name, plain words, sensitivity codes (HL7 v3 ActCode) that mean it.
`safeguarding` is not among the person's switches: it follows a statutory need-to-know table.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Category:
    """One kind of information. `chosen_by_person` is False for professional safeguarding information."""

    key: str
    name: str
    words: str
    sensitivity: tuple[str, ...]
    chosen_by_person: bool


@cache
def categories() -> dict[str, Category]:
    """Every category by key, in display order."""
    table = tomllib.loads((resources.files("consent") / "categories.toml").read_text("utf-8"))
    return {
        row["key"]: Category(
            key=row["key"],
            name=row["name"],
            words=row["words"],
            sensitivity=tuple(row["sensitivity"]),
            chosen_by_person=row.get("chosen_by_person", True),
        )
        for row in table["category"]
    }
