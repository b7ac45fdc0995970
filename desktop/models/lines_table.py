"""A table model whose cells are paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt

from desktop.models.entries import Index, Line, LinesRole
from desktop.models.tongue import tr


class LinesTable(QAbstractTableModel):
    """Rows whose cells are paragraphs: shown, and told to screen readers, line by line."""

    HEADINGS: tuple[str, ...] = ()
    _rows: Sequence[Any] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.HEADINGS)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return tr(self.HEADINGS[section]) if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        lines = self.lines(index.row(), index.column())
        if role == LinesRole:
            return lines
        if role == Qt.ItemDataRole.DisplayRole:
            return "\n".join(line.text for line in lines)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(line.text for line in lines)
        return None

    def lines(self, row: int, column: int) -> tuple[Line, ...]:
        """The paragraphs of a cell."""
        raise NotImplementedError
