"""Finding a person beside what the privacy office does about them: a search field and who was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.models.people import PeopleModel
from desktop.reports import PersonRow
from desktop.theme.tokens import look
from desktop.widgets.states import FourStates
from desktop.widgets.table import RecordTable

Said = Callable[[str], None]


class Asked(Protocol):
    """What this needs of a session: work for the workspace, done as a job."""

    def ask(self, work: Callable[[Any], Any], done: Callable[[Any], None], failed: Said) -> object: ...


class PeoplePane(QWidget):
    """People by minimum demographics; `chosen` gives whoever was picked. `name` is what the search is for."""

    chosen = Signal(object)

    def __init__(self, desk: Asked, name: str) -> None:
        super().__init__()
        self._desk = desk
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, look().gap(8), 0)
        self.query = QLineEdit()
        self.query.setPlaceholderText(self.tr("Find a person"))
        self.query.setAccessibleName(name)
        self.query.setClearButtonEnabled(True)
        column.addWidget(self.query)
        self.people = PeopleModel(self)
        self.found = RecordTable(self.people, (0, 120, 0, 0), self.tr("People found"), place="people-pane")
        for extra in (2, 3):
            self.found.setColumnHidden(extra, True)
        self.found.opened.connect(self._choose)
        self.states = FourStates(self.found)
        column.addWidget(self.states, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(80)
        self._timer.timeout.connect(self._find)
        self.query.textChanged.connect(lambda _text: self._timer.start())
        self.query.returnPressed.connect(self._first)

    def start(self) -> None:
        """Show everyone, and put the cursor in the search field."""
        self._find()
        self.query.setFocus()

    def clear(self) -> None:
        """Forget everyone."""
        self.query.clear()
        self._timer.stop()
        self.people.clear()

    def _find(self) -> None:
        query = self.query.text()
        if not self.people.rowCount():
            self.states.show_loading(self.tr("Looking…"))
        self._desk.ask(lambda workspace: workspace.people(query), self._have, self.states.show_error)

    def _have(self, rows: list[PersonRow]) -> None:
        self.people.show(rows)
        if rows:
            self.states.show_data()
        else:
            self.states.show_empty(self.tr("Nobody found"), self.tr("Try fewer letters, or the NHS number."))

    def _first(self) -> None:
        """Enter in the search field goes to the list, and takes whoever is alone in it."""
        if self.people.rowCount():
            self.found.selectRow(0)
            self.found.setFocus()
        if self.people.rowCount() == 1:
            self._choose(self.people.index(0, 0))

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self.people.person(index))
