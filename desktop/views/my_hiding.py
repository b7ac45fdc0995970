"""The one key of the person's own screens: Esc hides everything, also from a dialog or menu that stands before them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop.views.plugs import Shell


def hide(shell: Shell) -> None:
    """Lock and blank the window at once; dialogs before it go, and what was begun is kept first."""
    lock = getattr(shell, "lock", None)
    if callable(lock):
        lock()


def escape_hides(widget: QWidget, shell: Shell) -> None:
    """Let Esc hide everything from here too, instead of closing this alone."""
    widget.installEventFilter(_Escape(widget, shell))


class _Escape(QObject):
    def __init__(self, widget: QWidget, shell: Shell) -> None:
        super().__init__(widget)
        self._widget, self._shell = widget, shell

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._widget.hide()
            hide(self._shell)
            return True
        return False
