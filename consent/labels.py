"""What an entry is labelled with before a decision is made about it."""

from __future__ import annotations

import msgspec

from fhir.entries import Entry


class LabelledEntry(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """An entry with the information categories it belongs to: the content that is sealed in the store.

    `categories` are keys of `consent.categories` (sorted); empty means *unlabelled*, which is not "general".
    `confidentiality` is a v3-Confidentiality code or empty. `limits` are handling codes that bind a kind of reader
    ("NOPAT": not to be shown to the person, family or carers). `because` says why, for a privacy officer.
    """

    entry: Entry
    categories: tuple[str, ...] = ()
    confidentiality: str = ""
    limits: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


def encode(labelled: LabelledEntry) -> bytes:
    """The bytes to seal."""
    return _ENCODER.encode(labelled)


def decode(content: bytes) -> LabelledEntry:
    """The labelled entry from unsealed bytes. Raises msgspec.DecodeError for bytes this package did not write."""
    return _DECODER.decode(content)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(LabelledEntry)
