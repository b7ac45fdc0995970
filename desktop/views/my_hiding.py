"""The one key of the person's own screens: Esc hides everything, also from a dialog or menu that stands before them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.views.plugs import Shell


def hide(shell: Shell) -> None:
    """Lock and blank the window at once; dialogs before it go, and what was begun is kept first."""
    lock = getattr(shell, "lock", None)
    if callable(lock):
        lock()


def escape_hides(widget: QWidget, shell: Shell, when: Callable[[], bool] = lambda: True) -> None:
    """Let Esc hide everything from here too, instead of closing this alone; only `when` it is so at that time."""
    for made in widget.findChildren(QPushButton):
        if made.text().endswith("Esc"):  # "Close   Esc", which here is not so
            made.setText(made.accessibleName())
    widget.installEventFilter(_Escape(widget, shell, when))


class _Escape(QObject):
    def __init__(self, widget: QWidget, shell: Shell, when: Callable[[], bool]) -> None:
        super().__init__(widget)
        self._widget, self._shell, self._when = widget, shell, when

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        key = event.key() if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress else None
        if key == Qt.Key.Key_Escape and self._when():
            self._widget.hide()
            hide(self._shell)
            return True
        return False
