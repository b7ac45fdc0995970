"""What a page says aloud: the words in sight, in their order, and nothing else."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QLabel, QPlainTextEdit, QWidget

_SIGNS = str.maketrans("", "", "▼\u200b")


def in_sight(root: QWidget, chosen: str) -> list[str]:
    """The lines that can be seen of a widget now: sentences, buttons, and what somebody wrote. `chosen` is said of
    buttons that are down."""
    return [line for one in root.findChildren(QWidget) if _seen(one) and (line := _line(one, chosen))]


def _seen(widget: QWidget) -> bool:
    return widget.isVisible() and not widget.visibleRegion().isEmpty()


def _line(widget: QWidget, chosen: str) -> str:
    if isinstance(widget, QLabel):
        return widget.text().translate(_SIGNS).strip()
    if isinstance(widget, QPlainTextEdit):
        return widget.toPlainText().strip()
    if isinstance(widget, QAbstractButton):
        words = widget.text().replace("&&", "\0").replace("&", "").replace("\0", "&").translate(_SIGNS).strip()
        return f"{words}, {chosen}" if words and widget.isChecked() else words
    return ""
