"""Two layouts Qt does not have: items that flow like words, and cards in as many columns as fit."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class _Listed(QLayout):
    def __init__(self, parent: QWidget | None = None, gap: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]  # noqa: N802
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]  # noqa: N802
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._arrange(QRect(0, 0, width, 0), place=False)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    def sizeHint(self) -> QSize:  # noqa: N802
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802
        widest = max((item.minimumSize().width() for item in self._items), default=0)
        margins = self.contentsMargins()
        return QSize(widest + margins.left() + margins.right(), margins.top() + margins.bottom())

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        raise NotImplementedError

    @staticmethod
    def _height(item: QLayoutItem, width: int) -> int:
        return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


class FlowLayout(_Listed):
    """Items side by side, wrapping like words; an item wider than the line is narrowed to it and grows downward."""

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        margins = self.contentsMargins()
        area = rect.marginsRemoved(margins)
        x, y, line = area.x(), area.y(), 0
        for item in self._items:
            width = min(item.sizeHint().width(), max(area.width(), 1))
            height = self._height(item, width)
            if x > area.x() and x + width > area.right() + 1:
                x, y, line = area.x(), y + line + self._gap, 0
            if place:
                item.setGeometry(QRect(QPoint(x, y), QSize(width, height)))
            x += width + self._gap
            line = max(line, height)
        return y + line - rect.y() + margins.bottom()


class ColumnsLayout(_Listed):
    """Cards dealt in order to the shortest of as many equal columns as fit; `column` is the least column width.

    A widget whose property `span` is 2 takes two columns where there are two or more.
    """

    def __init__(self, parent: QWidget | None = None, gap: int = 16, column: int = 320) -> None:
        super().__init__(parent, gap)
        self._column = column

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        margins = self.contentsMargins()
        area = rect.marginsRemoved(margins)
        count = max(1, (area.width() + self._gap) // (self._column + self._gap))
        width = (area.width() - self._gap * (count - 1)) // count
        bottoms = [area.y()] * count
        for item in self._items:
            widget = item.widget()
            span = min(int((widget.property("span") if widget is not None else 1) or 1), count)
            tops = [max(bottoms[at : at + span]) for at in range(count - span + 1)]
            at = tops.index(min(tops))
            wide = width * span + self._gap * (span - 1)
            height = self._height(item, wide)
            if place:
                item.setGeometry(QRect(area.x() + at * (width + self._gap), tops[at], wide, height))
            bottoms[at : at + span] = [tops[at] + height + self._gap] * span
        return max(bottoms) - self._gap - rect.y() + margins.bottom()
