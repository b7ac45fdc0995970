"""A note outside the vault of the access log's last heads, so that a vault put back to an older state is noticed.

One small file per vault in a folder given by the caller: sizes, times, kinds and roots, never whom an event was about.
After each commit a line is added to it, and now and then it is replaced by a short one. It is not synced, and a line
that was cut off does not count, because an anchor a little older accepts the newer vault. (Replacing the file each
time made the file system flush it, which cost as much as the commit.)
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from storage.merkle import EMPTY_ROOT

KEPT = 64
_FORMAT = "onestory-anchor"


class AnchoredHead(msgspec.Struct, frozen=True):
    """The log as it stood after one event: how many events, when, of what kind, and the root in hex."""

    size: int
    time: str
    kind: str
    root: str


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    format: str
    version: int
    vault: str
    heads: tuple[AnchoredHead, ...]
    state: str
    lost: tuple[AnchoredHead, ...] = ()


class _More(msgspec.Struct, frozen=True):
    """A further line: what was committed since."""

    heads: tuple[AnchoredHead, ...]
    state: str


Roots = Callable[[Sequence[int]], dict[int, bytes]]
"""Gives the roots that the vault's log had at these sizes, for sizes that it reaches."""


class Anchor:
    """The anchor of one vault. `problems` are sentences for whoever signs in; empty when all is well."""

    def __init__(self, folder: Path, vault_id: bytes) -> None:
        self._vault = vault_id.hex()
        self._path = folder / f"{self._vault}.json"
        self._heads: tuple[AnchoredHead, ...] = ()
        self._lost: tuple[AnchoredHead, ...] = ()
        self._lines = KEPT  # as many as there may be: the first time, the file is replaced

    def compare(self, size: int, root: bytes, state: bytes, roots: Roots) -> list[str]:
        """Say how the vault's log (its size, root and root of states) differs from what was last noted here."""
        try:
            data = self._path.read_bytes()
        except OSError:
            return [
                "This computer has no note of this vault's last state, so an older copy would not be noticed this time."
            ]
        note = _read(data)
        if note is None or (note.format, note.version, note.vault) != (_FORMAT, 1, self._vault):
            return [
                "This computer's note of this vault's last state is damaged, so an older copy would not be noticed."
            ]
        self._heads = note.heads
        self._lost = note.lost
        last = note.heads[-1] if note.heads else AnchoredHead(0, "", "", EMPTY_ROOT.hex())
        said = [f"Noticed here before: {_describe(note.lost)}"] if note.lost else []
        if (last.size, last.root) == (size, root.hex()):
            if note.state != state.hex():
                said.append("The records of this vault are not those that its access log was last signed with.")
            return said
        known = roots([head.size for head in note.heads if head.size <= size])
        lost = tuple(head for head in note.heads if head.size > size or known.get(head.size, b"").hex() != head.root)
        if lost:
            other = any(head.size <= size for head in lost)
            what = "has taken another course than it had on this computer" if other else "is older than it was here"
            said.append(f"This vault {what}. {_describe(lost)}")
            self._lost = (*note.lost, *lost)[-KEPT:]
            self._heads = tuple(head for head in note.heads if head not in lost)
        return said

    def extend(self, heads: Sequence[AnchoredHead], state: bytes, *, settled: bool = False) -> bool:
        """Note what was committed; False when it could not be written. `settled` forgets what was lost before."""
        if settled and self._lost:
            self._lost, self._lines = (), KEPT
        self._heads = (*self._heads, *heads)[-KEPT:]
        if self._lines < KEPT and self._add(_More(tuple(heads), state.hex())):
            return True
        note = _Note(
            format=_FORMAT, version=1, vault=self._vault, heads=self._heads, state=state.hex(), lost=self._lost
        )
        partial = self._path.with_suffix(".part")
        try:
            with os.fdopen(
                os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, stat.S_IRUSR | stat.S_IWUSR), "wb"
            ) as f:
                f.write(msgspec.json.encode(note) + b"\n")
            partial.replace(self._path)
            self._lines = 0
        except FileNotFoundError:
            return self._make_folder() and self.extend((), state)
        except OSError:
            return False
        return True

    def _add(self, more: _More) -> bool:
        try:
            with self._path.open("r+b") as f:
                f.seek(0, os.SEEK_END)
                f.write(msgspec.json.encode(more) + b"\n")
        except OSError:
            return False
        self._lines += 1
        return True

    def _make_folder(self) -> bool:
        if self._path.parent.is_dir():
            return False
        with suppress(OSError):
            self._path.parent.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
        return self._path.parent.is_dir()


def _read(data: bytes) -> _Note | None:
    """The note with all that was added to it, up to a line that is not whole; None where it is none."""
    first, *others = data.split(b"\n")
    try:
        note = msgspec.json.decode(first, type=_Note)
        for line in others[:-1]:
            more = msgspec.json.decode(line, type=_More)
            note = msgspec.structs.replace(note, heads=(*note.heads, *more.heads)[-KEPT:], state=more.state)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return note


def _describe(lost: Sequence[AnchoredHead]) -> str:
    """What is missing, in words: kinds with their counts and times."""
    kinds = Counter(head.kind for head in lost)
    times: dict[str, str] = {}
    for head in lost:
        times[head.kind] = head.time
    parts = [f"{_WORDS.get(kind, kind)}: {count}, last at {times[kind]}" for kind, count in kinds.most_common()]
    entries = "entry" if len(lost) == 1 else "entries"
    return f"Missing from it: {len(lost)} {entries} of its access log ({'; '.join(parts)})."


_WORDS = {
    "choice": "change of choices",
    "import": "import",
    "undo": "import taken back",
    "read": "reading of a record",
    "user-added": "user added",
    "user-removed": "user removed",
    "key-changed": "change of a passphrase or key",
}
