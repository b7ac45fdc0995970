"""What the access log tells a person of those who looked at their record: who, when, why, and at what kinds of thing.

Made from what the person's own keys open of the log and from their record as they may see it: of what is kept from them
neither a kind nor a count appears, and an act that touched nothing else is left out. No Qt, no storage.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from consent.disclosure import DisclosedRecord

TOUCHING = frozenset({"read", "export", "print", "choice", "contribution", "labels-read"})
"""Kinds of act whose items are entries."""


class Line(Protocol):
    """One event of the access log, as far as it tells which act it is of."""

    @property
    def number(self) -> int: ...
    @property
    def time(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def person(self) -> str: ...


class Logged(Protocol):
    """One event of the access log."""

    @property
    def kind(self) -> str: ...
    @property
    def items(self) -> Sequence[str]: ...
    @property
    def number(self) -> int: ...


Event = TypeVar("Event", bound=Logged)


@dataclass(frozen=True)
class Touched:
    """What an act touched of what the person may see: entry ids, and the kinds that these are, in the order of the
    record: sections (keys of `fhir.sections`) and categories (keys of `consent.categories`)."""

    items: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


def told(events: Iterable[Event], record: DisclosedRecord) -> list[tuple[Event, Touched]]:
    """Events with what they touched, newest first. `record` is all that was ever stored, as the person may see it."""
    kinds: dict[str, tuple[str, tuple[str, ...]]] = {
        item.entry.entry_id: (section, item.categories)
        for section, shown in record.sections.items()
        for item in shown.entries
    }
    found = []
    for event in events:
        items = tuple(item for item in event.items if item in kinds) if event.kind in TOUCHING else ()
        if event.kind in TOUCHING and event.items and not items:
            continue
        sections = {kinds[item][0] for item in items}
        categories = {category for item in items for category in kinds[item][1]}
        ordered = tuple(section for section in record.sections if section in sections)
        found.append((event, Touched(items, ordered, tuple(sorted(categories)))))
    return sorted(found, key=lambda one: one[0].number, reverse=True)


def acts(lines: Iterable[Line]) -> dict[int, int]:
    """The place in the log of each line, and of the last line of the same act: where several records are read as one, a
    look at them is a line of each, and one look."""
    found: dict[int, int] = {}
    under_way: dict[tuple[str, ...], tuple[int, set[str]]] = {}
    for line in sorted(lines, key=lambda one: one.number, reverse=True):
        act = (line.time, line.name, line.kind, line.purpose, line.reason, line.outcome)
        last, records = under_way.get(act, (line.number, set()))
        if line.person in records:
            last, records = line.number, set()
        under_way[act] = last, records | {line.person}
        found[line.number] = last
    return found
