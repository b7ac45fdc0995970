"""How entries and source bytes are laid out before sealing, and what binds each piece to its place.

A *pack* holds up to a few hundred entries of one person, import and access class, so that they compress together and
open with one decryption. It carries each entry's id: a row that points into the wrong pack is noticed. A *block* holds
the exact bytes of resources likewise. A *frame* is what remains of a document, with the way to put it together again.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from storage.errors import TamperedError

PACK_ENTRIES = 256
PACK_BYTES = 96 * 1024
BLOCK_BYTES = 256 * 1024


class Place(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where an entry's resource stands: in which part of the document (-1: nowhere), from where, how long, which line.

    `narrowed` says that the bytes disclose more than the entry, so that fewer may see them.
    """

    part: int
    offset: int
    length: int
    line: int
    narrowed: bool = False


class Pack(msgspec.Struct, frozen=True, array_like=True):
    """Entries side by side. `places` is left undecoded by readers of content."""

    ids: list[str]
    contents: list[bytes]
    places: msgspec.Raw


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Parts of a document side by side, and the path and format of the document they came from.

    `parts` are their places in the document's order. Which block holds which part stands unsealed beside the import,
    so that parts can be sealed anew without opening the document; a wrong pointer there is noticed here.
    """

    path: str
    format: str
    parts: list[int]
    lengths: list[int]
    data: bytes

    def pieces(self) -> dict[int, bytes]:
        """The bytes of each part by number."""
        start = 0
        found: dict[int, bytes] = {}
        for part, length in zip(self.parts, self.lengths, strict=True):
            found[part] = self.data[start : start + length]
            start += length
        return found

    def part(self, number: int) -> bytes:
        """The bytes of one part. Raises TamperedError when this block does not hold it."""
        return require_part(self.pieces(), number)


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """What no part holds: the lengths of the gaps before each part, and all gaps side by side, the last at the end."""

    gaps: list[int]
    rest: bytes


class About(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a document as a whole."""

    path: str
    format: str
    fhir_version: str
    bundle_type: str


class Links(msgspec.Struct, frozen=True, array_like=True):
    """Which entries of an import are, and point to, which resources, as keyed hashes of "Type/id" within one person.

    `entries` are entry keys and `own` the hash of each one's resource; `points` alternates a place in `entries` and a
    place in `targets`; `kinds` says what each of these links does, `natures` what each entry is to others (numbers of
    the caller's own). Readable without keys, so that a later import can warn about entries it cannot open. The hash of
    a resource without an id is 0.
    """

    entries: list[int]
    own: list[int]
    targets: list[int]
    points: list[int]
    kinds: list[int] = []
    natures: list[int] = []


def require_part(pieces: dict[int, bytes], number: int) -> bytes:
    """One of a block's pieces. Raises TamperedError when it is not among them."""
    try:
        return pieces[number]
    except KeyError:
        raise TamperedError("The vault's list of source bytes does not fit what is sealed.") from None


def encode_pack(ids: list[str], contents: list[bytes], places: list[Place]) -> bytes:
    """The bytes to compress and seal."""
    return msgspec.msgpack.encode(Pack(ids, contents, msgspec.Raw(msgspec.msgpack.encode(places))))


def places_of(pack: Pack) -> list[Place]:
    """Where each entry of a pack came from."""
    return _PLACES.decode(pack.places)


def chunks(sizes: list[int], most_bytes: int, most_items: int) -> Iterator[tuple[int, int]]:
    """Cut a row of items into stretches of a bounded size: (first, one past the last)."""
    first, total = 0, 0
    for i, size in enumerate(sizes):
        if i > first and (total + size > most_bytes or i - first >= most_items):
            yield first, i
            first, total = i, 0
        total += size
    if first < len(sizes):
        yield first, len(sizes)


def pack_aad(vault_id: bytes, no: int, person: int, import_no: int, class_id: int) -> bytes:
    """What binds a pack to its row."""
    return b"pack" + vault_id + b"%d/%d/%d/%d" % (no, person, import_no, class_id)


def block_aad(vault_id: bytes, no: int, person: int, import_no: int, class_id: int) -> bytes:
    """What binds a block to its row."""
    return b"block" + vault_id + b"%d/%d/%d/%d" % (no, person, import_no, class_id)


def document_aad(vault_id: bytes, kind: str, import_id: str) -> bytes:
    """What binds frame, about and issues to their import."""
    return b"document" + vault_id + f"{kind}/{import_id}".encode()


decode_pack = msgspec.msgpack.Decoder(Pack).decode
decode_block = msgspec.msgpack.Decoder(Block).decode
decode_frame = msgspec.msgpack.Decoder(Frame).decode
decode_links = msgspec.msgpack.Decoder(Links).decode
decode_about = msgspec.msgpack.Decoder(About).decode
decode_block_numbers = msgspec.msgpack.Decoder(list[int]).decode
_PLACES = msgspec.msgpack.Decoder(list[Place])
