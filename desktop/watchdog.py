"""Watches the window's thread: how long the event loop was away from its events, at the longest.

A timer on the window's thread notes each turn of the loop. A stall is the time between two turns beyond the timer's own
beat. It sees what a user feels: painting, layout and Python held up alike. Beside it stands the longest turn of the
thread's own work, which other programs on a busy machine do not lengthen. It knows nothing of what the program does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 2


@dataclass
class Stalls:
    """For each step of a journey, in seconds: the longest time away from events, and the longest turn of own work."""

    longest: dict[str, float] = field(default_factory=dict)
    work: dict[str, float] = field(default_factory=dict)

    def worst(self) -> tuple[str, float]:
        """The step with the longest stall, and that stall."""
        return max(self.longest.items(), key=lambda pair: pair[1], default=("", 0.0))

    def worst_work(self) -> tuple[str, float]:
        """The step with the longest turn of own work, and that turn."""
        return max(self.work.items(), key=lambda pair: pair[1], default=("", 0.0))


class Watchdog(QObject):
    """Notes the longest stall of each step. Start it on the window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self.stalls = Stalls()
        self._step = ""
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._turn)

    @contextmanager
    def watching(self, step: str) -> Iterator[None]:
        """Put what happens inside under this name; the loop must turn inside, and once more at the end."""
        self._step, self._last, self._worked = step, time.perf_counter(), time.thread_time()
        self._timer.start()
        try:
            yield
        finally:
            self._turn()
            self._timer.stop()

    def _turn(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        away = now - self._last - BEAT_MS / 1000
        for found, value in ((self.stalls.longest, away), (self.stalls.work, worked - self._worked)):
            found[self._step] = max(found.get(self._step, 0.0), value)
        self._last, self._worked = now, worked
