"""What each kind of worker may see where the person has said nothing: the table `defaults.toml`, ready to look up.

Its dimensions are role, category, section, purpose and relationship. A role that no row names sees nothing. Whether a
request may be answered at all (purpose, relationship) stands here too. What concerns professional safeguarding comes
from the statutory table (`consent.need_to_know`) and is in no row here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from consent.categories import categories
from consent.errors import PolicyError
from consent.need_to_know import CATEGORY as SAFEGUARDING
from consent.need_to_know import need_to_know
from consent.request import PURPOSES, RELATIONSHIPS, ROLES
from fhir.sections import sections


@dataclass(frozen=True)
class Rule:
    """One row: these roles may see these categories in these sections, for these purposes, in these relationships.
    `number` counts rows from 1."""

    number: int
    roles: frozenset[str]
    categories: frozenset[str]
    sections: frozenset[str]
    words: str
    source: str
    treated: bool = False
    test_data_only: bool = False
    purposes: frozenset[str] = frozenset()
    relationships: frozenset[str] = frozenset()

    def holds(self, purpose: str, relationship: str) -> bool:
        """Whether it is a row for this purpose and relationship. Empty ones stand for the most favourable."""
        return (not purpose or purpose in self.purposes) and (not relationship or relationship in self.relationships)


@dataclass(frozen=True)
class Ground:
    """Why a purpose or relationship permits asking at all, or does not."""

    permitted: bool
    words: str
    source: str
    needs_reason: bool = False


class Defaults:
    """The table. Built once; raises PolicyError where a row names what does not exist."""

    def __init__(self, table: dict[str, Any]) -> None:
        try:
            self.version: str = table["version"]
            self.purposes = _grounds(table["purpose"], frozenset(PURPOSES))
            self.relationships = _grounds(table["relationship"], frozenset(RELATIONSHIPS))
            direct = frozenset(key for key, one in self.purposes.items() if one.permitted)
            tied = frozenset(key for key, one in self.relationships.items() if one.permitted)
            rows = [{"purposes": sorted(direct), "relationships": sorted(tied)} | row for row in table["rule"]]
            self.rules = tuple(_rule(number, row) for number, row in enumerate(rows, 1))
            self.needs = tuple(_need(row) for row in table["needs"])
            self._writes = frozenset((row["lane"], role) for row in table["writes"] for role in row["roles"])
        except (KeyError, TypeError) as error:
            raise PolicyError("the table of defaults lacks a part") from error
        self._all = frozenset(categories()) - {SAFEGUARDING}
        self._everything: dict[tuple[str, str, bool, str, str], bool] = {}

    def rule(
        self,
        role: str,
        category: str,
        section: str,
        *,
        treated: bool = False,
        test_data: bool = False,
        purpose: str = "",
        relationship: str = "",
    ) -> Rule | None:
        """The first row that permits this, or None. Without purpose or relationship the most favourable is meant."""
        for rule in self.rules:
            if (
                role in rule.roles
                and category in rule.categories
                and section in rule.sections
                and (treated or not rule.treated)
                and (test_data or not rule.test_data_only)
                and rule.holds(purpose, relationship)
                and self._known(category, relationship)
            ):
                return rule
        return None

    def everything(
        self, role: str, section: str, *, test_data: bool = False, purpose: str = "", relationship: str = ""
    ) -> bool:
        """True where the role is permitted every category in the section, so that nothing there is withheld from it."""
        asked = (role, section, test_data, purpose, relationship)
        if asked not in self._everything:
            self._everything[asked] = (role == "tester" or need_to_know().every(role)) and all(
                self.rule(role, category, section, test_data=test_data, purpose=purpose, relationship=relationship)
                for category in self._all
            )
        return self._everything[asked]

    def everywhere(self, role: str, *, test_data: bool = False) -> bool:
        """True where nothing in any section is withheld from the role in direct care."""
        return all(
            self.everything(role, key, test_data=test_data, purpose="TREAT", relationship="present")
            for key in sections()
        )

    def offers(self, role: str, purpose: str) -> bool:
        """True where some row lets the role ask for this purpose."""
        return any(role in rule.roles and purpose in rule.purposes for rule in self.rules)

    def _known(self, category: str, relationship: str) -> bool:
        """Whether a category may be shown in this relationship at all."""
        needed = [need.relationships for need in self.needs if category in need.categories]
        return not relationship or all(relationship in some for some in needed)

    def writes(self, role: str, lane: str) -> bool:
        """True where teams of this role write the records of this kind of service."""
        return (lane, role) in self._writes

    def knows(self, role: str) -> bool:
        """True where some row names the role."""
        return any(role in rule.roles for rule in self.rules)


@dataclass(frozen=True)
class Needed:
    """Kinds of information that are shown in these relationships only."""

    categories: frozenset[str]
    relationships: frozenset[str]
    words: str
    source: str


def _need(row: dict[str, Any]) -> Needed:
    need = Needed(frozenset(row["categories"]), frozenset(row["relationships"]), row["words"], row["source"])
    if not (need.categories <= set(categories()) and need.relationships <= set(RELATIONSHIPS)):
        raise PolicyError("the table of defaults asks a relationship for what does not exist")
    return need


def _rule(number: int, row: dict[str, Any]) -> Rule:
    named = frozenset(sections()) if row["sections"] == ["*"] else frozenset(row["sections"])
    rule = Rule(
        number=number,
        roles=frozenset(row["roles"]),
        categories=frozenset(row["categories"]),
        sections=named,
        words=row["words"],
        source=row["source"],
        treated=row.get("treated", False),
        test_data_only=row.get("test_data_only", False),
        purposes=frozenset(row["purposes"]),
        relationships=frozenset(row["relationships"]),
    )
    if not (rule.roles <= set(ROLES) and rule.categories <= set(categories()) and rule.sections <= set(sections())):
        raise PolicyError(f"row {number} of the defaults names a role, category or section that does not exist")
    if not (rule.purposes <= set(PURPOSES) and rule.relationships <= set(RELATIONSHIPS)):
        raise PolicyError(f"row {number} of the defaults names a purpose or relationship that does not exist")
    if SAFEGUARDING in rule.categories:
        raise PolicyError(f"row {number} of the defaults names safeguarding, which has a table of its own")
    return rule


def _grounds(rows: list[dict[str, Any]], known: frozenset[str]) -> dict[str, Ground]:
    grounds = {
        key: Ground(row["permitted"], row["words"], row["source"], row.get("needs_reason", False))
        for row in rows
        for key in row["keys"]
    }
    if set(grounds) != known:
        raise PolicyError("the table of defaults does not name exactly the known purposes and relationships")
    return grounds


@cache
def defaults() -> Defaults:
    """The table of this version."""
    try:
        text = (resources.files("consent") / "defaults.toml").read_text("utf-8")
        return Defaults(tomllib.loads(text))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PolicyError("the table of defaults cannot be read") from error
