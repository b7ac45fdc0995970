"""A disk that fails: the nth thing done to any file of a vault, by SQLCipher or by us, does not succeed.

SQLite reaches its files through two tables of functions, `sqlite3_vfs` and `sqlite3_io_methods`
(https://sqlite.org/vfs.html). Those that change a file are wrapped here; everything else is the library's own. What we
do ourselves is caught where Python asks the system.
"""

from __future__ import annotations

import ctypes
import errno
import io
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

import pytest
from sqlcipher3 import _sqlite3 as library

from storage.errors import WriteError

FULL = 13  # SQLITE_FULL
IOERR_SYNC, IOERR_TRUNCATE, IOERR_DELETE = 10 | 4 << 8, 10 | 6 << 8, 10 | 10 << 8
_Pointer = ctypes.c_void_p
_Open = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, _Pointer, _Pointer, ctypes.c_int, _Pointer)
_Delete = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, _Pointer, ctypes.c_int)
_Write = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, _Pointer, ctypes.c_int, ctypes.c_int64)
_Truncate = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, ctypes.c_int64)
_Sync = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, ctypes.c_int)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", _Pointer),
        ("zName", ctypes.c_char_p),
        ("pAppData", _Pointer),
        ("xOpen", _Open),
        ("xDelete", _Delete),
    )


class _Methods(ctypes.Structure):
    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("xClose", _Pointer),
        ("xRead", _Pointer),
        ("xWrite", _Write),
        ("xTruncate", _Truncate),
        ("xSync", _Sync),
        ("rest", _Pointer * 13),
    )


class _File(ctypes.Structure):
    _fields_ = (("pMethods", ctypes.POINTER(_Methods)),)


FREEING = frozenset({"unlink", "database delete", "database truncate"})
How = Literal["once", "full", "no power"]
HOW: tuple[How, ...] = ("once", "full", "no power")
"""How the disk fails: one thing does; from then on all does that needs room; or the power goes, and with it what was
not synced."""


@dataclass
class Disk:
    """What was `done` so far, by name, and which of it fails: the nth, and `how`."""

    nth: int = 0
    how: How = "once"
    done: list[str] = field(default_factory=list)
    mended: bool = False
    unsynced: list[tuple[Path, Callable[[], object]]] = field(default_factory=list)
    """Files and folders that were changed and not synced yet, and what puts each back as it was."""

    @property
    def failed(self) -> bool:
        """Whether anything did."""
        return 0 < self.nth <= len(self.done)

    def fails(self, what: str) -> bool:
        if self.mended:  # a file that was opened before is closed after
            return False
        self.done.append(what)
        if len(self.done) == self.nth or not self.failed:
            return self.failed
        return self.how == "no power" or (self.how == "full" and what not in FREEING)

    def refuse(self, what: str) -> None:
        if self.fails(what):
            raise OSError(errno.ENOSPC, "No space left on device")

    def keep(self, place: Path, as_it_was: Callable[[], object]) -> None:
        if self.how == "no power":
            self.unsynced.append((place, as_it_was))

    def synced(self, place: Path) -> None:
        self.unsynced = [one for one in self.unsynced if one[0] != place]

    def mend(self) -> None:
        """It works again. Without power the last thing that was not synced goes first."""
        self.mended = True
        for _, as_it_was in reversed(self.unsynced):
            as_it_was()


_kept: list[object] = []
"""Tables of files that may still be open when a test has ended; a few hundred bytes each."""


@contextmanager
def failing_disk(nth: int = 0, how: How = "once") -> Iterator[Disk]:
    """Within it the nth of all that is done to files that are opened in it fails.

    A write that fails has written half of what it should, as on a full disk. With 0 nothing fails, and all is counted.
    """
    disk = Disk(nth, how)
    try:
        with _files_of_ours(disk), _files_of_the_database(disk):
            yield disk
    finally:
        disk.mend()


class _Writing:
    """A file of ours."""

    def __init__(self, wrapped: IO[bytes], disk: Disk) -> None:
        self._wrapped, self._disk = wrapped, disk

    def write(self, data: bytes) -> int:
        half = len(data) // 2
        self._wrapped.write(data[:half])
        self._disk.refuse("write")
        return half + self._wrapped.write(data[half:])

    def __getattr__(self, name: str) -> object:
        return getattr(self._wrapped, name)

    def __enter__(self) -> _Writing:
        return self

    def __exit__(self, *_: object) -> None:
        self._wrapped.close()


@contextmanager
def _files_of_ours(disk: Disk) -> Iterator[None]:
    def counted(name: str) -> Callable[..., object]:
        call = getattr(os, name)

        def calling(*arguments: object, **options: object) -> object:
            disk.refuse(name)
            return call(*arguments, **options)

        return calling

    opened, opening, syncing, replacing = os.fdopen, io.open, os.fsync, os.replace

    def sync(descriptor: int) -> None:
        disk.refuse("fsync")
        syncing(descriptor)
        if disk.how == "no power":
            disk.synced(Path(os.readlink(f"/proc/self/fd/{descriptor}")))

    def replace(source: Path, target: Path) -> None:
        disk.refuse("replace")
        there = target.read_bytes() if target.exists() else None
        replacing(source, target)
        disk.keep(target.parent, lambda: target.unlink() if there is None else target.write_bytes(there))

    def open_(file: object, mode: str = "r", *arguments: object, **options: object) -> object:
        if isinstance(file, int) or set(mode) <= {"r", "b", "t"}:
            return opening(file, mode, *arguments, **options)  # type: ignore[call-overload]
        disk.refuse("open")
        return _Writing(opening(file, mode, *arguments, **options), disk)  # type: ignore[call-overload]

    with pytest.MonkeyPatch.context() as patch:
        for name in ("open", "link", "unlink", "mkdir"):
            patch.setattr(os, name, counted(name))
        patch.setattr(os, "fsync", sync)
        patch.setattr(os, "replace", replace)
        patch.setattr(os, "fdopen", lambda *arguments: _Writing(opened(*arguments), disk))
        patch.setattr(io, "open", open_)
        yield


@contextmanager
def _files_of_the_database(disk: Disk) -> Iterator[None]:
    loaded = ctypes.CDLL(library.__file__)
    if sys.platform == "win32" or not hasattr(loaded, "sqlite3_vfs_find"):
        pytest.skip("this build of SQLCipher does not let its files be reached")
    loaded.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = loaded.sqlite3_vfs_find(None).contents
    opening, deleting = _Open.from_buffer_copy(vfs.xOpen), _Delete.from_buffer_copy(vfs.xDelete)

    def open_(itself: int, name: int, file: int, flags: int, out: int) -> int:
        answer: int = opening(itself, name, file, flags, out)
        if answer == 0:
            opened = ctypes.cast(file, ctypes.POINTER(_File)).contents
            path = Path(os.fsdecode(ctypes.string_at(name))) if name else Path()
            opened.pMethods = ctypes.pointer(_wrapped(opened.pMethods.contents, path, disk))
        return answer

    def delete(itself: int, name: int, sync: int) -> int:
        return IOERR_DELETE if disk.fails("database delete") else deleting(itself, name, sync)

    vfs.xOpen, vfs.xDelete = _Open(open_), _Delete(delete)
    _kept.extend((vfs.xOpen, vfs.xDelete))
    try:
        yield
    finally:
        vfs.xOpen, vfs.xDelete = opening, deleting


def _wrapped(real: _Methods, path: Path, disk: Disk) -> _Methods:
    methods = _Methods.from_buffer_copy(real)
    writing, truncating, syncing = (kind.from_buffer_copy(getattr(real, name)) for kind, name in _CHANGES)

    def keep(offset: int, size: int) -> None:
        """What stands in the file where it is about to change, and how long it is."""
        before = path.stat().st_size
        with path.open("rb") as file:
            file.seek(offset)
            there = file.read(size)

        def as_it_was() -> None:
            if path.exists():
                with path.open("r+b") as file:
                    file.seek(offset)
                    file.write(there)
                    file.truncate(before)

        disk.keep(path, as_it_was)

    def write(file: int, data: int, size: int, offset: int) -> int:
        if disk.how == "no power":
            keep(offset, size)
        if disk.fails("database write"):
            writing(file, data, size // 2, offset)
            return FULL
        return int(writing(file, data, size, offset))

    def truncate(file: int, size: int) -> int:
        if disk.how == "no power":
            keep(size, path.stat().st_size)
        return IOERR_TRUNCATE if disk.fails("database truncate") else int(truncating(file, size))

    def sync(file: int, flags: int) -> int:
        if disk.fails("database sync"):
            return IOERR_SYNC
        disk.synced(path)
        return int(syncing(file, flags))

    methods.xWrite, methods.xTruncate, methods.xSync = _Write(write), _Truncate(truncate), _Sync(sync)
    _kept.extend((methods, methods.xWrite, methods.xTruncate, methods.xSync))
    return methods


_CHANGES = ((_Write, "xWrite"), (_Truncate, "xTruncate"), (_Sync, "xSync"))


SAMPLE = 2
Place = Callable[[Path], object]


def failed_everywhere(folder: Path, start: Place, act: Place, state: Place, chance: random.Random | None = None) -> str:
    """Do an act again and again, each time with another thing failing, in each way; what came of it.

    `start` makes the folder as it was before, and `state` says what is found in it when the disk works again: what was
    before the act, or what is after it. With `chance` a sample is tried: some of each kind of thing that is done, and
    the last ones, when the write-ahead log is folded into the file.
    """
    start(folder)
    old = state(folder)
    shutil.rmtree(folder)
    start(folder)
    with failing_disk() as disk:
        act(folder)
    new = state(folder)
    outcomes: Counter[str] = Counter()
    for nth in _sampled(disk.done, chance) if chance else range(1, len(disk.done) + 1):
        for how in HOW:
            shutil.rmtree(folder)
            start(folder)
            with failing_disk(nth, how) as broken:
                refused = _refused(act, folder)
                assert broken.failed
            found = state(folder)
            assert refused.count(".") <= 1
            assert found in (old, new), (nth, how, broken.done[nth - 1])
            assert found == new or refused, (nth, how, broken.done[nth - 1])
            outcomes["new" if found == new else "old"] += 1
            if found != new and how != "no power":  # nothing is stuck; half a new vault is not overwritten
                act(folder)
                assert state(folder) == new
    shutil.rmtree(folder)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(disk.done).items()))
    tried = ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items()))
    return f"{kinds}; failed {outcomes.total()} times: {tried}; between: 0; lost: 0"


def _refused(act: Place, folder: Path) -> str:
    """In which words; empty when it was done."""
    try:
        act(folder)
    except WriteError as error:
        return str(error)
    return ""


def _sampled(done: Sequence[str], chance: random.Random) -> list[int]:
    """Which of them to let fail, from 1 on."""
    picked = set(range(max(1, len(done) - SAMPLE), len(done) + 1))
    for kind in sorted(set(done)):
        numbers = [number for number, what in enumerate(done, start=1) if what == kind]
        picked.update(chance.sample(numbers, min(SAMPLE, len(numbers))))
    return sorted(picked)
