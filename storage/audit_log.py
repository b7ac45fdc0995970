"""The access log: append-only, each event sealed to the privacy office (`review`), each a leaf of a Merkle tree.

The leaf commits to the event with a salt, so the tree can be checked, and shown, without telling what happened. An
event is a FHIR AuditEvent (`storage.audit_event`), sealed under a key of one session and one person, which is sealed to
that person too (`storage.log_told`); what is kept back from them stands under another. Each transaction ends with a
signed head (`storage.log_heads`) over the log and over all people's states (`storage.state_tree`); once it is durable
the head is noted outside the vault (`storage.anchor`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec
import zstandard

from storage import audit_event, log_heads, log_sessions, log_told
from storage.anchor import Anchor, AnchoredHead
from storage.audit_event import LoggedEvent
from storage.connection import Connection
from storage.errors import TamperedError
from storage.keypairs import Box, PrivateKey, SigningKey, fresh_key
from storage.log_heads import Head, Signer
from storage.merkle import HASH_BYTES, Frontier, ProofError, leaf_hash
from storage.principals import Holder
from storage.progress import Step, each, no_step
from storage.records import WORDS, Event, LogEvent, Principal
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
    """One event as committed to: its number, who signed for it, its leaf, the salt and AuditEvent behind that, and the
    details that the AuditEvent commits to (None where there are none, or they do not open)."""

    number: int
    signer: int
    leaf: bytes
    salt: bytes
    event: bytes
    details: bytes | None

    def read(self) -> LoggedEvent:
        """The act. Raises TamperedError for details that are not those committed to."""
        return audit_event.decode(self.event, self.number, self.details)


class LogKey(NamedTuple):
    """Whom the events under one key of the log are about, what they are kept back for (None: not known, from before
    that was kept apart), the key itself, and the box that it opens."""

    person: str
    kept_back: str | None
    key: bytes
    box: Box


class _SealedKey(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed of a key of the log."""

    person: str
    key: bytes
    kept_back: str | None = None


Opened = Mapping[int, tuple[str, Box]]
"""Keys of the log by their numbers: whom the events are about, and what opens them."""


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
        told: Callable[[str], Sequence[Holder]] = lambda _: (),
    ) -> None:
        """`told` says which users an event about the person of an id is sealed to as well."""
        self._connection = connection
        self._vault_id = vault_id
        self._user = user
        self._signing = signing
        self._custodian_public = custodian_public
        self._review = review
        self._anchor = anchor
        self._told = told
        self._signer = log_heads.own_signer(connection, vault_id, custodian_public, signing.public)
        self._session: tuple[int, Box] | None = None
        self._keys: dict[tuple[str, str], tuple[int, Box]] = {}
        self._pending: list[AnchoredHead] = []
        self._compressor = zstandard.ZstdCompressor(level=1)
        self.states = StateTree(connection)

    def sealed_to(self, review: Holder) -> None:
        """From now on seal to this key pair of the privacy office, under keys that nobody was given before."""
        if review.public.raw != self._review.public.raw:
            self._review = review
            self.forget_keys()

    def forget_keys(self) -> None:
        """From now on use keys that nobody was given before: whom the log tells may have changed."""
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
        act = LoggedEvent(
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
        words = event.kept_back == WORDS
        text, details = audit_event.encode_apart(act, words=words) if person else (audit_event.encode(act), None)
        content = os.urandom(SALT) + text
        leaf = leaf_hash(sha256(content).digest())
        frontier.append(leaf)
        key, box = self._key(person, "" if words else event.kept_back)
        self._connection.execute(
            "INSERT INTO audit (seq, audit_key, signer, leaf, box) VALUES (?, ?, ?, ?, ?)",
            (seq, key, self._signer.no, leaf, box.seal(self._compressor.compress(content), self._aad(seq))),
        )
        if details is not None:
            key, box = self._key(person, event.kept_back)
            self._connection.execute(
                "INSERT INTO audit_details (seq, audit_key, box) VALUES (?, ?, ?)",
                (seq, key, box.seal(self._compressor.compress(details), self._aad(seq, "details"))),
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
        self.forget_keys()
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
        self,
        review: PrivateKey | None = None,
        heard: Callable[[LoggedEvent], None] = lambda _: None,
        step: Step = no_step,
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
                read = self._compare_events(review, known, heard, size, step)
            except TamperedError as error:
                problem = str(error)
        return Verification(size, root, problem, held, read)

    def _compare_events(
        self,
        review: PrivateKey,
        known: dict[int, Signer],
        heard: Callable[[LoggedEvent], None],
        size: int,
        step: Step,
    ) -> int:
        """Open every event; how many there are. Raises TamperedError where one is not what was committed to."""
        read = 0
        kept_all = self.kept(self.office_keys(review), everything=True)
        for kept in each(kept_all, size, step, "Reading every line of the log"):
            signer, event = known.get(kept.signer), kept.read()
            if signer is None or event.user != signer.principal:
                raise TamperedError("An event of the access log is signed by another than it names.")
            if event.commitment:
                raise TamperedError("What an act of the access log touched is missing.")
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

    def read(self, opened: Opened, person: str | None = None) -> Iterator[LoggedEvent]:
        """Events that these keys open, oldest first. Raises TamperedError where leaf and event part."""
        for kept in self.kept(opened, person):
            yield kept.read()

    def kept(self, opened: Opened, person: str | None = None, *, everything: bool = False) -> Iterator[Kept]:
        """Events as committed to; with `person` those about that person only. `everything`: none may be missing."""
        boxes = {no: box for no, (about, box) in opened.items() if person is None or about == person}
        those = "" if person is None else "WHERE a.audit_key IN (SELECT value FROM json_each(?)) "
        for seq, number, signer, leaf, sealed, details_no, details in self._connection.execute(
            "SELECT a.seq, a.audit_key, a.signer, a.leaf, a.box, d.audit_key, d.box"  # noqa: S608 - words of our own
            f" FROM audit a LEFT JOIN audit_details d USING (seq) {those}ORDER BY a.seq",
            () if person is None else (msgspec.json.encode(list(boxes)).decode(),),
        ).fetchall():
            if number not in boxes:
                if everything:
                    raise TamperedError("A key of the access log is missing.")
                continue
            content = _expanded(boxes[number].open(sealed, self._aad(seq)))
            if leaf_hash(sha256(content).digest()) != leaf:
                raise TamperedError("An event of the access log is not the one that was committed to.")
            apart = None
            if details_no in boxes:
                apart = _expanded(boxes[details_no].open(details, self._aad(seq, "details")))
            yield Kept(seq, signer, leaf, content[:SALT], content[SALT:], apart)

    # -- keys that are given

    def office_keys(self, review: PrivateKey, *, kept_back: Collection[str] | None = None) -> Opened:
        """Every key of the log; with `kept_back`, only those of what is told at once, or kept back for one of these."""
        return {
            no: (key.person, key.box)
            for no, key in self._opened(review).items()
            if kept_back is None or not key.kept_back or key.kept_back in kept_back
        }

    def own_keys(self, principal: int, private: PrivateKey) -> Opened:
        """The keys that a person was given, by their number among the principals and their private key."""
        return log_told.opened(self._connection, self._vault_id, principal, private)

    def tell(self, review: PrivateKey, people: Collection[str], holder: Holder, kept_back: str = "") -> None:
        """Give a user the keys of events about these people that are kept back for this (empty: for nothing).

        Inside a transaction. What was logged before keys were kept apart is not given.
        """
        given = log_told.given(self._connection, holder.no)
        for no, found in self._opened(review).items():
            if no not in given and found.person in people and found.kept_back == kept_back:
                log_told.give(self._connection, self._vault_id, holder, no, found.person, found.key)

    def untold(self, review: PrivateKey, person: str, holder: Holder) -> int:
        """How many keys of what a person is to be told were not given to them."""
        given = log_told.given(self._connection, holder.no)
        return sum(
            no not in given and (found.person, found.kept_back) == (person, "")
            for no, found in self._opened(review).items()
        )

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

    def _key(self, person: str, kept_back: str) -> tuple[int, Box]:
        known = self._keys.get((person, kept_back))
        if known is not None:
            return known
        session, sealer = self._session_key()
        key = fresh_key()
        number: int = self._connection.execute("SELECT coalesce(max(no), 0) + 1 FROM audit_key").fetchone()[0]
        text = msgspec.msgpack.encode(_SealedKey(person, key, kept_back))
        box = sealer.seal(text, log_sessions.info(self._vault_id, "key", number))
        self._connection.execute("INSERT INTO audit_key (no, session, box) VALUES (?, ?, ?)", (number, session, box))
        if person and not kept_back:
            for holder in self._told(person):
                log_told.give(self._connection, self._vault_id, holder, number, person, key)
        if len(self._keys) >= _KEYS_KEPT:
            self._keys.clear()
        made = self._keys[person, kept_back] = (number, Box(key))
        return made

    def _session_key(self) -> tuple[int, Box]:
        if self._session is None:
            key = fresh_key()
            self._session = (
                log_sessions.begin(self._connection, self._vault_id, key, self._review.public),
                Box(key),
            )
        return self._session

    def _opened(self, review: PrivateKey) -> dict[int, LogKey]:
        """Every key by its number."""
        keys = log_sessions.opened(self._connection, self._vault_id, review)
        sessions = {no: Box(key) for no, key in keys.items()}
        found: dict[int, LogKey] = {}
        for no, session, box in self._connection.execute("SELECT no, session, box FROM audit_key").fetchall():
            if session not in sessions:
                raise TamperedError("A key of the access log is missing.")
            text = sessions[session].open(box, log_sessions.info(self._vault_id, "key", no))
            sealed = msgspec.msgpack.decode(text, type=_SealedKey)
            found[no] = LogKey(sealed.person, sealed.kept_back, sealed.key, Box(sealed.key))
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

    def _aad(self, seq: int, part: str = "") -> bytes:
        return f"audit{part}".encode() + self._vault_id + b"%d" % seq


def _expanded(content: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompress(content, max_output_size=_MAX_EVENT)
    except zstandard.ZstdError:
        raise TamperedError("An event of the access log cannot be read.") from None
