"""Which sections are filled, from which source, how much and how fresh; and which kind of nothing the rest is.

Made of what is shown and of what sources have ever supplied, which is known only for readers from whom nothing is
withheld. The sections are those of the PRSB Core Information Standard v2 (`fhir/sections.toml`), then our own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from consent.disclosure import DisclosedEntry, DisclosedRecord, DisclosedSection, DisclosedSource
from fhir.sections import Section

CellState = Literal["data", "none-recorded", "not-connected", "nothing-shown", "failed"]
"""With entries; or the four kinds of nothing, which are never told apart by what is withheld."""


@dataclass(frozen=True)
class CoverageCell:
    """What one source supplies of one section. `newest` is the newest FHIR date up to the day of asking; `age` in days,
    None where there is no such date."""

    state: CellState
    entries: int = 0
    newest: str = ""
    age: int | None = None


@dataclass(frozen=True)
class CoverageRow:
    """One section over all sources, with `whole` for the section itself. `cells` stand in the order of the sources."""

    section: Section
    whole: CoverageCell
    cells: tuple[CoverageCell, ...]


@dataclass(frozen=True)
class Coverage:
    """The matrix. `filled` of the 38 sections of the standard hold something that is shown."""

    sources: tuple[DisclosedSource, ...]
    rows: tuple[CoverageRow, ...]

    @property
    def standard(self) -> int:
        """How many sections of the standard there are."""
        return sum(bool(row.section.standard) for row in self.rows)

    @property
    def filled(self) -> int:
        """In how many of them something is shown."""
        return sum(bool(row.section.standard) and row.whole.entries > 0 for row in self.rows)


def coverage(record: DisclosedRecord) -> Coverage:
    """The matrix of one released record."""
    full = not record.banner.not_shared
    today = record.request.now.date()
    rows = [_row(one, record.sources, record.carried, full=full, today=today) for one in record.sections.values()]
    rows.sort(key=lambda row: not row.section.standard)
    return Coverage(record.sources, tuple(rows))


def _row(
    one: DisclosedSection,
    sources: Sequence[DisclosedSource],
    carried: Collection[tuple[str, str]],
    *,
    full: bool,
    today: date,
) -> CoverageRow:
    by_source: dict[tuple[str, str, str], list[DisclosedEntry]] = {}
    for item in one.entries:
        source = item.entry.source
        by_source.setdefault((source.name, source.kind, source.lane), []).append(item)
    cells = tuple(
        _cell(
            by_source.get((source.name, source.kind, source.lane), ()),
            _nothing(one, full=full, carries=(source.lane, one.section.key) in carried),
            today,
        )
        for source in sources
    )
    return CoverageRow(one.section, _cell(one.entries, one.state, today), cells)


def _nothing(one: DisclosedSection, *, full: bool, carries: bool) -> CellState:
    """Which kind of nothing a source without an entry is."""
    if one.state == "failed":
        return "failed"
    if not full:
        return "nothing-shown"
    return "none-recorded" if carries else "not-connected"


def _cell(items: Sequence[DisclosedEntry], nothing: CellState, today: date) -> CoverageCell:
    if not items:
        return CoverageCell(nothing if nothing != "data" else "nothing-shown")
    until = today.isoformat()
    dates = [said for item in items if (said := _date(item)) and said[:10] <= until]
    newest = max(dates, default="")
    return CoverageCell("data", len(items), newest, _age(newest, today))


def _date(item: DisclosedEntry) -> str:
    entry = item.entry
    said = entry.as_at or entry.recorded
    return said or ("" if entry.section == "demographics" else entry.when.start)  # there it is the date of birth


def _age(newest: str, today: date) -> int | None:
    try:
        return (today - date.fromisoformat(newest[:10])).days if len(newest) >= 10 else None
    except ValueError:
        return None
