"""Two arrangements Qt does not have: items that flow like words, and cards in as many columns as fit.

They are widgets, not `QLayout`s: a layout written in Python must answer None past its last item, and each such answer
takes a reference from None until the interpreter dies (PySide 6.12 on Python 3.11, measured).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar, cast

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from desktop.widgets.leaving import let_go

Align = Literal["top", "centre", "stretch"]
Measure = TypeVar("Measure")
_MEASURES_ANEW = frozenset(
    {QEvent.Type.LayoutRequest, QEvent.Type.StyleChange, QEvent.Type.FontChange, QEvent.Type.ParentChange}
)


def grow(widget: QWidget, across: QSizePolicy.Policy = QSizePolicy.Policy.Expanding) -> QWidget:
    """Let a widget be as high as its width makes it; returns it."""
    policy = QSizePolicy(across, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    widget.setSizePolicy(policy)
    return widget


def scrolling(inside: QWidget) -> QScrollArea:
    """A page that scrolls down, never across, when it needs more room than there is."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    return area


class _Arranged(QWidget):
    """`settled`: no item changes once it is measured, so measures are remembered. Qt asks for the same ones many times
    over, and tells a widget nothing of what changes in it while it is hidden."""

    def __init__(self, gap: int, *, settled: bool = False) -> None:
        super().__init__()
        self._items: list[QWidget] = []
        self._gap = gap
        self._settled = settled
        self._known: dict[object, object] = {}
        grow(self)

    def add(self, widget: QWidget) -> None:
        """Add an item at the end."""
        widget.setParent(self)
        self._known.clear()
        self._items.append(widget)
        if self.isVisible():  # Qt leaves a child hidden that comes to a parent already shown
            widget.show()
        self.updateGeometry()

    def count(self) -> int:
        """How many items there are."""
        return len(self._items)

    def clear(self) -> None:
        """Take every item away."""
        for item in self._items:
            let_go(item)
        self._items.clear()
        self._known.clear()
        self.updateGeometry()

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._once(width, lambda: self._arrange(width, place=False))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self._once("least", lambda: QSize(max((_least(item) for item in self._shown()), default=0), 0))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._arrange(self.width(), place=True)

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if kind in _MEASURES_ANEW:
            self._known.clear()
        if kind == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._arrange(self.width(), place=True)
        return super().event(event)

    def _once(self, what: object, measure: Callable[[], Measure]) -> Measure:
        """A measure, remembered where what is measured is settled."""
        if not self._settled:
            return measure()
        if what not in self._known:
            self._known[what] = measure()
        return cast(Measure, self._known[what])

    def _shown(self) -> list[QWidget]:
        return [item for item in self._items if not item.isHidden() or not self.isVisible()]

    def _arrange(self, width: int, *, place: bool) -> int:
        raise NotImplementedError

    @staticmethod
    def _height(item: QWidget, width: int) -> int:
        height = item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
        return max(height, item.minimumHeight())


class Flow(_Arranged):
    """Items side by side, wrapping like words; an item wider than the line is narrowed to it and grows
    downward. `below` is the gap between lines, `gap` unless said."""

    def __init__(
        self, gap: int = 8, align: Align = "top", *, below: int = -1, right: bool = False, settled: bool = False
    ) -> None:
        super().__init__(gap, settled=settled)
        self._align, self._right = align, right
        self._below = gap if below < 0 else below

    def sizeHint(self) -> QSize:  # noqa: N802
        return self._once("wished", self._wish)

    def _wish(self) -> QSize:
        """All in one line."""
        items = [(item, _wished(item)) for item in self._shown()]
        width = sum(wide for _item, wide in items) + self._gap * max(len(items) - 1, 0)
        return QSize(width, max((self._height(item, wide) for item, wide in items), default=0))

    def _arrange(self, width: int, *, place: bool) -> int:
        y = 0
        for line in self._lines(max(width, 1)):
            height = max(high for _item, _wide, high in line)
            taken = sum(wide for _item, wide, _high in line) + self._gap * (len(line) - 1)
            x = max(width - taken, 0) if self._right else 0
            for item, wide, high in line:
                if place:
                    own = height if self._align == "stretch" else high
                    top = y + (height - high) // 2 if self._align == "centre" else y
                    item.setGeometry(QRect(QPoint(x, top), QSize(wide, own)))
                x += wide + self._gap
            y += height + self._below
        return max(y - self._below, 0)

    def _lines(self, width: int) -> list[list[tuple[QWidget, int, int]]]:
        lines: list[list[tuple[QWidget, int, int]]] = []
        x = 0
        for item in self._shown():
            wide = min(_wished(item), width)
            if not lines or x + wide > width:
                lines.append([])
                x = 0
            lines[-1].append((item, wide, self._height(item, wide)))
            x += wide + self._gap
        return lines


class Columns(_Arranged):
    """Cards dealt in order to the shortest of as many equal columns as fit; `column` is the least column width.

    A widget whose property `span` is 2 takes two columns where there are two or more.
    """

    def __init__(self, gap: int, column: int) -> None:
        super().__init__(gap)
        self._column = column

    def sizeHint(self) -> QSize:  # noqa: N802
        """Any width will do, and the width decides the height."""
        return QSize(self._column, 0)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._column // 2, 0)

    def _arrange(self, width: int, *, place: bool) -> int:
        count = max(1, (width + self._gap) // (self._column + self._gap))
        each = (width - self._gap * (count - 1)) // count
        bottoms = [0] * count
        for item in self._shown():
            span = min(int(item.property("span") or 1), count)
            tops = [max(bottoms[at : at + span]) for at in range(count - span + 1)]
            at = tops.index(min(tops))
            wide = each * span + self._gap * (span - 1)
            height = self._height(item, wide)
            if place:
                item.setGeometry(QRect(at * (each + self._gap), tops[at], wide, height))
            bottoms[at : at + span] = [tops[at] + height + self._gap] * span
        return max(max(bottoms) - self._gap, 0)


def _wished(item: QWidget) -> int:
    wide = max(item.sizeHint().width(), _least(item))
    return min(wide, item.maximumWidth())


def _least(item: QWidget) -> int:
    return max(item.minimumWidth(), item.minimumSizeHint().width() if not item.minimumWidth() else 0)
