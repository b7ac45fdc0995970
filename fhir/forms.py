"""Forms: what many structs say alike, encoded once, with gaps for what each says of its own.

A `Form` is made of the msgpack bytes of one struct that has marks where others differ. As each value's bytes stand by
themselves, those of other values in the place of the marks give exactly what encoding the whole struct with them would
give. A million rows are told so (`fhir.social_care.row_events`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from fhir.entries import Entry, EntryId
from fhir.people import Demographics

coded: Callable[[Any], bytes] = msgspec.msgpack.Encoder().encode
"""The bytes of one value, as they stand in a form."""


def mark(number: int) -> str:
    """What stands in a struct where gap `number` will be: no text that anybody writes (Unicode noncharacters)."""
    return f"\ufdd0{number}\ufdd1"


class Marked(NamedTuple):
    """Entries with marks in all gaps, what stands as the mark of each gap, and what does for `Demographics`."""

    entries: Sequence[Entry]
    marks: Sequence[object]
    about: Demographics | None = None


class Blanks(msgspec.Struct, gc=False):
    """What one resource says of its own, and how to make the form of all like it.

    `values` are the bytes for each gap, `ids` those of its entries.
    """

    values: tuple[bytes, ...]
    ids: tuple[EntryId, ...]
    marked: Callable[[], Marked]


class Form:
    """The bytes of one struct with gaps."""

    __slots__ = ("_pick", "_pieces")

    def __init__(self, content: bytes, marks: Sequence[object]) -> None:
        """`content` are the bytes of a struct in which some of these values stand, the one of each number for its
        gap; at least two do."""
        numbers = {coded(one): number for number, one in enumerate(marks)}
        pieces = re.split(b"(" + b"|".join(map(re.escape, numbers)) + b")", content)
        self._pieces = pieces
        self._pick = itemgetter(*[numbers[piece] for piece in pieces[1::2]])

    def fill(self, values: Sequence[bytes]) -> bytes:
        """The bytes of the struct with these values, by number."""
        pieces = self._pieces.copy()
        pieces[1::2] = self._pick(values)
        return b"".join(pieces)
