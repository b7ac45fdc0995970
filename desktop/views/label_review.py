"""Review of labels, for the custodian's office: a person, their entries, what each is labelled as and why.

A label is changed with a reason and taken back the same way. The widget reaches the vault only by what it is given
(`desktop.views.people_pane.Asked`), so that it stands by itself or on a desk with other reviews.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from consent.categories import categories
from desktop.dialogs.label_change import LabelDialog
from desktop.label_review import LabelRow
from desktop.models.labels import ANY, DECIDED, SENSITIVE, LabelModel
from desktop.models.tongue import ours
from desktop.models.words import plural
from desktop.reports import PersonRow
from desktop.theme.tokens import look
from desktop.views.people_pane import Asked, PeoplePane
from desktop.views.plugs import Screen
from desktop.widgets.panes import panes
from desktop.widgets.states import FourStates
from desktop.widgets.table import RecordTable
from desktop.widgets.text import Text, button


class LabelReviewView(Screen):
    """People on the left, the labels of one of them on the right. `show_dialog` puts a dialog over the window."""

    def __init__(self, desk: Asked, show_dialog: Callable[[QDialog], None]) -> None:
        super().__init__()
        self._desk, self._show_dialog = desk, show_dialog
        self._person: PersonRow | None = None
        self.setProperty("role", "page")
        gap = look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(gap(24), gap(20), gap(24), gap(20))
        outer.setSpacing(gap(10))
        outer.addWidget(Text(self.tr("Review labels"), "title"))
        outer.addWidget(
            Text(
                self.tr(
                    "Labels say what a fact is about, and decide who may see it."
                    " Looking here is logged; the person can see that you did."
                ),
                "secondary",
            )
        )
        self.pane = PeoplePane(desk, self.tr("Find a person whose labels to review"))
        self.pane.chosen.connect(self._choose)
        self.query, self.people, self.found = self.pane.query, self.pane.people, self.pane.found
        beside = {self.pane: 400, self._entries_pane(): 1000}
        outer.addWidget(panes(Qt.Orientation.Horizontal, "people-labels", beside), 1)

    def start(self) -> None:
        """Show everyone, and put the cursor in the search field."""
        self.clear()
        self.states.show_empty(self.tr("Choose a person"), self.tr("Their entries and labels stand here."))
        self.pane.start()

    def clear(self) -> None:
        """Forget everything."""
        self._person = None
        self.pane.clear()
        self.words.clear()
        self.model.clear()
        self.count.setText("")
        self._selected()

    # -- what stands where

    def _entries_pane(self) -> QWidget:
        gap = look().gap
        pane = QWidget()
        column = QVBoxLayout(pane)
        column.setContentsMargins(gap(8), 0, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(gap(8))
        self.words = QLineEdit()
        self.words.setPlaceholderText(self.tr("Filter by words"))
        self.words.setAccessibleName(self.tr("Show only entries with these words"))
        self.words.setClearButtonEnabled(True)
        self.only = QComboBox()
        self.only.setAccessibleName(self.tr("Show only entries labelled so"))
        self.only.addItem(self.tr("All labels"), ANY)
        self.only.addItem(self.tr("Anything but general"), SENSITIVE)
        self.only.addItem(self.tr("Decided on purpose"), DECIDED)
        for key, category in categories().items():
            self.only.addItem(ours(category.name), key)
        row.addWidget(self.words, 2)
        row.addWidget(self.only, 1)
        column.addLayout(row)
        self.count = Text("", "secondary")
        column.addWidget(self.count)
        self.model = LabelModel(self)
        self.table = RecordTable(self.model, (0, 190, 0), self.tr("Entries and their labels"), place="labels")
        self.table.opened.connect(lambda _index: self.change())
        selection = self.table.selectionModel()
        selection.selectionChanged.connect(lambda *_: self._selected())
        self.states = FourStates(self.table)
        column.addWidget(self.states, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(gap(8))
        self.change_button = button(
            self.tr("Change labels…   Enter"), "primary", self.change, self.tr("Change the labels of the chosen entry")
        )
        self.undo_button = button(
            self.tr("Take decision back…   Del"), "", self.take_back, self.tr("Take back the decision about this entry")
        )
        buttons.addWidget(self.change_button)
        buttons.addWidget(self.undo_button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        QShortcut(
            QKeySequence(Qt.Key.Key_Delete), self.table, self.take_back, context=Qt.ShortcutContext.WidgetShortcut
        )
        self.words.textChanged.connect(lambda _text: self._narrow())
        self.only.currentIndexChanged.connect(lambda _index: self._narrow())
        return pane

    # -- showing

    def _choose(self, person: PersonRow) -> None:
        self._person = person
        self._load()

    def _load(self) -> None:
        person = self._person
        if person is None:
            return
        self.states.show_loading(self.tr("Reading labels…"))
        self._desk.ask(
            lambda workspace: workspace.label_reasons(person.person_id),
            lambda rows: self._have_labels(person, rows),
            self.states.show_error,
        )

    def _have_labels(self, person: PersonRow, rows: list[LabelRow]) -> None:
        if self._person is not person:
            return
        self.model.show(rows)
        self._narrow()
        if self.model.rowCount():
            self.table.selectRow(0)
            self.table.setFocus()

    def _narrow(self) -> None:
        if self._person is None:
            return
        self.model.narrow(self.words.text(), self.only.currentData())
        shown, total = self.model.rowCount(), self.model.total
        told = (
            plural(total, "entry", "entries") if shown == total else self.tr("{n} of {all}").format(n=shown, all=total)
        )
        self.count.setText(f"{self._person.name} · {told}")
        if shown:
            self.states.show_data()
        elif total:
            self.states.show_empty(self.tr("Nothing matches"), self.tr("Take the filter away to see all entries."))
        else:
            self.states.show_empty(self.tr("No entries"), self.tr("Your keys open no entry of this person."))
        self._selected()

    def _row(self) -> LabelRow | None:
        chosen = self.table.selectionModel().selectedRows()
        return self.model.entry(chosen[0]) if chosen else None

    def _selected(self) -> None:
        row = self._row() if self._person is not None else None
        self.change_button.setEnabled(row is not None)
        self.undo_button.setEnabled(row is not None and row.decided is not None)

    # -- deciding

    def change(self) -> None:
        """Ask what the chosen entry is about."""
        row = self._row()
        if row is None:
            return
        dialog = LabelDialog(row, self.window())
        dialog.accepted.connect(lambda: self._decide(row, dialog.chosen, dialog.reason.text()))
        self._show_dialog(dialog)

    def take_back(self) -> None:
        """Ask whether the decision about the chosen entry is to be taken back."""
        row = self._row()
        if row is None or row.decided is None:
            return
        dialog = LabelDialog(row, self.window(), withdraw=True)
        dialog.accepted.connect(lambda: self._decide(row, None, dialog.reason.text()))
        self._show_dialog(dialog)

    def _decide(self, row: LabelRow, chosen: tuple[str, ...] | None, reason: str) -> None:
        def work(workspace: Any) -> None:
            if chosen is None:
                workspace.withdraw_correction(row.person, row.entry_id, reason)
            else:
                workspace.correct_label(row.person, row.entry_id, chosen, reason)

        self.states.show_loading(self.tr("Sealing anew…"))
        self._desk.ask(work, lambda _none: self._load(), self.states.show_error)
