"""What is long is done in pieces, and whatever came due meanwhile goes between two of them."""

from __future__ import annotations

import time

from conftest import Driver, flush
from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication
from records import record

from desktop.widgets.pieces import Pieces


def _busy(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_a_timer_that_came_due_goes_between_two_pieces(qapp: QApplication) -> None:
    said: list[str] = []
    parent = QObject()
    beat = QTimer(parent)
    beat.setTimerType(Qt.TimerType.PreciseTimer)
    beat.setInterval(2)
    beat.timeout.connect(lambda: said.append("beat"))
    beat.start()
    pieces = Pieces(parent)
    pieces.build([lambda: (said.append("piece"), _busy(0.02)) for _one in range(4)])
    while said.count("piece") < 4:
        QCoreApplication.processEvents()
    beat.stop()
    assert "piece piece" not in " ".join(said)


def test_what_was_not_built_is_dropped(qapp: QApplication) -> None:
    said: list[str] = []
    pieces = Pieces(qapp)
    pieces.build([lambda: said.append("one"), pieces.stop, lambda: said.append("three")])
    flush()
    assert said == ["one"]


def test_a_record_that_arrives_is_not_shown_once_the_window_is_locked(driver: Driver) -> None:
    driver.sign_in()
    window = driver.window
    window._bring_person(record())
    while window.person is None:
        QCoreApplication.processEvents()
    name = window.person.story.record.banner.identity.name
    window.lock()
    driver.settle()
    assert window.person is None
    assert name not in driver.texts()
    assert window.screens.currentWidget() is window.sign_in


def test_a_page_that_was_never_open_is_made_in_one_turn_and_filled_in_the_next(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    view._go("timeline")
    assert view.page == "overview", "the window answers before the page is filled"
    view._go("sources")
    flush()
    assert view.page == "sources", "the page that was asked for last"
    view._go("timeline")
    assert view.page == "timeline", "what was made opens at once"
