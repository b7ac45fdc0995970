"""Locking: at once, and nothing of the first person is left in any widget or model of the process."""

from __future__ import annotations

import gc
import time
from itertools import pairwise

import pytest
from conftest import Driver, flush, words_of
from fake_vault import FakeVault, FakeWorkspace
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QCoreApplication, QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot
from records import peggy
from shiboken6 import isValid

from desktop.application import open_window
from desktop.models.entries import LinesRole
from desktop.models.story import Story
from desktop.reports import UserRow
from desktop.session import Session
from desktop.settings import Settings
from desktop.widgets.leaving import waiting


def _left() -> str:
    """Every word in every widget, window and model that still lives, shown or not."""
    said = [words_of(widget) for widget in QApplication.allWidgets()]
    said += [window.title() for window in QGuiApplication.allWindows()]
    for model in [found for found in gc.get_objects() if isinstance(found, QAbstractItemModel) and isValid(found)]:
        for row in range(model.rowCount(QModelIndex())):
            for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())):
                index = model.index(row, column)
                said += [str(index.data()), str(index.data(LinesRole))]
    return "\n".join(said)


def test_nothing_of_the_person_is_left_anywhere(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    for page in person.navigation.pages.pages():
        person.open_page(page)
        flush()
    person.open_page("admissions")
    person.open_entry(person.story.entries("admissions")[0].entry.entry_id)
    driver.window.session.original(
        person.story.entries("admissions")[0].entry.entry_id,
        lambda original: driver.window._show_original(original, "Fall at home"),
        lambda _words: None,
    )
    driver.settle()
    marks = {item.entry.title for item in peggy()} | {"Ellison", "ELLISON", "Peggy", "12 Mill Lane", "Encounter"}
    before = _left()
    assert len([mark for mark in marks if mark in before]) > 20, "the control must hit"
    del person
    start = time.monotonic()
    driver.window.lock()
    flush()
    assert time.monotonic() - start < 5.0
    driver.settle()
    gc.collect()
    after = _left()
    assert [mark for mark in marks if mark in after] == []
    assert not [found for found in gc.get_objects() if isinstance(found, Story)]
    assert driver.vault.workspaces[0].closed


def _told() -> str:
    """What a screen reader could ask of every widget that lives now, before the event loop turns again."""
    said = []
    for widget in QApplication.allWidgets():
        told = QAccessible.queryAccessibleInterface(widget)
        said += [told.text(kind) for kind in (QAccessible.Text.Name, QAccessible.Text.Description)]
        said += [told.text(QAccessible.Text.Value), widget.toolTip(), widget.windowTitle()]
        if isinstance(widget, QLabel | QLineEdit | QAbstractButton):
            said.append(widget.text())
        if isinstance(widget, QPlainTextEdit):
            said.append(widget.toPlainText())
    return "\n".join(said).replace("\u200b", "")


def test_what_goes_is_wordless_before_the_window_turns_and_goes_a_share_each_turn(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    for page in person.navigation.pages.pages():
        person.open_page(page)
        flush()
    item = person.story.entries("admissions")[0]
    person.open_page("admissions")
    person.open_entry(item.entry.entry_id)
    driver.window.session.original(
        item.entry.entry_id, lambda original: driver.window._show_original(original, "Fall at home"), pytest.fail
    )
    driver.settle()
    marks = {one.entry.title for one in peggy()} | {"Ellison", "ELLISON", "Peggy", "12 Mill Lane", "Encounter"}
    assert len([mark for mark in marks if mark in _told()]) > 15, "the control must hit"
    del person
    driver.window.lock()
    assert [mark for mark in marks if mark in _told()] == []
    lives = [len(QApplication.allWidgets())]
    while waiting():
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        lives.append(len(QApplication.allWidgets()))
    assert lives[0] - lives[-1] > 500
    assert max(before - after for before, after in pairwise(lives)) < (lives[0] - lives[-1]) / 2


def test_what_arrives_after_the_lock_is_not_shown(driver: Driver) -> None:
    driver.sign_in()
    driver.window.ask_why(driver.window.find_view.model.person(driver.window.find_view.model.index(0, 0)))
    driver.window.dialogs()[-1].accept()
    driver.window.lock()
    driver.settle()
    assert driver.window.person is None
    assert driver.window.screens.currentWidget() is driver.window.sign_in
    assert "ELLISON" not in _left()


def test_the_next_user_starts_afresh(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    driver.window.lock()
    driver.sign_in("Ben")
    assert "Social worker · Thornbury Council" in driver.texts()
    assert driver.window.person is None
    driver.open()
    assert driver.vault.workspaces[1].opened[0][1:3] == ("TREAT", "present"), (
        "the first user's reason is not remembered"
    )


def test_being_left_alone_locks(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    driver.window._idle.setInterval(1)
    driver.window._idle.start()
    driver.qtbot.waitUntil(lambda: driver.window.session.user is None)
    assert "Ellison" not in driver.texts()


@pytest.mark.parametrize("where", ["the window", "a dialog"])
def test_a_key_and_a_press_put_off_the_lock(driver: Driver, where: str) -> None:
    driver.sign_in()
    if where == "a dialog":
        driver.window.show_keys()
        driver.qtbot.waitUntil(lambda: QGuiApplication.focusWindow() is not driver.window.windowHandle())
    used = QGuiApplication.focusWindow()
    idle = driver.window._idle
    idle.setTimerType(Qt.TimerType.PreciseTimer)  # one of a minute is else rounded to the second
    for act in (
        lambda: QTest.keyClick(used, Qt.Key.Key_Shift),
        lambda: QTest.mouseClick(used, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(3, 3)),
    ):
        idle.start(60_000)
        driver.qtbot.waitUntil(lambda: idle.remainingTime() < 59_990)
        before = idle.remainingTime()
        act()
        assert idle.remainingTime() > before


def work_done(session: Session) -> None:
    """Wait for the worker to have done all that is queued, and deliver nothing."""
    session.jobs._pool.submit(lambda: None).result(10)


def test_a_vault_that_opened_behind_the_lock_is_closed_at_once(qtbot: QtBot) -> None:
    vault = FakeVault()
    session = Session(vault)
    session.sign_in("Asha", "correct", pytest.fail)
    work_done(session)
    session.close()
    work_done(session)
    assert [one.closed for one in vault.workspaces] == [True]
    qtbot.waitUntil(lambda: not session.jobs.busy())
    assert session.user is None
    session.jobs.stop()


def test_a_post_that_was_entered_behind_the_lock_is_left_at_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = FakeVault()
    session = Session(vault)
    with qtbot.waitSignal(session.signed_in):
        session.sign_in("Asha", "correct", pytest.fail)
    entered: list[FakeWorkspace] = []

    def work_as(post: UserRow) -> FakeWorkspace:
        entered.append(FakeWorkspace(post, vault.records, vault.notes))
        return entered[0]

    monkeypatch.setattr(vault.workspaces[0], "work_as", work_as)
    session.work_as(UserRow("Asha", "therapist", "Mill Lane Clinic"), pytest.fail)
    work_done(session)
    session.close()
    work_done(session)
    assert [one.closed for one in entered] == [True]
    qtbot.waitUntil(lambda: not session.jobs.busy())
    assert session.user is None
    session.jobs.stop()


def test_whoever_opens_a_window_says_how_long_it_may_be_left_alone(
    qtbot: QtBot, look: None, settings: Settings
) -> None:
    vault = FakeVault()
    window = open_window(vault, settings, lock_after_ms=1)
    qtbot.addWidget(window)
    window.show()
    driver = Driver(window, vault, qtbot)
    with qtbot.waitSignal(window.session.closed, timeout=20_000):
        driver.sign_in()
    assert window.screens.currentWidget() is window.sign_in
    window.close()
    flush()
