"""Adding somebody who is, or acts for, one person as a user: first whose record it is, then who they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from consent.acting import linked
from desktop.dialogs.frame import Framed
from desktop.dialogs.linked import LinkedDialog
from desktop.reports import PersonRow, UserRow
from desktop.rights import Rights, rights_of
from desktop.theme.tokens import look
from desktop.views.people_pane import Asked, PeoplePane
from desktop.views.plugs import Shell
from desktop.widgets.text import Text, button
from fhir.entries import PersonId

Do = Callable[[Callable[[Any], object], str], None]
"""Does something with the vault, and then says this."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Linked", text)


class WhoseRecord(Framed):
    """Asks whose record it is; `person` is whoever was chosen."""

    def __init__(self, desk: Asked, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: users and keys"), parent)
        self.setModal(True)
        self.person: PersonRow | None = None
        self.body.addWidget(Text(_tr("Whose record is it for?"), "title"))
        lead = _tr("Choose the person. Whoever you add reads this record and no other.")
        self.body.addWidget(Text(lead, "lead"))
        self.pane = PeoplePane(desk, _tr("Find the person whose record it is"))
        self.pane.setMinimumHeight(look().px(320))
        self.pane.chosen.connect(self._choose)
        self.body.addWidget(self.pane)
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        self.finished.connect(lambda _code: self.pane.clear())
        self.fit(look().px(620))
        self.pane.start()

    def _choose(self, person: PersonRow) -> None:
        self.person = person
        self.accept()


class _Known:
    """What is known of the person before somebody is added for their record."""

    def __init__(self, workspace: Any, person: PersonId) -> None:
        self.rights: Rights = rights_of(workspace, person)
        whole = workspace.joined_with(person)
        self.users: Sequence[UserRow] = workspace.users()
        themselves = [one.name for one in self.users if _is(one, whole)]
        self.themself = next(iter(themselves), "")


def _is(user: UserRow, whole: Sequence[PersonId]) -> bool:
    link = linked(user.role, user.organisation)
    return link is not None and not link.user and link.person in whole


def add_linked(shell: Shell, do: Do, *, recovery: bool) -> None:
    """Ask whose record it is, then who is added; `recovery`: the recovery key is needed."""
    parent = shell if isinstance(shell, QWidget) else None
    dialog = WhoseRecord(shell.session, parent)

    def asked() -> None:
        person = dialog.person
        if person is not None:
            shell.session.ask(
                lambda workspace: _Known(workspace, person.person_id),
                partial(_ask, shell, do, person, recovery),
                shell.tell,
            )

    dialog.accepted.connect(asked)
    shell.show_dialog(dialog)


def _ask(shell: Shell, do: Do, person: PersonRow, recovery: bool, known: _Known) -> None:
    rights = known.rights
    dialog = LinkedDialog(
        person.name,
        [one.name for one in known.users],
        known.themself,
        rights.matters,
        rights.today,
        shell if isinstance(shell, QWidget) else None,
        adult=rights.adult,
        recovery=recovery,
    )

    def asked() -> None:
        name, said = dialog.name.text().strip(), (dialog.kind, "", dialog.passphrase.text())
        key, mandate = dialog.recovery_key, dialog.right

        def work(workspace: Any) -> None:
            workspace.add_user(name, *said, recovery_key=key, person=person.person_id, mandate=mandate)

        do(work, _tr("{name} can sign in, for the record of {person}.").format(name=name, person=person.name))

    dialog.accepted.connect(asked)
    shell.show_dialog(dialog)
