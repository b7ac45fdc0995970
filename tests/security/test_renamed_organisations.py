"""An organisation that has another name is meant by what was chosen before: by who looks as its workers, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, run, write

from fhir.entries import PersonId

THO = "http://terminology.hl7.org/CodeSystem/"
ORGANISATION = "https://fhir.onestory.example/Id/organisation"
RIVER = {"reference": {"identifier": {"system": ORGANISATION, "value": "River"}}}


def refused(*actors: dict[str, Any]) -> dict[str, Any]:
    rule = {"actor": list(actors)} if actors else {}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": THO + "consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/a"},
        "dateTime": "2026-10-01",
        "provision": {"type": "deny", **rule},
    }


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Vault]:
    vault = make_vault(tmp_path, role="gp")
    vault.add_user("Ned", "therapist", "River")
    vault.add_user("Cat", "custodian", "Trust office", "--custodian")
    asthma = condition("asthma", "a", "Asthma", code="195967001")
    vault.store(write(tmp_path, "a.json", bundle(patient("a", "Okafor", nhs_number(1)), asthma)))
    return vault


def choose(vault: Vault, *consents: dict[str, Any], user: str = "Asha") -> Any:
    file = write(vault.folder, "choices.json", list(consents))
    ran = run("choices", vault.person(), "--set", file, *vault.as_user(user).access(), "--json")
    assert ran.code == 0, ran.err
    return ran.json


def rename(vault: Vault) -> None:
    key = ("--recovery-key-file", vault.folder / "recovery")
    assert vault.run("users", "rename-organisation", "River", "Brook", *key).code == 0


def seen_as(vault: Vault, *who: str) -> int:
    """How many problems somebody would be shown."""
    person = PersonId(vault.person())
    with vault.signed_in() as workspace:
        return len(workspace.see_as(person, *who).sections["problems"].entries)


def test_who_looks_as_a_worker_of_it_sees_what_they_are_shown(ward: Vault) -> None:
    choose(ward, refused(RIVER))
    assert seen_as(ward, "therapist", "River") == seen_as(ward, "therapist", "River", "Ned") == 0
    rename(ward)
    assert seen_as(ward, "therapist", "Brook") == seen_as(ward, "therapist", "Brook", "Ned") == 0
    assert seen_as(ward, "therapist", "BROOK") == 0
    assert seen_as(ward, "therapist", "Elsewhere") == 1


def test_a_change_of_choices_is_shown_for_its_workers_as_it_will_be(ward: Vault) -> None:
    choose(ward, refused(RIVER))
    rename(ward)
    person = PersonId(ward.person())
    with ward.signed_in() as workspace:
        changes = workspace.preview_choices(person, []).changes
    told = {(one.kind.role, one.kind.organisation): len(one.appears) for one in changes}
    assert told["therapist", "Brook"] > 0
    assert told["therapist", ""] == told["gp", "Riverside Team"] == 0


def test_what_its_workers_set_is_still_held_back_for_them(ward: Vault) -> None:
    choose(ward, refused(), user="Cat")
    choose(ward, user="Ned")
    for change in (lambda: None, lambda: rename(ward)):
        change()
        found = ward.as_user("Ned").json("choices", ward.person())
        assert "held-back" in {tag["code"] for tag in found["meta"]["tag"]}
