"""What an entry is labelled with before a decision is made about it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from consent.evidence import NO_EVIDENCE
from fhir.entries import Entry, Source
from fhir.people import Demographics


class LabelledEntry(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True):
    """An entry with the information categories it belongs to: the content that is sealed in the store.

    `categories` are keys of `consent.categories` (sorted); empty means *unlabelled*, which is not "general".
    `confidentiality` is a v3-Confidentiality code or empty. `limits` are handling codes that bind a kind of reader
    ("NOPAT": not to be shown to the person, family or carers). `because` says why, for a privacy officer.
    `demographics` is set for entries of Patient resources. `treated` marks a problem for which a medicine in use is
    given: whoever gives the medicine sees what it is for. `tables` says with which state of the sensitivity tables it
    was labelled (0: by none); `explicit` that someone entitled to set the categories on purpose. `evidence` is what
    rules of a Consent look at beyond the entry (`consent.evidence`), left undecoded until a rule asks.
    """

    entry: Entry
    categories: tuple[str, ...] = ()
    confidentiality: str = ""
    limits: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    demographics: Demographics | None = None
    treated: bool = False
    evidence: msgspec.Raw = NO_EVIDENCE
    tables: int = 0
    explicit: bool = False


def encode(labelled: LabelledEntry) -> bytes:
    """The bytes to seal."""
    return _ENCODER.encode(labelled)


def decode(content: bytes) -> LabelledEntry:
    """The labelled entry from unsealed bytes. Raises msgspec.DecodeError for bytes this package did not write."""
    return _DECODER.decode(content)


def decode_each(contents: Sequence[bytes]) -> list[LabelledEntry | None]:
    """The labelled entry of each; None for those that cannot be read."""
    read = _DECODER.decode
    try:
        return [read(content) for content in contents]
    except Exception:  # noqa: BLE001 - rare, so that one bad entry costs a second look at all
        return [_decoded(content) for content in contents]


def _decoded(content: bytes) -> LabelledEntry | None:
    try:
        return decode(content)
    except Exception:  # noqa: BLE001 - whatever is wrong with one entry, it is withheld and the rest is shown
        return None


def named(content: bytes) -> tuple[str, str] | None:
    """The system that said so and the "Type/id" of an entry from unsealed bytes, without decoding the rest; None for
    bytes this package did not write."""
    try:
        entry = _NAMES.decode(content).entry
    except msgspec.DecodeError:
        return None
    return entry.source.key, entry.resource


class _NamedEntry(msgspec.Struct, gc=False):
    resource: str
    source: Source


class _Named(msgspec.Struct, array_like=True, gc=False):
    entry: _NamedEntry


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(LabelledEntry)
_NAMES = msgspec.msgpack.Decoder(_Named)
