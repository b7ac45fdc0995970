"""The access log: append-only, each event sealed to the privacy office (`review`), each a leaf of a Merkle tree.

The leaf commits to the event with a salt, so the tree can be checked, and shown, without telling what happened. An
event is a FHIR AuditEvent (`storage.audit_event`), sealed under a key of one session and one person, which is held for
that person. Each transaction ends with a signed head (`storage.log_heads`) over the log and over all people's states
(`storage.state_tree`); once it is durable the head is noted outside the vault (`storage.anchor`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec
import zstandard

from storage import audit_event, log_heads, log_sessions
from storage.anchor import Anchor, AnchoredHead
from storage.audit_event import LoggedEvent
from storage.connection import Connection
from storage.errors import TamperedError
from storage.keypairs import Box, PrivateKey, SigningKey, fresh_key
from storage.log_heads import Head, Signer
from storage.merkle import HASH_BYTES, Frontier, ProofError, leaf_hash
from storage.principals import Holder
from storage.records import Event, LogEvent, Principal
from storage.state_tree import EMPTY, StateTree

SALT = 16
_MAX_EVENT = 1 << 26
_KEYS_KEPT = 4096


class Verification(msgspec.Struct, frozen=True):
    """What a check of the log found.

    `size` events were hashed to `root`, `heads` signatures held, `read` events were opened and compared with their
    leaves (0 for those who may not read them), and `people` compared with their signed state. `problem` is one
    sentence where something is wrong.
    """

    size: int
    root: bytes
    problem: str = ""
    heads: int = 0
    read: int = 0
    people: int = 0

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return not self.problem

    def __bool__(self) -> bool:
        return self.ok


class Kept(NamedTuple):
    """One event as committed to: its number, who signed for it, its leaf, and the salt and AuditEvent behind that."""

    number: int
    signer: int
    leaf: bytes
    salt: bytes
    event: bytes


class AccessLog:
    """Appends to, reads and checks the log of one vault."""

    def __init__(
        self,
        connection: Connection,
        vault_id: bytes,
        user: Principal,
        signing: SigningKey,
        custodian_public: bytes,
        review: Holder,
        anchor: Anchor | None,
    ) -> None:
        self._connection = connection
        self._vault_id = vault_id
        self._user = user
        self._signing = signing
        self._custodian_public = custodian_public
        self._review = review
        self._anchor = anchor
        self._signer = log_heads.own_signer(connection, vault_id, custodian_public, signing.public)
        self._session: tuple[int, Box] | None = None
        self._keys: dict[str, tuple[int, Box]] = {}
        self._pending: list[AnchoredHead] = []
        self._compressor = zstandard.ZstdCompressor(level=1)
        self.states = StateTree(connection)

    def sealed_to(self, review: Holder) -> None:
        """From now on seal to this key pair of the privacy office, under keys that nobody was given before."""
        if review.public.raw != self._review.public.raw:
            self._review = review
            self._session = None
            self._keys.clear()

    def signed_by(self, signing: SigningKey, custodian_public: bytes) -> None:
        """From now on sign with this key, which the custodian's key vouches for. Raises TamperedError otherwise."""
        self._signer = log_heads.own_signer(self._connection, self._vault_id, custodian_public, signing.public)
        self._signing, self._custodian_public = signing, custodian_public

    # -- appending

    def append(self, event: Event, now: str) -> int:
        """Add one event; returns its number, from 0. Inside a transaction, which makes it durable."""
        frontier, before = self._tip()
        if now < before:
            self._append(LogEvent("clock-back", reason=f"The clock was set back; before it said {before}."), now)
            frontier, _ = self._tip()
        self._append(event, now)
        return frontier.size

    def _append(self, event: Event, now: str) -> None:
        frontier, _ = self._tip()
        seq, who, person = frontier.size, self._user, event.person or ""
        content = os.urandom(SALT) + audit_event.encode(
            LoggedEvent(
                time=now,
                user=who.id,
                name=who.name,
                role=who.role,
                organisation=who.organisation,
                kind=event.kind,
                person=person,
                purpose=event.purpose,
                relationship=event.relationship,
                reason=event.reason.encode("utf-8", "replace").decode(),
                outcome=event.outcome,
                items=tuple(event.items),
            )
        )
        leaf = leaf_hash(sha256(content).digest())
        frontier.append(leaf)
        key, box = self._key(person)
        self._connection.execute(
            "INSERT INTO audit (seq, audit_key, signer, leaf, box) VALUES (?, ?, ?, ?, ?)",
            (seq, key, self._signer.no, leaf, box.seal(self._compressor.compress(content), self._aad(seq))),
        )
        self._connection.execute(
            "INSERT OR REPLACE INTO audit_tip (one, size, peaks, time) VALUES (1, ?, ?, ?)",
            (frontier.size, b"".join(frontier.peaks), now),
        )
        self._pending.append(AnchoredHead(frontier.size, now, event.kind, frontier.root().hex()))

    def seal(self, now: str) -> None:
        """End a transaction: bring states up to date and sign the head. Nothing happens if nothing changed."""
        if self.states.flush() and not self._pending:
            self.append(LogEvent("change"), now)
        if self._pending:
            last = self._pending[-1]
            root, state = bytes.fromhex(last.root), self.states.root
            text = log_heads.head_text(self._vault_id, last.size, root, state, last.time)
            self._connection.execute(
                "INSERT OR REPLACE INTO audit_head (signer, size, root, state, time, signature)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (self._signer.no, last.size, root, state, last.time, self._signing.sign(text)),
            )

    def committed(self, *, settled: bool = False) -> None:
        """The transaction is durable: note its heads outside. `settled`: whoever is to know of older trouble does."""
        self.states.committed()
        if self._pending and self._anchor is not None:
            self._anchor.extend(self._pending, self.states.root, settled=settled)
        self._pending.clear()

    def rolled_back(self) -> None:
        """A transaction was undone, so this session's keys may have gone with it."""
        self._session = None
        self._keys.clear()
        self._pending.clear()
        self.states.rolled_back()

    # -- checking

    def examine(self) -> list[str]:
        """What is wrong at first sight, in sentences: the newest head, its signature, and the anchor outside."""
        try:
            frontier, _ = self._tip()
        except TamperedError as error:
            return [str(error)]
        root = frontier.root()
        head = self._current(frontier.size, root)
        said = []
        last = self._connection.execute("SELECT max(seq) FROM audit").fetchone()[0]
        if (-1 if last is None else last) + 1 != frontier.size:
            said.append("The access log is shorter or longer than its head says.")
        if head is not None:
            self.states.trust(head.state)
        elif frontier.size:
            said.append("The newest head of the access log is not signed by anyone who may.")
            found = log_heads.heads(self._connection)
            self.states.trust(found[-1].state if found else EMPTY)
        if self._anchor is not None:
            said += self._anchor.compare(frontier.size, root, self.states.root, self.roots)
        return said

    def start_anchor(self) -> None:
        """Begin the note outside for a new vault."""
        if self._anchor is not None:
            self._anchor.extend((), self.states.root)

    def verify(
        self, review: PrivateKey | None = None, heard: Callable[[LoggedEvent], None] = lambda _: None
    ) -> Verification:
        """Hash every leaf again; check every signed head, and with the review key what stands behind each leaf. `heard`
        is told every event that is opened."""
        found = log_heads.heads(self._connection)
        known = log_heads.signers(self._connection)
        wanted = {head.size for head in found}
        roots: dict[int, bytes] = {}
        wrote: dict[int, int] = {}
        frontier, gap = Frontier(), False
        append = frontier.append
        for place, (seq, signer, leaf) in enumerate(
            self._connection.execute("SELECT seq, signer, leaf FROM audit ORDER BY seq")
        ):
            if seq != place:
                gap = True
                break
            append(leaf)
            wrote[signer] = place
            if place + 1 in wanted:
                roots[place + 1] = frontier.root()
        size, root = frontier.size, frontier.root()
        problem, held = "", 0
        for head in found:
            signer = known.get(head.signer)
            if signer is None or not signer.certified(self._vault_id, self._custodian_public):
                problem = problem or "A head of the access log is not signed by anyone who may."
            elif not head.signed_by(signer, self._vault_id):
                problem = problem or "The signature of a head of the access log does not hold."
            elif roots.get(head.size) != head.root:
                problem = problem or "The access log has been changed or shortened since it was signed."
            else:
                held += 1
        covered = {head.signer: head.size for head in found}
        if gap:
            problem = "An event is missing from the access log."
        elif any(place >= covered.get(signer, 0) for signer, place in wrote.items()):
            problem = problem or "Part of the access log is not signed by those who wrote it."
        elif not problem and self._peaks() != (size, b"".join(frontier.peaks)):
            problem = "The access log is shorter or longer than its head says."
        read = 0
        if review is not None and not problem:
            try:
                read = self._compare_events(review, known, heard)
            except TamperedError as error:
                problem = str(error)
        return Verification(size, root, problem, held, read)

    def _compare_events(
        self, review: PrivateKey, known: dict[int, Signer], heard: Callable[[LoggedEvent], None]
    ) -> int:
        """Open every event; how many there are. Raises TamperedError where one is not what was committed to."""
        read = 0
        for kept in self.kept(review):
            signer, event = known.get(kept.signer), audit_event.decode(kept.event)
            if signer is None or event.user != signer.principal:
                raise TamperedError("An event of the access log is signed by another than it names.")
            heard(event)
            read += 1
        return read

    def roots(self, sizes: Sequence[int]) -> dict[int, bytes]:
        """The roots that the log had at these sizes."""
        wanted, found = set(sizes), {0: Frontier().root()}
        frontier = Frontier()
        for (leaf,) in self._connection.execute(
            "SELECT leaf FROM audit ORDER BY seq LIMIT ?", (max(wanted, default=0),)
        ):
            frontier.append(leaf)
            if frontier.size in wanted:
                found[frontier.size] = frontier.root()
        return found

    def leaves(self) -> list[bytes]:
        """Every leaf hash, oldest first."""
        return [row[0] for row in self._connection.execute("SELECT leaf FROM audit ORDER BY seq")]

    # -- reading

    def read(self, review: PrivateKey, person: str | None = None) -> Iterator[LoggedEvent]:
        """Events, oldest first, for a holder of the review key. Raises TamperedError where leaf and event part."""
        for kept in self.kept(review, person):
            yield audit_event.decode(kept.event, kept.number)

    def kept(self, review: PrivateKey, person: str | None = None) -> Iterator[Kept]:
        """Events as committed to; with `person` those about that person only."""
        boxes = {no: box for no, (about, box) in self._opened(review).items() if person is None or about == person}
        expand = zstandard.ZstdDecompressor().decompress
        for seq, number, signer, leaf, sealed in self._connection.execute(
            "SELECT seq, audit_key, signer, leaf, box FROM audit ORDER BY seq"
        ).fetchall():
            if number not in boxes:
                if person is None:
                    raise TamperedError("A key of the access log is missing.")
                continue
            try:
                content = expand(boxes[number].open(sealed, self._aad(seq)), max_output_size=_MAX_EVENT)
            except zstandard.ZstdError:
                raise TamperedError("An event of the access log cannot be read.") from None
            if leaf_hash(sha256(content).digest()) != leaf:
                raise TamperedError("An event of the access log is not the one that was committed to.")
            yield Kept(seq, signer, leaf, content[:SALT], content[SALT:])

    # -- for receipts

    def own_head(self) -> Head:
        """The newest head that this user signed."""
        return next(head for head in log_heads.heads(self._connection) if head.signer == self._signer.no)

    @property
    def signer(self) -> Signer:
        """Under whose name this session signs."""
        return self._signer

    def signers(self) -> set[bytes]:
        """The keys of all who sign this log, or did, as the custodian vouches for."""
        known = log_heads.signers(self._connection).values()
        return {one.public for one in known if one.certified(self._vault_id, self._custodian_public)}

    def sign(self, text: bytes) -> bytes:
        """A signature by the key that also signs heads."""
        return self._signing.sign(text)

    # -- keys and places

    def _current(self, size: int, root: bytes) -> Head | None:
        known = log_heads.signers(self._connection)
        for head in log_heads.heads(self._connection):
            signer = known.get(head.signer)
            if (
                (head.size, head.root) == (size, root)
                and signer is not None
                and signer.certified(self._vault_id, self._custodian_public)
                and head.signed_by(signer, self._vault_id)
            ):
                return head
        return None

    def _key(self, person: str) -> tuple[int, Box]:
        known = self._keys.get(person)
        if known is not None:
            return known
        session, sealer = self._session_key()
        key = fresh_key()
        number: int = self._connection.execute("SELECT coalesce(max(no), 0) + 1 FROM audit_key").fetchone()[0]
        box = sealer.seal(msgspec.msgpack.encode((person, key)), log_sessions.info(self._vault_id, "key", number))
        self._connection.execute("INSERT INTO audit_key (no, session, box) VALUES (?, ?, ?)", (number, session, box))
        if len(self._keys) >= _KEYS_KEPT:
            self._keys.clear()
        made = self._keys[person] = (number, Box(key))
        return made

    def _session_key(self) -> tuple[int, Box]:
        if self._session is None:
            key = fresh_key()
            self._session = (
                log_sessions.begin(self._connection, self._vault_id, key, self._review.public),
                Box(key),
            )
        return self._session

    def _opened(self, review: PrivateKey) -> dict[int, tuple[str, Box]]:
        """For every key by number: whom its events are about, and what opens them."""
        keys = log_sessions.opened(self._connection, self._vault_id, review)
        sessions = {no: Box(key) for no, key in keys.items()}
        found: dict[int, tuple[str, Box]] = {}
        for no, session, box in self._connection.execute("SELECT no, session, box FROM audit_key").fetchall():
            if session not in sessions:
                raise TamperedError("A key of the access log is missing.")
            person, key = msgspec.msgpack.decode(
                sessions[session].open(box, log_sessions.info(self._vault_id, "key", no)), type=tuple[str, bytes]
            )
            found[no] = (person, Box(key))
        return found

    def _peaks(self) -> tuple[int, bytes]:
        row: tuple[int, bytes] | None = self._connection.execute("SELECT size, peaks FROM audit_tip").fetchone()
        return row or (0, b"")

    def _tip(self) -> tuple[Frontier, str]:
        row = self._connection.execute("SELECT size, peaks, time FROM audit_tip").fetchone() or (0, b"", "")
        peaks = [row[1][i : i + HASH_BYTES] for i in range(0, len(row[1]), HASH_BYTES)]
        try:
            return Frontier(row[0], peaks), row[2]
        except ProofError:
            raise TamperedError("The head of the access log is damaged.") from None

    def _aad(self, seq: int) -> bytes:
        return b"audit" + self._vault_id + b"%d" % seq
