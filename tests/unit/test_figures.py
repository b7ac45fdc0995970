"""Figures tell nothing of anyone: whoever knows how they are made cannot work out one count from all of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from consent.overrides import EMERGENCY, Override, Reviewed
from consent.statements import Case
from desktop.figures import BAND, band, figures, last_quarter
from fhir.entries import PersonId

TODAY = date(2026, 11, 21)
IN_QUARTER = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    time: str
    kind: str
    relationship: str = "caseload"


def case(kind: str = EMERGENCY, opened: datetime = IN_QUARTER, days: int | None = None, person: str = "p") -> Case:
    """One override, found justified after so many days."""
    one = Override(
        id=f"o-{person}-{opened.isoformat()}",
        kind=kind,
        person=PersonId(person),
        user="Sam",
        role="ambulance",
        authoriser="Sam",
        reason=f"Something about {person}",
        opened=opened,
        ends=opened + timedelta(hours=1),
    )
    made = Case(one, agreed=True)
    if days is None:
        return made
    return replace(made, review=Reviewed("justified", "Pat", "Needed", (opened + timedelta(days=days)).date()))


def published(
    emergencies: int, lawful: int, finished: int, known: int, claimed: int, refused: int, reports: int
) -> Any:
    """All that is told of a quarter with these counts."""
    cases = [case() for _ in range(emergencies)] + [case("safeguarding") for _ in range(lawful)]
    cases += [case("court-order", IN_QUARTER - timedelta(days=60), 70) for _ in range(finished)]
    events = [Event("2026-08-03T09:00:00Z", "read") for _ in range(known)]
    events += [Event("2026-08-03T09:00:00Z", "read", "self-claimed") for _ in range(claimed)]
    events += [Event("2026-08-03T09:00:00Z", "refused") for _ in range(refused)]
    return figures(cases, events, [date(2026, 8, 4)] * reports, TODAY)


def test_no_count_can_be_worked_out_from_all_that_is_told() -> None:
    """For every choice of counts about the small ones, all others that tell the same are gathered, by brute force; of
    what may be behind one telling, each count takes several values, and a small one all of its band."""
    behind: dict[Any, list[tuple[int, ...]]] = {}
    for counts in itertools.product((0, 1, 3, 4, 5, 6), repeat=4):
        behind.setdefault(published(*counts, *(0,) * 3), []).append(counts)
    for counts in itertools.product((0, 1, 3, 4, 5, 6), repeat=4):
        behind.setdefault(published(0, *counts, 0, 0), []).append((-1, *counts))
    for several in behind.values():
        for kind in {one[0] < 0 for one in several}:
            rows = [one for one in several if (one[0] < 0) is kind]
            for at in range(1 if kind else 0, len(rows[0])):
                values = {row[at] for row in rows}
                assert values in ({0, 1, 3, 4}, {5, 6}), "a count that is told apart from its neighbours"


@pytest.mark.parametrize(("count", "words"), [(0, "fewer than 5"), (4, "fewer than 5"), (5, "5 to 9"), (9, "5 to 9")])
def test_counts_are_bands_and_nothing_is_told_apart_from_one(count: int, words: str) -> None:
    assert band(count) == words
    assert band(1234) == "1,230 to 1,234"


def test_there_is_no_total_to_subtract_from() -> None:
    """The sums of what is told are not told: changing one count changes one line alone."""
    base = published(20, 20, 20, 20, 20, 20, 20)
    for at in range(7):
        counts = [20] * 7
        counts[at] += BAND
        told = published(*counts)
        differing = [one.name for one, other in zip(told.lines, base.lines, strict=True) if one != other]
        assert len(differing) == 1


def test_who_and_why_and_whose_change_nothing() -> None:
    some = [case(person=f"p{n}") for n in range(7)]
    others = [replace(one, opened=replace(one.opened, user="Ben", reason="HIV clinic letter")) for one in some]
    assert figures(some, [], [], TODAY) == figures(others, [], [], TODAY)
    assert "HIV" not in repr(figures(others, [], [], TODAY))


def test_from_one_day_to_the_next_nothing_changes_but_when_a_quarter_ends() -> None:
    """Comparing two days would tell of what happened between them."""
    cases: list[Case] = []
    told = []
    for day in range(92):
        now = datetime(2026, 10, 1, 9, 0, tzinfo=UTC) + timedelta(days=day)
        cases.append(case(opened=now, days=1))
        told.append(figures(cases, [Event(now.isoformat(), "read")] * day, [now.date()], now.date()))
    assert len(set(told)) == 1
    assert told[0].quarter.name == "July to September 2026"
    assert told[0].next_told == date(2027, 1, 1)
    after = figures(cases, [], [], date(2027, 1, 1))
    assert after.quarter.name == "October to December 2026"
    assert after.lines[0].value == "90 to 94"


def test_how_fast_is_told_only_of_five_or_more() -> None:
    told = figures([case(days=days, person=str(days)) for days in (1, 2, 4, 9)], [], [], TODAY)
    assert told.lines[3].value == "too few to say"
    told = figures([case(days=days, person=str(days)) for days in (1, 2, 4, 9, 9)], [], [], TODAY)
    assert told.lines[3].value == "4 days"
    told = figures([case(days=1, person=str(n)) for n in range(5)], [], [], TODAY)
    assert told.lines[3].value == "1 day"


@pytest.mark.parametrize(
    ("day", "first", "after"),
    [
        (date(2026, 1, 1), date(2025, 10, 1), date(2026, 1, 1)),
        (date(2026, 3, 31), date(2025, 10, 1), date(2026, 1, 1)),
        (date(2026, 4, 1), date(2026, 1, 1), date(2026, 4, 1)),
        (date(2026, 12, 31), date(2026, 7, 1), date(2026, 10, 1)),
    ],
)
def test_quarters_are_those_of_the_calendar(day: date, first: date, after: date) -> None:
    found = last_quarter(day)
    assert (found.first, found.after) == (first, after)
    assert found.has(first)
    assert not found.has(after)
