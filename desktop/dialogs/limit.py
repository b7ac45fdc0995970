"""Keeps entries from the own view of a person, and of those who act for them, as the law allows, never from staff; and
shows them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QListWidget, QListWidgetItem, QRadioButton, QWidget

from consent.limits import Limit, limits
from consent.overrides import SHORTEST_REASON
from desktop.dialogs.form import Form, said_in
from desktop.dialogs.frame import Framed, picked
from desktop.models.tongue import ours
from desktop.theme.tokens import look
from desktop.widgets.date_field import DateField
from desktop.widgets.text import Text, button, notice
from fhir.entries import EntryId

SHORTEST = 8


def _tr(text: str) -> str:
    return QCoreApplication.translate("Limit", text)


def offered(roles: frozenset[str], wrote: str) -> tuple[Limit, ...]:
    """The limits that someone with these roles may set on what a health service or a council ("social-care") wrote."""
    return tuple(
        limit
        for limit in limits().limits.values()
        if roles & (limit.social_care if wrote == "social-care" else limit.health)
    )


class LimitDialog(Framed):
    """Asks which limit, on which of these entries, why, and by which day it is looked at again.

    `entries` are ids and what they are called; of one alone nothing is asked.
    """

    def __init__(
        self,
        called: str,
        kinds: Sequence[Limit],
        entries: Sequence[tuple[EntryId, str]],
        today: date,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(_tr("OneStory: a lawful limit"), parent)
        self.setModal(True)
        gap, column = look().gap, self.body
        self._entries = list(entries)
        self._list: QListWidget | None = None
        column.addWidget(Text(_tr("Keep this from the person’s own view?"), "title"))
        column.addWidget(Text(called, "lead"))
        if len(entries) == 1:
            column.addWidget(Text(entries[0][1], "strong"))
        else:
            self._choose_entries()
        column.addWidget(Text(_tr("Under which rule"), "strong"))
        self._kinds = QButtonGroup(self)
        for kind in kinds:
            name, told = ours(kind.name), ours(kind.words)
            choice = QRadioButton(name)
            choice.setProperty("key", kind.key)
            choice.setAccessibleName(f"{name}: {told}")
            self._kinds.addButton(choice)
            column.addWidget(choice)
            words = Text(f"{told}. {kind.source}.", "secondary")
            words.setContentsMargins(gap(32), 0, 0, gap(2))
            column.addWidget(words)
        label = Text(_tr("Why it may not be shown to them"), "strong")
        self.reason = QLineEdit()
        self.reason.setAccessibleName(label.text())
        self.reason.setMaxLength(500)
        self.reason.textChanged.connect(lambda _text: self._check())
        label.setBuddy(self.reason)
        column.addWidget(label)
        column.addWidget(self.reason)
        label = Text(_tr("Look at it again on"), "strong")
        self.review = DateField(label.text(), today + timedelta(days=182), today + timedelta(days=1))
        self.review.changed.connect(self._check)
        label.setBuddy(self.review)
        column.addWidget(label)
        column.addWidget(self.review)
        column.addWidget(
            notice(
                _tr(
                    "Staff go on seeing it. After that day it still binds, and stands on the privacy desk as overdue"
                    " until someone lifts it or sets it anew."
                )
            )
        )
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        self.done_button = button(_tr("Keep it from them"), "primary", self.accept)
        self.done_button.setDefault(True)
        self.buttons.addWidget(self.done_button)
        self._kinds.buttons()[0].setChecked(True)
        self._check()
        (self._list or self.reason).setFocus()
        self.fit(look().px(680))

    @property
    def kind(self) -> str:
        """The key of the limit chosen."""
        return picked(self._kinds)

    @property
    def until(self) -> date | None:
        """The day on which it is looked at again."""
        return self.review.day

    @property
    def chosen(self) -> tuple[EntryId, ...]:
        """The entries meant."""
        if self._list is None:
            return tuple(id for id, _words in self._entries)
        items = (self._list.item(row) for row in range(self._list.count()))
        ticked = (row for row, item in enumerate(items) if item.checkState() is Qt.CheckState.Checked)
        return tuple(self._entries[row][0] for row in ticked)

    def _choose_entries(self) -> None:
        name = _tr("Tick what is meant")
        self.body.addWidget(Text(name, "strong"))
        self.words = QLineEdit()
        self.words.setPlaceholderText(_tr("Filter by words"))
        self.words.setAccessibleName(_tr("Show only entries with these words"))
        self.words.textChanged.connect(self._narrow)
        self.body.addWidget(self.words)
        made = QListWidget()
        made.setAccessibleName(name)
        made.setMinimumHeight(look().px(200))
        made.setWordWrap(True)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for _id, words in self._entries:
            item = QListWidgetItem(words)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            made.addItem(item)
        if made.count():
            made.setCurrentRow(0)
        made.itemChanged.connect(lambda _item: self._check())
        self.body.addWidget(made)
        self._list = made

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        assert self._list is not None
        for row, (_id, told) in enumerate(self._entries):
            self._list.item(row).setHidden(not all(word in told.casefold() for word in words))

    def _check(self) -> None:
        enough = len(self.reason.text().strip()) >= SHORTEST and bool(self.chosen)
        self.done_button.setEnabled(enough and self.review.day is not None)


class LiftLimitDialog(Form):
    """Asks why what was kept from the person is to be shown to them again. `words` are those of the limit."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: a lawful limit"), _tr("Show this to the person again?"), words, parent)
        self.why = QLineEdit()
        self.why.setMaxLength(500)
        fault = _tr("Say in a few words why it is over.")
        self.ask(_tr("Why it is over"), self.why, said_in(self.why, fault, SHORTEST_REASON))
        self.finish(
            _tr("Lift the limit"),
            _tr(
                "The person sees it at once, and so do those who act for them as far as their rights go. They are not"
                " told that it was kept from them, or why. Kept with your name for staff, and not taken back."
            ),
        )
        self.why.setFocus()
        self.fit(look().px(620))
