"""The plain values that pass between labelling and the vault. Nothing here touches a key or a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from fhir.entries import EntryId


class NewTies(msgspec.Struct, frozen=True, gc=False):
    """One entry about to be stored, as far as links go: `ties` are (target "Type/id", kind of link), `nature` says what
    it is to others; both kinds of number are the caller's own and are only kept."""

    entry_id: EntryId
    resource: str
    source_key: str
    ties: tuple[tuple[str, int], ...]
    nature: int
    version: str = ""


class RelatedEntry(msgspec.Struct, frozen=True, gc=False):
    """A stored entry that takes part and that the keys open. `current` is False for a superseded state, also where an
    entry about to be stored supersedes it.

    `target` is what a correction of it is kept under.
    """

    entry_id: EntryId
    content: bytes
    current: bool
    target: int


class ClosedEntry(msgspec.Struct, frozen=True, gc=False):
    """A stored entry that takes part and that the keys do not open: keyed hashes of what it is and points to."""

    key: int
    own: int
    ties: tuple[tuple[int, int], ...]
    nature: int


class Correction(msgspec.Struct, frozen=True, gc=False):
    """The newest correction of a target. `content` is None where the keys do not open it; `readers` are the ids of
    those it was sealed for. `withdrawn`: it only takes the one before back, which everyone may know."""

    no: int
    target: int
    content: bytes | None
    readers: frozenset[str]
    withdrawn: bool = False


class Related(msgspec.Struct, frozen=True):
    """What takes part in labelling: opened and closed entries, floors of opened ones (None: one that does not open),
    and corrections by target. `floored` are the keys of entries that have floors. `targets` and `keys`
    give what each new entry's corrections and floors are kept under;
    `late` says which of them arrive superseded already."""

    opened: Sequence[RelatedEntry] = ()
    closed: Sequence[ClosedEntry] = ()
    floors: Mapping[EntryId, Sequence[bytes | None]] = {}
    corrections: Mapping[int, Correction] = {}
    targets: Sequence[int] = ()
    floored: frozenset[int] = frozenset()
    keys: Sequence[int] = ()
    late: Sequence[bool] = ()


class Marks(msgspec.Struct, frozen=True, gc=False):
    """What stands about an entry beside its own content: `floors` are contents (None: one that does not open),
    `correction` the content of the newest; `closed` that there is one which does not open."""

    floors: Sequence[bytes | None] = ()
    correction: bytes | None = None
    closed: bool = False


class NewFloor(msgspec.Struct, frozen=True, gc=False):
    """A floor on an entry that could not be opened, sealed for `readers`."""

    key: int
    content: bytes
    readers: frozenset[str]


class Relabelling(msgspec.Struct, frozen=True, kw_only=True):
    """A change of labels of one person. `contents` are entries to seal anew, for these readers; `floors` are new;
    `settled` are entries whose floors are now within their content. `due` says whether somebody should look again
    (None: as it was)."""

    contents: Mapping[EntryId, tuple[bytes, frozenset[str]]] = {}
    floors: Sequence[NewFloor] = ()
    settled: Sequence[EntryId] = ()
    due: bool | None = None
