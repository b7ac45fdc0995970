"""The key file beside the vault (`<vault>.keys`, with a copy): one slot per user, and one for the printed recovery key.

A user may have a second slot, which opens with a secret in the operating system's keyring; it is never their only one.
A slot seals the vault key and its owner's private keys. A new vault key reaches slots whose passphrase nobody present
knows as a message to the owner's key pair, signed by the custodian (`hand_on`). The file is JSON, versioned, replaced
atomically and synced, first the main file and then the copy; reading takes the newest copy that is whole. Wrong
passphrase, unknown user and damaged slot take the same work and end in the same `SignInError`. Nothing here knows what
the keys open.
"""

from __future__ import annotations

import base64
import binascii
import os
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from storage.durable import replace_file
from storage.errors import (
    KeyFileError,
    RecoveryKeyError,
    SignInError,
    TamperedError,
    VaultError,
    VaultMissingError,
    WriteError,
)
from storage.keypairs import KEY_BYTES, Box, PrivateKey, PublicKey, SigningKey, derive, verifies
from storage.succession import Link, Office, present

FORMAT = "onestory-keys"
VERSION = 3
_VERSIONS = (1, 2, 3)
_BOUND_VERSION = 1  # what slots are bound to: theirs has not changed since the first
_SALT = 16
_CHECK = 3
_GROUP = 4
_SIGNATURE = 64
_DAMAGED = "The key file of this vault is damaged; put back a copy of it."


class KdfCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one guess at a passphrase costs (Argon2id): memory in KiB, passes and lanes."""

    memory: int = 64 * 1024
    passes: int = 3
    lanes: int = 4

    def allowed(self, *, test_data: bool) -> bool:
        """Not below the floor (but for vaults that hold test data only) and never absurdly above."""
        if self.memory > _CEILING.memory or self.passes > _CEILING.passes or self.lanes > _CEILING.lanes:
            return False
        if self.lanes < 1 or self.memory < 8 * self.lanes:  # RFC 9106, 3.1
            return False
        least = _TEST_FLOOR if test_data else _FLOOR
        return self.memory >= least.memory and self.passes >= least.passes and self.lanes >= least.lanes


def usual_cost(keyfile: KeyFile) -> KdfCost:
    """What a passphrase costs in this vault where nothing else is asked: the floor, whatever the vault holds.

    Every new slot asks here, so tests make their many vaults of test data at less in one place.
    """
    return KdfCost()


_FLOOR = KdfCost()
_TEST_FLOOR = KdfCost(memory=32, passes=1, lanes=1)
_CEILING = KdfCost(memory=1024 * 1024, passes=12, lanes=16)


class Keys(msgspec.Struct, frozen=True, array_like=True):
    """What a slot seals. `vault_keys` are newest first (two while the key is being changed).

    `principal` owns `private_key`; `custodian_public` is the Ed25519 key that all signed rows are checked against.
    `custodian_private` and `custodian_signing` are there for holders of the custodian's office only. `index_key` turns
    identifiers into look-up keys and outlives the vault key; empty means derived from the vault key (see `index`).
    `epoch` counts changes of the vault key: rows signed in an earlier one are not obeyed. While the custodian's office
    is being given new keys, `former` has those of before (for who does not hold the office, their public half only).
    """

    vault_keys: tuple[bytes, ...]
    principal: str
    private_key: bytes
    custodian_public: bytes
    custodian_private: bytes = b""
    custodian_signing: bytes = b""
    index_key: bytes = b""
    epoch: int = 0
    former: Office | None = None

    def office(self) -> Office:
        """The custodian's keys, as far as this slot holds them."""
        return Office(self.custodian_public, self.custodian_private, self.custodian_signing)

    def with_office(self, office: Office) -> Keys:
        """The same with other keys of the custodian; one's own too, where the custodian themselves signed in."""
        own = office.private if self.principal == "custodian" else self.private_key
        return msgspec.structs.replace(
            self,
            private_key=own,
            custodian_public=office.public,
            custodian_private=office.private,
            custodian_signing=office.signing,
            former=None,
        )

    def index(self, vault_id: bytes) -> bytes:
        """The key for look-ups."""
        return self.index_key or derive(self.vault_keys[-1], "index", vault_id)

    def __repr__(self) -> str:
        return f"Keys({self.principal!r}, …)"


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One way in. `kind` is user, keyring or recovery; `name` is the user's, empty for recovery. `handed`: `hand_on`.

    `since` is the epoch from which a recovery slot counts, and the ones before it no more.
    """

    kind: Literal["user", "keyring", "recovery"]
    name: str
    salt: bytes
    box: bytes
    cost: KdfCost | None = None
    handed: bytes = b""
    since: int = 0


class Handed(msgspec.Struct, frozen=True, array_like=True):
    """What a slot is handed when the vault key changes: the new key first, then the one it replaces.

    `office` and `former` are for holders of the custodian's office, when that has been given new keys.
    """

    vault_keys: tuple[bytes, ...]
    index_key: bytes
    epoch: int
    office: Office | None = None
    former: Office | None = None

    def __repr__(self) -> str:
        return "Handed(…)"


class KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """The whole key file. `vault` is the vault's id; `sequence` grows with every change.

    `rotating_to` is the epoch that a change of the vault key leads to while it is under way (0: none is): until then
    both keys count, afterwards the new one only. `custodians` leads from earlier custodian's keys to the present one.
    """

    format: str
    version: int
    vault: bytes
    test_data: bool
    sequence: int
    slots: tuple[Slot, ...]
    rotating_to: int = 0
    custodians: tuple[Link, ...] = ()

    def names(self) -> list[str]:
        """Names of users, for the sign-in list."""
        return [slot.name for slot in self.slots if slot.kind == "user"]

    def by_keyring(self, name: str) -> bool:
        """Whether a user has a slot that opens with a secret in a keyring."""
        return any((slot.kind, slot.name) == ("keyring", name) for slot in self.slots)


class _Sheet(msgspec.Struct, frozen=True):
    """What stands on disk: the key file as JSON text and its digest, which tells a torn copy from a whole one."""

    sha256: str
    keys: msgspec.Raw


def key_path(vault: Path) -> Path:
    """Where a vault's key file stands."""
    return vault.with_name(vault.name + ".keys")


def read(vault: Path) -> KeyFile:
    """The newest whole copy. Raises VaultMissingError, or KeyFileError if neither copy is whole."""
    found: list[KeyFile] = []
    problem: VaultError = VaultMissingError("There is no vault at that place, or its key file is missing.")
    for path in copies(vault):
        with suppress(OSError):
            data = path.read_bytes()
            try:
                found.append(decoded(data))
            except KeyFileError as error:
                problem = error
    if not found:
        raise problem
    return max(found, key=lambda item: item.sequence)


def write(vault: Path, keys: KeyFile) -> None:
    """Replace the file, then its copy, each atomically and synced. Raises WriteError; then the file may be old or new.

    The change stands once the file itself is replaced; a copy that could not be written is only older.
    """
    main, copy = copies(vault)
    data = encoded(keys)
    try:
        replace_file(main, data)
    except OSError:
        raise WriteError("The key file could not be written, perhaps because the disk is full or read-only.") from None
    with suppress(OSError):
        replace_file(copy, data)


def mend(vault: Path, keys: KeyFile) -> None:
    """Make both copies the same again if one was lost, damaged or left behind; a copy that cannot be written waits."""
    data = encoded(keys)
    for path in copies(vault):
        with suppress(OSError):
            if not path.exists() or path.read_bytes() != data:
                replace_file(path, data)


def encoded(keys: KeyFile) -> bytes:
    """The bytes of a key file as they stand on disk."""
    text = msgspec.json.encode(keys)
    return msgspec.json.encode(_Sheet(sha256(text).hexdigest(), msgspec.Raw(text)))


def decoded(data: bytes) -> KeyFile:
    """A key file from the bytes on disk. Raises KeyFileError when they are not whole or not of our kind."""
    try:
        sheet = msgspec.json.decode(data, type=_Sheet)
        if sha256(sheet.keys).hexdigest() != sheet.sha256:
            raise KeyFileError(_DAMAGED)
        keys = msgspec.json.decode(sheet.keys, type=KeyFile)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise KeyFileError(_DAMAGED) from None
    if keys.format != FORMAT or keys.version not in _VERSIONS:
        raise KeyFileError("The key file is of a kind that this version of the program does not know.")
    return keys


def user_slot(keyfile: KeyFile, name: str, passphrase: str, keys: Keys, cost: KdfCost) -> Slot:
    """A slot that opens with a passphrase. Raises KeyFileError for a cost outside what is allowed."""
    if not cost.allowed(test_data=keyfile.test_data):
        raise KeyFileError("That passphrase cost is outside the allowed range.")
    salt = os.urandom(_SALT)
    box = Box(_stretch(passphrase, salt, cost))
    return Slot(
        kind="user",
        name=name,
        salt=salt,
        cost=cost,
        box=box.seal(msgspec.msgpack.encode(keys), _aad(keyfile, "user", name, salt, cost)),
    )


def recovery_slot(keyfile: KeyFile, recovery_key: str, keys: Keys) -> Slot:
    """The slot that opens with the printed key."""
    salt = os.urandom(_SALT)
    box = Box(derive(_recovery_bytes(recovery_key), "recovery", salt))
    return Slot(
        kind="recovery",
        name="",
        salt=salt,
        box=box.seal(msgspec.msgpack.encode(keys), _aad(keyfile, "recovery", "", salt, None)),
    )


def keyring_slot(keyfile: KeyFile, name: str, secret: bytes, keys: Keys) -> Slot:
    """A user's further slot that opens with a random secret of `KEY_BYTES`."""
    salt = os.urandom(_SALT)
    box = Box(derive(secret, "keyring", salt))
    return Slot(
        kind="keyring",
        name=name,
        salt=salt,
        box=box.seal(msgspec.msgpack.encode(keys), _aad(keyfile, "keyring", name, salt, None)),
    )


def open_keyring(keyfile: KeyFile, name: str, secret: bytes) -> Keys:
    """What a user's further slot seals. Raises SignInError for every wrong answer."""
    for slot in keyfile.slots:
        if (slot.kind, slot.name) == ("keyring", name) and len(secret) == KEY_BYTES:
            try:
                aad = _aad(keyfile, "keyring", name, slot.salt, None)
                content = Box(derive(secret, "keyring", slot.salt)).open(slot.box, aad)
                return _with_handed(keyfile, slot, msgspec.msgpack.decode(content, type=Keys))
            except (TamperedError, msgspec.MsgspecError, ValueError):
                break
    raise SignInError


def open_user(keyfile: KeyFile, name: str, passphrase: str) -> Keys:
    """What a user's slot seals. Raises SignInError for every wrong answer, after the same work."""
    slot = next((slot for slot in keyfile.slots if slot.kind == "user" and slot.name == name), None)
    cost = slot.cost if slot is not None else None
    if cost is None:
        cost = next((item.cost for item in keyfile.slots if item.cost is not None), KdfCost())
    if not cost.allowed(test_data=keyfile.test_data):
        raise KeyFileError("The key file asks for a passphrase cost outside the allowed range, so it is not used.")
    salt = slot.salt if slot is not None and len(slot.salt) == _SALT else bytes(_SALT)
    box = Box(_stretch(passphrase, salt, cost))
    try:
        content = box.open(slot.box if slot is not None else bytes(64), _aad(keyfile, "user", name, salt, cost))
        return _with_handed(keyfile, slot, msgspec.msgpack.decode(content, type=Keys))
    except (TamperedError, msgspec.MsgspecError, ValueError):
        raise SignInError from None


def open_recovery(keyfile: KeyFile, recovery_key: str) -> Keys:
    """What the recovery slot seals. Raises RecoveryKeyError."""
    secret = _recovery_bytes(recovery_key)
    for slot in keyfile.slots:
        if slot.kind == "recovery":
            try:
                aad = _aad(keyfile, "recovery", "", slot.salt, None)
                content = Box(derive(secret, "recovery", slot.salt)).open(slot.box, aad)
                return _with_handed(keyfile, slot, msgspec.msgpack.decode(content, type=Keys))
            except (TamperedError, msgspec.MsgspecError):
                continue
    raise RecoveryKeyError("That recovery key does not open this vault.")


def hand_on(keyfile: KeyFile, slot: Slot, content: Handed, owner: PublicKey, custodian: SigningKey) -> Slot:
    """The slot with new keys for its owner: an HPKE message to their key pair, signed by the custodian that follows."""
    place = _handed_place(keyfile, slot)
    message = owner.seal(msgspec.msgpack.encode(content), place)
    return msgspec.structs.replace(slot, handed=custodian.sign(place + message) + message)


def new_recovery_key() -> str:
    """A fresh 256-bit key for printing: 14 groups of four letters and digits, with a checksum inside."""
    key = os.urandom(KEY_BYTES)
    text = base64.b32encode(key + _checksum(key)).decode()
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def with_slots(keyfile: KeyFile, slots: Sequence[Slot]) -> KeyFile:
    """The same key file with other slots, one step newer."""
    return msgspec.structs.replace(keyfile, slots=tuple(slots), sequence=keyfile.sequence + 1)


def with_slot(keyfile: KeyFile, slot: Slot) -> KeyFile:
    """The same key file with this slot in place of the one of its kind and name, one step newer."""
    others = [other for other in keyfile.slots if (other.kind, other.name) != (slot.kind, slot.name)]
    return with_slots(keyfile, (*others, slot))


def without_slot(keyfile: KeyFile, kind: str, name: str) -> KeyFile:
    """The same key file without the slot of this kind and name, one step newer."""
    return with_slots(keyfile, [slot for slot in keyfile.slots if (slot.kind, slot.name) != (kind, name)])


def _with_handed(keyfile: KeyFile, slot: Slot | None, keys: Keys) -> Keys:
    """The keys with what was handed on since; only the newest vault key unless a change of it is under way."""
    settled = [link for link in keyfile.custodians if link.epoch != keyfile.rotating_to]
    before = present(keyfile.vault, settled, keys.custodian_public)
    now = present(keyfile.vault, keyfile.custodians, keys.custodian_public)
    if now != keys.custodian_public:  # private halves that are sealed here are those of an earlier custodian's key
        former = keys.office() if before == keys.custodian_public else Office(before, b"", b"")
        keys = msgspec.structs.replace(
            keys, custodian_public=now, custodian_private=b"", custodian_signing=b"", former=former
        )
    if slot is not None and slot.handed:
        signature, message = slot.handed[:_SIGNATURE], slot.handed[_SIGNATURE:]
        place = _handed_place(keyfile, slot)
        if not any(verifies(custodian, signature, place + message) for custodian in {before, now}):
            raise TamperedError("A slot holds a key that the custodian did not hand on.")
        given = msgspec.msgpack.decode(PrivateKey(keys.private_key).open(message, place), type=Handed)
        keys = msgspec.structs.replace(keys, vault_keys=given.vault_keys, index_key=given.index_key, epoch=given.epoch)
        if given.office is not None:
            keys = _with_office(keys, given.office, now, given.former)
    if not keyfile.rotating_to:
        keys = msgspec.structs.replace(keys, vault_keys=keys.vault_keys[:1], former=None)
    return keys


def _with_office(keys: Keys, office: Office, now: bytes, former: Office | None) -> Keys:
    """The keys of a holder of the custodian's office who was handed its new ones, or those that came after theirs."""
    if office.public != now:  # handed on before the change that is under way
        return msgspec.structs.replace(keys, former=office)
    return msgspec.structs.replace(
        keys,
        custodian_private=office.private,
        custodian_signing=office.signing,
        former=former or keys.former,
    )


def _handed_place(keyfile: KeyFile, slot: Slot) -> bytes:
    return msgspec.msgpack.encode(("handed", keyfile.vault, slot.kind, slot.name))


def copies(vault: Path) -> tuple[Path, Path]:
    """The key file and its copy."""
    main = key_path(vault)
    return main, main.with_name(main.name + ".copy")


def _aad(keyfile: KeyFile, kind: str, name: str, salt: bytes, cost: KdfCost | None) -> bytes:
    return msgspec.msgpack.encode((FORMAT, _BOUND_VERSION, keyfile.vault, keyfile.test_data, kind, name, salt, cost))


def _stretch(passphrase: str, salt: bytes, cost: KdfCost) -> bytes:
    kdf = Argon2id(salt=salt, length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory)
    # NFC: the same letters typed on another keyboard must give the same bytes.
    return kdf.derive(unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass"))


def _recovery_bytes(text: str) -> bytes:
    compact = "".join(text.split()).replace("-", "").upper()
    try:
        data = base64.b32decode(compact)
    except (binascii.Error, ValueError):
        data = b""
    key, check = data[:KEY_BYTES], data[KEY_BYTES:]
    if len(key) != KEY_BYTES or check != _checksum(key):
        raise RecoveryKeyError("That recovery key is mistyped; check each group of letters.")
    return key


def _checksum(key: bytes) -> bytes:
    return sha256(b"onestory recovery key" + key).digest()[:_CHECK]
