"""Widgets that go: out of sight and without a word left in them at once, deleted a share each turn of the event loop.

Deleting a record's thousand widgets in one turn would hold the window up; leaving their words in them until their turn
comes would leave a record readable, to a screen reader too, after the window has locked.
"""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

_WORDED = (QLabel, QTextEdit, QPlainTextEdit, QComboBox)
SHARE = 120
"""How many widgets go in one turn, unless one that goes holds more by itself."""


def let_go(widget: QWidget) -> None:
    """Have a widget and all in it go. It must not be used again."""
    count = _blank(widget)  # before it hides: a field that loses the keyboard would tell of what stands in it
    widget.hide()
    _leaving().add(widget, count)


def emptied(layout: QLayout) -> None:
    """Have everything in a layout go."""
    while (item := layout.takeAt(0)) is not None:
        widget, within = item.widget(), item.layout()
        if widget is not None:
            let_go(widget)
        elif within is not None:
            emptied(within)


def waiting() -> bool:
    """Whether any widget's turn to be deleted is still to come."""
    return bool(_leaving().waiting)


def _blank(widget: QWidget) -> int:
    """Take every word out of it and all in it; of how many that had not been done before."""
    if widget.blockSignals(True):  # nobody is to hear of it: what goes would search, count or tell anew
        return 0
    if isinstance(widget, QLineEdit):
        widget.setText("")  # to clear could be undone
    elif isinstance(widget, _WORDED):
        widget.clear()
    elif isinstance(widget, QAbstractButton):
        widget.setText("")
    widget.setAccessibleName("")
    widget.setAccessibleDescription("")
    if widget.toolTip():  # taking away what is not there is slow
        widget.setToolTip("")
    if widget.isWindow():  # a question that a dialog has put before itself does not hide with it
        widget.hide()
        widget.setWindowTitle("")
    return 1 + sum(map(_blank, widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)))


class _Leaving(QObject):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.waiting: deque[tuple[QWidget, int]] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)

    def add(self, widget: QWidget, count: int) -> None:
        self.waiting.append((widget, count))
        if not self._timer.isActive():
            self._timer.start()

    def _next(self) -> None:
        gone = 0
        while self.waiting and (gone == 0 or gone + self.waiting[0][1] <= SHARE):
            widget, count = self.waiting.popleft()
            if isValid(widget):  # else it went with what it was in
                widget.deleteLater()
                gone += count
        if self.waiting:
            self._timer.start()


_kept: list[_Leaving] = []


def _leaving() -> _Leaving:
    """One for the program, which ends with it."""
    if not _kept or not isValid(_kept[0]):
        application = QCoreApplication.instance()
        assert application is not None
        _kept[:] = [_Leaving(application)]
    return _kept[0]
