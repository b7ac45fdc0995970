"""What importing makes of a document, and what it needs of a signed-in vault."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from consent.acting import About
from consent.choices import Act, By
from consent.importing import Signature
from consent.ports import KeyHolder, OpenedContent
from desktop.labels import LabelChange, LabelStore
from fhir.entries import PersonId
from fhir.joining import Joined, Pair
from fhir.people import Identity
from fhir.records import Issue, Resource, SourceFile
from fhir.understood import FoundPerson


class PreparedEntry(msgspec.Struct, kw_only=True, gc=False):
    """One entry, encoded to be sealed for `readers`; `resource` says where its source bytes stand.

    A restricted person's source bytes are the custodian's alone (and testers' of invented people): they tell where
    someone is in more ways than an entry.
    """

    entry_id: str
    person_id: PersonId
    content: bytes
    readers: frozenset[str]
    resource: Resource
    source_key: str
    version: str
    ties: tuple[tuple[str, int], ...]
    nature: int
    source_readers: frozenset[str] | None = None


class PreparedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One document, ready to be stored in one transaction."""

    document: SourceFile
    people: tuple[FoundPerson, ...]
    entries: tuple[PreparedEntry, ...]
    lanes: frozenset[str]
    labels: dict[PersonId, LabelChange]
    acts: tuple[tuple[PersonId, Act], ...] = ()
    carries: frozenset[tuple[str, str]] = frozenset()


class ImportStore(LabelStore, Protocol):
    """What importing needs of a signed-in vault."""

    @property
    def test_data(self) -> bool: ...
    def principals(self) -> Sequence[KeyHolder]: ...
    def people_sharing(self, keys: Sequence[str]) -> Sequence[tuple[PersonId, Identity]]: ...
    def known_person(self, person: PersonId) -> Identity | None: ...
    def holdings(self, person: PersonId) -> Iterable[OpenedContent]: ...
    def foresee(self, people: Collection[PersonId], keys: Collection[str]) -> None:
        """What will be asked before anything more is stored: found out at once, it is a matter of few statements."""

    def joined(self, person: PersonId) -> Sequence[PersonId]:
        """Everyone who is read as one with a person, with them."""

    def import_of(self, sha256: str) -> str | None:
        """The id of the import that holds exactly this document now, as it is told today, or None."""

    def store(self, prepared: PreparedDocument) -> tuple[str, int]:
        """Store one document; returns (import id, entries newly stored)."""

    def decided(self, both: Pair) -> Literal["same", "apart", ""]:
        """What a human decided about two people."""

    def bound_to_others(self, people: Collection[PersonId]) -> Collection[PersonId]:
        """Those of these people who are `bound` to somebody else."""

    def join_by_evidence(self, found: Sequence[Joined]) -> None:
        """Read those stored as one whom strong evidence makes one; keep the other pairs for a human to decide."""

    def relabel(self, changes: Mapping[PersonId, LabelChange], *, whole: bool) -> None:
        """Seal anew what is stored of people; `whole` says that their labels rest on all there is."""

    def acts(self, person: PersonId) -> Sequence[Act]:
        """What a person chose so far; nothing for someone new. Raises PolicyError where it cannot be read."""

    def signer(self) -> By:
        """Who imports."""

    def signature(self, data: bytes) -> Signature:
        """Whose signature a document bears, and what that covers."""

    def now(self) -> datetime:
        """The present."""

    def about(self, person: PersonId) -> About:
        """What is stated about a person; nothing for someone new."""

    def settle(self, person: PersonId) -> None:
        """Seal what was stored before as the person's choices now say."""

    def keep_issues(self, found: Mapping[str, Sequence[Issue]]) -> None:
        """Keep what reading and checking found in documents, by import id."""
