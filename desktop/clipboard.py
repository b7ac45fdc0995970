"""Copies a line of a record for the user, and takes it back: after a time, when the window locks, and when it closes.

What is chosen in a text of the window and copied with the platform's own keys, or by marking it where marking copies,
is taken back too. Only what is still ours is cleared; what the user copied elsewhere since is left alone.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

CLEAR_AFTER_MS = 60_000
_COPIED, _MARKED = QClipboard.Mode.Clipboard, QClipboard.Mode.Selection


class Clipboard(QObject):
    """The system clipboard, with a memory of what this window put there."""

    def __init__(self, parent: QObject | None = None, clear_after_ms: int = CLEAR_AFTER_MS) -> None:
        super().__init__(parent)
        self._ours: dict[QClipboard.Mode, str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(clear_after_ms)
        self._timer.timeout.connect(self.clear)
        board = QGuiApplication.clipboard()
        board.dataChanged.connect(self._copied)
        board.selectionChanged.connect(self._marked)

    def copy(self, text: str) -> None:
        """Put plain text on the clipboard until it is cleared."""
        QGuiApplication.clipboard().setText(text)
        self._keep(_COPIED, text)

    def clear(self) -> None:
        """Empty the clipboard where it still holds what was put there from here."""
        self._timer.stop()
        board = QGuiApplication.clipboard()
        ours, self._ours = self._ours, {}
        for mode, text in ours.items():
            if board.text(mode) == text:
                board.clear(mode)

    def _copied(self) -> None:
        self._see(_COPIED)

    def _marked(self) -> None:
        self._see(_MARKED)

    def _see(self, mode: QClipboard.Mode) -> None:
        """Something was copied: keep in mind whether it is what is chosen here."""
        chosen = _chosen(QApplication.focusWidget())
        if chosen and QGuiApplication.clipboard().text(mode) == chosen:
            self._keep(mode, chosen)

    def _keep(self, mode: QClipboard.Mode, text: str) -> None:
        self._ours[mode] = text
        self._timer.start()


def _chosen(widget: QWidget | None) -> str:
    """The words that are chosen in a text, as copying gives them."""
    if isinstance(widget, QLineEdit):
        return widget.selectedText()
    if isinstance(widget, QPlainTextEdit | QTextEdit):
        return widget.textCursor().selection().toPlainText()
    return ""
