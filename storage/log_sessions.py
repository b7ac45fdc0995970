"""The keys of the access log: one for each session, sealed to the privacy office (`review`).

Under a session's key stands one key for each person that its events are about (`storage.audit_log`). When the office
gets a new key pair, every session's key is sealed to it anew, so that who holds the office now reads what was
logged before, and who has left reads nothing that is logged afterwards.
"""

from __future__ import annotations

from storage.connection import Connection
from storage.keypairs import PrivateKey, PublicKey


def begin(connection: Connection, vault_id: bytes, key: bytes, review: PublicKey) -> int:
    """Keep a new session's key for the privacy office; returns its number. Inside a transaction."""
    number: int = connection.execute("SELECT coalesce(max(no), 0) + 1 FROM audit_session").fetchone()[0]
    message = review.seal(key, info(vault_id, "session", number))
    connection.execute("INSERT INTO audit_session (no, message) VALUES (?, ?)", (number, message))
    return number


def opened(connection: Connection, vault_id: bytes, review: PrivateKey) -> dict[int, bytes]:
    """Every session's key by its number. Raises TamperedError for one that was not sealed to this office."""
    rows = connection.execute("SELECT no, message FROM audit_session").fetchall()
    return {no: review.open(message, info(vault_id, "session", no)) for no, message in rows}


def reseal(connection: Connection, vault_id: bytes, review: PrivateKey, fresh: PublicKey) -> None:
    """Seal every session's key to the office's new key pair. Inside a transaction."""
    connection.executemany(
        "UPDATE audit_session SET message = ? WHERE no = ?",
        [
            (fresh.seal(key, info(vault_id, "session", no)), no)
            for no, key in opened(connection, vault_id, review).items()
        ],
    )


def info(vault_id: bytes, what: str, number: int) -> bytes:
    """What binds a key of the log to its place."""
    return f"audit {what}".encode() + vault_id + b"%d" % number
