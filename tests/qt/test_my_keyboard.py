"""The person's own screens by keyboard alone: Tab, arrows, Space and Esc; by accessible names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from choosing import ChoosingWorkspace, own_screens
from conftest import Driver
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from consent.plain_choices import What, Who
from consent.plain_consents import from_consents
from desktop.dialogs.my_adding import SingleThing
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices

STOPS = 400
HIDE_LETTERS = (
    "Home care workers",
    "Home care workers, Sexual and reproductive health: Hidden",
    "Until the end of this year",
    "Save",
    "See as Home care workers",
    "Close the preview",
    "Who has looked",
    "Last month",
    "Who can see what",
    "Undo what I saved",
)
"""Hide sexual-health letters from home-care workers until the end of the year, check the result, find who looked last
month, and undo it: so many presses, none more."""


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    with own_screens(qtbot, settings, monkeypatch) as made:
        yield made


def workspace(driver: Driver) -> ChoosingWorkspace:
    found = driver.vault.workspaces[-1]
    assert isinstance(found, ChoosingWorkspace)
    return found


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None, "the keyboard is nowhere"
    return found


def beside(one: QWidget, words: str) -> QAbstractButton | None:
    """The control of these words, where it is one of a choice of which Tab comes to this one."""
    group = one.group() if isinstance(one, QAbstractButton) else None
    others = group.buttons() if group is not None else []
    return next((other for other in others if other.accessibleName() == words and other.isVisible()), None)


def arrow(here: QWidget, there: QWidget) -> Qt.Key:
    """The arrow that points from one control to another."""
    away = there.mapToGlobal(there.rect().center()) - here.mapToGlobal(here.rect().center())
    if abs(away.y()) > here.height() // 2:
        return Qt.Key.Key_Down if away.y() > 0 else Qt.Key.Key_Up
    return Qt.Key.Key_Right if away.x() > 0 else Qt.Key.Key_Left


def go(driver: Driver, words: str) -> None:
    """Tab to a control, with arrows inside a choice of one of several, and press it with Space."""
    for _stop in range(STOPS):
        if focus().accessibleName() == words or beside(focus(), words):
            break
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    for _step in range(20):
        there = beside(focus(), words)
        if focus().accessibleName() == words or there is None:
            break
        QTest.keyClick(focus(), arrow(focus(), there))
        driver.settle()
    assert focus().accessibleName() == words, (words, focus().accessibleName())
    at = focus()
    if not (isinstance(at, QAbstractButton) and at.isCheckable() and at.isChecked()):
        QTest.keyClick(at, Qt.Key.Key_Space)
    driver.settle()
    driver.settle()


def hide_letters(driver: Driver) -> None:
    """The journey, with what is seen at its turns."""
    seen = {}
    for words in HIDE_LETTERS:
        go(driver, words)
        seen[words] = driver.texts()
        if words == "Save":
            kept, _ = from_consents(workspace(driver).kept)
            (choice,) = kept.about(Who("role", "home-care"), What("category", "sexual-reproductive"))
            assert (choice.setting, choice.end) == ("off", date(2026, 12, 31))
    assert "Saved. It holds from now on" in seen["Save"]
    assert "You are looking as Home care workers" in seen["See as Home care workers"]
    assert "Dawn Pryce" in seen["Last month"]
    assert "Anita Patel" not in seen["Last month"]
    assert "Undone." in seen["Undo what I saved"]
    assert workspace(driver).kept == []
    assert len(HIDE_LETTERS) <= 12


def test_the_person_alone(driver: Driver) -> None:
    driver.vault.role = "person"
    driver.sign_in()
    driver.settle()
    hide_letters(driver)


def test_the_person_with_somebody_who_helps(driver: Driver) -> None:
    """The worker opens the record for a reason, and then the person's own screens, by key."""
    driver.sign_in()
    driver.open()
    QTest.keyClick(driver.window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    driver.settle()
    driver.settle()
    assert "Asha is helping Margaret ELLISON. Both names are kept with every choice." in driver.texts()
    hide_letters(driver)


def test_someone_who_decides_for_the_person(driver: Driver) -> None:
    driver.vault.role = "proxy"
    driver.sign_in()
    driver.settle()
    go(driver, "I care for someone")
    assert "You may choose for Margaret ELLISON who sees what" in driver.texts()
    go(driver, "Who can see what")
    hide_letters(driver)


def test_a_carer_stops(driver: Driver) -> None:
    driver.vault.role = "carer"
    driver.sign_in()
    driver.settle()
    go(driver, "Stop acting for Margaret ELLISON…")
    assert focus().accessibleName() == "No, go on as now", "what changes nothing comes first"
    go(driver, "Yes, stop")
    assert workspace(driver).ruth == "ended"


def test_esc_hides_everything_also_from_a_dialog_and_a_menu(driver: Driver) -> None:
    driver.vault.role = "person"
    for words in ("Hide one single thing…", "Start from…"):
        driver.sign_in()
        driver.settle()
        screen = driver.window.screens.currentWidget()
        assert isinstance(screen, MyChoices)
        if words == "Start from…":
            menu = screen.who_page.start.menu()
            assert isinstance(menu, QMenu)
            QApplication.sendEvent(
                menu, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
            )
        else:
            go(driver, words)
            dialog = driver.window.dialogs()[-1]
            assert isinstance(dialog, SingleThing)
            QTest.keyClicks(dialog.search, "elm")
            QTest.keyClick(dialog.search, Qt.Key.Key_Escape)
        driver.settle()
        assert driver.window.session.user is None
        assert driver.window.dialogs() == []
        said = "\n".join(str(widget.property("text") or "") for widget in QApplication.allWidgets())
        assert "ELLISON" not in said
        assert "Elm Clinic" not in said
