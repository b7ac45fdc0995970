"""What must hold for any two identities, however odd."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir import names
from fhir.entries import PersonId
from fhir.identity import (
    compare_birth_dates,
    known_birth_date,
    match,
    matches_query,
    merged,
    person_id_for,
    search_keys,
)
from fhir.look_ups import identity_keys, keys_to_ask
from fhir.people import Identifier, Identity, PersonName

WORDS = st.sampled_from(
    ["Ann", "Anne", "Reed", "Müller", "Mueller", "O'Brien", "van", "J", "", "张", "Ольга", "\u0301", "-"]
)
NAMES = st.builds(
    PersonName,
    family=WORDS,
    given=st.lists(WORDS, max_size=3).map(tuple),
    text=WORDS,
    use=st.sampled_from(["official", "old"]),
)
NUMBERS = st.sampled_from(["", "9990000018", "9990000026", "1234567890", "$nhs-number", "0000000000"])
SYSTEMS = st.sampled_from(
    ["https://a.example.nhs.uk/id", "urn:oid:1.2.840.99", "MRN", "", "http://[", "https://b.example/x"]
)
IDENTITIES = st.builds(
    Identity,
    names=st.lists(NAMES, max_size=2).map(tuple),
    birth_date=st.sampled_from(["", "1938", "1938-02", "1938-02-14", "1938-14-02", "1968-02-14", "not a date"]),
    gender=st.sampled_from(["", "male", "female"]),
    nhs_number=NUMBERS,
    nhs_status=st.sampled_from(["verified", "unverified", "invalid", "none"]),
    identifiers=st.lists(
        st.builds(Identifier, SYSTEMS, st.sampled_from(["M442", "M443", "12345", "NULL"])), max_size=2
    ).map(tuple),
    standalone=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(IDENTITIES, IDENTITIES)
def test_matching_is_symmetric_and_a_join_always_has_a_number_or_identifier_behind_it(
    one: Identity, other: Identity
) -> None:
    found = match(one, [(PersonId("p1"), other)])
    assert found.decision == match(other, [(PersonId("p1"), one)]).decision
    if found.decision == "same":
        assert not one.standalone
        assert not other.standalone
        same_number = one.nhs_number == other.nhs_number != "" and "invalid" not in (one.nhs_status, other.nhs_status)
        assert same_number or set(one.identifiers) & set(other.identifiers)
        assert set(identity_keys(one)) & set(identity_keys(other))


def _coarse(identity: Identity) -> set[str]:
    """Everyone of one sound and year, and of one sound and initial: more than need be compared, and never too few."""
    sounds = names.family_sounds(identity.names)
    years = {f"{known_birth_date(identity)[:4]} {sound}" for sound in sounds if known_birth_date(identity)}
    return years | {f"{initial} {sound}" for initial in names.given_initials(identity.names) for sound in sounds}


DATES = (
    *("", "1938", "1938-02", "1938-02-03", "1938-03-02", "1938-02-13", "1938-12-03", "1938-02-04", "1938-04-02"),
    *("1938-03-03", "1939-02-03", "1968-02-03", "1938-02-31", "1900-01-01"),
)
CALLED = [
    (PersonName(family=family, given=tuple(given.split())),)
    for family, given in (
        ("Reed", "Ann"), ("Reid", "Anne Jo"), ("Ann", "Reed"), ("Müller", "Katherine"), ("Mueller", "Catherine"),
        ("van der Berg", "Ann"), ("Reed", ""), ("", "Ann"),
    )
]  # fmt: skip


def test_whoever_may_be_the_same_is_found_by_the_keys_that_are_asked_for() -> None:
    people = [Identity(names=called, birth_date=born) for called in CALLED for born in DATES]
    possible = 0
    for one, other in product(people, people):
        if _coarse(one) & _coarse(other) and match(one, [(PersonId("p1"), other)]).decision != "new":
            possible += 1
            assert set(keys_to_ask(one)) & set(identity_keys(other)), (one, other)
    assert possible > 900


def test_so_they_are_whatever_is_known_of_their_sex() -> None:
    sexes = ("", "male", "female", "other", "unknown")
    people = [Identity(names=CALLED[0], birth_date=born, gender=sex) for born in DATES for sex in sexes]
    for one, other in product(people, people):
        if match(one, [(PersonId("p1"), other)]).decision != "new":
            assert set(keys_to_ask(one)) & set(identity_keys(other)), (one, other)


def test_so_they_are_whichever_digit_of_their_date_is_another() -> None:
    days = [date(1952, 1, 1) + timedelta(days=after) for after in range(366)]
    people = [Identity(names=CALLED[0], birth_date=day.isoformat(), gender="female") for day in days]
    asked = [set(keys_to_ask(one)) for one in people]
    kept = [set(identity_keys(one)) for one in people]
    near = 0
    for one, other in product(range(len(people)), repeat=2):
        if compare_birth_dates(people[one], people[other]) in ("agree", "near"):
            near += 1
            assert asked[one] & kept[other], (days[one], days[other])
    assert near > 366 * 9


@settings(max_examples=100, deadline=None)
@given(IDENTITIES)
def test_nobody_who_stands_alone_is_ever_joined(identity: Identity) -> None:
    alone = msgspec.structs.replace(identity, standalone=True)
    assert match(alone, [(PersonId("p1"), alone)]).decision != "same"


@settings(max_examples=100, deadline=None)
@given(IDENTITIES, IDENTITIES)
def test_joining_loses_no_name_identifier_or_restriction(one: Identity, other: Identity) -> None:
    joined = merged(one, other)
    assert set(one.names) | set(other.names) == set(joined.names)
    assert set(one.identifiers) | set(other.identifiers) <= set(joined.identifiers)
    assert joined.standalone == (one.standalone or other.standalone)


@settings(max_examples=100, deadline=None)
@given(IDENTITIES, st.text(max_size=30))
def test_any_query_and_identity_can_be_compared(identity: Identity, query: str) -> None:
    matches_query(query, identity)
    search_keys(identity)
    assert person_id_for(identity, {}) == person_id_for(identity, {})
