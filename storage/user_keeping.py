"""Who may open a vault, and with what: users added and removed, passphrases and keys changed; and backups.

All of it is in the key file, in signed rows, or in both, in an order that a crash cannot break (`storage.rotation`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from storage import backup, os_keyring, rotation, slots
from storage.backup import Manifest
from storage.enrolment import enrol_later
from storage.errors import (
    NameTakenError,
    NoKeyringError,
    RecoveryKeyError,
    UnfinishedError,
    UnknownItemError,
    UserStaysError,
    WriteError,
)
from storage.keypairs import PrivateKey, SigningKey, fresh_key
from storage.open_vault import OpenVault
from storage.principals import CUSTODIAN, REVIEW, Holder
from storage.records import Decide, LogEvent, NewUser
from storage.slots import Handed, KdfCost, KeyFile, Keys, Slot
from storage.statements import heard_by
from storage.succession import Office


class UserKeeping(OpenVault):
    """What a signed-in user can do to the ways into their vault."""

    def add_user(
        self,
        user: NewUser,
        passphrase: str,
        recovery_key: str,
        decide: Decide,
        *,
        cost: KdfCost | None = None,
    ) -> None:
        """Add a user; when this returns they can read what `decide` lets them of all that is stored.

        `recovery_key` may be empty where the signed-in user holds the custodian's office. Raises RecoveryKeyError,
        NameTakenError.
        """
        with self._use():
            custodian = self._custodian(recovery_key)
            if user.name in self._header.names():
                raise NameTakenError("There is a user of that name already.")
            self._admit(custodian, [user], passphrase, decide, cost)

    def renew_user(
        self, name: str, passphrase: str, recovery_key: str, decide: Decide, *, cost: KdfCost | None = None
    ) -> None:
        """Give a user who lost their passphrase a new slot, and fresh keys in each of their posts, with the offices
        they hold: in every post or in none.

        `recovery_key` as for `add_user`. Raises RecoveryKeyError, UnknownItemError.
        """
        with self._use():
            custodian = self._custodian(recovery_key)
            held = self._principals.posts(name)
            if not held:
                raise UnknownItemError("There is no user of that name.")
            heard = [heard_by(self._connection, one.no) for one in held]
            self._admit(custodian, [self._as_new(one) for one in held], passphrase, decide, cost, heard)

    def _admit(
        self,
        custodian: Keys,
        posts: Sequence[NewUser],
        passphrase: str,
        decide: Decide,
        cost: KdfCost | None,
        heard: Sequence[Collection[int]] = ((),),
    ) -> None:
        """Enrol a user in these posts, the first one first, and give them a slot. `heard`: see `enrol_later`."""
        try:
            with self._change():
                keys = self._enrol(custodian, posts[0], decide, None, heard[0])
                self._tell_newcomer(keys.principal, custodian)
                first = self._principals.holder(keys.principal)
                for post, theirs in zip(posts[1:], heard[1:], strict=True):
                    self._enrol(custodian, post, decide, first, theirs)
                slot = slots.user_slot(
                    self._header, posts[0].name, passphrase, keys, cost or slots.usual_cost(self._header)
                )
        except BaseException:
            self._principals.reload()
            raise
        # Another key pair was made for them: what opened with a keyring's secret was the one before.
        self._write_header(slots.with_slot(slots.without_slot(self._header, "keyring", posts[0].name), slot))
        self._keyring.forget_people()

    def _enrol(
        self, custodian: Keys, user: NewUser, decide: Decide, first: Holder | None, heard: Collection[int] = ()
    ) -> Keys:
        """One post of a user, said in the log. Inside a transaction."""
        keys = enrol_later(
            self._connection,
            self._vault_id,
            self._index,
            self._codec,
            self._principals,
            self._people,
            custodian,
            user,
            decide,
            first,
            heard,
            bound_to=self._bound_to,
            step=self._step,
        )
        self._log.append(LogEvent("user-added", reason="post" if first else "", items=(keys.principal,)), self._clock())
        return keys

    def _tell_newcomer(self, id: str, custodian: Keys) -> None:
        """Give someone who is the person of a record what the log tells of them so far. Inside a transaction."""
        holder = self._principals.holder(id)
        person = self.subject_of(holder.principal)
        if person is not None:
            held = self._principals.keys_of(CUSTODIAN, PrivateKey(custodian.custodian_private))
            group = self._matches.group(self._people.number(person))
            people = [self._people.id_of(number) for number in group]
            self._log.tell(held[self._principals.holder(REVIEW).no], people, holder)

    def add_post(self, post: NewUser, recovery_key: str, decide: Decide) -> None:
        """Let a user who is here also work in another post, with keys of its own that their present slot reaches.

        The custodian's office goes with a first post only. Raises RecoveryKeyError, UnknownItemError, NameTakenError.
        """
        with self._use():
            custodian = self._custodian(recovery_key)
            held = self._principals.posts(post.name)
            if not held or post.name not in self._header.names():
                raise UnknownItemError("There is no user of that name.")
            if any((one.principal.role, one.principal.organisation) == (post.role, post.organisation) for one in held):
                raise NameTakenError("They work in that post already.")
            post = msgspec.structs.replace(post, offices=post.offices - {CUSTODIAN})
            try:
                with self._change():
                    self._enrol(custodian, post, decide, held[0])
            except BaseException:
                self._principals.reload()
                raise
            self._keyring.forget_people()

    def leave_post(self, name: str, role: str, organisation: str, recovery_key: str = "") -> None:
        """End one further post of a user, and change every key that they knew by it: see `remove_user`.

        Raises UnknownItemError, RecoveryKeyError, UnfinishedError; UserStaysError for the post that their passphrase
        opens, or the one that is worked in now.
        """
        with self._use():
            custodian = self._custodian(recovery_key)
            held = self._principals.posts(name)
            leaving = [one for one in held if (one.principal.role, one.principal.organisation) == (role, organisation)]
            if not leaving:
                raise UnknownItemError("There is no user of that name in that post.")
            if leaving[0] is held[0]:
                raise UserStaysError("That is the post that their passphrase opens; remove the user instead.")
            if leaving[0].principal.id == self._keys.principal:
                raise UserStaysError("You work in that post now; sign in as another first.")
            self._rotate(custodian, leaving)

    def _as_new(self, user: Holder) -> NewUser:
        """A user in one post as they would be added again, with their offices; what their team is told it knows."""
        who, held = user.principal, self._principals.teams_of(user.principal.id)
        offices = {team.principal.id for team in held if team.principal.kind != "team"}
        return NewUser(
            who.name,
            who.role,
            who.organisation,
            frozenset(offices | ({CUSTODIAN} if who.custodian else set())),
            told=False,
        )

    def holds_office(self, name: str) -> bool:
        """Whether a user holds the custodian's office, so that removing them makes a new recovery key."""
        with self._use():
            found = self._principals.user(name)
            return found is not None and found.principal.custodian

    def remove_user(self, name: str, recovery_key: str = "", new_recovery_key: str = "") -> None:
        """Remove a user, and change every key they knew that opens what is stored from now on.

        Their teams and offices get fresh key pairs, what those could read is sealed anew, and the vault key changes.
        If they held the custodian's office, its keys change as well: `new_recovery_key` (from
        `slots.new_recovery_key`, put down safely before this is called) opens the vault afterwards, and the one before
        does not. Raises UnknownItemError, RecoveryKeyError; UnfinishedError when the vault key could not be changed
        yet: the user is removed nevertheless, this session is closed, and the next sign-in completes it.
        """
        with self._use():
            custodian = self._custodian(recovery_key)
            leaving = self._principals.posts(name)
            if not leaving or name not in self._header.names():
                raise UnknownItemError("There is no user of that name.")
            if self._keys.principal in {one.principal.id for one in leaving}:
                raise UserStaysError("You cannot remove yourself; someone else has to.")
            office = leaving[0].principal.custodian
            if office and not new_recovery_key:
                raise RecoveryKeyError(
                    "They hold the custodian's office, so the recovery key changes too: say where to put the new one."
                )
            self._rotate(custodian, leaving, new_recovery_key if office else "", slot=name)

    def rename_organisation(self, organisation: str, name: str, recovery_key: str = "") -> int:
        """Give an organisation, and with it its teams and users, another name; how many rows have it.

        Keys and grants stay, and choices and records that know it by the name before still mean it. Raises
        UnknownItemError when there is none of that name, NameTakenError when there is one of the new name.
        """
        with self._use():
            signing = SigningKey(self._custodian(recovery_key).custodian_signing)
            everyone = self._principals.all()
            if any(name in (who.organisation, *who.former) and who.organisation != organisation for who in everyone):
                raise NameTakenError("There is an organisation of that name already, or was.")
            if not any(who.organisation == organisation for who in everyone):
                raise UnknownItemError("There is no organisation of that name.")
            try:
                with self._change():
                    renamed = self._principals.rename(signing, organisation, name)
                    self._log.append(LogEvent("renamed", reason=f"{organisation}: {name}"), self._clock())
            except BaseException:
                self._principals.reload()
                raise
            self._take_keys_again()
            return renamed

    def rename_team(self, role: str, organisation: str, name: str, recovery_key: str = "") -> None:
        """Give one team a name of its own; empty takes it back. Rules know a team by role and organisation, so nobody
        sees more or less, and its keys stay.

        Raises UnknownItemError when there is no such team, NameTakenError when another has that name.
        """
        with self._use():
            signing = SigningKey(self._custodian(recovery_key).custodian_signing)
            team = self._principals.team(role, organisation)
            if team is None:
                raise UnknownItemError("There is no such team.")
            others = [one for one in self._principals.of_kinds(("team",)) if one.no != team.no]
            if name and name.casefold() in {one.principal.name.casefold() for one in others}:
                raise NameTakenError("There is a team of that name already.")
            try:
                with self._change():
                    self._principals.rename_team(signing, team, name)
                    reason = f"{role}, {organisation}: {name or team.principal.name}"
                    self._log.append(LogEvent("renamed", reason=reason, items=(team.principal.id,)), self._clock())
            except BaseException:
                self._principals.reload()
                raise

    def change_every_key(self, new_recovery_key: str, recovery_key: str = "") -> None:
        """Change the keys of all teams and offices too, the custodian's among them: for when a recovery key was lost.

        What is stored is sealed anew, under a new vault key. `new_recovery_key`: see `remove_user`.
        """
        with self._use():
            self._rotate(self._custodian(recovery_key), new_recovery_key=new_recovery_key)

    def change_passphrase(self, passphrase: str, new: str, *, cost: KdfCost | None = None) -> None:
        """Seal the signed-in user's slot with a new passphrase. Raises SignInError when `passphrase` is not theirs."""
        with self._use():
            name = self.user.name
            slots.open_user(self._header, name, passphrase)
            old = next(slot for slot in self._header.slots if (slot.kind, slot.name) == ("user", name))
            slot = slots.user_slot(
                self._header, name, new, self._own, cost or old.cost or slots.usual_cost(self._header)
            )
            # What is handed on stays: while the vault key is changing, it holds the next one.
            self._write_header(slots.with_slot(self._header, msgspec.structs.replace(slot, handed=old.handed)))
            self.record(LogEvent("key-changed", reason="passphrase", items=(self._keys.principal,)))

    def in_keyring(self) -> bool:
        """Whether the signed-in user has a slot that a keyring's secret opens."""
        with self._use():
            return self._header.by_keyring(self.user.name)

    def keep_in_keyring(self) -> None:
        """Let a random secret in the operating system's keyring open a further slot of the signed-in user's.

        The passphrase goes on opening theirs. Raises NoKeyringError; RecoveryKeyError for a holder of the custodian's
        office, whose keys open everything.
        """
        with self._use():
            name, secret = self.user.name, fresh_key()
            if self.user.custodian:
                raise RecoveryKeyError("Whoever holds the custodian's office signs in with their passphrase.")
            os_keyring.put(self._vault_id, name, secret)
            try:
                slot = slots.keyring_slot(self._header, name, secret, self._own)
                header = slots.with_slot(self._header, slot)
                self._write_header(msgspec.structs.replace(header, version=slots.VERSION))
            except WriteError:
                with suppress(NoKeyringError):
                    os_keyring.forget(self._vault_id, name)
                raise
            self.record(LogEvent("key-changed", reason="keyring on", items=(self._keys.principal,)))

    def forget_keyring(self) -> None:
        """Drop that slot, and its secret as far as the keyring answers; without the slot it opens nothing."""
        with self._use():
            name = self.user.name
            if self._header.by_keyring(name):
                self._write_header(slots.without_slot(self._header, "keyring", name))
                self.record(LogEvent("key-changed", reason="keyring off", items=(self._keys.principal,)))
            with suppress(NoKeyringError):
                os_keyring.forget(self._vault_id, name)

    def take_up_by_keyring(self, secret: bytes) -> None:
        """As `take_up`, for the slot that a keyring's secret opens."""
        with self._use():
            old = self._slot("keyring")
            if old is not None and old.handed and not self._header.rotating_to:
                slot = slots.keyring_slot(self._header, old.name, secret, self._own)
                with suppress(WriteError):
                    self._write_header(slots.with_slot(self._header, slot))

    def _slot(self, kind: str) -> Slot | None:
        name = self.user.name
        return next((slot for slot in self._header.slots if (slot.kind, slot.name) == (kind, name)), None)

    def take_up(self, passphrase: str) -> None:
        """Put what the signed-in user's slot was handed on into the slot itself, so that it trusts no key of before.

        Nothing happens while the vault key is changing, or where the key file cannot be written.
        """
        with self._use():
            name, old = self.user.name, self._slot("user")
            if old is None or not old.handed or self._header.rotating_to:
                return
            slot = slots.user_slot(
                self._header, name, passphrase, self._own, old.cost or slots.usual_cost(self._header)
            )
            with suppress(WriteError):
                self._write_header(slots.with_slot(self._header, slot))

    def change_recovery_key(self, recovery_key: str = "", new: str = "") -> str:
        """A new recovery key; the one before opens nothing any more. `new`: one of `slots.new_recovery_key` that was
        put down safely before this is called."""
        with self._use():
            keys = self._custodian(recovery_key)
            own = msgspec.structs.replace(keys, principal=CUSTODIAN, private_key=keys.custodian_private)
            new = new or slots.new_recovery_key()
            self._write_header(slots.with_slot(self._header, slots.recovery_slot(self._header, new, own)))
            self.record(LogEvent("key-changed", reason="recovery key"))
            return new

    def backup(self, target: Path) -> Manifest:
        """Copy vault and key file into one new file, verified; where it is stopped, nothing of it is left.

        Raises BackupError, WriteError.
        """
        with self._use():
            self.record(LogEvent("backup"))
            return backup.write(
                self._path, self._connection, self._header, self._keys.vault_keys[0], target, self._clock(), self._step
            )

    def _custodian(self, recovery_key: str) -> Keys:
        """The custodian's keys, from the printed key or the signed-in user's own slot. Raises RecoveryKeyError."""
        mine = keys = self._keys
        if not recovery_key and not mine.custodian_signing:
            raise RecoveryKeyError("This needs the recovery key, or someone with the custodian's office.")
        if recovery_key:
            keys = slots.open_recovery(self._header, recovery_key)
        if keys.custodian_public != mine.custodian_public and keys.former is not None:  # its change was cut short
            keys = keys.with_office(keys.former)
        if not keys.custodian_signing:
            raise RecoveryKeyError("That recovery key has been replaced by another.")
        return msgspec.structs.replace(
            keys, vault_keys=mine.vault_keys, index_key=mine.index(self._vault_id), epoch=mine.epoch, former=None
        )

    def _rotate(
        self, custodian: Keys, leaving: Sequence[Holder] = (), new_recovery_key: str = "", *, slot: str = ""
    ) -> None:
        """`slot` is whose slot goes, where someone leaves who is not here in another post."""
        header, handed, office = rotation.announce(self._header, self._principals, custodian, slot, new_recovery_key)
        self._write_header(header)
        try:
            with self._change():
                rotation.shut_out(
                    self._connection, self._vault_id, self._codec, self._principals, self._people, custodian,
                    leaving, office, step=self._step,
                )  # fmt: skip
                self._log.sealed_to(self._principals.holder(REVIEW))
                self._log.forget_keys()
                what = "every key" if new_recovery_key else "vault key"
                self._log.append(
                    LogEvent(
                        "user-removed" if leaving else "key-changed",
                        reason="" if leaving else what,
                        items=tuple(one.principal.id for one in leaving),
                    ),
                    self._clock(),
                )
        except BaseException:
            self._take_keys_again()
            raise
        users = {who.name for who in self._principals.all() if who.kind == "user"}
        try:
            self._header = rotation.complete(
                self._path, self._connection, header, users, custodian.vault_keys[0], handed.vault_keys[0]
            )
        except WriteError:
            self.close()
            raise UnfinishedError(
                "It is done, but the vault key could not be changed yet, perhaps because the disk is full;"
                " sign in again to complete it."
            ) from None
        self._keys, self._own = (self._after(keys, handed, office) for keys in (self._keys, self._own))
        self._keyring.forget()
        self._take_keys_again()

    @staticmethod
    def _after(keys: Keys, handed: Handed, office: Office) -> Keys:
        """Keys as they are once the vault key, and perhaps the custodian's office, has changed."""
        keys = msgspec.structs.replace(keys, vault_keys=handed.vault_keys[:1], epoch=handed.epoch)
        if keys.custodian_signing and office.public != keys.custodian_public:
            keys = keys.with_office(office)
        return msgspec.structs.replace(keys, custodian_public=office.public)

    def _write_header(self, header: KeyFile) -> None:
        slots.write(self._path, header)
        self._header = header
