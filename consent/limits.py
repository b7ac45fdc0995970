"""Lawful limits: what the law keeps from the person and those who act for them, and identities it protects from all.

Offers the table (`limits.toml`), limits set by a clinician, a council or the custodian with reason and review date, the
policies that enforce them and the statutory need to know, and `Bound`: the same limits laid over what someone else
sees, for previews, counts, *See as*, *Who has looked* and *Take my record* (consent.md, The order of authority, 1).
Knows no store and no clock.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from consent.decision import Attributes, Decision, Policy, Step
from consent.errors import PolicyError
from consent.need_to_know import CATEGORY as SAFEGUARDING
from consent.need_to_know import need_to_know
from consent.request import ROLES, Request
from fhir.entries import Entry, EntryId, PersonId

NAME = "lawful limits"
HELD = "protected identity"


@dataclass(frozen=True)
class Limit:
    """One kind of limit. `binds` are the roles it binds; `health` and `social_care` the roles that may set it for what
    a health service or a council wrote; `silent`: that it exists may not be told either."""

    key: str
    name: str
    words: str
    binds: frozenset[str]
    health: frozenset[str]
    social_care: frozenset[str]
    needs_review: bool
    silent: bool
    source: str


@dataclass(frozen=True)
class Protected:
    """One kind of identity that the law protects: who may see it at all, and who where the person has said so."""

    key: str
    name: str
    words: str
    may: frozenset[str]
    with_permission: frozenset[str]
    source: str


class Limits:
    """The table. Built once; raises PolicyError where a row names what does not exist."""

    def __init__(self, table: dict[str, Any]) -> None:
        try:
            self.version: str = table["version"]
            self.limits = {row["key"]: _limit(row) for row in table["limit"]}
            self.identities = {row["key"]: _identity(row) for row in table["identity"]}
        except (KeyError, TypeError) as error:
            raise PolicyError("the table of lawful limits lacks a part") from error

    def held(self, keys: Iterable[str]) -> frozenset[tuple[str, str]]:
        """What a vault keeps for good once an entry with these limits came into it: that somebody in it, whoever, has
        an identity that the law protects. It stands among what services have ever supplied (`RecordStore.carries`)."""
        return frozenset((HELD, key) for key in keys if key in self.identities)

    def protect_from(self, role: str, carries: Collection[tuple[str, str]], *, test_data: bool = False) -> bool:
        """Whether, in a vault that `carries` these, a protected identity may be kept from a role on any record, in any
        section. In a vault of invented people none is from a tester."""
        kept = (one for key, one in self.identities.items() if (HELD, key) in carries)
        return any(role not in one.may for one in kept) and not (test_data and role == "tester")

    def binding(self, keys: Iterable[str], role: str) -> Limit | None:
        """The first of these limits that binds a role; None where none does."""
        found = (self.limits[key] for key in sorted(keys) if key in self.limits)
        return next((limit for limit in found if role in limit.binds), None)


def _limit(row: dict[str, Any]) -> Limit:
    found = Limit(
        key=row["key"],
        name=row["name"],
        words=row["words"],
        binds=frozenset(row["binds"]),
        health=frozenset(row["health"]),
        social_care=frozenset(row["social_care"]),
        needs_review=row["needs_review"],
        silent=row.get("silent", False),
        source=row["source"],
    )
    if not found.binds | found.health | found.social_care <= set(ROLES):
        raise PolicyError("a lawful limit names a role that does not exist")
    return found


def _identity(row: dict[str, Any]) -> Protected:
    may, permitted = frozenset(row["may"]), frozenset(row["with_permission"])
    if not may | permitted <= set(ROLES):
        raise PolicyError("a protected identity names a role that does not exist")
    return Protected(row["key"], row["name"], row["words"], may, permitted, row["source"])


@cache
def limits() -> Limits:
    """The table of this version."""
    try:
        return Limits(tomllib.loads((resources.files("consent") / "limits.toml").read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PolicyError("the table of lawful limits cannot be read") from error


@dataclass(frozen=True)
class SetLimit:
    """A limit that someone set on entries of one person, and on every state of the `resources` (`resource_of`) they
    are. `wrote` says whose information it is ("health" or "social-care"); `review` is the day by which it must be
    looked at again (None where the kind needs none); `lifted` the day it ended, and `why`. A limit past its review date
    still binds."""

    person: PersonId
    kind: str
    entries: frozenset[EntryId]
    reason: str
    set_by: str
    role: str
    wrote: str
    set_on: date
    review: date | None = None
    lifted: date | None = None
    resources: frozenset[str] = frozenset()
    why: str = ""

    def binds_on(self, day: date) -> bool:
        """Whether it binds on a day: from the day it was set until the day it is lifted."""
        return self.set_on <= day and (self.lifted is None or day < self.lifted)

    def overdue(self, day: date) -> bool:
        """Whether it should have been looked at again by now."""
        return self.binds_on(day) and self.review is not None and self.review < day


def check_limit(limit: SetLimit) -> None:
    """Raises PolicyError, in one sentence, where a limit may not be set so."""
    known = limits().limits.get(limit.kind)
    if known is None:
        raise PolicyError("There is no such kind of limit.")
    if limit.role not in (known.social_care if limit.wrote == "social-care" else known.health):
        raise PolicyError("This limit is set by the clinician responsible, or the council for what it wrote itself.")
    if not limit.reason.strip():
        raise PolicyError("Say why it may not be shown.")
    if not limit.entries:
        raise PolicyError("Say which entries it is about.")
    if known.needs_review and (limit.review is None or limit.review <= limit.set_on):
        raise PolicyError("Say by which later day it must be looked at again.")


def resource_of(entry: Entry) -> str:
    """Which resource of which system an entry is, whatever its state; empty for one without a name of its own."""
    return "" if entry.resource.endswith("/") else f"{entry.source.key} {entry.resource}"


def limits_on(
    entry: EntryId,
    own: Sequence[str],
    declared: Iterable[SetLimit],
    people: Collection[PersonId],
    day: date,
    resource: str = "",
) -> tuple[str, ...]:
    """All limits on an entry on a day: its `own` (from labels and codes) and those set on it, or on another state of
    its resource. A limit set for anyone but these `people`, who are one, or one that may not be set so, does not
    count."""
    found = set(own)
    for limit in declared:
        meant = entry in limit.entries or (resource and resource in limit.resources)
        if limit.person in people and meant and limit.binds_on(day):
            try:
                check_limit(limit)
            except PolicyError:
                continue
            found.add(limit.kind)
    return tuple(sorted(found))


class LawfulLimits:
    """Limits that bind whoever is asking, before every choice and default."""

    name = NAME

    def rule_on(self, item: Attributes, request: Request) -> Decision | None:
        """Withhold what the law keeps from this role; nothing to say to anyone else."""
        limit = limits().binding(item.limits, request.actor.role)
        if limit is None:
            return None
        step = Step(self.name, limit.key, "role", True, "withhold", f"{limit.words[:1].lower()}{limit.words[1:]}")
        return Decision("withhold", trace=(step,))


class NeedToKnow:
    """The statutory table as an authority before the choices: it withholds, and leaves the rest to those after it."""

    name = "statutory need to know"

    def __init__(self, *, test_data: bool = False) -> None:
        """`test_data`: in a vault of invented people a tester sees everything."""
        self.test_data = test_data

    def rule_on(self, item: Attributes, request: Request) -> Decision | None:
        """Withhold safeguarding information from roles that no row names."""
        if SAFEGUARDING not in item.categories or (self.test_data and request.actor.role == "tester"):
            return None
        if need_to_know().need(request.actor.role, item.kind) is not None:
            return None
        step = Step(self.name, "no row", "role", True, "withhold", "it is for those whom the law gives a duty to know")
        return Decision("withhold", trace=(step,))


class ProtectedIdentities:
    """Identities the law protects: withheld from all but the few it names, whatever a role's default says. `choices`
    are the person's own: a health professional of the table whom they permit sees it; nobody else does by a choice."""

    name = "protected identities"

    def __init__(self, choices: Policy | None = None, *, test_data: bool = False) -> None:
        """`test_data`: in a vault of invented people a tester sees everything."""
        self.choices = choices
        self.test_data = test_data

    def rule_on(self, item: Attributes, request: Request) -> Decision | None:
        """Withhold a protected identity from whoever may not see it."""
        if self.test_data and request.actor.role == "tester":
            return None
        for key in item.limits:
            kept = limits().identities.get(key)
            if kept is None or request.actor.role in kept.may or self._agreed(kept, item, request):
                continue
            words = f"{kept.words[:1].lower()}{kept.words[1:]}"
            return Decision("withhold", trace=(Step(self.name, key, "role", True, "withhold", words),))
        return None

    def _agreed(self, kept: Protected, item: Attributes, request: Request) -> bool:
        if self.choices is None or request.actor.role not in kept.with_permission:
            return False
        said = self.choices.rule_on(item, request)
        return said is not None and said.effect != "withhold"


@dataclass(frozen=True)
class Bound:
    """What the law keeps from the one who looks at someone else's view. Standing first among the policies, it takes
    from a worker's record all that may not be shown to `viewer`; counts, notices and previews then follow by
    themselves. It only ever withholds."""

    viewer: Request
    name: str = "limits on the one who looks"

    def rule_on(self, item: Attributes, request: Request) -> Decision | None:
        """What the limits say to the viewer, whoever's view it is."""
        asked: tuple[Policy, ...] = (LawfulLimits(), NeedToKnow(), ProtectedIdentities())
        for policy in asked:
            ruling = policy.rule_on(item, self.viewer)
            if ruling is not None:
                return replace(ruling, trace=(replace(ruling.trace[0], policy=self.name), *ruling.trace[1:]))
        return None


def bound(policies: Sequence[Policy], viewer: Request) -> tuple[Policy, ...]:
    """The policies of a preview: those of the worker, bounded by what the law keeps from the one who looks."""
    return (Bound(viewer), *policies)
