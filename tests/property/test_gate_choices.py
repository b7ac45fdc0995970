"""The person's choices through the gate: equal to a second, independent reading, and never wider by accident.

Generated Consents stand in a store beside generated records, as a vault would hold them. Asked by a role to which the
defaults give nothing, what the gate shows is exactly what the oracle permits. The long form (`make soak`) tries 10,000.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import consent_cases as cases
import msgspec
import pytest
from consent_oracle import decide as oracle
from gatekit import MemoryStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.choices import Act, By, KeptConsent, kept_for, rules_of
from consent.gate import Gate
from consent.importing import DocumentEvidence
from consent.labelling import label
from consent.labels import encode
from consent.ports import StoredContent
from consent.request import Actor, Request
from consent.who import known_actors
from fhir.entries import PersonId
from fhir.reading import read_document
from fhir.understanding import Drop

Tree = dict[str, Any]
SAMPLE = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(SAMPLE, max_examples=10_000)
PERSON = PersonId("p-1")
OURS = "North Ward"
CUSTODIAN = By("u-1", "Cat", "custodian", "Trust", custodian=True)
SENSITIVE = {"PSY", "SEX", "SUD", "OPIOIDUD", "ETHUD"}
CLINICAL = {"Observation", "Condition", "MedicationRequest"}


def labelled_well(records: list[Tree]) -> list[Tree]:
    """The records with a sensitivity label each: what labelling would find out otherwise is none of the oracle's."""
    found = []
    for record in records:
        if record["resourceType"] in CLINICAL:
            codes = [one["code"] for one in record.get("meta", {}).get("security", []) if one["code"] != "XQZ"]
            codes += [] if SENSITIVE & set(codes) else ["PSY"]
            record = {**record, "meta": {"security": [cases.coding(code) for code in codes]}}
        if record == cases.WHO[2]:
            record = {**record, "name": OURS}
        found.append(record)
    return found


def stored(consents: list[Any], records: list[Tree], *, kind: str = "set", **values: Any) -> MemoryStore:
    """What a vault holds of Patient/p1 after importing the records, and of the Consents about them."""
    tree = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": record} for record in records]}
    document = read_document("records.json", "", json.dumps(tree).encode())
    drop = Drop(lambda keys: (), lambda person: None)
    drop.learn(document)
    drop.settle()
    described = drop.understand(document).described
    owner = next(one.person_id for one in described if one.resource.key == cases.PATIENT)
    mine = [one for one in described if one.person_id == owner]
    evidence = DocumentEvidence(document, datetime(2024, 6, 1, tzinfo=UTC))
    contents = []
    origins = [one.resource for one in mine for _ in one.entries]
    for labelled, origin in zip(label([entry for one in mine for entry in one.entries]), origins, strict=True):
        whole = msgspec.structs.replace(labelled, evidence=evidence.of(origin))
        contents.append(StoredContent(whole.entry.entry_id, "i-1", encode(whole)))
    about = [one for one in consents if isinstance(one, dict) and one.get("patient") == cases.ref(cases.PATIENT)]
    kept = tuple(KeptConsent(f"c{n}", kept_for(PERSON, one)) for n, one in enumerate(about))
    by = CUSTODIAN if kind == "set" else By("u-2", "Ned", "nurse", "Elsewhere")
    act = Act(
        kind="set" if kind == "set" else "import",
        time="2026-01-01",
        by=by,
        consents=kept,
        known=known_actors(about, evidence.resources, [OURS]),
    )
    return MemoryStore(contents, acts=[rules_of(act)] if consents else [], person=PERSON, **values)


def shown(store: MemoryStore, role: str, purpose: str, now: str) -> set[str]:
    actor = Actor("", role, OURS)  # type: ignore[arg-type]
    record = Gate(store).open(Request(PERSON, actor, purpose, "registered", datetime.fromisoformat(now)))
    return {item.entry.resource for section in record.sections.values() for item in section.entries}


def as_the_oracle_says(consents: list[Tree], records: list[Tree], purpose: str, now: str) -> None:
    records = labelled_well(records)
    request = {
        "patient": cases.PATIENT,
        "actors": [],
        "organisations": [cases.ref("Organization/ward")],
        "roles": [{"system": cases.ROLE, "code": "privacy-officer"}],
        "role_systems": [cases.ROLE],
        "purposes": [purpose],
        "action": "access",
        "relationship": "registered",
    }
    permitted = {name for name, effect in oracle(consents, request, records, now).items() if effect == "permit"}
    found = shown(stored(consents, records), "privacy-officer", purpose, now)
    mine = {name for name in found if name.split("/")[0] in CLINICAL}
    theirs = {name for name in permitted if name.split("/")[0] in CLINICAL}
    assert mine <= theirs
    if followed(consents):
        assert mine == theirs


def followed(rules: Any) -> bool:
    """Whether a vault can follow what these name. It keeps directories apart from people's records: what is "related"
    to one of its entries cannot be followed there, nor a writer that is a record, and a refusal then counts for
    everything."""
    if isinstance(rules, list):
        return all(followed(one) for one in rules)
    if not isinstance(rules, dict):
        return True
    if rules.get("meaning") == "related":
        return False
    if rules.get("meaning") == "authoredby":
        return not any(name in json.dumps(rules.get("reference")) for name in CLINICAL)
    return all(followed(one) for one in rules.values())


every_part = given(cases.consents(), cases.records(), cases.purposes, cases.instants)


@SAMPLE
@every_part
def test_the_gate_shows_what_a_second_reading_permits(
    consents: list[Tree], records: list[Tree], purpose: str, now: str
) -> None:
    as_the_oracle_says(consents, records, purpose, now)


@pytest.mark.soak
@LONG
@every_part
def test_in_many_cases_the_gate_shows_what_a_second_reading_permits(
    consents: list[Tree], records: list[Tree], purpose: str, now: str
) -> None:
    as_the_oracle_says(consents, records, purpose, now)


@SAMPLE
@given(cases.consents(), cases.records(), cases.purposes, cases.instants, st.sampled_from(["gp", "nurse", "home-care"]))
def test_an_imported_consent_never_reveals(
    consents: list[Tree], records: list[Tree], purpose: str, now: str, role: str
) -> None:
    before = shown(stored([], records), role, purpose, now)
    assert shown(stored(consents, records, kind="import"), role, purpose, now) <= before


def test_a_choice_without_a_grantor_is_the_persons_own_like_one_that_names_them() -> None:
    """Two of one date by one grantor are a tie, which refuses, also where only one says who the grantor is."""
    policy = {"coding": [{"system": cases.THO + "v3-ActCode", "code": "OPTIN"}]}
    first = {
        "resourceType": "Consent",
        "id": "c0",
        "status": "active",
        "scope": cases.concept(cases.THO + "consentscope", "patient-privacy"),
        "category": [cases.concept("http://loinc.org", "59284-0")],
        "patient": cases.ref(cases.PATIENT),
        "policyRule": policy,
    }
    second = {**first, "id": "c1", "performer": [cases.ref(cases.PATIENT)]}
    record = {"resourceType": "Observation", "id": "x0", "status": "final", "subject": cases.ref(cases.PATIENT)}
    records = [{"resourceType": "Patient", "id": "p1"}, record, *cases.WHO]
    as_the_oracle_says([first, second], records, "TREAT", "2024-01-01T00:00:00Z")
