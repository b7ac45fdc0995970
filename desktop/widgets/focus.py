"""Where the keyboard is, through a part of a screen being built anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget


def keeping_focus(holder: QWidget, build: Callable[[], None]) -> None:
    """Build what is inside anew. A button in it that had the keyboard and went gives it to the new one of the same
    accessible name, or else to the first new one, so that nobody has to begin again at the top of the window."""
    focus = holder.window().focusWidget()
    inside = focus is not None and holder.isAncestorOf(focus)
    name = focus.accessibleName() if focus is not None else ""
    before = holder.findChildren(QAbstractButton)
    build()
    if inside and not (focus is not None and focus.isVisible()):
        fresh = [one for one in holder.findChildren(QAbstractButton) if one not in before]
        _give(fresh or [one for one in before if one.isVisible()], name)


def in_place_of(more: QWidget, holder: QWidget, build: Callable[[], None]) -> None:
    """`more` gives way to what it stood for, which `build` adds to the holder: the keyboard goes to the first of it,
    and from there through all of it in the place where `more` was."""
    before = set(holder.findChildren(QAbstractButton))
    build()
    fresh = [one for one in holder.findChildren(QAbstractButton) if one not in before]
    held = more.window().focusWidget() is more
    for last, one in pairwise([more, *fresh]):
        QWidget.setTabOrder(last, one)
        one.show()  # which Qt does later, and a hidden one does not take the keyboard
    if held and fresh:
        fresh[0].setFocus()
    more.hide()


def going_on(holder: QWidget, build: Callable[[], None]) -> None:
    """As `keeping_focus`, where what is built is what was there and more: the keyboard goes to the first button of a
    name that was not there."""
    known = {one.accessibleName() for one in holder.findChildren(QAbstractButton)}
    held = holder.isAncestorOf(holder.window().focusWidget())
    keeping_focus(holder, build)
    if held:
        _give([one for one in holder.findChildren(QAbstractButton) if one.accessibleName() not in known], "")


def follow(last: QWidget, added: QWidget) -> QWidget:
    """Let Tab go from `last` through all of what was added; what it comes to last there. The list that a box of choices
    lets down is a window of its own."""
    for one in (added, *added.findChildren(QWidget)):
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.window() is last.window():
            QWidget.setTabOrder(last, one)
            last = one
    return last


def give_focus(holder: QWidget, name: str) -> None:
    """Give the keyboard to the button of this accessible name in a part of a screen, or to the first there is."""
    _give([one for one in holder.findChildren(QAbstractButton) if one.isVisibleTo(holder)], name)


def _give(buttons: Sequence[QAbstractButton], name: str) -> None:
    again = next((one for one in buttons if one.accessibleName() == name), next(iter(buttons), None))
    if again is not None:
        again.setFocus()
