"""The part of a session that keeps one small note for the signed-in user alone: opaque bytes, sealed to nobody else.

Not for records and not for evidence: a note that no longer opens (fresh keys after a lost passphrase) reads as empty.
"""

from __future__ import annotations

from storage.errors import TamperedError
from storage.keypairs import Box, derive
from storage.open_vault import OpenVault

LARGEST = 64 * 1024


class OwnNotes(OpenVault):
    """The signed-in user's own note."""

    def own_note(self) -> bytes:
        """What was kept last; empty where nothing was, or where it does not open."""
        with self._use():
            number = self._principals.holder(self._keys.principal).no
            row = self._connection.execute("SELECT box FROM own_note WHERE principal = ?", (number,)).fetchone()
            if row is None:
                return b""
            try:
                return self._own_box().open(row[0], self._own_place(number))
            except TamperedError:
                return b""

    def keep_own_note(self, content: bytes) -> None:
        """Keep this instead of what was kept before. Raises ValueError for more than 64 KiB."""
        if len(content) > LARGEST:
            raise ValueError("an own note is small")
        with self._change():
            number = self._principals.holder(self._keys.principal).no
            box = self._own_box().seal(content, self._own_place(number))
            self._connection.execute(
                "INSERT INTO own_note (principal, box) VALUES (?, ?) "
                "ON CONFLICT (principal) DO UPDATE SET box = excluded.box",
                (number, box),
            )

    def _own_box(self) -> Box:
        return Box(derive(self._keys.private_key, "own note", self._vault_id))

    def _own_place(self, number: int) -> bytes:
        return b"own note|" + self._vault_id + number.to_bytes(8, "big")
