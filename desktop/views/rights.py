"""Who acts for a person, what courts limit for them, and whether the person can decide: cards to look at, and what
whoever is signed in may record. Each screen that shows it is a `ChosenPerson`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from consent.proxies import ASSESSORS, CLINICIANS, CourtLimit
from consent.statements import RECORDERS, REVIEWERS
from desktop.acting import Acts
from desktop.dialogs.court import CourtDialog, LiftDialog
from desktop.dialogs.deciding import CapacityDialog, CompetenceDialog
from desktop.dialogs.form import ConfirmDialog
from desktop.dialogs.rights import AllowDialog
from desktop.models.words import calendar_day, role
from desktop.reports import PersonRow, UserRow
from desktop.rights import (
    Rights,
    capacity_mark,
    capacity_words,
    competence_mark,
    competence_words,
    court_time,
    court_words,
    is_over,
    lifted_because,
    nothing_found,
    renewed_until,
    right_mark,
    right_more,
    right_words,
    rights_of,
)
from desktop.views.chosen_person import ChosenPerson
from desktop.views.plugs import Shell
from desktop.widgets.acts import Act, ActLine, fill
from desktop.widgets.text import Card, button, rule


def _tr(text: str) -> str:
    return QCoreApplication.translate("Rights", text)


def roles_of(user: UserRow | None) -> frozenset[str]:
    """Every role that a user can act in."""
    if user is None:
        return frozenset()
    return frozenset({user.role, "custodian"} if user.custodian else {user.role})


def acts_for_people(user: UserRow) -> bool:
    """Whether a user may record something here: a right, or whether somebody can decide."""
    return bool(roles_of(user) & (RECORDERS | ASSESSORS))


class RightsPart:
    """The part of a screen, for whoever is signed in there."""

    def __init__(self, screen: ChosenPerson) -> None:
        self._screen = screen

    @property
    def _user(self) -> UserRow | None:
        return self._screen.shell.session.user

    @property
    def _roles(self) -> frozenset[str]:
        return roles_of(self._user)

    def asks(self, person: PersonRow, rights: Rights) -> list[QPushButton]:
        """What may be recorded anew."""
        found: list[QPushButton] = []
        if self._roles & RECORDERS and rights.users:
            found.append(button(_tr("Let somebody act for them…"), "", partial(self.allow, person, rights)))
        role_key = self._user.role if self._user is not None else ""
        if role_key in ASSESSORS:
            found.append(button(_tr("Record whether they can decide…"), "", partial(self.capacity, person, rights)))
        if role_key in CLINICIANS and rights.child:
            found.append(button(_tr("Record Gillick competence…"), "", partial(self.competence, person, rights)))
        if self._roles & RECORDERS and rights.acting:
            found.append(button(_tr("Record a court’s limit…"), "", partial(self.limit_by_court, person, rights)))
        return found

    def cards(self, person: PersonRow, rights: Rights) -> list[QWidget]:
        """Rights, what was found, and what courts limit."""
        return [self._acting(person, rights), self._deciding(rights), self._courts(person, rights)]

    def _acting(self, person: PersonRow, rights: Rights) -> Card:
        order = {"active": 0, "lapsed": 1, "ended": 3, "closed": 3, "no-right": 3}
        rows = sorted(rights.acting, key=lambda one: (order.get(one.standing.state, 2), one.mandate.user))
        lines = [self._right(person, one, rights) for one in rows]
        counted = sum(one.standing.state == "active" for one in rights.acting)
        remark = _tr("counting today: {n}").format(n=counted)
        card = fill(
            Card(_tr("Who acts for this person"), remark), lines, _tr("Nobody has a right to act for this person.")
        )
        if not rights.users and self._roles & RECORDERS:
            card.say(
                _tr(
                    "Nobody is a user here who could act for them. The privacy office adds a proxy or carer under"
                    " “Users and teams”, and they then stand here."
                )
            )
        return card

    def _right(self, person: PersonRow, one: Acts, rights: Rights) -> ActLine:
        acts: list[Act] = []
        own = self._user is not None and one.mandate.user == self._user.name
        if self._roles & RECORDERS and not own:
            if renewed_until(one, rights.about, rights.today) is not None:
                acts.append((_tr("Renew it…"), partial(self.renew, person, one, rights)))
            if not is_over(one):
                acts.append((_tr("End it…"), partial(self.end, person, one)))
        marks = [right_mark(one, rights.today)]
        return ActLine(right_words(one), acts, marks, more=right_more(one), about=one.mandate.user)

    def _deciding(self, rights: Rights) -> Card:
        about, today = rights.about, rights.today
        lines = [
            ActLine(capacity_words(one), marks=[capacity_mark(one, about, today)]) for one in reversed(about.capacity)
        ]
        lines += [
            ActLine(competence_words(one), marks=[competence_mark(one, about, today)])
            for one in reversed(about.competence)
        ]
        card = fill(Card(_tr("Whether they can decide"), str(len(lines))), lines, nothing_found(about, today))
        if not self._roles & ASSESSORS:
            if lines:
                card.add(rule())
            card.say(
                _tr("Recorded by the clinician or social worker who made the assessment, under “Who acts for whom”.")
            )
        return card

    def _courts(self, person: PersonRow, rights: Rights) -> Card:
        lines = [self._court(person, limit, rights) for limit in rights.courts]
        card = Card(_tr("Limited by a court"), str(len(lines)))
        return fill(card, lines, _tr("No court has limited anybody who acts for this person."))

    def _court(self, person: PersonRow, limit: CourtLimit, rights: Rights) -> ActLine:
        binds = limit.binds(limit.user, rights.today)
        may = bool(self._roles & REVIEWERS) and not limit.over(rights.today)
        acts: list[Act] = [(_tr("Lift it…"), partial(self.lift, person, limit))] if may else []
        mark = (court_time(limit, rights.today), "warning" if binds else "")
        return ActLine(court_words(limit), acts, [mark], more=lifted_because(limit), about=limit.user)

    # -- doing

    def allow(self, person: PersonRow, rights: Rights) -> None:
        """Record that somebody may act for the person."""
        parent = self._screen.parent_window()
        dialog = AllowDialog(person.name, rights.users, rights.matters, rights.today, parent, adult=rights.adult)

        def asked() -> None:
            right = dialog.right or {}
            self._state("allow", person, dialog.who.currentText(), then=_tr("Let somebody act for them…"), **right)

        self._show(dialog, asked)

    def renew(self, person: PersonRow, one: Acts, rights: Rights) -> None:
        """Confirm a right again."""
        until = renewed_until(one, rights.about, rights.today)
        told = _tr(
            "Renew it only where what shows it was seen again, or the person says so. It then counts until {day},"
            " unless it is ended. The person can see that it was renewed. Kept with your name."
        ).format(day=calendar_day(until) if until else "")
        title, question = _tr("OneStory: a right to act"), _tr("Does this right still hold?")
        parent = self._screen.parent_window()
        dialog = ConfirmDialog(title, question, right_words(one), told, _tr("Renew it"), parent)
        self._show(dialog, lambda: self._state("renew", person, one.mandate.id))

    def end(self, person: PersonRow, one: Acts) -> None:
        """End a right."""
        told = _tr(
            "By this right they see nothing of the record any more, at once, and choose nothing. The person can see"
            " that it has ended. It is not taken back: it would have to be recorded anew. Kept with your name."
        )
        title, question = _tr("OneStory: a right to act"), _tr("End this right?")
        parent = self._screen.parent_window()
        dialog = ConfirmDialog(title, question, right_words(one), told, _tr("End the right"), parent)
        self._show(dialog, lambda: self._state("end", person, one.mandate.id))

    def capacity(self, person: PersonRow, rights: Rights) -> None:
        """Record what was found about a decision."""
        dialog = CapacityDialog(person.name, self._me(), rights.today, self._screen.parent_window())

        def asked() -> None:
            more = {
                "capable": dialog.capable, "matter": dialog.decision,
                "on": dialog.on.day, "until": dialog.looked_at_again,
            }  # fmt: skip
            self._state("found_capacity", person, then=_tr("Record whether they can decide…"), **more)

        self._show(dialog, asked)

    def competence(self, person: PersonRow, rights: Rights) -> None:
        """Record Gillick competence, and whom the child refuses."""
        names = list(dict.fromkeys(one.mandate.user for one in rights.acting if not is_over(one)))
        refused = rights.about.competence[-1].refuses if rights.about.competence else ()
        dialog = CompetenceDialog(person.name, self._me(), names, refused, self._screen.parent_window())

        def asked() -> None:
            more = {"competent": dialog.competent, "refuses": dialog.refused}
            self._state("found_competence", person, then=_tr("Record Gillick competence…"), **more)

        self._show(dialog, asked)

    def limit_by_court(self, person: PersonRow, rights: Rights) -> None:
        """Record what a court has limited for somebody who acts for the person."""
        names = list(dict.fromkeys(one.mandate.user for one in rights.acting))
        dialog = CourtDialog(person.name, names, rights.today, self._screen.parent_window())

        def asked() -> None:
            said = (dialog.who.currentText(), dialog.court.text(), dialog.dated.day)
            more = {"leaves": dialog.left, "starts": dialog.term.starts.day, "ends": dialog.term.until}
            self._state("limit_by_court", person, *said, then=_tr("Record a court’s limit…"), **more)

        self._show(dialog, asked)

    def lift(self, person: PersonRow, limit: CourtLimit) -> None:
        """Record that what a court had limited is over, and why."""
        dialog = LiftDialog(court_words(limit), self._screen.parent_window())

        def asked() -> None:
            self._state("lift_court_limit", person, limit.id, dialog.why.text(), told=dialog.told.isChecked())

        self._show(dialog, asked)

    def _state(self, act: str, person: PersonRow, *said: Any, then: str = "", **more: Any) -> None:
        self._screen.do(lambda workspace: workspace.state_acting(act, person.person_id, *said, **more), then)

    def _show(self, dialog: QDialog, accepted: Any) -> None:
        dialog.accepted.connect(accepted)
        self._screen.shell.show_dialog(dialog)

    def _me(self) -> str:
        user = self._user
        return f"{user.name} ({role(user.role)})" if user is not None else ""


class WhoActs(ChosenPerson):
    """Who acts for a person, for those who may record that or whether somebody can decide, and are not of the privacy
    office, which has the same in *Lawful access and limits*."""

    def __init__(self, shell: Shell) -> None:
        lead = _tr("Choose a person to see who acts for them and whether they can decide, or to record it.")
        super().__init__(shell, _tr("Who acts for whom"), _tr("Find a person whose record is meant"), lead)
        self._part = RightsPart(self)

    def read(self, workspace: Any, person: PersonRow) -> Rights:
        """Rights, findings and courts."""
        return rights_of(workspace, person.person_id)

    def asks(self, person: PersonRow, found: Rights) -> Sequence[QWidget]:
        """What may be recorded anew."""
        return self._part.asks(person, found)

    def parts(self, person: PersonRow, found: Rights) -> Sequence[QWidget]:
        """The cards."""
        return self._part.cards(person, found)
