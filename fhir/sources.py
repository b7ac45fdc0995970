"""Finds the documents in a drop: walks folders, opens archives, cuts NDJSON streams into stretches, tells tables.

Reads bytes and nothing more: a `Piece` may turn out to hold no FHIR. Nothing is written to disk, so the names of
archive members are only ever shown; unsafe ones are refused all the same, because an honest archive has none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from fhir import archives, limits
from fhir.errors import RefusedError
from fhir.kinds import is_archive, is_ndjson
from fhir.records import Refused
from fhir.social_care.table import Layout, recognise

Opener = Callable[[], BinaryIO]


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One document's bytes and what it is called. `stream` marks a stretch of NDJSON after `lines_before` lines.

    A table has a `layout`, and instead of bytes a way to `open` it; it may be of any length.
    """

    path: str
    folder: str
    data: bytes
    stream: bool = False
    lines_before: int = 0
    layout: Layout | None = None
    open: Opener | None = None


def pieces(paths: Sequence[Path]) -> Iterator[Piece | Refused]:
    """Every document of a drop, in sorted order, or why it cannot be had."""
    for path in sorted(paths):
        if path.is_dir():
            empty = True
            for file in files_in(path):
                empty = False
                yield from _file(file)
            if empty:
                yield Refused(path=str(path), reason="This folder holds no files.")
        else:
            yield from _file(path)


def files_in(folder: Path) -> Iterator[Path]:
    """The files below a folder, sorted; hidden ones and links to folders are left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(place, name)


def _file(path: Path) -> Iterator[Piece | Refused]:
    label, folder = str(path), str(path.parent)
    if not path.is_file():
        reason = "This is not an ordinary file." if path.exists() else "There is no such file."
        yield Refused(path=label, reason=reason)
        return
    try:
        with path.open("rb") as stream:
            archive = is_archive(stream.read(4))
        if archive:
            yield from _archive(path, label)
        else:
            yield from _documents(label, folder, lambda: path.open("rb"))
    except RefusedError as error:
        yield Refused(path=label, reason=error.reason, line=error.line)
    except OSError:
        yield Refused(path=label, reason="This file cannot be opened or read.")


def _archive(path: Path, label: str) -> Iterator[Piece | Refused]:
    with path.open("rb") as stream:
        for member in archives.members(stream):
            name = f"{label}!{member.name}"
            if member.refusal:
                yield Refused(path=name, reason=member.refusal)
                continue
            folder = f"{label}!{member.name.rpartition('/')[0]}"
            try:
                yield from _documents(name, folder, member.open)
            except RefusedError as error:
                yield Refused(path=name, reason=error.reason, line=error.line)
            except archives.DAMAGE:
                yield Refused(path=name, reason="This file in the archive is damaged.")


def _documents(label: str, folder: str, opener: Opener) -> Iterator[Piece | Refused]:
    """One document, or the stretches of a stream. Raises OSError and what damaged archives raise."""
    with opener() as stream:
        # A first line that ends within the limit of one document decides what the file is.
        head = stream.read(limits.STRETCH_BYTES)
        layout = recognise(head)
        if layout is not None:
            yield Piece(path=label, folder=folder, data=b"", layout=layout, open=opener)
            return
        while len(head) <= limits.MAX_DOCUMENT_BYTES and (more := stream.read(limits.STRETCH_BYTES)):
            if b"\n" in head and is_ndjson(head):
                break
            head += more
    if is_ndjson(head):
        del head
        with opener() as stream:
            yield from _stretches(label, folder, stream)
    else:
        yield Piece(path=label, folder=folder, data=head)


def _stretches(label: str, folder: str, stream: BinaryIO) -> Iterator[Piece | Refused]:
    part = line = size = 0
    lines: list[bytes] = []
    while text := stream.readline(limits.MAX_LINE_BYTES + 1):
        too_long = len(text) > limits.MAX_LINE_BYTES
        full = size + len(text) > limits.STRETCH_BYTES or len(lines) >= limits.STRETCH_RESOURCES
        if lines and (too_long or full):
            part += 1
            yield _stretch(label, part, folder, lines, line)
            lines, size = [], 0
        line += 1
        if too_long:
            reason = f"A line of this stream is longer than {limits.MAX_LINE_BYTES // limits.MIB} MB; it was left out."
            yield Refused(path=f"{label}#line{line}", reason=reason, line=line)
            while text and not text.endswith(b"\n"):
                text = stream.readline(limits.MIB)
        else:
            lines.append(text)
            size += len(text)
    if lines:
        yield _stretch(label, part + 1, folder, lines, line)


def _stretch(label: str, part: int, folder: str, lines: list[bytes], line: int) -> Piece:
    return Piece(
        path=f"{label}#{part}", folder=folder, data=b"".join(lines), stream=True, lines_before=line - len(lines)
    )
