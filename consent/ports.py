"""What the gate needs of a store, said as Protocols that the vault's session satisfies.

`consent` and `storage` do not know each other: the composition root hands the gate a session.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from consent.corrections import Marked
from fhir.entries import EntryId, PersonId
from fhir.people import Identity


class KeyHolder(Protocol):
    """What is known of a principal by everyone in the vault."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def organisation(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def former(self) -> tuple[str, ...]:
        """Names that the organisation had before."""


@dataclass(frozen=True)
class Principal:
    """Someone or something that holds a key pair: entries are sealed to principals.

    `kind` is user, team, emergency, review, custodian or person; `role` and `organisation` are set for users and
    teams (a team is one role in one organisation).
    """

    id: str
    kind: str
    role: str = ""
    organisation: str = ""
    name: str = ""
    former: tuple[str, ...] = ()


class KeptAct(Protocol):
    """One act about a person's choices, its signature checked. `rules` is what `consent.choices.encode_act` made, None
    where the signed-in user's keys do not open it. `signer` is who signed it, as the vault knows them now (None:
    gone)."""

    @property
    def person(self) -> PersonId: ...
    @property
    def rules(self) -> bytes | None: ...
    @property
    def signed_by(self) -> str: ...
    @property
    def signer(self) -> SignerPrincipal | None: ...


class SignerPrincipal(Protocol):
    """A user as the vault knows them."""

    @property
    def role(self) -> str: ...
    @property
    def organisation(self) -> str: ...
    @property
    def former(self) -> tuple[str, ...]: ...
    @property
    def custodian(self) -> bool: ...


class OpenedContent(Protocol):
    """One entry that the signed-in user's keys opened. `content` is what `consent.labels.encode` made."""

    @property
    def entry_id(self) -> EntryId: ...
    @property
    def import_id(self) -> str: ...
    @property
    def content(self) -> bytes: ...


@dataclass(frozen=True)
class StoredContent:
    """The plainest `OpenedContent`."""

    entry_id: EntryId
    import_id: str
    content: bytes


@dataclass(frozen=True)
class AccessEvent:
    """One act to be written to the access log before its result is shown.

    `kind` is read, refused, search, export, print, import, undo, sign-in, choice or override; `items` are entry ids;
    `outcome` follows FHIR AuditEvent.outcome ("0" success, "4", "8", "12" failures). All of it is sealed, to the
    privacy office and the person; `kept_back` names what of it the person is not told: nothing (empty), its items and
    reason ("words"), or all of it until they are told of what this names (an override).
    """

    kind: str
    person: PersonId | None = None
    purpose: str = ""
    relationship: str = ""
    reason: str = ""
    outcome: str = "0"
    items: Sequence[str] = ()
    kept_back: str = ""


class RecordStore(Protocol):
    """The signed-in side of a vault, as the gate sees it."""

    @property
    def test_data(self) -> bool:
        """True for a vault marked as holding test data only."""

    def identity(self, person: PersonId) -> Identity:
        """The demographics that find a person. Raises KeyError for an unknown person."""

    def readable(self, person: PersonId) -> Iterable[OpenedContent]:
        """Every current entry of a person that the signed-in user's keys open."""

    def marks(self, person: PersonId, entries: Sequence[EntryId]) -> Mapping[EntryId, Marked]:
        """What stands about entries beside their content; entries without marks are left out."""

    def lanes(self, person: PersonId) -> frozenset[str]:
        """Kinds of service (fhir.entries.Lane) that any import has supplied for this person.

        The gate asks only for readers from whom nothing is withheld: to others the answer could tell of it."""

    def choices(self, person: PersonId) -> Sequence[KeptAct]:
        """What was decided about sharing this person's record, and that of everyone joined with them, oldest first for
        each. Raises where it was changed."""

    def settled(self, person: PersonId) -> bool:
        """Whether everything is sealed as this person, and everyone joined with them, now chooses."""

    def principals(self) -> Sequence[KeyHolder]:
        """Everyone who may be named as a reader of an entry."""

    def carries(self, person: PersonId) -> frozenset[tuple[str, str]]:
        """(kind of service, section) that any import has supplied for anyone: only of these may "none recorded" be
        said; and which protected identities came with one (`consent.limits.Limits.held`). Kept for good.

        The gate tells only readers from whom nothing is withheld, as for `lanes`."""

    def record(self, event: AccessEvent) -> None:
        """Append to the access log, durably, before returning."""
