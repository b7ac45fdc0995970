"""Who is one person, and who is asked about, does not depend on which record came first, or on what came together.

Records are odd on purpose: shared and wrong numbers, twins, other spellings, records that bridge two people, restricted
ones. They go through real reading; the vault is played by what it keeps of identities and joins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir.entries import PersonId
from fhir.identity import contradict
from fhir.joining import Pair, connected
from fhir.look_ups import identity_keys
from fhir.people import Identity
from fhir.reading import read_document
from fhir.records import SourceFile
from fhir.understanding import Drop
from storage.people import least

NHS = "https://fhir.nhs.uk/Id/nhs-number"
STATUS = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
NUMBERS = st.sampled_from(["9990000018", "9990000018", "9990000026", ""])
CODES = st.sampled_from(["01", "01", "03", ""])
LOCAL = st.lists(st.sampled_from(["gp|G4421", "hospital|H7713", "hospital|H9999", "council|C9001"]), max_size=2)
NAMES = st.sampled_from(["Ann|Reed", "Anne|Reed", "Ann|Fox|Reed", "Zoe|Reed", "John|Reed", "A|Reed", "|"])
BORN = st.sampled_from(["1990-01-02", "1990-01-02", "1990-02-01", "1968-07-01", ""])


@st.composite
def records(draw: st.DrawFn, most: int, *, restricted: bool = False) -> list[SourceFile]:
    made = []
    for number in range(draw(st.integers(2, most))):
        given_name, family, *old = draw(NAMES).split("|")
        names = [{"use": "official", "family": family, "given": [given_name]}] if family else []
        names += [{"use": "old", "family": one, "given": [given_name]} for one in old]
        who: dict[str, Any] = {"resourceType": "Patient", "id": f"r{number}", "name": names}
        who["identifier"] = [
            {"system": f"https://{place}.example.nhs.uk/id", "value": value}
            for place, _, value in (one.partition("|") for one in draw(LOCAL))
        ]
        if nhs := draw(NUMBERS):
            code = draw(CODES)
            said = [{"url": STATUS, "valueCodeableConcept": {"coding": [{"code": code}]}}] if code else []
            who["identifier"].append({"system": NHS, "value": nhs, "extension": said})
        if born := draw(BORN):
            who["birthDate"] = born
        if restricted and draw(st.integers(0, 3)) == 0:
            system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
            who["meta"] = {"security": [{"system": system, "code": "R"}]}
        made.append(read_document(f"d{number}", "", json.dumps(who).encode()))
    return made


class Shelf:
    """What a vault keeps of people: identities as far as anyone may read them, an index of keys, and joins."""

    def __init__(self) -> None:
        self.people: dict[PersonId, Identity] = {}
        self.keys: dict[str, set[PersonId]] = {}
        self.same: set[Pair] = set()
        self.asked: set[Pair] = set()
        self.filed: dict[str, PersonId] = {}

    def sharing(self, keys: Sequence[str]) -> list[tuple[PersonId, Identity]]:
        found = {person for key in keys for person in self.keys.get(key, ())}
        return [(person, self.people[person]) for person in sorted(found)]

    def whole(self, person: PersonId) -> list[PersonId]:
        return sorted(next(one for one in connected({person, *self.people}, self.same) if person in one))

    def take(self, documents: Iterable[SourceFile]) -> None:
        documents = list(documents)
        drop = Drop(self.sharing, self.people.get, self.whole)
        for document in documents:
            drop.learn(document)
        drop.settle()
        for document in documents:
            understood = drop.understand(document)
            self.filed[document.path] = understood.described[0].person_id
            for found in understood.people:
                self.people[found.person_id] = least(found.identity)
                for key in identity_keys(found.identity):
                    self.keys.setdefault(key, set()).add(found.person_id)
                for other in found.protects:
                    if other in self.people:
                        self.people[other] = least(_restricted(self.people[other]))
        for one in drop.joined():
            stay = {
                both
                for both in self.same
                if one.people.isdisjoint(both) or all(self.people[each].restricted for each in both)
            }
            self.same = stay | one.same
            self.asked |= one.possible

    def told(self) -> tuple[frozenset[tuple[PersonId, tuple[str, ...], bool]], frozenset[Pair]]:
        """Which records are one person, by which name, and whether restricted; and who is asked about, as wholes."""
        wholes: dict[tuple[PersonId, ...], list[str]] = {}
        for path, person in self.filed.items():
            wholes.setdefault(tuple(self.whole(person)), []).append(path)
        people = frozenset(
            (whole[0], tuple(sorted(paths)), any(self.people[one].restricted for one in whole))
            for whole, paths in wholes.items()
        )
        asked = {tuple(sorted((self.whole(one)[0], self.whole(other)[0]))) for one, other in self.asked}
        return people, frozenset((one, other) for one, other in asked if one != other)

    def hidden(self) -> dict[str, bool]:
        """Of each record, whether whoever it is about is restricted."""
        return {
            path: any(self.people[one].restricted for one in self.whole(person)) for path, person in self.filed.items()
        }


def _restricted(identity: Identity) -> Identity:
    return msgspec.structs.replace(identity, restricted=True)


def stored(*drops: Iterable[SourceFile]) -> Shelf:
    shelf = Shelf()
    for drop in drops:
        shelf.take(drop)
    return shelf


@settings(max_examples=60, deadline=None)
@given(records(4))
def test_every_order_one_by_one_or_together_makes_the_same_people_by_the_same_names(made: list[SourceFile]) -> None:
    together = stored(made).told()
    for order in permutations(made):
        assert stored(*([one] for one in order)).told() == together
    assert stored(made[:2], made[2:]).told() == together


@settings(max_examples=150, deadline=None)
@given(records(5))
def test_nobody_is_one_with_someone_who_contradicts_them(made: list[SourceFile]) -> None:
    shelf = stored(*([one] for one in made))
    for whole in connected(shelf.people, shelf.same):
        for one in whole:
            for other in whole - {one}:
                direct = tuple(sorted((one, other))) in shelf.same
                assert direct or not contradict(shelf.people[one], shelf.people[other])


@settings(max_examples=40, deadline=None)
@given(records(3, restricted=True))
def test_who_is_restricted_does_not_depend_on_the_order_and_is_joined_by_nothing(made: list[SourceFile]) -> None:
    together = stored(made)
    for order in permutations(made):
        shelf = stored(*([one] for one in order))
        assert shelf.hidden() == together.hidden()
        assert not any(shelf.people[one].standalone for both in shelf.same for one in both)
