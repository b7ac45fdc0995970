"""Codes that a FHIR Consent is read by (`consent_codes.toml`), ready to look up.

Offers which system an address means, which codes say opt-in, privacy, holder, purpose or action, and what a label
covers. Knows no Consent and no record.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal, NamedTuple

from consent.categories import categories
from consent.errors import PolicyError
from consent.sensitivity.tables import security_labels, shape

Choice = Literal["permit", "deny"]


class Coding(NamedTuple):
    """A code in a system, both as written."""

    system: str
    code: str


@dataclass(frozen=True)
class Vocabulary:
    """The tables. `named` codes are written "system code", with the system's name of the table."""

    systems: tuple[tuple[str, str], ...]
    policies: dict[str, Choice]
    policy_endings: dict[str, Choice]
    scopes: frozenset[str]
    other_scopes: frozenset[str]
    categories: frozenset[str]
    open_categories: frozenset[str]
    holder_roles: frozenset[str]
    actions: frozenset[str]
    purposes: frozenset[str]
    order: tuple[str, ...]
    covers: dict[str, frozenset[str]]
    denies: dict[str, frozenset[str]]
    label_of: dict[str, str]
    holders: tuple[str, ...]
    writers: frozenset[str]
    principal: tuple[str, ...]
    times: tuple[str, ...]
    mentioned: frozenset[str]
    types: frozenset[str]

    def system(self, uri: str) -> str:
        """The table's name for a code system, empty where it is not known."""
        lower = uri.strip().casefold()
        return next((name for part, name in self.systems if part in lower), "") if lower else ""

    def named(self, coding: Coding) -> str:
        """ "system code" with the table's name of the system; empty for a system that is not known."""
        system = self.system(coding.system)
        return f"{system} {coding.code}" if system else ""

    def policy(self, uri: str) -> Choice | None:
        """What an address of a policy says by its last part."""
        ending = uri.strip().rstrip("/")
        for mark in "/#:|":
            ending = ending.rpartition(mark)[2]
        return self.policy_endings.get(ending.casefold())


@cache
def vocabulary() -> Vocabulary:
    """The tables of this version. Raises PolicyError where they cannot be read."""
    try:
        table: dict[str, Any] = tomllib.loads((resources.files("consent") / "consent_codes.toml").read_text("utf-8"))
        policy, privacy, labels, record = (table[name] for name in ("policy", "privacy", "labels", "record"))
        permit: Choice = "permit"
        deny: Choice = "deny"
        return Vocabulary(
            systems=tuple(
                (part, name) for name, parts in table["systems"].items() if name != "source" for part in parts
            ),
            policies=dict.fromkeys(policy["permit"], permit) | dict.fromkeys(policy["deny"], deny),
            policy_endings=dict.fromkeys(policy["uri_permit"], permit) | dict.fromkeys(policy["uri_deny"], deny),
            scopes=frozenset(privacy["scopes"]),
            other_scopes=frozenset(privacy["other_scopes"]),
            categories=frozenset(privacy["categories"]),
            open_categories=frozenset(privacy["open_categories"]),
            holder_roles=frozenset(table["roles"]["holders"]),
            actions=frozenset(table["actions"]["codes"]),
            purposes=frozenset(table["purposes"]["codes"]),
            order=tuple(labels["confidentiality"]),
            covers={code: frozenset(others) for code, others in labels["covers"].items()},
            denies={code: frozenset(others) for code, others in labels["denies"].items()},
            label_of=labels["category"],
            holders=tuple(record["holders"]),
            writers=frozenset(record["writers"]),
            principal=tuple(record["principal"]),
            times=tuple(record["times"]),
            mentioned=frozenset(record["mentioned"]),
            types=frozenset(shape().type) | frozenset(record["more_types"]),
        )
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError("the table of consent codes cannot be read") from error


EVERYTHING = "everything"
"""The category code of a rule that holds whatever a record is labelled with, also with nothing."""


class Label(NamedTuple):
    """A security label under one name, whatever its source called the system. `kind` is "confidentiality",
    "sensitivity", "category" (a kind of information of `consent.categories`, or EVERYTHING), or "other" for one that is
    not understood (then `code` holds system and code)."""

    kind: str
    code: str


@lru_cache(maxsize=5_000)
def label(coding: Coding) -> Label | None:
    """The label a coding means; None for handling marks that say nothing of what an entry is about."""
    system = security_labels().system(coding.system)
    code = coding.code.strip()
    if vocabulary().system(coding.system) == "information" and (code in categories() or code == EVERYTHING):
        return Label("category", code)
    said = security_labels().meaning(((coding.system, code),))
    if system == "confidentiality" and code in vocabulary().order:
        return Label("confidentiality", code)
    if system == "actcode" and (said.categories or code in vocabulary().denies):
        return Label("sensitivity", code)
    if system and code and not said.unknown and not said.categories and not said.confidentiality:
        return None
    return Label("other", f"{coding.system}|{code}")


@cache
def category_of(sensitivity: str) -> str:
    """The information category a sensitivity code stands for, or empty."""
    said = security_labels().meaning((("http://terminology.hl7.org/CodeSystem/v3-ActCode", sensitivity),))
    return next(iter(said.categories), "")
