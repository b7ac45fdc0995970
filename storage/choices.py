"""What people chose about sharing, as signed acts: kept, read, and opened for whoever may.

Each act is signed by who did it and bound to the one before it. Its rules are sealed to every team that may have to do
with the person, because whoever decides or seals has to follow them; its full form to the person, `review` and the
custodian. What an act means is not known here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from hashlib import sha256
from typing import NamedTuple

import msgspec

from fhir.entries import PersonId
from storage.connection import Connection
from storage.errors import TamperedError
from storage.keypairs import Box, verifies
from storage.log_heads import Signer, signers
from storage.principals import Principals
from storage.records import NewChoice, StoredAct
from storage.sealing import ClassKey, Keyring, Sealing

_SALT = 16
_CHANGED = "This person's choices were changed outside the program; tell the custodian."
REVIEW = "review"


class Choices:
    """The choices of one vault."""

    def __init__(
        self, connection: Connection, vault_id: bytes, principals: Principals, keyring: Keyring, custodian_public: bytes
    ) -> None:
        self._connection = connection
        self._vault_id = vault_id
        self._principals = principals
        self._keyring = keyring
        self._custodian_public = custodian_public

    def read(self, person: int, id: PersonId) -> list[StoredAct]:
        """Acts about a person, oldest first, without those whose import was taken back.

        Raises TamperedError for a row that is not signed by someone who may, or does not follow the one before it.
        """
        rows = self._connection.execute(
            "SELECT c.no, c.import, coalesce(i.state, 0) = 1, c.class, c.rules, c.full_class, c.full, c.full_digest,"
            " c.signer, c.signature FROM choice c LEFT JOIN import i ON i.no = c.import WHERE c.person = ?"
            " ORDER BY c.no",
            (person,),
        ).fetchall()
        if not rows:
            return []
        known = signers(self._connection)
        ever = self._principals.ever()
        boxes = self._keyring.boxes(person, {number for row in rows for number in (row[3], row[5])})
        before, acts = b"", []
        for no, import_no, undone, class_id, rules, full_class, full, digest, signer_no, signature in rows:
            signer = known.get(signer_no)
            if signer is None or not self._vouched(signer):
                raise TamperedError(_CHANGED)
            box = boxes.get(class_id)
            opened = box.open(rules, self._aad("rules", person, no)) if box is not None else None
            if opened is not None:
                text = self._text(person, no, import_no, opened, digest, before)
                if not verifies(signer.public, signature, text):
                    raise TamperedError(_CHANGED)
            before = signature
            if undone:
                continue
            whole = None
            if full_class in boxes:
                content = boxes[full_class].open(full, self._aad("full", person, no))
                if sha256(content).digest() != digest:
                    raise TamperedError(_CHANGED)
                whole = content[_SALT:]
            acts.append(StoredAct(id, no, opened, whole, signer.principal, ever.get(signer.principal)))
        return acts

    def add(
        self,
        person: int,
        choice: NewChoice,
        sealing: Sealing,
        signer: Signer,
        sign: Callable[[bytes], bytes],
        whole: Collection[str],
        import_no: int | None = None,
    ) -> None:
        """Keep one act. Inside a transaction; the grants are the caller's to write. `whole`: see `followers`."""
        no: int = self._connection.execute("SELECT coalesce(max(no), 0) + 1 FROM choice").fetchone()[0]
        last = self._connection.execute(
            "SELECT signature FROM choice WHERE person = ? ORDER BY no DESC LIMIT 1", (person,)
        ).fetchone()
        content = os.urandom(_SALT) + choice.full
        digest = sha256(content).digest()
        who = followers(self._principals, whole)
        rules = sealing.for_numbers(person, sealing.numbers(who.rules))
        full = sealing.for_numbers(person, sealing.numbers(who.words))
        signature = sign(self._text(person, no, import_no, choice.rules, digest, last[0] if last else b""))
        self._connection.execute(
            "INSERT INTO choice (no, person, import, class, rules, full_class, full, full_digest, signer, signature)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                no,
                person,
                import_no,
                rules.id,
                rules.box.seal(choice.rules, self._aad("rules", person, no)),
                full.id,
                full.box.seal(content, self._aad("full", person, no)),
                digest,
                signer.no,
                signature,
            ),
        )

    def any(self, person: int) -> bool:
        """Whether anything was ever chosen about a person."""
        return self._connection.execute("SELECT 1 FROM choice WHERE person = ?", (person,)).fetchone() is not None

    def unsettle(self, person: int, due: str = "") -> None:
        """Note that a person's entries are to be sealed anew, from an instant on (empty: now). Inside a transaction."""
        self._connection.execute(
            "INSERT INTO unsettled (person, due) VALUES (?, ?)"
            " ON CONFLICT (person) DO UPDATE SET due = excluded.due WHERE excluded.due < due",
            (person, due),
        )

    def settle(self, person: int, due: str | None) -> None:
        """Note that it was done, until an instant (None: for good). Inside a transaction."""
        self._connection.execute("DELETE FROM unsettled WHERE person = ?", (person,))
        if due is not None:
            self.unsettle(person, due)

    def unsettled(self, now: str) -> list[int]:
        """People whose entries are to be sealed anew by now."""
        return [row[0] for row in self._connection.execute("SELECT person FROM unsettled WHERE due <= ?", (now,))]

    def is_unsettled(self, person: int, now: str) -> bool:
        """Whether one person's are."""
        row = self._connection.execute("SELECT due FROM unsettled WHERE person = ?", (person,)).fetchone()
        return row is not None and row[0] <= now

    def _vouched(self, signer: Signer) -> bool:
        return signer.certified(self._vault_id, self._custodian_public)

    def _aad(self, what: str, person: int, no: int) -> bytes:
        return choice_aad(self._vault_id, what, person, no)

    def _text(self, person: int, no: int, import_no: int | None, rules: bytes, full: bytes, before: bytes) -> bytes:
        """What is signed."""
        return msgspec.msgpack.encode(
            ("choice", self._vault_id, person, no, import_no, sha256(rules).digest(), full, before)
        )


class Followers(NamedTuple):
    """Ids of those who have to follow someone's choices (`rules`), and of those who read their words too."""

    rules: frozenset[str]
    words: frozenset[str]


def followers(principals: Principals, whole: Collection[str]) -> Followers:
    """Who follows the choices of one of these people (by id), who bind each other: every team but those tied to
    somebody else, and the privacy office; the words are for them themselves and the privacy office."""
    teams = [who for who in principals.all() if who.kind == "team" and (who.tied_to is None or who.tied_to in whole)]
    return Followers(
        frozenset({REVIEW, *(who.id for who in teams)}),
        frozenset({REVIEW, *(who.id for who in teams if who.tied_to is not None and who.role == "person")}),
    )


def choice_aad(vault_id: bytes, what: str, person: int, no: int) -> bytes:
    """What binds a sealed act to its row."""
    return b"choice" + vault_id + f"{what}/{person}/{no}".encode()


class ResealedChoices:
    """Choices within one act of re-sealing: whoever has to follow them can open them, and nobody else; keys that were
    known are fresh."""

    def __init__(
        self, connection: Connection, vault_id: bytes, sealing: Sealing, renew: frozenset[int] = frozenset()
    ) -> None:
        self._connection = connection
        self._vault_id = vault_id
        self._sealing = sealing
        self._renew = renew

    def person(self, person: int, keys: dict[int, ClassKey], who: Followers | None) -> None:
        """Go over one person's acts. `who` follows them (None: whoever did); `keys` are what can be opened."""
        widened: set[int] = set()
        for no, class_id, rules, full_class, full in self._connection.execute(
            "SELECT no, class, rules, full_class, full FROM choice WHERE person = ?", (person,)
        ).fetchall():
            for what, number, content in (("rules", class_id, rules), ("full", full_class, full)):
                key = keys.get(number)
                if key is None:
                    continue
                wanted = {*key.readers} & self._sealing.living
                if who is not None:
                    wanted = {*self._sealing.numbers(who.rules if what == "rules" else who.words)}
                target = tuple(sorted(wanted | {self._sealing.custodian}))
                if self._renew.isdisjoint(key.readers) and {*key.readers} <= {*target}:
                    if target != key.readers and number not in widened:
                        self._sealing.widen(person, key, target)
                    widened.add(number)
                    continue
                fresh, aad = self._sealing.for_numbers(person, target), choice_aad(self._vault_id, what, person, no)
                column = "class = ?, rules" if what == "rules" else "full_class = ?, full"
                self._connection.execute(
                    f"UPDATE choice SET {column} = ? WHERE no = ?",  # noqa: S608 - names of our own
                    (fresh.id, fresh.box.seal(Box(key.key).open(content, aad), aad), no),
                )
