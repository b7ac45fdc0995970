"""Reads what a person drops: files, folders, ZIP archives; JSON, NDJSON, XML, CSV tables. The one door into `fhir`.

`read_drop` streams the documents of a drop one at a time in a fixed order, and answers every file given with at least
one `SourceFile` or `Refused`. `read_document` reads one document that is already in memory. Content decides what a file
is; its name does not. Nothing is written to disk. Checking, identity and meaning are not known here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec

from fhir import archives
from fhir.documents import Content
from fhir.errors import RefusedError
from fhir.json_reading import read_json, read_ndjson
from fhir.kinds import kind_of
from fhir.records import FileFormat, Refused, SourceFile
from fhir.social_care.table import Layout, recognise
from fhir.sources import Opener, Piece, pieces
from fhir.versions import decide_version


def never() -> bool:
    """The answer of a drop that nobody cancels."""
    return False


def read_drop(
    paths: Sequence[Path],
    *,
    now_cancelled: Callable[[], bool] = never,
    surveys: dict[str, Any] | None = None,
    people_only: bool = False,
) -> Iterator[SourceFile | Refused]:
    """Read files, folders and archives, one document at a time, in sorted order; stops quietly when cancelled.

    A caller who reads a drop twice gives the same `surveys` both times, so that tables are looked through once;
    `people_only` leaves out of tables what is not needed to know who is spoken of.

    Memory stays bounded by the limits of `fhir.limits` as long as the caller lets go of each document.
    """
    for piece in pieces(paths):
        if now_cancelled():
            return
        if isinstance(piece, Refused):
            yield piece
            continue
        try:
            if piece.layout is None:
                yield _read(piece)
            else:
                beside = partial(_beside, paths, piece.folder)
                yield from _extract(piece, piece.layout, now_cancelled, surveys, people_only, beside)
        except RefusedError as error:
            yield Refused(path=piece.path, reason=error.reason, line=error.line + piece.lines_before * bool(error.line))


def read_document(path_label: str, folder: str, data: bytes) -> SourceFile:
    """Read one document held in memory. Raises FormatError, LimitError or VersionError where it cannot be read."""
    layout = recognise(data)
    if layout is not None:
        read_extract = _extract_reader(layout)
        return next(read_extract(path_label, folder, lambda: BytesIO(data), layout, whole=True))
    return _read(Piece(path=path_label, folder=folder, data=data))


def _extract(
    piece: Piece,
    layout: Layout,
    now_cancelled: Callable[[], bool],
    surveys: dict[str, Any] | None,
    people_only: bool,
    beside: Callable[[], Iterator[tuple[Opener, Layout]]],
) -> Iterator[SourceFile | Refused]:
    """The stretches of one table. One that breaks off is refused from there; what was read of it stands."""
    assert piece.open is not None, "a table can be opened"
    try:
        for document in _extract_reader(layout, beside)(
            piece.path, piece.folder, piece.open, layout, surveys=surveys, people_only=people_only
        ):
            if now_cancelled():
                return
            yield document
    except (OSError, *archives.DAMAGE):
        yield Refused(path=piece.path, reason="This table could not be read to its end.")


def _read(piece: Piece) -> SourceFile:
    data = piece.data
    kind: FileFormat = "ndjson" if piece.stream else kind_of(data)
    content = _READERS[kind](data)
    if piece.lines_before:
        _shift_lines(content, piece.lines_before)
    return SourceFile(
        path=piece.path,
        folder=piece.folder,
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        format=kind,
        fhir_version=decide_version(content.resources),
        bundle_type=content.bundle_type,
        resources=content.resources,
        issues=content.issues,
    )


def _shift_lines(content: Content, lines: int) -> None:
    for resource in content.resources:
        resource.line += lines
    content.issues = [msgspec.structs.replace(issue, line=issue.line + lines) for issue in content.issues]


def _beside(paths: Sequence[Path], folder: str) -> Iterator[tuple[Opener, Layout]]:
    """The tables of a drop that lie in one folder, Client Level Data apart."""
    for piece in pieces(paths):
        if isinstance(piece, Piece) and piece.folder == folder and piece.layout is not None and piece.layout.table:
            assert piece.open is not None, "a table can be opened"
            yield piece.open, piece.layout


def _extract_reader(layout: Layout, beside: Callable[..., Any] = tuple) -> Callable[..., Iterator[SourceFile]]:
    # The lists of social care take a moment to load: only those who read extracts pay for it.
    if layout.table:
        from fhir.social_care.tables.reading import read_table

        return partial(read_table, beside=beside)
    from fhir.social_care.extract import read_extract

    return read_extract


def _read_xml(data: bytes) -> Content:
    if data.find(b"<Message", 0, 4096) >= 0:
        from fhir.social_care.tables.census import is_census, read_census

        if is_census(data):
            return read_census(data)
    # The model tables behind XML take a moment to load: only those who read XML pay for it.
    from fhir.xml_reading import read_xml

    return read_xml(data)


_READERS: dict[FileFormat, Callable[[bytes], Content]] = {
    "json": read_json,
    "ndjson": read_ndjson,
    "xml": _read_xml,
}
