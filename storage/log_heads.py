"""Signed heads of the access log, and who may sign them.

Every user signs with a key derived from their own private key; its public half is certified by the custodian when the
user is added, and stays certified when they are gone. A head says how long the log is, its root and the root of all
people's states. Whoever holds one user's keys, and writes to the database as they like, signs in that user's name only.
"""

from __future__ import annotations

import msgspec

from storage.connection import Connection
from storage.errors import TamperedError
from storage.keypairs import SigningKey, derive, verifies


class Signer(msgspec.Struct, frozen=True):
    """Someone who may sign heads."""

    no: int
    principal: str
    public: bytes
    certificate: bytes

    def certified(self, vault_id: bytes, custodian_public: bytes) -> bool:
        """Whether the custodian's key vouches for this signer."""
        return verifies(custodian_public, self.certificate, certificate_text(vault_id, self.principal, self.public))


class Head(msgspec.Struct, frozen=True):
    """The log as one signer left it: its size, its root, the root of states, and the time of its last event."""

    signer: int
    size: int
    root: bytes
    state: bytes
    time: str
    signature: bytes

    def signed_by(self, signer: Signer, vault_id: bytes) -> bool:
        """Whether the signature is this signer's."""
        return verifies(signer.public, self.signature, head_text(vault_id, self.size, self.root, self.state, self.time))


def log_key(private_key: bytes, vault_id: bytes) -> SigningKey:
    """The key that the owner of a private key signs heads with."""
    return SigningKey(derive(private_key, "log signing", vault_id))


def certify(connection: Connection, vault_id: bytes, custodian: SigningKey, principal: str, private_key: bytes) -> None:
    """Let the owner of a private key sign heads. Inside a transaction."""
    public = log_key(private_key, vault_id).public
    connection.execute(
        "INSERT OR IGNORE INTO audit_signer (principal, public, certificate) VALUES (?, ?, ?)",
        (principal, public, custodian.sign(certificate_text(vault_id, principal, public))),
    )


def certify_again(connection: Connection, vault_id: bytes, before: bytes, custodian: SigningKey) -> None:
    """Certify with the custodian's new key whoever was certified with the one `before`. Inside a transaction."""
    for signer in signers(connection).values():
        if signer.certified(vault_id, before):
            text = certificate_text(vault_id, signer.principal, signer.public)
            connection.execute(
                "UPDATE audit_signer SET certificate = ? WHERE no = ?", (custodian.sign(text), signer.no)
            )


def signers(connection: Connection) -> dict[int, Signer]:
    """Everyone who ever could sign, by number; certificates are not checked yet."""
    rows = connection.execute("SELECT no, principal, public, certificate FROM audit_signer")
    return {row[0]: Signer(*row) for row in rows}


def heads(connection: Connection) -> list[Head]:
    """The newest head of each signer, shortest first; signatures are not checked yet."""
    rows = connection.execute("SELECT signer, size, root, state, time, signature FROM audit_head ORDER BY size")
    return [Head(*row) for row in rows]


def own_signer(connection: Connection, vault_id: bytes, custodian_public: bytes, public: bytes) -> Signer:
    """The signer with this key. Raises TamperedError where the custodian does not vouch for it."""
    for signer in signers(connection).values():
        if signer.public == public and signer.certified(vault_id, custodian_public):
            return signer
    raise TamperedError("Your entry among those who sign the access log has been changed.")


def certificate_text(vault_id: bytes, principal: str, public: bytes) -> bytes:
    """What the custodian signs."""
    return msgspec.msgpack.encode(("log signer", vault_id, principal, public))


def head_text(vault_id: bytes, size: int, root: bytes, state: bytes, time: str) -> bytes:
    """What a signer signs."""
    return msgspec.msgpack.encode(("log head", vault_id, size, root, state, time))
