"""Compresses what is sealed (Zstandard), with a dictionary where one is shipped.

The newest dictionary is `storage/payload.dict` (made by `packaging/train_dictionary.py` from invented people); its id
stands in every frame written with it, and the vault keeps a copy of each dictionary it has used, so that rows stay
readable when a later program ships another.
"""

from __future__ import annotations

from pathlib import Path

import zstandard

from storage.connection import Connection
from storage.errors import TamperedError

DICTIONARY = Path(__file__).with_name("payload.dict")
LEVEL = 3
MAX_PLAIN = 1 << 30


class Codec:
    """Compressor and decompressors of one vault, kept for reuse. For one thread at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._plain = zstandard.ZstdDecompressor()
        self._by_dictionary: dict[int, zstandard.ZstdDecompressor] = {0: self._plain}
        self._shipped = _shipped()
        self._kept = False
        self._compressor = _compressor(self._shipped)

    def compress(self, content: bytes) -> bytes:
        """A frame that says its own dictionary. Inside a transaction: the first use keeps the dictionary too."""
        if self._shipped is not None and not self._kept:
            self._connection.execute(
                "INSERT OR IGNORE INTO dictionary (id, content) VALUES (?, ?)",
                (self._shipped.dict_id(), self._shipped.as_bytes()),
            )
            self._kept = True
        return self._compressor.compress(content)

    def rolled_back(self) -> None:
        """A transaction was undone, so the kept dictionary may have gone with it."""
        self._kept = False

    def decompress(self, frame: bytes) -> bytes:
        """The content. Raises TamperedError for a frame of an unknown dictionary or of absurd size."""
        try:
            head = zstandard.get_frame_parameters(frame)
            if head.content_size > MAX_PLAIN:
                raise TamperedError("Stored content is larger than is possible.")
            return self._decompressor(head.dict_id).decompress(frame)
        except zstandard.ZstdError:
            raise TamperedError("Stored content cannot be expanded.") from None

    def _decompressor(self, dictionary: int) -> zstandard.ZstdDecompressor:
        known = self._by_dictionary.get(dictionary)
        if known is None:
            row = self._connection.execute("SELECT content FROM dictionary WHERE id = ?", (dictionary,)).fetchone()
            if row is None:
                raise TamperedError("Stored content needs a dictionary that this vault does not hold.")
            known = zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(row[0]))
            self._by_dictionary[dictionary] = known
        return known


def _shipped() -> zstandard.ZstdCompressionDict | None:
    return zstandard.ZstdCompressionDict(DICTIONARY.read_bytes()) if DICTIONARY.is_file() else None


def _compressor(dictionary: zstandard.ZstdCompressionDict | None) -> zstandard.ZstdCompressor:
    if dictionary is None:
        return zstandard.ZstdCompressor(level=LEVEL)
    dictionary.precompute_compress(level=LEVEL)  # once, not for each of the many small pieces: a fifth of their time
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary)
