"""Care and support as it falls in a week: who comes when, what is provided, what it costs, what it is for.

Pure; takes a `Story` only and adds no fact. A visit stands in a day only where its source gives that day; what is said
of every week in words ("Mondays and Thursdays") stays in those words. A cost is the week's as its source gives it, or
worked out from a unit cost and a frequency whose meaning is known; the working is given.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from consent.disclosure import DisclosedEntry
from desktop.models.entries import when_text
from desktop.models.medicines import field
from desktop.models.story import Story, is_current, newest_first
from desktop.models.tongue import tr
from desktop.models.words import span
from fhir.entries import Entry
from fhir.social_care.costs import weekly_cost

_VISITS = ("appointments", "contacts", "assessments", "admissions", "discharges")
_NOT_VISITS = ("message", "score", "list", "list-warning", "category", "topic", "nothing-recorded")
"""Among contacts and assessments, but nobody comes: what is written, worked out, or a heading of what is."""
_ORDERLY = re.compile(r"T(\d{2}:\d{2})")
_REMARK = re.compile(r"\s*\([^()]*\)$")
_WEEKLY, _HOURLY = ("weekly", "per week"), ("hourly", "per hour")


@dataclass(frozen=True)
class Visit:
    """Something at a time: the clock as written (empty where only the day is known); whether it is still to come."""

    day: date
    clock: str
    item: DisclosedEntry
    coming: bool


@dataclass(frozen=True)
class Cost:
    """What one service costs a week: `working` says how that follows from the source. `week` is None where it does not
    follow, or is less than nothing: a refund must not make other support look cheaper."""

    item: DisclosedEntry
    payer: str
    working: str
    week: Decimal | None


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def first_week(story: Story) -> date:
    """The Monday to begin with: that of today, or of the next week where nothing more comes in this one."""
    this = monday(story.today)
    soon = [visit.day for visit in next_visits(story)]
    if soon and this + timedelta(days=7) <= soon[0] < this + timedelta(days=14):
        return this + timedelta(days=7)
    return this


def week(story: Story, first: date) -> dict[date, list[Visit]]:
    """Visits, appointments, assessments and stays that begin in the seven days from `first` on, each day in order."""
    found: dict[date, list[Visit]] = {first + timedelta(days=number): [] for number in range(7)}
    for item in story.entries(*_VISITS):
        visit = _visit(item, story.today)
        if visit is not None and visit.day in found:
            found[visit.day].append(visit)
    for visits in found.values():
        visits.sort(key=lambda visit: (not visit.clock, visit.clock, visit.item.entry.title))
    return found


def next_visits(story: Story) -> list[Visit]:
    """What is still to come, soonest first."""
    found = [visit for item in story.entries(*_VISITS) if (visit := _visit(item, story.today)) and visit.coming]
    return sorted(found, key=lambda visit: (visit.day, visit.clock))


def _visit(item: DisclosedEntry, today: date) -> Visit | None:
    entry = item.entry
    days = span(entry.when.start)
    if days is None or days[0] != days[1] or entry.kind in _NOT_VISITS or entry.status in ("cancelled", "noshow"):
        return None
    clock = _ORDERLY.search(entry.when.start)
    return Visit(days[0], clock[1] if clock else "", item, days[0] >= today and entry.active is not False)


def with_whom(entry: Entry) -> str:
    """Who comes or is seen, as the source says."""
    return field(entry, "With") or entry.author


def packages(story: Story) -> list[DisclosedEntry]:
    """Services, those of now first, newest first within each."""
    items = newest_first(story.entries("services"))
    return sorted(items, key=lambda item: not is_current(item.entry, story.today))


def provision(entry: Entry) -> str:
    """Who provides a service, when they come, and by which mechanism, as the source says."""
    parts = (
        field(entry, "Provided by"),
        field(entry, "Social care visits"),
        entry.value,
        field(entry, "Social care delivery mechanism"),
        field(entry, "Social care funding"),
    )
    return " · ".join(dict.fromkeys(part for part in parts if part and part not in entry.title))


def in_plans(story: Story) -> list[tuple[str, DisclosedEntry]]:
    """What current plans say is done, in their own words, with the plan."""
    return [
        (line.value, item)
        for item in story.current("care-plan")
        for line in item.entry.fields
        if line.label == "Activity"
    ]


def goals(story: Story) -> list[DisclosedEntry]:
    """Goals and outcomes, those of now first."""
    items = [item for item in newest_first(story.entries("care-plan")) if item.entry.kind == "goal"]
    return sorted(items, key=lambda item: not is_current(item.entry, story.today))


def reviews(story: Story) -> list[DisclosedEntry]:
    """Assessments and reviews, those due first, then the newest. Scores are results, not reviews."""
    items = [item for item in newest_first(story.entries("assessments")) if item.entry.kind != "score"]
    today = story.today.isoformat()
    due = [item for item in items if item.entry.when.start[:10] >= today]
    return list(reversed(due)) + [item for item in items if item not in due]


def waiting(story: Story) -> list[tuple[int, DisclosedEntry]]:
    """Open requests and tasks with the days since they were asked for, longest first."""
    found = []
    for item in story.entries("referrals", "actions", "equipment"):
        days = span(item.entry.when.start or field(item.entry, "Authored on"))
        asked = item.entry.status in (
            "requested",
            "active",
            "in progress",
            "in-progress",
            "on-hold",
            "draft",
            "accepted",
        )
        if item.entry.active and asked and days is not None and days[0] == days[1] <= story.today:
            found.append(((story.today - days[0]).days, item))
    return sorted(found, key=lambda pair: pair[0], reverse=True)


def costs(story: Story) -> list[Cost]:
    """Costs of what is provided now."""
    return [_cost(item) for item in story.current("money") if item.entry.kind in ("care-cost", "cost")]


def budgets(story: Story) -> list[DisclosedEntry]:
    """The personal budget of now as each source last gave it: a source that gives a newer one means that."""
    last: dict[tuple[str, str], DisclosedEntry] = {}
    for item in story.current("money"):
        if item.entry.kind == "personal-budget":
            last.setdefault((item.entry.source.key or item.entry.source.name, item.entry.title.casefold()), item)
    return list(last.values())


def budget_words(entry: Entry) -> tuple[str, str]:
    """A budget as its source gives it: its name with the amount; its date and the source."""
    amount = entry.value or entry.detail
    said = f"{entry.title}: {amount}" if amount and amount not in entry.title else entry.title
    told = tr("recorded {when}").format(when=when_text(entry)) if entry.when.start else tr("date not recorded")
    return said, f"{told} · {entry.source.name}"


def weekly_total(found: list[Cost]) -> dict[str, Decimal]:
    """By payer, what the costs that could be worked out come to in a week. What several sources give counts once."""
    times: dict[tuple[str, str, str, Decimal], Counter[tuple[str, str]]] = {}
    for cost in found:
        if cost.week is not None:
            entry = cost.item.entry
            what = _REMARK.sub("", entry.title).casefold()
            counted = times.setdefault((cost.payer, what, entry.when.start[:10], cost.week), Counter())
            counted[entry.source.name, entry.source.key] += 1
    totals: dict[str, Decimal] = {}
    for (payer, _, _, week), counted in times.items():
        totals[payer] = totals.get(payer, Decimal(0)) + week * max(counted.values())
    return totals


def _cost(item: DisclosedEntry) -> Cost:
    entry = item.entry
    payer = field(entry, "Paid by") or tr("Payer not recorded")
    often = field(entry, "Frequency").casefold()
    unit = _number(field(entry, "Unit cost").removeprefix("£"))
    units = _number(field(entry, "Planned units a week"))
    week = _number(field(entry, "Cost of a week").removeprefix("£"))
    working = entry.value
    if unit is not None and often in _WEEKLY:  # where units say otherwise, the frequency is believed
        working = tr("£{cost} a week").format(cost=f"{unit:.2f}")
        week = unit if week is None else week
    elif unit is not None and often in _HOURLY and units is None:
        working = tr("£{cost} an hour, hours not recorded").format(cost=f"{unit:.2f}")
    elif unit is not None and often in _HOURLY and units is not None:
        working = tr("£{cost} an hour × {hours} hours a week").format(
            cost=f"{unit:.2f}", hours=f"{units.normalize():f}"
        )
        week = unit * units if week is None else week
    elif unit is not None and week is None:
        week = weekly_cost(str(unit), often, "" if units is None else str(units))
    if week is not None and week < 0:
        return Cost(item, payer, tr("{working}: less than nothing, so not counted").format(working=working), None)
    return Cost(item, payer, working, week)


def _number(written: str) -> Decimal | None:
    try:
        return Decimal(written.replace(",", ""))
    except InvalidOperation:
        return None
