"""What records say about sharing as codes and special Consents is obeyed from the import on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, make_vault, patient, write

FACT = "zqfact5512"
ADJUSTMENTS = {
    "resourceType": "Consent",
    "id": "ra",
    "status": "active",
    "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
    "category": [
        {"coding": [{"system": "https://fhir.nhs.uk/England/CodeSystem/England-PatientFlagCategory", "code": "NRAF"}]}
    ],
    "policyRule": {"coding": [{"system": "https://fhir.nhs.uk/CodeSystem/RA-ProxyRole", "code": "001"}]},
    "patient": {"reference": "Patient/a"},
    "dateTime": "2025-02-03",
}


def coded(code: str) -> dict[str, Any]:
    """A preference as a GP system codes it."""
    made = condition("c", "a", "A preference")
    made["code"] = {"coding": [{"system": "http://read.info/readv2", "code": code, "display": "A preference"}]}
    return made


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    made = make_vault(tmp_path, role="gp")
    made.add_user("Nia", "nurse", "Valley Hospital")
    return made


def shown_to_nurse(vault: Vault, *records: dict[str, Any]) -> bool:
    fact = condition("p", "a", f"Asthma {FACT}", code="195967001")
    vault.store(write(vault.folder, "a.json", bundle(patient("a", "Okafor"), fact, *records)))
    return FACT in vault.as_user("Nia").run("show", vault.person(), "--json").out


def test_consent_to_share_adjustments_closes_nothing(vault: Vault) -> None:
    assert shown_to_nurse(vault, ADJUSTMENTS)


def test_a_refusal_of_local_sharing_is_kept(vault: Vault) -> None:
    assert not shown_to_nurse(vault, coded("9Nd1."))


def test_a_newer_agreement_that_nobody_confirmed_ends_no_refusal(vault: Vault) -> None:
    refusal, agreement = (
        coded("9Nd1.") | {"recordedDate": "2020-01-01"},
        coded("9Nd7.") | {"recordedDate": "2025-01-01"},
    )
    assert not shown_to_nurse(vault, refusal, agreement | {"id": "c2"})


def test_an_opt_out_from_research_never_limits_care(vault: Vault) -> None:
    assert shown_to_nurse(vault, coded("9Nu0."))


def test_a_refusal_is_told_as_what_it_is(vault: Vault) -> None:
    shown_to_nurse(vault, coded("9Ndo."), ADJUSTMENTS | {"status": "rejected"})
    for who in (vault, vault.as_user("Nia")):
        told = who.run("choices", vault.person()).out
        assert "No Summary Care Record: imported" in told
        assert "Sharing of reasonable adjustments: imported" in told


def test_what_was_said_about_sharing_is_no_problem_of_health(vault: Vault) -> None:
    shown_to_nurse(vault, coded("9Nu0."))
    sections = vault.json("show", vault.person())["sections"]
    assert [one["title"] for one in sections["sharing"]["entries"]] == ["A preference"]
    assert all(one["title"] != "A preference" for one in sections["problems"]["entries"])
