"""A tree whose lines are plain paragraphs, wrapped and never cut, like the tables' cells.

`show` takes branches with their leaves; `chosen` carries the key of what is chosen, by key or by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QTreeView

from desktop.models.entries import Line, LinesRole
from desktop.theme.tokens import look
from desktop.widgets.table import ParagraphDelegate

KeyRole = Qt.ItemDataRole.UserRole + 3


class Leaf(NamedTuple):
    """One line of the tree and what stands under it."""

    key: str
    lines: tuple[Line, ...]
    under: tuple[Leaf, ...] = ()


class ParagraphTree(QTreeView):
    """A tree for reading; the arrow keys move in it, open and close."""

    chosen = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        delegate = ParagraphDelegate(self)
        self.setItemDelegate(delegate)
        self._model.modelReset.connect(delegate.forget)
        self.setAccessibleName(name)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(True)
        self.setExpandsOnDoubleClick(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setIndentation(look().px(16))
        self.setMouseTracking(True)
        self.selectionModel().currentChanged.connect(self._current)

    def show_leaves(self, leaves: Sequence[Leaf]) -> None:
        """Show these, everything open, nothing chosen."""
        self.clear()
        for leaf in leaves:
            self._model.appendRow(_item(leaf))
        self.expandAll()

    def choose(self, key: str) -> None:
        """Choose a line by its key; an unknown one is ignored."""
        for index in self.indexes():
            if index.data(KeyRole) == key:
                self.setCurrentIndex(index)
                return

    def indexes(self) -> list[QModelIndex]:
        """Every line, in the order shown."""
        found: list[QModelIndex] = []

        def walk(parent: QModelIndex) -> None:
            for row in range(self._model.rowCount(parent)):
                index = self._model.index(row, 0, parent)
                found.append(index)
                walk(index)

        walk(QModelIndex())
        return found

    def clear(self) -> None:
        """Forget every line. Nothing is chosen by this, though Qt moves the cursor while lines go."""
        self.blockSignals(True)
        self._model.clear()
        self.blockSignals(False)

    def drawBranches(  # noqa: N802
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """What opens and closes a branch: as large as the text, in the ink of its row."""
        chosen = self.selectionModel().isSelected(index)
        painter.fillRect(rect, look().colour("selected" if chosen else "card"))
        if not self._model.hasChildren(index):
            return
        half = look().px(4)
        middle = QPointF(rect.right() - look().px(8), rect.center().y())
        across, down = QPointF(half, 0), QPointF(0, half)
        tip = (-across - down / 2, across - down / 2, down / 2) if self.isExpanded(index) else (
            -down - across / 2, down - across / 2, across / 2
        )  # fmt: skip
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look().colour("selected_ink" if chosen else "grey"))
        painter.drawPolygon([middle + corner for corner in tip])
        painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.setColumnWidth(0, self.viewport().width())
        self.scheduleDelayedItemsLayout()

    def _current(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(str(now.data(KeyRole)))


def _item(leaf: Leaf) -> QStandardItem:
    made = QStandardItem("\n".join(line.text for line in leaf.lines))
    made.setData(leaf.lines, LinesRole)
    made.setData(leaf.key, KeyRole)
    made.setData(", ".join(line.text for line in leaf.lines), Qt.ItemDataRole.AccessibleTextRole)
    for under in leaf.under:
        made.appendRow(_item(under))
    return made
