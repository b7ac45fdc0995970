"""Nothing is said by colour alone: what has a colour of its own has a word, a shape or a pattern as well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import pytest
from conftest import Driver
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFrame, QLabel, QWidget
from pytestqt.qtbot import QtBot
from records import GP, entry, record

from desktop.models.entries import LinesRole
from desktop.models.lanes import Mark, Shape
from desktop.models.results import panels
from desktop.screen_matrix import STATES, in_state, pages
from desktop.theme.tokens import look
from desktop.views.person import PersonView
from desktop.widgets.banner import AlertBox
from desktop.widgets.chart import Chart
from desktop.widgets.lanes import LanesPicture
from desktop.widgets.row import SourceDot, WrittenRow
from desktop.widgets.step_chart import Swatch
from desktop.widgets.table import RecordTable
from desktop.widgets.tree import ParagraphTree
from desktop.widgets.written import STYLES, Block, Passage, Sourced, SourceLine, Tags
from fhir.entries import EntryId, Measure

TODAY = date(2026, 11, 21)


class Coloured(NamedTuple):
    """Something in a colour that means something: what it is, what it says, and which colour of the table."""

    what: str
    words: str
    token: str


def coloured(root: QWidget) -> list[Coloured]:
    """Everything in sight that has a colour with a meaning."""
    found: list[Coloured] = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, AlertBox):
            found.append(Coloured("alert", widget.words(), widget._token))
        elif isinstance(widget, WrittenRow):
            for block in (*widget.blocks, *([widget.right] if widget.right else [])):
                found += _painted(block)
        elif isinstance(widget, SourceDot | Swatch):
            beside = [one.text() for one in widget.parentWidget().findChildren(QLabel)]
            found.append(Coloured(type(widget).__name__, " ".join(beside), ""))
        elif isinstance(widget, RecordTable | ParagraphTree):
            indexes = widget.indexes() if isinstance(widget, ParagraphTree) else _cells(widget)
            lines = [line for index in indexes for line in index.data(LinesRole) or () if line.token]
            found += [Coloured(f"{line.style} of a list", line.text, line.token) for line in lines]
        elif widget.property("tone"):
            found.append(Coloured(type(widget).__name__, _words(widget), str(widget.property("tone"))))
    return found


def _painted(block: Block) -> list[Coloured]:
    if isinstance(block, Tags):
        return [Coloured("tag", passage.words(), token) for passage, token in block._items if token]
    if isinstance(block, Sourced):
        return [Coloured("source", block.words(), block._lane)]
    if not isinstance(block, Passage) or isinstance(block, SourceLine):
        return []
    usual = {QColor(look().colour(token)).name() for _size, _weight, token in STYLES.values()}
    runs = [(piece, piece.format.foreground().color().name()) for piece in block._layout.formats()]
    return [Coloured("words", block._text[piece.start : piece.start + piece.length], colour)
            for piece, colour in runs if colour not in usual]  # fmt: skip


def _cells(table: RecordTable) -> list[QModelIndex]:
    model = table.model()
    return [model.index(row, column) for row in range(model.rowCount()) for column in range(model.columnCount())]


def by_colour_alone(seen: Sequence[Coloured]) -> list[str]:
    """What has a colour and no word, and what says the same in two colours, so that only the colour differs."""
    found = [f"{one.what} {one.words!r} in {one.token or 'a colour'}" for one in seen
             if not any(letter.isalpha() for letter in one.words)]  # fmt: skip
    tokens: dict[tuple[str, str], set[str]] = {}
    for one in seen:
        tokens.setdefault((one.what, " ".join(one.words.split())), set()).add(one.token)
    return found + [f"{what} {words[:60]!r} in {sorted(colours)}" for (what, words), colours in tokens.items()
                    if len(colours) > 1]  # fmt: skip


def _words(widget: QWidget) -> str:
    parts = [widget, *widget.findChildren(QWidget)] if isinstance(widget, QFrame) else [widget]
    said = [str(getattr(one, "text", str)()) + one.accessibleName() for one in parts]
    return "".join(said).strip()


def on_every_page(person: PersonView, driver: Driver, keys: tuple[str, ...]) -> list[Coloured]:
    seen = []
    for page in keys:
        person.open_page(page)
        driver.settle()
        seen += coloured(driver.window)
    return seen


def test_every_colour_of_every_page_has_a_word_beside_it(driver: Driver) -> None:
    driver.sign_in()
    assert by_colour_alone(coloured(driver.window)) == []
    driver.open()
    seen = []
    for state in STATES:
        driver.window.show_person(in_state(record(), state))
        driver.settle()
        assert driver.window.person is not None
        seen += on_every_page(driver.window.person, driver, pages())
    assert {"alert", "tag", "source", "tag of a list"} <= {one.what for one in seen}, "the walk sees what it is about"
    assert by_colour_alone(seen) == []


@pytest.mark.parametrize(
    "fault",
    [
        [Coloured("tag", "●", "danger")],
        [Coloured("words", "7.2", "#d4351c")],
        [Coloured("tag", "12 entries", "good"), Coloured("tag", "12 entries", "danger")],
    ],
)
def test_a_mark_a_bare_number_and_one_word_in_two_colours_are_found(fault: list[Coloured]) -> None:
    assert len(by_colour_alone(fault)) == 1


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
