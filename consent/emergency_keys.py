"""What is sealed to the emergency key: everything that break-glass might open to someone entitled in this vault.

An entry that the person has closed to emergencies for all of them, or that the law keeps from all of them, is not, and
then no key of theirs opens it. Part of the standing decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from consent.choices import Act
from consent.decision import Attributes
from consent.emergencies import emergency_view
from consent.facts import RecordFacts
from consent.overrides import EMERGENCY, may_open, table
from consent.overruling import Closed
from consent.persons_choices import Acts, Neighbourhood, Refers
from consent.ports import KeyHolder
from consent.request import Request
from fhir.entries import PersonId

_NOBODY = frozenset[str]()


@dataclass(frozen=True)
class Crews:
    """Those entitled to emergency access, each as a request of theirs and what one person has closed to them. `keys`
    are those of the principal that stands for all of them."""

    keys: frozenset[str]
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
        told = Acts(acts, person, now, neighbours, refers, view=emergency_view)
        theirs = [replace(request, person=person, now=now) for request, _ in self.asking]
        return replace(self, asking=tuple((request, Closed(told, request)) for request in theirs))

    def readers(self, item: Attributes, facts: RecordFacts) -> frozenset[str]:
        """The emergency principal, where some of them might open this entry."""
        for request, closed in self.asking:
            if may_open(item, request) and (closed is None or not closed.to(facts)):
                return self.keys
        return _NOBODY


def crews(principals: Iterable[KeyHolder], teams: Iterable[Request]) -> Crews:
    """Those of the teams, each given as a request of theirs, whose role is entitled."""
    entitled = table().kinds[EMERGENCY].who
    keys = frozenset(who.id for who in principals if who.kind == "emergency")
    return Crews(keys, tuple((request, None) for request in teams if request.actor.role in entitled))
