"""Two small dialogs of the person's choices: hide one single thing, and name a worker or organisation."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QListWidget, QListWidgetItem, QWidget

from consent.disclosure import DisclosedEntry
from consent.plain_choices import EVERYONE, Who
from consent.workers import groups
from desktop.dialogs.frame import Framed
from desktop.models.voice import Voice
from desktop.theme.tokens import look
from desktop.widgets.easy_lines import said
from desktop.widgets.text import Text, button

_MOST = 400


class SingleThing(Framed):
    """Pick one thing and from whom to hide it."""

    hidden = Signal(object, str, str)
    """Of a `Who`, "Type/id" and the thing's title."""

    def __init__(self, things: Sequence[DisclosedEntry], voice: Voice, parent: QWidget) -> None:
        super().__init__(voice.say("single.title"), parent)
        self.setProperty("role", "mine")
        self.setProperty("easy", "true" if voice.easy else "false")
        self._things, self._voice = things, voice
        self.body.addWidget(Text(voice.say("single.title"), "title"))
        self.body.addWidget(said(voice, "single.lead"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(voice.say("single.find"))
        self.search.setAccessibleName(voice.say("single.find"))
        self.search.textChanged.connect(self._list)
        self.body.addWidget(self.search)
        self.list = QListWidget()
        self.list.setAccessibleName(voice.say("single.title"))
        self.list.setMinimumHeight(look().px(260))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(lambda _row: self._enable())
        self.body.addWidget(self.list)
        self.body.addWidget(Text(voice.say("single.from"), "caption"))
        self.who = QComboBox()
        self.who.setAccessibleName(voice.say("single.from"))
        self.who.addItem(voice.say("single.everyone"), EVERYONE)
        for group in groups():
            for role in group.roles:
                self.who.addItem(voice.worker(Who("role", role)), Who("role", role))
        self.body.addWidget(self.who)
        self.hide_it = button(voice.say("single.hide"), "primary", self._hide)
        self.buttons.addWidget(button(voice.say("single.cancel"), "", self.reject))
        self.buttons.addWidget(self.hide_it)
        self._list()
        self.fit(look().px(680))

    def _list(self) -> None:
        self.list.clear()
        wanted = self.search.text().casefold().split()
        for item in self._things:
            entry = item.entry
            line = "  ·  ".join(part for part in (entry.title, entry.when.text, entry.source.name) if part)
            if all(word in line.casefold() for word in wanted):
                row = QListWidgetItem(line)
                row.setData(Qt.ItemDataRole.UserRole, (entry.resource, entry.title))
                self.list.addItem(row)
            if self.list.count() >= _MOST:
                break
        self._enable()

    def _enable(self) -> None:
        self.hide_it.setEnabled(self.list.currentItem() is not None)

    def _hide(self) -> None:
        resource, title = self.list.currentItem().data(Qt.ItemDataRole.UserRole)
        kind, value = self.who.currentData()
        self.hidden.emit(Who(kind, value), resource, title)
        self.accept()


class ByName(Framed):
    """Pick a worker or organisation of this vault, or write a name."""

    named = Signal(object)

    def __init__(self, known: Sequence[Who], voice: Voice, parent: QWidget) -> None:
        super().__init__(voice.say("name.title"), parent)
        self.setProperty("role", "mine")
        self.setProperty("easy", "true" if voice.easy else "false")
        self.body.addWidget(Text(voice.say("name.title"), "title"))
        self.body.addWidget(said(voice, "name.lead"))
        self.name = QComboBox()
        self.name.setEditable(True)
        line = QLineEdit()
        self.name.setLineEdit(line)
        for field in (self.name, line):
            field.setAccessibleName(voice.say("name.field"))
        for who in known:
            self.name.addItem(who.value, who)
        self.name.setCurrentIndex(-1)
        self.name.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.body.addWidget(self.name)
        self.kind = QComboBox()
        self.kind.setAccessibleName(voice.say("name.person"))
        self.kind.addItem(voice.say("name.person"), "user")
        self.kind.addItem(voice.say("name.organisation"), "organisation")
        self.name.currentIndexChanged.connect(self._picked)
        self.body.addWidget(self.kind)
        self.buttons.addWidget(button(voice.say("single.cancel"), "", self.reject))
        self.buttons.addWidget(button(voice.say("name.add"), "primary", self._add))
        self.fit(look().px(480))

    def _picked(self, row: int) -> None:
        data = self.name.itemData(row) if row >= 0 else None
        if data:
            self.kind.setCurrentIndex(0 if data[0] == "user" else 1)

    def _add(self) -> None:
        name = " ".join(self.name.currentText().split())
        if name:
            self.named.emit(Who("organisation" if self.kind.currentIndex() else "user", name))
            self.accept()
