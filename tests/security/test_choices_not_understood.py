"""What in a choice cannot be understood refuses, and the person and the office are told that it does, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write
from twin_vaults import THO

NUMBER = {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RX1"}
TWO_WAYS = "names someone who is told of in two ways, so that it cannot be known who is meant"
IN_IT = "contained tells of somebody in two ways, so that it cannot be known who is meant"
UNKNOWN = "names someone who is not known here"


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    vault = make_vault(tmp_path / "v", role="gp")
    ada = patient("a", "Okafor", nhs_number(1))
    vault.store(write(vault.folder, "a.json", bundle(ada, condition("asthma", "a", "Asthma", code="195967001"))))
    vault.add_user("Ned", "nurse", "River")
    vault.add_user("Pru", "privacy-officer", "Riverside Team")
    vault.add_user("Ada", "person", "", "--person", vault.person())
    return vault


def refused(who: dict[str, Any], *contained: dict[str, Any]) -> dict[str, Any]:
    """A Consent that refuses somebody."""
    return {
        "resourceType": "Consent",
        "id": "no",
        "status": "active",
        "scope": {"coding": [{"system": THO + "consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs_number(1)}},
        "dateTime": "2026-10-01",
        "contained": list(contained),
        "provision": {
            "type": "deny",
            "actor": [
                {
                    "role": {"coding": [{"system": THO + "v3-ParticipationType", "code": "PRCP"}]},
                    "reference": who,
                }
            ],
        },
    }


def organisation(name: str, id: str) -> dict[str, Any]:
    return {"resourceType": "Organization", "id": id, "name": name, "identifier": [NUMBER]}


@pytest.mark.parametrize(
    ("consent", "others", "why"),
    [
        (refused({"identifier": NUMBER}), [organisation("River", "n"), organisation("South", "s")], TWO_WAYS),
        (refused({"reference": "#o"}, organisation("North", "o"), organisation("South", "o")), [], IN_IT),
        (refused({"reference": "Organization/gone"}), [], UNKNOWN),
    ],
)
def test_a_refusal_of_nobody_in_particular_refuses_and_says_why(
    vault: Vault, consent: dict[str, Any], others: list[dict[str, Any]], why: str
) -> None:
    file = write(vault.folder, "no.json", bundle(consent, *others))
    ran = vault.run("choices", vault.person(), "--set", file)
    assert ran.code == 0, ran.err
    assert "Asthma" not in vault.as_user("Ned").run("show", vault.person(), "--json").out
    for who in ("Ada", "Pru", "Asha"):
        said = vault.as_user(who).run("choices", vault.person()).out
        lines = [line for line in said.splitlines() if "Could not be understood, treated as no: " in line]
        assert why in str(lines), who
        (outcome,) = (
            one["resource"]
            for one in vault.as_user(who).json("choices", vault.person())["entry"]
            if one["resource"]["resourceType"] == "OperationOutcome"
        )
        assert why in str([issue["diagnostics"] for issue in outcome["issue"]])


def test_of_a_choice_about_the_workers_and_places_of_the_vault_nothing_is_said_not_to_be_understood(
    vault: Vault,
) -> None:
    known = refused({"identifier": {"system": "https://fhir.onestory.example/Id/organisation", "value": "River"}})
    assert vault.run("choices", vault.person(), "--set", write(vault.folder, "no.json", known)).code == 0
    assert "understood" not in vault.as_user("Ada").run("choices", vault.person()).out


def test_a_policy_of_words_is_told_as_passed_over_since_the_rules_beside_it_count(vault: Vault) -> None:
    """What is told is what is done: a nurse named by the rule is let in, and a policy that cannot be read lets none."""
    allowed = refused({"identifier": {"system": "https://fhir.onestory.example/Id/organisation", "value": "River"}})
    allowed["provision"]["type"] = "permit"
    for policy, so in (({"text": "Local policy"}, "passed over, the rest counts"), ({"coding": [{}]}, "treated as no")):
        file = write(vault.folder, "yes.json", {**allowed, "policyRule": policy})
        assert vault.run("choices", vault.person(), "--set", file).code == 0
        told = vault.as_user("Ada").run("choices", vault.person()).out
        assert f"Could not be understood, {so}: policyRule " in told
        assert told.count("Could not be understood") == (1 if "passed" in so else 2)
        shown = "Asthma" in vault.as_user("Ned").run("show", vault.person(), "--json").out
        assert shown is ("passed" in so)
