"""Who is who among those who ask, hold or write: from Practitioner, PractitionerRole, Organization, Group, CareTeam,
RelatedPerson and the like, by reference or by identifier.

A `Directory` is built once from the resources at hand and one instant (roles and memberships begin and end). It knows
no rule. What cannot be told for sure is kept apart: `Who.possible` holds memberships that may or may not be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.consents import Pointer, Tree, identifier_name, pointer
from consent.spans import Span, instant, period_span

PEOPLE_AND_PLACES = frozenset(
    {
        "Patient", "Practitioner", "PractitionerRole", "Organization", "Group", "CareTeam", "RelatedPerson", "Person",
        "Device", "Location", "HealthcareService",
    }
)  # fmt: skip
_TEAM_ENDED = frozenset({"proposed", "suspended", "inactive", "entered-in-error"})


@dataclass(frozen=True)
class Who:
    """Everything some people or organisations are, by name: for certain, and possibly."""

    certain: frozenset[str]
    possible: frozenset[str]


@dataclass(frozen=True)
class Entity:
    """One known resource that can act: its names and its kind."""

    kind: str
    names: tuple[str, ...]
    open_members: bool = False


@dataclass(frozen=True)
class _Edge:
    """Whoever the pointer means also belongs to the entity of this number."""

    member: Pointer
    of: Pointer
    certain: bool
    employer: Pointer | None = None


class Directory:
    """Names of everyone known, and who belongs to what at one instant."""

    def __init__(
        self,
        resources: Iterable[tuple[Tree, Sequence[str]]],
        now: datetime,
        perhaps: Iterable[tuple[Pointer, Pointer]] = (),
        *,
        twofold: Iterable[str] = (),
    ) -> None:
        """`perhaps` are pairs of which the first may be, or belong to, the second: told by a name only. `twofold` are
        names that tell nobody, because two different ones of a kind go by them."""
        self._twofold = frozenset(twofold)
        self._now = instant(now)
        self._by_name: defaultdict[str, list[Entity]] = defaultdict(list)
        self._edges: list[_Edge] = []
        self._aliases: dict[Pointer, tuple[frozenset[str], bool]] = {}
        for tree, names in resources:
            if tree.get("resourceType") in PEOPLE_AND_PLACES:
                self._learn(tree, tuple(name for name in names if name))
        self._edges += [_Edge(member, of, certain=False) for member, of in perhaps]
        self._belongs: defaultdict[str, list[_Edge]] = defaultdict(list)
        for edge in self._edges:
            for name in self.names(edge.member):
                self._belongs[name].append(edge)

    def names(self, who: Pointer) -> frozenset[str]:
        """Every name of whoever is meant, also those the pointer does not use."""
        return self._alias(who)[0]

    def known(self, who: Pointer) -> bool:
        """Whether whoever is meant is here, and is one and the same."""
        return self._alias(who)[1]

    def told_two_ways(self, who: Pointer) -> bool:
        """Whether whoever is meant is nobody in particular, because two different ones go by the name."""
        return not self.known(who) and any(name in self._twofold or self._shared(name) for name in who.names)

    def open_members(self, who: Pointer) -> bool:
        """Whether it is a group that describes its members and does not list them."""
        return any(entity.open_members for name in who.names for entity in self._by_name.get(name, ()))

    def who(self, pointers: Iterable[Pointer], *, one_employer: bool = False) -> Who:
        """Everything that those meant are: themselves, their roles, teams, groups and organisations, upward.

        With `one_employer` a person's organisation is certain only where they have one: what somebody wrote was
        written for one of them."""
        start = {name for item in pointers for name in self.names(item)}
        return Who(self._spread(start, one_employer, True), self._spread(start, one_employer, False))

    def _spread(self, start: set[str], one_employer: bool, certain: bool) -> frozenset[str]:
        seen = set(start)
        front = list(start)
        while front:
            edges = self._belongs.get(front.pop(), ())
            employers = {self.names(edge.employer) for edge in edges if edge.employer} if one_employer else ()
            for edge in edges:
                if certain and (not edge.certain or (edge.employer and len(employers) > 1)):
                    continue
                fresh = self.names(edge.of) - seen
                seen |= fresh
                front.extend(fresh)
        return frozenset(seen)

    def _alias(self, who: Pointer) -> tuple[frozenset[str], bool]:
        found = self._aliases.get(who)
        if found is None:
            found = self._aliases[who] = self._find(who)
        return found

    def _find(self, who: Pointer) -> tuple[frozenset[str], bool]:
        names = set(who.names)
        front = list(who.names)
        known = False
        while front:
            name = front.pop()
            entities = self._by_name.get(name, ())
            if self._shared(name):
                continue  # two of one kind under one identifier: it tells neither
            known = known or bool(entities)
            fresh = {other for entity in entities for other in entity.names if not self._shared(other)} - names
            names |= fresh
            front.extend(fresh)
        return frozenset(names), known

    def _shared(self, name: str) -> bool:
        if not name.startswith("identifier "):
            return False
        kinds = [entity.kind for entity in {entity.names: entity for entity in self._by_name.get(name, ())}.values()]
        return len(kinds) != len(set(kinds))

    # -- learning

    def _learn(self, tree: Tree, names: tuple[str, ...]) -> None:
        kind = tree["resourceType"]
        identifiers = tree.get("identifier")
        own = [
            identifier_name(item)
            for item in (identifiers if isinstance(identifiers, list) else ())
            if isinstance(item, dict)
        ]
        every = tuple(dict.fromkeys([*names, *(name for name in own if name)]))
        if not every:
            return
        descriptive = kind == "Group" and (tree.get("actual") is False or tree.get("membership") == "definitional")
        entity = Entity(kind, every, descriptive or (kind == "Group" and "characteristic" in tree))
        for name in every:
            self._by_name[name].append(entity)
        self._members(kind, tree, Pointer(every[:1]))

    def _members(self, kind: str, tree: Tree, me: Pointer) -> None:
        if kind == "PractitionerRole":
            sure = self._in_force(tree, "active")
            practitioner, organisation = pointer(tree.get("practitioner")), pointer(tree.get("organization"))
            if practitioner is not None:
                self._tie(practitioner, me, sure, employer=organisation)
                self._tie(me, practitioner, sure)
                self._tie(practitioner, organisation, sure, employer=organisation)
            self._tie(me, organisation, sure)
        elif kind == "Organization":
            self._tie(me, pointer(tree.get("partOf")), True)
        elif kind == "Group":
            whole = self._in_force(tree, "active")
            for member in _dicts(tree.get("member")):
                gone = member.get("inactive")
                sure = False if gone is True else (True if gone in (None, False) else None)
                self._tie(pointer(member.get("entity")), me, _both(whole, sure, self._now_in(member)))
        elif kind == "CareTeam":
            status = tree.get("status", "active")
            whole = status not in _TEAM_ENDED if isinstance(status, str) else None
            for member in _dicts(tree.get("participant")):
                sure = self._now_in(member if "period" in member else {"period": member.get("coveragePeriod")})
                self._tie(pointer(member.get("member")), me, _both(whole, sure))
        elif kind == "Person":
            for link in _dicts(tree.get("link")):
                target = pointer(link.get("target"))
                self._tie(target, me, True)
                self._tie(me, target, True)

    def _tie(
        self, member: Pointer | None, of: Pointer | None, sure: bool | None, *, employer: Pointer | None = None
    ) -> None:
        if member is not None and of is not None and sure is not False:
            self._edges.append(_Edge(member, of, certain=sure is True, employer=employer))

    def _in_force(self, tree: Tree, flag: str) -> bool | None:
        said = tree.get(flag)
        return _both(True if said is None else (said if isinstance(said, bool) else None), self._now_in(tree))

    def _now_in(self, tree: Tree) -> bool | None:
        """Whether now is in its period; None where that cannot be told."""
        period = tree.get("period")
        if period is None:
            return True
        span: Span | None = period_span(period)
        return None if span is None else span.holds(self._now)


def _both(*answers: bool | None) -> bool | None:
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def _dicts(value: Any) -> list[Tree]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
