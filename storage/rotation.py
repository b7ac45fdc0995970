"""Changing the vault key, and shutting out a removed user, so that nothing they know opens what is stored afterwards.

Three steps, each all or nothing, so that a crash anywhere leaves the old state or one that the next opening completes:

1. `announce`: the key file hands the new key to everyone who stays, beside the old one. Both count.
2. `shut_out`: one transaction removes the user, gives their teams fresh key pairs, seals what those could read under
   fresh keys, and signs all rows for the next epoch. From here on the change is made.
3. `complete`: the file is encrypted with the new key; then the key file drops the old key and the removed user's slot.

Needs the custodian's keys for the first two steps; anyone who signs in can complete.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from msgspec.structs import replace

from storage import connection as file
from storage import slots
from storage.compression import Codec
from storage.connection import Connection
from storage.keypairs import PrivateKey, SigningKey, fresh_key
from storage.people import People
from storage.principals import CUSTODIAN, Holder, Principals
from storage.resealing import Resealing
from storage.sealing import Keyring, Sealing
from storage.slots import Handed, KeyFile, Keys

_RENEWED = ("team", "emergency")  # the log is sealed to review, and rows are signed by the custodian: those stay


def announce(header: KeyFile, principals: Principals, custodian: Keys, leaving: str = "") -> tuple[KeyFile, Handed]:
    """The key file with a new vault key handed to everyone but `leaving`, and what was handed."""
    index = custodian.index(header.vault)
    handed = Handed((fresh_key(), custodian.vault_keys[0]), index, custodian.epoch + 1)
    signing = SigningKey(custodian.custodian_signing)
    staying = []
    for slot in header.slots:
        owner = principals.holder(CUSTODIAN) if slot.kind == "recovery" else principals.user(slot.name)
        if owner is not None and (slot.kind, slot.name) != ("user", leaving):
            slot = slots.hand_on(header, slot, handed, owner.public, signing)
        staying.append(slot)
    return replace(slots.with_slots(header, staying), rotating_to=handed.epoch), handed


def shut_out(
    connection: Connection,
    vault_id: bytes,
    codec: Codec,
    principals: Principals,
    people: People,
    custodian: Keys,
    leaving: Holder | None = None,
) -> None:
    """Remove a user (or nobody) from all that the vault obeys, and go over to the next epoch. Inside a transaction."""
    signing, office = SigningKey(custodian.custodian_signing), PrivateKey(custodian.custodian_private)
    teams: list[Holder] = []
    if leaving is not None:
        teams = [team for team in principals.teams_of(leaving.principal.id) if team.principal.kind in _RENEWED]
        principals.remove_user(leaving.principal.name)
    private = principals.keys_of(CUSTODIAN, office)
    principals.sign_again(signing, custodian.epoch + 1)
    for team in teams:
        principals.renew(signing, team, private[team.no])
    if leaving is None:
        return
    renewed = frozenset({leaving.no, *(team.no for team in teams)})
    keyring = Keyring(connection, vault_id, principals.keys_of(CUSTODIAN, office))
    sealing = Sealing(connection, vault_id, principals)
    resealing = Resealing(connection, vault_id, codec, keyring, sealing, renewed)
    for number, _ in people.ids():
        resealing.person(number, {})
    resealing.documents()
    sealing.write_grants()
    keyring.forget()


def complete(
    path: Path, connection: Connection, header: KeyFile, users: Collection[str], opened: bytes, new: bytes
) -> KeyFile:
    """Encrypt the file with the new key unless it is, and let go of the old key and of slots without a user.

    Raises WriteError; the connection is then good for nothing but closing.
    """
    if opened != new:
        file.rekey(connection, new)
    else:  # killed before the pages of the new key had left the write-ahead log
        file.settle(connection)
    kept = [slot for slot in header.slots if slot.kind == "recovery" or slot.name in users]
    header = replace(slots.with_slots(header, kept), rotating_to=0)
    slots.write(path, header)
    return header
