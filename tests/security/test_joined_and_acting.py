"""Two records of one child: what binds or opens the one binds or opens the whole, and a split takes it back."""

from __future__ import annotations

from typing import Any

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, entries, make_vault, nhs_number, patient, write

GP, WARD = "zqsurgery3311", "zqward9922"
WORDS = (GP, WARD)
WARD_ID = {"system": "https://ward.example.nhs.uk/mrn", "value": "W4421"}


@pytest.fixture
def twice(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """One child known twice; she and a parent are users by the record that does not name the whole."""
    folder = tmp_path_factory.mktemp("twice")
    vault = make_vault(folder, role="gp")
    born = {"birthDate": "2013-05-06"}
    first = patient("a", "Okafor", nhs_number(3)) | born
    vault.take(write(folder, "a.json", bundle(first, condition("p", "a", f"Asthma {GP}", code="195967001"))))
    second = patient("c", "Okafor") | born | {"identifier": [WARD_ID]}
    vault.take(write(folder, "c.json", bundle(second, condition("q", "c", f"Eczema {WARD}", code="43116000"))))
    linked = people(vault)[1]
    vault.add_user("Ada", "person", "", "--person", linked)
    mandate = ("--basis", "parental-responsibility", "--evidence", "Birth certificate seen")
    vault.add_user("Mum", "proxy", "", "--person", linked, *mandate)
    return vault


def people(vault: Vault) -> list[str]:
    return sorted(row["personId"] for row in vault.json("people", "Okafor"))


def join(vault: Vault, one: str, other: str, *, split: bool = False) -> None:
    assert vault.run("matches", "split" if split else "join", one, other, "--reason", "Checked with her").code == 0


def opened(vault: Vault, user: str) -> set[str]:
    loot = insider.loot(vault.path, user, PASSPHRASE)
    return {word for word in WORDS if loot.count(word)}


def shown(vault: Vault, user: str, person: str) -> set[str]:
    ran = vault.as_user(user).run("show", person, "--json")
    return {word for word in WORDS if word in ran.out}


def test_what_binds_one_of_two_joined_records_binds_both_and_a_split_takes_it_back(twice: Vault) -> None:
    one, other = people(twice)
    alone = opened(twice, "Ada")
    assert len(alone) == 1
    assert opened(twice, "Mum") == alone

    join(twice, one, other)
    assert twice.run("show", one, "--json").code == 0  # whoever holds the keys seals what waits
    assert opened(twice, "Ada") == opened(twice, "Mum") == set(WORDS)
    assert shown(twice, "Ada", other) == shown(twice, "Mum", other) == set(WORDS)

    rows = [row for row in entries(twice.json("show", one)) if any(word in str(row) for word in set(WORDS) - alone)]
    ids = sorted({row["entryId"] for row in rows})
    limit = ("--reason", "Danger to her", "--review", "2027-05-01")
    assert twice.run("acting", "limit", one, "SERIOUS-HARM", *ids, *limit).code == 0
    assert opened(twice, "Ada") == alone
    assert twice.run("acting", "competence", one, "--competent", "--refuses", "Mum").code == 0
    assert opened(twice, "Mum") == set()
    assert shown(twice, "Mum", other) == set()

    join(twice, one, other, split=True)
    for person in (one, other):
        assert twice.run("show", person, "--json").code == 0
    assert opened(twice, "Ada") == alone
    assert shown(twice, "Ada", other) == alone


def test_a_limit_set_before_two_records_are_joined_still_binds(twice: Vault) -> None:
    one, other = people(twice)
    ids = sorted({row["entryId"] for row in entries(twice.json("show", other)) if any(w in str(row) for w in WORDS)})
    limit = ("--reason", "Danger to her", "--review", "2027-05-01")
    assert twice.run("acting", "limit", other, "SERIOUS-HARM", *ids, *limit).code == 0
    assert opened(twice, "Ada") == set()
    join(twice, one, other)
    assert twice.run("show", one, "--json").code == 0
    assert len(opened(twice, "Ada")) == 1  # of the other record only


@pytest.mark.parametrize("evidence", [True, False], ids=["evidence", "hand"])
def test_who_acts_for_one_of_two_joined_records_follows_the_choices_of_both_until_a_split(
    twice: Vault, *, evidence: bool
) -> None:
    one, other = people(twice)
    rule = {"type": "deny", "code": [{"coding": [{"system": "http://snomed.info/sct", "code": RULE}]}]}
    asked = {"type": "deny", "actor": [role("nurse")], "provision": [rule]}
    chosen = write(twice.folder, "choice.json", [refusal() | {"provision": asked}])
    assert twice.run("choices", one, "--set", chosen).code == 0
    assert not follows(twice, "Ada")
    assert not follows(twice, "Mum")

    if evidence:
        known = patient("c", "Okafor", nhs_number(3)) | {"birthDate": "2013-05-06"}
        known["identifier"].append(WARD_ID)
        twice.take(write(twice.folder, "d.json", bundle(known, condition("r", "c", "Cold"))))
    else:
        join(twice, one, other)
    assert follows(twice, "Ada")
    assert follows(twice, "Mum")
    for user in ("Ada", "Mum"):  # before anybody else opened it
        assert twice.as_user(user).run("show", other, "--json").code == 0
        assert len(twice.as_user(user).json("choices", other)["entry"]) == 1

    if not evidence:
        join(twice, one, other, split=True)
        assert not follows(twice, "Ada")
        assert not follows(twice, "Mum")
        for user in ("Ada", "Mum"):
            assert twice.as_user(user).json("choices", other)["entry"] == []


RULE = "zqrule7788"


def follows(vault: Vault, user: str) -> bool:
    return bool(insider.loot(vault.path, user, PASSPHRASE).count(RULE))


def role(name: str) -> dict[str, Any]:
    return {"role": {"coding": [{"system": "https://fhir.onestory.example/CodeSystem/role", "code": name}]}}


def refusal() -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]
        },
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/a"},
        "dateTime": "2026-10-01",
    }


@pytest.mark.parametrize("first", [0, 1])
def test_emergency_access_to_one_record_does_not_stand_in_the_way_once_it_is_joined(twice: Vault, first: int) -> None:
    """It speaks for that record; who is joined since is opened by access of its own, with its own line and notice."""
    crew = twice.add_user("Cy", "ambulance", "County Ambulance")
    emergency = ("--purpose", "BTG", "--reason", "Found unconscious, medicines not known", "--json")
    both = people(twice)
    assert crew.run("show", both[first], *emergency).code == 0
    join(twice, *both)
    for person in both:
        ran = crew.run("show", person, *emergency)
        assert {word for word in WORDS if word in ran.out} == set(WORDS)
        assert "Emergency access until" in ran.json["notices"][0]
