"""A vault whose slot a passphrase has opened, before its user is at work in it: they may have several posts.

Until one is entered, no key that opens a record is in use. Entering or closing is to be done once.
"""

from __future__ import annotations

from pathlib import Path

from storage import connection as file
from storage.connection import Connection, ProcessLock
from storage.open_vault import keys_in_post
from storage.principals import Principals
from storage.records import Clock, Principal
from storage.session import Session
from storage.slots import KeyFile, Keys


class Unlocked:
    """Made by `Vault.unlock`. `keys` are what the slot seals, with the one vault key that opened the file."""

    def __init__(
        self,
        path: Path,
        connection: Connection,
        lock: ProcessLock,
        header: KeyFile,
        keys: Keys,
        clock: Clock,
        anchors: Path | None,
    ) -> None:
        self._path, self._connection, self._lock, self._header = path, connection, lock, header
        self._keys, self._clock, self._anchors = keys, clock, anchors
        self._principals = Principals(connection, header.vault, keys.custodian_public, keys.epoch)
        first = self._principals.holder(keys.principal).principal
        held = self._principals.posts(first.name) if first.kind == "user" else []
        self.posts: list[Principal] = [one.principal for one in held] or [first]
        """The posts that may be entered, the first one first."""

    def enter(self, post: str = "", passphrase: str = "", secret: bytes = b"") -> Session:
        """At work in a post by its id (empty: the first). The vault is closed again where this fails.

        With what opened the slot, the `passphrase` or the keyring's `secret`, it takes up what it was handed on. Raises
        UnknownItemError for what is no post of this user.
        """
        try:
            with file.refusing_writes():
                keys = keys_in_post(self._principals, self._keys, post)
                session = Session(
                    self._path, self._connection, self._lock, self._header, keys, self._clock, self._anchors, self._keys
                )
                if passphrase:
                    session.take_up(passphrase)
                if secret:
                    session.take_up_by_keyring(secret)
        except BaseException:
            self.close()
            raise
        return session

    def close(self) -> None:
        """Let go of a vault that nobody entered."""
        self._keys = Keys((), "", b"", b"")
        self._connection.close()
        self._lock.release()

    def __repr__(self) -> str:
        return "Unlocked(…)"
