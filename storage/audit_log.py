"""The access log: append-only, each event sealed to the privacy office (`review`), each a leaf of a Merkle tree.

The leaf commits to the event with a salt, so the tree can be checked, and shown, without telling what happened. Events
of one session are sealed under one key, itself sealed to `review`. Signed heads and the anchor outside the vault have
their columns; they are not written yet.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256

import msgspec

from storage.connection import Connection
from storage.errors import TamperedError
from storage.keypairs import Box, PrivateKey, fresh_key
from storage.merkle import HASH_BYTES, Frontier, ProofError, leaf_hash
from storage.principals import Holder
from storage.records import Event

_SALT = 16


class LoggedEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One act, as kept. `time` is an ISO instant; `user` is a principal id; `items` are entry ids or an import id."""

    time: str
    user: str
    kind: str
    person: str = ""
    purpose: str = ""
    relationship: str = ""
    reason: str = ""
    outcome: str = "0"
    items: tuple[str, ...] = ()


class Verification(msgspec.Struct, frozen=True):
    """What a check of the log found: how many events, the head, and one sentence where something is wrong."""

    size: int
    root: bytes
    problem: str = ""

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return not self.problem


class AccessLog:
    """Appends to and checks the log of one vault."""

    def __init__(self, connection: Connection, vault_id: bytes, user: str, review: Holder) -> None:
        self._connection = connection
        self._vault_id = vault_id
        self._user = user
        self._review = review
        self._key: tuple[int, Box] | None = None

    def append(self, event: Event, now: str) -> int:
        """Add one event; returns its number, from 0. Inside a transaction, which makes it durable."""
        number, box = self._session_key()
        frontier = self._frontier()
        salt = os.urandom(_SALT)
        content = salt + msgspec.json.encode(
            LoggedEvent(
                time=now,
                user=self._user,
                kind=event.kind,
                person=event.person or "",
                purpose=event.purpose,
                relationship=event.relationship,
                reason=event.reason,
                outcome=event.outcome,
                items=tuple(event.items),
            )
        )
        seq = frontier.size
        leaf = leaf_hash(sha256(content).digest())
        frontier.append(leaf)
        self._connection.execute(
            "INSERT INTO audit (seq, audit_key, leaf, box) VALUES (?, ?, ?, ?)",
            (seq, number, leaf, box.seal(content, self._aad(seq))),
        )
        self._connection.execute(
            "INSERT OR REPLACE INTO audit_head (one, size, root, peaks, time) VALUES (1, ?, ?, ?, ?)",
            (frontier.size, frontier.root(), b"".join(frontier.peaks), now),
        )
        return seq

    def verify(self) -> Verification:
        """Hash every leaf again and compare with the head."""
        stored = self._connection.execute("SELECT size, root FROM audit_head").fetchone() or (0, Frontier().root())
        frontier = Frontier()
        for seq, leaf in self._connection.execute("SELECT seq, leaf FROM audit ORDER BY seq"):
            if seq != frontier.size:
                return Verification(frontier.size, frontier.root(), "An event is missing from the access log.")
            frontier.append(leaf)
        problem = ""
        if frontier.size != stored[0]:
            problem = "The access log is shorter or longer than its head says."
        elif frontier.root() != stored[1]:
            problem = "The access log has been changed."
        return Verification(frontier.size, frontier.root(), problem)

    def read(self, review: PrivateKey) -> Iterator[LoggedEvent]:
        """Every event, oldest first, for a holder of the review key. Raises TamperedError where leaf and event part."""
        boxes: dict[int, Box] = {}
        for number, message in self._connection.execute("SELECT no, message FROM audit_key").fetchall():
            boxes[number] = Box(review.open(message, self._key_info(number)))
        for seq, number, leaf, sealed in self._connection.execute(
            "SELECT seq, audit_key, leaf, box FROM audit ORDER BY seq"
        ).fetchall():
            content = boxes[number].open(sealed, self._aad(seq))
            if leaf_hash(sha256(content).digest()) != leaf:
                raise TamperedError("An event of the access log is not the one that was committed to.")
            yield msgspec.json.decode(content[_SALT:], type=LoggedEvent)

    def rolled_back(self) -> None:
        """A transaction was undone, so this session's key may have gone with it."""
        self._key = None

    def _session_key(self) -> tuple[int, Box]:
        if self._key is None:
            key = fresh_key()
            number = self._connection.execute("SELECT coalesce(max(no), 0) + 1 FROM audit_key").fetchone()[0]
            message = self._review.public.seal(key, self._key_info(number))
            self._connection.execute("INSERT INTO audit_key (no, message) VALUES (?, ?)", (number, message))
            self._key = (number, Box(key))
        return self._key

    def _frontier(self) -> Frontier:
        row = self._connection.execute("SELECT size, peaks FROM audit_head").fetchone()
        if row is None:
            return Frontier()
        peaks = [row[1][i : i + HASH_BYTES] for i in range(0, len(row[1]), HASH_BYTES)]
        try:
            return Frontier(row[0], peaks)
        except ProofError:
            raise TamperedError("The head of the access log is damaged.") from None

    def _aad(self, seq: int) -> bytes:
        return b"audit" + self._vault_id + b"%d" % seq

    def _key_info(self, number: int) -> bytes:
        return b"audit key" + self._vault_id + b"%d" % number
