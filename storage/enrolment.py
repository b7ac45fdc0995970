"""Adding users, their further posts, and teams: key pairs, memberships, and grants for what is already stored.

Needs the custodian's private key, from the printed recovery key or from the slot of a user who holds that office.
Who may read what is asked of the caller, person by person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from storage.choices import followers
from storage.compression import Codec
from storage.connection import Connection
from storage.entries import Entries
from storage.keypairs import Index, PrivateKey, SigningKey
from storage.people import People
from storage.principals import CUSTODIAN, Holder, Principals
from storage.progress import Step, each, no_step
from storage.records import Decide, NewUser
from storage.resealing import Resealing
from storage.sealing import Keyring, Sealing
from storage.slots import Keys
from storage.statements import Statements


def enrol(principals: Principals, custodian: Keys, user: NewUser, private: dict[str, PrivateKey]) -> Keys:
    """Make a user's principal, their team's if it is new, and their memberships; returns what their slot seals.

    `private` holds the private keys of offices and teams by id. Inside a transaction.
    """
    holder, own = _appoint(principals, custodian, user, private)
    office = CUSTODIAN in user.offices
    return Keys(
        custodian.vault_keys,
        holder.principal.id,
        own.raw,
        custodian.custodian_public,
        custodian.custodian_private if office else b"",
        custodian.custodian_signing if office else b"",
        custodian.index_key,
        custodian.epoch,
    )


def _appoint(
    principals: Principals, custodian: Keys, user: NewUser, private: dict[str, PrivateKey]
) -> tuple[Holder, PrivateKey]:
    """A user in one post: their row, team and offices, and the certificate with which they sign the access log."""
    signing = SigningKey(custodian.custodian_signing)
    team = principals.team(user.role, user.organisation)
    if team is None:
        team, team_key = principals.add(signing, "team", role=user.role, organisation=user.organisation)
        principals.join(signing, team, team_key, principals.holder(CUSTODIAN))
        private = {**private, team.principal.id: team_key}
    office = CUSTODIAN in user.offices
    holder, own = principals.add(
        signing, "user", name=user.name, role=user.role, organisation=user.organisation, custodian=office
    )
    for id in (team.principal.id, *sorted(user.offices - {CUSTODIAN})):
        principals.join(signing, principals.holder(id), private[id], holder)
    principals.certify(signing, holder, own.raw)
    return holder, own


def enrol_later(
    connection: Connection,
    vault_id: bytes,
    index: Index,
    codec: Codec,
    principals: Principals,
    people: People,
    custodian: Keys,
    user: NewUser,
    decide: Decide,
    first: Holder | None = None,
    heard: Collection[int] = (),
    *,
    bound_to: Callable[[int], frozenset[str]],
    step: Step = no_step,
) -> Keys:
    """Add a user to a vault that holds records, and make the grants for all of them. Inside a transaction.

    `first`: they are here already in that post, and this is a further one, whose key their first one reaches. `heard`:
    numbers of statements that they read themself before their keys were lost, and go on reading. `bound_to`: ids of
    those whom the choices of a person (their number) bind.
    """
    signing = SigningKey(custodian.custodian_signing)
    if first is None:
        # A user whose passphrase is lost, or one left by an addition that was cut short before its slot was written.
        principals.remove_users(principals.posts(user.name), signing)
    held = principals.keys_of(CUSTODIAN, PrivateKey(custodian.custodian_private))
    by_id = {who.id: held[no] for who in principals.all() if (no := principals.holder(who.id).no) in held}
    keys = enrol(principals, custodian, user, by_id)
    if first is not None:
        principals.join(signing, principals.holder(keys.principal), PrivateKey(keys.private_key), first)
    team = principals.team(user.role, user.organisation)
    statements = Statements(connection, vault_id, principals, held, custodian.custodian_public)
    if user.told and team is not None:
        statements.share(team.principal.id)
    statements.give(heard, keys.principal)
    keyring = Keyring(connection, vault_id, held)
    entries = Entries(connection, vault_id, index, codec, keyring)
    sealing = Sealing(connection, vault_id, principals)
    resealing = Resealing(
        connection, vault_id, codec, keyring, sealing, followers=lambda number: followers(principals, bound_to(number))
    )
    everyone = principals.all()
    numbers = people.ids()
    for number, person in each(numbers, len(numbers), step, "Finding out what they may read"):
        contents = entries.holdings(number)
        readers = decide(person, contents, everyone)
        resealing.person(
            number, {content.entry_id: allowed for content, allowed in zip(contents, readers, strict=True)}
        )
    resealing.documents()
    sealing.write_grants()
    keyring.forget()
    return keys
