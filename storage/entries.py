"""The reading side of a vault: what a signed-in user's keys open.

What the keys do not open is not mentioned: it is as if it were not there. Nothing here decides who may read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import cast

from fhir.entries import EntryId
from storage.compression import Codec
from storage.connection import Connection
from storage.errors import TamperedError, UnknownItemError
from storage.keypairs import Box, Index
from storage.label_records import RelatedEntry
from storage.packs import (
    Block,
    Pack,
    block_aad,
    decode_about,
    decode_block,
    decode_block_numbers,
    decode_frame,
    decode_pack,
    document_aad,
    pack_aad,
    places_of,
    require_part,
)
from storage.records import ImportRow, SourceBytes, StoredContent
from storage.sealing import Keyring

_ANYONE = (1 << 63) - 1
_NOT_YOURS = "There is nothing by that name that you may read."


class Entries:
    """Reads entries, their source bytes and whole documents."""

    def __init__(self, connection: Connection, vault_id: bytes, index: Index, codec: Codec, keyring: Keyring) -> None:
        self._connection = connection
        self._vault_id = vault_id
        self._index = index
        self._codec = codec
        self._keyring = keyring

    def readable(self, person: int) -> list[StoredContent]:
        """Every current entry of a person that the keys open."""
        return self._contents(person, everything=False)

    def holdings(self, person: int) -> list[StoredContent]:
        """Every entry that the keys open, also superseded and undone ones."""
        return self._contents(person, everything=True)

    def among(
        self, person: int, keys: set[int], newest: Mapping[int, int], kept: dict[int, tuple[EntryId, bytes]]
    ) -> tuple[list[RelatedEntry], list[int], dict[int, int]]:
        """Of entries with these keys that were not taken back: those that the keys open, and the keys of the others.

        `newest` gives the versions of resources about to be stored. Last of all: the newest version of each resource.
        What is opened is added to `kept` (by key), and what is kept is not opened again.
        """
        rows: dict[int, list[tuple[int, int, int, int]]] = {}
        latest = dict(newest)
        for key, resource, pack, position, version in self._connection.execute(
            "SELECT key, resource, pack, position, version FROM entry WHERE person = ? AND state != 2", (person,)
        ):
            latest[resource] = max(latest.get(resource, 0), version)
            if key in keys:
                rows.setdefault(pack, []).append((key, resource, position, version))
        opened: list[RelatedEntry] = []
        closed: list[int] = []
        for no, members in sorted(rows.items()):
            if any(key not in kept for key, *_ in members):
                pack = self._pack(no)
                if pack is None:
                    closed += [key for key, *_ in members]
                    continue
                for key, _, position, _ in members:
                    if self._index.number("entry", pack.ids[position]) != key:
                        raise TamperedError("The vault's list of entries does not fit what is sealed.")
                    kept[key] = EntryId(pack.ids[position]), pack.contents[position]
            for key, resource, _, version in members:
                current = not (resource and 0 < version < latest[resource])
                opened.append(RelatedEntry(*kept[key], current, resource or key))
        return opened, closed, latest

    def targets(self, person: int) -> dict[int, int]:
        """What corrections of each entry are kept under, by entry key."""
        rows = self._connection.execute("SELECT key, resource FROM entry WHERE person = ?", (person,))
        return {key: resource or key for key, resource in rows}

    def shut(self, person: int) -> set[int]:
        """What the resources are called of which there are entries that the keys do not open."""
        rows = self._connection.execute(
            "SELECT DISTINCT e.resource, p.class FROM entry e JOIN pack p ON p.no = e.pack"
            " WHERE e.person = ? AND e.state != 2 AND e.resource <> 0",
            (person,),
        ).fetchall()
        boxes = self._keyring.boxes(person, {class_id for _, class_id in rows})
        return {resource for resource, class_id in rows if class_id not in boxes}

    def original(self, entry_id: EntryId, person: int | None = None) -> SourceBytes:
        """The bytes of the resource an entry was made from. Raises UnknownItemError if they are not this user's.

        Giving the person saves asking for each.
        """
        for _, pack, position, import_no in self._found(entry_id, person):
            place = places_of(pack)[position]
            block = self._block_of(import_no, place.part) if place.part >= 0 else None
            if block is not None:
                data = block.part(place.part)[place.offset : place.offset + place.length]
                return SourceBytes(data=data, path=block.path, line=place.line, format=block.format)
        raise UnknownItemError(_NOT_YOURS)

    def originals(self, person: int) -> dict[EntryId, SourceBytes]:
        """The bytes behind every current entry of a person, as far as the keys open them: each block is opened once."""
        found: dict[EntryId, SourceBytes] = {}
        numbers: dict[int, list[int]] = {}
        blocks: dict[int, tuple[Block, dict[int, bytes]] | None] = {}
        current = self._current(person)
        for pack_no, import_no in self._connection.execute(
            "SELECT no, import FROM pack WHERE person = ? AND live > 0 ORDER BY no", (person,)
        ).fetchall():
            pack = self._pack(pack_no)
            if pack is None:
                continue
            if import_no not in numbers:
                row = self._connection.execute("SELECT blocks FROM import WHERE no = ?", (import_no,)).fetchone()
                numbers[import_no] = decode_block_numbers(row[0])
            places = places_of(pack)
            for position in current.get(pack_no, ()):
                place = places[position]
                if place.part < 0:
                    continue
                number = numbers[import_no][place.part]
                if number not in blocks:
                    opened = self._block(number, import_no)
                    blocks[number] = None if opened is None else (opened, opened.pieces())
                block = blocks[number]
                if block is not None:
                    data = require_part(block[1], place.part)[place.offset : place.offset + place.length]
                    entry_id = EntryId(pack.ids[position])
                    found[entry_id] = SourceBytes(
                        data=data, path=block[0].path, line=place.line, format=block[0].format
                    )
        return found

    def person_of(self, entry_id: EntryId) -> int:
        """The number of the person whose entry this is. Raises UnknownItemError when the keys do not open it."""
        for number, *_ in self._found(entry_id, None):
            return number
        raise UnknownItemError(_NOT_YOURS)

    def document(self, import_id: str) -> bytes:
        """A stored document, byte for byte. Raises UnknownItemError unless the keys open every part of it."""
        no, box = self.document_box(import_id)
        if box is None:
            raise UnknownItemError(_NOT_YOURS)
        sealed, numbers = self._connection.execute("SELECT frame, blocks FROM import WHERE no = ?", (no,)).fetchone()
        aad = document_aad(self._vault_id, "frame", import_id)
        frame = decode_frame(self._codec.decompress(box.open(sealed, aad)))
        blocks: dict[int, dict[int, bytes]] = {}
        pieces: list[bytes] = []
        reached = 0
        for part, number in enumerate(decode_block_numbers(numbers)):
            if number not in blocks:
                block = self._block(number, no)
                if block is None:
                    raise UnknownItemError(_NOT_YOURS)
                blocks[number] = block.pieces()
            pieces.append(frame.rest[reached : reached + frame.gaps[part]])
            pieces.append(require_part(blocks[number], part))
            reached += frame.gaps[part]
        pieces.append(frame.rest[reached:])
        return b"".join(pieces)

    def issues(self, import_id: str) -> bytes:
        """What reading and checking found in a document; empty when nothing was kept, or not for this user."""
        no, box = self.document_box(import_id)
        sealed = self._connection.execute("SELECT issues FROM import WHERE no = ?", (no,)).fetchone()[0]
        if box is None or sealed is None:
            return b""
        return self._codec.decompress(box.open(sealed, document_aad(self._vault_id, "issues", import_id)))

    def imports(self) -> list[ImportRow]:
        """All imports, oldest first; what only some may know is left empty for others."""
        return self._listed("")

    def imports_of(self, person: int) -> list[ImportRow]:
        """The live imports that speak of a person (row number), in the same way."""
        return self._listed("JOIN import_person p ON p.import = i.no WHERE p.person = ? AND i.state = 0", person)

    def _listed(self, those: str, *values: int) -> list[ImportRow]:
        rows = self._connection.execute(
            f"SELECT i.id, i.stored, i.state, i.sealing, i.class, i.about FROM import i {those} ORDER BY i.no",  # noqa: S608 - ours
            values,
        ).fetchall()
        listed = []
        for import_id, stored, state, sealing, class_id, sealed in rows:
            key = self._keyring.document_key(sealing, class_id)
            row = ImportRow(import_id=import_id, stored=stored, undone=bool(state))
            if key is not None:
                about = decode_about(Box(key.key).open(sealed, document_aad(self._vault_id, "about", import_id)))
                row = ImportRow(
                    import_id=import_id,
                    stored=stored,
                    undone=bool(state),
                    path=about.path,
                    format=about.format,
                    fhir_version=about.fhir_version,
                    bundle_type=about.bundle_type,
                )
            listed.append(row)
        return listed

    def document_box(self, import_id: str) -> tuple[int, Box | None]:
        """An import's number, and what opens the document as a whole if the keys do."""
        row = self._connection.execute("SELECT no, sealing, class FROM import WHERE id = ?", (import_id,)).fetchone()
        if row is None:
            raise UnknownItemError("There is no such import.")
        key = self._keyring.document_key(row[1], row[2])
        return row[0], None if key is None else Box(key.key)

    def _found(self, entry_id: EntryId, person: int | None) -> Iterator[tuple[int, Pack, int, int]]:
        """Where an entry stands, among what the keys open: person, pack, place in it, import."""
        rows = self._connection.execute(
            "SELECT p.no, e.pack, e.position, k.import"
            " FROM person p CROSS JOIN entry e ON e.person = p.no AND e.key = ? JOIN pack k ON k.no = e.pack"
            " WHERE p.no BETWEEN ? AND ? AND e.state != 2",
            (self._index.number("entry", entry_id), person or 0, person or _ANYONE),
        ).fetchall()
        for number, pack_no, position, import_no in rows:
            pack = self._pack(pack_no)
            if pack is not None:
                if position >= len(pack.ids) or pack.ids[position] != entry_id:
                    raise TamperedError("The vault's list of entries does not fit what is sealed.")
                yield number, pack, position, import_no

    def _contents(self, person: int, *, everything: bool) -> list[StoredContent]:
        least = -1 if everything else 0
        rows = self._connection.execute(
            "SELECT p.no, p.import, i.id, p.class, p.size, p.live, p.box FROM pack p JOIN import i ON i.no = p.import"
            " WHERE p.person = ? AND p.live > ? ORDER BY p.no",
            (person, least),
        ).fetchall()
        boxes = self._keyring.boxes(person, (row[3] for row in rows))
        current: dict[int, list[int]] | None = None
        found: list[StoredContent] = []
        vault_id, decompress = self._vault_id, self._codec.decompress
        for no, import_no, import_id, class_id, size, live, sealed in rows:
            box = boxes.get(class_id)
            if box is None:
                continue
            pack = decode_pack(decompress(box.open(sealed, pack_aad(vault_id, no, person, import_no, class_id))))
            if everything or live == size:
                found += map(StoredContent, cast(list[EntryId], pack.ids), repeat(import_id), pack.contents)
                continue
            if current is None:
                current = self._current(person)
            found += [StoredContent(EntryId(pack.ids[i]), import_id, pack.contents[i]) for i in current.get(no, ())]
        return found

    def _current(self, person: int) -> dict[int, list[int]]:
        current: dict[int, list[int]] = {}
        for pack, position in self._connection.execute(
            "SELECT pack, position FROM entry WHERE person = ? AND state = 0 ORDER BY pack, position", (person,)
        ):
            current.setdefault(pack, []).append(position)
        return current

    def _pack(self, no: int) -> Pack | None:
        person, import_no, class_id, sealed = self._connection.execute(
            "SELECT person, import, class, box FROM pack WHERE no = ?", (no,)
        ).fetchone()
        box = self._keyring.boxes(person, (class_id,)).get(class_id)
        if box is None:
            return None
        aad = pack_aad(self._vault_id, no, person, import_no, class_id)
        return decode_pack(self._codec.decompress(box.open(sealed, aad)))

    def _block_of(self, import_no: int, part: int) -> Block | None:
        numbers = self._connection.execute("SELECT blocks FROM import WHERE no = ?", (import_no,)).fetchone()[0]
        return self._block(decode_block_numbers(numbers)[part], import_no)

    def _block(self, no: int, import_no: int) -> Block | None:
        """A block of an import; None when the keys do not open it."""
        row = self._connection.execute(
            "SELECT person, class, box FROM source_block WHERE no = ? AND import = ?", (no, import_no)
        ).fetchone()
        if row is None:
            raise TamperedError("Source bytes are missing from the vault.")
        person, class_id, sealed = row
        box = self._keyring.boxes(person, (class_id,)).get(class_id)
        if box is None:
            return None
        aad = block_aad(self._vault_id, no, person, import_no, class_id)
        return decode_block(self._codec.decompress(box.open(sealed, aad)))
