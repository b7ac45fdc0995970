"""One signed-in user in one open vault. It satisfies `consent.ports.RecordStore` by its shape.

Safe to use from any thread, one call at a time. Closing forgets the keys. Every change and its line in the access log
are one transaction. It decides nothing about who may read: readers are given with every entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

import msgspec

from fhir.entries import EntryId, PersonId
from fhir.people import Identity
from storage import backup, receipts, rotation, slots
from storage import connection as file
from storage.anchor import Anchor
from storage.audit_event import LoggedEvent
from storage.audit_log import AccessLog, Verification
from storage.backup import Manifest
from storage.compression import Codec
from storage.connection import Connection, ProcessLock
from storage.enrolment import enrol_later
from storage.entries import Entries
from storage.errors import (
    ClosedError,
    NameTakenError,
    RecoveryKeyError,
    UnknownItemError,
    UserStaysError,
    WriteError,
)
from storage.imports import Imports
from storage.keypairs import Index, PrivateKey
from storage.log_heads import log_key
from storage.people import People
from storage.principals import CUSTODIAN, Holder, Principals
from storage.records import (
    Clock,
    Decide,
    DocumentToStore,
    Event,
    ImportRow,
    LogEvent,
    NewUser,
    Principal,
    SourceBytes,
    StoredContent,
    StoredImport,
    UserEntry,
)
from storage.resealing import Resealing
from storage.sealing import Keyring, Sealing
from storage.slots import KdfCost, KeyFile, Keys


class Session:
    """Made by `Vault.create`, `Vault.open` and `Vault.recover`."""

    def __init__(
        self,
        path: Path,
        connection: Connection,
        lock: ProcessLock,
        header: KeyFile,
        keys: Keys,
        clock: Clock,
        anchors: Path | None = None,
    ) -> None:
        """`anchors` is the folder outside the vault where the last heads of its log are noted."""
        self._path = path
        self._connection = connection
        self._process_lock = lock
        self._header = header
        self._keys = keys
        self._clock = clock
        self._lock = RLock()
        self._closed = False
        self._vault_id = vault_id = header.vault
        self._index = index = Index(keys.index(vault_id))
        self._codec = Codec(connection)
        self._people = People(connection, index)
        self._take_keys()
        self._imports = Imports(connection, vault_id, index, self._codec, self._principals, self._people)
        self._log = AccessLog(
            connection,
            vault_id,
            self.user,
            log_key(keys.private_key, vault_id),
            keys.custodian_public,
            self._principals.holder("review"),
            None if anchors is None else Anchor(anchors, vault_id),
        )
        self.warnings = tuple(self._log.examine())
        """What is wrong with the vault at first sight, or older than it was on this computer, in sentences."""

    def _take_keys(self) -> None:
        """Find out what the user's keys reach: at sign-in, and when users or teams have changed."""
        keys = self._keys
        self._principals = Principals(self._connection, self._vault_id, keys.custodian_public, keys.epoch)
        self._private = self._principals.keys_of(keys.principal, PrivateKey(keys.private_key))
        if keys.custodian_private:
            own = self._principals.keys_of(CUSTODIAN, PrivateKey(keys.custodian_private))
            self._private = {**self._private, **own}
        self._keyring = Keyring(self._connection, self._vault_id, self._private)
        self._entries = Entries(self._connection, self._vault_id, self._index, self._codec, self._keyring)

    # -- who

    @property
    def test_data(self) -> bool:
        """True for a vault marked as holding test data only; bound to every slot, so it cannot be changed later."""
        return self._header.test_data

    @property
    def user(self) -> Principal:
        """Who is signed in."""
        return self._principals.holder(self._keys.principal).principal

    def principals(self) -> list[Principal]:
        """Everyone who may be named as a reader of an entry."""
        with self._use():
            return self._principals.all()

    def my_principals(self) -> frozenset[str]:
        """Ids of the principals whose keys this user holds: themselves, their team, their offices."""
        with self._use():
            return frozenset(
                who.id for who in self._principals.all() if self._principals.holder(who.id).no in self._private
            )

    def users(self) -> list[UserEntry]:
        """Users of this vault."""
        return [
            UserEntry(name=who.name, role=who.role, organisation=who.organisation, custodian=who.custodian)
            for who in self.principals()
            if who.kind == "user" and who.name in self._header.names()  # without a slot, adding them was cut short
        ]

    # -- people

    def identity(self, person: PersonId) -> Identity:
        """The demographics that find a person. Raises KeyError for an unknown person."""
        with self._use():
            return self._people.identity(person)

    def candidates(self, match_keys: Iterable[str]) -> list[tuple[PersonId, Identity]]:
        """People who share any exact identifier key."""
        with self._use():
            return self._people.candidates(match_keys)

    def people(self, prefixes: Sequence[str] = (), limit: int = 200) -> list[tuple[PersonId, Identity]]:
        """People of whom some search word begins with each (normalised) prefix; the newest when none are given."""
        with self._use():
            return self._people.search(prefixes, limit)

    def possible_matches(self, person: PersonId) -> list[PersonId]:
        """People who may be the same as this one, for a human to decide."""
        with self._use():
            return self._people.possible_matches(person)

    def note_possible_match(self, person: PersonId, other: PersonId) -> None:
        """Keep that two people may be one."""
        with self._change():
            self._people.note_possible_match(person, other)

    # -- reading

    def readable(self, person: PersonId) -> list[StoredContent]:
        """Every current entry of a person that the signed-in user's keys open.

        Raises TamperedError for records that are not those that the newest head of the log was signed with.
        """
        with self._use():
            number = self._people.number(person)
            self._log.states.require(number, self._private)
            return self._entries.readable(number)

    def lanes(self, person: PersonId) -> frozenset[str]:
        """Kinds of service that any import has supplied for anyone in this vault."""
        with self._use():
            return frozenset(row[0] for row in self._connection.execute("SELECT name FROM lane"))

    def original(self, entry_id: EntryId, person: PersonId | None = None) -> SourceBytes:
        """The unchanged bytes of the resource behind an entry. Raises UnknownItemError if they are not this user's.

        Giving the person is faster; without it everyone is asked.
        """
        with self._use():
            return self._entries.original(entry_id, None if person is None else self._people.number(person))

    def person_of(self, entry_id: EntryId) -> PersonId:
        """Whose entry this is, if this user may read it. Raises UnknownItemError."""
        with self._use():
            return self._people.id_of(self._entries.person_of(entry_id))

    def import_of(self, sha256: str) -> str | None:
        """The live import of a document with this digest, if there is one."""
        with self._use():
            return self._imports.live_import(sha256)

    def document(self, import_id: str) -> bytes:
        """A whole stored document, byte for byte. Raises UnknownItemError unless the keys open every part of it."""
        with self._use():
            return self._entries.document(import_id)

    def imports(self) -> list[ImportRow]:
        """All imports, oldest first."""
        with self._use():
            return self._entries.imports()

    def issues(self, import_id: str) -> bytes:
        """What reading and checking found in a document, in the encoding it was given in."""
        with self._use():
            return self._entries.issues(import_id)

    # -- changing

    def store_document(self, document: DocumentToStore) -> StoredImport:
        """Store one document in one transaction; `unchanged` if the same bytes are here already."""
        with self._change():
            now = self._clock()
            self._log.states.require_before_change(self._people.known(one.person_id for one in document.people))
            stored = self._imports.store(document, self._keys.principal, now)
            if stored.status == "imported":
                people = [person.person_id for person in document.people]
                self._log.append(
                    LogEvent("import", people[0] if len(people) == 1 else None, items=(stored.import_id,)), now
                )
                for number in [self._people.number(person) for person in people]:
                    self._keyring.forget_person(number)
            return stored

    def set_issues(self, found: Mapping[str, bytes]) -> None:
        """Keep findings that came after storing, by import id, in one transaction."""
        with self._change():
            for import_id, issues in found.items():
                self._imports.set_issues(import_id, issues, self._entries.document_box(import_id)[1])

    def undo(self, import_id: str) -> int:
        """Take one import back as a whole; how many entries went."""
        with self._change():
            went, people = self._imports.undo(import_id)
            self._log.append(LogEvent("undo", items=(import_id,)), self._clock())
            for number in people:
                self._keyring.forget_person(number)
            return went

    def record(self, event: Event) -> None:
        """Append to the access log, durably, before returning."""
        with self._change():
            self._log.append(event, self._clock())

    def reseal(self, person: PersonId, readers: Mapping[EntryId, frozenset[str]]) -> None:
        """Change who may read entries of one person, in the keys themselves; entries not named keep their readers.

        What this user's keys do not open stays as it is. `holdings` has all entries, also superseded ones.
        """
        with self._change():
            number = self._people.number(person)
            self._log.states.require_before_change([number])
            sealing = Sealing(self._connection, self._vault_id, self._principals)
            resealing = Resealing(self._connection, self._vault_id, self._codec, self._keyring, sealing)
            resealing.person(number, {str(entry): ids for entry, ids in readers.items()})
            resealing.documents()
            sealing.write_grants()
            self._log.append(LogEvent("choice", person, items=tuple(readers)), self._clock())
            self._keyring.forget_person(number)

    def holdings(self, person: PersonId) -> list[StoredContent]:
        """Every entry of a person that the keys open, also superseded ones and those taken back."""
        with self._use():
            return self._entries.holdings(self._people.number(person))

    def add_user(
        self,
        user: NewUser,
        passphrase: str,
        recovery_key: str,
        decide: Decide,
        *,
        cost: KdfCost | None = None,
        again: bool = False,
    ) -> None:
        """Add a user; when this returns they can read what `decide` lets them of all that is stored.

        `recovery_key` may be empty where the signed-in user holds the custodian's office. `again` gives a user who
        lost their passphrase a new key pair and slot. Raises RecoveryKeyError, NameTakenError.
        """
        with self._use():
            custodian = self._custodian(recovery_key)
            if user.name in self._header.names() and not again:
                raise NameTakenError("There is a user of that name already.")
            try:
                with self._change():
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
                    )
                    slot = slots.user_slot(self._header, user.name, passphrase, keys, cost or KdfCost())
                    self._log.append(LogEvent("user-added", items=(keys.principal,)), self._clock())
            except BaseException:
                self._principals.reload()
                raise
            self._write_header(slots.with_slot(self._header, slot))
            self._keyring.forget_people()

    def as_new(self, name: str) -> NewUser:
        """A user as they would be added again, with their offices. Raises UnknownItemError."""
        with self._use():
            found = self._principals.user(name)
            if found is None:
                raise UnknownItemError("There is no user of that name.")
            who, held = found.principal, self._principals.teams_of(found.principal.id)
            offices = {team.principal.id for team in held if team.principal.kind != "team"}
            return NewUser(
                name, who.role, who.organisation, frozenset(offices | ({CUSTODIAN} if who.custodian else set()))
            )

    def remove_user(self, name: str, recovery_key: str = "") -> None:
        """Remove a user, and change every key they knew that opens what is stored from now on.

        Their teams get fresh key pairs, what those could read is sealed anew, and the vault key changes. Raises
        UnknownItemError, RecoveryKeyError; WriteError when the vault key could not be changed yet: the user is removed
        nevertheless, this session is closed, and the next sign-in completes it.
        """
        with self._use():
            custodian = self._custodian(recovery_key)
            leaving = self._principals.user(name)
            if leaving is None or name not in self._header.names():
                raise UnknownItemError("There is no user of that name.")
            if leaving.principal.id == self._keys.principal:
                raise UserStaysError("You cannot remove yourself; someone else has to.")
            self._rotate(custodian, leaving)

    def change_vault_key(self, recovery_key: str = "") -> None:
        """Change the vault key and leave everyone who they are: for when a key may have become known."""
        with self._use():
            self._rotate(self._custodian(recovery_key), None)

    def change_passphrase(self, passphrase: str, new: str, *, cost: KdfCost | None = None) -> None:
        """Seal the signed-in user's slot with a new passphrase. Raises SignInError when `passphrase` is not theirs."""
        with self._use():
            name = self.user.name
            slots.open_user(self._header, name, passphrase)
            old = next(slot for slot in self._header.slots if (slot.kind, slot.name) == ("user", name))
            slot = slots.user_slot(self._header, name, new, self._keys, cost or old.cost or KdfCost())
            # What is handed on stays: while the vault key is changing, it holds the next one.
            self._write_header(slots.with_slot(self._header, msgspec.structs.replace(slot, handed=old.handed)))
            self.record(LogEvent("key-changed", reason="passphrase", items=(self._keys.principal,)))

    def change_recovery_key(self, recovery_key: str = "") -> str:
        """A new recovery key for printing; the one before opens nothing any more."""
        with self._use():
            keys = self._custodian(recovery_key)
            own = Keys(
                keys.vault_keys, CUSTODIAN, keys.custodian_private, keys.custodian_public, keys.custodian_private,
                keys.custodian_signing, keys.index_key, keys.epoch,
            )  # fmt: skip
            new = slots.new_recovery_key()
            self._write_header(slots.with_slot(self._header, slots.recovery_slot(self._header, new, own)))
            self.record(LogEvent("key-changed", reason="recovery key"))
            return new

    def backup(self, target: Path) -> Manifest:
        """Copy vault and key file into one new file, verified. Raises BackupError, WriteError."""
        with self._use():
            self.record(LogEvent("backup"))
            return backup.write(
                self._path, self._connection, self._header, self._keys.vault_keys[0], target, self._clock()
            )

    def _custodian(self, recovery_key: str) -> Keys:
        """The custodian's keys, from the printed key or the signed-in user's own slot. Raises RecoveryKeyError."""
        mine = keys = self._keys
        if not recovery_key and not mine.custodian_signing:
            raise RecoveryKeyError("This needs the recovery key, or someone with the custodian's office.")
        if recovery_key:
            keys = slots.open_recovery(self._header, recovery_key)
        return msgspec.structs.replace(
            keys, vault_keys=mine.vault_keys, index_key=mine.index(self._vault_id), epoch=mine.epoch
        )

    def _rotate(self, custodian: Keys, leaving: Holder | None) -> None:
        header, handed = rotation.announce(
            self._header, self._principals, custodian, leaving.principal.name if leaving else ""
        )
        self._write_header(header)
        try:
            with self._change():
                rotation.shut_out(
                    self._connection, self._vault_id, self._codec, self._principals, self._people, custodian, leaving
                )
                self._log.append(
                    LogEvent(
                        "user-removed" if leaving else "key-changed",
                        reason="" if leaving else "vault key",
                        items=(leaving.principal.id,) if leaving else (),
                    ),
                    self._clock(),
                )
        except BaseException:
            self._take_keys()
            raise
        users = {who.name for who in self._principals.all() if who.kind == "user"}
        try:
            self._header = rotation.complete(
                self._path, self._connection, header, users, custodian.vault_keys[0], handed.vault_keys[0]
            )
        except WriteError:
            self.close()
            raise WriteError(
                "It is done, but the vault key could not be changed yet, perhaps because the disk is full;"
                " sign in again to complete it."
            ) from None
        self._keys = msgspec.structs.replace(self._keys, vault_keys=handed.vault_keys[:1], epoch=handed.epoch)
        self._imports.forget()
        self._keyring.forget()
        self._take_keys()
        self._imports = Imports(
            self._connection, self._vault_id, self._index, self._codec, self._principals, self._people
        )

    def _write_header(self, header: KeyFile) -> None:
        slots.write(self._path, header)
        self._header = header

    # -- the log

    def verify_log(self) -> Verification:
        """Check the access log against its signed heads, and every person's records against their signed state.

        Who holds the review key has every event compared with its leaf as well.
        """
        with self._use():
            found = self._log.verify(self._review_key())
            people = self._people.ids() if found.ok else []
            changed = sum(not self._log.states.holds(number) for number, _ in people)
            problem = f"The records of {changed} people are not those that were last signed for." if changed else ""
            return msgspec.structs.replace(found, people=len(people), problem=found.problem or problem)

    def log_events(self, person: PersonId | None = None) -> list[LoggedEvent]:
        """Every event (about a person), for those who hold the review key. Raises UnknownItemError for others."""
        with self._use():
            return list(self._log.read(self._require_review(), person))

    def receipt(self, person: PersonId) -> bytes:
        """All events about a person with their proofs: a file that verifies without the vault. Making it is logged."""
        with self._use():
            review = self._require_review()
            self._people.number(person)
            self.record(LogEvent("receipt", person))
            return receipts.make(self._log, self._vault_id, self._keys.custodian_public, person, review)

    def check_receipt(self, content: bytes) -> receipts.Checked:
        """Check a receipt by itself and against this vault's log."""
        with self._use():
            found = receipts.verify(content)
            return receipts.compare(found, self._vault_id, self._keys.custodian_public, self._log.roots)

    def start_anchor(self) -> None:
        """Begin the note outside the vault, for a vault just made."""
        self._log.start_anchor()

    def _review_key(self) -> PrivateKey | None:
        return self._private.get(self._principals.holder("review").no)

    def _require_review(self) -> PrivateKey:
        key = self._review_key()
        if key is None:
            raise UnknownItemError("Only the privacy office can read the access log.")
        return key

    # -- closing

    def close(self) -> None:
        """Close the vault and forget the keys. Safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._keyring.forget()
            self._imports.forget()
            self._private = {}
            self._keys = Keys((), "", b"", b"")
            self._connection.close()
            self._process_lock.release()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Session({'closed' if self._closed else 'open'})"

    @contextmanager
    def _use(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise ClosedError
            with file.refusing_writes():
                yield

    @contextmanager
    def _change(self) -> Iterator[None]:
        with self._use():
            try:
                with file.transaction(self._connection):
                    yield
                    self._log.seal(self._clock())
                self._log.committed(settled=self._review_key() is not None)
            except BaseException:
                self._codec.rolled_back()
                self._imports.rolled_back()
                self._log.rolled_back()
                raise
