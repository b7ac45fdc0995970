"""The left-hand navigation as a list model: pages, group headings and counts of what is shown. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from desktop.models.entries import Index
from desktop.models.story import NavigationRow
from desktop.models.words import STATE_TITLES, plural

RowRole = Qt.ItemDataRole.UserRole + 2


class NavigationModel(QAbstractListModel):
    """Lines of the navigation; headings cannot be chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[NavigationRow] = []

    def show(self, rows: Sequence[NavigationRow]) -> None:
        """Show these lines."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def clear(self) -> None:
        """Forget every line."""
        self.show(())

    def pages(self) -> list[str]:
        """Pages in the order shown."""
        return [row.page for row in self._rows if row.page]

    def row_of(self, page: str) -> int:
        """The line of a page, -1 where it is not listed."""
        return next((number for number, row in enumerate(self._rows) if row.page == page), -1)

    def page(self, index: Index) -> str:
        """The page of a line; empty for a heading."""
        return self._rows[index.row()].page if index.isValid() else ""

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) if self.page(index) else Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == RowRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.name}, {count_words(row)}" if row.page and count_words(row) else row.name
        return None


def count_words(row: NavigationRow) -> str:
    """What a screen reader says after a line's name."""
    if row.state and row.state != "data":
        return STATE_TITLES[row.state].lower()  # type: ignore[index]
    return plural(row.count, "entry", "entries") if row.count >= 0 else ""
