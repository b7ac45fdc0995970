"""Dated entries as marks on lanes: points, bars and diamonds, with what is uncertain about them. Pure; knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from consent.disclosure import DisclosedEntry
from desktop.models.words import span
from fhir.entries import Entry, EntryId, Lane

LANES: tuple[Lane, ...] = ("gp", "hospital", "community", "mental-health", "social-care", "person", "other")
_DIAMONDS = ("assessments", "care-plan")
_BARS = ("admissions", "discharges", "services", "contacts", "equipment", "actions", "legal")

Shape = Literal["point", "bar", "diamond"]


@dataclass(frozen=True)
class Mark:
    """One entry in a lane. Days are ordinals, both included. `uncertain` is drawn as such: the date is not exact."""

    entry_id: EntryId
    lane: Lane
    shape: Shape
    first: int
    last: int
    uncertain: bool
    title: str
    row: int = 0


def lane_of(entry: Entry) -> Lane:
    """The lane an entry stands in: own words in their own, whichever system carried them."""
    return "person" if entry.own_words else entry.source.lane


def marks(items: Sequence[DisclosedEntry], today: date) -> list[Mark]:
    """Marks of every entry with a usable date, earliest first, bars of a lane stacked so that none hides another."""
    made = [mark for item in items if (mark := _mark(item, today)) is not None]
    made.sort(key=lambda mark: (mark.first, mark.last))
    ends: dict[Lane, list[int]] = {}
    placed = []
    for mark in made:
        if mark.shape != "bar":
            placed.append(mark)
            continue
        rows = ends.setdefault(mark.lane, [])
        row = next((at for at, end in enumerate(rows) if end < mark.first), len(rows))
        rows[row : row + 1] = [mark.last]
        placed.append(Mark(mark.entry_id, mark.lane, "bar", mark.first, mark.last, mark.uncertain, mark.title, row))
    return placed


def _mark(item: DisclosedEntry, today: date) -> Mark | None:
    entry = item.entry
    starts, ends = span(entry.when.start), span(entry.when.end)
    if starts is None:
        return None
    exact = starts[0] == starts[1]
    shape: Shape = "point"
    first, last = starts[0], starts[1]
    if entry.section in _BARS and (entry.when.ongoing or (ends is not None and ends[1] > starts[0])):
        shape, last = "bar", max(today if ends is None else ends[1], starts[0])
    elif not exact:
        shape = "bar"
    elif entry.section in _DIAMONDS:
        shape = "diamond"
    return Mark(entry.entry_id, lane_of(entry), shape, first.toordinal(), last.toordinal(), not exact, entry.title)
