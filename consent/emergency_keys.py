"""What is sealed to the emergency key: everything that break-glass might open to someone entitled in this vault.

An entry that the person has closed to emergencies for all of them, or that the law keeps from all of them, is not, and
then no key of theirs opens it. Part of the standing decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

from consent.choices import Act
from consent.decision import Attributes
from consent.facts import RecordFacts
from consent.overrides import EMERGENCY, may_open, table
from consent.overruling import Closed
from consent.persons_choices import Neighbourhood, Refers
from consent.ports import KeyHolder
from consent.request import Actor, Request, Role
from fhir.entries import PersonId

_TIMELESS = datetime(2000, 1, 1, tzinfo=UTC)
_NOBODY = frozenset[str]()


@dataclass(frozen=True)
class Crews:
    """Those entitled to emergency access, each as a request for it and what one person has closed to them. `id` is the
    principal that stands for all of them; empty where nobody is entitled."""

    id: str
    asking: tuple[tuple[Request, Closed | None], ...]

    def of_person(
        self,
        person: PersonId,
        acts: Sequence[Act],
        neighbours: Neighbourhood,
        now: datetime,
        refers: Refers | None,
    ) -> Crews:
        """The same for one person who made choices."""
        asking = []
        for request, _ in self.asking:
            theirs = replace(request, person=person, now=now)
            asking.append((theirs, Closed(acts, theirs, neighbours, refers)))
        return replace(self, asking=tuple(asking))

    def readers(self, item: Attributes, facts: RecordFacts | None = None) -> frozenset[str]:
        """The emergency principal, where some of them might open this entry."""
        for request, closed in self.asking:
            if may_open(item, request) and (closed is None or facts is None or not closed.to(facts)):
                return frozenset({self.id})
        return _NOBODY


def crews(principals: Iterable[KeyHolder]) -> Crews:
    """The teams of a vault that are entitled, by their role."""
    everyone = list(principals)
    id = next((who.id for who in everyone if who.kind == "emergency"), "")
    entitled = table().kinds[EMERGENCY].who
    teams = [who for who in everyone if who.kind == "team" and who.role in entitled] if id else []
    return Crews(id, tuple((_request(who), None) for who in teams))


def _request(team: KeyHolder) -> Request:
    actor = Actor(user="", role=cast(Role, team.role), organisation=team.organisation, former=team.former)
    return Request(PersonId(""), actor, "BTG", "present", _TIMELESS, "standing decision")
