"""Where a user leaves the edges of columns and panes they find them again; another user does not get it, and nothing of
a record is in what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Driver, flush, window_on
from fake_vault import FakeVault
from keyboard import Keys
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from records import GP, PERSON, record
from records import entry as an_entry

from desktop.settings import Settings
from desktop.widgets.arrangement import sizes_of
from desktop.widgets.panes import Panes
from desktop.widgets.table import RecordTable

_BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def vault() -> FakeVault:
    made = FakeVault()
    made.records[PERSON] = record([an_entry("problems", f"Problem {at}", GP, f"20{at}-01-02") for at in range(10, 19)])
    return made


def problems(driver: Driver) -> RecordTable:
    """The table of problems, with the person open."""
    driver.open()
    assert driver.window.person is not None
    driver.window.person.open_page("problems")
    driver.settle()
    return driver.window.person.section.card.table


def widths(table: RecordTable) -> list[int]:
    return [table.columnWidth(at) for at in range(table.model().columnCount())]


def drag(table: RecordTable, edge: int, by: int) -> None:
    """Take the edge behind a heading and let it go further on."""
    header = table.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(edge) + header.sectionSize(edge) - 1, header.height() // 2)
    board = header.viewport()
    QTest.mouseMove(board, at)
    QTest.mousePress(board, Qt.MouseButton.LeftButton, pos=at)
    for step in (by // 2, by):
        QTest.mouseMove(board, at + QPoint(step, 0))
    QTest.mouseRelease(board, Qt.MouseButton.LeftButton, pos=at + QPoint(by, 0))
    flush()


def test_a_dragged_edge_is_found_again_by_its_user_alone_until_it_is_reset(
    qtbot: QtBot, look: None, settings: Settings
) -> None:
    with window_on(vault(), qtbot, settings) as window:
        driver = Driver(window, window.session._vault, qtbot)
        driver.sign_in("Asha")
        table = problems(driver)
        before = widths(table)
        drag(table, 0, 70)
        moved = widths(table)
        assert moved[0] == before[0] + 70
        assert moved[1] == before[1] - 70, "its neighbour gives what it gains"
        assert sum(moved) == sum(before) == table.viewport().width()
        assert table.horizontalHeader().sortIndicatorSection() == 0
    with window_on(vault(), qtbot, settings) as window:
        driver = Driver(window, window.session._vault, qtbot)
        driver.sign_in("Ben")
        assert widths(problems(driver)) == before, "another user does not get it"
        window.lock()
        driver.sign_in("Asha")
        again = widths(problems(driver))
        assert again == pytest.approx(moved, abs=3)
        QTest.keyClick(window, Qt.Key.Key_R, _BOTH)
        flush()
        assert widths(window.person.section.card.table) == before
        window.lock()
        driver.sign_in("Asha")
        assert widths(problems(driver)) == before


def test_columns_that_stood_under_each_other_have_their_widths_again(driver: Driver) -> None:
    driver.vault.records[PERSON] = vault().records[PERSON]
    driver.sign_in()
    table = problems(driver)
    size, before = table.size(), widths(table)
    for width in (300, size.width()):
        table.resize(width, size.height())
        flush()
        assert bool(table.stacked_columns) is (width == 300)
    assert widths(table) == before


def test_a_column_grows_and_shrinks_by_key_and_never_gets_unreadable(driver: Driver) -> None:
    driver.vault.records[PERSON] = vault().records[PERSON]
    driver.sign_in()
    table = problems(driver)
    before = widths(table)
    table.setFocus()
    table.setCurrentIndex(table.model().index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Right)
    assert table.currentIndex().column() == 1
    QTest.keyClick(table, Qt.Key.Key_Right, _BOTH)
    assert widths(table)[1] == before[1] + 24
    assert "% of the width" in table.accessibleDescription()
    for _press in range(80):
        QTest.keyClick(table, Qt.Key.Key_Left, _BOTH)
    assert widths(table)[1] == 100
    table.setCurrentIndex(table.model().index(0, 3))
    last = widths(table)[3]
    QTest.keyClick(table, Qt.Key.Key_Right, _BOTH)
    assert widths(table)[3] == last + 24, "the last one takes from the one before it"
    assert sum(widths(table)) == table.viewport().width()
    drag(table, 3, -50)
    assert sum(widths(table)) == table.viewport().width(), "the outer edge stays"


def test_panes_stay_where_their_user_left_them(keys: Keys) -> None:
    keys.sign_in("Salma")
    keys.window.show_screen("lawful")
    keys.settle()
    panes = keys.window.findChildren(Panes)[-1]
    before = panes.sizes()
    edge = panes.handle(1)
    assert edge.accessibleName()
    edge.setFocus(Qt.FocusReason.TabFocusReason)
    keys.press(Qt.Key.Key_Right)
    keys.press(Qt.Key.Key_Right)
    moved = panes.sizes()
    assert moved[0] == pytest.approx(before[0] + 48, abs=2)
    keys.lock()
    keys.sign_in("Howard")
    keys.window.show_screen("lawful")
    keys.settle()
    assert panes.sizes() == pytest.approx(before, abs=2), "another user does not get it"
    keys.lock()
    keys.sign_in("Salma")
    keys.window.show_screen("lawful")
    keys.settle()
    assert panes.sizes() == pytest.approx(moved, abs=2)
    keys.press(Qt.Key.Key_R, _BOTH)
    assert panes.sizes() == pytest.approx(before, abs=2)


def test_what_is_kept_is_a_place_and_numbers(driver: Driver, tmp_path: Path) -> None:
    store = QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)
    kept = Settings(store).arrangement("Asha")
    kept.keep("entries", (118, 402, 300, 180))
    assert store.allKeys() == ["users/" + store.allKeys()[0].split("/")[1] + "/arranged/entries"]
    assert "Asha" not in store.allKeys()[0]
    assert kept.shares("entries") == (118, 402, 300, 180)
    store.setValue(store.allKeys()[0], "118 two 300")
    assert kept.shares("entries") == (), "what is not usable is as if nothing was kept"


@pytest.mark.parametrize(("shares", "room"), [((1, 998, 1), 900), ((500, 500), 90), ((1, 1), 7), ((3, 3, 3), 1000)])
def test_shares_always_fill_the_room(shares: tuple[int, ...], room: int) -> None:
    sizes = sizes_of(shares, room, 100)
    assert sum(sizes) == room
    assert min(sizes) >= min(100, room // len(shares))
