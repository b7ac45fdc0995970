"""The standing decision: who may ever read an entry. It drives the sealing; the request decision can only narrow it.

The same engine and the same policies answer as for a request, asked the most favourable way: for every purpose that
anything permits, by a team that knows the person. What was chosen to begin later is not granted before. Where a choice
tells workers of one team apart, its readers are workers and no longer the team. Custodian and review are given their
grants by the store; users read as members of their teams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol, cast

from consent.acting import NOT_STAFF, About, with_them
from consent.authority import Authority, policies
from consent.choices import Act
from consent.consents import Provision
from consent.decision import Attributes, Policy, attributes, decide_on
from consent.emergency_keys import Crews, crews
from consent.facts import EntryFacts
from consent.labels import LabelledEntry
from consent.matching import Element
from consent.persons_choices import (
    Acts,
    Counting,
    Neighbourhood,
    Refers,
    RequestChoices,
    asking_of,
    data_elements_of,
    neighbourhood,
    rules_in,
)
from consent.ports import KeyHolder
from consent.request import PURPOSES, ROLES, Action, Actor, Request, Role
from consent.said_of import WithTheirThings
from fhir.entries import PersonId

__all__ = ["Nobody", "PersonStanding", "Readers", "Standing", "policies"]

_TIMELESS = datetime(2000, 1, 1, tzinfo=UTC)
_ANYONE = PersonId("")
_MEMORY = 20_000
_DIRECT_CARE = ("TREAT", "ETREAT", "CAREMGT")
_OVERRIDE = "BTG"


class Readers(Protocol):
    """Says of entries who may ever read them."""

    def readers(self, labelled: LabelledEntry) -> frozenset[str]:
        """Ids of the principals who may ever read this entry. A masked entry counts as readable."""


class Nobody:
    """Readers of entries of someone whose choices cannot be read."""

    def readers(self, labelled: LabelledEntry) -> frozenset[str]:
        """Nobody but those to whom the store gives everything."""
        return frozenset()


class Standing:
    """Standing decisions for one set of principals, kept by attributes: use one for a whole import."""

    def __init__(self, principals: Sequence[KeyHolder], *, test_data: bool) -> None:
        self._principals = tuple(principals)
        self._asked = [
            who
            for who in principals
            if who.kind in ("team", "user") and who.role in ROLES and who.role not in NOT_STAFF
        ]
        self._neighbours = neighbourhood(principals)
        self._asking = [(who.id, _most_favourable(who)) for who in self._asked if who.kind == "team"]
        self._policies = policies(test_data=test_data)
        self._known: dict[Attributes, frozenset[str]] = {}
        self._crews = crews(principals, [request for _, request in self._asking])

    def readers(self, labelled: LabelledEntry) -> frozenset[str]:
        """Ids of the principals who may ever read this entry of someone who chose nothing."""
        item = attributes(labelled)
        known = self._known.get(item)
        if known is None:
            if len(self._known) > _MEMORY:
                self._known.clear()
            teams = frozenset(
                name for name, request in self._asking if decide_on(item, request, self._policies).effect != "withhold"
            )
            known = self._known[item] = teams | self._crews.readers(item, EntryFacts(labelled))
        return known

    def of_person(
        self,
        person: PersonId,
        acts: Sequence[Act],
        now: datetime,
        refers: Refers | None = None,
        about: Callable[[], About] = About,
        entries: Callable[[], Iterable[LabelledEntry]] | None = None,
    ) -> Readers:
        """Standing decisions on one person's entries, by what they chose. `refers`: what records refer to; `about`:
        what is stated about the person, asked where someone who is, or acts for, them has keys; `entries`: what else
        is stored of them, asked where something is said of another thing; without it that is decided by itself."""
        base: Readers = self
        if acts:
            crews = self._crews.of_person(person, acts, self._neighbours, now, refers)
            base = PersonStanding(self._asked, self._policies, self._neighbours, person, acts, now, refers, crews)
        found = with_them(base, self._principals, about, now)
        return WithTheirThings(found, entries) if entries is not None else found


class PersonStanding:
    """Standing decisions on the entries of one person who made choices, kept by all that they depend on."""

    def __init__(
        self,
        asked: Sequence[KeyHolder],
        rules: Sequence[Policy],
        neighbours: Neighbourhood,
        person: PersonId,
        acts: Sequence[Act],
        now: datetime,
        refers: Refers | None,
        crews: Crews,
    ) -> None:
        self._crews = crews
        self._elements: list[Element] = []
        self._teams: list[tuple[str, list[Authority], dict[str, list[Authority]]]] = []
        self._known: dict[tuple[object, ...], frozenset[str]] = {}
        told = Acts(acts, person, now, neighbours, refers)
        counted: dict[int, Counting] = {}
        for team in asked:
            if team.kind != "team":
                continue
            request = _most_favourable(team, person, now)
            counting = RequestChoices(told, request).counting
            counted[id(counting)] = counting
            members = {one.id: _most_favourable(one, person, now) for one in asked if _of(one, team)}
            if not any(_told_apart(one, request, counting) for one in members.values()):
                members = {}
            theirs = {id: _authorities(one, rules, told, counting) for id, one in members.items()}
            self._teams.append((team.id, _authorities(request, rules, told, counting), theirs))
        for counting in counted.values():  # teams whom different Consents bind may be told apart by different things
            self._elements += data_elements_of(counting, told.refers)

    def readers(self, labelled: LabelledEntry) -> frozenset[str]:
        """Ids of the principals who may ever read this entry."""
        facts = EntryFacts(labelled)
        item = attributes(labelled)
        answers = [element.ask(getattr(facts, element.attribute)) for element in self._elements]
        key = (item, facts.holders, *answers)
        known = self._known.get(key)
        if known is None:
            if len(self._known) > _MEMORY:
                self._known.clear()
            known = self._known[key] = self._decide(item, facts)
        return known

    def _decide(self, item: Attributes, facts: EntryFacts) -> frozenset[str]:
        def may(authorities: list[Authority]) -> bool:
            return any(one.on_facts(item, facts)[0].effect != "withhold" for one in authorities)

        readers = self._crews.readers(item, facts)
        for team, authorities, members in self._teams:
            allowed = may(authorities)
            answers = {id: may(theirs) for id, theirs in members.items()}
            if any(yes != allowed for yes in answers.values()):
                readers |= {id for id, yes in answers.items() if yes}
            elif allowed:
                readers |= {team}
        return readers


def _most_favourable(principal: KeyHolder, person: PersonId = _ANYONE, now: datetime = _TIMELESS) -> Request:
    user = principal.name if principal.kind == "user" else ""
    actor = Actor(
        user=user, role=cast(Role, principal.role), organisation=principal.organisation, former=principal.former
    )
    return Request(person, actor, "TREAT", "registered", now)


def _of(user: KeyHolder, team: KeyHolder) -> bool:
    return user.kind == "user" and (user.role, user.organisation) == (team.role, team.organisation)


def _authorities(request: Request, rules: Sequence[Policy], told: Acts, counting: Counting) -> list[Authority]:
    """All that may be asked for, by one team or worker."""
    each = [replace(request, purpose=purpose, action=action) for purpose, action in _asked_for(counting)]
    return [Authority(one, rules, RequestChoices(told, one)) for one in each]


def _told_apart(worker: Request, team: Request, counting: Counting) -> bool:
    """Whether the Consents name someone or something that a worker is, or may be, or belongs to, and their team not."""
    one, all_of_them = (asking_of(request) for request in (worker, team))
    for layer in counting.layers:
        for consent, directory in layer:
            named = {
                name
                for rule in rules_in(consent.root)
                for actor in rule.actors or ()
                if actor is not None and actor.who is not None
                for name in directory.names(actor.who)
            }
            mine = directory.who((*one.actors, *one.organisations))
            ours = directory.who(all_of_them.organisations)
            if named & (mine.certain - ours.certain | mine.possible - ours.possible):
                return True
    return False


def _asked_for(counting: Counting) -> list[tuple[str, Action]]:
    """Purposes and actions for which a choice, or the defaults, might permit: plain treatment first."""
    rules: list[Provision] = [rule for layer in counting.layers for one, _ in layer for rule in rules_in(one.root)]
    named = {purpose.code for rule in rules for purpose in rule.purposes or () if purpose is not None}
    purposes = [*_DIRECT_CARE, *sorted((named & PURPOSES.keys()) - {*_DIRECT_CARE, _OVERRIDE})]
    actions: tuple[Action, ...] = ("access", "use") if any(rule.actions for rule in rules) else ("access",)
    return [(purpose, action) for purpose in purposes for action in actions]
