"""The decisions on generated Consents and records: equal to a second, independent reading, and never wider by accident.

The long form (`make soak`) tries 12,000 cases against the oracle.
"""

from __future__ import annotations

import copy
import json
from datetime import datetime
from typing import Any

import consent_cases as cases
import pytest
from consent_oracle import decide as oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.consents import read_consent
from consent.decide import Deciding, decide, read_request, to_json
from fhir.reading import read_document

Tree = dict[str, Any]
SAMPLE = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
SHORT = settings(SAMPLE, max_examples=60)
LONG = settings(SAMPLE, max_examples=12_000)
EVERY = {"Observation", "Condition", "MedicationRequest", "Patient"}


def bundle(records: list[Tree]) -> Any:
    tree = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": record} for record in records]}
    return read_document("records.json", "", json.dumps(tree).encode())


def decided(consents: list[Any], request: Tree, records: list[Tree], now: str) -> dict[str, str]:
    asked = read_request(request, datetime.fromisoformat(now))
    answer = decide(consents, asked, bundle(records), consents_only=True)
    found = {entry.reference: str(entry.effect) for entry in answer.entries if entry.reference.split("/")[0] in EVERY}
    if answer.overall != "permit":
        assert "permit" not in found.values()
    return found


def as_the_oracle_says(consents: list[Tree], request: Tree, records: list[Tree], now: str) -> None:
    assert decided(consents, request, records, now) == oracle(consents, request, records, now)


every_part = given(cases.consents(), cases.requests(), cases.records(), cases.instants)


@SAMPLE
@every_part
def test_decisions_equal_a_second_reading(consents: list[Tree], request: Tree, records: list[Tree], now: str) -> None:
    as_the_oracle_says(consents, request, records, now)


@pytest.mark.soak
@LONG
@every_part
def test_many_decisions_equal_a_second_reading(
    consents: list[Tree], request: Tree, records: list[Tree], now: str
) -> None:
    as_the_oracle_says(consents, request, records, now)


def permitted(consents: list[Any], request: Tree, records: list[Tree], now: str) -> set[str]:
    return {name for name, effect in decided(consents, request, records, now).items() if effect == "permit"}


def rules_of(consent: Tree) -> list[Tree]:
    """Every rule of a Consent that can be read, root first."""
    found = [consent["provision"]] if isinstance(consent.get("provision"), dict) else []
    for rule in found:
        inner = rule.get("provision")
        found += [one for one in (inner if isinstance(inner, list) else []) if isinstance(one, dict)]
    return found


@SHORT
@given(cases.consents(), cases.requests(), cases.records(), cases.instants, cases.rule(3), st.data())
def test_adding_a_refusal_never_reveals(
    consents: list[Tree], request: Tree, records: list[Tree], now: str, rule: Any, data: st.DataObject
) -> None:
    before = permitted(consents, request, records, now)
    changed = copy.deepcopy(consents)
    places = [one for consent in changed for one in rules_of(consent) if isinstance(one.get("provision", []), list)]
    refusal = {**rule, "type": "deny"} if isinstance(rule, dict) else rule
    if places and data.draw(st.booleans()):
        place = data.draw(st.sampled_from(places))
        place["provision"] = [*place.get("provision", []), refusal]
    else:
        refusing = data.draw(cases.one_consent(9)) | {"provision": refusal}
        refusing.pop("policyRule", None)
        changed.append(refusing)
    assert permitted(changed, request, records, now) <= before


@SHORT
@given(cases.consents(), cases.requests(), cases.records(), cases.instants, st.data())
def test_removing_a_permission_never_reveals(
    consents: list[Tree], request: Tree, records: list[Tree], now: str, data: st.DataObject
) -> None:
    before = permitted(consents, request, records, now)
    changed = copy.deepcopy(consents)
    places = [
        (rule, n)
        for consent in changed
        for rule in rules_of(consent)
        if isinstance(rule.get("provision"), list)
        for n, inner in enumerate(rule["provision"])
        if isinstance(inner, dict) and inner.get("type") == "permit" and "provision" not in inner
    ]
    if places:
        rule, n = data.draw(st.sampled_from(places))
        del rule["provision"][n]
        if not rule["provision"]:
            del rule["provision"]
        assert permitted(changed, request, records, now) <= before


@SHORT
@given(cases.consents(), cases.requests(), cases.records(), cases.instants, st.randoms())
def test_order_and_copies_do_not_matter(
    consents: list[Tree], request: Tree, records: list[Tree], now: str, random: Any
) -> None:
    expected = permitted(consents, request, records, now)
    again = [copy.deepcopy(one) | {"id": f"copy{n}"} for n, one in enumerate(consents)] + consents
    random.shuffle(again)
    shuffled = records[:]
    random.shuffle(shuffled)
    assert permitted(again, request, shuffled, now) == expected


@SHORT
@given(cases.consents(1), cases.requests(), cases.records(), cases.instants, st.data())
def test_a_broken_part_never_widens(
    consents: list[Tree], request: Tree, records: list[Tree], now: str, data: st.DataObject
) -> None:
    before = permitted(consents, request, records, now)
    changed = copy.deepcopy(consents)
    rules = [(rule, name) for consent in changed for rule in rules_of(consent) for name in rule]
    if rules:
        rule, name = data.draw(st.sampled_from(rules))
        rule[name] = data.draw(st.sampled_from([7, "x", [], {}, [None], [[]], None, {"coding": 1}, [{"code": 3}]]))
        assert permitted(changed, request, records, now) <= before


@SHORT
@given(cases.one_consent(), cases.requests(), cases.records(), st.data())
def test_no_shape_of_a_consent_stops_the_decision(
    consent: Tree, request: Tree, records: list[Tree], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([*consent, "contained", "implicitRules", "decision", "except", "period"]))
    consent[name] = data.draw(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=3),
            lambda some: (
                st.lists(some, max_size=2)
                | st.dictionaries(st.sampled_from(["coding", "code", "type", "start", "actor"]), some, max_size=2)
            ),
            max_leaves=4,
        )
    )
    asked = read_request(request, datetime.fromisoformat("2024-03-15T10:00:00Z"))
    to_json(decide([consent], asked, bundle(records), consents_only=True))
    read_consent(consent)


def test_a_decision_costs_little_once_compiled() -> None:
    """A generous hang limit; the figure itself is measured by hand."""
    from time import perf_counter

    records = [*cases.WHO, {"resourceType": "Patient", "id": "p1"}]
    for n in range(500):
        code = cases.concept("http://snomed.info/sct", f"{n % 40}")
        mark = {"security": [cases.coding("PSY" if n % 3 else "N")]}
        records.append(
            {
                "resourceType": "Observation",
                "id": f"o{n}",
                "subject": cases.ref(cases.PATIENT),
                "code": code,
                "meta": mark,
                "effectiveDateTime": f"20{n % 20 + 10}-03-01",
            }
        )
    rule = {
        "type": "permit",
        "actor": [{"reference": cases.ref("Organization/a")}],
        "securityLabel": [cases.coding("PSY")],
        "dataPeriod": {"start": "2012"},
    }
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": cases.concept(cases.THO + "consentscope", "patient-privacy"),
        "patient": cases.ref(cases.PATIENT),
        "policyRule": cases.concept(cases.THO + "v3-ActCode", "OPTOUT"),
        "provision": {"provision": [rule]},
    }
    asked = read_request(
        {"patient": cases.PATIENT, "actors": [cases.ref("Organization/a")], "purposes": ["TREAT"]},
        datetime.fromisoformat("2026-01-01T00:00:00Z"),
    )
    deciding = Deciding([read_consent(consent)], asked, bundle(records), consents_only=True)
    facts = [deciding.facts(resource) for resource in deciding.records.resources] * 20
    times = []
    for _ in range(5):
        start = perf_counter()
        for one in facts:
            deciding.choices.on(one)
        times.append((perf_counter() - start) / len(facts))
    each = min(times)
    print(f"{each * 1e6:.2f} microseconds a decision")
    assert each < 100e-6
