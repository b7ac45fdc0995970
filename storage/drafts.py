"""The part of a session that keeps what the signed-in user has begun to write about someone, for that user alone.

A draft is opaque bytes, sealed with a key derived from the user's private key: it is no record, nobody else opens it,
and after fresh keys (a lost passphrase) it reads as empty. It survives a lock and a crash; nothing is in clear on disk.
"""

from __future__ import annotations

from fhir.entries import PersonId
from storage.errors import TamperedError
from storage.keypairs import Box, derive
from storage.open_vault import OpenVault

LARGEST_DRAFT = 256 * 1024


class Drafts(OpenVault):
    """The signed-in user's drafts, one of each kind for each person."""

    def draft(self, person: PersonId, kind: str = "") -> bytes:
        """What was begun about someone; empty where nothing was, or where it does not open."""
        with self._use():
            number, place = self._draft_place(person, kind)
            row = self._connection.execute(
                "SELECT box FROM draft WHERE principal = ? AND place = ?", (number, place)
            ).fetchone()
            if row is None:
                return b""
            try:
                return self._draft_box().open(row[0], self._draft_aad(number, place))
            except TamperedError:
                return b""

    def keep_draft(self, person: PersonId, content: bytes, kind: str = "") -> None:
        """Keep this instead of what was kept before; nothing where it is empty. Raises ValueError over 256 KiB."""
        if len(content) > LARGEST_DRAFT:
            raise ValueError("a draft is no file")
        with self._change():
            number, place = self._draft_place(person, kind)
            if not content:
                self._connection.execute("DELETE FROM draft WHERE principal = ? AND place = ?", (number, place))
                return
            self._connection.execute(
                "INSERT INTO draft (principal, place, box) VALUES (?, ?, ?)"
                " ON CONFLICT (principal, place) DO UPDATE SET box = excluded.box",
                (number, place, self._draft_box().seal(content, self._draft_aad(number, place))),
            )

    def _draft_place(self, person: PersonId, kind: str = "") -> tuple[int, bytes]:
        number = self._principals.holder(self._keys.principal).no
        return number, derive(self._keys.private_key, f"draft of {person}{kind and f': {kind}'}", self._vault_id)[:16]

    def _draft_box(self) -> Box:
        return Box(derive(self._keys.private_key, "drafts", self._vault_id))

    def _draft_aad(self, number: int, place: bytes) -> bytes:
        return b"draft|" + self._vault_id + number.to_bytes(8, "big") + place
