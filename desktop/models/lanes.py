"""Dated entries as marks on lanes: points, bars and diamonds, with what is uncertain about them. Pure; knows no Qt.

Marks are kept so that those between two days are found without looking at the others, and so that where they stand too
close to be told apart, how many there are is counted without touching each.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Literal, NamedTuple

from consent.disclosure import DisclosedEntry
from desktop.models.words import span
from fhir.entries import Entry, EntryId, Lane

LANES: tuple[Lane, ...] = ("gp", "hospital", "community", "mental-health", "social-care", "person", "other")
MOST_ROWS = 4
"""Rows of bars in a lane; what overlaps more than that shares the last."""
_DIAMONDS = frozenset({"assessments", "care-plan"})
_BARS = frozenset({"admissions", "discharges", "services", "contacts", "equipment", "actions", "legal"})

Shape = Literal["point", "bar", "diamond"]


class Mark(NamedTuple):
    """One entry in a lane. Days are ordinals, both included. `uncertain` is drawn as such: the date is not exact."""

    entry_id: EntryId
    lane: Lane
    shape: Shape
    first: int
    last: int
    uncertain: bool
    title: str
    row: int = 0


@dataclass(frozen=True)
class Row:
    """Marks in the order of their first day; `reach` is the latest last day so far, so that it never falls."""

    marks: list[Mark] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    reach: list[int] = field(default_factory=list)

    def between(self, first: float, last: float) -> range:
        """Places of all marks that touch these days; a few among them may not."""
        return range(bisect_left(self.reach, first), bisect_right(self.firsts, last))

    def counts(self, first: float, step: float, columns: int) -> list[int]:
        """How many marks begin in each of so many columns of `step` days, from `first` on."""
        firsts, made = self.firsts, []
        at = bisect_left(firsts, first)
        for column in range(1, columns + 1):
            before, at = at, bisect_left(firsts, first + column * step, at)
            made.append(at - before)
        return made

    def runs(self, first: float, step: float, columns: int) -> list[tuple[int, int]]:
        """The columns of `step` days that any mark touches: from one, up to and without the other."""
        firsts, reach = self.firsts, self.reach
        made: list[tuple[int, int]] = []
        at, open_at = 0, -1
        for column in range(columns):
            at = bisect_left(firsts, first + (column + 1) * step, at)
            if at and reach[at - 1] >= first + column * step:
                open_at = column if open_at < 0 else open_at
            elif open_at >= 0:
                made.append((open_at, column))
                open_at = -1
        return [*made, (open_at, columns)] if open_at >= 0 else made


@dataclass(frozen=True)
class LaneMarks:
    """One lane: what happened at a time, and rows of what lasted."""

    points: Row
    bars: tuple[Row, ...]


def lane_of(entry: Entry) -> Lane:
    """The lane an entry stands in: own words in their own, whichever system carried them."""
    return "person" if entry.own_words else entry.source.lane


def marks(items: Sequence[DisclosedEntry], today: date) -> list[Mark]:
    """Marks of every entry with a usable date, earliest first, bars of a lane stacked so that none hides another."""
    made = [mark for item in items if (mark := _mark(item, today)) is not None]
    made.sort(
        key=lambda mark: mark.first * 4_000_000 + mark.last
    )  # one number: sorting it holds the interpreter briefly
    ends: dict[Lane, list[int]] = {}
    for number, mark in enumerate(made):
        if mark.shape == "bar":
            rows = ends.setdefault(mark.lane, [])
            row = next((at for at, end in enumerate(rows) if end < mark.first), len(rows))
            if row == len(rows) == MOST_ROWS:
                row = MOST_ROWS - 1
                rows[row] = max(rows[row], mark.last)
            else:
                rows[row : row + 1] = [mark.last]
            if row:
                made[number] = mark._replace(row=row)
    return made


def by_lane(made: Sequence[Mark]) -> dict[Lane, LaneMarks]:
    """Marks, earliest first, as lanes in their order; "other" only where something is in it."""
    found: dict[Lane, tuple[list[Mark], list[list[Mark]]]] = {lane: ([], []) for lane in LANES}
    for mark in made:
        points, rows = found[mark.lane]
        if mark.shape != "bar":
            points.append(mark)
            continue
        while len(rows) <= mark.row:
            rows.append([])
        rows[mark.row].append(mark)
    return {
        lane: LaneMarks(_row(points), tuple(map(_row, rows)))
        for lane, (points, rows) in found.items()
        if points or rows or lane != "other"
    }


def _row(made: list[Mark]) -> Row:
    return Row(made, [mark.first for mark in made], list(accumulate((mark.last for mark in made), max)))


def _mark(item: DisclosedEntry, today: date) -> Mark | None:
    entry = item.entry
    starts = span(entry.when.start)
    if starts is None:
        return None
    exact = starts[0] == starts[1]
    shape: Shape = "point"
    first, last = starts
    if entry.section in _BARS:
        ends = span(entry.when.end)
        if entry.when.ongoing or (ends is not None and ends[1] > starts[0]):
            shape, last = "bar", max(today if ends is None else ends[1], first)
    if shape == "point":
        if not exact:
            shape = "bar"
        elif entry.section in _DIAMONDS:
            shape = "diamond"
    return Mark(entry.entry_id, lane_of(entry), shape, first.toordinal(), last.toordinal(), not exact, entry.title)
