"""Categories that someone set on purpose, and floors: what is kept about an entry beside its own content.

Offers their encodings and what they do to labels. Knows nothing of keys, tables or who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from consent.categories import categories as all_categories
from consent.errors import PolicyError
from consent.labels import LabelledEntry
from consent.propagation import RECEIVES, nature

FLOOR = "it would give away something learned since"
_ORDER = ("", "U", "L", "M", "N", "R", "V")


class Correction(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A deliberate decision about the labels of one resource: `categories` (sorted), or that an earlier decision is
    `withdrawn`. `reason` is in the words of who decided; `by` is their name; `time` an ISO instant; `title` that of the
    entry it was decided on."""

    categories: tuple[str, ...]
    reason: str
    by: str
    time: str
    title: str = ""
    withdrawn: bool = False


class Marked(Protocol):
    """What a store says about an entry beside its content; see `storage.label_records.Marks`."""

    @property
    def floors(self) -> Sequence[bytes | None]: ...
    @property
    def correction(self) -> bytes | None: ...
    @property
    def closed(self) -> bool: ...


def encode_correction(correction: Correction) -> bytes:
    """The bytes to seal. Raises PolicyError for a category that does not exist, or none."""
    known = all_categories()
    if not correction.withdrawn and (not correction.categories or not set(correction.categories) <= set(known)):
        raise PolicyError("A label needs at least one category of the table.")
    return _ENCODER.encode(correction)


def decode_correction(content: bytes) -> Correction:
    """Raises msgspec.DecodeError for bytes this package did not write."""
    return _CORRECTION.decode(content)


def encode_floor(categories: Sequence[str]) -> bytes:
    """The bytes to seal."""
    return _ENCODER.encode(sorted(categories))


def decode_floor(content: bytes) -> tuple[str, ...]:
    """Raises msgspec.DecodeError for bytes this package did not write."""
    return _FLOOR.decode(content)


def stricter(one: LabelledEntry, other: LabelledEntry) -> LabelledEntry:
    """`one` with the labels of both: every category of either, unlabelled where either is, the higher confidentiality.

    Categories set on purpose stay as they are. Being what a medicine in use is for, which shows more, is as in `one`.
    """
    if one.explicit:
        return msgspec.structs.replace(limited(one, other), tables=other.tables)
    categories = merged(one.categories, other.categories)
    if one.categories and other.categories:
        because = tuple(dict.fromkeys((*other.because, *one.because)))
    else:
        because = one.because if not one.categories else other.because
    return msgspec.structs.replace(
        limited(one, other), categories=categories, because=_only(because, categories), tables=other.tables
    )


def limited(one: LabelledEntry, other: LabelledEntry) -> LabelledEntry:
    """`one` with the limits of both and the higher confidentiality."""
    return msgspec.structs.replace(
        one,
        confidentiality=max(one.confidentiality, other.confidentiality, key=_ORDER.index),
        limits=tuple(sorted({*one.limits, *other.limits})),
    )


def merged(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """All categories of both; none where either has none, which is stricter than any."""
    if not one or not other:
        return ()
    both = {*one, *other}
    return tuple(sorted(both - {"general"} if len(both) > 1 else both))


def with_floor(labelled: LabelledEntry, categories: Sequence[str]) -> LabelledEntry:
    """An entry with what was learned since. What is derived never hides an allergy or a CPR decision, and never
    changes what was set on purpose."""
    if labelled.explicit or not nature(labelled.entry) & RECEIVES or not labelled.categories:
        return labelled
    both = merged(labelled.categories, tuple(categories))
    if both == labelled.categories:
        return labelled
    added = tuple(f"{category}: {FLOOR}" for category in categories if category not in labelled.categories)
    return msgspec.structs.replace(labelled, categories=both, because=_only((*labelled.because, *added), both))


def corrected(labelled: LabelledEntry, correction: Correction) -> LabelledEntry:
    """An entry with the categories that were set on purpose; limits and confidentiality stay."""
    if correction.withdrawn:
        return labelled
    because = tuple(f"{category}: someone entitled to set it so on purpose" for category in correction.categories)
    return msgspec.structs.replace(labelled, categories=correction.categories, because=because, explicit=True)


def as_marked(labelled: LabelledEntry, marks: Marked) -> LabelledEntry | None:
    """The entry as what stands beside it says; None where somebody decided about it in a way that cannot be read here,
    which withholds. A floor that cannot be read leaves the entry unlabelled: stricter than any category, but a medicine
    in use stays for those who may see medicines."""
    if marks.closed:
        return labelled if labelled.explicit else None  # what was decided stands in the entry itself, sealed with it
    if marks.correction is not None:
        correction = decode_correction(marks.correction)
        if not correction.withdrawn:
            return corrected(labelled, correction)
    if labelled.explicit or not nature(labelled.entry) & RECEIVES:
        return labelled
    for floor in marks.floors:
        if floor is None:
            return msgspec.structs.replace(labelled, categories=(), because=(f"unlabelled: {FLOOR}",))
        labelled = with_floor(labelled, decode_floor(floor))
    return labelled


def _only(because: Sequence[str], categories: tuple[str, ...]) -> tuple[str, ...]:
    """Reasons without that for "general" where that is not among the categories any more."""
    if "general" in categories:
        return tuple(because)
    return tuple(line for line in because if not line.startswith("general: "))


_ENCODER = msgspec.msgpack.Encoder()
_CORRECTION = msgspec.msgpack.Decoder(Correction)
_FLOOR = msgspec.msgpack.Decoder(tuple[str, ...])
