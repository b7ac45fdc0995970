"""A vault session as importing and as choosing see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, cast

import msgspec

from consent.acting import place
from consent.choices import Act, By, SignedBy, encode_act, rules_of
from consent.importing import UNSIGNED, Signature
from consent.ports import KeyHolder, OpenedContent
from consent.seen import SeenStore
from desktop.acting import Acting
from desktop.choosing import SEAL_NOTHING, Choosing
from desktop.labels import LabelChange, Related, Tied
from fhir.describe import TELLING
from fhir.entries import EntryId, PersonId
from fhir.joining import Joined, Pair
from fhir.look_ups import identity_keys
from fhir.people import NO_ONE, NO_ONE_IDENTITY, Identity
from fhir.person_search import search_keys
from fhir.records import Issue, Tree
from storage.errors import SignatureError, UnknownItemError
from storage.label_records import NewFloor, NewTies, Relabelling
from storage.records import DocumentToStore, NewChoice, NewEntry, NewPerson
from storage.records import Principal as VaultPrincipal
from storage.session import Session
from storage.signed_bundles import Signatory

if TYPE_CHECKING:
    from desktop.importing import PreparedDocument


BY_EVIDENCE = "Strong evidence in the imported records"
"""The reason that the access log gives where no human decided."""


def signature_of(session: Session, data: bytes) -> tuple[SignedBy, Tree] | None:
    """Whose signature a document bears, as people are told, and what was signed; None where it bears none.

    Raises SignatureError where it does not hold.
    """
    found = session.signature_of(data)
    if found is None:
        return None
    (bundle, by), user = found
    return signed_by(by, user), bundle


def signed_by(by: Signatory, user: VaultPrincipal | None = None) -> SignedBy:
    """A signature as people are told of it; `user` is who of the vault made it."""
    who = (by.name, by.role, by.organisation) if user is None else (user.name, user.role, place_of(user))
    return SignedBy(", ".join(part for part in who if part), by.time, by.fingerprint, here=user is not None)


def place_of(user: VaultPrincipal) -> str:
    """The organisation of a user as people are told it."""
    return place(user.role, user.organisation)


class ImportStore:
    """A vault session as importing sees it."""

    def __init__(self, session: Session, choosing: Choosing, clock: Callable[[], datetime]) -> None:
        self.about = choosing.about
        self._session = session
        self._choosing = choosing
        self._clock = clock
        self._strangers: set[PersonId] = set()  # not here when last asked, since when nothing was stored
        self._unheard: set[PersonId] = set()  # of those, who were never here
        self._known: dict[PersonId, Identity | None] = {}
        self._sharing: dict[str, list[tuple[PersonId, Identity]]] = {}

    @property
    def test_data(self) -> bool:
        return self._session.test_data

    def principals(self) -> Sequence[KeyHolder]:
        return self._session.principals()

    def acts(self, person: PersonId) -> Sequence[Act]:
        return () if person in self._strangers else self._choosing.acts(person)

    def signer(self) -> By:
        return by(self._session.user)

    def signature(self, data: bytes) -> Signature:
        try:
            found = signature_of(self._session, data)
        except SignatureError:
            return Signature(broken=True)
        return UNSIGNED if found is None else Signature.of(*found)

    def now(self) -> datetime:
        return self._clock()

    def settle(self, person: PersonId) -> None:
        self._choosing.settle(person)

    def added(self, person: PersonId) -> None:
        """Something was contributed to a person's record."""

    def foresee(self, people: Collection[PersonId], keys: Collection[str]) -> None:
        self._known, self._sharing = self._session.foresee(people, keys)
        self._unheard = {person for person in people if person not in self._known}
        self._strangers |= self._unheard

    def _forget_foreseen(self) -> None:
        self._strangers.clear()
        self._unheard, self._known, self._sharing = set(), {}, {}

    def people_sharing(self, keys: Sequence[str]) -> Sequence[tuple[PersonId, Identity]]:
        if self._sharing and all(key in self._sharing for key in keys):
            return list({one[0]: one for key in keys for one in self._sharing[key]}.values())
        return self._session.candidates(keys)

    def holdings(self, person: PersonId) -> Sequence[OpenedContent]:
        return self._session.holdings(person)

    def known_person(self, person: PersonId) -> Identity | None:
        if person in self._strangers:
            return None
        if person in self._known:
            return self._known[person]
        try:
            return self._session.own_identity(person)
        except UnknownItemError:
            self._strangers.add(person)
            return None

    def joined(self, person: PersonId) -> Sequence[PersonId]:
        if person in self._strangers:
            return (person,)
        try:
            return self._session.joined(person)
        except UnknownItemError:
            return (person,)

    def bound(self, person: PersonId) -> Sequence[PersonId]:
        try:
            return [one for one in self._session.bound(person) if one == person or self.known_person(one) is not None]
        except UnknownItemError:
            return (person,)

    def bound_to_others(self, people: Collection[PersonId]) -> Collection[PersonId]:
        return self._session.bound_to_others(people)

    def relabel(self, changes: Mapping[PersonId, LabelChange], *, whole: bool) -> None:
        for person, change in changes.items():
            if change.contents or change.floors or change.settled or whole:
                self._session.relabel(person, as_relabelling(change))

    def import_of(self, sha256: str) -> str | None:
        return self._session.import_of(sha256, TELLING)

    def related(self, person: PersonId, fresh: Iterable[Tied], whole: Sequence[PersonId]) -> Related | None:
        if person in self._unheard and self._unheard.issuperset(whole):
            return None
        return self._session.related(
            person,
            (NewTies(one.entry_id, one.resource, one.source_key, one.ties, one.nature, one.version) for one in fresh),
            whole,
        )

    def everything_related(self, person: PersonId) -> Related:
        return self._session.everything_related(person)

    def link_number(self, person: PersonId, resource: str) -> int:
        return self._session.link_number(person, resource)

    def store(self, prepared: PreparedDocument) -> tuple[str, int]:
        self._forget_foreseen()
        stored = self._session.store_document(self.to_store(prepared))
        return stored.import_id, stored.entries + stored.known  # which were here already may be withheld

    def to_store(self, prepared: PreparedDocument) -> DocumentToStore:
        """A prepared document as the vault takes it."""
        document = prepared.document
        people = [
            NewPerson(
                person_id=found.person_id,
                identity=found.identity,
                match_keys=found.keys or identity_keys(found.identity),
                search_keys=found.words or search_keys(found.identity),
            )
            for found in prepared.people
        ]
        if any(entry.person_id == NO_ONE for entry in prepared.entries):
            people.append(NewPerson(person_id=NO_ONE, identity=NO_ONE_IDENTITY))
        return DocumentToStore(
            path=document.path,
            data=document.data,
            sha256=document.sha256,
            format=document.format,
            people=people,
            entries=[
                NewEntry(
                    entry_id=EntryId(entry.entry_id),
                    person=entry.person_id,
                    content=entry.content,
                    readers=entry.readers,
                    resource=entry.resource.key if entry.resource.id else "",  # nameless: never one's newer state
                    source_key=entry.source_key,
                    version=entry.version,
                    start=entry.resource.start,
                    end=entry.resource.end,
                    line=entry.resource.line,
                    source_readers=entry.source_readers,
                    ties=entry.ties,
                    nature=entry.nature,
                )
                for entry in prepared.entries
            ],
            fhir_version=document.fhir_version,
            bundle_type=document.bundle_type,
            lanes=prepared.lanes,
            labels={person: as_relabelling(change) for person, change in prepared.labels.items()},
            choices=tuple(
                NewChoice(person, encode_act(rules_of(act)), encode_act(act)) for person, act in prepared.acts
            ),
            carries=prepared.carries,
            restricts=tuple({other for found in prepared.people for other in found.protects}),
            restricted_readers=testers(self.principals(), test_data=self.test_data),
            issues=msgspec.json.encode(document.issues) if document.issues else b"",
            telling=TELLING,
        )

    def decided(self, both: Pair) -> Literal["same", "apart", ""]:
        if not self._unheard.isdisjoint(both):
            return ""
        return cast(Literal["same", "apart", ""], self._session.decided_on(*both))

    def join_by_evidence(self, found: Sequence[Joined]) -> None:
        self._forget_foreseen()
        self._session.join_by_evidence(found, BY_EVIDENCE)

    def keep_issues(self, found: Mapping[str, Sequence[Issue]]) -> None:
        self._session.set_issues({import_id: msgspec.json.encode(issues) for import_id, issues in found.items()})


def as_relabelling(change: LabelChange) -> Relabelling:
    """A change of labels as the vault takes it."""
    floors = [NewFloor(*floor) for floor in change.floors]
    return Relabelling(contents=change.contents, floors=floors, settled=change.settled, due=change.due)


class EverStore(SeenStore):
    """All that was ever stored of people, superseded and taken back too, as far as the keys open it: for saying of what
    kind something was that somebody looked at. Opening it writes nothing to the log."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, frozenset())
        self._session = session

    def readable(self, person: PersonId) -> Iterable[OpenedContent]:
        """Every entry that the keys open."""
        return [one for who in self._session.joined(person) for one in self._session.holdings(who)]


class CarersStore(ImportStore):
    """The same for someone who acts for a person. They are not told who was refused, so what they add is sealed to
    nobody else who acts for them, until somebody with more keys opens the record."""

    def principals(self) -> Sequence[KeyHolder]:
        mine = self._session.user.organisation
        return [who for who in super().principals() if who.role not in SEAL_NOTHING or who.organisation == mine]

    def settle(self, person: PersonId) -> None:
        self._session.unsettle(person)

    def added(self, person: PersonId) -> None:
        for one in self._session.joined(person):
            self._session.unsettle(one)


class ChoiceStore:
    """A vault session as choosing sees it."""

    def __init__(self, session: Session, acting: Acting) -> None:
        self._session = session
        self.about = acting.about
        self.test_data = session.test_data
        self.identity = session.identity
        self.joined = session.joined
        self.principals = session.principals
        self.choices = session.choices
        self.holdings = session.holdings
        self.reseal = session.reseal
        self.unsettled = session.unsettled
        self.is_unsettled = session.is_unsettled
        self.carries = session.carries

    def keep(
        self, person: PersonId, rules: bytes, full: bytes, readers: Mapping[EntryId, frozenset[str]], due: str | None
    ) -> bool:
        return self._session.choose(NewChoice(person, rules, full), readers, due)

    def original(self, entry_id: EntryId, person: PersonId) -> bytes:
        try:
            return self._session.original(entry_id, person).data
        except UnknownItemError:
            return b""


def by(me: VaultPrincipal) -> By:
    """The signed-in user as acts name them."""
    for_person = me.role not in ("person", "proxy") and not me.custodian
    return By(me.id, me.name, me.role, me.organisation, custodian=me.custodian, for_person=for_person)


def testers(principals: Sequence[KeyHolder], *, test_data: bool) -> frozenset[str]:
    return frozenset(who.id for who in principals if test_data and who.kind == "team" and who.role == "tester")
