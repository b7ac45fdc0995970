"""What our own painted widgets are to a screen reader: each says its role here, its name and description itself.

Qt knows the roles of its own widgets only; whatever is painted here would be a mere "client" to it. A class says what
it is in `ACCESSIBLE_ROLE`, or is a picture.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QAccessibleWidget, QWidget

Role = QAccessible.Role


def role_of(widget: QWidget) -> Role | None:
    """What a widget of ours says it is; a picture where it is painted here and has a name; None for all others."""
    kind = type(widget)
    said = getattr(kind, "ACCESSIBLE_ROLE", None)
    if isinstance(said, Role):
        return said
    painted = kind.__module__.startswith("desktop.") and "paintEvent" in vars(kind)
    pressed = isinstance(widget, QAbstractButton)  # Qt knows these, also when we paint them
    return Role.Graphic if painted and not pressed and widget.accessibleName() else None


def _made(_class_name: str, of: QObject) -> QAccessibleInterface | None:
    role = role_of(of) if isinstance(of, QWidget) else None
    return QAccessibleWidget(of, role, "") if isinstance(of, QWidget) and role is not None else None


def tell(widget: QWidget, words: str) -> None:
    """Describe what is chosen in a painted widget, and say it at once to who listens and has the focus there."""
    if words == widget.accessibleDescription():
        return
    widget.setAccessibleDescription(words)
    if QAccessible.isActive() and widget.hasFocus():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))


_installed: list[bool] = []


def install() -> None:
    """Let Qt ask us first from now on; once is enough."""
    if not _installed:
        QAccessible.installFactory(_made)
        _installed.append(True)
