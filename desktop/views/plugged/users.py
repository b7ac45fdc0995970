"""Users and teams, for the privacy office: who may open this vault, adding, removing, renaming, and the keys.

And for everyone: changing their own passphrase.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from consent.acting import PURPOSE, linked
from consent.request import ROLES
from desktop.dialogs.keys import (
    AddUser,
    ChangeKeys,
    ChangePassphrase,
    NewRecoveryKey,
    RemoveUser,
    RenameOrganisation,
    RenewUser,
    UseKeyring,
)
from desktop.jobs import Job
from desktop.models.words import plural, role
from desktop.reports import UserRow
from desktop.theme.tokens import look
from desktop.views.linked_users import add_linked
from desktop.views.plugs import CommandKind, Screen, ScreenKind, Shell, page_of
from desktop.widgets.acts import Act, ActLine, Mark, fill
from desktop.widgets.layouts import Columns, Flow
from desktop.widgets.states import ChangingPage
from desktop.widgets.text import Card, Text, button
from desktop.widgets.under_way import UnderWay

Work = Callable[[Any], object]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Users", text)


class Users(Screen):
    """A card for each organisation, with its users by team; what can be done with keys above them."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._users: list[UserRow] = []
        self._loading: Job | None = None
        gap = look().gap
        outer = page_of(self, _tr("Users and teams"))
        self.said = Text("", "secondary")
        outer.addWidget(self.said)
        asks = Flow(gap=gap(8), below=gap(6))
        self.add_button = button(_tr("Add a worker…"), "primary", self.add)
        asks.add(self.add_button)
        self._asks = [self.add_button]
        for name, act in (
            (_tr("Add a person, carer or proxy…"), self.add_linked),
            (_tr("Rename an organisation…"), self.rename),
            (_tr("New recovery key…"), partial(self.change_keys, False)),
            (_tr("Change every key…"), partial(self.change_keys, True)),
        ):
            self._asks.append(button(name, "", act))
            asks.add(self._asks[-1])
        outer.addWidget(asks)
        self.under_way = UnderWay(_tr("How far it is"), _tr("Stop, and change nothing"), self.add_button)
        outer.addWidget(self.under_way)
        self.states = ChangingPage()
        outer.addWidget(self.states, 1)

    def start(self) -> None:
        """Ask who there is."""
        self.states.show_loading(_tr("Reading…"))
        self.add_button.setFocus()
        self._load()

    def busy(self) -> bool:
        return self.under_way.busy()

    def clear(self) -> None:
        """Forget everyone; what is under way stops."""
        self.under_way.forget()
        if self._loading is not None:
            self._loading.forget()
        self._busy(under_way=False)
        self._users = []
        self.said.setText("")
        self.states.drop()

    def _load(self) -> None:
        self._loading = self._shell.session.ask(lambda workspace: workspace.users(), self._show, self.states.show_error)

    def _show(self, users: list[UserRow]) -> None:
        self._users = users
        teams = {(one.role, one.organisation) for one in users if linked(one.role, one.organisation) is None}
        if not self.said.text():
            self.said.setText(f"{plural(len(users), 'user')} · {plural(len(teams), 'team')}")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, look().gap(6), 0)
        cards = Columns(gap=look().gap(14), column=look().px(430))
        for organisation in self._organisations():
            members = [one for one in users if one.organisation == organisation]
            members.sort(key=lambda one: (ROLES.index(one.role) if one.role in ROLES else 99, one.name))
            card = Card(organisation or _tr("No organisation"), plural(len(members), "user"))
            cards.add(fill(card, [self._line(one) for one in members], ""))
        persons = [one for one in users if linked(one.role, one.organisation) is not None]
        if persons:
            card = Card(_tr("People, and those who act for them"), plural(len(persons), "user"))
            cards.add(fill(card, [self._line(one) for one in sorted(persons, key=lambda one: one.name)], ""))
        column.addWidget(cards)
        column.addStretch(1)
        self.states.put(inside, _tr("Users and teams"))

    def _line(self, user: UserRow) -> ActLine:
        me = self._shell.session.user
        marks: list[Mark] = [(_tr("Custodian’s office"), "info")] if user.custodian else []
        acts: list[Act] = []
        if me is not None and me.name == user.name:
            marks.append((_tr("You"), ""))
        else:
            acts.append((_tr("New passphrase…"), partial(self.renew, user)))
            acts.append((_tr("Remove…"), partial(self.remove, user)))
        link = linked(user.role, user.organisation)
        more = role(user.role) if link is None else _tr("{role}, of one record only").format(role=role(user.role))
        return ActLine(user.name, acts, marks, more=more, about=user.name)

    def _organisations(self) -> list[str]:
        return sorted({one.organisation for one in self._users if linked(one.role, one.organisation) is None})

    # -- doing

    def add(self) -> None:
        """Ask who is to be added."""
        roles = [key for key in ROLES if key not in PURPOSE and (key != "tester" or self._shell.session.test_data)]
        dialog = AddUser(roles, self._organisations(), self._parent(), recovery=self._needs_key())

        def asked() -> None:
            name, organisation = dialog.name.text().strip(), dialog.organisation.currentText().strip()
            kind, passphrase = dialog.role.currentData(), dialog.passphrase.text()
            key, custodian = dialog.recovery_key, dialog.custodian.isChecked()

            def work(workspace: Any) -> None:
                workspace.add_user(name, kind, organisation, passphrase, recovery_key=key, custodian=custodian)

            self._do(work, _tr("{name} can sign in.").format(name=name))

        dialog.accepted.connect(asked)
        self._shell.show_dialog(dialog)

    def add_linked(self) -> None:
        """Ask for whose record somebody is to be added, and who it is."""
        add_linked(self._shell, self._do, recovery=self._needs_key())

    def renew(self, user: UserRow) -> None:
        """Ask for a new passphrase of somebody who lost theirs."""
        dialog = RenewUser(user.name, self._parent(), recovery=self._needs_key())

        def asked() -> None:
            new, key = dialog.passphrase.text(), dialog.recovery_key
            said = _tr("{name} can sign in with the new passphrase.").format(name=user.name)
            self._do(lambda workspace: workspace.renew_user(user.name, new, recovery_key=key), said)

        dialog.accepted.connect(asked)
        self._shell.show_dialog(dialog)

    def remove(self, user: UserRow) -> None:
        """Ask whether somebody leaves; with the custodian's office the recovery key changes first."""
        dialog = RemoveUser(user.name, self._parent(), office=user.custodian, recovery=self._needs_key())
        said = _tr("{name} is removed.").format(name=user.name)

        def asked() -> None:
            key = dialog.recovery_key
            if user.custodian:
                self._with_new_key(
                    lambda workspace, new: workspace.remove_user(user.name, recovery_key=key, new_key=new), said
                )
            else:
                self._do(lambda workspace: workspace.remove_user(user.name, recovery_key=key), said)

        dialog.accepted.connect(asked)
        self._shell.show_dialog(dialog)

    def rename(self) -> None:
        """Ask for an organisation's new name."""
        dialog = RenameOrganisation(self._organisations(), self._parent(), recovery=self._needs_key())

        def asked() -> None:
            before, name, key = dialog.before.currentText(), dialog.name.text().strip(), dialog.recovery_key
            said = _tr("{before} is now {name}.").format(before=before, name=name)
            self._do(lambda workspace: workspace.rename_organisation(before, name, recovery_key=key), said)

        dialog.accepted.connect(asked)
        self._shell.show_dialog(dialog)

    def change_keys(self, every: bool) -> None:
        """Ask whether the recovery key, or every key, is to change."""
        dialog = ChangeKeys(self._parent(), every=every, recovery=self._needs_key())

        def asked() -> None:
            key = dialog.recovery_key
            change = "change_every_key" if every else "change_recovery_key"
            said = _tr("Every key has changed.") if every else _tr("The recovery key has changed.")
            self._with_new_key(lambda workspace, new: getattr(workspace, change)(key, new_key=new), said)

        dialog.accepted.connect(asked)
        self._shell.show_dialog(dialog)

    def _with_new_key(self, work: Callable[[Any, str], object], said: str) -> None:
        """Show a new recovery key, and do the work with it once somebody has put it down."""

        def save(key: str, file: Path, saved: Callable[[str], None]) -> None:
            self._shell.session.ask(lambda workspace: workspace.put_down(key, file), lambda _none: saved(""), saved)

        def show(key: str) -> None:
            dialog = NewRecoveryKey(key, partial(save, key), self._parent())
            dialog.accepted.connect(lambda: self._do(lambda workspace: work(workspace, key), said))
            self._shell.show_dialog(dialog)

        self._shell.session.ask(lambda workspace: workspace.new_recovery_key(), show, self._shell.tell)

    def _do(self, work: Work, said: str) -> None:
        def done(_answer: object) -> None:
            self._busy(under_way=False)
            self.said.setText(said)
            self._load()

        def failed(words: str) -> None:
            self._busy(under_way=False)
            self._load()
            self._shell.tell(words)

        def doing(workspace: Any, job: Job) -> object:
            with workspace.telling(job.progress, job.cancelled):
                return work(workspace)

        self._busy(under_way=True)
        self.states.show_loading(_tr("Changing keys. This may take a while…"))
        self.under_way.begin(
            _tr("Changing keys…"), lambda: self._shell.session.run(doing, done, failed, self.under_way.progress)
        )

    def _busy(self, *, under_way: bool) -> None:
        for ask in self._asks:
            ask.setEnabled(not under_way)
        if not under_way:
            self.under_way.end()

    def _needs_key(self) -> bool:
        """Whether the recovery key is asked for: whoever holds the custodian's office has its keys already."""
        user = self._shell.session.user
        return user is None or not user.custodian

    def _parent(self) -> QWidget | None:
        return self._shell if isinstance(self._shell, QWidget) else None


def change_passphrase(shell: Shell) -> None:
    """Ask for the passphrase of now and a new one."""
    dialog = ChangePassphrase(shell if isinstance(shell, QWidget) else None)

    def asked() -> None:
        before, new = dialog.before.text(), dialog.new.text()
        done = _tr("Changed. The passphrase before opens this vault no more.")
        shell.session.ask(
            lambda workspace: workspace.change_passphrase(before, new), lambda _none: shell.tell(done), shell.tell
        )

    dialog.accepted.connect(asked)
    shell.show_dialog(dialog)


def use_keyring(shell: Shell) -> None:
    """Ask whether this computer's keyring is to open the vault for oneself, or no more."""

    def ask(on: bool) -> None:
        dialog = UseKeyring(shell if isinstance(shell, QWidget) else None, on=on)
        done = (
            _tr("Signing in takes your passphrase again.")
            if on
            else _tr("You can sign in with this computer’s keyring now. Your passphrase still works.")
        )

        def asked() -> None:
            shell.session.ask(
                lambda workspace: workspace.use_keyring(on=not on), lambda _none: shell.tell(done), shell.tell
            )

        dialog.accepted.connect(asked)
        shell.show_dialog(dialog)

    shell.session.ask(lambda workspace: workspace.uses_keyring(), ask, shell.tell)


def _office(user: UserRow) -> bool:
    return user.office


SCREENS: Sequence[ScreenKind] = (ScreenKind("users", "Users and teams", Users, _office, order=64),)
COMMANDS = (
    CommandKind("passphrase", "Change your passphrase…", change_passphrase, needs="user", order=90),
    CommandKind("keyring", "Sign in with the keyring…", use_keyring, needs="user", order=91),
)
