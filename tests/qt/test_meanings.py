"""Words that one sector has for itself are explained where they stand: to a pointer that rests, and in the details."""

from __future__ import annotations

from conftest import Driver
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from records import COUNCIL, PERSON, entry, record

from desktop.models.meanings import meanings, tip
from desktop.widgets.row import OpenRow
from fhir.entries import Field

REABLEMENT = "Short help, usually up to six weeks, so that somebody can do more for themselves again."
BUDGET = "What the council says the person's care should cost, and how it is shared."


def test_a_term_is_explained_once_and_nothing_of_the_text_comes_back() -> None:
    text = "ST-Max for <b>Peggy</b>, then ST-Max again and a personal budget"
    assert [term for term, _words in meanings(text)] == ["ST-Max", "Personal budget"]
    assert "Peggy" not in tip(text)
    assert tip("Peggy sat on a seat in the hall") == ""


def _rest(row: OpenRow) -> None:
    """A pointer comes to a line and rests there."""
    place = QPoint(12, 12)
    there = QPointF(row.mapToGlobal(place))
    QApplication.sendEvent(row, QEnterEvent(QPointF(place), QPointF(place), there))
    QApplication.sendEvent(row, QHelpEvent(QEvent.Type.ToolTip, place, row.mapToGlobal(place)))


def test_it_is_explained_under_the_pointer_and_in_the_details_and_goes_with_the_person(driver: Driver) -> None:
    budget = (Field("Social care delivery mechanism", "Personal budget"), Field("Provided by", "Fenland"))
    items = [
        entry("services", "Short Term Support: ST-Max", COUNCIL, "2026-03-05", active=True, fields=budget),
        entry("services", "Meals", COUNCIL, "2026-03-05", active=True),
    ]
    driver.vault.records = {PERSON: record(items)}
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    rows = [row for row in view.findChildren(OpenRow) if row.isVisible()]
    plain = next(row for row in rows if row.accessibleName().startswith("Meals"))
    _rest(plain)
    assert not QToolTip.isVisible()
    told = next(row for row in rows if row.accessibleName().startswith("Short Term Support"))
    assert "Fenland" in told.accessibleName(), "who provides it stands on the overview"
    assert "Personal budget" in told.accessibleName(), "and by which mechanism"
    _rest(told)
    assert REABLEMENT in QToolTip.text()
    assert "Fenland" not in QToolTip.text()

    view.open_page("services")
    driver.settle()
    model = view.section.card.table.model()
    tips = [str(model.index(row, 1).data(Qt.ItemDataRole.ToolTipRole)) for row in range(model.rowCount())]
    assert sorted(REABLEMENT in one for one in tips) == [False, True]

    view.open_entry(items[0].entry.entry_id)
    driver.settle()
    assert "What these words mean" in driver.texts()
    assert REABLEMENT in driver.texts()
    assert BUDGET in driver.texts()
    QToolTip.showText(QPoint(5, 5), REABLEMENT, driver.window)
    assert QToolTip.isVisible()
    driver.window.lock()
    driver.qtbot.waitUntil(lambda: not QToolTip.isVisible())
