"""Find a person: lately opened and caseload first, then search as you type over the least that tells people apart.

No sources, no match evidence. Who was opened lately is the signed-in user's own note, kept in the vault.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.dialogs.reason import SHORT_RELATIONSHIP
from desktop.jobs import Job
from desktop.lately import CASELOAD
from desktop.models.people import PeopleModel
from desktop.models.words import day, plural
from desktop.reports import LatelyRow, PersonRow
from desktop.session import Session
from desktop.theme.tokens import look
from desktop.widgets.states import FourStates
from desktop.widgets.table import RecordTable
from desktop.widgets.text import Text, button
from fhir.entries import PersonId

_MOST = 200


class Find(QWidget):
    """The list of people. `chosen` carries a PersonRow."""

    chosen = Signal(object)
    wants_import = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._search: Job | None = None
        self._enter_waits = False
        self._lately: list[LatelyRow] = []
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
        self.query.setPlaceholderText(self.tr("Name, NHS number, date of birth or local number"))
        self.query.setAccessibleName(self.tr("Find a person by name, NHS number, date of birth or local number"))
        self.query.setClearButtonEnabled(True)
        self.query.installEventFilter(self)
        self.query.returnPressed.connect(self._open_first)
        column.addWidget(self.query)
        line = QHBoxLayout()
        line.setSpacing(gap(8))
        self._lists = QButtonGroup(self)
        for words, key, name in (
            (self.tr("Lately"), "lately", self.tr("People I opened lately")),
            (self.tr("My caseload"), "caseload", self.tr("People on my caseload, as I said")),
            (self.tr("Everyone"), "all", self.tr("Everyone in this copy")),
        ):
            choice = button(words, "segment", self._show_list, name)
            choice.setCheckable(True)
            choice.setProperty("list", key)
            self._lists.addButton(choice)
            line.addWidget(choice)
        self.count = Text("", "secondary")
        line.addWidget(self.count, 1)
        column.addLayout(line)
        self.model = PeopleModel(self)
        self.table = RecordTable(self.model, (0, 140, 210, 280), self.tr("People found"), place="people")
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
                self.tr("Arrow keys move, Enter opens. You are asked why before more is shown; Enter again answers."),
                "secondary",
            )
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(80)
        self._timer.timeout.connect(self._ask)
        self.query.textChanged.connect(self._typed)

    def start(self) -> None:
        """Show whom the user opened lately, or everyone, and put the cursor in the search field."""
        self.query.clear()
        self._forget_search()
        self._lately = []
        if self._session.user is not None:
            self.states.show_loading(self.tr("Looking…"))
            self._session.lately(self._have_lately, self.states.show_error)
        self.query.setFocus()

    @property
    def pending(self) -> bool:
        """Whether the list still answers what was typed before."""
        return self._timer.isActive() or self._search is not None

    def relationship(self, person: PersonId) -> str:
        """How the user said to know someone when they opened them last; empty where they did not."""
        return next((row.relationship for row in self._lately if row.person.person_id == person), "")

    def _have_lately(self, rows: list[LatelyRow]) -> None:
        self._lately = rows
        wanted = "lately" if rows else "all"
        for choice in self._lists.buttons():
            key = choice.property("list")
            choice.setChecked(key == wanted)
            choice.setVisible(bool(rows))
        if not self.query.text().strip():
            self._show_list()

    def _show_list(self) -> None:
        """Show the chosen list; typing goes on over everyone."""
        chosen = self._lists.checkedButton()
        key = chosen.property("list") if chosen is not None else "all"
        self.query.blockSignals(True)
        self.query.clear()
        self.query.blockSignals(False)
        self._timer.stop()
        if key == "all":
            self._ask()
            return
        self._forget_search()
        rows = [row for row in self._lately if key == "lately" or row.relationship in CASELOAD]
        notes = {row.person.person_id: self._note(row) for row in rows}
        self.model.show([row.person for row in rows], notes)
        self.count.setText(plural(len(rows), "person", "people"))
        if rows:
            self.states.show_data()
            self.table.selectRow(0)
        else:
            self.states.show_empty(
                self.tr("Nobody is on your caseload here"),
                self.tr("Say so when you open someone, and they are listed here from then on."),
            )

    def _note(self, row: LatelyRow) -> str:
        when = self.tr("opened {when}").format(when=day(row.when, time=True))
        known = SHORT_RELATIONSHIP.get(row.relationship, "")
        return f"{when}, {known}" if row.relationship in CASELOAD else when

    def clear(self) -> None:
        """Forget everyone."""
        self.query.clear()
        self._forget_search()
        self._lately = []
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
        self._timer.stop()
        if self._search is not None:
            self._search.forget()
        if not self.model.rowCount():
            self.states.show_loading(self.tr("Looking…"))
        self._search = self._session.people(self.query.text().strip(), self._found, self._failed)

    def _forget_search(self) -> None:
        self._timer.stop()
        if self._search is not None:
            self._search.forget()
        self._search, self._enter_waits = None, False

    def _failed(self, sentence: str) -> None:
        self._search, self._enter_waits = None, False
        self.states.show_error(sentence)

    def _found(self, rows: list[PersonRow]) -> None:
        enter_waits = self._enter_waits
        self._search, self._enter_waits = None, False
        notes = {row.person.person_id: self._note(row) for row in self._lately}
        self.model.show(rows, notes)
        asked = self.query.text().strip()
        if asked:
            for choice in self._lists.buttons():
                if choice.property("list") == "all":
                    choice.setChecked(True)
        if rows:
            self.states.show_data()
            if asked:
                self.table.selectRow(0)
            more = self.tr("; type more to narrow it down") if len(rows) >= _MOST else ""
            self.count.setText(plural(len(rows), "person", "people") + more)
            if enter_waits and len(rows) == 1:
                self._open(self.model.index(0, 0))
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

    def _typed(self) -> None:
        self._enter_waits = False
        self._timer.start()

    def _open_first(self) -> None:
        """Enter: whom the list marks, or the first. Before the answer to what was typed, the only one found, if so."""
        if self.pending:
            self._ask()
            self._enter_waits = True
            return
        row = self.table.currentIndex() if self.table.currentIndex().isValid() else self.model.index(0, 0)
        if row.isValid():
            self._open(row)

    def _open(self, index: QModelIndex) -> None:
        self.chosen.emit(self.model.person(index))
