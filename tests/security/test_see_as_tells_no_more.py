"""*See as* somebody who sees everything tells whoever looks no more of any entry than they were shown themself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write

from consent.disclosure_json import to_json
from consent.naming import ROLE
from fhir.entries import PersonId

HIDDEN, THIRD, PLAIN = "zqhidden6061", "zqthird6062", "zqplain6063"
THO = "http://terminology.hl7.org/CodeSystem/"
LENSES = ("gp", "nurse", "hospital-clinician", "mental-health", "tester")


def medicine(id: str, about: str, words: str) -> dict[str, Any]:
    """A medicine that names what it is for, as many systems write it."""
    return {
        "resourceType": "MedicationStatement",
        "id": id,
        "status": "active",
        "medicationCodeableConcept": {"text": f"Tablets {PLAIN}"},
        "subject": {"reference": "Patient/a"},
        "reasonReference": [{"reference": f"Condition/{about}", "display": words}],
    }


def hiding_one_thing() -> dict[str, Any]:
    """The person keeps one problem from nurses."""
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": THO + "consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/a"},
        "dateTime": "2026-10-01",
        "provision": {
            "type": "deny",
            "actor": [{"role": {"coding": [{"system": ROLE, "code": "nurse"}]}}],
            "data": [{"meaning": "instance", "reference": {"reference": "Condition/low"}}],
        },
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A person from whom the law keeps what another said, and who keeps one problem from nurses."""
    vault = make_vault(tmp_path_factory.mktemp("home"), role="gp")
    vault.add_user("Ned", "nurse", "River")
    third = condition("t", "a", f"Sister said {THIRD}")
    third["meta"] = {"security": [{"system": THO + "v3-ActCode", "code": "THIRD-PARTY"}]}
    records = [
        patient("a", "Okafor", nhs_number(61)),
        condition("low", "a", f"Panic {HIDDEN}"),
        third,
        medicine("v", "low", f"Panic {HIDDEN}"),
        medicine("w", "t", f"Sister said {THIRD}"),
    ]
    vault.store(write(vault.folder, "a.json", bundle(*records)))
    assert vault.run("choices", vault.person(), "--set", write(vault.folder, "c.json", hiding_one_thing())).code == 0
    vault.add_user("Ada", "person", "", "--person", vault.person())
    return vault


def told(home: Vault, user: str) -> dict[str, str]:
    """What a user is told of the record: with their own eyes (""), and through those of others."""
    person = PersonId(home.person())
    with home.as_user(user).signed_in() as workspace:
        found = {"": json.dumps(to_json(workspace.open_person(person)))}
        for role in LENSES:
            found[role] = json.dumps(to_json(workspace.see_as(person, role)))
    return found


@pytest.mark.parametrize(("user", "kept", "left"), [("Ned", HIDDEN, THIRD), ("Ada", THIRD, HIDDEN)])
def test_what_was_taken_out_for_whoever_looks_stays_out(home: Vault, user: str, kept: str, left: str) -> None:
    found = told(home, user)
    assert PLAIN in found["gp"], "a control: the medicines themselves are shown"
    assert left in found[""], "a control: not everything is kept"
    assert [lens for lens, words in found.items() if kept in words] == []


def test_nowhere_is_it_said_that_nothing_is_recorded_to_someone_from_whom_something_may_be_kept(home: Vault) -> None:
    for user in ("Ned", "Ada"):
        for lens, words in told(home, user).items():
            states = {section["state"] for section in json.loads(words)["sections"].values()}
            assert states <= {"data", "nothing-shown"}, (user, lens)


def test_a_worker_who_sees_everything_sees_as_another_what_that_one_gets(home: Vault) -> None:
    found = told(home, "Asha")
    assert HIDDEN in found["gp"]
    assert HIDDEN not in found["nurse"]
    assert THIRD in found["nurse"]
