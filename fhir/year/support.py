"""Hours and cost of support a week, over time and by payer, from services and what is recorded of their cost.

Planned hours and prices, not what was delivered or paid. A service that several sources report with the same start
counts once; two services of one source are two, as when two carers come together or two agencies share the care. What
has no start to the day, no hours or no price is listed as not counted, and so is what one source tells in two ways,
with nothing to say which is newer, and what is recorded as less than nothing: a refund or a mistake, which must not
make other support look cheaper.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import reduce
from itertools import pairwise

from fhir.entries import Entry, EntryId
from fhir.social_care.costs import weekly_cost
from fhir.year.days import day, field, is_fact, source_of

_HOURS = re.compile(r"^(-?\d+(?:\.\d+)?)\s*hours? a week$")
_REMARK = re.compile(r"\s*\([^()]*\)$")
_MONEY = re.compile(r"^£(-?\d+(?:\.\d+)?)$")
NOT_SAID = "Payer not recorded"


_Source = tuple[str, str]
_Key = tuple[_Source, str]


@dataclass(frozen=True)
class Service:
    """One service. `hours` and `cost` (pounds) are a week's as recorded, None where not known; what is below nought is
    not counted. `end` is the day it ended, None while it goes on."""

    title: str
    payer: str
    start: date
    end: date | None
    hours: Decimal | None
    cost: Decimal | None
    entries: tuple[EntryId, ...]


@dataclass(frozen=True)
class Stretch:
    """A time during which nothing changed: from `start` until the day before `end`. By payer: (hours, cost) a
    week, None where no service says; what a single service lacks is named as not counted."""

    start: date
    end: date
    by_payer: tuple[tuple[str, Decimal | None, Decimal | None], ...]

    @property
    def hours(self) -> Decimal | None:
        """Hours a week, all payers; None where there is support and no service says."""
        return reduce(_more, (hours for _, hours, _ in self.by_payer), None if self.by_payer else Decimal(0))

    @property
    def cost(self) -> Decimal | None:
        """Pounds a week, all payers; None where there is support and no service says."""
        return reduce(_more, (cost for _, _, cost in self.by_payer), None if self.by_payer else Decimal(0))


@dataclass(frozen=True)
class SupportOverTime:
    """Stretches from the first service to `until`, oldest first; the services counted; and what was not, in words.

    `as_at` is the day of the oldest extract (FHIR date) that what goes on at the end is from; "" where none is.
    """

    until: date
    stretches: tuple[Stretch, ...]
    services: tuple[Service, ...]
    payers: tuple[str, ...]
    not_counted: tuple[tuple[str, tuple[EntryId, ...]], ...]
    as_at: str = ""


def support_over_time(
    entries: Sequence[Entry], until: date, since: date | None = None, *, costs_told: bool = True
) -> SupportOverTime:
    """Support from `since` (the first service, where it is None) to the day `until`.

    Without `costs_told`, which is where what support costs may be kept from this reader, no cost is said to be missing.
    """
    facts = [entry for entry in entries if is_fact(entry)]
    costs: dict[_Key, list[Entry]] = {}
    packages: dict[_Key, list[Entry]] = {}
    for entry in facts:
        if entry.kind in ("care-cost", "package"):
            kind = costs if entry.kind == "care-cost" else packages
            kind.setdefault((source_of(entry), entry.resource), []).append(entry)
    missing: list[tuple[str, tuple[EntryId, ...]]] = []
    told: dict[date, list[_Told]] = {}
    for key, states in sorted(packages.items(), key=lambda item: (not item[1][0].codes, _ids(item[1]))):
        found = _of_states(states, costs.get(key, ()), until, missing)
        if found is not None:
            alike = told.setdefault(found.start, [])
            same = [one for one in alike if key[0] not in one.sources and _is_same(states[0], one.entry)]
            known = min(same, key=lambda one: one.service.hours != found.hours, default=None)
            if known is None:
                alike.append(_Told(found, states[0], {key[0]}))
            else:
                known.add(found, key[0], missing)
    services = [one.service for alike in told.values() for one in alike]
    services.sort(key=lambda one: (one.start, one.title, one.entries))
    for service in services:
        due = (("hours", service.hours), ("cost", service.cost))[: 2 if costs_told else 1]
        lacks = [word for word, value in due if value is None]
        if lacks:
            missing.append((f"{service.title}: {' and '.join(lacks)} a week not recorded", service.entries))
        negative = [word for word, value in due if value is not None and value < 0]
        if negative:
            said = f"{service.title}: {' and '.join(negative)} a week recorded as less than nothing"
            missing.append((said, service.entries))
    counted = tuple(services)
    stretches = _stretches(counted, until, since)
    payers = tuple(sorted({payer for one in stretches for payer, _, _ in one.by_payer}))
    open_ones = {one for service in counted if service.end is None for one in service.entries}
    extracts = (entry.as_at for entry in facts if entry.entry_id in open_ones and entry.as_at)
    as_at = min((one for one in extracts if day(one) not in (None, until)), default="")
    return SupportOverTime(until, stretches, counted, payers, tuple(sorted(missing)), as_at)


def _ids(entries: Sequence[Entry]) -> tuple[EntryId, ...]:
    return tuple(sorted(entry.entry_id for entry in entries))


@dataclass
class _Told:
    """A service with the entry that others are compared with, and the sources that report it."""

    service: Service
    entry: Entry
    sources: set[_Source]

    def add(self, other: Service, source: _Source, missing: list[tuple[str, tuple[EntryId, ...]]]) -> None:
        """Take in what another source says of it; what it says otherwise is told."""
        mine, self.service = self.service, _one_of(self.service, other)
        self.sources.add(source)
        for word, one, said in (("hours", mine.hours, other.hours), ("cost", mine.cost, other.cost)):
            if one is not None and said is not None and one != said:
                theirs, ours = _amount(word, said), _amount(word, one).removesuffix(" hours")
                words = f"{mine.title}: another source says {theirs} a week, not {ours}"
                missing.append((words, other.entries))


def _amount(word: str, value: Decimal) -> str:
    return f"£{value:,.2f}" if word == "cost" else f"{value.normalize():f} hours"


def _of_states(
    states: Sequence[Entry],
    costs: Sequence[Entry],
    until: date,
    missing: list[tuple[str, tuple[EntryId, ...]]],
) -> Service | None:
    """The service that the states of one resource tell; None where it cannot be counted, which is then `missing`."""
    found: dict[tuple[date, date | None, Decimal | None, Decimal | None, str], Service] = {}
    for one in states:
        start, end = day(one.when.start), day(one.when.end)
        if start is None:
            missing.append((f"{one.title}: when it began is not known to the day", (one.entry_id,)))
        elif start > until:
            continue
        elif end is None and not (one.active is True or one.when.ongoing):
            missing.append((f"{one.title}: when it ended is not known", (one.entry_id,)))
        elif end is not None and end < start:
            missing.append((f"{one.title}: it ends before it begins", (one.entry_id,)))
        else:
            for cost in costs or (None,):
                made = _service(one, cost, start, end)
                found.setdefault((start, end, made.hours, made.cost, made.payer), made)
    ids = tuple(sorted({*_ids(states), *_ids(costs)}))
    if len(found) < 2:
        return next((replace(one, entries=ids) for one in found.values()), None)
    title = states[0].title
    missing.append((f"{title}: one source tells it in two ways, and not which is newer", ids))
    return None


def _is_same(one: Entry, other: Entry) -> bool:
    """Whether two packages with one start are one service: by what kind of service it is; where one of them has no code
    for that, as of a provider's own list, by its name without remarks, or by its provider and equal hours."""
    if one.codes and other.codes:
        return one.codes[0].code == other.codes[0].code
    if _REMARK.sub("", one.title).casefold() == _REMARK.sub("", other.title).casefold():
        return True
    (ours, theirs), (hours, their_hours) = (
        [field(each, label) for each in (one, other)] for label in ("Provided by", "Social care planned hours")
    )
    known, theirs_known = _HOURS.match(hours), _HOURS.match(their_hours)
    by_one = source_of(one) != source_of(other) and ours.casefold() == theirs.casefold() != ""
    return by_one and known is not None and theirs_known is not None and Decimal(known[1]) == Decimal(theirs_known[1])


def _service(package: Entry, cost: Entry | None, start: date, end: date | None) -> Service:
    hours = _HOURS.match(field(package, "Social care planned hours"))
    payer = field(package, "Social care funding") or (field(cost, "Paid by") if cost else "") or NOT_SAID
    ids = (package.entry_id, *((cost.entry_id,) if cost else ()))
    return Service(package.title, payer, start, end, Decimal(hours[1]) if hours else None, _weekly(cost), ids)


def _weekly(cost: Entry | None) -> Decimal | None:
    if cost is None:
        return None
    said = _pounds(field(cost, "Cost of a week"))
    unit = _pounds(field(cost, "Unit cost"))
    if said is not None or unit is None:
        return said
    return weekly_cost(str(unit), field(cost, "Frequency"), field(cost, "Planned units a week"))


def _pounds(text: str) -> Decimal | None:
    found = _MONEY.match(text.replace(",", ""))
    try:
        return Decimal(found[1]) if found else None
    except InvalidOperation:
        return None


def _one_of(one: Service, other: Service) -> Service:
    """A service that two sources report: what either knows, counted once."""
    return Service(
        one.title,
        one.payer if one.payer != NOT_SAID else other.payer,
        one.start,
        one.end if one.end is not None else other.end,
        one.hours if _counted(one.hours) is not None or other.hours is None else other.hours,
        one.cost if _counted(one.cost) is not None or other.cost is None else other.cost,
        tuple(sorted({*one.entries, *other.entries})),
    )


def _counted(recorded: Decimal | None) -> Decimal | None:
    """What is recorded, where it can be counted."""
    return recorded if recorded is not None and recorded >= 0 else None


def _more(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """The sum of what is known; that nothing is known is not nought."""
    return other if one is None else one if other is None else one + other


def _stretches(services: Sequence[Service], until: date, since: date | None) -> tuple[Stretch, ...]:
    """The day on which a service ends is no longer reckoned, so that one that follows on the same day is not added."""
    last = until + timedelta(days=1)
    first = since or min((one.start for one in services), default=last)
    edges = {first, last}
    for one in services:
        after = one.end if one.end is not None else last
        edges |= {edge for edge in (one.start, after) if first < edge < last}
    ordered = sorted(edges)
    found: list[Stretch] = []
    for begin, end in pairwise(ordered):
        totals: dict[str, tuple[Decimal | None, Decimal | None]] = {}
        for one in services:
            if one.start <= begin and (one.end is None or one.end > begin):
                hours, cost = totals.get(one.payer, (None, None))
                totals[one.payer] = _more(hours, _counted(one.hours)), _more(cost, _counted(one.cost))
        by_payer = tuple((payer, *totals[payer]) for payer in sorted(totals))
        if found and found[-1].by_payer == by_payer:
            found[-1] = Stretch(found[-1].start, end, by_payer)
        else:
            found.append(Stretch(begin, end, by_payer))
    return tuple(found)
