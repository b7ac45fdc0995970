"""The event of one row, described without making its resource: an extract has a million of them.

Most rows say in most columns what many other rows say. `EventEntries` describes one row of each kind in the general
way, with marks where dates, hours, line and reference stand, and then only fills these in. What is told so is exactly
what the general description tells (tests hold the two together); a row that is in any way unusual goes the general way.
The resource itself is made when somebody asks for it (`fhir.records.MadeResource`).
"""

from __future__ import annotations

from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from fhir import temporal
from fhir.describe import describe
from fhir.describe.context import Context, entry_id
from fhir.describe.datatypes import identifier_words
from fhir.describe.social_care import COST, cost_words
from fhir.entries import Entry, Field, When
from fhir.forms import Blanks, Marked, coded, mark
from fhir.quantities import quantity_words
from fhir.records import Resource, Tree
from fhir.social_care.costs import UCUM, cost_extensions
from fhir.social_care.defined_lists import LISTS
from fhir.social_care.event_key import Stands
from fhir.social_care.events import EventMaker, identifier_of
from fhir.social_care.headers import COLUMNS, PLACE
from fhir.social_care.stamp import Stamp
from fhir.social_care.values import amount

_TYPE, _START, _END = PLACE["event_type"], PLACE["event_start"], PLACE["event_end"]
_REFERENCE, _PERIOD_END = PLACE["event_reference"], PLACE["period_end"]
_COST = itemgetter(*(PLACE[key] for key in ("unit_cost", "cost_frequency", "units_per_week", "funding")))
_UNITS, _FREQUENCY, _UNIT_COST = PLACE["units_per_week"], PLACE["cost_frequency"], PLACE["unit_cost"]
_VARIES = frozenset({_START, _END, _REFERENCE, _UNITS, _UNIT_COST})
# What an event resource says, but for what varies from row to row.
_FIXED = itemgetter(
    *(
        place
        for place, column in enumerate(COLUMNS)
        if place not in _VARIES
        and (column.module not in ("person",) or column.key in ("client_type", "funding"))
        and not column.key.startswith("adult_")
    )
)
_KINDS = {"Request": "ServiceRequest", "Assessment": "Task", "Review": "Task", "Service": "EpisodeOfCare"}
_REMEMBERED = 4000
_MARK_UNITS, _MARK_REFERENCE, _MARK_LINE = "77.77", "\ufffereference", 987_654_321
_MARK_DAYS = ("1801-01-01", "1802-02-02")
_LINES = 7
"""The first gap of a form that is for a line of an event."""


class RowEvent:
    """The event of one row, not yet made."""

    __slots__ = ("entries_of", "id", "kind", "likeness", "line", "others", "person", "stands", "values")

    def __init__(
        self, entries_of: EventEntries, own_id: str, person: str, values: tuple[str, ...],
        others: list[tuple[str, str]], line: int, stands: Stands,
    ) -> None:  # fmt: skip
        found = LISTS["event_type"].find(values[_TYPE]) if values[_TYPE] else None
        self.entries_of = entries_of
        self.likeness: object = None  # known when it was described by a template
        self.kind = _KINDS[found.name] if found is not None else "Basic"
        self.id = own_id
        self.person = person
        self.values = values
        self.others = others
        self.line = line
        self.stands = stands

    @property
    def moment(self) -> object:
        """What its times depend on."""
        return self.kind, self.values[_START], self.values[_END]

    @property
    def times(self) -> Tree:
        """The elements of the resource that hold its times."""
        return self.entries_of.times(self)

    @property
    def identifiers(self) -> list[Tree]:
        """None: its reference in the council's system names no system."""
        return []

    def make(self) -> Tree:
        """The resource."""
        return self.entries_of.tree(self)

    @property
    def subject(self) -> str:
        """The reference of the resource to its person."""
        return f"Patient/{self.person}"

    @property
    def version(self) -> str:
        """`meta.lastUpdated` of the resource."""
        return self.entries_of.version(self.values)

    def entries(self, resource: Resource, context: Context) -> list[Entry] | None:
        """What the general description of the resource tells; None where only that can tell it."""
        return self.entries_of.entries(self, resource, context)

    def blanks(self, resource: Resource, context: Context) -> Blanks | None:
        """The same as what fills in the form of all events like it."""
        return self.entries_of.blanks(self, resource, context)


class _Price(NamedTuple):
    """What a service costs, in words and lines; `coded` are both as bytes, none where one says nothing."""

    value: str
    lines: tuple[Field, ...]
    coded: tuple[bytes, ...]


class _Dated(NamedTuple):
    """What the dates of a row give: when, as recorded, the lines that tell them, whether it is over; and all but the
    last as bytes."""

    when: When
    recorded: str
    lines: tuple[str, ...]
    over: bool
    coded: tuple[bytes, ...]


class _Filled(msgspec.Struct):
    """One entry of the general description: its lines, with the number of the word that stands in each open one."""

    entry: Entry
    lines: list[tuple[str, int] | Field]
    told: frozenset[str]


class _Template(msgspec.Struct):
    event: _Filled
    cost: Entry | None
    words: int

    def marked(self) -> Marked:
        """The entries with marks in all their gaps (`fhir.forms`)."""
        replace, entry, when = msgspec.structs.replace, self.event.entry, When(text=mark(2))
        lines = [
            line if isinstance(line, Field) else Field(line[0], mark(_LINES + line[1])) for line in self.event.lines
        ]
        recorded = mark(3) if entry.recorded else ""
        told = {"resource": mark(1), "when": when}
        entries = [replace(entry, entry_id=mark(0), recorded=recorded, fields=tuple(lines), **told)]
        price = (Field(mark(6), ""),)
        if self.cost is not None:
            entries.append(replace(self.cost, entry_id=mark(4), value=mark(5), fields=price, **told))
        words = map(mark, range(_LINES, _LINES + self.words))
        return Marked(entries, [mark(0), mark(1), when, mark(3), mark(4), mark(5), price, *words])


class _Told(msgspec.Struct, gc=False):
    """A row and the template that tells it, with the words in the order of its open lines."""

    template: _Template
    dated: _Dated
    words: tuple[str, ...]


class EventEntries:
    """Describes the events of one file."""

    def __init__(self, maker: EventMaker, stamp: Stamp) -> None:
        self._maker = maker
        self._stamp = stamp
        self._templates: dict[tuple[Any, ...], _Template | None] = {}
        self._costs: dict[tuple[str, ...], _Price] = {}
        self._hours: dict[str, str] = {}
        self._days: dict[tuple[str, str, str, bool], _Dated] = {}
        self._versions: dict[str, str] = {}

    def tree(self, event: RowEvent) -> Tree:
        """The resource of an event."""
        return self._maker.tree(event.id, event.person, event.values, event.others, event.line, event.stands)

    def version(self, values: tuple[str, ...]) -> str:
        """`meta.lastUpdated` of a row's resources."""
        until = values[_PERIOD_END]
        found = self._versions.get(until)
        if found is None:
            found = self._versions[until] = self._stamp.version(values)
        return found

    def times(self, event: RowEvent) -> Tree:
        """The elements of an event's resource that hold its times."""
        return self._maker.times(event.kind, event.values)

    def _told(self, event: RowEvent, context: Context) -> _Told | None:
        """What tells an event; None where no template fits."""
        values, read = event.values, self._stamp.dates.read
        if event.others or event.kind == "Basic" or event.stands not in (Stands.YES, Stands.VARIANT) or context.as_at:
            return None
        start, end = read(values[_START]), read(values[_END])
        if (values[_START] and not start) or (values[_END] and not end):
            return None
        dated = self._dated(event.kind, start, end, values)
        hours = self._hours_of(values)
        reference = values[_REFERENCE]
        flags = (bool(start), bool(end), start == end, dated.over, bool(hours), bool(reference), bool(values[_UNITS]),
                 bool(values[_UNIT_COST]))  # fmt: skip
        key = (_FIXED(values), flags)
        template = self._templates.get(key)
        if template is None:
            if key in self._templates:
                return None
            if len(self._templates) > _REMEMBERED:
                self._templates.clear()
            template = self._templates[key] = self._template(event, dated, hours, context)
            if template is None:
                return None
        words = (*dated.lines, hours, self._stamp.place(event.line), _reference(reference) if reference else "")
        told = template.event.told
        if not told.isdisjoint(words):
            return None
        event.likeness = key
        return _Told(template, dated, words)

    def blanks(self, event: RowEvent, resource: Resource, context: Context) -> Blanks | None:
        """What fills in the form of an event; None where no template fits."""
        found = self._told(event, context)
        if found is None:
            return None
        template, dated, words = found.template, found.dated, found.words
        name, number, raw = f"{event.kind}/{event.id}", self._stamp.entry_id, resource.raw
        own = number(template.event.entry.source, raw, name, 0)
        when, recorded, *lines = dated.coded
        lines += map(coded, words[len(dated.lines) :])
        cost = template.cost
        if cost is None:
            return Blanks((coded(own), coded(name), when, recorded, b"", b"", b"", *lines), (own,), template.marked)
        price = self._cost_of(event).coded
        if not price:
            return None  # it is told in another shape
        other = number(cost.source, raw, name, 1)
        values = (coded(own), coded(name), when, recorded, coded(other), *price, *lines)
        return Blanks(values, (own, other), template.marked)

    def entries(self, event: RowEvent, resource: Resource, context: Context) -> list[Entry] | None:
        """The entries of an event by its template; None where there is none that fits."""
        found = self._told(event, context)
        if found is None:
            return None
        template, dated, words = found.template, found.dated, found.words
        model = template.event.entry
        entry = msgspec.structs.replace(
            model,
            entry_id=entry_id(model.source, resource, 0),
            resource=f"{event.kind}/{event.id}",
            when=dated.when,
            recorded=dated.recorded,
            fields=tuple(
                [line if isinstance(line, Field) else Field(line[0], words[line[1]]) for line in template.event.lines]
            ),
        )
        cost = template.cost
        if cost is None:
            return [entry]
        price = self._cost_of(event)
        return [
            entry,
            msgspec.structs.replace(
                cost,
                entry_id=entry_id(cost.source, resource, 1),
                resource=entry.resource,
                when=dated.when,
                value=price.value,
                fields=price.lines,
            ),
        ]

    def _dated(self, kind: str, start: str, end: str, values: tuple[str, ...]) -> _Dated:
        until = self._stamp.dates.read(values[_PERIOD_END])
        over = bool(values[_END]) and not (end and until and end > until)
        key = (kind, start, end, over)
        found = self._days.get(key)
        if found is None:
            if len(self._days) > 50_000:
                self._days.clear()
            found = self._days[key] = _dated(kind, start, end, over)
        return found

    def _hours_of(self, values: tuple[str, ...]) -> str:
        """The planned hours of a service in words, empty where it has none."""
        units, frequency = values[_UNITS], values[_FREQUENCY]
        if not units or not frequency:
            return ""
        per = LISTS["cost_frequency"].find(frequency)
        if per is None or per.name != "Hourly":
            return ""
        found = self._hours.get(units)
        if found is None:
            planned = amount(units)
            quantity = {"value": planned, "unit": "hours a week", "system": UCUM, "code": "h/wk"}
            found = quantity_words(quantity) if planned is not None else ""
            if len(self._hours) < _REMEMBERED:
                self._hours[units] = found
        return found

    def _cost_of(self, event: RowEvent) -> _Price:
        key = _COST(event.values)
        found = self._costs.get(key)
        if found is None:
            unit, frequency, units, funding = key
            cost = next(one for one in cost_extensions(unit, frequency, units) if one["url"] == COST)
            value, lines = cost_words(cost, funding.strip())
            fields = tuple([Field(label, words) for label, words in lines if words])
            found = _Price(value, fields, (coded(value), coded(fields)) if value and fields else ())
            if len(self._costs) > 20_000:
                self._costs.clear()
            self._costs[key] = found
        return found

    # -- templates

    def _template(self, event: RowEvent, dated: _Dated, hours: str, context: Context) -> _Template | None:
        """The template of rows like this one, from the general description of one with marks."""
        marked = list(event.values)
        if event.values[_START]:
            marked[_START] = _MARK_DAYS[0]
        if event.values[_END]:
            read = self._stamp.dates.read
            marked[_END] = _MARK_DAYS[0] if read(event.values[_START]) == read(event.values[_END]) else _MARK_DAYS[1]
            if event.kind == "EpisodeOfCare" and not dated.over:
                return None  # an end that is still to come depends on the submission
        if event.values[_REFERENCE]:
            marked[_REFERENCE] = _MARK_REFERENCE
        marks = _dated(event.kind, marked[_START], marked[_END], dated.over)
        words = [*marks.lines, "", self._stamp.place(_MARK_LINE), ""]
        if hours:
            marked[_UNITS] = _MARK_UNITS
            words[-3] = self._hours_of(tuple(marked))
        if event.values[_REFERENCE]:
            words[-1] = _reference(_MARK_REFERENCE)
        entries = self._general(event, tuple(marked), _MARK_LINE, context)
        entry = entries[0]
        taken: set[int] = set()
        lines: list[tuple[str, int] | Field] = []
        for field in entry.fields:
            place = next((n for n in range(len(words)) if words[n] and words[n] == field.value and n not in taken), -1)
            if place < 0:
                lines.append(field)
            else:
                taken.add(place)
                lines.append((field.label, place))
        if len(taken) != sum(1 for word in words if word):
            return None
        fixed = {line.value for line in lines if isinstance(line, Field)}
        told = frozenset({entry.title, entry.value, entry.author, entry.detail, *fixed}) - {""}
        if entry.when != marks.when or entry.recorded != marks.recorded or len(entries) > 2:
            return None
        return _Template(_Filled(entry, lines, told), entries[1] if len(entries) > 1 else None, len(words))

    def _general(self, event: RowEvent, values: tuple[str, ...], line: int, context: Context) -> list[Entry]:
        tree = self._maker.tree(event.id, event.person, values, event.others, line, event.stands)
        made = Resource(type=event.kind, id=event.id, tree=tree, raw=b"", start=0, end=0, line=line)
        return describe(made, context)


def _dated(kind: str, start: str, end: str, over: bool) -> _Dated:
    """What the general description makes of the dates of an event."""
    when, recorded, lines, over = _told_dates(kind, start, end, over)
    return _Dated(when, recorded, lines, over, tuple(map(coded, (when, recorded, *lines))))


def _told_dates(kind: str, start: str, end: str, over: bool) -> tuple[When, str, tuple[str, ...], bool]:
    period = {name: day for name, day in (("start", start), ("end", end)) if day}
    if kind == "EpisodeOfCare":
        when = temporal.period(period, ongoing=not over)
        return (when, "", (temporal.period(period).text,), over)
    said = temporal.say(start) if start else ""
    if kind == "Task":
        when = temporal.period(period)
        return (when, start, (when.text, said), True)
    when = temporal.at(start) if start == end else temporal.period(period)
    return (when, start, (said, when.text), True)


def _reference(text: str) -> str:
    return f"{text}{_about_reference()}"


@cache
def _about_reference() -> str:
    """What is said of a reference behind it."""
    return identifier_words(identifier_of(_MARK_REFERENCE)).removeprefix(_MARK_REFERENCE)
