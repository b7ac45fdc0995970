"""The ids of people: from what names them, never by chance, so that the same files give the same people."""

from __future__ import annotations

from hashlib import blake2b

from fhir.base32 import base32
from fhir.entries import PersonId


def taken_out(record: PersonId) -> PersonId:
    """Who a record is when a human has taken it out of the person under whom it was filed; sorted after them."""
    return PersonId("t" + id_of("taken out", record)[1:])


def named(place: tuple[str, ...]) -> list[PersonId]:
    """Everyone whom a `home` may name."""
    if not place:
        return []
    return [id_of(*place), *([id_of(*place[:2])] if place[0] == "nhs-number" else ())]


def id_of(*parts: str) -> PersonId:
    """Who is named by these parts, the same in every vault."""
    digest = blake2b("\0".join(parts).encode(), digest_size=10, person=b"onestory-person").digest()
    return PersonId("p" + base32(digest)[:12])
