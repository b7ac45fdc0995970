"""Columns of a table that its user may make wider: with the mouse at a heading's edge, or by key from the table.

What one column gains its neighbour gives: a table never gets wider than its place. What a user set is kept for that
user (`desktop.widgets.arrangement`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QTableView

from desktop.theme.tokens import look
from desktop.widgets.accessible import tell
from desktop.widgets.arrangement import arrangement, shares_of, sizes_of

LEAST = 100
"""No column is narrower at 100 %."""
_STEP = 24
_KEYS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class MovableColumns:
    """The edges between the columns of one table. `place` is where its shares are kept."""

    def __init__(self, table: QTableView, place: str) -> None:
        self._table, self._place = table, place
        self._header = table.horizontalHeader()
        self._fitting = False
        self._header.sectionResized.connect(self._dragged)
        self._header.setToolTip(
            QCoreApplication.translate(
                "MovableColumns",
                "Drag the edge of a heading to make its column wider. By keyboard: Ctrl+Shift+Right and"
                " Ctrl+Shift+Left in the list, after choosing the column with Right and Left.",
            )
        )

    @contextmanager
    def still(self) -> Iterator[None]:
        """What happens to widths meanwhile is not the user's doing: a column that is hidden or shown again changes."""
        before, self._fitting = self._fitting, True
        try:
            yield
        finally:
            self._fitting = before

    def fit(self, otherwise: list[int], *, movable: bool) -> None:
        """Give every column its width: what its user set, or `otherwise`. Those that are not `movable` now, because
        they stand under each other, stay as they are given."""
        shares = arrangement().shares(self._place) if movable else ()
        kept = len(shares) == len(otherwise) and min(shares, default=0) > 0
        widths = sizes_of(shares, sum(otherwise), look().px(LEAST)) if kept else otherwise
        self._header.setSectionResizeMode(
            QHeaderView.ResizeMode.Interactive if movable else QHeaderView.ResizeMode.Fixed
        )
        self._set(dict(enumerate(widths)))

    def key(self, event: QKeyEvent) -> bool:
        """Move the edge behind the current column, or before the last one; whether the key was for that."""
        ways = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        if event.modifiers() & _KEYS != _KEYS or event.key() not in ways:
            return False
        if self._header.sectionResizeMode(0) is QHeaderView.ResizeMode.Interactive:
            column = max(self._table.currentIndex().column(), 0)
            self._widen(column, look().px(_STEP) * ways[Qt.Key(event.key())])
        return True

    def _widen(self, column: int, by: int) -> None:
        last = self._header.count() - 1
        edge = min(column, last - 1)
        self._move(edge, self._header.sectionSize(edge) + (by if column == edge else -by))
        words = QCoreApplication.translate("MovableColumns", "{column}: {share} % of the width")
        share = self._header.sectionSize(column) * 100 // max(self._header.length(), 1)
        heading = self._table.model().headerData(column, Qt.Orientation.Horizontal)
        tell(self._table, words.format(column=heading, share=share))

    def _dragged(self, edge: int, old: int, new: int) -> None:
        if self._fitting or self._header.sectionResizeMode(edge) is not QHeaderView.ResizeMode.Interactive:
            return
        self._set({edge: old})
        if edge < self._header.count() - 1:
            self._move(edge, new)

    def _move(self, edge: int, width: int) -> None:
        both = self._header.sectionSize(edge) + self._header.sectionSize(edge + 1)
        least = min(look().px(LEAST), both // 2)
        width = max(least, min(width, both - least))
        self._set({edge: width, edge + 1: both - width})
        arrangement().keep(self._place, shares_of([self._header.sectionSize(at) for at in range(self._header.count())]))

    def _set(self, widths: dict[int, int]) -> None:
        with self.still():
            for at, width in widths.items():
                self._header.resizeSection(at, width)
