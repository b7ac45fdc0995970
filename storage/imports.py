"""Storing documents: each in one transaction, idempotent by content, and taken back as a whole.

An entry that the person already has is not stored again: only that a further document supplied it. A newer state of
the same resource supersedes the older. Taking an import back leaves tombstones and restores what it superseded.
Nothing here needs a private key: an importer may store what they cannot read.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from fhir.entries import PersonId
from storage.compression import Codec
from storage.connection import Connection
from storage.errors import UnknownItemError
from storage.keypairs import Box, Index
from storage.packs import (
    PACK_BYTES,
    PACK_ENTRIES,
    About,
    Links,
    chunks,
    document_aad,
    encode_pack,
    pack_aad,
)
from storage.people import People
from storage.principals import Principals
from storage.records import DocumentToStore, NewEntry, StoredImport
from storage.sealing import DOCUMENT, Sealing, Secrets
from storage.sources import Layout

CURRENT, SUPERSEDED, UNDONE = 0, 1, 2
LIVE, TAKEN_BACK, TOLD_ANEW = 0, 1, 2
"""States of an import. Of one told anew, what it chose still counts; its entries are of the import in its place."""


Opens = Callable[[int, Iterable[int]], Collection[int]]
"""Which of these classes of a person the signed-in user opens, and perhaps others."""


class Held(msgspec.Struct, gc=False):
    """One row of the entry table while it is worked on."""

    resource: int
    version: int
    pack: int
    position: int
    state: int


class _Rows(msgspec.Struct):
    """Rows of one document, table by table: written together they cost a statement each, not one for every person."""

    pack: list[tuple[int, int, int, int, int, int, bytes]] = []
    entry: list[tuple[int, int, int, int, int, int, int]] = []
    also: list[tuple[int, int, int, int, bool]] = []
    people: list[tuple[int, int, bytes]] = []

    def write(self, connection: Connection) -> None:
        """Inside a transaction."""
        connection.executemany(
            "INSERT INTO pack (no, person, import, class, size, live, box) VALUES (?, ?, ?, ?, ?, ?, ?)", self.pack
        )
        connection.executemany(
            "INSERT OR REPLACE INTO entry (person, key, resource, version, pack, position, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            self.entry,
        )
        connection.executemany(
            "INSERT OR IGNORE INTO entry_also (person, key, import, part, narrowed) VALUES (?, ?, ?, ?, ?)", self.also
        )
        connection.executemany("INSERT INTO import_person (person, import, links) VALUES (?, ?, ?)", self.people)
        connection.executemany(
            "UPDATE person SET imports = imports + 1 WHERE no = ?", [(person,) for person, _, _ in self.people]
        )


class Imports:
    """The writing side of a vault."""

    def __init__(
        self,
        connection: Connection,
        vault_id: bytes,
        index: Index,
        codec: Codec,
        principals: Principals,
        people: People,
    ) -> None:
        self._connection = connection
        self._vault_id = vault_id
        self._index = index
        self._codec = codec
        self._principals = principals
        self._people = people
        self._document_keys: dict[str, tuple[int, int, bytes]] = {}
        self._secrets: Secrets = {}

    def store(self, document: DocumentToStore, importer: str, now: str) -> StoredImport:
        """Store a document. Inside a transaction. Raises UnknownItemError for an unknown reader or person."""
        already = self.live_import(document.sha256, document.telling)
        if already is not None:
            return StoredImport(import_id=already, status="unchanged")
        earlier_id, arrived = self._make_way(document.sha256) or ("", now)
        import_id = secrets.token_hex(8)
        no = self._next("import")
        sealing = Sealing(self._connection, self._vault_id, self._principals, self._secrets)
        put = self._people.put(document.people)
        numbers = {person_id: number for person_id, (number, _) in put.items()}
        new_here = {number for number, is_new in put.values() if is_new}
        rows = _Rows()
        for person_id in document.restricts:
            self._people.restrict(person_id)
        per_person: dict[PersonId, list[NewEntry]] = {}
        for entry in document.entries:
            per_person.setdefault(entry.person, []).append(entry)
        layout = Layout(self._vault_id, no, self._next("source_block"), sealing, self._codec)
        for person, entries in per_person.items():
            if person not in numbers:
                numbers[person] = self._people.number(person)
            layout.add(numbers[person], entries)
        frame = layout.seal(document)
        self._connection.executemany(
            "INSERT INTO source_block (no, import, person, class, box) VALUES (?, ?, ?, ?, ?)", layout.rows
        )
        stored = known = 0
        for person in numbers:
            number = numbers[person]
            entries = per_person.get(person, [])
            new, again = self._store_person(
                no, number, person, entries, sealing, layout, rows, is_new=number in new_here
            )
            stored, known = stored + new, known + again
        rows.write(self._connection)
        readers = layout.document_readers(importer)
        whole = sealing.for_readers(DOCUMENT, readers)
        self._document_keys[import_id] = sealing.no, whole.id, whole.key
        about = About(document.path, document.format, document.fhir_version, document.bundle_type)
        self._connection.execute(
            "INSERT INTO import (no, id, digest, telling, stored, sealing, class, frame, blocks, about, issues)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                no,
                import_id,
                self._index.digest("document", document.sha256),
                document.telling,
                arrived,
                sealing.no,
                whole.id,
                whole.box.seal(self._codec.compress(frame), document_aad(self._vault_id, "frame", import_id)),
                layout.block_numbers,
                whole.box.seal(msgspec.msgpack.encode(about), document_aad(self._vault_id, "about", import_id)),
                self._sealed_issues(whole.box, import_id, document.issues) if document.issues else None,
            ),
        )
        self._connection.executemany(
            "INSERT OR IGNORE INTO lane (name) VALUES (?)", [(name,) for name in document.lanes]
        )
        self._connection.executemany(
            "INSERT OR IGNORE INTO feed (lane, section) VALUES (?, ?)", sorted(document.carries)
        )
        sealing.write_grants()
        return StoredImport(import_id=import_id, status="imported", entries=stored, known=known, replaces=earlier_id)

    def live_import(self, sha256: str, telling: int = 0) -> str | None:
        """The id of the live import of a document, by the hex digest of its bytes, told by this telling or a newer."""
        digest = self._index.digest("document", sha256)
        row = self._connection.execute(
            "SELECT id FROM import WHERE digest = ? AND state = 0 AND telling >= ?", (digest, telling)
        ).fetchone()
        return None if row is None else row[0]

    def _make_way(self, sha256: str) -> tuple[str, str] | None:
        """Let the live import of a document go, which is about to be stored anew: its id and when it was stored."""
        digest = self._index.digest("document", sha256)
        row = self._connection.execute(
            "SELECT no, id, stored FROM import WHERE digest = ? AND state = ?", (digest, LIVE)
        ).fetchone()
        if row is None:
            return None
        no, import_id, stored = row
        self._connection.execute("UPDATE import SET state = ? WHERE no = ?", (TOLD_ANEW, no))
        self._let_go(no, import_id, lambda person, classes: (), anew=True)
        return import_id, stored

    def set_issues(self, import_id: str, issues: bytes, box: Box | None) -> None:
        """Keep what checking found later. `box` opens the whole document, if this user may; its importer may until it
        was sealed anew without them: then nothing is kept.

        Inside a transaction. Raises UnknownItemError for an import that is not here or not this user's to add to.
        """
        row = self._connection.execute("SELECT no, sealing, class FROM import WHERE id = ?", (import_id,)).fetchone()
        kept = self._document_keys.get(import_id)
        if kept is not None and row is not None and kept[:2] == row[1:]:
            box = Box(kept[2])
        if row is None or (box is None and kept is None):
            raise UnknownItemError("There is no such import that you may add findings to.")
        if box is None:
            return
        sealed = self._sealed_issues(box, import_id, issues)
        self._connection.execute("UPDATE import SET issues = ? WHERE no = ?", (sealed, row[0]))

    def undo(self, import_id: str, opens: Opens) -> tuple[int, list[int]]:
        """Take an import back: how many entries went of those that open, and the numbers of its people. What does not
        open is not counted either: a number would tell of it. Inside a transaction."""
        row = self._connection.execute("SELECT no FROM import WHERE id = ? AND state = 0", (import_id,)).fetchone()
        if row is None:
            raise UnknownItemError("There is no such import, or it was taken back already.")
        no = row[0]
        self._connection.execute(
            "UPDATE import SET state = ?1"
            " WHERE no = ?2 OR state = ?3 AND digest = (SELECT digest FROM import WHERE no = ?2)",
            (TAKEN_BACK, no, TOLD_ANEW),
        )
        for (person,) in self._connection.execute(
            "SELECT c.person FROM choice c JOIN import i ON i.no = c.import"
            " WHERE i.digest = (SELECT digest FROM import WHERE no = ?)",
            (no,),
        ).fetchall():
            self._connection.execute("INSERT OR REPLACE INTO unsettled (person, due) VALUES (?, '')", (person,))
        return self._let_go(no, import_id, opens)

    def _let_go(self, no: int, import_id: str, opens: Opens, *, anew: bool = False) -> tuple[int, list[int]]:
        """Take the entries of an import back, whose state says so already: see `undo`. `anew`: also those that another
        document supplied too, for they come again."""
        people = [r[0] for r in self._connection.execute("SELECT person FROM import_person WHERE import = ?", (no,))]
        went = 0
        for person in people:
            self._connection.execute("UPDATE person SET imports = imports - 1 WHERE no = ?", (person,))
            went += self._undo_person(no, person, opens, anew=anew)
        self._connection.execute("DELETE FROM entry_also WHERE import = ?", (no,))
        self._document_keys.pop(import_id, None)
        return went, people

    def number(self, import_id: str) -> int:
        """The number of an import. Raises UnknownItemError."""
        row = self._connection.execute("SELECT no FROM import WHERE id = ?", (import_id,)).fetchone()
        if row is None:
            raise UnknownItemError("There is no such import.")
        return int(row[0])

    def next_number(self) -> int:
        """The number that the next import will have. Inside a transaction."""
        return self._next("import")

    def forget(self) -> None:
        """Drop the keys kept for findings that arrive late, and the secrets shared by imports of this session."""
        self.all_found()
        self._secrets.clear()

    def all_found(self) -> None:
        """No more findings come: their importer may read these documents no longer than they may anyway."""
        self._document_keys.clear()

    def rolled_back(self) -> None:
        """A transaction was undone, and secrets made in it are gone."""
        self._secrets.clear()

    def _store_person(
        self,
        no: int,
        person: int,
        person_id: PersonId,
        entries: Sequence[NewEntry],
        sealing: Sealing,
        layout: Layout,
        rows: _Rows,
        *,
        is_new: bool,
    ) -> tuple[int, int]:
        """Gather the `rows` of one person's entries; how many are new, and how many were here."""
        keys = self._index.numbers("entry", [entry.entry_id for entry in entries])
        names = {(entry.source_key, entry.resource): 0 for entry in entries}
        for name in names:
            names[name] = resource_number(self._index, person_id, *name)
        resources = [names[entry.source_key, entry.resource] for entry in entries]
        held = {} if is_new else self._held_among(person, keys, resources)
        fresh: dict[int, Held] = {}
        chosen: list[NewEntry] = []
        again = 0
        for entry, key, resource in zip(entries, keys, resources, strict=True):
            before = held.get(key)
            if key in fresh or (before is not None and before.state != UNDONE):
                place = layout.place(entry)
                rows.also.append((person, key, no, place.part, place.narrowed))
                again += key not in fresh
                continue
            fresh[key] = Held(resource, instant(entry.version), 0, 0, CURRENT)
            chosen.append(entry)
        every = {**held, **fresh} if held else fresh
        alike = not held and len({row.version for row in fresh.values()}) < 2  # nothing older than anything else
        changed = {} if alike else _settle(every, {row.resource for row in fresh.values()}, fresh)
        rows.pack += self._seal_packs(no, person, chosen, list(fresh.values()), rows, sealing, layout)
        rows.entry += [
            (person, key, row.resource, row.version, row.pack, row.position, row.state)
            for key, row in sorted(fresh.items())
        ]
        self._write_states(person, changed)
        rows.people.append((person, no, self._links(person_id, chosen, list(fresh))))
        return len(fresh), again

    def _seal_packs(
        self,
        no: int,
        person: int,
        entries: list[NewEntry],
        held: list[Held],
        rows: _Rows,
        sealing: Sealing,
        layout: Layout,
    ) -> list[tuple[int, int, int, int, int, int, bytes]]:
        by_readers: dict[frozenset[str], list[int]] = {}
        for i, entry in enumerate(entries):
            by_readers.setdefault(entry.readers, []).append(i)
        groups: dict[int, list[int]] = {}
        classes = {}
        for readers, members in by_readers.items():
            sealed = sealing.for_readers(person, readers)
            classes[sealed.id] = sealed
            groups.setdefault(sealed.id, []).extend(members)
        packs: list[tuple[int, int, int, int, int, int, bytes]] = []
        pack = rows.pack[-1][0] + 1 if rows.pack else self._next("pack")
        for class_id, members in groups.items():
            for first, end in chunks([len(entries[i].content) for i in members], PACK_BYTES, PACK_ENTRIES):
                stretch = members[first:end]
                content = encode_pack(
                    [entries[i].entry_id for i in stretch],
                    [entries[i].content for i in stretch],
                    [layout.place(entries[i]) for i in stretch],
                )
                for position, i in enumerate(stretch):
                    held[i].pack, held[i].position = pack, position
                live = sum(held[i].state == CURRENT for i in stretch)
                aad = pack_aad(self._vault_id, pack, person, no, class_id)
                box = classes[class_id].box.seal(self._codec.compress(content), aad)
                packs.append((pack, person, no, class_id, len(stretch), live, box))
                pack += 1
        return packs

    def _undo_person(self, no: int, person: int, opens: Opens, *, anew: bool) -> int:
        held = self._held(person)
        packs = self._connection.execute("SELECT no, import, class FROM pack WHERE person = ?", (person,)).fetchall()
        pack_import = {pack: source for pack, source, _ in packs}
        pack_class = {pack: class_id for pack, _, class_id in packs}
        further: dict[int, set[int]] = {}
        for key, source in self._connection.execute("SELECT key, import FROM entry_also WHERE person = ?", (person,)):
            further.setdefault(key, set()).add(source)
        touched = {
            key
            for key, row in held.items()
            if row.state != UNDONE and (pack_import[row.pack] == no or no in further.get(key, ()))
        }
        sources = {pack_import[held[key].pack] for key in touched}.union(*(further.get(key, ()) for key in touched))
        live = self._live(sources)
        gone = [
            key
            for key in touched
            if (anew and pack_import[held[key].pack] == no)
            or not live & {pack_import[held[key].pack], *further.get(key, ())}
        ]
        changed: dict[int, tuple[int, Held]] = {}
        for key in gone:
            changed[key] = (held[key].state, held[key])
            held[key].state = UNDONE
        for key, (before, row) in _settle(held, {held[key].resource for key in gone}, {}).items():
            changed.setdefault(key, (before, row))
        self._write_states(person, changed)
        classes = [pack_class[held[key].pack] for key in gone]
        opened = opens(person, classes)
        return sum(class_id in opened for class_id in classes)

    def _live(self, imports: Iterable[int]) -> set[int]:
        query = "SELECT 1 FROM import WHERE no = ? AND state = 0"
        return {no for no in imports if self._connection.execute(query, (no,)).fetchone()}

    def _held(self, person: int) -> dict[int, Held]:
        rows = self._connection.execute(
            "SELECT key, resource, version, pack, position, state FROM entry WHERE person = ?", (person,)
        )
        return {row[0]: Held(*row[1:]) for row in rows}

    def _held_among(self, person: int, keys: Sequence[int], resources: Sequence[int]) -> dict[int, Held]:
        """Rows of these entries, and of any entry of these resources: a long record is not read for a short import."""
        rows = self._connection.execute(
            "SELECT key, resource, version, pack, position, state FROM entry"
            " WHERE person = ?1 AND key IN (SELECT value FROM json_each(?2))"
            " UNION SELECT key, resource, version, pack, position, state FROM entry"
            " WHERE person = ?1 AND resource <> 0 AND resource IN (SELECT value FROM json_each(?3))",
            (person, msgspec.json.encode(keys).decode(), msgspec.json.encode(sorted({*resources})).decode()),
        )
        return {row[0]: Held(*row[1:]) for row in rows}

    def _write_states(self, person: int, changed: dict[int, tuple[int, Held]]) -> None:
        if not changed:
            return
        live: Counter[int] = Counter()
        for before, row in changed.values():
            live[row.pack] += (row.state == CURRENT) - (before == CURRENT)
        self._connection.executemany(
            "UPDATE entry SET state = ? WHERE person = ? AND key = ?",
            [(row.state, person, key) for key, (_, row) in changed.items()],
        )
        self._connection.executemany(
            "UPDATE pack SET live = live + ? WHERE no = ?", [(delta, pack) for pack, delta in live.items() if delta]
        )

    def _links(self, person: PersonId, entries: list[NewEntry], keys: list[int]) -> bytes:
        places: dict[str, int] = {}
        points: list[int] = []
        kinds: list[int] = []
        for i, entry in enumerate(entries):
            for target, kind in entry.ties:
                points += (i, places.setdefault(target, len(places)))
                kinds.append(kind)
        names = {entry.resource: 0 for entry in entries}
        for name in names:
            names[name] = link_number(self._index, person, name)
        own = [names[entry.resource] for entry in entries]
        targets = [link_number(self._index, person, target) for target in places]
        natures = [entry.nature for entry in entries]
        return msgspec.msgpack.encode(Links(keys, own, targets, points, kinds, natures))

    def _sealed_issues(self, box: Box, import_id: str, issues: bytes) -> bytes:
        return box.seal(self._codec.compress(issues), document_aad(self._vault_id, "issues", import_id))

    def _next(self, table: str) -> int:
        row = self._connection.execute(f"SELECT coalesce(max(no), 0) + 1 FROM {table}").fetchone()  # noqa: S608
        return int(row[0])


def link_number(index: Index, person: PersonId, resource: str) -> int:
    """The keyed hash of a "Type/id" within one person; 0 for a resource without an id."""
    return index.number("link", f"{person}\x00{resource}") if resource and resource[-1] != "/" else 0


def resource_number(index: Index, person: PersonId, source_key: str, resource: str) -> int:
    """The keyed hash of a resource of one source within one person; 0 for a resource without an id."""
    if not resource or resource[-1] == "/":
        return 0
    return index.number("resource", f"{person}\x00{source_key}\x00{resource}")


def _settle(rows: dict[int, Held], resources: set[int], fresh: dict[int, Held]) -> dict[int, tuple[int, Held]]:
    """Set which states of these resources are current: the newest, and any whose age is not known.

    Returns the rows changed, but for fresh ones, with the state they had.
    """
    resources.discard(0)
    alike: dict[int, list[int]] = {}
    for key, row in rows.items():
        if row.state != UNDONE and row.resource in resources:
            alike.setdefault(row.resource, []).append(key)
    changed: dict[int, tuple[int, Held]] = {}
    for keys in alike.values():
        newest = max(rows[key].version for key in keys)
        for key in keys:
            row = rows[key]
            state = SUPERSEDED if 0 < row.version < newest else CURRENT
            if state != row.state:
                if key not in fresh:
                    changed[key] = (row.state, row)
                row.state = state
    return changed


@lru_cache(maxsize=4096)
def instant(version: str) -> int:
    """Milliseconds since 1970 of an ISO instant; 0 when it is empty or not one. Without a zone it counts as UTC."""
    try:
        moment = datetime.fromisoformat(version)
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)
