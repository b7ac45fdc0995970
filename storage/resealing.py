"""Sealing anew what is stored, when who may read it changes.

Widening a whole class grants its key once more; anything else moves the entries concerned, and the source bytes they
came from, under fresh keys, so that a key held before opens nothing new. Works for whoever holds the keys; what the
keys do not open stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from storage.choices import Followers, ResealedChoices
from storage.compression import Codec
from storage.connection import Connection
from storage.keypairs import Box
from storage.packs import (
    Block,
    Place,
    block_aad,
    decode_block,
    decode_block_numbers,
    decode_pack,
    document_aad,
    encode_pack,
    pack_aad,
    places_of,
)
from storage.sealing import DOCUMENT, ClassKey, Keyring, Sealing

Numbers = tuple[int, ...]
_AS_IT_IS: Mapping[str, bytes] = MappingProxyType({})


class _Item(msgspec.Struct, gc=False):
    """One entry on the move. `key` is None for one that was taken back and has since been stored again elsewhere."""

    entry_id: str
    content: bytes
    place: Place
    key: int | None
    current: bool
    readers: Numbers
    changed: bool


class _Pack(msgspec.Struct):
    no: int
    import_no: int
    class_id: int
    items: list[_Item]


class _Part(msgspec.Struct):
    """One part of a document on the move: its bytes, and where it may go."""

    number: int
    data: bytes
    readers: Numbers


class _Block(msgspec.Struct):
    no: int
    import_no: int
    class_id: int
    content: Block
    parts: list[_Part]


class Resealing:
    """Re-seals people one by one within one act of sealing, then the documents they occur in, in one transaction."""

    def __init__(
        self,
        connection: Connection,
        vault_id: bytes,
        codec: Codec,
        keyring: Keyring,
        sealing: Sealing,
        renew: frozenset[int] = frozenset(),
        of_restricted: frozenset[str] = frozenset(),
        followers: Callable[[int], Followers] | None = None,
    ) -> None:
        """Classes that a principal number in `renew` reads get fresh keys even where their readers stay the same.

        Source bytes of restricted people are for the custodian, and those of `of_restricted` who could read them.
        `followers` says who has to follow the choices of a person (their number), and is given what they miss of them.
        """
        self._choices = ResealedChoices(connection, vault_id, sealing, renew)
        self._followers = followers
        self._connection = connection
        self._vault_id = vault_id
        self._codec = codec
        self._keyring = keyring
        self._sealing = sealing
        self._renew = renew
        self._of_restricted = {*sealing.numbers(of_restricted)}
        self._common: dict[int, set[int]] = {}
        self._seen: dict[int, int] = {}
        self._partly: set[int] = set()

    def person(
        self, person: int, readers: Mapping[str, frozenset[str]], contents: Mapping[str, bytes] = _AS_IT_IS
    ) -> None:
        """Re-seal one person's entries for the given reader ids by entry id; entries not named keep theirs.

        `contents` are new contents, by entry id, of those whose labels have changed.
        """
        keys = self._keyring.every_key(person)
        self._choices.person(person, keys, None if self._followers is None else self._followers(person))
        boxes = self._keyring.boxes(person, ())
        packs = self._packs(person, keys, boxes, readers, contents)
        blocks = self._blocks(person, keys, boxes, packs)
        wanted: dict[int, set[Numbers]] = {}
        for pack in packs:
            wanted.setdefault(pack.class_id, set()).update(item.readers for item in pack.items)
        for block in blocks:
            wanted.setdefault(block.class_id, set()).update(part.readers for part in block.parts)
        moving: set[int] = set()
        for class_id, targets in wanted.items():
            known = keys[class_id].readers
            fixed = self._renew.isdisjoint(known)
            if fixed and targets == {known}:
                continue
            if fixed and len(targets) == 1 and set(known) < set(*targets):
                self._sealing.widen(person, keys[class_id], *targets)
            else:
                moving.add(class_id)
        for pack in packs:
            if pack.class_id in moving or any(item.changed for item in pack.items):
                self._move_entries(person, pack, keys[pack.class_id].readers, boxes[pack.class_id])
        self._move_parts(
            person,
            [
                (block, keys[block.class_id].readers, boxes[block.class_id])
                for block in blocks
                if block.class_id in moving
            ],
        )
        if person == DOCUMENT:  # bytes of no one person follow the document; it does not follow them
            return
        for pack in packs:
            self._note_common(pack.import_no, [item.readers for item in pack.items])
        for block in blocks:
            self._note_common(block.import_no, [part.readers for part in block.parts])
        for (import_no,) in self._connection.execute("SELECT import FROM import_person WHERE person = ?", (person,)):
            self._seen[import_no] = self._seen.get(import_no, 0) + 1

    @property
    def complete(self) -> bool:
        """Whether the keys opened all there is of the people gone through."""
        return not self._partly

    def every_document(self) -> None:
        """Like `documents`, for all there are: also those that say nothing of anyone."""
        for (import_no,) in self._connection.execute("SELECT no FROM import").fetchall():
            if import_no not in self._common:
                self._partly.add(import_no)
                self._common[import_no] = set(self._sealing.living)
        self.documents()

    def documents(self) -> None:
        """Re-seal documents as a whole for those who may read all in them; call after everyone concerned.

        When people of a document were not gone through, or not all of it opened, its readers can only become fewer.
        """
        for import_no, common in self._common.items():
            import_id, sealing, class_id, frame, about, issues, spoken_of = self._connection.execute(
                "SELECT id, sealing, class, frame, about, issues,"
                " (SELECT count(*) FROM import_person p WHERE p.import = i.no) FROM import i WHERE no = ?",
                (import_no,),
            ).fetchone()
            key = self._keyring.document_key(sealing, class_id)
            if key is None:
                continue
            if self._seen.get(import_no, 0) < spoken_of or import_no in self._partly:
                common &= set(key.readers) & self._sealing.living
            target = tuple(sorted(common | {self._sealing.custodian}))
            if target == key.readers and self._renew.isdisjoint(key.readers):
                continue
            fresh, old = self._sealing.for_numbers(DOCUMENT, target), Box(key.key)
            sealed = []
            for kind, content in (("frame", frame), ("about", about), ("issues", issues)):
                aad = document_aad(self._vault_id, kind, import_id)
                sealed.append(None if content is None else fresh.box.seal(old.open(content, aad), aad))
            self._connection.execute(
                "UPDATE import SET sealing = ?, class = ?, frame = ?, about = ?, issues = ? WHERE no = ?",
                (self._sealing.no, fresh.id, *sealed, import_no),
            )

    def _living(self, numbers: Numbers) -> Numbers:
        """Without those who have been removed."""
        return tuple([no for no in numbers if no in self._sealing.living])

    def _note_common(self, import_no: int, reader_sets: list[Numbers]) -> None:
        for readers in set(reader_sets):
            self._common.setdefault(import_no, set(readers)).intersection_update(readers)

    def _packs(
        self,
        person: int,
        keys: dict[int, ClassKey],
        boxes: dict[int, Box],
        readers: Mapping[str, frozenset[str]],
        contents: Mapping[str, bytes],
    ) -> list[_Pack]:
        places = {
            (pack, position): (key, state == 0)
            for key, pack, position, state in self._connection.execute(
                "SELECT key, pack, position, state FROM entry WHERE person = ?", (person,)
            )
        }
        packs: list[_Pack] = []
        for no, import_no, class_id, sealed in self._connection.execute(
            "SELECT no, import, class, box FROM pack WHERE person = ?", (person,)
        ).fetchall():
            if class_id not in keys:
                self._partly.add(import_no)
                continue
            aad = pack_aad(self._vault_id, no, person, import_no, class_id)
            pack = decode_pack(self._codec.decompress(boxes[class_id].open(sealed, aad)))
            known = keys[class_id].readers
            items = []
            for i, place in enumerate(places_of(pack)):
                key, current = places.get((no, i), (None, False))
                wanted = readers.get(pack.ids[i])
                target = self._living(known) if wanted is None else self._sealing.numbers(wanted)
                content = contents.get(pack.ids[i], pack.contents[i])
                changed = content is not pack.contents[i]
                items.append(_Item(pack.ids[i], content, place, key, current, target, changed))
            packs.append(_Pack(no, import_no, class_id, items))
        return packs

    def _blocks(
        self, person: int, keys: dict[int, ClassKey], boxes: dict[int, Box], packs: list[_Pack]
    ) -> list[_Block]:
        allowed: dict[tuple[int, int], set[int]] = {}
        narrowed: set[tuple[int, int]] = set()
        for pack in packs:
            for item in pack.items:
                at = (pack.import_no, item.place.part)
                allowed.setdefault(at, set(item.readers)).intersection_update(item.readers)
                if item.place.narrowed:
                    narrowed.add(at)
        row = self._connection.execute("SELECT restricted FROM person WHERE no = ?", (person,)).fetchone()
        restricted = row is not None and bool(row[0])
        by_key = {item.key: item.readers for pack in packs for item in pack.items}
        for key, import_no, part, fewer in self._connection.execute(
            "SELECT key, import, part, narrowed FROM entry_also WHERE person = ?", (person,)
        ):
            if key in by_key:
                allowed.setdefault((import_no, part), set(by_key[key])).intersection_update(by_key[key])
            if fewer:
                narrowed.add((import_no, part))
        blocks: list[_Block] = []
        for no, import_no, class_id, sealed in self._connection.execute(
            "SELECT no, import, class, box FROM source_block WHERE person = ?", (person,)
        ).fetchall():
            if class_id not in keys:
                self._partly.add(import_no)
                continue
            aad = block_aad(self._vault_id, no, person, import_no, class_id)
            content = decode_block(self._codec.decompress(boxes[class_id].open(sealed, aad)))
            known = keys[class_id].readers
            parts = []
            for number, data in content.pieces().items():
                at = (import_no, number)
                target = allowed.get(at, set(known)) & self._sealing.living
                if restricted:
                    target = target & self._of_restricted
                elif at in narrowed:
                    target = target & set(known)
                numbers = tuple(sorted(target | {self._sealing.custodian}))
                parts.append(_Part(number, data, numbers))
            blocks.append(_Block(no, import_no, class_id, content, parts))
        return blocks

    def _move_entries(self, person: int, pack: _Pack, known: Numbers, box: Box) -> None:
        """Leave in a pack what keeps its readers; the rest goes under fresh keys."""
        groups: dict[Numbers, list[_Item]] = {}
        for item in pack.items:
            if item.key is not None:
                groups.setdefault(item.readers, []).append(item)
        stay = groups.pop(known, []) if self._renew.isdisjoint(known) else []
        if len(stay) == len(pack.items) and not any(item.changed for item in stay):
            return
        self._connection.execute("DELETE FROM pack WHERE no = ?", (pack.no,))
        if stay:
            self._write_pack(person, pack.no, pack.import_no, pack.class_id, box, stay)
        for readers, items in groups.items():
            fresh = self._sealing.for_numbers(person, readers)
            no = self._connection.execute("SELECT coalesce(max(no), 0) + 1 FROM pack").fetchone()[0]
            self._write_pack(person, no, pack.import_no, fresh.id, fresh.box, items)

    def _write_pack(self, person: int, no: int, import_no: int, class_id: int, box: Box, items: list[_Item]) -> None:
        content = encode_pack(
            [item.entry_id for item in items], [item.content for item in items], [item.place for item in items]
        )
        aad = pack_aad(self._vault_id, no, person, import_no, class_id)
        live = sum(item.current for item in items)
        self._connection.execute(
            "INSERT INTO pack (no, person, import, class, size, live, box) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (no, person, import_no, class_id, len(items), live, box.seal(self._codec.compress(content), aad)),
        )
        self._connection.executemany(
            "UPDATE entry SET pack = ?, position = ? WHERE person = ? AND key = ?",
            [(no, position, person, item.key) for position, item in enumerate(items)],
        )

    def _move_parts(self, person: int, blocks: list[tuple[_Block, Numbers, Box]]) -> None:
        """Leave in a block what keeps its readers; the rest goes under fresh keys, and the documents' lists follow."""
        numbers: dict[int, list[int]] = {}
        for block, known, box in blocks:
            groups: dict[Numbers, list[_Part]] = {}
            for part in block.parts:
                groups.setdefault(part.readers, []).append(part)
            stay = groups.pop(known, []) if self._renew.isdisjoint(known) else []
            if not groups:
                continue
            self._connection.execute("DELETE FROM source_block WHERE no = ?", (block.no,))
            if stay:
                self._write_block(person, block.no, block, block.class_id, box, stay)
            if block.import_no not in numbers:
                row = self._connection.execute("SELECT blocks FROM import WHERE no = ?", (block.import_no,)).fetchone()
                numbers[block.import_no] = decode_block_numbers(row[0])
            for readers, parts in groups.items():
                fresh = self._sealing.for_numbers(person, readers)
                no = self._connection.execute("SELECT coalesce(max(no), 0) + 1 FROM source_block").fetchone()[0]
                self._write_block(person, no, block, fresh.id, fresh.box, parts)
                for part in parts:
                    numbers[block.import_no][part.number] = no
        self._connection.executemany(
            "UPDATE import SET blocks = ? WHERE no = ?",
            [(msgspec.msgpack.encode(found), import_no) for import_no, found in numbers.items()],
        )

    def _write_block(self, person: int, no: int, of: _Block, class_id: int, box: Box, parts: list[_Part]) -> None:
        content = Block(
            of.content.path,
            of.content.format,
            [part.number for part in parts],
            [len(part.data) for part in parts],
            b"".join([part.data for part in parts]),
        )
        aad = block_aad(self._vault_id, no, person, of.import_no, class_id)
        sealed = box.seal(self._codec.compress(msgspec.msgpack.encode(content)), aad)
        self._connection.execute(
            "INSERT INTO source_block (no, import, person, class, box) VALUES (?, ?, ?, ?, ?)",
            (no, of.import_no, person, class_id, sealed),
        )
