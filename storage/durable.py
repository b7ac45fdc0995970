"""Writing files so that a crash or a full disk leaves the old state or the new one. Bytes only; knows no formats."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_OURS = stat.S_IRUSR | stat.S_IWUSR
_AT_A_TIME = 1 << 20


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in place of a file, for this account alone: written beside it, synced, renamed. Raises OSError.

    Until the rename the old file stands; a failure leaves no partial file behind.
    """
    partial = path.with_name(path.name + ".part")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, _OURS), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise
    sync_folder(path.parent)


def copy_file(source: Path, target: Path, more: Callable[[int], object] | None = None) -> None:
    """Copy bytes to a new or emptied file for this account alone, synced. Raises OSError and leaves no partial copy.

    `more` hears how many bytes each piece has, and may raise to stop there: then what is copied is left as it is.
    """
    try:
        with (
            source.open("rb") as read,
            os.fdopen(os.open(target, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, _OURS), "wb") as written,
        ):
            while piece := read.read(_AT_A_TIME):
                written.write(piece)
                if more is not None:
                    more(len(piece))
            written.flush()
            os.fsync(written.fileno())
    except OSError:
        with suppress(OSError):
            target.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last. Raises OSError."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
