"""What each kind of worker would be shown of entries, before and after a change of choices, without opening anything
anew.

Entries that no rule and no default can tell apart are decided once. Knows no store; the caller gives only entries that
whoever looks may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from consent.authority import Authority, policies
from consent.choices import Act
from consent.decision import attributes
from consent.facts import EntryFacts
from consent.labels import LabelledEntry
from consent.matching import Element
from consent.persons_choices import Acts, Neighbourhood, Refers, RequestChoices, data_elements_of
from consent.request import STAFF_ROLES, Actor, Request, Role
from consent.said_of import goes_with_another, without_its_thing
from fhir.entries import EntryId, PersonId


@dataclass(frozen=True)
class Kind:
    """A kind of worker: a role, in one organisation or (empty) wherever they work."""

    role: str
    organisation: str = ""


@dataclass(frozen=True)
class Change:
    """What a change of choices does for one kind of worker: ids of entries that would appear and disappear, and of all
    they would be shown afterwards."""

    kind: Kind
    appears: tuple[EntryId, ...]
    disappears: tuple[EntryId, ...]
    shown: frozenset[EntryId]


def kinds(teams: Iterable[tuple[str, str]], *, test_data: bool) -> list[Kind]:
    """Every kind of staff wherever they work, then the vault's own teams, (role, organisation) each."""
    roles = sorted(STAFF_ROLES - (frozenset() if test_data else {"tester"}))
    return [Kind(role) for role in roles] + [Kind(*team) for team in sorted(set(teams)) if team[0] in STAFF_ROLES]


def changes(
    entries: Sequence[LabelledEntry],
    before: Sequence[Act],
    after: Sequence[Act],
    wanted: Iterable[Kind],
    *,
    person: PersonId,
    now: datetime,
    neighbours: Neighbourhood,
    test_data: bool,
    refers: Refers | None = None,
    purpose: str = "TREAT",
) -> list[Change]:
    """For each kind of worker with the person now, what they are shown before and after."""
    rules = policies(test_data=test_data)
    both = [Acts(acts, person, now, neighbours, refers) if acts else None for acts in (before, after)]
    wanted = list(wanted)
    requests = [_request(kind, person, now, purpose, neighbours) for kind in wanted]
    groups = _groups(entries, both, requests)
    found = []
    for kind, request in zip(wanted, requests, strict=True):
        old, new = (
            _shown(groups, Authority(request, rules, RequestChoices(acts, request) if acts else None)) for acts in both
        )
        found.append(Change(kind, tuple(sorted(new - old)), tuple(sorted(old - new)), frozenset(new)))
    return found


def _request(kind: Kind, person: PersonId, now: datetime, purpose: str, among: Neighbourhood) -> Request:
    actor = Actor("", cast(Role, kind.role), kind.organisation, former=among.formerly(kind.organisation))
    return Request(person, actor, purpose, "present", now)


class Group:
    """Entries that are decided alike; what is asked of them for each kind of worker is asked once."""

    def __init__(self, entries: list[LabelledEntry]) -> None:
        self.entries = entries
        self.ids = frozenset(one.entry.entry_id for one in entries)
        self.said = [one.entry for one in entries if goes_with_another(one.entry)]


def _groups(
    entries: Sequence[LabelledEntry],
    acts: Sequence[Acts | None],
    requests: Sequence[Request],
) -> list[Group]:
    """Entries that cannot be told apart by anything that a decision for any of these requests looks at."""
    elements: list[Element] = []
    known: set[int] = set()
    for some in acts:
        for choices in [RequestChoices(some, request) for request in requests] if some else ():
            if some and id(choices.counting) not in known:
                known.add(id(choices.counting))
                elements += data_elements_of(choices.counting, some.refers)
    if not any(acts):
        found: dict[tuple[object, ...], list[LabelledEntry]] = {}
        for labelled in entries:
            found.setdefault(attributes(labelled), []).append(labelled)
        return list(map(Group, found.values()))
    found = {}
    for labelled in entries:
        facts = EntryFacts(labelled)
        answers = [element.ask(getattr(facts, element.attribute)) for element in elements]
        found.setdefault((attributes(labelled), facts.holders, *answers), []).append(labelled)
    return list(map(Group, found.values()))


def _shown(groups: Sequence[Group], authority: Authority) -> set[EntryId]:
    shown: list[Group] = []
    others: list[Group] = []
    for group in groups:
        (shown if authority.on(group.entries[0])[0].effect != "withhold" else others).append(group)
    ids = set[EntryId]().union(*(group.ids for group in shown))
    said = [entry for group in shown for entry in group.said]
    if not said:
        return ids
    partly = {(one.entry.source.key, one.entry.resource) for group in others for one in group.entries}
    return ids - without_its_thing([one for group in shown for one in group.entries], partly, said)
