"""The watchdog sees a thread that was away from its events, and tells own work from waiting."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from desktop.watchdog import Watchdog


def _spin(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_own_work_and_waiting_are_told_apart(qapp: QApplication) -> None:
    dog = Watchdog()
    with dog.watching("working"):
        QCoreApplication.processEvents()
        _spin(0.2)
        QCoreApplication.processEvents()
    with dog.watching("waiting"):
        time.sleep(0.2)
        QCoreApplication.processEvents()
    assert dog.stalls.work["working"] >= 0.15
    assert dog.stalls.longest["working"] >= 0.15
    assert dog.stalls.longest["waiting"] >= 0.15
    assert dog.stalls.work["waiting"] < 0.1
    assert dog.stalls.worst_work()[0] == "working"


def test_a_journey_without_steps_has_no_stall() -> None:
    assert Watchdog().stalls.worst() == ("", 0.0)
