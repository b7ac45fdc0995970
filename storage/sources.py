"""How a document's bytes are divided: each resource's bytes under its own readers, the rest under everyone's overlap.

The division loses nothing: `storage.entries` puts the document together again byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from storage.compression import Codec
from storage.errors import StorageError
from storage.packs import BLOCK_BYTES, Block, Frame, Place, block_aad, chunks
from storage.records import DocumentToStore, NewEntry
from storage.sealing import Sealing

_NOWHERE = Place(-1, 0, 0, 0)


class _Stretch(msgspec.Struct, gc=False):
    """Bytes `start` to `end` of the document, for one person (the first spoken of) and a set of readers."""

    start: int
    end: int
    person: int
    readers: frozenset[str]
    part: int = 0
    block: int = 0


class Layout:
    """The division of one document. Add every entry, seal, then ask for places."""

    def __init__(self, vault_id: bytes, import_no: int, first_block: int, sealing: Sealing, codec: Codec) -> None:
        self.rows: list[tuple[int, int, int, int, bytes]] = []
        self.block_numbers = b""
        self._vault_id = vault_id
        self._import = import_no
        self._block = first_block
        self._sealing = sealing
        self._codec = codec
        self._spans: dict[tuple[int, int], _Stretch] = {}
        self._of_both: dict[
            tuple[frozenset[str], frozenset[str] | None], tuple[frozenset[str], bool]
        ] = {}  # few, of many entries

    def add(self, person: int, entries: Sequence[NewEntry]) -> None:
        """Note where entries of a person come from."""
        for entry in entries:
            readers, _ = self._of_source(entry)
            if entry.end <= entry.start:
                continue
            span = self._spans.get((entry.start, entry.end))
            if span is None:
                self._spans[entry.start, entry.end] = _Stretch(entry.start, entry.end, person, readers)
            elif span.readers is not readers and span.readers != readers:
                span.readers &= readers

    def _of_source(self, entry: NewEntry) -> tuple[frozenset[str], bool]:
        """Who may read the bytes behind an entry as far as it tells, and whether they are fewer than may read it."""
        both = entry.readers, entry.source_readers
        found = self._of_both.get(both)
        if found is None:
            readers = entry.readers if entry.source_readers is None else entry.readers & entry.source_readers
            found = self._of_both[both] = readers, len(readers) < len(entry.readers)
        return found

    def document_readers(self, importer: str) -> frozenset[str]:
        """Those who may read every entry; the importer alone when there are none."""
        reader_sets = [readers for readers, _ in self._of_both.values()]
        return frozenset.intersection(*reader_sets) if reader_sets else frozenset({importer})

    def seal(self, document: DocumentToStore) -> bytes:
        """Seal the parts into `rows` and `block_numbers`; returns the frame's bytes, to be sealed by the caller."""
        data = document.data
        stretches = self._joined(len(data))
        for part, stretch in enumerate(stretches):
            stretch.part = part
        groups: dict[tuple[int, tuple[int, ...]], list[_Stretch]] = {}
        for stretch in stretches:
            groups.setdefault((stretch.person, self._sealing.numbers(stretch.readers)), []).append(stretch)
        for (person, readers), members in groups.items():
            sealed = self._sealing.for_numbers(person, readers)
            for first, end in chunks([s.end - s.start for s in members], BLOCK_BYTES, len(members)):
                some = members[first:end]
                for stretch in some:
                    stretch.block = self._block
                block = Block(
                    document.path,
                    document.format,
                    [s.part for s in some],
                    [s.end - s.start for s in some],
                    b"".join([data[s.start : s.end] for s in some]),
                )
                content = self._codec.compress(msgspec.msgpack.encode(block))
                aad = block_aad(self._vault_id, self._block, person, self._import, sealed.id)
                self.rows.append((self._block, self._import, person, sealed.id, sealed.box.seal(content, aad)))
                self._block += 1
        self.block_numbers = msgspec.msgpack.encode([s.block for s in stretches])
        gaps: list[bytes] = []
        reached = 0
        for s in stretches:
            gaps.append(data[reached : s.start])
            reached = s.end
        return msgspec.msgpack.encode(Frame([len(gap) for gap in gaps], b"".join([*gaps, data[reached:]])))

    def place(self, entry: NewEntry) -> Place:
        """Where an entry's resource now stands."""
        stretch = self._spans.get((entry.start, entry.end))
        if stretch is None:
            return _NOWHERE
        _, narrowed = self._of_source(entry)
        return Place(stretch.part, entry.start - stretch.start, entry.end - entry.start, entry.line, narrowed)

    def _joined(self, size: int) -> list[_Stretch]:
        """Stretches in order, with overlapping ones (a resource inside another) made one for their common readers."""
        ordered: list[_Stretch] = []
        for (start, end), span in sorted(self._spans.items()):
            if start < 0 or end > size:
                raise StorageError("An entry points outside its document.")
            last = ordered[-1] if ordered else None
            if last is None or start >= last.end:
                ordered.append(span)
                continue
            last.end = max(last.end, end)
            last.readers &= span.readers
            self._spans[start, end] = last
        return ordered
