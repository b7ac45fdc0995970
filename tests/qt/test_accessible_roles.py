"""Every control of every page tells a screen reader its name, what it is, and the state it is in."""

from __future__ import annotations

import re
from datetime import date

import pytest
from conftest import Driver
from fake_vault import ROWS
from hands import Hands
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QScrollArea, QWidget

from desktop.demo.run import Demonstration
from desktop.dialog_matrix import STAFF, walk
from desktop.screen_matrix import pages
from desktop.theme.tokens import contrast, table
from desktop.widgets.chart import Chart
from desktop.widgets.lanes import LanesPicture
from desktop.widgets.step_chart import StepChart
from desktop.widgets.year_grid import YearGrid

Role = QAccessible.Role
SAYS_NOTHING = (Role.NoRole, Role.Client, Role.Window)


DECORATION = frozenset({"SourceDot", "Swatch", "Picture"})
"""Painted beside words that say the same."""


def painted(root: QWidget) -> list[QWidget]:
    """Whatever is painted by us, also what cannot be reached by key: it is read, not pressed."""
    return [
        widget
        for widget in root.findChildren(QWidget)
        if widget.isVisible() and type(widget).__module__.startswith("desktop.")
        and "paintEvent" in vars(type(widget)) and type(widget).__name__ not in DECORATION
    ]  # fmt: skip


def controls(root: QWidget) -> list[QWidget]:
    """Whatever can be reached by key."""
    return [
        widget
        for widget in [root, *root.findChildren(QWidget)]
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus
        and not widget.isWindow()
    ]  # fmt: skip


def faults(root: QWidget) -> list[str]:
    """Controls without a name, a telling role or a true state."""
    found = []
    for widget in controls(root):
        told = QAccessible.queryAccessibleInterface(widget)
        called = f"{type(widget).__name__} {widget.accessibleName()[:30]!r}"
        if told is None or not told.isValid():
            found.append(f"{called}: nothing")
            continue
        state = told.state()
        if told.role() in SAYS_NOTHING and type(widget) is not QScrollArea:  # Qt's own: a pane, with a name
            found.append(f"{called}: is a {told.role().name}")
        if not told.text(QAccessible.Text.Name):
            found.append(f"{called}: no name")
        if not state.focusable or state.disabled or state.invisible:
            found.append(f"{called}: cannot be reached, it says")
    for widget in painted(root):
        told = QAccessible.queryAccessibleInterface(widget)
        if told.role() in SAYS_NOTHING or not told.text(QAccessible.Text.Name):
            found.append(f"{type(widget).__name__}: {told.role().name} {widget.accessibleName()!r}")
    return found


class Drawn(QWidget):
    """A picture that says nothing of its role."""

    def paintEvent(self, event: object) -> None:  # noqa: N802
        """Nothing."""


Drawn.__module__ = "desktop.drawn"


def test_what_is_painted_here_is_at_least_a_picture(driver: Driver) -> None:
    drawn = Drawn()
    assert QAccessible.queryAccessibleInterface(drawn).role() == Role.Client, "decoration has no name"
    named = Drawn()
    named.setAccessibleName("Who stands where")
    assert QAccessible.queryAccessibleInterface(named).role() == Role.Graphic
    for one in (drawn, named):
        one.deleteLater()


@pytest.mark.parametrize("kind", [LanesPicture, Chart, StepChart, YearGrid])
def test_pictures_of_amounts_are_charts(kind: type[QWidget]) -> None:
    assert Role.Chart == kind.ACCESSIBLE_ROLE  # type: ignore[attr-defined]


def test_a_painted_picture_is_a_chart_with_a_name_to_whoever_asks(driver: Driver) -> None:
    nights = YearGrid([], date(2026, 11, 21), "365 nights, 12 away")
    told = QAccessible.queryAccessibleInterface(nights)
    assert told.role() == Role.Chart
    assert told.text(QAccessible.Text.Name) == "365 nights, 12 away"
    nights.deleteLater()


@pytest.mark.parametrize(("width", "days"), [(1200, 31), (420, 7)])
def test_the_picture_of_nights_bears_the_days_of_the_month(driver: Driver, width: int, days: int) -> None:
    nights = YearGrid(["home"] * 365, date(2026, 11, 21), "365 nights at home")
    nights.resize(width, nights.sizeHint().height())
    image = nights.grab().toImage()
    line = range(image.height() // 14)  # the first of 14 lines: the days, then 13 months
    inked = "".join("x" if any(image.pixel(x, y) != image.pixel(0, 0) for y in line) else " " for x in range(width))
    assert len(re.split(r" {6,}", inked.strip())) == days
    nights.deleteLater()


@pytest.mark.parametrize(("theme", "scale"), [("light", 100), ("light", 200), ("dark", 100), ("contrast", 100)])
def test_every_night_at_home_has_an_edge_that_can_be_seen(driver: Driver, theme: str, scale: int) -> None:
    driver.window.wear(theme, scale)
    nights = YearGrid(["home"] * 365, date(2026, 11, 21), "365 nights at home")
    nights.resize(1200, nights.sizeHint().height())
    image = nights.grab().toImage()
    middle = nights._row() + nights._row() // 2  # through the squares of the first month
    across = [image.pixelColor(x, middle).name() for x in range(nights.width() * 2 // 3, nights.width())]
    seen = sum(contrast(colour, str(table()[theme]["card"])) >= 3 for colour in across)
    assert seen >= 8, "a square of which only a pale middle is seen is not seen"
    nights.deleteLater()


def test_every_control_says_its_name_role_and_state(driver: Driver) -> None:
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
    person.open_entry(person.story.entries("admissions")[0].entry.entry_id)
    driver.settle()
    found["details"] = faults(driver.window)
    assert {where: said for where, said in found.items() if said} == {}


def test_every_control_of_every_dialog_does_too(hands: Hands, demonstration: Demonstration) -> None:
    hands.enter(demonstration, "nurse")
    hands.find("margaret ellison")
    hands.open_found()
    fronts = walk(hands.window, hands.settle, STAFF)
    found = {name: wrong for name, front in fronts if front is not None and (wrong := faults(front))}
    assert found == {}
