"""Finds the documents in a drop: walks folders, opens archives, cuts streams. Reads bytes only; knows no FHIR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from fhir.records import Refused


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One document's bytes and what it is called. `stream` marks a stretch of NDJSON after `lines_before` lines."""

    path: str
    folder: str
    data: bytes
    stream: bool = False
    lines_before: int = 0


def pieces(paths: Sequence[Path]) -> Iterator[Piece | Refused]:
    """Every document of a drop in sorted order, or why it cannot be had."""
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if not file.is_dir():
                yield Piece(path=str(file), folder=str(file.parent), data=file.read_bytes())
