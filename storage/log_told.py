"""The keys of the access log that a person holds: those of the events about them, sealed to them as a user.

Each key is of one session and one person. Whoever writes an event gives its key in the same transaction; keys from
before the person had a user are given on the day they enrol, by the custodian. What the law keeps silent stands under
keys of its own, which are given when the person is told. Whoever acts for a person is given the keys of their own
sessions, and so of their own acts.
"""

from __future__ import annotations

import msgspec

from storage.connection import Connection
from storage.keypairs import Box, PrivateKey
from storage.log_sessions import info
from storage.principals import Holder


def give(connection: Connection, vault_id: bytes, holder: Holder, number: int, person: str, key: bytes) -> None:
    """Let a user open the events under the key of this number. Inside a transaction; given twice, it is given once."""
    message = holder.public.seal(msgspec.msgpack.encode((person, key)), info(vault_id, f"told {holder.no}", number))
    connection.execute(
        "INSERT OR IGNORE INTO audit_told (principal, audit_key, message) VALUES (?, ?, ?)",
        (holder.no, number, message),
    )


def given(connection: Connection, principal: int) -> set[int]:
    """Numbers of the keys that a user was given."""
    return {row[0] for row in connection.execute("SELECT audit_key FROM audit_told WHERE principal = ?", (principal,))}


def opened(connection: Connection, vault_id: bytes, principal: int, private: PrivateKey) -> dict[int, tuple[str, Box]]:
    """For every key that a user was given, by number: whom its events are about, and what opens them.

    Raises TamperedError for one that was not sealed to them.
    """
    found: dict[int, tuple[str, Box]] = {}
    rows = connection.execute("SELECT audit_key, message FROM audit_told WHERE principal = ?", (principal,))
    for number, message in rows.fetchall():
        text = private.open(message, info(vault_id, f"told {principal}", number))
        person, key = msgspec.msgpack.decode(text, type=tuple[str, bytes])
        found[number] = (person, Box(key))
    return found
