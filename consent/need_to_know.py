"""Professional safeguarding and child-protection information: who may see which kind of it, by statute.

Offers the table (`need_to_know.toml`); the policy that enforces it before the person's choices is in `consent.limits`.
It is not among the person's switches; in the banner it shows as one neutral "open in private" mark.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from consent.errors import PolicyError
from consent.request import ROLES

CATEGORY = "safeguarding"


@dataclass(frozen=True)
class Information:
    """One kind of safeguarding information; `kinds` are kinds of entry, or "*" for whatever no other names."""

    key: str
    name: str
    words: str
    kinds: frozenset[str]


@dataclass(frozen=True)
class Need:
    """One row: these roles may see these kinds of safeguarding information, and why. `number` counts from 1."""

    number: int
    roles: frozenset[str]
    information: frozenset[str]
    words: str
    source: str


class NeedTable:
    """The table. Built once; raises PolicyError where a row names what does not exist."""

    def __init__(self, table: dict[str, Any]) -> None:
        try:
            self.version: str = table["version"]
            self.information = tuple(
                Information(row["key"], row["name"], row["words"], frozenset(row["kinds"]))
                for row in table["information"]
            )
            self.rules = tuple(
                Need(number, frozenset(row["roles"]), frozenset(row["information"]), row["words"], row["source"])
                for number, row in enumerate(table["rule"], 1)
            )
        except (KeyError, TypeError) as error:
            raise PolicyError("the table of need to know lacks a part") from error
        known = {one.key for one in self.information}
        for rule in self.rules:
            if not (rule.roles <= set(ROLES) and rule.information <= known):
                raise PolicyError(f"row {rule.number} of need to know names a role or kind that does not exist")

    def kind_of(self, kind: str) -> str:
        """Which kind of safeguarding information a kind of entry is."""
        named = next((one.key for one in self.information if kind in one.kinds), "")
        return named or next((one.key for one in self.information if "*" in one.kinds), "")

    def need(self, role: str, kind: str) -> Need | None:
        """The first row that lets a role see entries of this kind, or None."""
        information = self.kind_of(kind)
        return next((rule for rule in self.rules if role in rule.roles and information in rule.information), None)

    def every(self, role: str) -> bool:
        """Whether a role may see every kind of safeguarding information."""
        return all(
            any(role in rule.roles and one.key in rule.information for rule in self.rules) for one in self.information
        )


@cache
def need_to_know() -> NeedTable:
    """The table of this version."""
    try:
        return NeedTable(tomllib.loads((resources.files("consent") / "need_to_know.toml").read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PolicyError("the table of need to know cannot be read") from error
