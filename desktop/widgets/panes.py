"""Panes beside or under each other whose edge their user may move, by mouse and by key, and finds again where it was
left."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QSplitterHandle, QWidget

from desktop.theme.tokens import look
from desktop.widgets.accessible import Role
from desktop.widgets.arrangement import arrangement, shares_of, sizes_of

_STEP = 24
_THICK = 10


class _Edge(QSplitterHandle):
    """The edge between two panes: Tab comes to it, arrow keys move it."""

    ACCESSIBLE_ROLE = Role.Splitter

    def __init__(self, orientation: Qt.Orientation, panes: Panes) -> None:
        super().__init__(orientation, panes)
        self._panes = panes
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(QCoreApplication.translate("Panes", "Edge between two parts"))
        self.setAccessibleDescription(QCoreApplication.translate("Panes", "Arrow keys move it"))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        beside = self.orientation() is Qt.Orientation.Horizontal
        less, more = (Qt.Key.Key_Left, Qt.Key.Key_Right) if beside else (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if event.key() not in (less, more):
            super().keyPressEvent(event)
            return
        now = self.x() if beside else self.y()
        self.moveSplitter(now + look().px(_STEP) * (1 if event.key() == more else -1))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        QTimer.singleShot(0, self, self._panes.relook)  # a pane came to the others

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        here, middle = look(), self.rect().center()
        thick = here.px(4 if self.hasFocus() else 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(here.colour("action" if self.hasFocus() else "line"))
        if self.orientation() is Qt.Orientation.Horizontal:
            painter.drawRect(middle.x() - thick // 2, 0, thick, self.height())
        else:
            painter.drawRect(0, middle.y() - thick // 2, self.width(), thick)


class Panes(QSplitter):
    """`place` is where the shares are kept; `sizes` are those of the panes at first, at 100 %."""

    def __init__(self, orientation: Qt.Orientation, place: str, sizes: tuple[int, ...]) -> None:
        super().__init__(orientation)
        self._place, self._sizes = place, sizes
        self.setChildrenCollapsible(False)
        self.setHandleWidth(look().gap(_THICK))
        self.splitterMoved.connect(lambda _at, _edge: arrangement().keep(place, shares_of(self.sizes())))

    def createHandle(self) -> QSplitterHandle:  # noqa: N802
        return _Edge(self.orientation(), self)

    def relook(self) -> None:
        """Set the panes out as their user left them, or as at first."""
        shares = arrangement().shares(self._place)
        kept = len(shares) == self.count() and min(shares, default=0) > 0
        room = sum(self.sizes()) or (self.width() if self.orientation() is Qt.Orientation.Horizontal else self.height())
        shown = [pane for at in range(self.count()) if (pane := self.widget(at)) is not None and not pane.isHidden()]
        if len(shown) == self.count():
            self.setSizes(sizes_of(shares, room, 1) if kept else [look().px(size) for size in self._sizes])

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self.relook()


def panes(orientation: Qt.Orientation, place: str, parts: dict[QWidget, int]) -> Panes:
    """Panes of these parts with the size of each at first; the last one takes what a larger window gives."""
    made = Panes(orientation, place, tuple(parts.values()))
    for part in parts:
        made.addWidget(part)
    made.setStretchFactor(len(parts) - 1, 1)
    return made
