"""What single acts of the vault cost, for `onestory bench`: grants, re-sealing, the log, SQLCipher beside SQLite.

Each function measures real code in a vault of its own and gives seconds, the least of several rounds; nothing here is
used by anything else.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from fhir.entries import EntryId, PersonId
from fhir.people import Identity, PersonName
from storage import connection as file
from storage.connection import Connection
from storage.keypairs import SigningKey, fresh_key
from storage.principals import OFFICES, Principals
from storage.records import DocumentToStore, LogEvent, NewEntry, NewPerson, NewUser
from storage.sealing import Sealing, Secrets
from storage.session import Session
from storage.slots import KdfCost
from storage.vault import Vault

_CHEAP = KdfCost(memory=64, passes=1, lanes=1)
_PHRASE = "measured in one run"
_ROWS, _BYTES = 20_000, 700
_CLASSES = 12


class Pair(NamedTuple):
    """Seconds with SQLCipher, and with the standard library's SQLite."""

    cipher: float
    plain: float

    @property
    def ratio(self) -> float:
        """How many times as long encryption takes."""
        return self.cipher / self.plain


class Costs(NamedTuple):
    """Seconds: see the functions below."""

    insert: Pair
    read: Pair
    grant_one: float
    grant_bulk: float
    reseal: float
    leaf: float


def measure(folder: Path) -> Costs:
    """All of them, each in a folder of its own."""
    return Costs(
        *sqlcipher(_in(folder, "sql")),
        *granting(_in(folder, "grants")),
        resealing(_in(folder, "reseal")),
        verifying(_in(folder, "log")),
    )


def _in(folder: Path, name: str) -> Path:
    file.make_folder(folder / name)
    return folder / name


def sqlcipher(folder: Path) -> tuple[Pair, Pair]:
    """Seconds to insert 20,000 sealed-looking rows of 700 bytes in one transaction, and to read each once, warm."""
    chance = random.Random(1)  # noqa: S311 - not a secret
    rows = [(no, chance.randbytes(_BYTES)) for no in range(_ROWS)]
    order = [no for no, _ in rows]
    chance.shuffle(order)
    found: dict[str, tuple[float, float]] = {}
    for name, connection in (("cipher", _cipher(folder / "cipher.db")), ("plain", _plain(folder / "plain.db"))):
        inserted = min([_timed(partial(_insert, connection, rows)) for _ in range(5)])
        reads = [_timed(partial(_read, connection, order)) for _ in range(6)]
        found[name] = inserted, min(reads[1:])
        connection.close()
    (insert, read), (plain_insert, plain_read) = found["cipher"], found["plain"]
    return Pair(insert, plain_insert), Pair(read, plain_read)


def granting(folder: Path, teams: int = 15, people: int = 400) -> tuple[float, float]:
    """Seconds to grant a person's classes to fifteen teams: by itself, and for each of many people in one import."""
    with _vault(folder) as session:
        connection, vault_id = session._connection, session._vault_id
        signing = session._keys.custodian_signing
        with file.transaction(connection):
            for number in range(teams):
                session._principals.add(SigningKey(signing), "team", role=f"role {number}", organisation="Bench")
        ids = [who.id for who in session._principals.all() if who.kind == "team" and who.organisation == "Bench"]
        assert len(ids) >= teams
        readers = [frozenset(ids[:teams]), *(frozenset(ids[: teams - n]) for n in range(1, _CLASSES))]
        grant = partial(_grant, connection, vault_id, session._principals, readers)
        alone = [grant([number], {}) for number in range(1, 16)]
        bulk = min(grant(range(first, first + people), {}) for first in (1000, 3000, 5000))
    return min(alone), bulk / people


def resealing(folder: Path, entries: int = 5000) -> float:
    """Seconds to seal anew all of one person's entries, and their sources, for other readers, as a choice does."""
    with _vault(folder) as session:
        teams = frozenset(who.id for who in session.principals() if who.kind == "team")
        person = PersonId("bench")
        session.store_document(_document(person, entries, teams))
        found = []
        for readers in (frozenset[str](), teams, frozenset[str]()):
            wanted = dict.fromkeys([EntryId(f"e{number}") for number in range(entries)], readers)
            found.append(_timed(partial(session.reseal, person, wanted)))
    return min(found)


def verifying(folder: Path, events: int = 50_000) -> float:
    """Seconds for each leaf of the log when all of it is verified."""
    with _vault(folder) as session:
        with session._change():
            for _ in range(events):
                session._log.append(LogEvent("read", PersonId("bench")), "2026-03-09T10:00:00.000Z")
        seconds = [_timed(session._log.verify) for _ in range(3)]
        assert session._log.verify().ok
    return min(seconds) / events


def _vault(folder: Path) -> Session:
    chief = NewUser("Bench", "gp", "Bench", frozenset(OFFICES))
    return Vault.create(folder / "bench.vault", chief, _PHRASE, test_data=True, cost=_CHEAP).session


def _grant(
    connection: Connection,
    vault_id: bytes,
    principals: Principals,
    readers: Sequence[frozenset[str]],
    people: Sequence[int],
    secrets: Secrets,
) -> float:
    """Seconds within the transaction that an import makes anyway."""
    with file.transaction(connection):
        began = perf_counter()
        sealing = Sealing(connection, vault_id, principals, secrets)
        for person in people:
            for some in readers:
                sealing.for_readers(person, some)
        sealing.write_grants()
        return perf_counter() - began


def _document(person: PersonId, entries: int, readers: frozenset[str]) -> DocumentToStore:
    pieces = [
        f'{{"resourceType": "Observation", "id": "o{n}", "valueQuantity": {n}}}\n'.encode() for n in range(entries)
    ]
    made, start = [], 0
    for number, piece in enumerate(pieces):
        content = f"content of observation {number}, which is about as long as what an entry says " * 5
        made.append(
            NewEntry(
                entry_id=EntryId(f"e{number}"),
                person=person,
                content=content.encode(),
                readers=readers,
                resource=f"Observation/o{number}",
                source_key="bench",
                start=start,
                end=start + len(piece),
            )
        )
        start += len(piece)
    data = b"".join(pieces)
    who = NewPerson(person_id=person, identity=Identity(names=(PersonName(family="Bench"),)))
    return DocumentToStore(
        path="bench.ndjson", data=data, sha256=sha256(data).hexdigest(), format="ndjson", people=[who], entries=made
    )


def _cipher(path: Path) -> Connection:
    file.create_file(path)
    connection = file.connect(path, fresh_key())
    file.make_durable(connection)
    return connection


def _plain(path: Path) -> Connection:
    """The standard library's SQLite with the same settings."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        f"page_size = {file.PAGE}",
        "journal_mode = WAL",
        "synchronous = FULL",
        f"cache_size = -{file.CACHE_KIB}",
        "locking_mode = EXCLUSIVE",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _insert(connection: Connection, rows: Sequence[tuple[int, bytes]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DROP TABLE IF EXISTS one")
    connection.execute("CREATE TABLE one (no INTEGER PRIMARY KEY, box BLOB)")
    connection.executemany("INSERT INTO one (no, box) VALUES (?, ?)", rows)
    connection.execute("COMMIT")


def _read(connection: Connection, order: Sequence[int]) -> None:
    execute = connection.execute
    for no in order:
        execute("SELECT box FROM one WHERE no = ?", (no,)).fetchone()


def _timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
