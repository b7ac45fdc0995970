"""What the window itself costs: the first paint of a person, a frame of the timeline, a key typed into a filter.

Painted offscreen, on images; a platform's own compositing comes on top.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QMainWindow, QStackedWidget

from consent.disclosure import DisclosedRecord
from desktop.application import make_application
from desktop.models.finding import Finder, pieces
from desktop.models.lanes import LANES, Mark
from desktop.models.story import Story
from desktop.session import OnDisk, Session
from desktop.theme import style
from desktop.theme.tokens import make
from desktop.views.person import PersonView
from desktop.views.timeline import Timeline
from desktop.widgets.lanes import LanesPicture
from fhir.entries import EntryId

SIZE = (1440, 900)
MARKS = 100_000


class Alone:
    """What views ask of a window, where there is nothing but the view that is measured."""

    previews = reads_only = False
    easy = False

    def __init__(self) -> None:
        self.session = Session(OnDisk(Path("nowhere")))

    def keep_easy(self, easy: bool) -> None:
        """Nobody to remember it of."""

    def show_dialog(self, dialog: QDialog) -> None:
        """No dialogs here."""

    def tell(self, words: str) -> None:
        """Nobody to tell."""

    def copy(self, text: str) -> None:
        """No clipboard here."""

    def listed(self) -> None:
        """Nothing."""

    def story(self) -> Story | None:
        """No record beside the one that is measured."""
        return None

    def show_record(self, record: DisclosedRecord) -> None:
        """No other record."""

    def open_page(self, page: str) -> None:
        """No pages to go to."""

    def open_entry(self, entry_id: str) -> None:
        """No details here."""

    def show_screen(self, key: str) -> None:
        """No screens here."""

    def reopen(self) -> None:
        """No gate to ask."""


def _dressed() -> None:
    style.apply(make_application(), make("light", 100))


def first_paint(open_record: Callable[[], DisclosedRecord]) -> float:
    """Seconds from a disclosed record to a painted overview, in a window that is already up."""
    _dressed()
    shell = Alone()
    window, screens = QMainWindow(), QStackedWidget()
    window.setCentralWidget(screens)
    window.resize(*SIZE)
    window.show()
    times = []
    for _ in range(7):
        record = open_record()
        began = time.perf_counter()
        view = PersonView(record, shell)
        screens.addWidget(view)
        screens.setCurrentWidget(view)
        view.open_page("overview")
        view.navigation.setFocus()
        window.grab()
        times.append(time.perf_counter() - began)
        view.clear()
        screens.removeWidget(view)
        view.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.close()
    return statistics.median(times)


def timeline_frames() -> float:
    """Seconds a frame, all lanes full, while zooming in from a lifetime to days, panning, and coming back."""
    _dressed()
    today = date(2026, 11, 21)
    first = today - timedelta(days=80 * 365)
    picture = LanesPicture(lane_height=32, movable=True)
    picture.resize(1130, 470)
    picture.show_marks(_life(first.toordinal(), today.toordinal()), first, today, today)
    image = QImage(picture.size(), QImage.Format.Format_RGB32)
    times = []
    for step in range(160):
        began = time.perf_counter()
        if step % 4 == 3:
            picture.pan(0.1)
        else:
            picture.zoom(1.15 if step < 80 else 1 / 1.15)
        picture.render(image)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _life(first: int, last: int) -> list[Mark]:
    made = []
    for number in range(MARKS):
        day = first + number * (last - first) // MARKS
        bar, row = number % 4 == 0, number // 24 % 4
        lane = LANES[number % 6]
        shape = "bar" if bar else "diamond" if number % 9 == 0 else "point"
        made.append(Mark(EntryId(str(number)), lane, shape, day, day + 20 * bar, False, "Visit", row * bar))  # type: ignore[arg-type]
    return made


def finding(record: DisclosedRecord) -> float:
    """Seconds a key while a search in the whole record is typed, the slowest of its keys; rows are made as well."""
    finder = Finder(Story(record))
    slowest = 0.0
    for text in ("blood pressure", "mi", "result 49", "zzz"):
        for at in range(1, len(text) + 1):
            began = time.perf_counter()
            for found in finder.find(text[:at]):
                pieces(found.item.entry.title, found.words)
            slowest = max(slowest, time.perf_counter() - began)
    return slowest


def typing(record: DisclosedRecord) -> float:
    """Seconds from a key typed into the timeline's filter to the narrowed list and picture, painted."""
    _dressed()
    timeline = Timeline(Alone())
    timeline.resize(1200, 700)
    timeline.show_story(Story(record))
    timeline.show()
    timeline.grab()
    times = []
    for text in ("b", "bo", "bod", "body", "body ", "body 6", "body 67", "body 6", "body", "bod"):
        began = time.perf_counter()
        timeline.text.setText(text)
        timeline.narrow()
        timeline.grab()
        times.append(time.perf_counter() - began)
    timeline.clear()
    timeline.hide()
    timeline.deleteLater()
    return statistics.median(times)
