"""The floor that opening a person is measured against: the same entries as plain sealed rows, read in a bare loop.

One row an entry, as the simplest sealed store would keep it: JSON, compressed, AES-256-GCM, in SQLCipher. Reading is
select, open, decompress, parse, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import msgspec
import zstandard

from storage import connection as file
from storage.keypairs import Box, fresh_key


def seconds(folder: Path, entries: Sequence[object], rounds: int) -> list[float]:
    """Seconds of each of `rounds` readings of `entries`, written once to a vault file in `folder`."""
    path, box = folder / "rows.vault", Box(fresh_key())
    compress = zstandard.ZstdCompressor(level=3).compress
    file.create_file(path)
    connection = file.connect(path, fresh_key())
    try:
        with file.transaction(connection):
            connection.execute("CREATE TABLE entry (no INTEGER PRIMARY KEY, person INTEGER, box BLOB)")
            connection.executemany(
                "INSERT INTO entry (no, person, box) VALUES (?, 1, ?)",
                [
                    (number, box.seal(compress(msgspec.json.encode(entry)), str(number).encode()))
                    for number, entry in enumerate(entries)
                ],
            )
        found = []
        for _ in range(rounds):
            began = perf_counter()
            _read(connection, box)
            found.append(perf_counter() - began)
    finally:
        connection.close()
    return found


def _read(connection: file.Connection, box: Box) -> int:
    decompress, parse = zstandard.ZstdDecompressor().decompress, msgspec.json.decode
    count = 0
    for number, sealed in connection.execute("SELECT no, box FROM entry WHERE person = 1 ORDER BY no"):
        parse(decompress(box.open(sealed, str(number).encode())))
        count += 1
    return count
