"""Nothing is said by colour alone: what has a colour of its own has a word, a shape or a pattern as well."""

from __future__ import annotations

from datetime import date

import pytest
from conftest import Driver
from hands import Hands
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFrame, QLabel, QWidget
from pytestqt.qtbot import QtBot
from records import GP, entry

from desktop.demo.run import Demonstration
from desktop.models.lanes import Mark, Shape
from desktop.models.results import panels
from desktop.screen_matrix import pages
from desktop.views.person import PersonView
from desktop.widgets.banner import AlertBox
from desktop.widgets.chart import Chart
from desktop.widgets.lanes import LanesPicture
from desktop.widgets.row import SourceDot, WrittenRow
from desktop.widgets.step_chart import Swatch
from desktop.widgets.written import Sourced, Tags
from fhir.entries import EntryId, Measure

TODAY = date(2026, 11, 21)


def wordless(root: QWidget) -> list[str]:
    """What has a colour with a meaning and no word beside it."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, AlertBox) and not widget.words().strip():
            found.append("an alert")
        elif isinstance(widget, WrittenRow):
            blocks = [*widget.blocks, *([widget.right] if widget.right else [])]
            found += [f"{type(one).__name__} of {widget.accessibleName()[:40]}" for one in blocks
                      if isinstance(one, Tags | Sourced) and not one.words().strip()]  # fmt: skip
        elif isinstance(widget, SourceDot | Swatch):
            beside = widget.parentWidget().findChildren(QLabel)
            if not any(one.text().strip() for one in beside):
                found.append(f"{type(widget).__name__} alone")
        elif widget.property("tone") and not _words(widget):
            found.append(f"{type(widget).__name__} in the colour of {widget.property('tone')}")
    return found


def _words(widget: QWidget) -> str:
    parts = [widget, *widget.findChildren(QWidget)] if isinstance(widget, QFrame) else [widget]
    said = [str(getattr(one, "text", str)()) + one.accessibleName() for one in parts]
    return "".join(said).strip()


def on_every_page(person: PersonView, driver: Driver, keys: tuple[str, ...]) -> dict[str, list[str]]:
    found = {}
    for page in keys:
        person.open_page(page)
        driver.settle()
        if said := wordless(driver.window):
            found[page] = said
    return found


def test_every_colour_of_every_page_has_a_word_beside_it(driver: Driver) -> None:
    driver.sign_in()
    assert wordless(driver.window) == []
    driver.open()
    assert driver.window.person is not None
    assert on_every_page(driver.window.person, driver, pages()) == {}


@pytest.mark.timeout(900)
def test_so_has_every_colour_of_everybody_in_the_demonstration(hands: Hands, demonstration: Demonstration) -> None:
    hands.enter(demonstration, "nurse")
    view = hands.window.find_view
    people = [view.model.person(view.model.index(row, 0)) for row in range(view.model.rowCount())]
    assert people
    for row in people:
        hands.window.ask_why(row)
        hands.window.dialogs()[-1].accept()
        hands.settle()
        person = hands.window.person
        assert person is not None
        assert on_every_page(person, hands, tuple(person.navigation.pages.pages())) == {}, row.name
        hands.window.show_find()
        hands.settle()


def drawn(widget: QWidget) -> set[tuple[int, int]]:
    """Where a picture is dark: its shapes, whatever their colours."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return {place for place in places if QColor(image.pixel(*place)).lightness() < 160}


@pytest.mark.parametrize(
    ("one", "other"), [(("point", False), ("diamond", False)), (("bar", False), ("bar", True))], ids=["kind", "certain"]
)
def test_marks_of_the_timeline_differ_in_shape(
    qtbot: QtBot, look: None, one: tuple[Shape, bool], other: tuple[Shape, bool]
) -> None:
    shapes = []
    for shape, uncertain in (one, other):
        picture = LanesPicture()
        qtbot.addWidget(picture)
        picture.resize(500, picture.sizeHint().height())
        day = TODAY.toordinal() - 200
        mark = Mark(EntryId("e"), "gp", shape, day, day + (60 if shape == "bar" else 0), uncertain, "")
        picture.show_marks([mark], date(2026, 1, 1), TODAY, TODAY)
        shapes.append(drawn(picture))
    assert len(shapes[0] ^ shapes[1]) > 8


def test_a_result_out_of_range_has_another_shape_and_a_word(qtbot: QtBot, look: None) -> None:
    def chart(flag: str) -> Chart:
        items = [
            entry("results", "Potassium", GP, f"2026-0{month}-01", value="5.0 mmol/l",
                  measures=(Measure(value="5.0", unit="mmol/l", interpretation=flag),))
            for month in (1, 6)
        ]  # fmt: skip
        (panel,) = panels(items)
        made = Chart(panel.series)
        qtbot.addWidget(made)
        made.resize(400, 240)
        assert bool(panel.series[0].latest.word) == bool(flag)
        return made

    assert len(drawn(chart("")) ^ drawn(chart("H"))) > 8
