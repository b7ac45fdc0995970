"""The plain values that go into the vault and come out of it. Nothing here touches a key or a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from fhir.entries import EntryId, PersonId
from fhir.people import Identity
from storage.label_records import Relabelling


class StoredContent(msgspec.Struct, frozen=True, gc=False):
    """One entry that the signed-in user's keys opened; `content` is what the importer gave to seal."""

    entry_id: EntryId
    import_id: str
    content: bytes


@dataclass(frozen=True)
class Principal:
    """Someone or something that holds a key pair. `name` is the user's; teams and offices have none.

    `custodian` marks users who hold the custodian's office.

    `kind` is user, team, emergency, review, custodian or person; `role` and `organisation` are set for users and teams.
    `former` are the names that the organisation had before, the latest first.
    """

    id: str
    kind: str
    role: str = ""
    organisation: str = ""
    name: str = ""
    custodian: bool = False
    former: tuple[str, ...] = ()

    @property
    def tied_to(self) -> str | None:
        """The one person that a user or team has to do with, as the name of their organisation says ("person:ID", or
        "person:ID/NAME"); None for those who may have to do with anybody."""
        mark, _, rest = self.organisation.partition(":")
        return rest.partition("/")[0] if mark == "person" else None


class Event(Protocol):
    """One act for the access log (consent.ports.AccessEvent has these attributes)."""

    @property
    def kind(self) -> str: ...
    @property
    def person(self) -> PersonId | None: ...
    @property
    def purpose(self) -> str: ...
    @property
    def relationship(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def items(self) -> Sequence[str]: ...
    @property
    def kept_back(self) -> str:
        """What of it is kept back from the person: nothing (empty), its items and reason (`WORDS`), or all of it until
        the person is told of what this names."""


WORDS = "words"
"""Of an act: that the person is told that it happened, and not its reason or what it touched."""

UPKEEP = "upkeep"
"""Of an act that is no look at a record: it brought seals in line with what is decided, and that may be kept back."""


@dataclass(frozen=True)
class LogEvent:
    """An act that the vault itself writes to the log."""

    kind: str
    person: PersonId | None = None
    purpose: str = ""
    relationship: str = ""
    reason: str = ""
    outcome: str = "0"
    items: Sequence[str] = ()
    kept_back: str = ""


class NewPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a document gives them.

    `match_keys` are exact identifiers (kept only as keyed hashes); `search_keys` are normalised words, among them the
    NHS number and the date of birth, that people type to find someone (matched by their beginning).
    """

    person_id: PersonId
    identity: Identity
    match_keys: tuple[str, ...] = ()
    search_keys: tuple[str, ...] = ()


class NewEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry to seal.

    `readers` are the ids of the principals that may ever read it. `start` and `end` say where in the document's bytes
    its resource stands (both 0: nowhere), `line` counts from 1; the bytes are sealed for `source_readers`, or
    `readers` when None, and for no one who may not read every entry made from them. `resource` is "Type/id" and
    `source_key` the system that said so: together they say which resource this is, and `version`
    (meta.lastUpdated, an ISO instant or empty) which state of it. `ties` are the "Type/id" it points to, with the
    kind of each link, and `nature` what it is to others: numbers of the caller's own.
    """

    entry_id: EntryId
    person: PersonId
    content: bytes
    readers: frozenset[str]
    resource: str = ""
    source_key: str = ""
    version: str = ""
    start: int = 0
    end: int = 0
    line: int = 0
    source_readers: frozenset[str] | None = None
    ties: tuple[tuple[str, int], ...] = ()
    nature: int = 0


class NewChoice(msgspec.Struct, frozen=True):
    """One act about a person's choices: `rules` for all who must follow it, `full` for those who may read its words."""

    person: PersonId
    rules: bytes
    full: bytes


class StoredAct(msgspec.Struct, frozen=True):
    """One act about a person as kept, its signature checked. `rules` and `full` are None where the keys do not open
    them; `signed_by` is a principal id, `signer` that user as known now (None: gone)."""

    person: PersonId
    number: int
    rules: bytes | None
    full: bytes | None
    signed_by: str
    signer: Principal | None


class DocumentToStore(msgspec.Struct, frozen=True, kw_only=True):
    """One document, ready to store in one transaction.

    `sha256` is the hex digest of `data`. `issues` are what reading found, in the caller's own encoding.
    `choices` are what its Consents choose, one act a person. `restricts` are other people of the vault, if they are in
    it, who are restricted from now on, also after an undo.
    `restricted_readers` may read the bytes of people's sources also when they have become restricted.
    `labels` are changes to what is stored of people already, that follow from this document.
    `telling`: the version of whatever made the entries of these bytes; the same bytes come again with a newer one are
    stored anew in place of those that are here.
    What stands between resources (and whatever no entry was made from) is sealed for those who may read every entry.
    """

    path: str
    data: bytes
    sha256: str
    format: str
    people: Sequence[NewPerson]
    entries: Sequence[NewEntry]
    fhir_version: str = ""
    bundle_type: str = ""
    lanes: frozenset[str] = frozenset()
    carries: frozenset[tuple[str, str]] = frozenset()
    issues: bytes = b""
    restricts: Sequence[PersonId] = ()
    restricted_readers: frozenset[str] = frozenset()
    labels: Mapping[PersonId, Relabelling] = {}
    choices: Sequence[NewChoice] = ()
    telling: int = 0


class StoredImport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a document: `entries` are those newly stored, `known` those that were here already. `replaces`:
    the import of the same bytes, told by an earlier version, whose place it took; what that chose still counts."""

    import_id: str
    status: Literal["imported", "unchanged"]
    entries: int = 0
    known: int = 0
    replaces: str = ""


class SourceBytes(msgspec.Struct, frozen=True, kw_only=True):
    """The unchanged bytes of the resource behind an entry, and where they stood."""

    data: bytes
    path: str
    line: int
    format: str


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One import. What only some may know is empty for a reader without the key."""

    import_id: str
    stored: str
    undone: bool
    path: str = ""
    format: str = ""
    fhir_version: str = ""
    bundle_type: str = ""


class MatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """Two people who may be one. `state` is open, same or apart; `decided` an instant, `decided_by` a principal."""

    person: PersonId
    other: PersonId
    state: str
    decided: str = ""
    decided_by: str = ""


class NewUser(msgspec.Struct, frozen=True):
    """A user to add. `offices` are further principals they belong to: emergency, review, custodian. `told`: their team
    reads what is stated about people for all who decide or seal (`storage.statements`)."""

    name: str
    role: str
    organisation: str
    offices: frozenset[str] = frozenset()
    told: bool = True


class UserEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A user as listed. `team` is the name that their team has of its own, empty where it has none."""

    name: str
    role: str
    organisation: str
    custodian: bool = False
    team: str = ""


Decide = Callable[[PersonId, Sequence[StoredContent], Sequence[Principal]], Sequence[frozenset[str]]]
"""Given a person, all their stored entries and all principals: for each entry, ids of those who may ever read it."""

Clock = Callable[[], str]
"""The present as an ISO instant."""
