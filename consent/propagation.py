"""How categories travel along links, so that what would give a sensitive fact away carries its label.

Works on one person's entries together: those whose content is known, and *closed* ones of which only keyed hashes of
what they are and point to are known. Which kinds of link carry what stands in `shape.toml`. Knows nothing of codes,
words, readers or storage. The result depends on which entries take part, never on their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from consent.sensitivity.tables import shape
from fhir.entries import Entry

BELONGS, DOWN_OWN, DOWN_ANY = 1, 2, 4
"""What a link does: it leads to what its entry belongs to; it hands labels down; it hands on received labels too."""

RECEIVES, SHARED = 1, 2
"""What an entry is to others: it takes labels from them; entries of its resource share their labels."""

_NOBODY = ("Patient/", "Person/")


class Closed(NamedTuple):
    """An entry whose content is not known here: `key` names it, `resource` and the targets of its `ties` (target,
    kind of link) are "Type/id" where that is known and any other unique text where it is not."""

    key: int
    resource: str
    ties: tuple[tuple[str, int], ...]
    nature: int


@cache
def _tie(resource_type: str, rel: str) -> int:
    table = shape()
    name = rel.partition(".")[0]
    if name in table.belongs and resource_type not in table.letters:
        return BELONGS
    down = name in table.down_own or resource_type in table.containers
    return (DOWN_OWN if down else 0) | (DOWN_ANY if name in table.down_any else 0)


@cache
def _is_reason(rel: str) -> bool:
    return rel.partition(".")[0] in shape().reasons


@cache
def _nature(resource_type: str, section: str, kind: str) -> int:
    table = shape()
    receives = not (
        section == "allergies"
        or resource_type in table.never_receive_types
        or section in table.never_receive_sections
        or kind in table.never_receive_kinds
    )
    return (RECEIVES if receives else 0) | (0 if resource_type in table.separate_parts else SHARED)


def nature(entry: Entry) -> int:
    """What an entry is to others, as far as its kind and place say. People, places, allergies and CPR decisions never
    receive: hiding them by accident kills, or hides everything."""
    return _nature(entry.resource_type, entry.section, entry.kind)


def ties(entry: Entry) -> tuple[tuple[str, int], ...]:
    """What an entry points to, with the kind of each link. The person is left out: everything refers to them and
    nothing is given away by it."""
    kind = entry.resource_type
    return tuple({(link.target, _tie(kind, link.rel)) for link in entry.links if not link.target.startswith(_NOBODY)})


class Web:
    """Who would give whom away, by number: entries first, then closed ones, then one hub for each shared resource.

    `up` leads from a fact to what refers to it or holds it; `down_own` and `down_any` to what it refers to, for facts
    labelled by themselves and for all. `treated` are problems that a medicine in use is for.
    """

    def __init__(self, entries: Sequence[Entry], closed: Sequence[Closed] = ()) -> None:
        self.up: defaultdict[int, list[int]] = defaultdict(list)
        self.down_own: defaultdict[int, list[int]] = defaultdict(list)
        self.down_any: defaultdict[int, list[int]] = defaultdict(list)
        self.treated: set[int] = set()
        index = self._index(entries, closed)
        for n, entry in enumerate(entries):
            for link in entry.links:
                targets = index.get(link.target)
                if targets is not None:
                    self._lead(n, targets, _tie(entry.resource_type, link.rel))
                    if entry.section == "medicines" and entry.active is not False and _is_reason(link.rel):
                        self.treated.update(target for target in targets if target != n)
        for n, one in enumerate(closed, len(entries)):
            for target, kind in one.ties:
                self._lead(n, index.get(target, ()), kind)

    def _lead(self, n: int, targets: Iterable[int], kind: int) -> None:
        for target in targets:
            if target == n:
                continue
            if kind == BELONGS:
                # A visit tells what its members are about; a member of a sensitive visit tells of the visit.
                self.up[n].append(target)
                self.down_own[target].append(n)
                continue
            self.up[target].append(n)
            if kind & DOWN_OWN:
                self.down_own[n].append(target)
            if kind & DOWN_ANY:
                self.down_any[n].append(target)

    def _index(self, entries: Sequence[Entry], closed: Sequence[Closed]) -> dict[str, list[int]]:
        """Numbers by resource. Entries of one resource tell of each other, unless it is a form or list whose parts
        stand for themselves: each hands what it has to the hub of its resource, and the hub to each."""
        index: dict[str, list[int]] = {}
        shared: set[str] = set()
        for n, entry in enumerate(entries):
            resource = entry.resource
            if resource[-1] == "/":  # without an id: nothing refers to it, and only what was recorded at once is one
                resource = f"{resource}{entry.recorded} {entry.when.start} {entry.source.key} {entry.author}"
            same = index.get(resource)
            if same is None:
                index[resource] = [n]
            else:
                same.append(n)
                if nature(entry) & SHARED:
                    shared.add(resource)
        for n, one in enumerate(closed, len(entries)):
            index.setdefault(one.resource, []).append(n)
            if one.nature & SHARED and len(index[one.resource]) > 1:
                shared.add(one.resource)
        for hub, resource in enumerate(sorted(shared), len(entries) + len(closed)):
            for n in index[resource]:
                self.down_any[n].append(hub)
            self.down_any[hub] += index[resource]
        return {resource: same for resource, same in index.items() if not resource.startswith(_NOBODY)}


def travel(
    gives: Mapping[int, Collection[str]], barred: Callable[[int], bool], silent: Collection[int], web: Web
) -> dict[int, set[str]]:
    """The categories that reach each number along the web, beyond what it `gives`.

    Those that are `barred` never receive. `silent` ones receive but neither give nor hand on: states of a fact that
    are no longer so.
    """
    received: dict[int, set[str]] = {}
    for category in sorted(shape().travels):
        origins = [n for n, given in gives.items() if category in given and n not in silent]
        if not origins:
            continue
        seen = set(origins)
        near = {other for n in origins for other in web.down_own.get(n, ())}
        step: set[int] = set(origins)
        while step:
            near.update(other for n in step for other in web.up.get(n, ()))
            near.update(other for n in step for other in web.down_any.get(n, ()))
            step = {other for other in near - seen if not barred(other)}
            for other in step:
                received.setdefault(other, set()).add(category)
            seen |= step
            step = {other for other in step if other not in silent} if silent else step
            near = set()
    return received
