"""What is closed to emergencies, on generated Consents: equal to a second, independent reading, never open by accident.

The decision by itself, and what is sealed to the keys for emergencies. The long forms (`make soak`) try 12,000 and
4,000 cases.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import datetime
from typing import Any

import consent_cases as cases
import emergency_cases as about
import emergency_oracle as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_consent_properties import LONG, SAMPLE, SHORT, bundle, rules_of
from test_gate_choices import CLINICAL, OURS, PERSON, followed, labelled_well, stored

from consent.consents import read_consent
from consent.decide import Deciding, read_request
from consent.emergencies import emergency_views
from consent.labels import decode
from consent.persons_choices import refers_of
from consent.ports import Principal
from consent.standing import Standing

Tree = dict[str, Any]


def closed(consents: list[Any], request: Tree, records: list[Tree], now: str, purpose: str) -> set[str]:
    """Records that the engine says are closed."""
    views = emergency_views(read_consent(tree, number) for number, tree in enumerate(consents))
    asked = read_request({**request, "purposes": [purpose]}, datetime.fromisoformat(now))
    deciding = Deciding(views, asked, bundle(records), consents_only=True)
    return {
        f"{one.type}/{one.id}"
        for one in deciding.records.resources
        if one.type in CLINICAL and deciding.choices.on(deciding.facts(one)).ruling.effect == "deny"
    }


def clinical(found: set[str]) -> set[str]:
    return {name for name in found if name.split("/")[0] in CLINICAL}


purpose = st.sampled_from(oracle.EMERGENCIES)
every_part = given(about.choices(), about.requests(), cases.records(), cases.instants, purpose)


def as_the_oracle_says(
    consents: list[Tree], request: Tree, records: list[Tree], now: str, purpose: str
) -> tuple[set[str], set[str]]:
    found = closed(consents, request, records, now, purpose)
    assert found == clinical(oracle.closed(consents, request, records, now, purpose))
    return found, {f"{one['resourceType']}/{one['id']}" for one in records if one["resourceType"] in CLINICAL}


def test_what_is_closed_equals_a_second_reading_and_the_cases_reach_what_they_are_for() -> None:
    reached: Counter[str] = Counter()

    @SAMPLE
    @every_part
    def compared(consents: list[Tree], request: Tree, records: list[Tree], now: str, purpose: str) -> None:
        found, every = as_the_oracle_says(consents, request, records, now, purpose)
        reached.update(shape(consents, request, records, now, purpose, found, every))

    compared()
    assert all(reached[name] >= LEAST.get(name, 3) for name in SHAPES), reached


@pytest.mark.soak
@LONG
@every_part
def test_in_many_cases_what_is_closed_equals_a_second_reading(
    consents: list[Tree], request: Tree, records: list[Tree], now: str, purpose: str
) -> None:
    as_the_oracle_says(consents, request, records, now, purpose)


SHAPES = ("all closed", "some closed", "opened again", "a doubtful one opens nothing", "by role")
SHAPES += ("a group", "holders", "several dates", "OPTIN", "OPTOUT")
LEAST = {"by role": 10, "opened again": 5, "a doubtful one opens nothing": 10}


def shape(
    consents: list[Tree], request: Tree, records: list[Tree], now: str, purpose: str, found: set[str], every: set[str]
) -> list[str]:
    """What a case reaches; by role and by group only where it matters that the actor is who they are."""
    text = json.dumps(consents)
    names = []
    if found:
        names.append("all closed" if found == every else "some closed")
    each = [clinical(oracle.closed([one], request, records, now, purpose)) for one in consents]
    if set[str]().union(*each) - found:
        names.append("opened again")
    if found - clinical(oracle.closed(understood(consents), request, records, now, purpose)):
        names.append("a doubtful one opens nothing")
    nobody = {**request, "roles": [{"system": cases.ROLE, "code": "none"}]}
    if clinical(oracle.closed(consents, nobody, records, now, purpose)) != found:
        names.append("by role")
    names += ["a group"] if found and ("Group/g" in text or "CareTeam/t" in text) else []
    names += ["holders"] if found and ("CST" in text or "AUT" in text) else []
    names += ["several dates"] if found and len({one.get("dateTime") for one in consents}) > 1 else []
    return names + [name for name in ("OPTIN", "OPTOUT") if name in text and found]


def understood(consents: list[Tree]) -> list[Tree]:
    """The same with all that is in doubt left out."""
    changed = copy.deepcopy(consents)
    for rule in [rule for one in changed for rule in (one, *rules_of(one))]:
        for name in [name for name, value in about.DOUBTS.items() if rule.get(name) == value]:
            del rule[name]
    return changed


@SHORT
@given(about.choices(), about.requests(), cases.records(), cases.instants, purpose, cases.rule(3), st.data())
def test_adding_a_refusal_opens_nothing_to_emergencies(
    consents: list[Tree],
    request: Tree,
    records: list[Tree],
    now: str,
    purpose: str,
    rule: Any,
    data: st.DataObject,
) -> None:
    before = closed(consents, request, records, now, purpose)
    changed = copy.deepcopy(consents)
    places = [one for consent in changed for one in rules_of(consent) if isinstance(one.get("provision", []), list)]
    refusal = {**rule, "type": "deny"} if isinstance(rule, dict) else {"type": "deny"}
    if places and data.draw(st.booleans()):
        place = data.draw(st.sampled_from(places))
        place["provision"] = [*place.get("provision", []), refusal]
    else:
        refusing = data.draw(about.choice(9)) | {"provision": refusal}
        refusing.pop("policyRule", None)
        changed.append(refusing)
    assert closed(changed, request, records, now, purpose) >= before


@SHORT
@given(about.choices(), about.requests(), cases.records(), cases.instants, purpose, st.sampled_from([*about.DOUBTS]))
def test_a_choice_that_comes_to_be_in_doubt_opens_nothing_to_emergencies(
    consents: list[Tree], request: Tree, records: list[Tree], now: str, purpose: str, name: str
) -> None:
    """A new one beside them, which would permit everything but for one thing that is not understood."""
    records = json.loads(json.dumps(records).replace('"XQZ"', '"SOC"'))  # whoever names a strange label, means it
    before = closed(consents, request, records, now, purpose)
    for policy in ({}, {"policyRule": cases.concept(cases.THO + "v3-ActCode", "OPTOUT")}):
        permit = {"type": "permit", name: about.DOUBTS[name]}
        newer = {
            "resourceType": "Consent",
            "id": "newer",
            "status": "active",
            "scope": cases.concept(cases.THO + "consentscope", "patient-privacy"),
            "category": [cases.concept("http://loinc.org", "59284-0")],
            "patient": cases.ref(cases.PATIENT),
            "dateTime": "2026-01-01",
            "provision": {"provision": [permit]} if policy else permit,
        } | policy
        assert closed([*consents, newer], request, records, now, purpose) >= before


# -- in the keys

KEYS = Principal("em", "emergency")
CREW = Principal("crew", "team", "ambulance", OURS)
NURSES = Principal("nurses", "team", "nurse", "South Ward")
CLERKS = Principal("clerks", "team", "home-care", OURS)


def sealed_to_emergencies(consents: list[Tree], records: list[Tree], now: str, teams: list[Principal]) -> set[str]:
    store = stored(consents, records)
    labelled = [decode(one.content) for one in store.contents]
    told = Standing([*teams, CLERKS, KEYS], test_data=False)
    readers = told.of_person(PERSON, store.acts, datetime.fromisoformat(now), refers_of(lambda: labelled))
    return {one.entry.resource for one in labelled if "em" in readers.readers(one)}


def as_left_open(consents: list[Tree], records: list[Tree], now: str, teams: list[Principal]) -> None:
    records = labelled_well(records)
    left: set[str] = set()
    for team in teams:
        request = {
            "patient": cases.PATIENT,
            "actors": [],
            "organisations": [cases.ref("Organization/ward" if team is CREW else "Organization/elsewhere")],
            "roles": [{"system": cases.ROLE, "code": team.role}],
            "role_systems": [cases.ROLE],
            "action": "access",
        }
        shut = set[str]().union(*(oracle.closed(consents, request, records, now, one) for one in oracle.EMERGENCIES))
        left |= {f"{one['resourceType']}/{one['id']}" for one in records if one["resourceType"] in CLINICAL} - shut
    found = clinical(sealed_to_emergencies(consents, records, now, teams))
    mine = {f"{one['resourceType']}/{one['id']}" for one in records if one.get("subject") == cases.ref(cases.PATIENT)}
    assert found <= left
    if followed(consents):
        assert found == left & mine


crews = st.sampled_from([[CREW], [NURSES], [CREW, NURSES]])


@SHORT
@given(about.choices(), cases.records(), cases.instants, crews)
def test_the_keys_for_emergencies_open_what_a_second_reading_leaves_open(
    consents: list[Tree], records: list[Tree], now: str, teams: list[Principal]
) -> None:
    as_left_open(consents, records, now, teams)


@pytest.mark.soak
@settings(LONG, max_examples=4_000)
@given(about.choices(), cases.records(), cases.instants, crews)
def test_in_many_cases_the_keys_for_emergencies_open_what_a_second_reading_leaves_open(
    consents: list[Tree], records: list[Tree], now: str, teams: list[Principal]
) -> None:
    as_left_open(consents, records, now, teams)
