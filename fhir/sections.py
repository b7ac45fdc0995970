"""The sections of the single person view: PRSB Core Information Standard v2 plus three of our own.

The table is data (`sections.toml`): key, name, group, what feeds it. Sections say nothing about who may see them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Section:
    """One home for entries.

    `key` is stable and stored; `name` is shown; `group` is one of overview, health, care, people, plans, record;
    `lanes` are the kinds of service that could feed it; `categories` the information categories
    (consent.categories keys) that its entries may carry.
    """

    key: str
    name: str
    group: str
    standard: str
    lanes: tuple[str, ...]
    categories: tuple[str, ...]


@cache
def sections() -> dict[str, Section]:
    """Every section by key, in display order."""
    table = tomllib.loads(Path(__file__).with_name("sections.toml").read_text("utf-8"))
    return {
        row["key"]: Section(
            key=row["key"],
            name=row["name"],
            group=row["group"],
            standard=row.get("standard", ""),
            lanes=tuple(row["lanes"]),
            categories=tuple(row["categories"]),
        )
        for row in table["section"]
    }
