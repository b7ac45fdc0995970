"""A panel as sets: a line for each test, a column for each day, or for each moment where tests are done together.

Of an early warning panel (`chart` in `panels.toml`) a set is what was recorded at one moment, in the order of the
chart, with what belongs to it from other sections: the blood pressure, the score. Scores and centiles stand as
recorded. Nothing is worked out: a score that is not there stays away, and so does a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consent.disclosure import DisclosedEntry
from desktop.models.results import ROWS, Panel, Reading, Series, moment, panels, worded
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


_CHARTS = {row["name"]: tuple(row["chart"]) for row in ROWS if "chart" in row}
_AGED = frozenset(row["name"] for row in ROWS if row.get("ages"))


def sets(panel: Panel, series: Sequence[Series], everything: Sequence[DisclosedEntry], born: str, most: int) -> Sets:
    """The grid of a panel's series, at most so many columns. `everything` is where the rest of a charted set may stand;
    `born` is a FHIR date, for the age of a child at each measuring."""
    chart: tuple[str, ...] = _CHARTS.get(panel.name, ())
    rows = list(series)
    if chart and everything:
        rows = _charted(panel, everything, chart, most)
    places = sorted({_place(one, moments=bool(chart)) for row in rows for one in row.readings}, reverse=True)[:most]
    columns = tuple(_column(at, born if panel.name in _AGED else "") for at in places)
    return Sets(tuple(row for row in rows if row.readings), columns, bool(chart))


def _place(reading: Reading, *, moments: bool) -> float:
    return reading.day if moments else float(int(reading.day))


def _column(at: float, born: str) -> Column:
    day = day_of(at)
    minutes = int((at - int(at)) * 1440 + 0.001)  # a minute has begun, as on a clock
    time = f"{minutes // 60:02}:{minutes % 60:02}" if minutes else ""
    grown = full_years(born, day) >= GROWN_UP if born else True
    return Column(at, calendar_day(day), time or ("" if grown else age(born, day)))


def _charted(panel: Panel, everything: Sequence[DisclosedEntry], chart: tuple[str, ...], most: int) -> list[Series]:
    """All that was recorded at the last moments of a panel's values and stands in the chart, in its order."""
    moments = set(sorted({one.day for series in panel.series for one in series.readings}, reverse=True)[:most])
    found: dict[tuple[str, str], Series] = {}
    for one in panels([item for item in everything if moment(item) in moments]):
        for series in (*one.series, *(Series(item.entry.title, "", worded(item)) for item in one.others)):
            if series.readings and _rank(series.name, chart) < len(chart):
                before = found.get((series.name, series.unit), Series(series.name, series.unit, ()))
                readings = tuple(sorted((*before.readings, *series.readings), key=lambda reading: reading.day))
                found[series.name, series.unit] = Series(series.name, series.unit, readings, series.pairs)
    return sorted(found.values(), key=lambda series: (_rank(series.name, chart), series.name.casefold()))


def _rank(name: str, chart: tuple[str, ...]) -> int:
    folded = f" {name.casefold()}"
    return next((at for at, words in enumerate(chart) if f" {words}" in folded), len(chart))
