"""Figures without content: how much access of each kind there was, and how fast it was reviewed. No Qt, no storage.

Made so that nothing of anyone can be computed from them, also not by comparing two of them:

- a count is told as a band of five ("fewer than 5", "5 to 9"), zero with the small ones, and no total beside it: there
  is nothing to subtract from, so no second cell has to be hidden to protect a first (complementary suppression);
- a figure is of one calendar quarter that is over, so that it never changes, and no two of them overlap;
- what is counted is dated by what cannot change any more: an opening, a finished review, a line of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from statistics import median
from typing import Protocol

from consent.overrides import EMERGENCY
from consent.statements import Case
from desktop.models.tongue import later, tr
from desktop.models.words import plural

BAND = 5
"""Counts below this are not told apart: the disclosure control that NHS England asks of small numbers."""


class Logged(Protocol):
    """What is asked of one event of the access log; `time` is an ISO instant of UTC."""

    @property
    def time(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def relationship(self) -> str: ...


@dataclass(frozen=True)
class Figure:
    """One line: what was counted, and the band or the days in words."""

    name: str
    value: str


_QUARTERS = (
    later("January to March"),
    later("April to June"),
    later("July to September"),
    later("October to December"),
)


@dataclass(frozen=True)
class Quarter:
    """Three calendar months from `first` up to but not including `after`."""

    first: date
    after: date

    def has(self, day: date) -> bool:
        """Whether a day is in it."""
        return self.first <= day < self.after

    @property
    def name(self) -> str:
        """ "July to September 2026"."""
        return f"{tr(_QUARTERS[self.first.month // 3])} {self.first.year}"


@dataclass(frozen=True)
class Figures:
    """The figures of one quarter, and when those of the running one are told."""

    quarter: Quarter
    lines: tuple[Figure, ...]

    @property
    def next_told(self) -> date:
        """The day on which the next figures are told."""
        return _after(self.quarter.after)


def last_quarter(day: date) -> Quarter:
    """The last calendar quarter that is over on a day."""
    after = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    first = date(after.year, after.month - 3, 1) if after.month > 3 else date(after.year - 1, 10, 1)
    return Quarter(first, after)


def figures(cases: Iterable[Case], events: Iterable[Logged], reports: Sequence[date], day: date) -> Figures:
    """The figures of the last quarter that is over on `day`. `reports`: when unexpected access was reported."""
    quarter = last_quarter(day)
    some = list(cases)
    opened = [case for case in some if quarter.has(case.opened.opened.date())]
    finished = [
        (case.review.on - case.opened.opened.date()).days
        for case in some
        if case.review.state == "justified" and case.review.on is not None and quarter.has(case.review.on)
    ]
    seen = [event for event in events if quarter.has(date.fromisoformat(event.time[:10]))]
    claimed = sum(event.kind == "read" and event.relationship == "self-claimed" for event in seen)
    reads = sum(event.kind == "read" for event in seen)
    emergencies = sum(case.opened.kind == EMERGENCY for case in opened)
    within = plural(ceil(median(finished)), "day") if len(finished) >= BAND else "too few to say"
    return Figures(
        quarter,
        (
            Figure("Emergency access opened", band(emergencies)),
            Figure("Lawful overrides asked for", band(len(opened) - emergencies)),
            Figure("Reviews finished", band(len(finished))),
            Figure("Half of them were finished within", within),
            Figure("Records opened on a known relationship", band(reads - claimed)),
            Figure("Records opened on a claimed relationship", band(claimed)),
            Figure("Attempts refused", band(sum(event.kind == "refused" for event in seen))),
            Figure("Unexpected access reported", band(sum(quarter.has(on) for on in reports))),
        ),
    )


def band(count: int) -> str:
    """A count as a band of five, in words."""
    low = count // BAND * BAND
    return f"{low:,} to {low + BAND - 1:,}" if low else f"fewer than {BAND}"


def _after(first: date) -> date:
    return date(first.year, first.month + 3, 1) if first.month < 10 else date(first.year + 1, 1, 1)
