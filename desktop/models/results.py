"""Results as panels of series: what was measured over time, each value with its own unit and reference range.

Pure; takes released entries only. A series has one unit: a test that was ever reported in another unit is another
series, never converted. Values are those of the source, as written; numbers are read from them only to place a point.
Whether a value is out of range is the source's own word, or follows from the range that the source gave with it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, NamedTuple

from consent.disclosure import DisclosedEntry
from desktop.models.measures import judgement, number
from desktop.models.tongue import tr
from desktop.models.words import span
from fhir.entries import Entry, EntryId, Measure

ASSESSMENTS = "Assessments and reviews"
_NAMED = {"report": "Reports", "assessment": ASSESSMENTS, "review": ASSESSMENTS}
_LOW, _HIGH = {"low", "l", "ll", "lu", "below"}, {"high", "h", "hh", "hu", "above"}


class Mark(NamedTuple):
    """One number of a reading: `low` and `high` are the limits that came with it; `word` is empty where it is not out
    of the ordinary."""

    value: float
    word: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def side(self) -> int:
        """1 above the range, -1 below it, 0 within or not known ("Critical high" is above)."""
        said = set(self.word.casefold().split())
        return 1 if said & _HIGH else -1 if said & _LOW else 0


class Reading(NamedTuple):
    """One value. `day` is an ordinal with the time of day as its fraction; `marks` are its number, or both of a pair,
    the upper one first; `word` says what is out of the ordinary, of whichever of them."""

    item: DisclosedEntry
    day: float
    written: str
    marks: tuple[Mark, ...]
    word: str = ""

    @property
    def value(self) -> float:
        """The number, or the upper one of a pair."""
        return self.marks[0].value

    @property
    def side(self) -> int:
        """1 above the range, -1 below it, 0 within or not known; of a pair that of the first that is either."""
        return next((mark.side for mark in self.marks if mark.side), 0)


@dataclass(frozen=True)
class Series:
    """One test in one unit, oldest reading first."""

    name: str
    unit: str
    readings: tuple[Reading, ...]
    pairs: bool = False

    @property
    def latest(self) -> Reading:
        """The newest reading."""
        return self.readings[-1]

    def change(self) -> str:
        """How the newest reading stands to the one before, in words; empty where there is only one."""
        if len(self.readings) < 2:
            return ""
        now, before = self.readings[-1], self.readings[-2]
        if [mark.value for mark in now.marks] == [mark.value for mark in before.marks]:
            return tr("same as {value}").format(value=before.written)
        words = tr("up from {value}") if now.value > before.value else tr("down from {value}")
        return words.format(value=before.written)


@dataclass(frozen=True)
class Panel:
    """Tests that belong together; `others` are entries without a number, such as reports in words."""

    name: str
    series: tuple[Series, ...] = ()
    others: tuple[DisclosedEntry, ...] = ()
    entries: tuple[DisclosedEntry, ...] = field(default=(), compare=False)


ROWS: list[dict[str, Any]] = tomllib.loads((resources.files("desktop.models") / "panels.toml").read_text("utf-8"))[
    "panel"
]
"""What is known of panels. Read with this module, which the window does while somebody types a passphrase."""


def _table() -> list[tuple[str, tuple[str, ...]]]:
    rows: list[tuple[str, tuple[str, ...]]] = []
    for row in ROWS:
        at = next((number for number, (name, _tests) in enumerate(rows) if name == row.get("before")), len(rows))
        rows.insert(at, (str(row["name"]), tuple(map(str, row["tests"]))))
    return rows


_PANELS = _table()


def panel_of(entry: Entry) -> str:
    """The name of the panel an entry stands under."""
    title = entry.title.casefold()
    if entry.kind in _NAMED and not entry.measures:
        return _NAMED[entry.kind]
    words = set(title.replace("-", " ").replace("/", " ").split())
    for name, tests in _PANELS:
        for test in tests:
            if title.startswith(test) or (len(test) > 3 and " " not in test and test in words):
                return name
    if entry.kind in _NAMED:
        return _NAMED[entry.kind]
    category = next((code.display for code in entry.categories if code.display), "")
    return {"Survey": "Scores"}.get(category, category) or "Other results"


def panels(items: Sequence[DisclosedEntry]) -> list[Panel]:
    """Panels in the table's order, then the rest by name; within each, tests by name."""
    gathered: dict[str, list[DisclosedEntry]] = {}
    for item in items:
        gathered.setdefault(panel_of(item.entry), []).append(item)
    order = {ASSESSMENTS: -1} | {name: number for number, (name, _tests) in enumerate(_PANELS)}
    return [_panel(name, gathered[name]) for name in sorted(gathered, key=lambda name: (order.get(name, 99), name))]


def _panel(name: str, items: list[DisclosedEntry]) -> Panel:
    found: dict[tuple[str, str], list[Reading]] = {}
    names: dict[tuple[str, str], str] = {}
    pairs: set[tuple[str, str]] = set()
    others = []
    for item in items:
        read = _readings(item) if item.entry.assertion == "fact" else []
        if not read:
            others.append(item)
        for title, unit, reading in read:
            key = (_folded(title), _folded(unit))
            found.setdefault(key, []).append(reading)
            names.setdefault(key, title)
            if len(reading.marks) > 1:
                pairs.add(key)
    made = [
        Series(
            names[key],
            _unit(readings[-1]),
            tuple(sorted(readings, key=lambda reading: reading.day)),
            key in pairs,
        )
        for key, readings in found.items()
    ]
    return Panel(
        name, tuple(sorted(made, key=lambda one: (one.name.casefold(), one.unit))), tuple(others), tuple(items)
    )


def _readings(item: DisclosedEntry) -> list[tuple[str, str, Reading]]:
    """(test, unit, reading) of every number of an entry with a date."""
    entry, at = item.entry, moment(item)
    if at is None:
        return []
    pair = _pair(entry)
    if pair is not None:
        upper, lower = pair
        both = tuple(mark for mark in map(_mark, pair) if mark is not None)
        if len(both) == 2:
            written = f"{upper.comparator}{upper.value}/{lower.comparator}{lower.value} {upper.unit}".strip()
            said = both[0].word or both[1].word
            if both[0].word != both[1].word:  # which of them is meant
                named = ((one.name, mark.word) for one, mark in zip(pair, both, strict=True) if mark.word)
                said = ", ".join(f"{name}: {word}" for name, word in named)
            return [(entry.title, upper.unit, Reading(item, at, written, both, said))]
    made = []
    for measure in entry.measures:
        mark = _mark(measure)
        if mark is None:
            continue
        name = f"{entry.title}: {measure.name}" if measure.name else entry.title
        made.append((name, measure.unit, Reading(item, at, measure.written, (mark,), mark.word)))
    return made


def moment(item: DisclosedEntry) -> float | None:
    """When something was measured: its day as an ordinal, with the time of day as a fraction; None without a date."""
    days = span(item.entry.when.start)
    return days[0].toordinal() + _time(item.entry.when.start) if days is not None else None


def worded(item: DisclosedEntry) -> tuple[Reading, ...]:
    """A dated value in words ("Alert"), as a reading without a number; empty where there is none."""
    at, entry = moment(item), item.entry
    return (Reading(item, at, entry.value, ()),) if at is not None and entry.value and entry.assertion == "fact" else ()


def _mark(measure: Measure) -> Mark | None:
    value = number(measure.value)
    return Mark(value, judgement(measure), number(measure.low), number(measure.high)) if value is not None else None


def _pair(entry: Entry) -> tuple[Measure, Measure] | None:
    upper = next((one for one in entry.measures if "systolic" in one.name.casefold()), None)
    lower = next((one for one in entry.measures if "diastolic" in one.name.casefold()), None)
    return (upper, lower) if upper is not None and lower is not None and upper.unit == lower.unit else None


def ids(panel: Panel) -> set[EntryId]:
    """The entries of a panel."""
    return {item.entry.entry_id for item in panel.entries}


def _time(written: str) -> float:
    clock = written[11:16]
    if len(clock) == 5 and clock[2] == ":" and clock.replace(":", "").isdigit():
        return (int(clock[:2]) * 60 + int(clock[3:])) / 1440
    return 0.0


def _unit(reading: Reading) -> str:
    return next(
        (measure.unit for measure in reading.item.entry.measures if measure.unit and measure.unit in reading.written),
        "",
    )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
