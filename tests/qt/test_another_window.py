"""A second window on an open record: what is chosen in the first takes effect in it at once; it closes with the
session, for somebody else's record and before an override; it changes nothing, and can be read and reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import own
import pytest
from conftest import Driver
from fake_vault import ROWS
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from records import record
from test_accessible_roles import faults as role_faults
from test_every_screen import _lost
from test_focus_order import faults as focus_faults
from test_legible import _cut, _unnamed
from test_lock import _left as everything_said
from test_lock import _told as said_now
from worker import GPS, LETTER, Desktop

from consent.plain_choices import Who
from desktop.dialogs.original import OriginalDialog
from desktop.screen_matrix import LOOKS
from desktop.views.another_window import AnotherWindow
from desktop.views.plugged.my_choices import help_with_choices
from desktop.views.window import Window
from desktop.widgets.picker import Picker

MODIFIED = Qt.KeyboardModifier.ControlModifier
SHIFTED = MODIFIED | Qt.KeyboardModifier.ShiftModifier


def another(window: Window) -> AnotherWindow:
    assert window.another is not None
    return window.another


def open_it(on: Desktop | Driver) -> AnotherWindow:
    """Press the key in the first window, on the record that is open."""
    on.window.activateWindow()
    on.qtbot.waitUntil(on.window.isActiveWindow)
    QTest.keyClick(on.window, Qt.Key.Key_O, SHIFTED)
    on.settle()
    on.qtbot.waitUntil(another(on.window).isActiveWindow)
    return another(on.window)


def titles(window: AnotherWindow) -> set[str]:
    assert window.person is not None
    sections = window.person.story.record.sections.values()
    return {item.entry.title for section in sections for item in section.entries}


def page(key: str) -> Callable[[Desktop, AnotherWindow], None]:
    return lambda _desktop, window: window.open_page(key)


def details(desktop: Desktop, window: AnotherWindow) -> None:
    window.open_page("documents")
    window.open_entry(entry(window))


def original(desktop: Desktop, window: AnotherWindow) -> None:
    assert window.person is not None
    window.person.wants_original.emit(entry(window))
    desktop.settle()
    assert isinstance(window.dialogs()[-1], OriginalDialog)


def searched(desktop: Desktop, window: AnotherWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F, MODIFIED)
    desktop.settle()
    picker = window.dialogs()[-1]
    assert isinstance(picker, Picker)
    picker.field.setText("Elm")


def copied(_desktop: Desktop, window: AnotherWindow) -> None:
    window.copy(LETTER)


def entry(window: AnotherWindow) -> str:
    assert window.person is not None
    sections = window.person.story.record.sections.values()
    return next(item.entry.entry_id for one in sections for item in one.entries if item.entry.title == LETTER)


OPEN = {
    **{key: page(key) for key in ("overview", "timeline", "documents", "medicines", "sources")},
    "details": details,
    "original": original,
    "searched": searched,
    "copied": copied,
}


def hide_from_gps(desktop: Desktop) -> None:
    """In the first window: help with the choices, hide what is about sexual health from GPs, save."""
    help_with_choices(desktop.window)
    desktop.settle()
    screen = desktop.window.screens.currentWidget()
    screen.board.choose(GPS, own.SEXUAL, "off")  # type: ignore[attr-defined]
    screen.who_page.save()  # type: ignore[attr-defined]


@pytest.mark.parametrize("what", OPEN)
def test_a_choice_made_in_one_window_takes_effect_in_another_at_once(desktop: Desktop, what: str) -> None:
    desktop.sign_in("Anita Patel")
    desktop.open()
    window = open_it(desktop)
    assert titles(window) >= own.HIDDEN
    OPEN[what](desktop, window)
    desktop.settle()
    assert "Elm" in everything_said() or "Doxycycline" in everything_said(), "the control must hit"
    told: list[str] = []
    desktop.window.session.changed.connect(lambda: told.append(said_now() + QGuiApplication.clipboard().text()))
    hide_from_gps(desktop)
    desktop.settle()
    assert another(desktop.window) is window
    assert not own.HIDDEN & titles(window)
    assert "Furosemide" in titles(window)
    assert window.dialogs() == []
    said = everything_said() + said_now() + QGuiApplication.clipboard().text()
    assert [title for title in own.HIDDEN if title in said] == []
    assert told, "the first window said so"
    kept = {LETTER} if what == "copied" else set()  # the clipboard is the first window's, which clears it right after
    assert [title for title in own.HIDDEN - kept if title in told[0]] == [], "put away before the new record has come"


def test_the_second_window_asks_the_gate_by_itself(desktop: Desktop) -> None:
    desktop.sign_in("Anita Patel")
    desktop.open()
    first = desktop.window.person
    window = open_it(desktop)
    assert first is not None
    assert window.person is not None
    assert window.person.story.record is not first.story.record
    assert window.person.story is not first.story
    assert window.windowTitle() == "OneStory · another window"
    desktop.window.lock()
    desktop.settle()


def test_the_page_that_was_open_stays(desktop: Desktop) -> None:
    desktop.sign_in("Anita Patel")
    desktop.open()
    window = open_it(desktop)
    window.open_page("documents")
    desktop.choose("off")
    assert titles(window) == desktop.titles
    assert window.person is not None
    assert window.person.page == "documents"


def test_a_choice_about_others_leaves_it_as_it_is(desktop: Desktop) -> None:
    desktop.sign_in("Anita Patel")
    desktop.open()
    window = open_it(desktop)
    desktop.choose("off", Who("role", "home-care"))
    assert titles(window) >= own.HIDDEN


def by_hand(driver: Driver) -> None:
    QTest.keyClick(another(driver.window), Qt.Key.Key_L, MODIFIED)


def when_left(driver: Driver) -> None:
    driver.window._lock_if_idle()


def when_away(driver: Driver) -> None:
    driver.window.lock_if_open()


def with_the_first(driver: Driver) -> None:
    driver.window.close()


def for_somebody_else(driver: Driver) -> None:
    found = record()
    driver.window.show_person(replace(found, request=replace(found.request, person=ROWS[1].person_id)))


def for_another_reason(driver: Driver) -> None:
    found = record()
    driver.window.show_record(replace(found, request=replace(found.request, purpose="CAREMGT")))


def at_another_post(driver: Driver) -> None:
    user = driver.window.session.user
    assert user is not None
    driver.window.work_as(replace(user, role="social-worker"))


def by_its_key(driver: Driver) -> None:
    QTest.keyClick(another(driver.window), Qt.Key.Key_W, MODIFIED)


@pytest.mark.parametrize(
    "go",
    [by_hand, when_left, when_away, with_the_first, for_somebody_else, for_another_reason, at_another_post, by_its_key],
)
def test_it_closes_and_nothing_is_left_in_it(driver: Driver, go: Callable[[Driver], None]) -> None:
    driver.sign_in()
    driver.open()
    window = open_it(driver)
    window.open_page("documents")
    window.copy("a line")
    opened = set(QApplication.topLevelWidgets())
    assert window in opened
    go(driver)
    driver.settle()
    assert driver.window.another is None
    assert not [one for one in QApplication.topLevelWidgets() if isinstance(one, AnotherWindow)]


def test_using_it_keeps_the_window_open(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    window = open_it(driver)
    idle = driver.window._idle
    idle.setTimerType(Qt.TimerType.PreciseTimer)
    idle.start(50_000)
    driver.qtbot.waitUntil(lambda: idle.remainingTime() < 49_990)
    left = idle.remainingTime()
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 5))
    assert idle.remainingTime() > left


def test_what_comes_after_it_is_closed_is_for_nobody(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    driver.window.open_another()
    another(driver.window).close()
    driver.settle()
    assert driver.window.another is None
    driver.window.open_another()
    driver.window.lock()
    driver.settle()
    assert driver.window.another is None


def test_it_opens_once(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    window = open_it(driver)
    driver.window.open_another()
    driver.settle()
    assert another(driver.window) is window
    assert len(driver.vault.workspaces[0].opened) == 2


def test_one_only_reads_in_it(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    window = open_it(driver)
    window.open_page("timeline")
    assert window.person is not None
    window.open_entry(window.person.story.dated()[0].entry.entry_id)
    driver.settle()
    words = {one.text() for one in window.findChildren(QPushButton) if one.isVisible()}
    assert "Show the original" in words
    changing = {"Entered in error…", "Answer this request…", "Not for the person’s own view…"}
    assert not changing & words
    assert window.person is not None
    assert not window.person.timeline.print_button.isVisible()
    QTest.keyClick(window, Qt.Key.Key_P, MODIFIED)
    QTest.keyClick(window, Qt.Key.Key_N, MODIFIED)
    assert window.dialogs() == driver.window.dialogs() == []


def test_the_keys_of_the_first_window_name_it(driver: Driver) -> None:
    driver.sign_in()
    assert "Ctrl+Shift+O" not in dict(driver.window._menus.keys())
    driver.open()
    assert dict(driver.window._menus.keys())["Ctrl+Shift+O"] == "Open in another window"
    QTest.keyClick(driver.window, Qt.Key.Key_K, MODIFIED)
    picker = driver.window.dialogs()[-1]
    assert isinstance(picker, Picker)
    picker.field.setText("another")
    assert "Open in another window" in {"".join(words for words, _hit in pick.words) for pick in picker.rows.rows}


@pytest.mark.parametrize(("theme", "scale"), [*LOOKS, ("contrast", 200)])
def test_every_look_can_be_read_and_reached(driver: Driver, theme: str, scale: int) -> None:
    driver.sign_in()
    driver.open()
    window = open_it(driver)
    window.resize(1280, 800)
    driver.window.wear(theme, scale)
    driver.settle()
    window.activateWindow()
    driver.qtbot.waitUntil(window.isActiveWindow)
    found: dict[str, list[str]] = {}
    for key in ("overview", "timeline", "documents", "medicines", "sources"):
        window.open_page(key)
        driver.settle()
        found[key] = _cut(window) + _unnamed(window) + _lost(window) + role_faults(window) + focus_faults(window)
    assert {key: said for key, said in found.items() if said} == {}
    bar = [one for one in window.findChildren(QPushButton) if "Ctrl+" in one.text()]
    assert [one.text() for one in bar if one.visibleRegion().boundingRect() != one.rect()] == []
    assert len(bar) == 3


def test_the_text_grows_in_both_and_the_page_stays(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    window = open_it(driver)
    window.open_page("documents")
    before = len(driver.vault.workspaces[0].opened)
    QTest.keyClick(window, Qt.Key.Key_Plus, MODIFIED)
    driver.settle()
    assert window.person is not None
    assert window.person.page == "documents"
    assert len(driver.vault.workspaces[0].opened) == before, "nothing was asked for again"
