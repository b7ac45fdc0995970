"""Changing the vault key, and shutting out a removed user, so that nothing they know opens what is stored afterwards.

Three steps, each all or nothing, so that a crash anywhere leaves the old state or one that the next opening completes:

1. `announce`: the key file hands the new key to everyone who stays, beside the old one. Both count.
2. `shut_out`: one transaction removes the user, gives their teams and offices fresh key pairs, seals what those could
   read under fresh keys, and signs all rows for the next epoch. From here on the change is made.
3. `complete`: the file is encrypted with the new key; then the key file drops the old key and the removed user's slot.

When the custodian's office is among what the user held, it gets new keys too, and with it every team, for the
custodian reaches them all: the key file says which key follows (`storage.succession`), all rows and certificates are
signed anew, and a new recovery slot takes the place of the old one.

Needs the custodian's keys for the first two steps; anyone who signs in can complete.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from storage import connection as file
from storage import label_marks, log_heads, log_sessions, slots, succession
from storage.compression import Codec
from storage.connection import Connection
from storage.keypairs import PrivateKey, SigningKey, fresh_key
from storage.people import People
from storage.principals import CUSTODIAN, REVIEW, Holder, Principals
from storage.progress import Step, each, no_step
from storage.resealing import Resealing
from storage.sealing import DOCUMENT, Keyring, Sealing
from storage.slots import Handed, KeyFile, Keys
from storage.succession import Office

_RENEWED = ("team", "emergency", REVIEW)


class Announced(NamedTuple):
    """The key file that hands on the new keys; what everyone is handed; and the custodian's keys from then on."""

    header: KeyFile
    handed: Handed
    office: Office


def fresh_office() -> Office:
    """New keys for the custodian's office."""
    signing, private = SigningKey.generate(), PrivateKey.generate()
    return Office(signing.public, private.raw, signing.raw)


def announce(
    header: KeyFile, principals: Principals, custodian: Keys, leaving: str = "", new_recovery_key: str = ""
) -> Announced:
    """The key file with a new vault key handed to everyone but `leaving`, and what was handed.

    With `new_recovery_key`, the custodian's office is given new keys, which that recovery key opens.
    """
    epoch, before = custodian.epoch + 1, custodian.office()
    office = fresh_office() if new_recovery_key else before
    settled = [link for link in header.custodians if link.epoch <= custodian.epoch]
    if new_recovery_key:
        link = succession.follow(header.vault, SigningKey(before.signing), SigningKey(office.signing), epoch)
        settled.append(link)
    header = replace(header, version=slots.VERSION, custodians=tuple(settled), rotating_to=epoch)
    handed = Handed((fresh_key(), custodian.vault_keys[0]), custodian.index(header.vault), epoch)
    signing = SigningKey(office.signing)
    offered = []
    for slot in header.slots:
        if slot.since > custodian.epoch:
            continue  # of a change that was never made
        if slot.kind == "recovery":
            if not new_recovery_key:
                slot = slots.hand_on(header, slot, handed, principals.holder(CUSTODIAN).public, signing)
        elif slot.name != leaving and (owner := principals.user(slot.name)) is not None:
            theirs = handed
            if owner.principal.custodian:
                theirs = replace(handed, office=office, former=before if new_recovery_key else None)
            slot = slots.hand_on(header, slot, theirs, owner.public, signing)
        offered.append(slot)
    if new_recovery_key:
        own = Keys(handed.vault_keys, CUSTODIAN, b"", b"", index_key=handed.index_key, epoch=epoch)
        own = replace(own.with_office(office), former=before)
        offered.append(replace(slots.recovery_slot(header, new_recovery_key, own), since=epoch))
    return Announced(slots.with_slots(header, offered), handed, office)


def shut_out(
    connection: Connection,
    vault_id: bytes,
    codec: Codec,
    principals: Principals,
    people: People,
    custodian: Keys,
    leaving: Collection[Holder] = (),
    office: Office | None = None,
    *,
    step: Step = no_step,
) -> None:
    """Remove a user in these posts (or nobody) from all that the vault obeys, and go over to the next epoch.

    Inside a transaction.

    `office`: the custodian's keys from now on, where they change.
    """
    if office is None:
        office = custodian.office()
    signing, former = SigningKey(office.signing), PrivateKey(custodian.custodian_private)
    changing = office.public != custodian.custodian_public
    teams: list[Holder] = []
    if changing:
        teams = principals.of_kinds(_RENEWED)
    else:
        left = {team.no: team for one in leaving for team in principals.teams_of(one.principal.id)}
        teams = [team for team in left.values() if team.principal.kind in _RENEWED]
    private = principals.keys_of(CUSTODIAN, former)
    principals.remove_users(leaving, SigningKey(custodian.custodian_signing))
    principals.sign_again(signing, custodian.epoch + 1)
    renewed = {one.no for one in (*teams, *leaving)}
    if changing:
        keys = PrivateKey(office.private)
        renewed.add(principals.renew_custodian(signing, former, keys).no)
        log_heads.certify_again(connection, vault_id, custodian.custodian_public, signing)
        principals.certify(signing, principals.holder(CUSTODIAN), keys.raw)
        label_marks.sign_again(connection, vault_id, custodian.custodian_public, signing)
    for team in teams:
        fresh = principals.renew(signing, team, private[team.no])
        if team.principal.id == REVIEW:
            log_sessions.reseal(connection, vault_id, private[team.no], fresh.public)
    if not renewed:
        return
    keyring = Keyring(connection, vault_id, principals.keys_of(CUSTODIAN, PrivateKey(office.private)))
    sealing = Sealing(connection, vault_id, principals)
    resealing = Resealing(connection, vault_id, codec, keyring, sealing, frozenset(renewed))
    everyone = people.ids()
    for number, _ in each(everyone, len(everyone), step, "Sealing anew what they could read"):
        resealing.person(number, {})
    resealing.person(DOCUMENT, {})
    resealing.every_document()
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
    latest = max((slot.since for slot in header.slots if slot.kind == "recovery"), default=0)
    kept = [slot for slot in header.slots if (slot.since == latest if slot.kind == "recovery" else slot.name in users)]
    header = replace(slots.with_slots(header, kept), rotating_to=0)
    slots.write(path, header)
    return header
