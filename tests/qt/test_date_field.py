"""A field for a day, by keys: what is typed over the day in it is the day that is meant, or is said to be wrong."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCalendarWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.date_field import DateField

TODAY = date(2026, 11, 21)


@pytest.fixture
def field(qtbot: QtBot) -> DateField:
    made = DateField("Its last day", TODAY, TODAY, date(2028, 1, 1))
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()  # on a bare X display nobody else does
    made.edit.setFocus()
    qtbot.waitUntil(made.edit.hasFocus)
    return made


def write(qtbot: QtBot, field: DateField, text: str) -> None:
    qtbot.keyClick(field.edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field.edit, text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("30 Nov 2026", date(2026, 11, 30)),
        ("3 Dec 2026", date(2026, 12, 3)),
        ("31 Jan 2027", date(2027, 1, 31)),
        ("5/3/2027", date(2027, 3, 5)),
        ("2027-01-01", date(2027, 1, 1)),
    ],
)
def test_what_is_typed_over_a_day_is_taken_as_it_is_meant(qtbot: QtBot, field: DateField, text: str, day: date) -> None:
    write(qtbot, field, text)
    assert field.day == day
    assert not field.said.isVisible()
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert field.edit.text() == f"{day.day} {day:%b} {day.year}", "and is written as all days are"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("20 Nov 2026", "It cannot be before 21 Nov 2026."),
        ("2 Jan 2028", "It cannot be after 1 Jan 2028."),
        ("31 Nov 2026", "Write the day like this: 21 Nov 2026."),
        ("next week", "Write the day like this: 21 Nov 2026."),
    ],
)
def test_a_day_that_can_not_be_meant_is_none_and_is_said_beside_the_field(
    qtbot: QtBot, field: DateField, text: str, said: str
) -> None:
    write(qtbot, field, text)
    assert field.day is None, "it is not bent into another"
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert field.edit.text() == text, "and stays as it was written"
    assert (field.said.isVisible(), field.said.text()) == (True, said)
    assert field.edit.accessibleDescription() == said
    write(qtbot, field, "1 Dec 2026")
    assert field.day == date(2026, 12, 1)
    assert not field.said.isVisible()


def test_arrows_go_by_days_and_page_keys_by_months_and_never_out_of_what_is_allowed(
    qtbot: QtBot, field: DateField
) -> None:
    days = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_Down):
        qtbot.keyClick(field.edit, key)
        days.append(field.day)
    assert days == [date(2026, 11, 22), date(2026, 12, 22), date(2026, 12, 21), TODAY, TODAY]


def test_it_is_told_once_what_changed(qtbot: QtBot, field: DateField) -> None:
    told: list[date | None] = []
    field.changed.connect(lambda: told.append(field.day))
    write(qtbot, field, "3 Dec 2027")
    assert told == [None, date(2027, 12, 3)]


def test_a_field_that_is_not_used_says_nothing_and_says_it_again_when_it_is(qtbot: QtBot, field: DateField) -> None:
    field.setEnabled(False)
    field.set_bounds(date(2026, 12, 1), None)
    assert not field.said.isVisible()
    field.setEnabled(True)
    assert field.said.text() == "It cannot be before 1 Dec 2026."


def test_the_calendar_begins_at_the_day_and_gives_one(qtbot: QtBot, field: DateField) -> None:
    write(qtbot, field, "3 Dec 2026")
    assert field.choose.accessibleName() == "Its last day: choose from a calendar"
    qtbot.keyClick(field.choose, Qt.Key.Key_Space)
    popup = QApplication.activePopupWidget() or QApplication.activeModalWidget()
    assert popup is not None
    (days,) = popup.findChildren(QCalendarWidget)
    inside = QApplication.focusWidget()
    assert inside is not None
    qtbot.keyClick(inside, Qt.Key.Key_Right)
    qtbot.keyClick(inside, Qt.Key.Key_Return)
    assert field.day == date(2026, 12, 4)
    qtbot.waitUntil(field.edit.hasFocus)
    assert days is not None
