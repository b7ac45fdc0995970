"""What understanding a document gives: the people it speaks of, and what each of its resources says."""

from __future__ import annotations

from typing import Literal

import msgspec

from fhir.entries import Entry, PersonId
from fhir.people import Demographics, Identity
from fhir.records import Resource

PersonMatch = Literal["new", "same", "possible"]


class FoundPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person that a document speaks of. `identity` is what is known of them now, from all that is filed under them.

    `whole` are all who are read as one with them, with them: by evidence, or as a human decided. `protects` are others
    who are one with them or share a number with them (`fhir.protecting`): one of these is restricted, so from now on
    all are. `keys` and `words` are the `identity_keys` and `search_keys`, empty where nobody needed them yet.
    """

    person_id: PersonId
    identity: Identity
    match: PersonMatch
    whole: tuple[PersonId, ...] = ()
    protects: tuple[PersonId, ...] = ()
    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """One resource of a document with its entries and, for a Patient, what it says of the person."""

    person_id: PersonId
    resource: Resource
    entries: tuple[Entry, ...]
    demographics: Demographics | None = None


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """What one document says: the people it speaks of and, in its own order, its resources with their entries."""

    people: tuple[FoundPerson, ...]
    described: tuple[Described, ...]
