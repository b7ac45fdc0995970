"""Tab goes through pages and dialogs as one reads: down and to the right, to each control once, to nothing hidden."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from conftest import Driver
from fake_vault import ROWS
from hands import Hands
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QMessageBox, QWidget

from desktop.demo.run import Demonstration
from desktop.dialog_matrix import STAFF, walk
from desktop.screen_matrix import pages
from desktop.widgets.banner import AlertBox
from desktop.widgets.layouts import Columns

_MOST = 600
_SLACK = 3


def called(widget: QWidget) -> str:
    """A control as a fault names it."""
    return f"{type(widget).__name__} {(widget.accessibleName() or getattr(widget, 'text', str)())[:40]!r}"


def stops(root: QWidget) -> tuple[list[QWidget], list[str]]:
    """Where Tab comes to, from where the keyboard is until it is there again; and what is wrong with the way."""
    root.activateWindow()
    QApplication.processEvents()
    start = next(one for one in [root.focusWidget(), *to_reach(root)] if one is not None and one.isVisible())
    start.setFocus()
    QApplication.processEvents()
    came: list[QWidget] = [start]
    for _step in range(_MOST):
        QTest.keyClick(came[-1], Qt.Key.Key_Tab)
        at = QApplication.focusWidget()
        if at is None:
            return came, ["the keyboard is nowhere"]
        if at is start:
            return came, []
        if at in came:
            return came, [f"Tab goes round from {called(came[-1])} to {called(at)}"]
        came.append(at)
    return came, ["Tab does not come back"]


def chain(root: QWidget) -> Iterator[QWidget]:
    """Everything in the window, from its first widget on, in the order of Tab."""
    at = root.nextInFocusChain()
    while at is not root:
        yield at
        at = at.nextInFocusChain()


def to_reach(root: QWidget) -> list[QWidget]:
    """Every control that Tab must come to; of a choice of one of several, the chosen one."""
    found = []
    for widget in root.findChildren(QWidget):
        group = widget.group() if isinstance(widget, QAbstractButton) else None
        one_of = group is not None and group.exclusive() and group.checkedButton() not in (None, widget)
        tabbed = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
        if tabbed and widget.isVisible() and widget.isEnabled() and widget.window() is root and not one_of:
            found.append(widget)
    return found


def misplaced(before: QWidget, after: QWidget, root: QWidget) -> bool:
    """Whether `after` stands above or left of what comes before it: compared where the two part in the window."""
    ways = []
    for widget in (before, after):
        way = [widget]
        while way[-1] is not root:
            way.append(way[-1].parentWidget())
        ways.append(way[::-1])
    at = next((place for place, (one, other) in enumerate(zip(*ways, strict=False)) if one is not other), 0)
    if not at:
        return False  # one holds the other
    here, there = (_place(way[at], root) for way in ways)
    if isinstance(ways[0][at - 1], Columns):  # dealt to the shortest column: each begins no higher than the one before
        return there.top() < here.top() - _SLACK and there.left() < here.right() - _SLACK
    return there.left() < here.right() - _SLACK and there.top() < here.bottom() - _SLACK


def _place(widget: QWidget, root: QWidget) -> QRect:
    return QRect(widget.mapTo(root, QPoint(0, 0)), widget.size())


def faults(root: QWidget) -> list[str]:
    """Controls out of order, never reached or hidden."""
    came, found = stops(root)
    found += [f"{called(one)} is reached and cannot be seen" for one in came if not one.isVisible()]
    missed = [one for one in to_reach(root) if one not in came]
    found += [f"{called(one)} is never reached" for one in missed]
    inside = [one for one in came if root.isAncestorOf(one)]
    first = next((inside.index(one) for one in chain(root) if one in inside), 0)
    inside = inside[first:] + inside[:first]
    found += [
        f"{called(after)} comes after {called(before)}"
        for before, after in pairwise(inside)
        if misplaced(before, after, root)
    ]
    return found


def test_tab_reads_every_page_from_top_to_bottom(driver: Driver) -> None:
    found = {"sign in": faults(driver.window)}
    driver.sign_in()
    found["find"] = faults(driver.window)
    driver.window.ask_why(ROWS[0])
    found["why"] = faults(driver.window.dialogs()[-1])
    driver.window.dialogs()[-1].reject()
    driver.open()
    person = driver.window.person
    assert person is not None
    for page in pages():
        person.open_page(page)
        driver.settle()
        found[page] = faults(driver.window)
    person.open_page("admissions")
    person.open_entry(person.story.entries("admissions")[0].entry.entry_id)
    driver.settle()
    found["details"] = faults(driver.window)
    assert {where: said for where, said in found.items() if said} == {}


def test_tab_comes_to_the_alerts_first_where_the_banner_says_less(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    driver.window.resize(1280, 800)
    driver.window.wear("light", 200)
    driver.settle()
    person = driver.window.person
    assert person is not None
    assert person.banner.brief
    assert faults(driver.window) == []


def test_a_screen_reader_hears_the_alerts_in_the_order_in_which_they_stand(
    hands: Hands, demonstration: Demonstration
) -> None:
    hands.enter(demonstration, "nurse")
    hands.find("margaret ellison")
    hands.open_found()
    person = hands.window.person
    assert person is not None
    boxes = person.banner.findChildren(AlertBox)
    names = {box.accessibleName() for box in boxes}
    kept_order = True
    for width in (1100, 1280, 1440):
        hands.window.resize(width, 900)
        hands.settle()
        seen = [box.accessibleName() for box in sorted(boxes, key=lambda box: (box.y(), box.x()))]
        holder = QAccessible.queryAccessibleInterface(boxes[0].parentWidget())
        said = [holder.child(at).text(QAccessible.Text.Name) for at in range(holder.childCount())]
        assert [name for name in said if name in names] == seen, width
        kept_order = kept_order and seen == [box.accessibleName() for box in boxes]
    assert not kept_order, "at some width a small alert stands before one that was added earlier"


def test_tab_reads_every_dialog_from_top_to_bottom(hands: Hands, demonstration: Demonstration) -> None:
    hands.enter(demonstration, "nurse")
    hands.find("margaret ellison")
    hands.open_found()
    found = {}
    for name, front in walk(hands.window, hands.settle, STAFF):
        if isinstance(front, QDialog) and not isinstance(front, QMessageBox) and (wrong := faults(front)):
            found[name] = wrong
    assert found == {}
