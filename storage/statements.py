"""Signed statements about people: kept, read, and opened for whoever may. What one means is not known here.

Each statement is signed by who made it and bound to the one before it about the same person. It is sealed under a key
of its own, which is given to its readers as a secret (so it moves when a team's keys change); a `shared` one also to
teams that come later. The custodian reads all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from hashlib import sha256

import msgspec

from storage.connection import Connection
from storage.errors import TamperedError
from storage.keypairs import Box, PrivateKey, fresh_key, verifies
from storage.log_heads import Signer, signers
from storage.principals import CUSTODIAN, Principals, secret_info

_CHANGED = "What was stated about this person was changed outside the program; tell the custodian."


class StoredStatement(msgspec.Struct, frozen=True):
    """One statement, its signature checked where it opened. `content` is None where the keys do not open it;
    `signed_by` is a principal id, `roles` those of that user as known now, with "custodian" for the office."""

    number: int
    content: bytes | None
    signed_by: str
    roles: frozenset[str]


class Statements:
    """The statements of one vault."""

    def __init__(
        self,
        connection: Connection,
        vault_id: bytes,
        principals: Principals,
        private: dict[int, PrivateKey],
        custodian_public: bytes,
    ) -> None:
        """`private` are the private keys at hand, by principal number."""
        self._connection = connection
        self._vault_id = vault_id
        self._principals = principals
        self._private = private
        self._custodian_public = custodian_public

    def read(self, person: int) -> list[StoredStatement]:
        """Statements about a person, oldest first. Raises TamperedError for a row that is not signed by someone whom
        the custodian vouches for, or does not follow the one before it."""
        rows = self._connection.execute(
            "SELECT no, secret_id, box, signer, signature FROM statement WHERE person = ? ORDER BY no", (person,)
        ).fetchall()
        if not rows:
            return []
        known = signers(self._connection)
        ever = self._principals.ever()
        before, found = b"", []
        for no, secret_id, box, signer_no, signature in rows:
            signer = known.get(signer_no)
            if signer is None or not signer.certified(self._vault_id, self._custodian_public):
                raise TamperedError(_CHANGED)
            content = self._open(person, no, secret_id, box)
            if content is not None and not verifies(signer.public, signature, self._text(person, no, content, before)):
                raise TamperedError(_CHANGED)
            before = signature
            who = ever.get(signer.principal)
            roles = frozenset({who.role, *(["custodian"] if who.custodian else [])}) if who else frozenset()
            found.append(StoredStatement(no, content, signer.principal, roles))
        return found

    def people(self) -> list[int]:
        """Everyone about whom anything was stated."""
        return [row[0] for row in self._connection.execute("SELECT DISTINCT person FROM statement ORDER BY person")]

    def people_told(self, reader: str) -> list[int]:
        """Everyone about whom anything was stated that was given to this principal themself, not to a team of theirs;
        without opening anything."""
        return [
            row[0]
            for row in self._connection.execute(
                "SELECT DISTINCT person FROM statement WHERE EXISTS"
                " (SELECT 1 FROM secret s WHERE s.id = statement.secret_id AND s.principal = ?) ORDER BY person",
                (self._principals.holder(reader).no,),
            )
        ]

    def add(
        self,
        person: int,
        content: bytes,
        readers: Collection[str],
        signer: Signer,
        sign: Callable[[bytes], bytes],
        *,
        shared: bool = False,
    ) -> int:
        """Keep one statement for these reader ids; its number. Inside a transaction."""
        no: int = self._connection.execute("SELECT coalesce(max(no), 0) + 1 FROM statement").fetchone()[0]
        last = self._connection.execute(
            "SELECT signature FROM statement WHERE person = ? ORDER BY no DESC LIMIT 1", (person,)
        ).fetchone()
        key, secret_id = fresh_key(), os.urandom(16)
        for reader in sorted({*readers, CUSTODIAN}):
            self._give(secret_id, key, reader)
        box = Box(key).seal(content, self._aad(person, no))
        signature = sign(self._text(person, no, content, last[0] if last else b""))
        self._connection.execute(
            "INSERT INTO statement (no, person, secret_id, shared, box, signer, signature)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (no, person, secret_id, int(shared), box, signer.no, signature),
        )
        return no

    def give(self, numbers: Collection[int], reader: str) -> None:
        """Give one more reader the statements of these numbers that open here. Inside a transaction."""
        for number in numbers:
            row = self._connection.execute("SELECT secret_id FROM statement WHERE no = ?", (number,)).fetchone()
            key = None if row is None else self._key(row[0])
            if key is not None:
                self._give(row[0], key, reader)

    def share(self, reader: str) -> None:
        """Give someone new what is shared. For whoever holds the custodian's key; inside a transaction."""
        number = self._principals.holder(reader).no
        for (secret_id,) in self._connection.execute(
            "SELECT secret_id FROM statement WHERE shared = 1 AND NOT EXISTS"
            " (SELECT 1 FROM secret s WHERE s.id = statement.secret_id AND s.principal = ?)",
            (number,),
        ).fetchall():
            key = self._key(secret_id)
            if key is not None:
                self._give(secret_id, key, reader)

    def _give(self, secret_id: bytes, key: bytes, reader: str) -> None:
        holder = self._principals.holder(reader)
        message = holder.public.seal(key, secret_info(self._vault_id, secret_id, holder.no))
        self._connection.execute(
            "INSERT INTO secret (id, principal, message) VALUES (?, ?, ?)", (secret_id, holder.no, message)
        )

    def _key(self, secret_id: bytes) -> bytes | None:
        for principal, message in self._connection.execute(
            "SELECT principal, message FROM secret WHERE id = ?", (secret_id,)
        ):
            if principal in self._private:
                return self._private[principal].open(message, secret_info(self._vault_id, secret_id, principal))
        return None

    def _open(self, person: int, no: int, secret_id: bytes, box: bytes) -> bytes | None:
        key = self._key(secret_id)
        return None if key is None else Box(key).open(box, self._aad(person, no))

    def _aad(self, person: int, no: int) -> bytes:
        return b"statement" + self._vault_id + f"{person}/{no}".encode()

    def _text(self, person: int, no: int, content: bytes, before: bytes) -> bytes:
        """What is signed."""
        said = ("statement", self._vault_id, person, no, sha256(content).digest(), before)
        return msgspec.msgpack.encode(said)


def heard_by(connection: Connection, principal: int) -> list[int]:
    """Numbers of the statements that were given to a principal themself, not to a team of theirs."""
    rows = connection.execute(
        "SELECT no FROM statement WHERE secret_id IN (SELECT id FROM secret WHERE principal = ?)", (principal,)
    )
    return [row[0] for row in rows]
