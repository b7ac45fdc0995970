"""The privacy officer's desk: what waits for a decision, what the person is to be told, limits and claims, figures.

One scrolling page of cards, and ways to the other screens of the office. It shows no content of any record: who looked,
when, why and on what basis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from consent.overrides import table
from desktop.acting import LimitRow
from desktop.desk import Claim, Desk
from desktop.dialogs.lawful import AnswerDialog, ClaimDialog, DelayDialog, ReviewDialog, case_words
from desktop.dialogs.words import WordsDialog
from desktop.lawful import limit_words
from desktop.models.tongue import ours
from desktop.models.words import calendar_day, day, role
from desktop.overriding import CaseRow, notice_words
from desktop.reports import UserRow
from desktop.theme.tokens import look
from desktop.unexpected import UnexpectedRow
from desktop.views.lawful import ask_to_lift
from desktop.views.plugs import Screen, ScreenKind, Shell, plugged
from desktop.widgets.acts import Act, ActLine, Mark, fill
from desktop.widgets.layouts import Columns, Flow
from desktop.widgets.states import ChangingPage
from desktop.widgets.text import Card, Text, button, rule

ROWS = 50
WAYS = ("lawful", "access-log", "users", "backups", "label-review")
"""The other screens of the office, by their keys."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Desk", text)


class PrivacyDesk(Screen):
    """The desk; asked for anew each time it comes to the front and after each decision."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.setProperty("role", "page")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.states = ChangingPage()
        outer.addWidget(self.states)
        self._desk: Desk | None = None

    def start(self) -> None:
        """Ask for what there is."""
        if self._desk is None:
            self.states.show_loading(_tr("Reading the queue…"))
        self._shell.session.ask(lambda workspace: workspace.desk(), self.show_desk, self.states.show_error)

    def clear(self) -> None:
        """Forget everything."""
        self._desk = None
        self.states.drop()

    def show_desk(self, desk: Desk) -> None:
        """Show it, with the cursor on the first thing to do."""
        self.clear()
        self._desk = desk
        inside = QWidget()
        column = QVBoxLayout(inside)
        gap, px = look().gap, look().px
        column.setContentsMargins(gap(22), gap(18), gap(22), gap(18))
        column.setSpacing(gap(12))
        column.addWidget(Text(_tr("Privacy desk"), "title"))
        column.addWidget(self._ways())
        cards = Columns(gap=gap(14), column=px(520))
        for card in (
            self._reviews(desk),
            self._unexpected(desk),
            self._agreements(desk),
            self._notices(desk),
            self._limits(desk),
            self._claims(desk),
            self._figures(desk),
        ):
            cards.add(card)
        column.addWidget(cards)
        column.addStretch(1)
        self.states.put(inside, _tr("Privacy desk"))
        first = next((one for one in cards.findChildren(QPushButton)), None)
        if first is not None and self.isVisible():
            first.setFocus()

    # -- cards

    def _ways(self) -> Flow:
        made = Flow(gap=look().gap(8))
        user = self._shell.session.user
        for kind in sorted(
            (kind for kind in plugged().screens if kind.key in WAYS), key=lambda one: WAYS.index(one.key)
        ):
            if user is not None and kind.who(user):
                words = QCoreApplication.translate("Menus", kind.name)
                made.add(button(words, "segment", partial(self._shell.show_screen, kind.key)))
        return made

    def _reviews(self, desk: Desk) -> Card:
        rows, lines = desk.to_review(), []
        for row in rows[:ROWS]:
            late = row.case.review.overdue(row.case.opened, desk.today)
            due = day(str(row.case.opened.due()))
            marks: list[Mark] = [(_tr("Overdue since {day}") if late else _tr("Due {day}"), "danger" if late else "")]
            marks = [(words.format(day=due), tone) for words, tone in marks]
            found = ""
            if row.case.review.state == "escalated":
                marks.append((_tr("Escalated"), "warning"))
                found = f"{row.case.review.by}: “{row.case.review.words}”"
            acts = [
                (_tr("Justified…"), partial(self._review, row, "justified")),
                (_tr("Escalate…"), partial(self._review, row, "escalated")),
            ]
            lines.append(self._case(row, desk, acts, marks, found))
        card = Card(_tr("Access to review"), _counted(len(rows)))
        return fill(card, lines, _tr("Nothing waits for a review."), len(rows))

    def _unexpected(self, desk: Desk) -> Card:
        rows, lines = desk.to_answer(), []
        for row in rows[:ROWS]:
            late = row.report.overdue(desk.today)
            words = _tr("Overdue since {day}") if late else _tr("Answer by {day}")
            called = desk.called.get(row.person, "")
            lines.append(
                ActLine(
                    look_words(row, called),
                    [(_tr("Answer…"), partial(self._answer, row))],
                    [(words.format(day=calendar_day(row.report.due)), "danger" if late else "")],
                    more=f"“{row.report.words}”" if row.report.words else _tr("They said no more."),
                    about=f"{row.report.who}, {called}",
                )
            )
        card = Card(_tr("Looks that people did not expect"), _counted(len(rows)))
        return fill(card, lines, _tr("Nobody waits for an answer about a look at their record."), len(rows))

    def _agreements(self, desk: Desk) -> Card:
        rows = desk.to_agree()
        lines = [
            self._case(row, desk, [(_tr("Agree"), partial(self._act, "agree", row))], [(_tr("Opens nothing yet"), "")])
            for row in rows[:ROWS]
        ]
        card = Card(_tr("Waiting for a second person"), _counted(len(rows)))
        return fill(card, lines, _tr("No lawful override waits for a second person."), len(rows))

    def _notices(self, desk: Desk) -> Card:
        rows, lines = desk.to_tell(), []
        for row in rows[:ROWS]:
            silent = row.case.telling.state == "silent"
            mark = (_tr("Silence to look at again"), "warning") if silent else (_tr("To be told"), "")
            acts: list[Act] = [
                (_tr("Words for the person…"), partial(self._words, row)),
                (_tr("They were told"), partial(self._act, "given", row, "handed over")),
            ]
            if table().kinds[row.case.opened.kind].notice == "may-wait":
                acts.append((_tr("Not yet…"), partial(self._delay, row)))
            lines.append(self._case(row, desk, acts, [mark], row.case.telling.reason))
        card = Card(_tr("The person is to be told"), _counted(len(rows)))
        return fill(card, lines, _tr("Nobody is still to be told."), len(rows))

    def _limits(self, desk: Desk) -> Card:
        rows = desk.limits_due()
        lines = [
            ActLine(
                limit_words(row, desk.called.get(row.limit.person, "")),
                [(_tr("Lift it…"), partial(self._lift, row))],
                [(_tr("Overdue since {day}").format(day=day(str(row.limit.review))), "danger")],
                about=desk.called.get(row.limit.person, ""),
            )
            for row in rows[:ROWS]
        ]
        card = Card(_tr("Lawful limits to look at again"), _counted(len(rows)))
        return fill(card, lines, _tr("No limit is past its review date. One that is still binds."), len(rows))

    def _claims(self, desk: Desk) -> Card:
        rows, lines = desk.claims_to_decide(), []
        me = self._shell.session.user
        for claim in rows[:ROWS]:
            called, made = desk.called.get(claim.person, ""), claim.decided
            marks: list[Mark] = []
            more = ""
            if made is not None:
                marks = [(_tr("Answered"), "info") if claim.waits else (_tr("Asked on {day}"), "")]
                marks = [(words.format(day=calendar_day(made.on)), tone) for words, tone in marks]
                more = f"“{made.words}”" + (f"\n“{made.answer}”" if made.answer else "")
            acts: list[Act] = [
                (words, partial(self._claim, claim, state))
                for words, state in (
                    (_tr("In order…"), "confirmed"),
                    (_tr("Ask them…"), "questioned"),
                    (_tr("Refuse…"), "refused"),
                )
                if state != "questioned" or made is None or claim.waits
            ]
            if me is not None and me.name == claim.who:
                acts, marks = [], [(_tr("Your own: another of the office decides"), "")]
            about = f"{claim.who}, {called}, {claim.number}"
            lines.append(ActLine(_claim_words(claim, called), acts, marks, more=more, about=about))
        card = Card(_tr("Claimed relationships"), _counted(len(rows)))
        return fill(card, lines, _tr("No look on a relationship that was only claimed waits for you."), len(rows))

    def _figures(self, desk: Desk) -> Card:
        figures = desk.figures
        card = Card(_tr("Figures without content"), figures.quarter.name)
        for number, figure in enumerate(figures.lines):
            if number:
                card.add(rule())
            line = QWidget()
            row = QVBoxLayout(line)
            row.setContentsMargins(look().gap(6), look().gap(5), look().gap(6), look().gap(5))
            row.setSpacing(0)
            row.addWidget(Text(ours(figure.name), "secondary"))
            row.addWidget(Text(ours(figure.value), "strong"))
            line.setAccessibleName(f"{ours(figure.name)}: {ours(figure.value)}")
            card.add(line)
        words = _tr(
            "Counts are told in bands of five and only of quarters that are over, so that nobody can be made out from"
            " them. The next are told on {day}."
        )
        card.say(words.format(day=calendar_day(figures.next_told)))
        return card

    def _case(self, row: CaseRow, desk: Desk, acts: Sequence[Act], marks: Sequence[Mark], more: str = "") -> ActLine:
        called = desk.called.get(row.person, "")
        about = f"{row.case.opened.user}, {called}"
        return ActLine(case_words(row, called), acts, marks, more=more, about=about)

    # -- deciding

    def _called(self, row: CaseRow) -> str:
        return self._desk.called.get(row.person, "") if self._desk is not None else ""

    def _parent(self) -> QWidget | None:
        return self._shell if isinstance(self._shell, QWidget) else None

    def _review(self, row: CaseRow, state: str) -> None:
        dialog = ReviewDialog(row, self._called(row), state, self._parent())
        dialog.accepted.connect(lambda: self._act("review", row, state, dialog.words.text()))
        self._show(dialog)

    def _delay(self, row: CaseRow) -> None:
        if self._desk is None:
            return
        dialog = DelayDialog(row, self._called(row), self._desk.today, self._parent())
        dialog.accepted.connect(
            lambda: self._act("put_off", row, dialog.reason.text(), dialog.until, silent=dialog.silent.isChecked())
        )
        self._show(dialog)

    def _answer(self, row: UnexpectedRow) -> None:
        called = self._desk.called.get(row.person, "") if self._desk is not None else ""
        dialog = AnswerDialog(look_words(row, called), row.report.words, self._parent())

        def asked() -> None:
            words = dialog.answer.toPlainText()
            self._shell.session.ask(
                lambda workspace: workspace.answer_unexpected(row.person, row.report.id, words),
                lambda _none: self.start(),
                self._shell.tell,
            )

        dialog.accepted.connect(asked)
        self._show(dialog)

    def _claim(self, claim: Claim, state: str) -> None:
        called = self._desk.called.get(claim.person, "") if self._desk is not None else ""
        answer = claim.decided.answer if claim.decided is not None else ""
        dialog = ClaimDialog(_claim_words(claim, called), state, answer, self._parent())

        def decided() -> None:
            words = dialog.words.toPlainText()
            self._shell.session.ask(
                lambda workspace: workspace.decide_claim(claim.person, claim.number, state, words),
                lambda _made: self.start(),
                self._shell.tell,
            )

        dialog.accepted.connect(decided)
        self._show(dialog)

    def _words(self, row: CaseRow) -> None:
        title = _tr("What {name} is to be told").format(name=self._called(row))
        self._show(WordsDialog(title, notice_words(row), self._shell.copy, self._parent()))

    def _show(self, dialog: QDialog) -> None:
        self._shell.show_dialog(dialog)

    def _act(self, act: str, row: CaseRow, *words: str, silent: bool = False) -> None:
        def work(workspace: Any) -> None:
            workspace.override_act(act, row.person, row.case.opened.id, *words, silent=silent)

        self._shell.session.ask(work, lambda _done: self.start(), self._shell.tell)

    def _lift(self, row: LimitRow) -> None:
        def do(work: Callable[[Any], object]) -> None:
            self._shell.session.ask(work, lambda _done: self.start(), self._shell.tell)

        called = self._desk.called.get(row.limit.person, "") if self._desk is not None else ""
        ask_to_lift(self._shell, row, called, do)


def look_words(row: UnexpectedRow, called: str) -> str:
    """Whose look at whose record it was, and when."""
    one = row.report
    who = ", ".join(part for part in (role(one.role), one.organisation) if part)
    return f"{one.who} ({who}), {day(one.seen, time=True)}, {called}"


def _claim_words(claim: Claim, called: str) -> str:
    when = f"{day(claim.time[:10])} {claim.time[11:16]}"
    return f"{when} · {claim.who} ({role(claim.role)}, {claim.organisation}) · {called} · “{claim.reason}” · " + _tr(
        "items shown: {n}"
    ).format(n=claim.items)


def _counted(number: int) -> str:
    return f"{number:,}"


def office(user: UserRow) -> bool:
    """Whether the screens of the office are for this user."""
    return user.office


SCREENS = (ScreenKind("desk", "Privacy desk", PrivacyDesk, office, keys="Ctrl+Shift+D", order=60),)
