"""Whom a user opened lately, and who is on their caseload by their own word: kept for themselves alone, in the vault.

Pure but for JSON. A person's id is an identifier of a record, so it is never kept in the platform's settings; the
vault keeps these bytes sealed to the user. Someone is on the caseload while the user's last word about them said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from fhir.entries import PersonId

MOST = 30
"""People that are remembered; the one opened longest ago is forgotten first, caseloads last of all."""
CASELOAD = ("caseload", "registered")


class Opened(NamedTuple):
    """One person, how the user said to know them, and when they were opened last (ISO instant)."""

    person: PersonId
    relationship: str
    when: str


def read(note: bytes) -> list[Opened]:
    """What a note holds, the newest first; nothing where it cannot be read."""
    if not note:
        return []
    try:
        return [
            Opened(PersonId(person), *rest)
            for person, *rest in msgspec.json.decode(note, type=list[tuple[str, str, str]])
        ]
    except (msgspec.DecodeError, msgspec.ValidationError):
        return []


def write(opened: Sequence[Opened]) -> bytes:
    """The note of these."""
    return msgspec.json.encode([tuple(one) for one in opened])


def opened_now(before: Sequence[Opened], person: PersonId, relationship: str, when: str) -> list[Opened]:
    """What is remembered once someone was opened."""
    rest = [one for one in before if one.person != person]
    kept = [Opened(person, relationship, when), *rest]
    while len(kept) > MOST:
        drop = next((at for at in range(len(kept) - 1, 0, -1) if kept[at].relationship not in CASELOAD), len(kept) - 1)
        del kept[drop]
    return kept
