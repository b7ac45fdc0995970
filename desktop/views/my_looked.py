"""*Who has looked*: every look at the record, newest first or by person, organisation and kind of information; refused
and emergency ones marked; *I did not expect this*; a receipt to keep. Whoever acts for the person reads their own
looks, and that these are all they read."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.place import ask_place
from desktop.models.looks import ORDERS, PERIODS, Look, Only, Order, Period, found, grouped
from desktop.models.voice import Voice
from desktop.models.words import calendar_day
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.views.my_unexpected import AskForm
from desktop.widgets.easy_lines import said
from desktop.widgets.focus import going_on, keeping_focus
from desktop.widgets.layouts import Flow, grow, scrolling
from desktop.widgets.text import Text, button, notice, rule, tag

MOST = 200
"""So many looks are listed, and so many more each time that is asked for."""
BEGUN = "a report"
"""The kind of draft that holds a report that was begun: the look's place in the log, and the words."""


class LookedPage(QWidget):
    """The page."""

    def __init__(self, desk: Desk, voice: Voice) -> None:
        super().__init__()
        self._desk, self._voice = desk, voice
        self._looks: list[Look] | None = None
        self._only: Only = ""
        self._period: Period = "all"
        self._order: Order = "newest"
        self._most = MOST
        self._asking: tuple[int, str] | None = None
        self._form: AskForm | None = None
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
        column.addWidget(said(voice, "looked.lead", "lead"))
        if desk.acts:
            column.addWidget(said(voice, "looked.mine-others"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(voice.say("looked.search"))
        self.search.setAccessibleName(voice.say("looked.search"))
        self.search.setMaximumWidth(look().px(560))
        self.search.textChanged.connect(self.write)
        if not desk.acts:  # all of them are their own
            column.addWidget(self.search)
        flow = Flow(gap(6))
        self._periods = QButtonGroup(self)
        for key in PERIODS:
            made = self._choice(f"looked.{key}", partial(self.show_period, key))
            made.setChecked(key == self._period)
            self._periods.addButton(made)
            flow.add(made)
        self._flags: dict[Only, QPushButton] = {}
        tones: dict[Only, str] = {"refused": "off", "emergency": "ask", "asked": ""}
        for only, tone in tones.items():
            if desk.acts and only != "refused":
                continue
            made = self._choice(f"looked.{only}")
            made.setProperty("tone", tone)
            made.toggled.connect(partial(self._toggle, only))
            self._flags[only] = made
            flow.add(made)
        column.addWidget(flow)
        orders = Flow(gap(6))
        self._orders = QButtonGroup(self)
        for order in ORDERS:
            if desk.acts and order in ("person", "organisation"):
                continue
            made = self._choice(f"looked.by-{order}", partial(self.show_order, order))
            made.setChecked(order == self._order)
            self._orders.addButton(made)
            orders.add(made)
        column.addWidget(orders)
        self._count = Text("", "secondary")
        column.addWidget(self._count)
        self._list = QVBoxLayout()
        column.addLayout(self._list)
        self._said = Text("")
        column.addWidget(self._said)
        self.receipt = button(voice.say("looked.receipt"), "", self._receipt)
        if not desk.acts:
            column.addWidget(said(voice, "looked.receipt-words", "secondary"))
            place = Flow(gap(8))
            place.add(self.receipt)
            column.addWidget(place)
        grow(card)

    def _choice(self, key: str, pressed: partial[None] | None = None) -> QPushButton:
        made = button(self._voice.say(key), "choice", pressed)
        made.setCheckable(True)
        return made

    def start(self) -> None:
        """Ask for the list."""
        self._count.setText(self._voice.say("loading"))
        self._desk.looks(self._come, self._cannot)

    def show_period(self, period: Period) -> None:
        """Only the looks of a period."""
        self._period = period
        self.write()

    def show_order(self, order: Order) -> None:
        """By time, or under what looks have in common."""
        self._order = order
        self.write()

    def _toggle(self, only: Only, on: bool) -> None:
        if on:
            for other, made in self._flags.items():
                made.setChecked(other == only)
        self._only = only if on else ("" if self._only == only else self._only)
        self.write()

    def _come(self, looks: list[Look]) -> None:
        self._looks = looks
        for only, made in self._flags.items():
            count = len(found(looks, today=self._desk.now().date(), only=only))
            made.setText(
                f"{self._voice.say(f'looked.{only}')} ({count})" if count else self._voice.say(f"looked.{only}")
            )
        self.write()
        self._desk.begun(BEGUN, tuple[int, str], self._take_up)

    def _cannot(self, words: str) -> None:
        self._looks = None
        self._count.setText("")
        self._empty()
        if self._desk.may_read_looks:
            self._list.addWidget(notice(self._voice.wrong(words), "warning"))
        else:
            self._list.addWidget(notice(f"{self._voice.say('looked.not-here')}\n{self._voice.error(words)}"))
        self.receipt.setEnabled(False)

    def _empty(self) -> None:
        self._form = None
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()

    # -- the list

    def write(self) -> None:
        """List what matches."""
        if self._looks is None:
            return
        self._remember()
        keeping_focus(self, self._write)

    def _write(self) -> None:
        if self._looks is None:
            return
        self._empty()
        today = self._desk.now().date()
        shown = found(self._looks, today=today, period=self._period, words=self.search.text(), only=self._only)
        voice = self._voice
        self._count.setText(voice.number("looked.count", len(shown)) if shown else voice.say("looked.nobody"))
        alike = self._desk.acts and self._order == "newest"  # all of them are their own
        listed, groups = 0, [("", shown)] if alike else grouped(shown, self._order)
        for name, looks in groups:
            if (self._order != "newest" or len(groups) > 1) and listed < self._most:
                self._list.addWidget(rule())
                self._list.addWidget(
                    Text(f"{self._heading(name)}  ·  {voice.number('looked.count', len(looks))}", "heading")
                )
            for one in looks[: self._most - listed]:
                self._list.addWidget(rule())
                self._list.addWidget(self._row(one))
                if self._asking is not None and self._asking[0] == one.number and self._form is None:
                    self._list.addWidget(self._make_form(self._asking[1]))
            listed = min(self._most, listed + len(looks))
        more = sum(len(looks) for _name, looks in groups) - listed
        if more > 0:
            flow = Flow(look().gap(8))
            flow.add(button(voice.say("looked.more", n=f"{more:,}"), "", self._show_more))
            self._list.addWidget(flow)

    def _show_more(self) -> None:
        self._most += MOST
        self._remember()
        going_on(self, self._write)

    def _heading(self, name: str) -> str:
        voice = self._voice
        if self._order == "newest":
            return voice.say(f"looked.{name}")
        if not name:
            return voice.say("looked.no-kind" if self._order == "kind" else "looked.no-name")
        return voice.kind(name) if self._order == "kind" else name

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
        parts = [part for part in (one.name, one.worker, one.organisation) if part]
        words.addWidget(Text(voice.say("looked.you") if self._is_mine(one) else "  ·  ".join(parts), "strong"))
        time = one.time.astimezone()
        when = f"{calendar_day(time.date())}, {time:%H:%M}"
        words.addWidget(Text(f"{when}  ·  {self._what(one)}", "secondary"))
        if one.kinds:
            words.addWidget(Text(voice.say("looked.kinds", kinds=", ".join(map(voice.kind, one.kinds))), "secondary"))
        if one.reason and not self._is_mine(one):
            words.addWidget(Text(f"“{one.reason}”", "secondary"))
        if one.claim is not None:
            key = f"looked.claim-{one.claim.state}"
            words.addWidget(Text(voice.say(key, who=one.name, day=voice.day(one.claim.on)), "body"))
            words.addWidget(Text(f"“{one.claim.words}”", "secondary"))
        if one.asked is not None:
            words.addWidget(Text(self._answer(one), "body"))
        elif self._desk.asks and not one.mine and (self._asking is None or self._asking[0] != one.number):
            ask = voice.say("looked.ask")
            flow = Flow(gap(8))
            flow.add(
                button(ask, "quiet", partial(self._ask, one.number), f"{ask}: {', '.join(parts)}, {when}, {one.number}")
            )
            words.addWidget(flow)
        for flag, tone in (("refused", "danger"), ("emergency", "warning")):
            if getattr(one, flag):
                row.addWidget(tag(voice.say(f"looked.{flag}"), tone), 0, Qt.AlignmentFlag.AlignTop)
        grow(made)
        return made

    def _is_mine(self, one: Look) -> bool:
        """Whether whoever reads it did it."""
        return one.mine or self._desk.acts

    def _what(self, one: Look) -> str:
        if one.refused:
            return self._voice.say("looked.tried").replace("\n", " ")
        if one.kind == "read":
            return self._voice.number("looked.what", one.items, why=one.why or "care")
        return self._voice.say(f"looked.acts.{one.act}").replace("\n", " ")

    def _answer(self, one: Look) -> str:
        asked = one.asked
        assert asked is not None
        if asked.state == "answered":
            return self._voice.say("looked.answered", day=self._voice.day(asked.answered), words=asked.answer)
        return self._voice.say("looked.waits", day=self._voice.day(asked.due))

    # -- I did not expect this

    def _make_form(self, words: str) -> AskForm:
        self._form = AskForm(self._voice, words)
        self._form.sent.connect(self._send)
        self._form.dropped.connect(self._drop)
        self._form.written.connect(self.keep)
        return self._form

    def _ask(self, number: int) -> None:
        self._asking = (number, "")
        self._form = None
        self.write()
        form: AskForm | None = self._form
        if form is not None:
            form.words.setFocus()

    def _take_up(self, begun: tuple[int, str]) -> None:
        if any(one.number == begun[0] and one.asked is not None for one in self._looks or ()):
            self._desk.keep_begun(BEGUN, None)  # it was sent just before everything closed
        elif self._asking is None:
            self._asking = begun
            self.write()

    def _remember(self) -> None:
        if self._form is not None and self._asking is not None:
            self._asking = (self._asking[0], self._form.words.toPlainText())

    def keep(self) -> None:
        """Keep a report that was begun."""
        self._remember()
        if self._asking is not None:
            self._desk.keep_begun(BEGUN, self._asking if self._asking[1].strip() else None)

    def _drop(self) -> None:
        self._asking = self._form = None
        self._desk.keep_begun(BEGUN, None)
        self.write()

    def _send(self) -> None:
        self._remember()
        if self._asking is not None and self._form is not None:
            self._form.setEnabled(False)
            self._desk.report_unexpected(*self._asking, self._told, self._not_told)

    def _told(self) -> None:
        self._drop()
        self._said.setText(self._voice.say("looked.told"))
        self.start()

    def _not_told(self, words: str) -> None:
        if self._form is not None:
            self._form.setEnabled(True)
        self._wrong(words)

    def _wrong(self, words: str) -> None:
        self._said.setText(self._voice.wrong(words))

    # -- the receipt

    def _receipt(self) -> None:
        place = ask_place(self, self._voice.say("looked.receipt"), "receipt.json", "*.json")
        if place is not None:
            self.keep_receipt(place)

    def keep_receipt(self, file: Path) -> None:
        """Write the receipt."""
        self._desk.receipt(file, lambda: self._said.setText(self._voice.say("looked.receipt-done")), self._wrong)

    def clear(self) -> None:
        """Forget everything."""
        self._looks = None
        self._empty()
        self.search.clear()
