"""Lawful access and limits, for the privacy office: a person, overrides of their record, limits on their own view, who
acts for them and what a court has limited.

No content of the record is shown here, except to the custodian's office when it picks what must be kept silent: by the
titles that the review of labels shows too, and logged like it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from consent.need_to_know import need_to_know
from desktop.acting import LimitRow
from desktop.dialogs.lawful import OverrideDialog, case_words, offered
from desktop.dialogs.limit import LiftLimitDialog, LimitDialog
from desktop.dialogs.limit import offered as offered_limits
from desktop.label_review import LabelRow
from desktop.lawful import Lawful, lawful_of, limit_name, limit_words, state_words
from desktop.models.tongue import ours
from desktop.models.words import calendar_day, role
from desktop.overriding import CaseRow
from desktop.reports import PersonRow
from desktop.rights import lifted_because
from desktop.views.chosen_person import ChosenPerson
from desktop.views.plugs import Shell
from desktop.views.rights import RightsPart, roles_of
from desktop.widgets.acts import Act, ActLine, Mark, fill
from desktop.widgets.text import Card, button


def _tr(text: str) -> str:
    return QCoreApplication.translate("Lawful", text)


class LawfulAccess(ChosenPerson):
    """People on the left; on the right what was opened by law, what is kept from the person, who acts for them, and who
    may know."""

    def __init__(self, shell: Shell) -> None:
        lead = _tr("Choose a person to ask for lawful access to their record, or to see what was opened or limited.")
        search = _tr("Find a person whose record is meant")
        super().__init__(shell, _tr("Lawful access and limits"), search, lead)
        self._shown: Lawful | None = None
        self._rights = RightsPart(self)

    def clear(self) -> None:
        """Forget everyone."""
        self._shown = None
        super().clear()

    def read(self, workspace: Any, person: PersonRow) -> Lawful:
        """All of it."""
        return lawful_of(workspace, person.person_id)

    def asks(self, person: PersonRow, found: Lawful) -> Sequence[QWidget]:
        """What can be asked for or recorded anew."""
        self._shown = found
        silent = [button(_tr("Keep something silent…"), "", self.limit)] if self._limits_offered() else []
        ask = button(_tr("Ask for lawful access…"), "primary", self.ask)
        return [ask, *silent, *self._rights.asks(person, found.rights)]

    def parts(self, person: PersonRow, found: Lawful) -> Sequence[QWidget]:
        """A card for each kind of thing."""
        lines = [self._case(row, found) for row in found.cases]
        overrides = Card(_tr("Overrides of this record"), str(len(lines)))
        fill(overrides, lines, _tr("This record was never opened by an override."))
        lines = [self._limit(row, found) for row in found.limits]
        limits = Card(_tr("Kept from the person’s own view"), str(len(lines)))
        fill(limits, lines, _tr("Nobody has set a limit on what the person sees of their record."))
        return [overrides, limits, *self._rights.cards(person, found.rights), _needs()]

    def general(self) -> Sequence[QWidget]:
        """What the law says of who needs to know."""
        return [_needs()]

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
        acts: list[Act] = [(_tr("Lift it…"), partial(self._lift, row))] if limit.binds_on(found.today) else []
        return ActLine(limit_words(row, ""), acts, marks, more=lifted_because(limit), about=limit_name(limit.kind))

    # -- doing

    def ask(self) -> None:
        """Ask for an override of the chosen person's record."""
        person, shown = self.person, self._shown
        if person is None or shown is None:
            return
        dialog = OverrideDialog(
            person.name, offered(roles_of(self.shell.session.user)), shown.now, self.parent_window()
        )

        def asked() -> None:
            said = (dialog.kind.key, dialog.reason.text(), dialog.grounds.text(), dialog.lasts, dialog.scope)
            self.do(lambda workspace: workspace.open_override(person.person_id, *said))

        dialog.accepted.connect(asked)
        self.shell.show_dialog(dialog)

    def limit(self) -> None:
        """Ask the vault for the entries that may be meant, then which of them are to be kept silent."""
        person = self.person
        if person is not None:
            self.shell.session.ask(
                lambda workspace: workspace.label_reasons(person.person_id), self._ask_limit, self.shell.tell
            )

    def _ask_limit(self, rows: list[LabelRow]) -> None:
        person, shown = self.person, self._shown
        if person is None or shown is None:
            return
        entries = [(row.entry_id, f"{row.title} · {row.when} · {row.source}") for row in rows]
        dialog = LimitDialog(person.name, self._limits_offered(), entries, shown.today, self.parent_window())

        def asked() -> None:
            said = (dialog.kind, dialog.chosen, dialog.reason.text(), "health", dialog.until)
            self.do(lambda workspace: workspace.state_acting("set_limit", person.person_id, *said))

        dialog.accepted.connect(asked)
        self.shell.show_dialog(dialog)

    def _limits_offered(self) -> tuple[Any, ...]:
        return offered_limits(roles_of(self.shell.session.user), "health")

    def _act(self, act: str, row: CaseRow) -> None:
        self.do(lambda workspace: workspace.override_act(act, row.person, row.case.opened.id))

    def _lift(self, row: LimitRow) -> None:
        ask_to_lift(self.shell, row, "", self.do)


def ask_to_lift(shell: Shell, row: LimitRow, called: str, do: Callable[[Callable[[Any], object]], None]) -> None:
    """Ask why what is kept from the person's own view is to be shown to them again, and `do` it then."""
    dialog = LiftLimitDialog(limit_words(row, called), shell if isinstance(shell, QWidget) else None)

    def asked() -> None:
        why = dialog.why.text()
        do(lambda workspace: workspace.state_acting("lift_limit", row.limit.person, row.id, why))

    dialog.accepted.connect(asked)
    shell.show_dialog(dialog)


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
