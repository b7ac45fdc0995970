"""A panel as sets: a line for each test, a column for each day, or for each moment where tests are done together.

Of an early warning panel (`chart` in `panels.toml`) a set is what was recorded at one moment, in the order of the
chart, with what belongs to it from other sections: the blood pressure, the score. Scores and centiles stand as
recorded. Nothing is worked out: a score that is not there stays away, and so does a value.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from consent.disclosure import DisclosedEntry
from desktop.models.results import Panel, Reading, Series, panels, read_moment
from desktop.models.ticks import day_of
from desktop.models.words import age, calendar_day, full_years

GROWN_UP = 18


@dataclass(frozen=True)
class Column:
    """One day or moment: `at` is its ordinal with the time of day as a fraction, `under` the time, or the age then."""

    at: float
    heading: str
    under: str = ""


@dataclass(frozen=True)
class Sets:
    """The newest columns first; `charted` where each is one set of observations."""

    rows: tuple[Series, ...]
    columns: tuple[Column, ...]
    charted: bool = False

    def readings(self, row: Series, column: Column) -> tuple[Reading, ...]:
        """What a test gave then, oldest first."""
        return tuple(one for one in row.readings if _place(one, moments=self.charted) == column.at)


@cache
def _charts() -> dict[str, tuple[str, ...]]:
    read = tomllib.loads((resources.files("desktop.models") / "panels.toml").read_text("utf-8"))
    return {str(row["name"]): tuple(map(str, row["chart"])) for row in read["panel"] if "chart" in row}


@cache
def _aged() -> frozenset[str]:
    read = tomllib.loads((resources.files("desktop.models") / "panels.toml").read_text("utf-8"))
    return frozenset(str(row["name"]) for row in read["panel"] if row.get("ages"))


def sets(panel: Panel, series: Sequence[Series], everything: Sequence[DisclosedEntry], born: str, most: int) -> Sets:
    """The grid of a panel's series, at most so many columns. `everything` is where the rest of a charted set may stand;
    `born` is a FHIR date, for the age of a child at each measuring."""
    chart = _charts().get(panel.name, ())
    rows = list(series)
    if chart and everything:
        rows = _charted(panel, everything, chart)
    places = sorted({_place(one, moments=bool(chart)) for row in rows for one in row.readings}, reverse=True)[:most]
    columns = tuple(_column(at, born if panel.name in _aged() else "") for at in places)
    return Sets(tuple(row for row in rows if row.readings), columns, bool(chart))


def _place(reading: Reading, *, moments: bool) -> float:
    return reading.day if moments else float(int(reading.day))


def _column(at: float, born: str) -> Column:
    day = day_of(at)
    minutes = round((at - int(at)) * 1440)
    time = f"{minutes // 60:02}:{minutes % 60:02}" if minutes else ""
    grown = full_years(born, day) >= GROWN_UP if born else True
    return Column(at, calendar_day(day), time or ("" if grown else age(born, day)))


def _charted(panel: Panel, everything: Sequence[DisclosedEntry], chart: tuple[str, ...]) -> list[Series]:
    """All that was recorded at the moments of a panel's values and stands in the chart, in its order."""
    moments = {one.day for series in panel.series for one in series.readings}
    found: dict[tuple[str, str], Series] = {}
    for one in panels(everything):
        worded = [item for item in one.others if item.entry.value and item.entry.assertion == "fact"]
        for series in (*one.series, *(Series(item.entry.title, "", read_moment(item)) for item in worded)):
            kept = tuple(reading for reading in series.readings if reading.day in moments)
            if kept and _rank(series.name, chart) < len(chart):
                before = found.get((series.name, series.unit), Series(series.name, series.unit, ()))
                readings = tuple(sorted((*before.readings, *kept), key=lambda reading: reading.day))
                found[series.name, series.unit] = Series(series.name, series.unit, readings, series.pairs)
    return sorted(found.values(), key=lambda series: (_rank(series.name, chart), series.name.casefold()))


def _rank(name: str, chart: tuple[str, ...]) -> int:
    folded = f" {name.casefold()}"
    return next((at for at, words in enumerate(chart) if f" {words}" in folded), len(chart))
