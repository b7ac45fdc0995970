"""What stands about entries beside their own content: floors, corrections, and whose labels are to be looked at again.

A floor or correction is sealed for those who may read the categories it names; that it is there, everyone with the
vault can see, as they can see that an entry was sealed anew for fewer. A correction counts only with the custodian's
signature. Nothing here knows what a category is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from storage.connection import Connection
from storage.keypairs import SigningKey, verifies
from storage.label_records import Correction, NewFloor
from storage.principals import Principals
from storage.sealing import Keyring, Sealing

WITHDRAWN = 0
"""The class of a row that only takes the correction before it back."""


class LabelMarks:
    """Floors, corrections and dues of one vault, as one user's keys open them."""

    def __init__(
        self,
        connection: Connection,
        vault_id: bytes,
        keyring: Keyring,
        principals: Principals,
        custodian_public: bytes,
    ) -> None:
        """`custodian_public` is the key whose signature makes a correction count."""
        self._connection = connection
        self._vault_id = vault_id
        self._keyring = keyring
        self._principals = principals
        self._custodian_public = custodian_public

    # -- floors

    def floors(self, person: int) -> dict[int, list[bytes | None]]:
        """Contents of floors by entry key; None for one that the keys do not open."""
        rows = self._connection.execute(
            "SELECT key, class, box FROM label_floor WHERE person = ? ORDER BY key, class", (person,)
        ).fetchall()
        found: dict[int, list[bytes | None]] = {}
        boxes = self._keyring.boxes(person, (row[1] for row in rows)) if rows else {}
        for key, class_id, sealed in rows:
            box = boxes.get(class_id)
            content = None if box is None else box.open(sealed, self._floor_aad(person, key, class_id))
            found.setdefault(key, []).append(content)
        return found

    def any_floors(self, person: int) -> bool:
        """Whether there is a floor at all: the quick question."""
        row = self._connection.execute("SELECT 1 FROM label_floor WHERE person = ? LIMIT 1", (person,)).fetchone()
        return row is not None

    def add_floors(self, person: int, import_no: int, floors: Iterable[NewFloor], sealing: Sealing) -> None:
        """Seal floors that an import brought. Inside a transaction."""
        rows = []
        for floor in floors:
            sealed = sealing.for_readers(person, floor.readers)
            box = sealed.box.seal(floor.content, self._floor_aad(person, floor.key, sealed.id))
            rows.append((person, floor.key, sealed.id, import_no, box))
        self._connection.executemany(
            "INSERT OR REPLACE INTO label_floor (person, key, class, import, box) VALUES (?, ?, ?, ?, ?)", rows
        )

    def settle(self, person: int, keys: Iterable[int]) -> None:
        """Drop floors that the content of their entries says itself now. Inside a transaction."""
        self._connection.executemany(
            "DELETE FROM label_floor WHERE person = ? AND key = ?", [(person, key) for key in keys]
        )

    def import_undone(self, import_no: int) -> None:
        """Drop the floors that an import brought. Inside a transaction."""
        self._connection.execute("DELETE FROM label_floor WHERE import = ?", (import_no,))

    # -- dues

    def due(self, person: int) -> bool:
        """Whether somebody who opens more should look at the labels of a person again."""
        return self._connection.execute("SELECT 1 FROM label_due WHERE person = ?", (person,)).fetchone() is not None

    def set_due(self, person: int, due: bool) -> None:
        """Inside a transaction."""
        statement = "INSERT OR IGNORE INTO label_due VALUES (?)" if due else "DELETE FROM label_due WHERE person = ?"
        self._connection.execute(statement, (person,))

    # -- corrections

    def newest(self, person: int) -> dict[int, Correction]:
        """The newest signed correction of each target, also where it takes the one before back."""
        return {one.target: one for one in self.history(person)}

    def history(self, person: int) -> list[Correction]:
        """Every signed correction of a person, oldest first."""
        rows: list[tuple[int, int, int, int, bytes, bytes]] = self._connection.execute(
            "SELECT no, target, sealing, class, box, signature FROM label_correction WHERE person = ? ORDER BY no",
            (person,),
        ).fetchall()
        if not rows:
            return []
        found = []
        boxes = self._keyring.boxes(person, (row[3] for row in rows))
        for no, target, sealing, class_id, sealed, signature in rows:
            text = _signed(self._vault_id, no, person, target, sealing, class_id, sealed)
            if not verifies(self._custodian_public, signature, text):
                continue
            if class_id == WITHDRAWN:
                found.append(Correction(no, target, None, frozenset(), withdrawn=True))
                continue
            box = boxes.get(class_id)
            content = None if box is None else box.open(sealed, self._correction_aad(person, target, class_id))
            found.append(Correction(no, target, content, self._readers(person, sealing)))
        return found

    def any_corrections(self, person: int) -> bool:
        """Whether there is a row at all, signed or not: the quick question."""
        row = self._connection.execute("SELECT 1 FROM label_correction WHERE person = ? LIMIT 1", (person,)).fetchone()
        return row is not None

    def correct(
        self,
        person: int,
        target: int,
        content: bytes,
        readers: frozenset[str],
        signing: SigningKey,
        sealing: Sealing,
    ) -> int:
        """Write a correction; returns its number. Inside a transaction. `sealing` must not be used for anything else,
        so that those it grants something are those who may read the correction."""
        sealed = sealing.for_readers(person, readers)
        box = sealed.box.seal(content, self._correction_aad(person, target, sealed.id))
        no = self._connection.execute("SELECT coalesce(max(no), 0) + 1 FROM label_correction").fetchone()[0]
        signature = signing.sign(_signed(self._vault_id, no, person, target, sealing.no, sealed.id, box))
        self._connection.execute(
            "INSERT INTO label_correction (no, person, target, sealing, class, box, signature)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (no, person, target, sealing.no, sealed.id, box, signature),
        )
        return int(no)

    def withdraw(self, person: int, target: int, signing: SigningKey) -> int:
        """Take the newest correction of a target back; returns the number of the row. Inside a transaction."""
        no = self._connection.execute("SELECT coalesce(max(no), 0) + 1 FROM label_correction").fetchone()[0]
        signature = signing.sign(_signed(self._vault_id, no, person, target, 0, WITHDRAWN, b""))
        self._connection.execute(
            "INSERT INTO label_correction (no, person, target, sealing, class, box, signature)"
            " VALUES (?, ?, ?, 0, ?, x'', ?)",
            (no, person, target, WITHDRAWN, signature),
        )
        return int(no)

    def _readers(self, person: int, sealing: int) -> frozenset[str]:
        rows: Sequence[tuple[int]] = self._connection.execute(
            "SELECT principal FROM grants WHERE person = ? AND sealing = ?", (person, sealing)
        ).fetchall()
        living = self._principals.living()
        return frozenset(self._principals.by_number(no).principal.id for (no,) in rows if no in living)

    # -- bindings

    def _floor_aad(self, person: int, key: int, class_id: int) -> bytes:
        return msgspec.msgpack.encode(("label floor", self._vault_id, person, key, class_id))

    def _correction_aad(self, person: int, target: int, class_id: int) -> bytes:
        return msgspec.msgpack.encode(("label correction", self._vault_id, person, target, class_id))


def sign_again(connection: Connection, vault_id: bytes, before: bytes, custodian: SigningKey) -> None:
    """Sign with the custodian's new key the corrections that were signed with the one `before`, and no others.

    Inside a transaction.
    """
    rows = connection.execute(
        "SELECT no, person, target, sealing, class, box, signature FROM label_correction"
    ).fetchall()
    for no, *about, signature in rows:
        text = _signed(vault_id, no, *about)
        if verifies(before, signature, text):
            connection.execute("UPDATE label_correction SET signature = ? WHERE no = ?", (custodian.sign(text), no))


def _signed(vault_id: bytes, no: int, person: int, target: int, sealing: int, class_id: int, box: bytes) -> bytes:
    return msgspec.msgpack.encode(("signed label correction", vault_id, no, person, target, sealing, class_id, box))


TABLES = frozenset({"label_floor", "label_correction", "label_due"})


def state_rows(connection: Connection, person: int) -> list[tuple[object, ...]]:
    """What a person's state says of all this; empty for almost everyone. Boxes are told by their nonce and length."""
    floors = connection.execute(
        "SELECT key, class, import, substr(box, 1, 12), length(box) FROM label_floor WHERE person = ?"
        " ORDER BY key, class",
        (person,),
    ).fetchall()
    corrections = connection.execute(
        "SELECT no, target, sealing, class, signature FROM label_correction WHERE person = ? ORDER BY no", (person,)
    ).fetchall()
    due = connection.execute("SELECT person FROM label_due WHERE person = ?", (person,)).fetchall()
    if not (floors or corrections or due):
        return []
    return [("floors", floors), ("corrections", corrections), ("due", due)]
