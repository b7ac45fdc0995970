"""Copies a line of a record for the user, and takes it back: after a time, and when the window locks.

Only what is still ours is cleared; what the user copied elsewhere since is left alone.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

CLEAR_AFTER_MS = 60_000


class Clipboard(QObject):
    """The system clipboard, with a memory of what this window put there."""

    def __init__(self, parent: QObject | None = None, clear_after_ms: int = CLEAR_AFTER_MS) -> None:
        super().__init__(parent)
        self._ours = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(clear_after_ms)
        self._timer.timeout.connect(self.clear)

    def copy(self, text: str) -> None:
        """Put plain text on the clipboard until it is cleared."""
        QGuiApplication.clipboard().setText(text)
        self._ours = text
        self._timer.start()

    def clear(self) -> None:
        """Empty the clipboard if it still holds what was put there from here."""
        self._timer.stop()
        if self._ours and QGuiApplication.clipboard().text() == self._ours:
            QGuiApplication.clipboard().clear()
        self._ours = ""
