"""Questions of the privacy office to whoever is signed in, about looks on a relationship that they claimed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from consent.request import ROLES
from desktop.claims import ClaimRow
from desktop.dialogs.lawful import AnswerDialog
from desktop.models.words import calendar_day, day
from desktop.reports import UserRow
from desktop.theme.tokens import look
from desktop.views.plugs import Screen, ScreenKind, Shell, page_of
from desktop.widgets.acts import ActLine, fill
from desktop.widgets.focus import give_focus
from desktop.widgets.states import ChangingPage
from desktop.widgets.text import Card, Text


def _tr(text: str) -> str:
    return QCoreApplication.translate("Questions", text)


class Questions(Screen):
    """A line for each question, with a button to answer it."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        outer = page_of(self, _tr("Questions to you"))
        lead = _tr("You opened a record and said yourself how you are involved. The privacy office asks about it.")
        outer.addWidget(Text(lead, "lead"))
        self.states = ChangingPage()
        outer.addWidget(self.states, 1)

    def start(self) -> None:
        """Ask what there is."""
        self.states.show_loading(_tr("Reading…"))
        self._shell.session.ask(lambda workspace: workspace.claims_asked(), self._show, self.states.show_error)

    def clear(self) -> None:
        """Forget everything."""
        self.states.drop()

    def _show(self, rows: list[tuple[str, ClaimRow]]) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, look().gap(6), 0)
        lines = [
            ActLine(
                _words(name, row),
                [(_tr("Answer…"), partial(self._answer, name, row))],
                [(_tr("Asked on {day}").format(day=calendar_day(row.claim.on)), "")],
                more=f"{row.claim.by}: “{row.claim.words}”",
                about=f"{name}, {row.claim.event}",
            )
            for name, row in rows
        ]
        card = Card(_tr("Waiting for your answer"), str(len(rows)))
        column.addWidget(fill(card, lines, _tr("The privacy office has no question to you.")))
        column.addStretch(1)
        self.states.put(inside, _tr("Questions to you"))
        if lines and self.isVisible():
            give_focus(inside, "")

    def _answer(self, name: str, row: ClaimRow) -> None:
        parent = self._shell if isinstance(self._shell, QWidget) else None
        label, note = _tr("Your answer to the privacy office"), _tr("Kept with your name. The person does not read it.")
        dialog = AnswerDialog(_words(name, row), row.claim.words, parent, label=label, note=note)

        def answered() -> None:
            words = dialog.answer.toPlainText()
            self._shell.session.ask(
                lambda workspace: workspace.answer_claim(row.person, row.claim.event, words),
                lambda _none: self.start(),
                self._shell.tell,
            )

        dialog.accepted.connect(answered)
        self._shell.show_dialog(dialog)


def _words(name: str, row: ClaimRow) -> str:
    return _tr("You opened the record of {name} on {day}").format(name=name, day=day(row.claim.seen, time=True))


def _staff(user: UserRow) -> bool:
    return user.role in ROLES and user.finds


SCREENS = (ScreenKind("questions", "Questions to you", Questions, _staff, order=58),)
