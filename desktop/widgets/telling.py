"""One thing said where somebody is: a notice in a column of its own, scrolled into sight when it comes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.widgets.text import notice


def tell_in(column: QVBoxLayout, words: str, tone: str = "") -> None:
    """Say this in place of what was said in the column before; empty takes it away."""
    while (item := column.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.hide()
            old.deleteLater()
    if words:
        made = notice(words, tone)
        column.addWidget(made)
        come_into_sight(made)


def come_into_sight(widget: QWidget) -> None:
    """Scroll to what was just added, once it has its place."""
    QTimer.singleShot(0, widget, partial(_scroll_to, widget))


def _scroll_to(widget: QWidget) -> None:
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if above is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        above.ensureWidgetVisible(widget)
