"""Dialogs of the privacy office about lawful access: ask for it, say what a review found, put a notice off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QWidget,
)

from consent.categories import categories
from consent.overrides import EMERGENCY, SHORTEST_REASON, Kind, table
from desktop.dialogs.frame import Framed, picked
from desktop.models.tongue import ours
from desktop.models.words import day, plural, role
from desktop.overriding import CaseRow
from desktop.theme.tokens import look
from desktop.widgets.date_field import DateField
from desktop.widgets.text import Text, button, notice

HOURS: tuple[int, ...] = (1, 4, 12, 24, 72, 168, 336, 720)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Lawful", text)


def offered(roles: frozenset[str]) -> tuple[Kind, ...]:
    """The kinds of lawful override that someone with these roles may ask for; emergency access is not among them."""
    return tuple(kind for key, kind in table().kinds.items() if key != EMERGENCY and kind.who & roles)


def case_words(row: CaseRow, called: str) -> str:
    """An access in one sentence: what, who, when, whose record, why."""
    one = row.case.opened
    when = f"{day(one.opened.date().isoformat())} {one.opened:%H:%M}"
    grounds = f" {one.grounds}." if one.grounds else ""
    scope = ", ".join(ours(categories()[key].name).lower() for key in sorted(one.categories) if key in categories())
    about = _tr(" Only about: {scope}.").format(scope=scope) if scope else ""
    who = ", ".join(part for part in (f"{one.user} ({role(one.role)})", when, called) if part)
    return f"{ours(table().kinds[one.kind].name)}: {who}. “{one.reason}”.{grounds}{about}"


class OverrideDialog(Framed):
    """Asks for a lawful override of one person's record: kind, grounds, reason, scope, and for how long."""

    def __init__(self, called: str, kinds: Sequence[Kind], now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: lawful access"), parent)
        self.setModal(True)
        self._now = now
        gap, column = look().gap, self.body
        column.addWidget(Text(_tr("Ask for lawful access"), "title"))
        column.addWidget(Text(called, "lead"))
        column.addWidget(Text(_tr("On which basis"), "strong"))
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
        self._kinds.buttonClicked.connect(lambda _button: self._of_kind())
        self.reason = self._line(_tr("Why it is needed"), _tr("Kept with it; the person can read it"))
        self.grounds_name = Text("", "strong")
        self.grounds = QLineEdit()
        self.grounds.setMaxLength(500)
        self.grounds.textChanged.connect(lambda _text: self._check())
        self.grounds_name.setBuddy(self.grounds)
        column.addWidget(self.grounds_name)
        column.addWidget(self.grounds)
        label = Text(_tr("For how long"), "strong")
        self.hours = QComboBox()
        self.hours.setAccessibleName(label.text())
        label.setBuddy(self.hours)
        column.addWidget(label)
        column.addWidget(self.hours)
        column.addWidget(Text(_tr("Which information (nothing ticked: all of it)"), "strong"))
        grid, self._scope = kinds_grid(_tr("Only about: {name}"))
        column.addLayout(grid)
        column.addWidget(
            notice(
                _tr(
                    "It opens nothing until a second person of the privacy office has agreed. The person is told,"
                    " unless the custodian puts the notice off. What they chose stays as it is."
                )
            )
        )
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        self.ask_button = button(_tr("Ask for it"), "primary", self.accept)
        self.ask_button.setDefault(True)
        self.buttons.addWidget(self.ask_button)
        self._kinds.buttons()[0].setChecked(True)
        self._kinds.buttons()[0].setFocus()
        self._of_kind()
        self.fit(look().px(720))

    @property
    def kind(self) -> Kind:
        """The kind chosen."""
        return table().kinds[picked(self._kinds)]

    @property
    def lasts(self) -> float:
        """For how many hours."""
        return float(self.hours.currentData())

    @property
    def scope(self) -> tuple[str, ...]:
        """Information categories it is limited to; empty for all."""
        return tuple(key for key, box in self._scope.items() if box.isChecked())

    def _line(self, name: str, hint: str) -> QLineEdit:
        label, made = Text(name, "strong"), QLineEdit()
        made.setAccessibleName(name)
        made.setPlaceholderText(hint)
        made.setMaxLength(500)
        made.textChanged.connect(lambda _text: self._check())
        label.setBuddy(made)
        self.body.addWidget(label)
        self.body.addWidget(made)
        return made

    def _of_kind(self) -> None:
        kind = self.kind
        words = _tr("The order, Act or serious harm it rests on")
        self.grounds_name.setText(words if kind.needs_grounds else _tr("{words} (if there is one)").format(words=words))
        self.grounds.setAccessibleName(self.grounds_name.text())
        before = self.hours.currentData() or 1
        self.hours.clear()
        for hours in sorted({*(one for one in HOURS if one < kind.hours), kind.hours}):
            until = self._now + timedelta(hours=hours)
            lasting = plural(hours, "hour") if hours < 24 or hours % 24 else plural(hours // 24, "day")
            words = _tr("{lasting}, until {day} {time}").format(
                lasting=lasting, day=day(until.date().isoformat()), time=f"{until:%H:%M}"
            )
            self.hours.addItem(words, hours)
        self.hours.setCurrentIndex(max(0, self.hours.findData(min(before, kind.hours))))
        self._check()

    def _check(self) -> None:
        enough = len(self.reason.text().strip()) >= SHORTEST_REASON
        self.ask_button.setEnabled(enough and bool(self.grounds.text().strip() or not self.kind.needs_grounds))


class ReviewDialog(Framed):
    """Asks what a review found, in words."""

    def __init__(self, row: CaseRow, called: str, state: str, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: review an access"), parent)
        self.setModal(True)
        titles = {"justified": _tr("Was it justified?"), "escalated": _tr("Take it further?")}
        self.body.addWidget(Text(titles[state], "title"))
        self.body.addWidget(Text(case_words(row, called)))
        words = Text(_tr("What you found, in a few words"), "strong")
        self.words = QLineEdit()
        self.words.setAccessibleName(words.text())
        self.words.setMaxLength(500)
        words.setBuddy(self.words)
        self.body.addWidget(words)
        self.body.addWidget(self.words)
        final = _tr("Kept with your name. A finding of “justified” is final.")
        open_still = _tr("Kept with your name. It stays in the queue until it is found justified.")
        self.body.addWidget(notice(final if state == "justified" else open_still))
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        label = _tr("Justified") if state == "justified" else _tr("Escalate")
        done = button(label, "primary", self.accept, label)
        done.setDefault(True)
        self.buttons.addWidget(done)
        self.words.textChanged.connect(lambda text: done.setEnabled(len(text.strip()) >= SHORTEST_REASON))
        done.setEnabled(False)
        self.words.setFocus()
        self.fit(look().px(620))


class AnswerDialog(Framed):
    """Asks what a person is answered who did not expect a look at their record; with `label` and `note` something
    else that is asked with `words`."""

    def __init__(
        self, about: str, words: str, parent: QWidget | None = None, *, label: str = "", note: str = ""
    ) -> None:
        super().__init__(_tr("OneStory: answer"), parent)
        self.setModal(True)
        self.body.addWidget(Text(_tr("What do you answer?"), "title"))
        self.body.addWidget(Text(about))
        if words:
            self.body.addWidget(Text(f"“{words}”", "quote"))
        caption = Text(label or _tr("Your answer, which the person reads"), "strong")
        self.answer = QPlainTextEdit()
        self.answer.setAccessibleName(caption.text())
        self.answer.setTabChangesFocus(True)
        self.answer.setMinimumHeight(look().px(120))
        caption.setBuddy(self.answer)
        self.body.addWidget(caption)
        self.body.addWidget(self.answer)
        note = note or _tr("Kept with your name. Nobody answers about a look of their own.")
        self.body.addWidget(notice(note))
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        done = button(_tr("Send the answer"), "primary", self.accept)
        self.buttons.addWidget(done)
        self.answer.textChanged.connect(lambda: done.setEnabled(bool(self.answer.toPlainText().strip())))
        done.setEnabled(False)
        self.answer.setFocus()
        self.fit(look().px(620))


class ClaimDialog(Framed):
    """Asks why a look on a claimed relationship is in order, or refused, or what who looked is asked about it."""

    def __init__(self, about: str, state: str, answer: str, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: a claimed relationship"), parent)
        self.setModal(True)
        title, field, then, does = {
            "confirmed": (
                _tr("Why is this in order?"),
                _tr("How you know, in a few words"),
                _tr("Keep that it is in order"),
                _tr("The claim is confirmed as seen. They may claim it again."),
            ),
            "questioned": (
                _tr("What do you ask?"),
                _tr("Your question to who looked"),
                _tr("Ask them"),
                _tr("They are told at their next sign-in, and answer there. Nothing is ended yet."),
            ),
            "refused": (
                _tr("Why is this refused?"),
                _tr("Why, in a few words"),
                _tr("End what they claimed"),
                _tr(
                    "From now on they cannot open this record on a relationship that they only claim. What they saw was"
                    " seen. Emergency access is as before."
                ),
            ),
        }[state]
        self.body.addWidget(Text(title, "title"))
        self.body.addWidget(Text(about))
        if answer:
            self.body.addWidget(Text(_tr("They answered: “{words}”").format(words=answer), "quote"))
        label = Text(field, "strong")
        self.words = QPlainTextEdit()
        self.words.setAccessibleName(field)
        self.words.setTabChangesFocus(True)
        self.words.setMinimumHeight(look().px(90))
        label.setBuddy(self.words)
        self.body.addWidget(label)
        self.body.addWidget(self.words)
        self.body.addWidget(Text(does, "secondary"))
        self.body.addWidget(notice(_tr("Kept with your name. Whoever looked reads it, and so does the person.")))
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        done = button(then, "danger" if state == "refused" else "primary", self.accept)
        self.buttons.addWidget(done)
        self.words.textChanged.connect(lambda: done.setEnabled(bool(self.words.toPlainText().strip())))
        done.setEnabled(False)
        self.words.setFocus()
        self.fit(look().px(620))


class DelayDialog(Framed):
    """Asks why the person is not to be told yet, and by which day that is looked at again."""

    def __init__(self, row: CaseRow, called: str, today: date, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: put a notice off"), parent)
        self.setModal(True)
        self.body.addWidget(Text(_tr("Why can the person not be told yet?"), "title"))
        self.body.addWidget(Text(case_words(row, called)))
        label = Text(_tr("Why it must wait"), "strong")
        self.reason = QLineEdit()
        self.reason.setAccessibleName(label.text())
        self.reason.setMaxLength(500)
        label.setBuddy(self.reason)
        self.body.addWidget(label)
        self.body.addWidget(self.reason)
        label = Text(_tr("Look at it again on"), "strong")
        self.review = DateField(label.text(), today + timedelta(days=28), today + timedelta(days=1))
        label.setBuddy(self.review)
        self.body.addWidget(label)
        self.body.addWidget(self.review)
        self.silent = QCheckBox(_tr("The law requires silence"))
        self.silent.setAccessibleName(_tr("The law requires silence: the notice does not fall due by itself"))
        self.body.addWidget(self.silent)
        self.body.addWidget(
            notice(
                _tr(
                    "A notice that waits falls due by itself on that day. Silence does not: on that day it stands here"
                    " again. Kept with your name and the reason."
                )
            )
        )
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        done = button(_tr("Put it off"), "primary", self.accept)
        done.setDefault(True)
        self.buttons.addWidget(done)

        def check() -> None:
            done.setEnabled(len(self.reason.text().strip()) >= SHORTEST_REASON and self.review.day is not None)

        self.reason.textChanged.connect(lambda _text: check())
        self.review.changed.connect(check)
        check()
        self.reason.setFocus()
        self.fit(look().px(620))

    @property
    def until(self) -> str:
        """The day chosen, as an ISO date."""
        return str(self.review.day or "")


def kinds_grid(name: str, never: frozenset[str] = frozenset()) -> tuple[QGridLayout, dict[str, QCheckBox]]:
    """A box to tick for each kind of information but these, by its key; `name` is how each is told, with a {name}."""
    boxes: dict[str, QCheckBox] = {}
    grid = QGridLayout()
    grid.setHorizontalSpacing(look().gap(20))
    shown = [(key, category) for key, category in categories().items() if key not in never]
    for number, (key, category) in enumerate(shown):
        box = QCheckBox(ours(category.name))
        box.setAccessibleName(name.format(name=ours(category.name)))
        boxes[key] = box
        grid.addWidget(box, number // 2, number % 2)
    return grid, boxes
