"""Understands a whole drop: which people its documents speak of, and what each document says of each of them.

`Drop.learn` is shown every document first, so that files may refer to each other in any order; `Drop.settle` then
decides who is who; `Drop.understand` gives its entries by person. Pure but for the one question it asks, "which
known people might this be?", whose answer a store gives. Knows no policy and no clock.

The people of a document that passes by (a stretch of a council's extract) are met when it is understood, and may be let
go when it is stored: of a million lines only who each number of the file is stays in memory.

Records about no one person (practitioners, organisations, value sets, ...) belong to `fhir.people.NO_ONE`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import msgspec

from fhir.describe import describe, document_context
from fhir.describe.context import Context, Target
from fhir.describe.patient import demographics
from fhir.entries import PersonId
from fhir.filing import Filed, filed
from fhir.identity import (
    decide,
    home,
    is_assigned,
    merged,
    numbers_of,
    worth_comparing,
)
from fhir.joining import Decided, Evidence, Joined, connected, pair
from fhir.look_ups import identity_keys, keys_to_ask
from fhir.nhs_number import is_valid
from fhir.patients_within import numbered, patients_by_line, people_only
from fhir.people import NHS_NUMBER_SYSTEM, NO_ONE, Demographics, Identifier, Identity, PersonName
from fhir.person_ids import id_of, named, taken_out
from fhir.protecting import protected
from fhir.records import Resource, SourceFile, ToldResource
from fhir.references import ReferenceIndex, outline, stream_of
from fhir.references import Target as Found
from fhir.understood import Described, FoundPerson, PersonMatch, Understood

KnownPeople = Callable[[Sequence[str]], Sequence[tuple[PersonId, Identity]]]
"""Given `fhir.look_ups.keys_to_ask`: the stored people who have one of them among their `identity_keys`."""

KnownPerson = Callable[[PersonId], Identity | None]
"""The stored person of this id, or None."""

WholeOf = Callable[[PersonId], Sequence[PersonId]]
"""Everyone who is read as one with a stored person now."""

Foresee = Callable[[Collection[PersonId], Collection[str]], None]
"""Told which people and which keys will be asked for next, all that a document which passes by brings."""


class _Seen(msgspec.Struct):
    """A Patient resource, or a reference to a person of whom the drop holds no Patient. `filed` where that was found
    out already."""

    own_id: PersonId
    identity: Identity
    person_id: PersonId | None = None
    filed: Filed | None = None


_NOBODY = Identity()


class Drop:
    """Everything given in one go. Not for use from several threads."""

    def __init__(
        self,
        known_people: KnownPeople,
        known_person: KnownPerson,
        whole_of: WholeOf = lambda person: (person,),
        decided: Decided = lambda both: "",
        alone: Collection[PersonId] = (),
        foresee: Foresee = lambda people, keys: None,
    ) -> None:
        """`alone`: people from whom the records in this drop are to be taken out, each to a person of its own."""
        self._known_people = known_people
        self._known_person = known_person
        self._joined = whole_of
        self._decided = decided
        self._alone = frozenset(alone)
        self._foresee = foresee
        self.taken_out: dict[PersonId, PersonId] = {}
        """Of `alone`: under whom their records in this drop are kept, and out of whom they were taken."""
        self._index = ReferenceIndex()
        self._patients: dict[tuple[str, int], _Seen] = {}
        self._by_place: dict[tuple[str, str], _Seen] = {}
        self._only_referred: dict[tuple[str, str], _Seen] = {}
        self._by_key: dict[str, dict[PersonId, None]] = {}
        self._people: dict[PersonId, FoundPerson] = {}
        self._stored: dict[PersonId, Identity] = {}
        self._evidence: Evidence | None = None
        self._by_evidence: dict[PersonId, Joined] = {}
        # Of extracts that pass by, by stream: who a Patient of it is, by key. And who was met in the document at hand.
        self._passing: dict[str, dict[str, PersonId]] = {}
        self._met: dict[PersonId, list[str]] | None = None
        self._asked: dict[PersonId, Identity | None] = {}
        self._to_ask: dict[PersonId, tuple[str, ...]] = {}

    def learn(self, document: SourceFile) -> None:
        """Take note of a document: what can be referred to, and which Patients it holds."""
        self._index.learn(people_only(document) if document.format == "csv" else document)
        for number, resource in numbered(document):
            if resource.type == "Patient":
                identity = demographics(resource.tree, document.fhir_version).identity
                seen = _Seen(id_of("record", document.sha256, str(number)), identity)
                self._patients[document.path, number] = seen
                self._by_place.setdefault((document.path, resource.full_url or resource.key), seen)

    def settle(self) -> None:
        """Decide who the Patients learned so far are; in which order they were learned does not matter."""
        for seen in self._patients.values():
            self._file(seen)
        for person_id in list(self._people):
            self._relate(person_id)

    def joined(self) -> list[Joined]:
        """What evidence comes to: who is one person, and which pairs a human should decide.

        For everyone in the drop, or in a document that passes by those first met in it.
        """
        people = list(self._people) if self._met is None else [one for one, keys in self._met.items() if keys]
        found = [self._relate(person_id) for person_id in people]
        return [one for number, one in enumerate(found) if number == 0 or one is not found[number - 1]]

    def resolves(self, document: SourceFile) -> Callable[[str, Resource], bool]:
        """Says of the references of one document whether they lead somewhere in this drop."""
        return lambda reference, resource: self._index.resolve(reference, resource=resource, source_file=document).found

    def understand(self, document: SourceFile) -> Understood:
        """What a learned document says of whom. Call `settle` first."""
        context = self.context(document)
        self._met = {} if document.passes_by else None
        self._asked.clear()
        if document.passes_by:
            self._meet(document, context)
        owners = self._owners(document)
        people: dict[PersonId, FoundPerson] = {}
        described: list[Described] = []
        last: _Seen | None = None
        person_id = NO_ONE
        for resource, seen in zip(document.resources, owners, strict=True):
            if seen is not last:  # rows of a person stand together
                last, person_id = seen, NO_ONE
                if seen is not None:
                    found = self._found(seen)
                    person_id = found.person_id
                    people[person_id] = found
            described.append(
                Described(
                    person_id=person_id,
                    resource=resource,
                    entries=() if context is None else tuple(describe(resource, context)),
                    demographics=_demographics(resource, context) if resource.type == "Patient" else None,
                )
            )
        return Understood(people=tuple(people.values()), described=tuple(described))

    def context(self, document: SourceFile) -> Context | None:
        """What the resources of a learned document are described in; None for those that were described elsewhere."""
        return None if document.told is not None else document_context(document, resolve=self._resolver(document))

    def let_go(self, document: SourceFile) -> None:
        """Forget those first met in a document that passed by, now that the store knows them."""
        for person_id, keys in (self._met or {}).items():
            self._people.pop(person_id, None)
            self._by_evidence.pop(person_id, None)
            for key in keys:
                sharing = self._by_key.get(key, {})
                sharing.pop(person_id, None)
                if not sharing:
                    self._by_key.pop(key, None)
        self._met = self._evidence = None
        self._stored.clear()
        self._asked.clear()
        self._to_ask.clear()
        for number, _ in patients_by_line(document):
            self._patients.pop((document.path, number), None)

    def _meet(self, document: SourceFile, context: Context | None) -> None:
        """Find out who the people of a document that passes by are."""
        passing = self._passing.setdefault(stream_of(document.path), {})
        patients: list[tuple[str, _Seen]] = []
        people: list[PersonId] = []
        keys: set[str] = set()
        for number, resource in patients_by_line(document):
            place = document.path, number
            seen = self._patients.get(place)
            if seen is None:
                own_id = id_of("record", document.sha256, str(number))
                seen = self._patients[place] = _Seen(own_id, _demographics(resource, context).identity)
            patients.append((resource.key, seen))
            told = resource.filed if isinstance(resource, ToldResource) else None
            seen.filed = found = told or filed(seen.identity)
            people += [seen.own_id, *named(found.place)]
            keys.update(found.to_ask)
        self._foresee(people, keys)
        for key, seen in patients:
            passing.setdefault(key, self._file(seen))

    # -- who is who

    def _file(self, seen: _Seen) -> PersonId:
        """Under whom a Patient or reference is kept. That follows from what it says alone."""
        if seen.person_id is None:
            seen.person_id = person_id = self._place(seen)
            known = self._known(person_id)
            identity = seen.identity if known is None else merged(known, seen.identity)
            found = seen.filed if known is None else None
            keys = identity_keys(identity) if found is None else found.keys
            if found is not None:
                self._to_ask[person_id] = found.to_ask
            else:
                self._to_ask.pop(person_id, None)
            if self._met is not None and (person_id in self._met or person_id not in self._people):
                self._met.setdefault(person_id, []).extend(keys)
            self._people[person_id] = FoundPerson(
                person_id=person_id,
                identity=identity,
                match="new" if known is None else "same",
                whole=(person_id,),
                keys=keys,
                words=() if found is None else found.words,
            )
            self._evidence = None  # there is more of it
            self._by_evidence.pop(person_id, None)
            for key in keys:
                self._by_key.setdefault(key, {})[person_id] = None
        return seen.person_id

    def _place(self, seen: _Seen) -> PersonId:
        person_id = self._home(seen)
        own = taken_out(seen.own_id)
        if person_id in self._alone:
            self.taken_out[own] = person_id
            return own
        return own if self._decided(pair(own, person_id)) == "apart" else person_id

    def _home(self, seen: _Seen) -> PersonId:
        place = home(seen.identity) if seen.filed is None else seen.filed.place
        if not place or self._known(seen.own_id) is not None:
            return seen.own_id
        if place[0] == "nhs-number":  # by the number alone, as vaults of earlier versions filed them
            before = self._known(id_of(*place[:2]))
            if before is not None and decide(before, seen.identity) == "same":
                return id_of(*place[:2])
        person_id = id_of(*place)
        known = self._known(person_id)
        return person_id if known is None or decide(known, seen.identity) == "same" else seen.own_id

    def _found(self, seen: _Seen) -> FoundPerson:
        """The person a Patient or reference is, as known by now."""
        person_id = self._file(seen)
        here = self._people.get(person_id)
        if here is None:  # let go before, so the store knows them, and with whom they are one
            identity = self._known_person(person_id) or seen.identity
            whole = tuple(self._joined(person_id))
            here = FoundPerson(person_id=person_id, identity=identity, match="same", whole=whole)
            self._people[person_id] = here
            if self._met is not None:
                self._met[person_id] = []
            return here
        if self._met is None or self._met.get(person_id) != []:
            self._relate(person_id)
        return self._people[person_id]

    def _relate(self, person_id: PersonId) -> Joined:
        """What evidence says of everyone connected with a person; they are one, and protected like one."""
        known = self._by_evidence.get(person_id)
        if known is not None:
            return known
        if self._evidence is None:
            self._evidence = Evidence(self._identity, self._near, self._decided)
        found = self._evidence.about(person_id)
        if not self._evidence.near(person_id):  # as most people of an extract: nobody to be one with, or to protect
            self._stand_alone(person_id)
            self._by_evidence[person_id] = found
            return found
        for whole in connected(found.people, found.same):
            everyone = tuple(sorted({other for one in whole for other in self._joined(one)} | whole))
            asked = any(not whole.isdisjoint(both) for both in found.possible)
            for one in whole & self._people.keys():
                here = self._people[one]
                match: PersonMatch = "same" if len(whole) > 1 else "possible" if asked else "new"
                match = "same" if here.match == "same" else match
                self._people[one] = msgspec.structs.replace(here, whole=everyone, match=match)
        self._protect(found)
        self._by_evidence |= dict.fromkeys(found.people & self._people.keys(), found)
        return found

    def _stand_alone(self, person_id: PersonId) -> None:
        """Nobody shares anything with a person: they are one with those only with whom they were joined before."""
        here = self._people[person_id]
        whole = tuple(sorted({*self._joined(person_id), person_id}))
        if whole != here.whole or here.match == "possible":
            match: PersonMatch = "same" if here.match == "same" else "new"
            self._people[person_id] = msgspec.structs.replace(here, whole=whole, match=match)

    def _protect(self, found: Joined) -> None:
        """Whoever is one with someone restricted, or has a number of theirs, is restricted from now on too."""
        assert self._evidence is not None
        for whole in protected(found.people, found.same, self._identity, self._evidence.near):
            for one in whole:
                here = self._people.get(one)
                if here is not None:
                    others = tuple(sorted({*here.protects, *whole} - {one}))
                    self._people[one] = msgspec.structs.replace(
                        here, identity=_restricted(here.identity), protects=others
                    )
                else:
                    self._stored[one] = _restricted(self._stored[one])

    def _identity(self, person_id: PersonId) -> Identity:
        here = self._people.get(person_id)
        return here.identity if here is not None else self._stored[person_id]

    def _known(self, person_id: PersonId) -> Identity | None:
        here = self._people.get(person_id)
        if here is not None:
            return here.identity
        if self._met is None:
            return self._known_person(person_id)
        if person_id not in self._asked:  # nothing is stored while a document that passes by is understood
            self._asked[person_id] = self._known_person(person_id)
        return self._asked[person_id]

    def _near(self, person_id: PersonId) -> dict[PersonId, Identity]:
        """Everyone who shares an identity key with a person.

        Of a restricted one the vault keeps no local numbers: that they have this one, its index of keys still tells.
        """
        identity = self._identity(person_id)
        keys = self._to_ask.pop(person_id, ()) or keys_to_ask(identity)
        found = dict(self._known_people(keys))
        if any(who.restricted for who in found.values()):
            for own in filter(is_assigned, identity.identifiers):
                for other, who in self._known_people(identity_keys(Identity(identifiers=(own,)))):
                    more = {*found.get(other, who).identifiers, own}
                    found[other] = msgspec.structs.replace(who, identifiers=tuple(sorted(more)))
        for other, who in found.items():
            known = self._stored.setdefault(other, who)
            if known is not who and who.restricted:  # each who asks may find another number of theirs
                both = tuple(sorted({*known.identifiers, *who.identifiers}))
                self._stored[other] = msgspec.structs.replace(known, identifiers=both)
        near = dict.fromkeys((*found, *(one for key in keys for one in self._by_key.get(key, ()))))
        all_near = {other: self._people[other].identity if other in self._people else found[other] for other in near}
        numbers = numbers_of(identity)
        return {other: who for other, who in all_near.items() if worth_comparing(identity, who, numbers)}

    # -- whose record is it

    def _owners(self, document: SourceFile) -> list[_Seen | None]:
        """Whose record each resource of a document is; None for records about no one person."""
        owners: list[_Seen | None] = []
        loose: list[int] = []
        passing = self._passing.get(stream_of(document.path), {}) if document.passes_by else {}
        last, again = "", _Seen(NO_ONE, _NOBODY)
        patients = (
            self._patients[document.path, number] for number, one in numbered(document) if one.type == "Patient"
        )
        for resource in document.resources:
            if resource.type == "Patient":
                owners.append(next(patients))
                continue
            if subject := resource.of_row:
                if subject == last:
                    owners.append(again)
                    continue
                passed = passing.get(subject)
                if passed is not None:
                    last, again = subject, self._again(passed)
                    owners.append(again)
                    continue
                where = self._index.resolve(subject, resource=resource, source_file=document)
                owners.append(self._person_at(where, document))
                continue
            about = self._index.person_of(resource, document)
            seen = self._person_at(about.people[0], document) if len(about.people) == 1 else None
            owners.append(seen)
            if seen is None and about.kind == "unknown":
                loose.append(len(owners) - 1)
        if loose:
            self._adopt(document, owners, loose)
        return owners

    def _again(self, person_id: PersonId) -> _Seen:
        """Someone whose Patient stood in this stretch of an extract or in an earlier one."""
        found = self._people.get(person_id)
        return _Seen(person_id, found.identity if found is not None else _NOBODY, person_id)

    def _person_at(self, target: Found, document: SourceFile) -> _Seen | None:
        if target.found:
            return self._by_place.get((target.document, target.full_url or target.key))
        return self._referred(target, document) if target.type in ("Patient", "") else None

    def _referred(self, target: Found, document: SourceFile) -> _Seen:
        """A person known only by a reference: one person for one reference within one folder of the drop."""
        scope = "" if "://" in target.key else document.folder
        seen = self._only_referred.get((scope, target.key))
        if seen is None:
            system, _, value = target.key.partition("?identifier=")[2].partition("|")
            numbered = system == NHS_NUMBER_SYSTEM
            identity = Identity(
                names=(PersonName(text=target.display or f"Known only as {value or target.key}"),),
                nhs_number=value if numbered else "",
                nhs_status=("unverified" if is_valid(value) else "invalid") if numbered else "none",
                identifiers=(Identifier(system, value),) if system and value else (),
            )
            seen = _Seen(id_of("reference", document.sha256, target.key), identity)
            self._only_referred[scope, target.key] = seen
        return seen

    def _adopt(self, document: SourceFile, owners: list[_Seen | None], loose: list[int]) -> None:
        """Give records that name no person to the one person whose records point to them, or they point to.

        A FHIR document Bundle is about one person as a whole. Two possible owners mean none: never a guess.
        """
        numbers = {resource.full_url or resource.key: number for number, resource in enumerate(document.resources)}
        near: dict[int, set[int]] = {number: set() for number in loose}
        for number, resource in enumerate(document.resources):
            if number not in near and owners[number] is None:
                continue
            for reference in _references(resource.tree):
                target = self._index.resolve(reference, resource=resource, source_file=document)
                other = numbers.get(target.full_url or target.key) if target.document == document.path else None
                if other is not None:
                    near.get(other, set()).add(number)
                    near.get(number, set()).add(other)
        for _ in range(3):  # a record that only a loose record points to
            for number in loose:
                if owners[number] is None:
                    owners[number] = self._only_one([owners[other] for other in near[number]])
        if document.bundle_type == "document":
            everyone = self._only_one(owners)
            for number in loose:
                owners[number] = owners[number] or everyone

    def _only_one(self, owners: Sequence[_Seen | None]) -> _Seen | None:
        people = {self._found(seen).person_id: seen for seen in owners if seen is not None}
        return next(iter(people.values())) if len(people) == 1 else None

    # -- what points where

    def _resolver(self, document: SourceFile) -> Callable[[str, Resource], Target | None]:
        here = {resource.full_url or resource.key: resource for resource in document.resources}

        def resolve(reference: str, resource: Resource) -> Target | None:
            found = self._index.resolve(reference, resource=resource, source_file=document)
            if not found.found:
                return None
            if found.document == document.path:
                target = here.get(found.full_url or found.key)
                if target is not None:
                    return Target(target.key, target.tree)
            return Target(found.key, outline(found))

        return resolve


def _demographics(patient: Resource, context: Context | None) -> Demographics:
    """All that a Patient says of the person."""
    if context is not None:
        return context.demographics(patient)
    assert isinstance(patient, ToldResource)
    assert isinstance(patient.demographics, Demographics)
    return patient.demographics


def _restricted(identity: Identity) -> Identity:
    return msgspec.structs.replace(identity, restricted=True)


def _references(value: Any) -> Iterator[str]:
    """Every literal reference in a tree."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield reference
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
