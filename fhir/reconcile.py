"""Facts that several sources report as one, with what they agree and differ on, field by field.

Works on whatever entries it is given and stores nothing: the caller gives only what the reader may see. Grouping hides
nothing, and what is not certain is left apart: undated equal codes and dates that are not exact to the day never merge.
Contradictions between entries are `fhir.contradictions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fhir.agreement import NO_PREFERENCE, FieldAgreement, Preferred, field_agreements, preferred, summary
from fhir.contradictions import Contradiction, contradictions
from fhir.entries import Entry, EntryId

__all__ = ["Contradiction", "Together", "contradictions", "same_facts"]

LASTING = frozenset({"allergies", "problems", "medicines"})
"""Sections in which a fact goes on: the day on which each source wrote it down need not agree."""

MOMENTS = frozenset({"results", "examination", "assessments"})
"""Sections in which two clock times of one day are two facts."""

_NAMED = LASTING | {"vaccinations", "procedures"}
"""Sections in which a fact without any code is known by its exact name."""

_STAYS = frozenset({"admission", "discharge", "emergency-attendance"})
_PEOPLE = frozenset({"personal-contacts", "professional-contacts"})
_ONE_PERSON = {"demographics": frozenset({"person"}), "gp-practice": frozenset({"gp-practice"})}
_TITLES = frozenset({"mr", "mrs", "miss", "ms", "dr", "mx", "sir", "dame", "prof", "professor"})

Key = tuple[str, ...]


@dataclass(frozen=True)
class Together:
    """Entries that several sources report as one fact. `agreement` says in words what agrees and what differs; `fields`
    say it field by field; `first` which entry to look at first, and why."""

    entries: tuple[EntryId, ...]
    agreement: str
    fields: tuple[FieldAgreement, ...] = ()
    first: Preferred = NO_PREFERENCE


def same_facts(entries: Iterable[Entry]) -> list[Together]:
    """Facts that more than one source reports, in the order of their entry ids.

    A shared code and an equal day; for allergies, and for problems and medicines that are not over, a shared code and
    any day. Stays by their first day, people by their name, who the person is by what every source says of it. Only
    where every source has just one such entry: which of two belongs to which cannot be known.
    """
    piles: dict[Key, list[Entry]] = {}
    for entry in entries:
        if entry.assertion == "fact":
            for key in _keys(entry):
                piles.setdefault(key, []).append(entry)
    found = [_together(pile) for pile in _joined(piles)]
    return sorted(found, key=lambda one: one.entries)


def _keys(entry: Entry) -> Iterator[Key]:
    """The keys under which an entry may meet others of the same fact; none for what must stay apart."""
    section, kind = entry.section, entry.kind
    if section in _ONE_PERSON:
        if kind in _ONE_PERSON[section]:
            yield ("one", section)
        return
    if section in _PEOPLE:
        if entry.active is not False:
            yield ("name", section, _person_name(entry.title))
        return
    if len(entry.when.start) < 10:
        return
    day = entry.when.start[:10]
    if kind in _STAYS:
        yield ("stay", kind, day)
        return
    lasting = section in LASTING and (section == "allergies" or entry.active is not False)
    when = "" if lasting else day
    codes = entry.codes[:1] if section == "allergies" else entry.codes  # the others are reactions
    for code in codes:
        if code.code:
            yield ("code", section, kind, code.system, code.code, when)
    if not codes and section in _NAMED:
        yield ("title", section, kind, " ".join(entry.title.casefold().split()), when)


def _joined(piles: dict[Key, list[Entry]]) -> Iterator[list[Entry]]:
    """Piles that share an entry made one, where every source still has one entry in it; else the piles that are sound.

    Entries that any sound larger pile holds are in no other.
    """
    usable = {key: pile for key, pile in piles.items() if len(pile) > 1}
    near: dict[EntryId, list[Key]] = {}
    for key, pile in usable.items():
        for entry in pile:
            near.setdefault(entry.entry_id, []).append(key)
    done: set[Key] = set()
    for key, pile in usable.items():
        if key in done:
            continue
        keys, whole = {key}, {entry.entry_id: entry for entry in pile}
        waiting = list(pile)
        while waiting:
            for other in near[waiting.pop().entry_id]:
                if other not in keys:
                    keys.add(other)
                    fresh = [entry for entry in usable[other] if entry.entry_id not in whole]
                    whole |= {entry.entry_id: entry for entry in fresh}
                    waiting += fresh
        done |= keys
        if _sound(key, list(whole.values())):
            yield from _by_moment(list(whole.values()))
            continue
        taken: set[EntryId] = set()
        for one in sorted(keys):
            left = [entry for entry in usable[one] if entry.entry_id not in taken]
            if _sound(one, left):
                taken |= {entry.entry_id for entry in left}
                yield from _by_moment(left)


def _sound(key: Key, pile: Sequence[Entry]) -> bool:
    sources = {(entry.source.name, entry.source.key) for entry in pile}
    return len(sources) > 1 and (len(pile) == len(sources) or key[0] == "one")


def _by_moment(pile: list[Entry]) -> Iterator[list[Entry]]:
    """A pile as it is, but what is measured is one fact only where no two clock times contradict each other."""
    if pile[0].section in MOMENTS:
        moments: dict[str, list[Entry]] = {}
        for entry in pile:
            moments.setdefault(_moment(entry.when.start), []).append(entry)
        if len([moment for moment in moments if moment]) > 1:
            yield from (group for moment, group in moments.items() if moment and len(group) > 1)
            return
    yield pile


def _moment(start: str) -> str:
    """The instant of a FHIR date with a time, in UTC; empty for a day."""
    if len(start) <= 10:
        return ""
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        return start
    return (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _together(pile: list[Entry]) -> Together:
    pile = sorted(pile, key=lambda entry: entry.entry_id)
    fields = field_agreements(pile)
    sources = len({(entry.source.name, entry.source.key) for entry in pile})
    return Together(tuple(entry.entry_id for entry in pile), summary(fields, sources), fields, preferred(pile, fields))


def _person_name(title: str) -> str:
    words = re.findall(r"\w+", title.casefold())
    return " ".join(sorted(word for word in words if word not in _TITLES))
