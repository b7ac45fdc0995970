"""A second window on the record that is open, for reading one part beside another, or beside a screen of the first.

It stands over the same session: it asks the gate for the record by itself, which is logged, and asks anew whenever
something is changed that decides what may be shown. What it showed before goes first. It changes nothing, and nothing
leaves it but a copied line. It closes with the session (lock, sign-out, another post), when the first window opens
somebody else, and where the record is opened by an override: then one window with its clock is enough to watch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from consent.disclosure import DisclosedRecord
from consent.request import Request
from desktop.clipboard import Clipboard
from desktop.dialogs.reason import why_words
from desktop.session import Session
from desktop.settings import Settings
from desktop.theme.tokens import look
from desktop.views.person_window import PersonWindow
from desktop.views.plugged.finding import find_in_record, palette
from desktop.widgets.bars import TestDataStrip
from desktop.widgets.layouts import Flow, grow
from desktop.widgets.leaving import let_go
from desktop.widgets.states import FourStates
from desktop.widgets.text import Text, button
from fhir.entries import PersonId


class First(Protocol):
    """What the first window does for this one."""

    session: Session
    clipboard: Clipboard

    def lock(self) -> None: ...

    def larger(self, step: int) -> None: ...

    def alike(self, person: PersonId) -> int: ...


class _Bar(QFrame):
    """Never lower than its lines of words and buttons need, whatever stands below."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(self.width()))


class AnotherWindow(PersonWindow):
    """One record, for reading; deleted when it closes. `opened` is the request of the record in the first window."""

    reads_only = True
    gone = Signal()

    def __init__(self, first: First, settings: Settings, opened: Request) -> None:
        super().__init__(first.session, settings)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("OneStory · another window"))
        self.setMinimumSize(900, 600)
        self._first, self._opened = first, opened
        self._asked = 0
        self._record: DisclosedRecord | None = None
        self._make_actions()
        self._build()
        self.session.closed.connect(self.close)
        self.session.changed.connect(self.read)

    def alike(self, person: PersonId) -> int:
        """As the first window knows it."""
        return self._first.alike(person)

    def is_of(self, request: Request) -> bool:
        """Whether it shows what this request asks for: the same person, for the same reason."""
        mine = self._opened
        return (mine.person, mine.purpose, mine.relationship) == (
            request.person,
            request.purpose,
            request.relationship,
        )

    def read(self) -> None:
        """Put away what is shown, and ask the gate for what may be shown now."""
        page = self._page()
        self._put_away()
        self.states.show_loading(self.tr("Opening the record…"))
        self._asked += 1
        asked, request = self._asked, self._opened

        def newest(call: Callable[[], None]) -> None:
            if asked == self._asked:
                call()

        self.session.open_person(
            request.person,
            request.purpose,
            request.relationship,
            request.reason,
            lambda record: newest(lambda: self._show(record, page)),
            lambda words: newest(lambda: self.states.show_error(words)),
        )

    def dress(self) -> None:
        """Be built anew in the look of now, with what is shown."""
        record, page = self._record, self._page()
        self._put_away()
        old = self.takeCentralWidget()
        self._build()
        if old is not None:
            let_go(old)
        if record is not None:
            self._show(record, page)
        else:
            self.read()

    def _show(self, record: DisclosedRecord, page: str) -> None:
        if record.override is not None:
            self.close()
            return
        self._record = record
        self.person = self._view_of(record)
        self._place.addWidget(self.person)
        self.states.show_data()
        self.person.open_page(page)
        if self.isActiveWindow():
            self.person.navigation.setFocus()
        self._why.setText(why_words(record.request.purpose, record.request.relationship))

    def _put_away(self) -> None:
        self._drop_dialogs()
        self._record = None
        if self.person is not None:
            view, self.person = self.person, None
            view.hide()
            view.clear()
            self._place.removeWidget(view)
            let_go(view)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self._asked += 1  # what is still to come is for nobody
        self._put_away()
        self.gone.emit()
        super().closeEvent(event)

    # What it is made of

    def _make_actions(self) -> None:
        for words, keys, call in (
            (self.tr("Find in this record…"), "Ctrl+F", lambda: find_in_record(self)),
            (self.tr("Everything one can do…"), "Ctrl+K", lambda: palette(self)),
            (self.tr("Larger text"), "Ctrl++", lambda: self._first.larger(1)),
            (self.tr("Smaller text"), "Ctrl+-", lambda: self._first.larger(-1)),
            (self.tr("Lock"), "Ctrl+L", self._first.lock),
            (self.tr("Close this window"), "Ctrl+W", self.close),
        ):
            action = QAction(words, self)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _checked=False, call=call: call())
            self.addAction(action)
        QShortcut(QKeySequence("Esc"), self, self.back)
        for number in range(1, 10):
            QShortcut(QKeySequence(f"Alt+{number}"), self, lambda number=number: self.open_numbered(number))

    def _build(self) -> None:
        holder = QWidget()
        holder.setProperty("role", "page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar())
        if self.session.test_data:
            column.addWidget(TestDataStrip())
        data = QWidget()
        self._place = QVBoxLayout(data)
        self._place.setContentsMargins(0, 0, 0, 0)
        self.states = FourStates(data)
        column.addWidget(self.states, 1)
        self.setCentralWidget(holder)

    def _bar(self) -> QFrame:
        bar, gap = _Bar(), look().gap
        bar.setProperty("role", "bar")
        grow(bar)
        column = QVBoxLayout(bar)
        column.setContentsMargins(gap(18), gap(7), gap(18), gap(7))
        row = Flow(gap=gap(12), align="centre")
        row.add(Text("OneStory", "brand", wrap=False))
        row.add(Text(self.tr("Another window, for reading"), wrap=False))
        self._why = Text()
        row.add(self._why)
        row.add(button(self.tr("Find in this record   Ctrl+F"), "search", lambda: find_in_record(self)))
        row.add(button(self.tr("Close   Ctrl+W"), "", self.close, self.tr("Close this window")))
        row.add(button(self.tr("Lock   Ctrl+L"), "", self._first.lock, self.tr("Lock and switch user")))
        column.addWidget(row)
        return bar

    # What views ask of a window

    def back(self) -> None:
        """One step back: details, overview."""
        if self.person is not None:
            self.person.back()

    def copy(self, text: str) -> None:
        """Onto the clipboard of the first window, which takes it back."""
        self._first.clipboard.copy(text)

    def show_screen(self, key: str) -> None:
        """Screens are for the first window."""

    def show_record(self, record: DisclosedRecord) -> None:
        """Nothing is opened from here."""

    def reopen(self) -> None:
        """As after a change."""
        self.read()
