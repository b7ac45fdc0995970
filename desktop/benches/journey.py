"""A worker's way through the demonstration, by key and in a real window, with the event loop watched at every step.

Measures the longest stall of the window's thread, and how long it takes to switch from one part of a record to another,
painted. Offscreen like every measure here; a platform's own compositing comes on top.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QSettings

from desktop.application import make_application, open_window
from desktop.demo.run import AS_OF, build
from desktop.errors import WorkspaceError
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.theme import style
from desktop.theme.tokens import make
from desktop.views.person import PersonView
from desktop.views.window import Window
from desktop.watchdog import Stalls, Watchdog
from desktop.widgets.leaving import waiting

PATIENCE_S = 120.0
TYPING_S = 1.5
"""What it takes at the least to type a passphrase."""
PAUSE_S = 0.12
"""Longer than the field's own pause before it asks."""
WHO = "ellison margaret"


def walk() -> tuple[Stalls, float]:
    """The stalls of each step, and the median seconds of a switch between parts of the record."""
    style.apply(make_application(), make("light", 100))
    with tempfile.TemporaryDirectory(prefix="onestory-journey-") as folder:
        demonstration = build(Path(folder), say=lambda _line: None)
        settings = Settings(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
        window = open_window(FixedClockVault(demonstration.vault, AS_OF), settings)
        window.resize(1440, 900)
        window.show()
        try:
            return _Walk(window).go(next(user for user in demonstration.users if user.role == "nurse"))
        finally:
            window.close()


class _Walk:
    def __init__(self, window: Window) -> None:
        self.window, self.watchdog = window, Watchdog()

    def go(self, user: object) -> tuple[Stalls, float]:
        """Sign in, find, open, look at every part twice (the first time makes the pages), zoom, narrow, lock."""
        window = self.window
        name, passphrase = str(getattr(user, "name")), str(getattr(user, "passphrase"))  # noqa: B009
        typed = time.monotonic() + TYPING_S
        self._until(lambda: time.monotonic() > typed and not window.session.jobs.busy())
        with self.watchdog.watching("sign in"):
            window.sign_in.user.setCurrentText(name)
            window.sign_in.passphrase.setText(passphrase)
            window.sign_in.enter.click()
            self._settle()
        with self.watchdog.watching("find"):
            for at in range(1, len(WHO) + 1):
                window.find_view.query.setText(WHO[:at])
                self._turn()
            asked = time.monotonic() + PAUSE_S
            self._until(lambda: time.monotonic() > asked)
            self._settle()
        with self.watchdog.watching("open"):
            window.find_view._open_first()
            window.dialogs()[-1].accept()
            self._settle()
        person = window.person
        if person is None:
            raise WorkspaceError("The demonstration's person could not be opened.")
        pages = person.navigation.pages.pages()
        for page in pages:
            self._switch(person, page, f"first look at {page}")
        times = [self._switch(person, page, f"switch to {page}") for page in pages]
        person.open_page("timeline")
        self._settle()
        for step in range(24):
            with self.watchdog.watching("zoom the timeline"):
                person.timeline.picture.zoom(1.3 if step < 12 else 1 / 1.3)
                self._turn()
        for text in ("b", "bi", "bis", "biso"):
            with self.watchdog.watching("narrow the timeline"):
                person.timeline.text.setText(text)
                person.timeline.narrow()
                self._settle()
        with self.watchdog.watching("lock"):
            window.lock()
            self._settle()
        return self.watchdog.stalls, statistics.median(times)

    def _switch(self, person: PersonView, page: str, step: str) -> float:
        with self.watchdog.watching(step):
            began = time.perf_counter()
            person.navigation.setCurrentIndex(person.navigation.pages.index(person.navigation.pages.row_of(page)))
            self._until(lambda: person.page == page)
            took = time.perf_counter() - began
            self._settle()
        return took

    @staticmethod
    def _turn() -> None:
        QCoreApplication.processEvents()

    def _settle(self) -> None:
        self._until(lambda: not self.window.session.jobs.busy())
        left = 12
        while left > 0 or waiting():
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            self._turn()
            left -= 1

    def _until(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not ready():
            if time.monotonic() > end:
                raise WorkspaceError("A step of the journey took too long.")
            self._turn()
            time.sleep(0.001)
