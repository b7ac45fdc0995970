"""Notices that the program is used: a key, a press, a wheel or a touch on any of its windows.

Heard where it reaches a window, before it goes to what stands there. A filter of the whole application would do as
well, and be asked about every event of every widget: a sixth of all the time that pages took.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QGuiApplication, QWindow

_USE = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.TouchBegin)


class InUse(QObject):
    """Sends `used`. A window is known from when it or another is given the keys; a menu by the press that opens it."""

    used = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.connect(self._listen)
        self._listen()

    def _listen(self, _given_the_keys: QWindow | None = None) -> None:
        for window in QGuiApplication.topLevelWindows():
            window.installEventFilter(self)  # once: Qt moves one that is there

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in _USE:
            self.used.emit()
        return False
