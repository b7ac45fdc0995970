"""Making and opening vaults. A vault is an SQLCipher file with a key file beside it; an open one is a `Session`.

A user with several posts unlocks it first and then enters in one of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from storage import backup, migrations, os_keyring, rotation, slots
from storage import connection as file
from storage.connection import Connection, ProcessLock
from storage.enrolment import enrol
from storage.errors import NotAVaultError, RecoveryKeyError, SignInError, StorageError, VaultExistsError
from storage.keypairs import SigningKey, derive, fresh_key
from storage.newer import Restored
from storage.principals import CUSTODIAN, OFFICES, Principals
from storage.progress import Step, no_step
from storage.records import Clock, NewUser, Principal
from storage.session import Session
from storage.slots import KdfCost, KeyFile, Keys
from storage.unlocked import Unlocked


class Created(NamedTuple):
    """A new vault, open, and its recovery key: print it, it is not kept anywhere."""

    session: Session
    recovery_key: str

    def __repr__(self) -> str:
        return "Created(…)"


def _system_clock() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _nobody_hears(_posts: list[Principal]) -> None:
    """Any post will do."""


class Vault:
    """Where vaults come from."""

    @staticmethod
    def create(
        path: Path,
        user: NewUser,
        passphrase: str,
        *,
        test_data: bool = False,
        carries: Iterable[tuple[str, str]] = (),
        cost: KdfCost | None = None,
        clock: Clock = _system_clock,
        anchors: Path | None = None,
    ) -> Created:
        """Make a vault and its first user, and open it.

        `carries` is kept from the start as what came into it (`Session.carries`). `cost` below the floor is refused but
        for vaults marked as holding test data. `anchors` is a folder outside the vault in which the last heads of its
        log are noted. Raises VaultExistsError, WriteError, KeyFileError.
        """
        if any(there.exists() for there in (path, *slots.copies(path))):
            raise VaultExistsError("There is already a vault or a key file at that place; nothing was overwritten.")
        vault_id, vault_key = os.urandom(16), fresh_key()
        header = KeyFile(
            format=slots.FORMAT, version=slots.VERSION, vault=vault_id, test_data=test_data, sequence=0, slots=()
        )
        cost = cost or slots.usual_cost(header)
        recovery_key = slots.new_recovery_key()
        file.make_folder(path.parent)
        lock = ProcessLock(backup.lock_path(path))
        try:
            file.create_file(path)
            try:
                signing = SigningKey.generate()
                connection = file.connect(path, vault_key)
                file.make_durable(connection)
                migrations.migrate(connection, None)
                with file.transaction(connection):
                    connection.execute("INSERT INTO vault (id, created) VALUES (?, ?)", (vault_id, clock()))
                    connection.executemany("INSERT INTO feed (lane, section) VALUES (?, ?)", sorted(carries))
                    principals = Principals(connection, vault_id, signing.public)
                    office_keys = {}
                    for office in OFFICES:
                        holder, private = principals.add(signing, office, id=office)
                        office_keys[office] = private
                        if office != CUSTODIAN:
                            principals.join(signing, holder, private, principals.holder(CUSTODIAN))
                    own = office_keys[CUSTODIAN].raw
                    index = derive(vault_key, "index", vault_id)
                    custodian = Keys((vault_key,), CUSTODIAN, own, signing.public, own, signing.raw, index)
                    principals.certify(signing, principals.holder(CUSTODIAN), own)
                    keys = enrol(principals, custodian, user, office_keys)
                made = (
                    slots.user_slot(header, user.name, passphrase, keys, cost),
                    slots.recovery_slot(header, recovery_key, custodian),
                )
                header = slots.with_slots(header, made)
                slots.write(path, header)
            except BaseException:
                with suppress(NameError, UnboundLocalError):
                    connection.close()
                _remove(path)
                raise
            session = Session(path, connection, lock, header, keys, clock, anchors)
            session.start_anchor()
            return Created(session, recovery_key)
        except BaseException:
            lock.release()
            raise

    @staticmethod
    def open(
        path: Path, user: str, passphrase: str, *, clock: Clock = _system_clock, anchors: Path | None = None
    ) -> Session:
        """Sign in, in the user's first post. Raises as `unlock` does."""
        return Vault.unlock(path, user, passphrase, clock=clock, anchors=anchors).enter(passphrase=passphrase)

    @staticmethod
    def unlock(
        path: Path, user: str, passphrase: str, *, clock: Clock = _system_clock, anchors: Path | None = None
    ) -> Unlocked:
        """Open a user's slot and the file, and nothing else yet.

        Raises SignInError for every wrong answer, and VaultError for a vault that cannot be used.
        """
        return _open(path, lambda header: slots.open_user(header, user, passphrase), clock, anchors)

    @staticmethod
    def unlock_by_keyring(
        path: Path, user: str, *, clock: Clock = _system_clock, anchors: Path | None = None
    ) -> tuple[Unlocked, bytes]:
        """As `unlock`, with the secret that the operating system's keyring holds for a user, and that secret.

        Raises NoKeyringError, and SignInError for every secret that does not open theirs.
        """
        secret = os_keyring.get(slots.read(path).vault, user) or b""
        return _open(path, lambda header: slots.open_keyring(header, user, secret), clock, anchors), secret

    @staticmethod
    def recover(path: Path, recovery_key: str, *, clock: Clock = _system_clock, anchors: Path | None = None) -> Session:
        """Sign in as the custodian with the printed key. Raises RecoveryKeyError."""
        return _open(path, lambda header: slots.open_recovery(header, recovery_key), clock, anchors).enter()

    @staticmethod
    def restore(
        path: Path,
        source: Path,
        user: str,
        passphrase: str,
        *,
        clock: Clock = _system_clock,
        hear: Callable[[list[Principal]], None] = _nobody_hears,
        step: Step = no_step,
    ) -> Restored:
        """Put a backup in place of a vault, keeping what it replaces beside it: see `storage.backup.restore`.

        `hear` is told the user's posts in the backup, the first one first, before anything is replaced; what it raises
        stops the restore, and nothing was changed. `step` likewise: it hears how far the work is.
        """

        def before(incoming: Path, header: KeyFile, keys: Keys) -> None:
            _, connection = file.connect_any(incoming, keys.vault_keys)
            try:
                with file.refusing_writes():
                    epoch, custodian_public = _obeyed(connection, header, keys)
                    held = Principals(connection, header.vault, custodian_public, epoch).posts(user)
            finally:
                connection.close()
            if keys.principal not in {one.principal.id for one in held}:
                raise _shut_out(keys)
            hear([one.principal for one in held])

        return backup.restore(path, source, user, passphrase, clock, before, step)

    @staticmethod
    def users_of_backup(source: Path) -> list[str]:
        """Names of the users in a backup, readable without a key. Raises BackupError."""
        return backup.user_names(source)

    @staticmethod
    def user_names(path: Path) -> list[str]:
        """Names of a vault's users, readable without a key."""
        return slots.read(path).names()


def _open(path: Path, unlock: Callable[[KeyFile], Keys], clock: Clock, anchors: Path | None) -> Unlocked:
    if not backup.waiting(path):
        slots.read(path)
        file.examine(path)
    lock = ProcessLock(backup.lock_path(path))
    try:
        backup.complete(path)
        file.examine(path)
        header = slots.read(path)  # again: only now can no other process be changing it
        keys = unlock(header)
        try:
            key, connection = file.connect_any(path, keys.vault_keys)
        except NotAVaultError:
            if header.rotating_to and len(keys.vault_keys) == 1:  # the new key was not handed to them
                raise _shut_out(keys) from None
            raise
        try:
            with file.refusing_writes():
                migrations.version(connection)
                file.make_durable(connection)
                migrations.migrate(connection, path)
                _require_same(connection, header)
                return _unlocked(path, connection, lock, header, keys, key, clock, anchors)
        except BaseException:
            connection.close()
            raise
    except BaseException:
        lock.release()
        raise


def _shut_out(keys: Keys) -> StorageError:
    """To a removed user the same answer as to someone who never was a user."""
    if keys.principal == CUSTODIAN:
        return RecoveryKeyError("That recovery key has been replaced by another.")
    return SignInError()


def _require_same(connection: Connection, header: KeyFile) -> None:
    row = connection.execute("SELECT id FROM vault").fetchone()
    if row is None or row[0] != header.vault:
        raise NotAVaultError("The vault file and its key file do not belong together.")


def _unlocked(
    path: Path,
    connection: Connection,
    lock: ProcessLock,
    header: KeyFile,
    keys: Keys,
    key: bytes,
    clock: Clock,
    anchors: Path | None,
) -> Unlocked:
    """The vault, once a change of its key that was cut short has been completed. `key` opened the file."""
    to, former = header.rotating_to, keys.former or keys.office()
    epoch, custodian_public = _obeyed(connection, header, keys)
    signed = Principals(connection, header.vault, custodian_public, epoch)
    if keys.principal not in {who.id for who in signed.all()}:
        raise _shut_out(keys)
    if keys.former is not None and custodian_public == former.public:
        keys = keys.with_office(former)
    keys = replace(keys, former=None)
    if keys.principal == CUSTODIAN and not keys.custodian_private:
        raise _shut_out(keys)
    if to and epoch == to:
        users = {who.name for who in signed.all() if who.kind == "user"}
        header = rotation.complete(path, connection, header, users, key, keys.vault_keys[0])
        key = keys.vault_keys[0]
    else:
        slots.mend(path, header)
    now = replace(keys, vault_keys=(key,), index_key=keys.index(header.vault), epoch=epoch)
    return Unlocked(path, connection, lock, header, now, clock, anchors)


def _obeyed(connection: Connection, header: KeyFile, keys: Keys) -> tuple[int, bytes]:
    """The epoch and the custodian's key that the rows are signed for, also while the vault key is changing."""
    to, former = header.rotating_to, keys.former or keys.office()
    candidates = ((to, keys.custodian_public), (to - 1, former.public)) if to else ((keys.epoch, former.public),)
    return Principals.obeyed(connection, header.vault, candidates)


def _remove(path: Path) -> None:
    for made in (path, *file.beside(path), *slots.copies(path)):
        with suppress(OSError):
            made.unlink()


__all__ = ["Created", "KdfCost", "Unlocked", "Vault"]
