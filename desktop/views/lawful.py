"""Lawful access and limits, for the privacy office: a person, overrides of their record, limits on their own view, who
acts for them and what a court has limited.

No content of the record is shown here, except to the custodian's office when it picks what must be kept silent: by the
titles that the review of labels shows too, and logged like it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QSplitter, QVBoxLayout, QWidget

from consent.need_to_know import need_to_know
from consent.proxies import CourtLimit
from desktop.acting import LimitRow
from desktop.dialogs.court import CourtDialog, LiftDialog
from desktop.dialogs.lawful import OverrideDialog, case_words, offered
from desktop.dialogs.limit import LimitDialog
from desktop.dialogs.limit import offered as offered_limits
from desktop.label_review import LabelRow
from desktop.lawful import (
    STANDINGS,
    Lawful,
    court_time,
    court_words,
    lawful_of,
    limit_name,
    limit_words,
    right_words,
    state_words,
)
from desktop.models.tongue import ours
from desktop.models.words import calendar_day, role
from desktop.overriding import CaseRow
from desktop.reports import PersonRow, UserRow
from desktop.theme.tokens import look
from desktop.views.people_pane import PeoplePane
from desktop.views.plugs import Screen, Shell, page_of
from desktop.widgets.acts import Act, ActLine, Mark, fill
from desktop.widgets.layouts import Flow, scrolling
from desktop.widgets.states import FourStates
from desktop.widgets.text import Card, Text, button

_TONES = {"active": "good", "forbidden": "warning", "lapsed": "warning", "refused": "warning"}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Lawful", text)


class LawfulAccess(Screen):
    """People on the left; on the right what was opened by law, what is kept from the person, and who may know."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._person: PersonRow | None = None
        self._shown: Lawful | None = None
        gap, px = look().gap, look().px
        outer = page_of(self, _tr("Lawful access and limits"))
        panes = QSplitter(Qt.Orientation.Horizontal)
        panes.setChildrenCollapsible(False)
        self.pane = PeoplePane(shell.session, _tr("Find a person whose record is meant"))
        self.pane.chosen.connect(self.choose)
        self.pane.setMinimumWidth(min(px(260), 320))
        panes.addWidget(self.pane)
        self._holder = QWidget()
        self._column = QVBoxLayout(self._holder)
        self._column.setContentsMargins(gap(8), 0, 0, 0)
        self.states = FourStates(self._holder)
        panes.addWidget(self.states)
        panes.setStretchFactor(1, 1)
        panes.setSizes([px(330), px(1000)])
        outer.addWidget(panes, 1)
        self._page: QWidget | None = None

    def start(self) -> None:
        """Show everyone, and what the law says of who needs to know."""
        self.clear()
        self._put(self._general())
        self.pane.start()

    def clear(self) -> None:
        """Forget everyone."""
        self._person = self._shown = None
        self.pane.clear()
        self._drop()

    def choose(self, person: PersonRow) -> None:
        """Show what there is of a person."""
        self._person = person
        self.states.show_loading(_tr("Reading…"))
        self._load()

    def _load(self) -> None:
        person = self._person
        if person is None:
            return
        self._shell.session.ask(
            lambda workspace: lawful_of(workspace, person.person_id),
            lambda found: self._show(person, found),
            self.states.show_error,
        )

    def _show(self, person: PersonRow, found: Lawful) -> None:
        if self._person is not person:
            return
        self._shown = found
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, look().gap(6), 0)
        column.setSpacing(look().gap(12))
        column.addWidget(Text(person.name, "heading"))
        asks = Flow(gap=look().gap(8))
        self.ask_button = button(_tr("Ask for lawful access…"), "primary", self.ask)
        asks.add(self.ask_button)
        if self._limits_offered():
            asks.add(button(_tr("Keep something silent…"), "", self.limit))
        if found.acting:
            asks.add(button(_tr("Record a court’s limit…"), "", self.limit_by_court))
        column.addWidget(asks)
        lines = [self._case(row, found) for row in found.cases]
        overrides = Card(_tr("Overrides of this record"), str(len(lines)))
        column.addWidget(fill(overrides, lines, _tr("This record was never opened by an override.")))
        lines = [self._limit(row, found) for row in found.limits]
        limits = Card(_tr("Kept from the person’s own view"), str(len(lines)))
        column.addWidget(fill(limits, lines, _tr("Nobody has set a limit on what the person sees of their record.")))
        column.addWidget(_acting(found))
        lines = [self._court(limit, found) for limit in found.courts]
        courts = Card(_tr("Limited by a court"), str(len(lines)))
        column.addWidget(fill(courts, lines, _tr("No court has limited anybody who acts for this person.")))
        column.addWidget(_needs())
        column.addStretch(1)
        self._put(inside)
        self.ask_button.setFocus()

    def _general(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, look().gap(6), 0)
        column.setSpacing(look().gap(12))
        words = _tr("Choose a person to ask for lawful access to their record, or to see what was opened or limited.")
        column.addWidget(Text(words, "lead"))
        column.addWidget(_needs())
        column.addStretch(1)
        return inside

    def _put(self, inside: QWidget) -> None:
        self._drop()
        self._page = scrolling(inside)
        self._page.setAccessibleName(_tr("Lawful access and limits"))
        self._column.addWidget(self._page)
        self.states.show_data()

    def _drop(self) -> None:
        if self._page is not None:
            self._column.removeWidget(self._page)
            self._page.hide()
            self._page.deleteLater()
            self._page = None

    def _case(self, row: CaseRow, found: Lawful) -> ActLine:
        case = row.case
        late = case.agreed and case.review.overdue(case.opened, found.today)
        marks: list[Mark] = [(state_words(row, found.now), "warning" if case.opened.lasts_at(found.now) else "")]
        if late:
            marks.append((_tr("Review overdue"), "danger"))
        acts: list[Act] = []
        if case.opened.lasts_at(found.now):
            acts.append((_tr("Close it now"), partial(self._act, "end", row)))
        return ActLine(case_words(row, ""), acts, marks, about=case.opened.user)

    def _limit(self, row: LimitRow, found: Lawful) -> ActLine:
        limit = row.limit
        marks: list[Mark] = []
        if limit.lifted is not None and not limit.binds_on(found.today):
            marks.append((_tr("Lifted {day}").format(day=calendar_day(limit.lifted)), ""))
        elif limit.review is not None:
            words = _tr("Overdue since {day}") if limit.overdue(found.today) else _tr("Look again on {day}")
            marks.append((words.format(day=calendar_day(limit.review)), "danger" if limit.overdue(found.today) else ""))
        acts: list[Act] = [(_tr("Lift it"), partial(self._lift, row))] if limit.binds_on(found.today) else []
        return ActLine(limit_words(row, ""), acts, marks, about=limit_name(limit.kind))

    def _court(self, limit: CourtLimit, found: Lawful) -> ActLine:
        over = limit.over(found.today)
        mark = (court_time(limit, found.today), "warning" if limit.binds(limit.user, found.today) else "")
        acts: list[Act] = [] if over else [(_tr("Lift it…"), partial(self._lift_court, limit))]
        return ActLine(court_words(limit), acts, [mark], about=limit.user)

    # -- doing

    def ask(self) -> None:
        """Ask for an override of the chosen person's record."""
        person, shown = self._person, self._shown
        if person is None or shown is None:
            return
        dialog = OverrideDialog(person.name, offered(_roles(self._shell.session.user)), shown.now, self._parent())

        def asked() -> None:
            said = (dialog.kind.key, dialog.reason.text(), dialog.grounds.text(), dialog.lasts, dialog.scope)
            self._do(lambda workspace: workspace.open_override(person.person_id, *said))

        dialog.accepted.connect(asked)
        self._shell.show_dialog(dialog)

    def limit(self) -> None:
        """Ask the vault for the entries that may be meant, then which of them are to be kept silent."""
        person = self._person
        if person is not None:
            self._shell.session.ask(
                lambda workspace: workspace.label_reasons(person.person_id), self._ask_limit, self._shell.tell
            )

    def _ask_limit(self, rows: list[LabelRow]) -> None:
        person, shown = self._person, self._shown
        if person is None or shown is None:
            return
        entries = [(row.entry_id, f"{row.title} · {row.when} · {row.source}") for row in rows]
        dialog = LimitDialog(person.name, self._limits_offered(), entries, shown.today, self._parent())

        def asked() -> None:
            said = (dialog.kind, dialog.chosen, dialog.reason.text(), "health", dialog.until)
            self._do(lambda workspace: workspace.state_acting("set_limit", person.person_id, *said))

        dialog.accepted.connect(asked)
        self._shell.show_dialog(dialog)

    def _limits_offered(self) -> tuple[Any, ...]:
        return offered_limits(_roles(self._shell.session.user), "health")

    def limit_by_court(self) -> None:
        """Record what a court has limited for somebody who acts for the chosen person."""
        person, shown = self._person, self._shown
        if person is None or shown is None:
            return
        names = list(dict.fromkeys(one.mandate.user for one in shown.acting))
        dialog = CourtDialog(person.name, names, shown.today, self._parent())

        def asked() -> None:
            said = (dialog.who.currentText(), dialog.court.text(), dialog.dated.day)
            more = {"leaves": dialog.left, "starts": dialog.starts.day, "ends": dialog.until}
            self._do(lambda workspace: workspace.state_acting("limit_by_court", person.person_id, *said, **more))

        dialog.accepted.connect(asked)
        self._shell.show_dialog(dialog)

    def _lift_court(self, limit: CourtLimit) -> None:
        person = self._person
        if person is None:
            return
        dialog = LiftDialog(court_words(limit), self._parent())

        def asked() -> None:
            self._do(lambda workspace: workspace.state_acting("lift_court_limit", person.person_id, limit.id))

        dialog.accepted.connect(asked)
        self._shell.show_dialog(dialog)

    def _act(self, act: str, row: CaseRow) -> None:
        self._do(lambda workspace: workspace.override_act(act, row.person, row.case.opened.id))

    def _lift(self, row: LimitRow) -> None:
        self._do(lambda workspace: workspace.state_acting("lift_limit", row.limit.person, row.id))

    def _do(self, work: Any) -> None:
        self._shell.session.ask(work, lambda _done: self._load(), self._shell.tell)

    def _parent(self) -> QDialog | QWidget | None:
        return self._shell if isinstance(self._shell, QWidget) else None


def _roles(user: UserRow | None) -> frozenset[str]:
    if user is None:
        return frozenset()
    return frozenset({user.role, "custodian"} if user.custodian else {user.role})


def _acting(found: Lawful) -> Card:
    """Who acts for the person, and how that stands today."""
    lines = [
        ActLine(right_words(one), marks=[(STANDINGS[one.standing.state], _TONES.get(one.standing.state, ""))])
        for one in found.acting
    ]
    card = Card(_tr("Who acts for this person"), str(len(lines)))
    return fill(card, lines, _tr("Nobody has a right to act for this person."))


def _needs() -> Card:
    """The statutory table, as it is: which kind of safeguarding information is for whom, and by which law."""
    card = Card(_tr("Who needs to know of safeguarding"), _tr("no choice opens or closes this"))
    information = {one.key: one for one in need_to_know().information}
    lines = [
        ActLine(
            "; ".join(ours(information[key].name) for key in sorted(rule.information)) + f". {ours(rule.words)}.",
            more=f"{', '.join(map(role, sorted(rule.roles)))}. {rule.source}",
        )
        for rule in need_to_know().rules
    ]
    return fill(card, lines, "")
