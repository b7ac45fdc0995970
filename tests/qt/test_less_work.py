"""What the window does once, and not over and over: measuring, and painting only what was measured."""

from __future__ import annotations

import pytest
from conftest import flush
from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem, QWidget
from pytestqt.qtbot import QtBot
from records import GP, entry

from desktop.models.entries import EntriesModel
from desktop.views.section import entries_table
from desktop.widgets.layouts import Flow
from desktop.widgets.states import FourStates
from desktop.widgets.table import ParagraphDelegate
from desktop.widgets.written import Passage, Run

LONG = "Discussed at length, with what was said on every side, so that it takes many lines of a narrow column. "
ITEMS = [entry("problems", f"{number}: {LONG * (number % 4)}", GP, "2019-05-14") for number in range(30)]


class Noting(ParagraphDelegate):
    """Notes how high each row is that it paints, and how high it should be."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.painted: list[tuple[int, int]] = []

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if index.column() == EntriesModel.WHAT:
            self.painted.append((option.rect.height(), self.sizeHint(option, index).height()))
        super().paint(painter, option, index)


def test_no_row_is_painted_before_it_was_measured_and_no_word_is_kept(qtbot: QtBot, look: None) -> None:
    model = EntriesModel()
    model.show(ITEMS)
    table = entries_table(model, "Entries")
    noting = Noting(table)
    table.setItemDelegate(noting)
    qtbot.addWidget(table)
    table.resize(700, 500)
    table.show()
    qtbot.waitUntil(lambda: bool(noting.painted))
    flush()
    assert [high for high, _wanted in noting.painted] == [wanted for _high, wanted in noting.painted]
    measured = table._delegate
    table.setItemDelegate(measured)
    flush()
    assert measured._rects
    model.clear()
    assert not measured._rects


class Asked(QWidget):
    """Counts how often it is asked for its size."""

    times = 0

    def sizeHint(self) -> QSize:  # noqa: N802
        self.times += 1
        return QSize(40, 20)


def test_what_is_settled_is_measured_once_until_something_may_have_changed(qtbot: QtBot, look: None) -> None:
    outer, inner, asked = Flow(settled=True), Flow(settled=True), Asked()
    qtbot.addWidget(outer)
    inner.add(asked)
    outer.add(inner)
    first = (outer.sizeHint(), outer.heightForWidth(30))
    times = asked.times
    assert (outer.sizeHint(), outer.heightForWidth(30)) == first
    assert asked.times == times
    for changed in (QEvent.Type.LayoutRequest, QEvent.Type.FontChange, QEvent.Type.StyleChange):
        before = asked.times
        for one in (inner, outer):
            QApplication.sendEvent(one, QEvent(changed))
        outer.sizeHint()
        assert asked.times > before, changed
    inner.add(Asked())
    inner.updateGeometry()
    QApplication.sendEvent(outer, QEvent(QEvent.Type.LayoutRequest))
    assert outer.sizeHint().width() > first[0].width()


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_the_narrowest_width_of_a_passage_is_that_of_trying_one_after_the_other(lines: int, look: None) -> None:
    for text in ("Fall", LONG, f"{LONG * 3}\n{LONG}", "😀 " * 40, "a" * 300, ""):
        passage = Passage(Run(text), Run(f" {text}", "strong"))
        width = max(passage.least, passage.wished * 21 // (lines * 20))
        while width < passage.wished and passage.lines(width) > lines:
            width += max(width // 25, 4)
        assert Passage(Run(text), Run(f" {text}", "strong")).width_for(lines) == min(width, passage.wished)


def test_what_stands_in_the_place_of_data_is_made_when_it_is_wanted(qtbot: QtBot, look: None) -> None:
    states = FourStates(QWidget())
    qtbot.addWidget(states)
    states.show_data()
    assert states.count() == 1
    states.show_empty("Nothing in this list matches", "Try fewer letters.")
    states.show_error("It is gone.")
    assert states.count() == 2
    assert "It is gone." in states.currentWidget().accessibleName()
