"""The coverage matrix as a table: a row a section, a column a source; what, how much, how fresh, or which nothing."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from consent.coverage import Coverage, CoverageCell, CoverageRow
from desktop.models.entries import Index, Line, LinesRole
from desktop.models.tongue import Said, ours, tr
from desktop.models.words import STATE_TITLES, breakable, day, plural

TONES = {"failed": "danger", "nothing-shown": "info", "not-connected": "", "none-recorded": ""}
CELL_WORDS = Said(
    {
        "none-recorded": "none recorded",
        "not-connected": "does not send this",
        "nothing-shown": "nothing shown",
        "failed": "could not be read",
    }
)


_HEADING = 12
"""Letters to a line of a heading."""


class CoverageModel(QAbstractTableModel):
    """Two leading columns, the section and the whole of it; then a column for each source."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._coverage: Coverage | None = None
        self.stacked: Callable[[], bool] = lambda: False
        """Whether all columns stand under the first just now; then each cell has to say whose it is."""

    def show(self, coverage: Coverage | None) -> None:
        """Show one matrix, or nothing."""
        self.beginResetModel()
        self._coverage = coverage
        self.endResetModel()

    def row(self, index: Index) -> CoverageRow | None:
        """The row of an index."""
        return self._coverage.rows[index.row()] if self._coverage is not None and index.isValid() else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() or self._coverage is None else len(self._coverage.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() or self._coverage is None else 2 + len(self._coverage.sources)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if way is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole or self._coverage is None:
            return None
        if section < 2:
            return (tr("Section"), tr("All sources"))[section]
        return "\n".join(wrap(self._coverage.sources[section - 2].name, _HEADING))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index)
        if row is None or role not in (LinesRole, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        lines = self._lines(row, index.column())
        return lines if role == LinesRole else "\n".join(line.text for line in lines)

    def _lines(self, row: CoverageRow, column: int) -> tuple[Line, ...]:
        if column == 0:
            return (Line(breakable(ours(row.section.name)), "strong"),)
        cell = row.whole if column == 1 else row.cells[column - 2]
        if not self.stacked():
            return cell_lines(cell, whole=column == 1)
        if column == 1:
            return (Line(" · ".join(line.text for line in cell_lines(cell, whole=True))),)
        if cell.state not in ("data", "failed") or self._coverage is None:
            return ()
        words = " · ".join(line.text for line in cell_lines(cell, whole=False))
        return (Line(f"{self._coverage.sources[column - 2].name}: {words}", "secondary"),)


def cell_lines(cell: CoverageCell, *, whole: bool) -> tuple[Line, ...]:
    """What a cell says: how much, the newest day and how long ago that is; or which kind of nothing."""
    if cell.state != "data":
        words = STATE_TITLES[cell.state] if whole else CELL_WORDS[cell.state]
        return (Line(words, "tag" if whole else "secondary", TONES[cell.state] if whole else ""),)
    lines = [Line(plural(cell.entries, "entry", "entries"))]
    if cell.newest:
        lines.append(Line(tr("newest {date}").format(date=day(cell.newest).replace(" ", "\u00a0")), "secondary"))
        if cell.age is not None:
            old = tr("{days} old").format(days=plural(cell.age, "day"))
            lines.append(Line(old if cell.age else tr("today"), "secondary"))
    else:
        lines.append(Line(tr("no dates"), "secondary"))
    return tuple(lines)
