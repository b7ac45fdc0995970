"""Access classes and grants: who can open what, as keys.

Entries of one person with the same readers form a class with one fresh AES-256-GCM key under a random id. A grant is a
box, per person and principal, that holds the keys of the classes this principal may open; all grants that one session
makes to one principal open with one secret, which is sealed to the principal's public key once (HPKE). Who may read is
the caller's decision; the custodian is always added. No grant, no key, no access.
"""

from __future__ import annotations

import os
import secrets
from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from storage.connection import Connection
from storage.errors import TamperedError
from storage.keypairs import Box, PrivateKey, fresh_key
from storage.principals import CUSTODIAN, Principals, secret_info

DOCUMENT = 0
"""The person number under which whole documents are granted."""

_PEOPLE_KEPT = 16
_NEVER = -1
_SECRETS_KEPT = 8192


class ClassKey(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """The key of one class. `readers` are the principal numbers it was granted to when this grant was made."""

    id: int
    key: bytes
    readers: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"ClassKey({self.id}, …)"


_DECODER = msgspec.msgpack.Decoder(list[ClassKey])


class SealedClass:
    """A class being filled: its id and the box that seals for it."""

    __slots__ = ("box", "id", "key", "readers")

    def __init__(self, readers: tuple[int, ...]) -> None:
        self.id = secrets.randbits(62)
        self.key = fresh_key()
        self.box = Box(self.key)
        self.readers = readers


Secrets = dict[int, tuple[int, Box]]
"""By principal: the number of a secret sealed to them, and the box it makes."""


class Sealing:
    """One act of sealing: hands out classes, then writes everyone's grants. Used inside one transaction."""

    def __init__(
        self, connection: Connection, vault_id: bytes, principals: Principals, secrets: Secrets | None = None
    ) -> None:
        """`secrets` are those already made in this session; sharing them saves an HPKE message per principal."""
        self._connection = connection
        self._secrets = {} if secrets is None else secrets
        self._vault_id = vault_id
        self._principals = principals
        self.custodian = principals.holder(CUSTODIAN).no
        self.living = principals.living()
        self.no: int = connection.execute("INSERT INTO sealing DEFAULT VALUES").lastrowid or 0
        self._classes: dict[tuple[int, tuple[int, ...]], SealedClass] = {}
        self._numbers: dict[frozenset[str], tuple[int, ...]] = {}
        self._granted: dict[int, list[tuple[ClassKey, tuple[int, ...]]]] = {}

    def numbers(self, readers: frozenset[str]) -> tuple[int, ...]:
        """Principal numbers of readers, the custodian among them. Raises UnknownItemError for an unknown id."""
        known = self._numbers.get(readers)
        if known is None:
            found = {self._principals.holder(id).no for id in readers} | {self.custodian}
            known = self._numbers[readers] = tuple(sorted(found))
        return known

    def for_readers(self, person: int, readers: frozenset[str]) -> SealedClass:
        """The class of this act for a person and a set of reader ids."""
        return self.for_numbers(person, self.numbers(readers))

    def for_numbers(self, person: int, readers: tuple[int, ...]) -> SealedClass:
        """The class of this act for a person and a sorted set of principal numbers."""
        found = self._classes.get((person, readers))
        if found is None:
            found = self._classes[person, readers] = SealedClass(readers)
            self._granted.setdefault(person, []).append((ClassKey(found.id, found.key, readers), readers))
        return found

    def widen(self, person: int, key: ClassKey, readers: tuple[int, ...]) -> None:
        """Grant an existing class to more readers. All its readers are told, the custodian among them: whoever narrows
        it later has to know who holds the key."""
        told = ({*readers} & self.living) | {self.custodian}
        self._granted.setdefault(person, []).append((ClassKey(key.id, key.key, readers), tuple(sorted(told))))

    def write_grants(self) -> None:
        """Seal and store one box per person and principal, and a secret for each principal who has none yet."""
        rows: list[tuple[int, int, int, int, bytes]] = []
        for person, keys in self._granted.items():
            per_reader: dict[int, list[ClassKey]] = {}
            for key, recipients in keys:
                for reader in recipients:
                    per_reader.setdefault(reader, []).append(key)
            before: list[ClassKey] | None = None
            for reader, theirs in per_reader.items():
                if theirs != before:  # mostly all may read the same
                    before, content = theirs, msgspec.msgpack.encode(theirs)
                secret, box = self._secrets.get(reader) or self._new_secret(reader)
                aad = grant_aad(self._vault_id, person, self.no, reader)
                rows.append((person, self.no, reader, secret, box.seal(content, aad)))
        self._connection.executemany(
            "INSERT INTO grants (person, sealing, principal, secret, box) VALUES (?, ?, ?, ?, ?)", rows
        )

    def _new_secret(self, principal: int) -> tuple[int, Box]:
        key, id = fresh_key(), os.urandom(16)
        message = self._principals.by_number(principal).public.seal(key, secret_info(self._vault_id, id, principal))
        row = self._connection.execute(
            "INSERT INTO secret (id, principal, message) VALUES (?, ?, ?)", (id, principal, message)
        )
        made = self._secrets[principal] = (row.lastrowid or 0, Box(key))
        return made


class Keyring:
    """What a signed-in user's private keys open, person by person. Forgotten when the session closes."""

    def __init__(self, connection: Connection, vault_id: bytes, private: dict[int, PrivateKey]) -> None:
        self._connection = connection
        self._vault_id = vault_id
        self._private = private
        self._people: OrderedDict[int, dict[int, ClassKey]] = OrderedDict()
        self._boxes: OrderedDict[int, dict[int, Box]] = OrderedDict()
        self._secrets: OrderedDict[int, Box] = OrderedDict()
        marks = ", ".join("?" * len(private))
        order = " ".join(f"WHEN {int(no)} THEN {place}" for place, no in enumerate(private))
        self._grants_sql = (
            "SELECT g.sealing, g.principal, g.secret, g.box FROM grants g"  # noqa: S608 - numbers of our own only
            f" WHERE g.person = ? AND g.principal IN ({marks}) ORDER BY CASE g.principal {order} END"
        )

    def boxes(self, person: int, needed: Iterable[int]) -> dict[int, Box]:
        """Boxes by class id, for those of the `needed` classes that this user may open (and perhaps others)."""
        keys = self.keys(person, needed)
        boxes = self._boxes.setdefault(person, {})
        if len(boxes) != len(keys):
            boxes.update((id, Box(key.key)) for id, key in keys.items() if id not in boxes)
        return boxes

    def document_key(self, sealing: int, class_id: int) -> ClassKey | None:
        """The key of a whole document sealed in that act, if this user may open it."""
        for principal in self._private:
            row = self._connection.execute(
                "SELECT secret, box FROM grants WHERE person = ? AND sealing = ? AND principal = ?",
                (DOCUMENT, sealing, principal),
            ).fetchone()
            for key in self._open(DOCUMENT, sealing, principal, *row) if row else ():
                if key.id == class_id:
                    return key
        return None

    def every_key(self, person: int) -> dict[int, ClassKey]:
        """All class keys of a person that this user may open, with all that is known of their readers."""
        self.forget_person(person)
        return self.keys(person, (_NEVER,))

    def keys(self, person: int, needed: Iterable[int]) -> dict[int, ClassKey]:
        """Class keys by id. Stops opening grants as soon as all `needed` classes are known."""
        known = self._people.get(person)
        missing = set(needed)
        if known is not None:
            self._people.move_to_end(person)
            if missing <= known.keys():
                return known
        known = self._people[person] = known if known is not None else {}
        missing -= known.keys()
        for sealing, principal, secret, box in self._connection.execute(
            self._grants_sql, (person, *self._private)
        ).fetchall():
            for key in self._open(person, sealing, principal, secret, box):
                held = known.get(key.id)
                readers = key.readers if held is None else tuple(sorted({*held.readers, *key.readers}))
                known[key.id] = ClassKey(key.id, key.key, readers)
            missing -= known.keys()
            if not missing:
                break
        while len(self._people) > _PEOPLE_KEPT:
            gone, _ = self._people.popitem(last=False)
            self._boxes.pop(gone, None)
        return known

    def forget_person(self, person: int) -> None:
        """Grants of this person have changed."""
        self._people.pop(person, None)
        self._boxes.pop(person, None)

    def forget_people(self) -> None:
        """Grants of many people have changed."""
        self._people.clear()
        self._boxes.clear()

    def forget(self) -> None:
        """Drop every key."""
        self._private = {}
        self.forget_people()
        self._secrets.clear()

    def _open(self, person: int, sealing: int, principal: int, secret: int, box: bytes) -> list[ClassKey]:
        aad = grant_aad(self._vault_id, person, sealing, principal)
        return _DECODER.decode(self._secret(secret, principal).open(box, aad))

    def _secret(self, no: int, principal: int) -> Box:
        known = self._secrets.get(no)
        if known is None:
            row = self._connection.execute(
                "SELECT id, message FROM secret WHERE no = ? AND principal = ?", (no, principal)
            ).fetchone()
            if row is None:
                raise TamperedError("A grant in the vault has lost its secret.")
            info = secret_info(self._vault_id, row[0], principal)
            known = self._secrets[no] = Box(self._private[principal].open(row[1], info))
            while len(self._secrets) > _SECRETS_KEPT:
                self._secrets.popitem(last=False)
        return known


def grant_aad(vault_id: bytes, person: int, sealing: int, principal: int) -> bytes:
    """What binds a grant to its place."""
    return msgspec.msgpack.encode(("grant", vault_id, person, sealing, principal))
