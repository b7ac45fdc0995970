"""A small store in memory and short ways to make entries and requests, for tests of the gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from consent.choices import Act, encode_act
from consent.corrections import Marked
from consent.disclosure import DisclosedRecord
from consent.gate import Gate
from consent.labelling import label
from consent.labels import LabelledEntry, encode
from consent.ports import AccessEvent, Principal, SignerPrincipal, StoredContent
from consent.request import Actor, Relationship, Request, Role
from consent.sensitivity.tables import tables_stamp
from fhir.entries import Entry, EntryId, PersonId, Source
from fhir.people import Identity, PersonName
from fhir.sections import sections

PERSON = PersonId("p-1")
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SURGERY = Source(name="Riverside Surgery", lane="gp", key="Y00001")
HOSPITAL = Source(name="Valley Hospital", lane="hospital", key="RX000")
TRUST = Source(name="Moor Partnership", lane="mental-health", key="RY000")
COUNCIL = Source(name="Borough Council", kind="social-care", lane="social-care", key="E09")


@dataclass(frozen=True)
class MemorySigner:
    """Who signed, as they still are."""

    role: str
    organisation: str
    custodian: bool
    former: tuple[str, ...] = ()


@dataclass(frozen=True)
class MemoryAct:
    """One act about choices; without a signer it is by someone who is gone since."""

    person: PersonId
    rules: bytes | None
    signed_by: str
    signer: SignerPrincipal | None = None


class MemoryStore:
    """What a vault's session gives the gate, held in a list."""

    def __init__(
        self,
        contents: Sequence[StoredContent] = (),
        *,
        identity: Identity | None = None,
        test_data: bool = False,
        lanes: Iterable[str] = ("gp",),
        acts: Sequence[Act] = (),
        person: PersonId = PERSON,
    ) -> None:
        self.contents = list(contents)
        self.test_data = test_data
        self.whole = True  # what choices of before had sealed away is back
        self.about: dict[EntryId, Marked] = {}
        self.events: list[AccessEvent] = []
        self.acts = list(acts)
        self._person = person
        self._lanes = frozenset(lanes)
        self.carried: frozenset[tuple[str, str]] | None = None  # by default all that such services could supply
        self._identity = identity or Identity(
            names=(PersonName(family="Example", given=("Ada",), use="official"),),
            birth_date="1941-05-06",
            nhs_number="9990000018",
            nhs_status="verified",
        )

    def identity(self, person: PersonId) -> Identity:
        self._hold(person)
        return self._identity

    def _hold(self, person: PersonId) -> None:
        if person != self._person:
            raise KeyError(person)

    def readable(self, person: PersonId) -> Iterable[StoredContent]:
        self._hold(person)
        return list(self.contents)

    def marks(self, person: PersonId, entries: Sequence[EntryId]) -> Mapping[EntryId, Marked]:
        self._hold(person)
        return {entry: mark for entry, mark in self.about.items() if entry in entries}

    def carries(self, person: PersonId) -> frozenset[tuple[str, str]]:
        self._hold(person)
        if self.carried is not None:
            return self.carried
        here = [(lane, key) for key, section in sections().items() for lane in section.lanes]
        return frozenset(pair for pair in here if pair[0] in self._lanes)

    def lanes(self, person: PersonId) -> frozenset[str]:
        self._hold(person)
        return self._lanes

    def choices(self, person: PersonId) -> Sequence[MemoryAct]:
        self._hold(person)
        return [
            MemoryAct(
                person,
                encode_act(act),
                act.by.principal,
                MemorySigner(act.by.role, act.by.organisation, act.by.custodian),
            )
            for act in self.acts
        ]

    def settled(self, person: PersonId) -> bool:
        self._hold(person)
        return self.whole

    def principals(self) -> Sequence[Principal]:
        return []

    def record(self, event: AccessEvent) -> None:
        self.events.append(event)


def entry(resource: str, **values: Any) -> Entry:
    """An entry named after its resource: a problem of the surgery unless said otherwise."""
    values.setdefault("section", "problems")
    values.setdefault("kind", "problem")
    values.setdefault("title", "Something")
    values.setdefault("source", SURGERY)
    return Entry(entry_id=EntryId("e-" + resource.replace("/", "-").lower()), resource=resource, **values)


def store(entries: Sequence[Entry], **values: Any) -> MemoryStore:
    """A store of these entries, labelled together as one import."""
    return store_labelled(label(entries), **values)


def store_labelled(labelled: Sequence[LabelledEntry], **values: Any) -> MemoryStore:
    """A store of entries with these labels."""
    now = [msgspec.structs.replace(one, tables=one.tables or tables_stamp()) for one in labelled]
    contents = [StoredContent(one.entry.entry_id, "i-1", encode(one)) for one in now]
    return MemoryStore(contents, **values)


def request(role: str = "gp", **values: Any) -> Request:
    """A request for direct care by someone who is with the person."""
    actor = Actor(user="ann", role=cast(Role, role), organisation=values.pop("organisation", "Elsewhere"))
    relationship = cast(Relationship, values.pop("relationship", "present"))
    values.setdefault("person", PERSON)
    return Request(actor=actor, purpose=values.pop("purpose", "TREAT"), relationship=relationship, now=NOW, **values)


def opened(where: MemoryStore, role: str = "gp", **values: Any) -> DisclosedRecord:
    """The record as this role sees it."""
    return Gate(where).open(request(role, **values))


def shown(record: DisclosedRecord) -> set[str]:
    """Resources of everything shown."""
    return {item.entry.resource for section in record.sections.values() for item in section.entries}
