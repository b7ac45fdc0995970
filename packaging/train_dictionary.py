"""Trains `storage/payload.dict`, the compression dictionary that ships with the program: `make dictionary`.

From the project's own invented people only, other ones than those of the demonstration and the measures: it takes them
into a vault that lives for one run and learns from what that vault compresses. Vaults keep every dictionary they have
used, so a new one may be trained whenever the form of what is stored changes; it is not needed for correctness.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import zstandard

from desktop.demo.generator import write_people
from desktop.workspace import Workspace
from storage.compression import DICTIONARY, LEVEL, Codec

PEOPLE = 150
SEED = 20_26
DICTIONARY_BYTES = 112 * 1024
LONGEST_SAMPLE = 24 * 1024
"""Of a longer content only the beginning is shown to the trainer: the rest compresses well by itself."""


def main() -> int:
    """Train, write, and say what it gives."""
    samples: list[bytes | bytearray | memoryview] = [content[:LONGEST_SAMPLE] for content in contents()]
    dictionary = zstandard.train_dictionary(DICTIONARY_BYTES, samples, level=LEVEL)
    DICTIONARY.write_bytes(dictionary.as_bytes())
    sys.stdout.write(f"{len(samples)} samples, {sum(map(len, samples)):,} bytes: {len(dictionary):,} bytes\n")
    return 0


def contents() -> list[bytes]:
    """What a vault compresses while it takes in invented people."""
    seen: list[bytes] = []
    compress = Codec.compress

    def listening(codec: Codec, content: bytes) -> bytes:
        seen.append(content)
        return compress(codec, content)

    with tempfile.TemporaryDirectory(prefix="onestory-dictionary-") as folder:
        people, vault = Path(folder) / "people", Path(folder) / "training.vault"
        people.mkdir()
        write_people(people, people=PEOPLE, seed=SEED)
        Workspace.create(vault, "Training", "tester", "Training", "of one run only", test_data=True)
        with Workspace.sign_in(vault, "Training", "of one run only") as workspace:
            Codec.compress = listening  # type: ignore
            try:
                workspace.import_files([people], lambda what, done, total: None, lambda: False)
            finally:
                Codec.compress = compress  # type: ignore
    return seen


if __name__ == "__main__":
    sys.exit(main())
