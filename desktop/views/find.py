"""Find a person: search as you type over the least that tells people apart. No sources, no match evidence."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.jobs import Job
from desktop.models.people import PeopleModel
from desktop.models.words import plural
from desktop.reports import PersonRow
from desktop.session import Session
from desktop.theme.tokens import look
from desktop.widgets.states import FourStates
from desktop.widgets.table import RecordTable
from desktop.widgets.text import Text, button

_MOST = 200


class Find(QWidget):
    """The list of people. `chosen` carries a PersonRow."""

    chosen = Signal(object)
    wants_import = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._search: Job | None = None
        self.setProperty("role", "page")
        gap = look().gap
        outer = QHBoxLayout(self)
        outer.setContentsMargins(gap(24), gap(20), gap(24), gap(20))
        outer.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(gap(10))
        outer.addLayout(column, 12)
        outer.addStretch(1)
        head = QHBoxLayout()
        head.addWidget(Text(self.tr("Find a person"), "title"), 1)
        head.addWidget(button(self.tr("Import files…   Ctrl+I"), "", self.wants_import.emit, self.tr("Import files")))
        column.addLayout(head)
        self.query = QLineEdit()
        self.query.setProperty("role", "large")
        self.query.setPlaceholderText(self.tr("Name, NHS number or date of birth"))
        self.query.setAccessibleName(self.tr("Find a person by name, NHS number or date of birth"))
        self.query.setClearButtonEnabled(True)
        self.query.installEventFilter(self)
        self.query.returnPressed.connect(self._open_first)
        column.addWidget(self.query)
        self.count = Text("", "secondary")
        column.addWidget(self.count)
        self.model = PeopleModel(self)
        self.table = RecordTable(self.model, (0, 140, 210, 280), self.tr("People found"))
        self.table.opened.connect(self._open)
        card = QFrame()
        card.setProperty("role", "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(gap(10), gap(6), gap(10), gap(10))
        inside.addWidget(self.table)
        self.states = FourStates(card)
        column.addWidget(self.states, 1)
        column.addWidget(
            Text(
                self.tr("Arrow keys move, Enter opens. You will be asked why before anything else is shown."),
                "secondary",
            )
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(80)
        self._timer.timeout.connect(self._ask)
        self.query.textChanged.connect(lambda _text: self._timer.start())

    def start(self) -> None:
        """Show the newest people and put the cursor in the search field."""
        self.query.clear()
        self._timer.stop()
        self._ask()
        self.query.setFocus()

    def clear(self) -> None:
        """Forget everyone."""
        self._timer.stop()
        self.query.clear()
        self._timer.stop()
        self.model.clear()
        self.count.setText("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is self.query and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step and self.model.rowCount():
                row = max(0, min(self.table.currentIndex().row() + step, self.model.rowCount() - 1))
                self.table.selectRow(row)
                return True
        return super().eventFilter(watched, event)

    def _ask(self) -> None:
        if self._session.user is None:
            return
        if self._search is not None:
            self._search.forget()
        if not self.model.rowCount():
            self.states.show_loading(self.tr("Looking…"))
        self._search = self._session.people(self.query.text().strip(), self._found, self.states.show_error)

    def _found(self, rows: list[PersonRow]) -> None:
        self.model.show(rows)
        asked = self.query.text().strip()
        if rows:
            self.states.show_data()
            if asked:
                self.table.selectRow(0)
            more = self.tr("; type more to narrow it down") if len(rows) >= _MOST else ""
            self.count.setText(plural(len(rows), "person", "people") + more)
        elif asked:
            self.count.setText("")
            self.states.show_empty(
                self.tr("Nobody here matches"),
                self.tr(
                    "Try fewer letters, or the date of birth. Someone not found here may still have records elsewhere."
                ),
            )
        else:
            self.count.setText("")
            self.states.show_empty(
                self.tr("Nobody is here yet"),
                self.tr("Drop files or folders on this window, or import them with Ctrl+I."),
            )

    def _open_first(self) -> None:
        row = self.table.currentIndex() if self.table.currentIndex().isValid() else self.model.index(0, 0)
        if row.isValid():
            self._open(row)

    def _open(self, index: QModelIndex) -> None:
        self.chosen.emit(self.model.person(index))
