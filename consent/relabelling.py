"""Labels across imports: what new entries and those stored before tell of each other, and what follows for each.

A pure function of everything that takes part, so that the order of imports does not matter. Where all of it is open,
the labels are exactly those that the entries would have had if they had come together. Where something is closed to
whoever labels, labels only become stricter, closed entries get floors, and somebody who opens more has to look again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

import msgspec

from consent.corrections import Correction, limited, stricter, with_floor
from consent.labelling import GIVES_AWAY, Labelling, label_together
from consent.labels import LabelledEntry
from consent.limits import resource_of
from consent.propagation import Closed
from consent.sensitivity.tables import tables_stamp
from fhir.entries import Entry


@dataclass(frozen=True)
class Stored:
    """An entry stored before, as it was labelled then. `floors` are categories learned since (None: some that cannot be
    read); `correction` the newest decision about it; `closed` that there is one which cannot be read. `home` is under
    whom it is filed, of those who are one person; `current` that it is the newest state there."""

    labelled: LabelledEntry
    current: bool = True
    floors: Sequence[tuple[str, ...] | None] = ()
    correction: Correction | None = None
    closed: bool = False
    home: str = ""

    @property
    def readable(self) -> bool:
        """Whether everything that stands about it can be read."""
        return not self.closed and None not in self.floors


@dataclass(frozen=True)
class Fresh:
    """An entry about to be stored. `key` names it among closed entries; `late` says that a newer state is here."""

    entry: Entry
    key: int = 0
    late: bool = False
    correction: Correction | None = None


@dataclass(frozen=True)
class Relabelled:
    """What follows: labels of the fresh entries in order; those stored ones whose labels change, by their place; those
    whose floors are within their labels now; floors for closed entries; and whether somebody has to look again."""

    fresh: list[LabelledEntry]
    changed: dict[int, LabelledEntry] = field(default_factory=dict)
    settled: list[int] = field(default_factory=list)
    floors: dict[int, tuple[str, ...]] = field(default_factory=dict)
    due: bool = False


def relabel(
    fresh: Sequence[Fresh], stored: Sequence[Stored] = (), closed: Sequence[Closed] = (), *, more: bool = False
) -> Relabelled:
    """Labels of everything together. A fresh entry may also be stored already, opened or closed. `more` says that
    other entries of the same person are not here: then labels only become stricter, as where something is closed.
    What is fresh is as it is told now, also where it was stored in other words."""
    places = {one.labelled.entry.entry_id: place for place, one in enumerate(stored)}
    entries = [one.labelled.entry for one in stored]
    corrected = {n: one.correction.categories for n, one in enumerate(stored) if _in_force(one.correction)}
    silent = {n for n, one in enumerate(stored) if not one.current}
    at: list[int] = []
    for new in fresh:
        place = places.get(new.entry.entry_id)
        if place is None:
            place = places[new.entry.entry_id] = len(entries)
            entries.append(new.entry)
            if new.late:
                silent.add(place)
            if _in_force(new.correction):
                corrected[place] = new.correction.categories
        entries[place] = new.entry
        at.append(place)
    known = {new.key for new in fresh}
    shut = [one for one in closed if one.key not in known]
    found = label_together(entries, closed=shut, corrected=corrected, silent=silent)
    _keep_strict(stored, found.labelled)
    whole = not more and not closed and all(one.readable for one in stored)
    changed, settled = _changes(stored, found, whole=whole)
    now = [changed.get(place, one.labelled) for place, one in enumerate(stored)] + list(found.labelled[len(stored) :])
    labelled = [msgspec.structs.replace(now[place], entry=new.entry) for new, place in zip(fresh, at, strict=True)]
    again = {one.key for one in closed} & known
    floors = found.floors | {
        new.key: reached
        for new, one in zip(fresh, labelled, strict=True)
        if new.key in again and (reached := _reached(one))
    }
    return Relabelled(labelled, changed, settled, floors, due=not whole)


def _keep_strict(stored: Sequence[Stored], labelled: list[LabelledEntry]) -> None:
    """Make entries as strict as the states of their resources that are the newest of another home.

    That two homes are one person may be wrong: what one of them says takes no limit or label off the other's.
    """
    if len({one.home for one in stored}) < 2:
        return
    states: dict[str, list[tuple[str, LabelledEntry]]] = {}
    for one, now in zip(stored, labelled, strict=False):
        if one.current and (name := resource_of(now.entry)):
            states.setdefault(name, []).append((one.home, now))
    for n, one in enumerate(stored):
        for home, other in states.get(resource_of(one.labelled.entry), ()):
            if home != one.home:
                labelled[n] = stricter(labelled[n], other)


def _in_force(correction: Correction | None) -> TypeGuard[Correction]:
    return correction is not None and not correction.withdrawn


def of_itself(labelled: LabelledEntry, *, alone: bool = False) -> tuple[str, ...]:
    """The categories of an entry without those it has because of others: what these are tells of them. `alone`: nor
    because of a name that the program found for it (`fhir.entries.Unnamed`)."""
    if labelled.explicit:
        return labelled.categories
    if alone and labelled.entry.unnamed is not None:
        return label_together([labelled.entry.unnamed.entry]).labelled[0].categories
    reached = _reached(labelled)
    kept = tuple(key for key in labelled.categories if key not in reached)
    return (kept or ("general",)) if reached else labelled.categories


def _reached(labelled: LabelledEntry) -> tuple[str, ...]:
    """The categories that an entry has because of others."""
    return tuple(line.partition(": ")[0] for line in labelled.because if line.endswith(GIVES_AWAY))


def _changes(stored: Sequence[Stored], found: Labelling, *, whole: bool) -> tuple[dict[int, LabelledEntry], list[int]]:
    changed: dict[int, LabelledEntry] = {}
    settled: list[int] = []
    for n, one in enumerate(stored):
        if not one.readable:
            continue
        before, derived = one.labelled, found.labelled[n]
        now = with_labels_of(before, derived if whole else limited(derived, before))
        if not (whole or derived.explicit or (one.correction is not None and before.explicit)):
            now = stricter(before, derived)
            for floor in one.floors:
                now = with_floor(now, floor or ())
        if now != before:
            changed[n] = now
        if one.floors:
            settled.append(n)
    return changed, settled


def with_labels_of(one: LabelledEntry, other: LabelledEntry) -> LabelledEntry:
    """`one` with the labels of `other`, and everything else as it was."""
    return msgspec.structs.replace(
        one,
        categories=other.categories,
        confidentiality=other.confidentiality,
        limits=other.limits,
        because=other.because,
        treated=other.treated,
        tables=other.tables,
        explicit=other.explicit,
    )


def brought_up_to_date(opened: Sequence[LabelledEntry | None]) -> tuple[Sequence[LabelledEntry | None], bool]:
    """Entries as a reader opened them, with the stricter of old and new labels where the tables have changed since; and
    whether any had to be changed. None stands for what could not be read."""
    stamp = tables_stamp()
    if not [one for one in opened if one is not None and one.tables != stamp]:
        return opened, False
    readable = [one for one in opened if one is not None]
    corrected = {n: one.categories for n, one in enumerate(readable) if one.explicit}
    anew = iter(label_together([one.entry for one in readable], corrected=corrected).labelled)
    return [None if one is None else stricter(one, next(anew)) for one in opened], True
