"""*Who has looked*: every look at the record, newest first; refused and emergency ones marked; a receipt to keep."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models.looks import PERIODS, Look, Period, found
from desktop.models.voice import Voice
from desktop.models.words import calendar_day
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow, grow, scrolling
from desktop.widgets.text import Text, button, notice, rule, tag

MOST = 200
"""So many looks are listed; the search narrows them."""


class LookedPage(QWidget):
    """The page."""

    def __init__(self, desk: Desk, voice: Voice) -> None:
        super().__init__()
        self._desk, self._voice = desk, voice
        self._looks: list[Look] | None = None
        self._only = ""
        self._period: Period = "all"
        gap = look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        around = QHBoxLayout(inside)
        around.setContentsMargins(gap(20), gap(14), gap(20), gap(20))
        card = QFrame()
        card.setProperty("role", "card")
        card.setMaximumWidth(look().px(1040))
        around.addWidget(card, 1, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(card)
        column.setContentsMargins(gap(20), gap(16), gap(20), gap(18))
        column.setSpacing(gap(10))
        outer.addWidget(scrolling(inside))
        column.addWidget(Text(voice.say("looked.title"), "title"))
        column.addWidget(Text(voice.say("looked.lead"), "lead"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(voice.say("looked.search"))
        self.search.setAccessibleName(voice.say("looked.search"))
        self.search.setMaximumWidth(look().px(560))
        self.search.textChanged.connect(self.write)
        column.addWidget(self.search)
        flow = Flow(gap(6))
        periods = QButtonGroup(self)
        for key in PERIODS:
            made = button(voice.say(f"looked.{key}"), "choice", partial(self.show_period, key))
            made.setCheckable(True)
            made.setChecked(key == self._period)
            periods.addButton(made)
            flow.add(made)
        for only in ("refused", "emergency"):
            made = button(voice.say(f"looked.{only}"), "choice")
            made.setCheckable(True)
            made.setProperty("tone", "off" if only == "refused" else "ask")
            made.toggled.connect(partial(self._toggle, only))
            flow.add(made)
        column.addWidget(flow)
        self._count = Text("", "secondary")
        column.addWidget(self._count)
        self._list = QVBoxLayout()
        column.addLayout(self._list)
        self._said = Text("")
        column.addWidget(self._said)
        self.receipt = button(voice.say("looked.receipt"), "", self._receipt)
        column.addWidget(Text(voice.say("looked.receipt-words"), "secondary"))
        place = Flow(gap(8))
        place.add(self.receipt)
        column.addWidget(place)
        grow(card)

    def start(self) -> None:
        """Ask for the list."""
        self._count.setText(self._voice.say("loading"))
        self._desk.looks(self._come, self._cannot)

    def show_period(self, period: Period) -> None:
        """Only the looks of a period."""
        self._period = period
        self.write()

    def _toggle(self, only: str, on: bool) -> None:
        self._only = only if on else ("" if self._only == only else self._only)
        self.write()

    def _come(self, looks: list[Look]) -> None:
        self._looks = looks
        self.write()

    def _cannot(self, words: str) -> None:
        self._looks = None
        self._count.setText("")
        self._empty()
        self._list.addWidget(notice(f"{self._voice.say('looked.not-here')}\n{words}"))
        self.receipt.setEnabled(False)

    def _empty(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()

    def write(self) -> None:
        """List what matches."""
        if self._looks is None:
            return
        self._empty()
        today = self._desk.now().date()
        shown = found(self._looks, today=today, period=self._period, words=self.search.text(), only=self._only)
        voice = self._voice
        self._count.setText(voice.number("looked.count", len(shown)) if shown else voice.say("looked.nobody"))
        for one in shown[:MOST]:
            self._list.addWidget(rule())
            self._list.addWidget(self._row(one))

    def _row(self, one: Look) -> QWidget:
        voice = self._voice
        made = QFrame()
        gap = look().gap
        row = QHBoxLayout(made)
        row.setContentsMargins(gap(6), gap(6), gap(6), gap(6))
        row.setSpacing(gap(12))
        words = QVBoxLayout()
        words.setSpacing(gap(2))
        row.addLayout(words, 1)
        who = voice.say("looked.line", worker=one.worker, organisation=one.organisation or one.name)
        words.addWidget(Text(f"{one.name}  ·  {who}" if one.name else who, "strong"))
        if one.refused:
            what = voice.say("looked.tried")
        elif one.kind == "read":
            what = voice.number("looked.what", one.items, why=one.why or "care")
        else:
            what = voice.say(f"looked.acts.{one.kind}")
        words.addWidget(Text(what, "secondary"))
        if one.reason:
            words.addWidget(Text(f"“{one.reason}”", "secondary"))
        for flag, tone in (("refused", "danger"), ("emergency", "warning")):
            if getattr(one, flag):
                row.addWidget(tag(voice.say(f"looked.{flag}"), tone))
        time = one.time.astimezone()
        row.addWidget(Text(f"{calendar_day(time.date())}, {time:%H:%M}", "secondary", wrap=False))
        grow(made)
        return made

    def _receipt(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(self, self._voice.say("looked.receipt"), "receipt.json", "*.json")
        if name:
            self.keep_receipt(Path(name))

    def keep_receipt(self, file: Path) -> None:
        """Write the receipt."""
        self._desk.receipt(
            file,
            lambda: self._said.setText(self._voice.say("looked.receipt-done")),
            lambda words: self._said.setText(self._voice.say("wrong", words=words)),
        )

    def clear(self) -> None:
        """Forget everything."""
        self._looks = None
        self._empty()
        self.search.clear()
