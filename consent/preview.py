"""What a change of choices would do, said to the person: who would no longer see what, in words and numbers, what that
may mean for their care, and what a choice does not control. `acts`: said to whoever acts for the person.

It gets the entries that would appear and disappear for each kind of worker, and nothing that the person may not see
themself. Decides nothing; sentences come from `plain_words.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from consent.categories import categories
from consent.disclosure import DisclosedEntry
from consent.plain_choices import Who
from consent.plain_words import listed, sentences
from consent.workers import worker_name

Say = Callable[..., str]
"""A sentence of a key with what fills it in, in one way of speaking."""
_THINGS: Final[dict[str, str]] = {
    "medicines": "medicines",
    "allergies": "allergies",
    "problems": "problems",
    "documents": "documents",
    "results": "results",
    "examination": "results",
    "investigations": "results",
    "contacts": "contacts",
    "admissions": "contacts",
    "discharges": "contacts",
    "appointments": "appointments",
    "referrals": "appointments",
    "care-plan": "plans",
    "contingency": "plans",
    "additional-plans": "plans",
    "end-of-life": "plans",
    "actions": "plans",
    "services": "services",
    "equipment": "services",
    "about-me": "own-words",
}
"""Sections of the record, as the kind of thing a person would call it (`thing.*` of the sentences)."""

_ORDER: Final = tuple(dict.fromkeys([*_THINGS.values(), "other"]))
CONTROLS_NOT: Final = ("copy", "own-writing", "safeguarding", "emergencies", "research")
"""What a choice does not control, in the order in which it is said."""


@dataclass(frozen=True)
class Change:
    """What a kind of worker would see more and less of."""

    who: Who
    appears: tuple[DisclosedEntry, ...]
    disappears: tuple[DisclosedEntry, ...]


@dataclass(frozen=True)
class Told:
    """A change in words: `lines` say what, `think` what it may mean for care, the gravest first."""

    who: Who
    name: str
    lines: tuple[str, ...]
    think: tuple[str, ...]
    gains: int
    losses: int


def tell(change: Change, *, easy: bool = False, acts: bool = False) -> Told:
    """One kind of worker's change in words; without lines where nothing changes."""
    say = _saying(easy, acts)
    name = worker_name(change.who, easy=easy, acts=acts)
    lines = [*_lines("change.lose", name, change.disappears, say), *_lines("change.gain", name, change.appears, say)]
    return Told(
        change.who,
        name,
        tuple(lines),
        tuple(_think(change.disappears, name, say)),
        len(change.appears),
        len(change.disappears),
    )


def tell_all(changes: Iterable[Change], *, easy: bool = False, acts: bool = False) -> tuple[Told, ...]:
    """Every change that changes anything, those that take something needed for care first, then the largest."""
    told = [tell(change, easy=easy, acts=acts) for change in changes]
    return tuple(
        sorted((one for one in told if one.lines), key=lambda one: (-len(one.think), -one.losses - one.gains, one.name))
    )


def not_controlled(*, easy: bool = False, acts: bool = False) -> tuple[str, ...]:
    """What no choice on these screens controls."""
    say = _saying(easy, acts)
    return tuple(say(f"limits.{key}") for key in CONTROLS_NOT)


def _saying(easy: bool, acts: bool) -> Say:
    return partial(sentences().say, easy=easy, acts=acts)


def kind_of(item_categories: Collection[str]) -> str:
    """The kind of information to name for an entry: its only one, or *several*; *unlabelled* for none."""
    named = [key for key in categories() if key in item_categories and key != "general"] or list(item_categories)
    return "unlabelled" if not named else (named[0] if len(named) == 1 else "several")


def thing_of(section: str) -> str:
    """The kind of thing an entry of a section is."""
    return _THINGS.get(section, "other")


def things(entries: Sequence[DisclosedEntry], say: Say) -> str:
    """ "1 medicine, 4 letters and 2 visits"."""
    counts: dict[str, int] = {}
    for item in entries:
        key = thing_of(item.entry.section)
        counts[key] = counts.get(key, 0) + 1
    return listed([_count(f"thing.{key}", counts[key], say) for key in _ORDER if key in counts])


def _lines(key: str, name: str, entries: Sequence[DisclosedEntry], say: Say) -> Iterator[str]:
    by_kind: dict[str, list[DisclosedEntry]] = {}
    for item in entries:
        by_kind.setdefault(kind_of(item.categories), []).append(item)
    for kind in sorted(by_kind, key=lambda kind: (-len(by_kind[kind]), kind)):
        found = by_kind[kind]
        named = kind if sentences().has(f"kind.{kind}") else "several"
        yield say(
            key,
            who=name,
            items=_count("change.items", len(found), say),
            kind=say(f"kind.{named}"),
            things=things(found, say),
        )


def _think(lost: Sequence[DisclosedEntry], name: str, say: Say) -> Iterator[str]:
    """What may go wrong without what is lost; allergies and medicines above all."""
    if any(item.entry.section == "allergies" for item in lost):
        yield say("think.allergies")
    if any(item.entry.section == "medicines" and item.entry.active is not False for item in lost):
        yield say("think.medicines", who=name)
    if any(item.entry.kind == "cpr-decision" for item in lost):
        yield say("think.cpr")
    if any(item.entry.section == "requirements" for item in lost):
        yield say("think.adjustments")
    if any(thing_of(item.entry.section) == "plans" and item.entry.kind != "cpr-decision" for item in lost):
        yield say("think.plans")
    if any(not item.categories for item in lost):
        yield say("think.unsorted")


def _count(key: str, number: int, say: Say) -> str:
    one, more = say(key, n=number).split("|")
    return one if number == 1 else more
