"""Users, their keys, and backups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from consent.acting import NOT_STAFF, PURPOSE, link, linked
from consent.naming import spoken
from consent.ports import AccessEvent
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.reports import (
    BackupDone,
    Cancelled,
    ChoosePost,
    Progress,
    RestoreDone,
    UserRow,
    first_post,
    never,
    no_progress,
)
from desktop.workspace.keys import check_passphrase, check_role, new_key_in, new_user, tidy, write_secret
from desktop.workspace.opening import Opening
from desktop.workspace.places import default_anchors, instants
from desktop.workspace.sentences import told, told_of_users
from desktop.workspace.signed_in import post_row
from desktop.workspace.stores import testers
from fhir.entries import PersonId
from fhir.people import NO_ONE
from storage.errors import UnknownItemError
from storage.progress import Step
from storage.records import Principal as VaultPrincipal
from storage.records import StoredContent
from storage.session import Session as VaultSession
from storage.slots import new_recovery_key
from storage.vault import Vault


class Users(Opening):
    """Users, their keys, and backups."""

    def users(self) -> list[UserRow]:
        """Users of this vault."""
        with told():
            return [
                UserRow(user.name, user.role, user.organisation, user.custodian, user.team)
                for user in self._session.users()
            ]

    def add_user(
        self,
        name: str,
        role: str,
        organisation: str,
        passphrase: str,
        *,
        recovery_key: str,
        custodian: bool = False,
        person: PersonId | None = None,
        mandate: Mapping[str, Any] | None = None,
    ) -> UserRow:
        """Add a user; when this returns they can read what they may of all that is stored.

        `person` links someone who is that person, or acts for them on the basis `mandate` says (the arguments of
        `Acting.allow`): they are of no organisation, and read nothing of anyone else.
        """
        check_role(role, test_data=self.test_data)
        check_passphrase(passphrase)
        if person is None:
            organisation = self._as_known(organisation)
        else:
            if role not in PURPOSE:
                raise WorkspaceError("Only a person, a carer or a proxy is linked to a person's record.")
            with told():
                self._session.identity(person)
            organisation = link(person, "" if role == "person" else name)
        with told():
            new = new_user(name, role, organisation, custodian=custodian)
            acts = person is not None and role != "person"
            may = (
                self.acting.allow(person, name, **mandate, kept=False)
                if person is not None and acts and mandate
                else None
            )
            self._session.add_user(new, passphrase, recovery_key, self._readers_of)
            if person is not None:
                self.acting.introduce(person, name, themself=not acts)
            if may is not None:
                self.acting.keep(may)
                self._choosing.settle(may.person)
        return UserRow(name, role, organisation, custodian)

    @contextmanager
    def telling(self, progress: Progress, cancelled: Cancelled = never) -> Iterator[None]:
        """Within it, giving, changing and taking keys, and checking the log, say how far they are, and may stop."""
        with self._session.telling(_stopping(progress, cancelled, "Stopped. Nothing was changed.")):
            yield

    @staticmethod
    def new_recovery_key() -> str:
        """A fresh recovery key, to be put down before it is used: see `change_recovery_key`."""
        return new_recovery_key()

    @staticmethod
    def put_down(recovery_key: str, file: Path) -> None:
        """Write a recovery key into a new file for this account alone. Raises WorkspaceError where there is one."""
        write_secret(file, recovery_key)

    def add_post(self, name: str, role: str, organisation: str, *, recovery_key: str = "") -> UserRow:
        """Let a user who is here also work in another post: they sign in with the passphrase they have."""
        check_role(role, test_data=self.test_data)
        organisation = self._as_known(organisation)
        if role in PURPOSE or not organisation:
            raise WorkspaceError("A post is a role of a worker, and where they work.")
        # What the law keeps from their own view would bind that post only, and not what they read at work.
        if any(row.name == name and row.role in PURPOSE for row in self.users()):
            raise WorkspaceError(
                f"{name} is here as a person, carer or proxy; as a worker they need a user of their own."
            )
        with told_of_users(name):
            self._session.add_post(new_user(name, role, organisation), recovery_key, self._readers_of)
        return UserRow(name, role, organisation)

    def leave_post(self, name: str, role: str, organisation: str, *, recovery_key: str = "") -> None:
        """End one further post of a user and change every key they knew by it; see `storage.rotation`."""
        self.forget_record()
        organisation = self._as_known(organisation)
        here = any(row.name == name for row in self.users())
        with told_of_users(name, f"{name} does not work as {role}, {organisation}." if here else ""):
            self._session.leave_post(name, role, organisation, recovery_key)

    def remove_user(
        self, name: str, *, recovery_key: str = "", new_key_file: Path | None = None, new_key: str = ""
    ) -> bool:
        """Remove a user and change every key they knew; see `storage.rotation`.

        If they held the custodian's office the recovery key changes too: the new one is in `new_key_file` before
        anything else happens, or it is `new_key`, which was put down before; and this returns True.
        """
        self.forget_record()
        with told_of_users(name):
            if not self._session.holds_office(name):
                self._session.remove_user(name, recovery_key)
                return False
            with new_key_in(new_key_file, new_key) as new:
                self._session.remove_user(name, recovery_key, new)
            return True

    def rename_organisation(self, organisation: str, name: str, *, recovery_key: str = "") -> int:
        """Give an organisation another name; keys and grants stay. Says of how many teams and users it is part."""
        if not name.strip() or "\n" in name.strip():
            raise WorkspaceError("An organisation needs a name of one line.")
        organisation = self._as_known(organisation)
        name = tidy(name) if spoken(name) == spoken(organisation) else self._as_known(name)
        self.forget_record()
        with told():
            try:
                return self._session.rename_organisation(organisation, name, recovery_key)
            except UnknownItemError as error:
                raise NothingFoundError(str(error)) from None

    def rename_team(self, role: str, organisation: str, name: str, *, recovery_key: str = "") -> None:
        """Give one team a name of its own, or none; nobody sees more or less for it, and its keys stay."""
        organisation, name = self._as_known(organisation), tidy(name)
        with told():
            try:
                self._session.rename_team(role, organisation, name, recovery_key)
            except UnknownItemError as error:
                raise NothingFoundError(str(error)) from None

    def change_every_key(self, recovery_key: str, new_key_file: Path | None = None, new_key: str = "") -> None:
        """Change the keys of everyone's teams and offices and of the vault; the recovery key becomes another, for which
        see `remove_user`."""
        self.forget_record()
        with told(), new_key_in(new_key_file, new_key) as new:
            self._session.change_every_key(new, recovery_key)

    def uses_keyring(self) -> bool:
        """Whether the signed-in user asked for that: see `use_keyring`."""
        with told():
            return self._session.in_keyring()

    def use_keyring(self, *, on: bool) -> None:
        """Let this computer's keyring open the vault for the signed-in user, or no more; their passphrase always does.

        What the keyring holds is a random secret, never the passphrase. Raises WorkspaceError in one sentence where
        there is no keyring that the system guards, and for whoever holds the custodian's office.
        """
        with told():
            if on:
                self._session.keep_in_keyring()
            else:
                self._session.forget_keyring()

    def change_passphrase(self, passphrase: str, new: str) -> None:
        """Change the signed-in user's own passphrase. Raises SignInError when `passphrase` is not theirs."""
        check_passphrase(new)
        with told():
            self._session.change_passphrase(passphrase, new)

    def change_recovery_key(self, recovery_key: str, file: Path | None = None, new_key: str = "") -> None:
        """Put a new recovery key, for which see `remove_user`, in place of the one before, which opens nothing any
        more."""
        with told(), new_key_in(file, new_key) as new:
            self._session.change_recovery_key(recovery_key, new)

    def renew_user(self, name: str, new: str, *, recovery_key: str = "") -> None:
        """Give another user whose passphrase is lost fresh keys and a new passphrase. `recovery_key` may be empty where
        the signed-in user holds the custodian's office."""
        check_passphrase(new)
        if name == self.user.name:
            raise WorkspaceError("Your own passphrase is changed with the one you have now.")
        with told_of_users(name):
            self._session.renew_user(name, new, recovery_key, self._readers_of)

    @classmethod
    def reset_passphrase(
        cls, vault: Path, name: str, new: str, *, recovery_key: str, now: datetime | None = None
    ) -> None:
        """Give a user whose passphrase is lost fresh keys and a new passphrase, with the recovery key alone."""
        check_passphrase(new)
        with told_of_users(name):
            session = Vault.recover(vault, recovery_key, clock=instants(now), anchors=default_anchors())
            with session, cls(session, lambda: now or datetime.now(UTC)) as workspace:
                session.renew_user(name, new, recovery_key, workspace._readers_of)

    def backup(self, file: Path, progress: Progress = no_progress, cancelled: Cancelled = never) -> BackupDone:
        """Copy vault and key file into one new file, verified. Stopping it leaves nothing."""

        with told(), self._session.telling(_stopping(progress, cancelled, "Stopped. No backup was made.")):
            made = self._session.backup(file)
        return BackupDone(file, made.made, sum(made.counts.values()))

    @staticmethod
    def restore(
        vault: Path,
        file: Path,
        user: str,
        passphrase: str,
        *,
        choose: ChoosePost = first_post,
        now: datetime | None = None,
        progress: Progress = no_progress,
        cancelled: Cancelled = never,
    ) -> RestoreDone:
        """Put a backup in place of a vault; name and passphrase are those of the time of the backup. Stopping it before
        it is put in place changes nothing.

        `choose` says, before anything is replaced, which post its user does it in; that stands in the access log.
        """
        post = ""

        def hear(posts: list[VaultPrincipal]) -> None:
            nonlocal post
            post = choose([post_row(one) for one in posts]).post

        with told():
            step = _stopping(progress, cancelled, "Stopped. Nothing was changed.")
            done = Vault.restore(vault, file, user, passphrase, clock=instants(now), hear=hear, step=step)
            unlocked = Vault.unlock(vault, user, passphrase, clock=instants(now), anchors=default_anchors())
            with unlocked.enter(post, passphrase) as session:
                session.record(AccessEvent("restore", reason=f"backup of {done.made}"))
                names = _names(session, done.chose)
        return RestoreDone(
            done.made,
            done.replaced,
            done.compared,
            done.newer_imports,
            done.newer_events,
            done.users_lost,
            done.users_back,
            done.newer_choices,
            names,
        )

    @staticmethod
    def only_user_of_backup(file: Path) -> str:
        """The user of a backup that has one only."""
        with told():
            names = Vault.users_of_backup(file)
        if len(names) != 1:
            raise WorkspaceError("That backup has several users; say which with --user.")
        return names[0]

    def _as_known(self, organisation: str) -> str:
        """The name of an organisation as it is kept: rules know no case and no spacing, nor does anything here."""
        known = {row.organisation for row in self.users() if linked(row.role, row.organisation) is None}
        if organisation in known:
            return organisation
        return next((one for one in sorted(known) if spoken(one) == spoken(organisation)), tidy(organisation))

    def _readers_of(
        self, person: PersonId, contents: Sequence[StoredContent], principals: Sequence[VaultPrincipal]
    ) -> list[frozenset[str]]:
        if person == NO_ONE:
            return [testers(principals, test_data=self.test_data)] * len(contents)
        return self._choosing.readers(person, contents, principals)


def _names(session: VaultSession, people: Sequence[str]) -> dict[str, str]:
    """What these people are called, where the vault knows them and this user may know."""
    found = {}
    for one in people:
        try:
            found[one] = "" if session.user.role in NOT_STAFF else session.identity(PersonId(one)).name
        except KeyError:
            found[one] = ""
    return found


def _stopping(progress: Progress, cancelled: Cancelled, stopped: str) -> Step:
    """Tells how far work is, and stops it with this sentence where that is asked for."""

    def step(what: str, done: int, total: int) -> None:
        if cancelled():
            raise WorkspaceError(stopped)
        progress(what, done, total)

    return step
