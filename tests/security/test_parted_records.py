"""Records that were one and are parted, by a human, by evidence or by undoing an import: no refusal is let go."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, make_vault, nhs_number, patient, write

from consent.naming import ROLE
from fhir.entries import PersonId

NUMBER = nhs_number(3)
ONE, OTHER, LATER = "zqsurgery3311", "zqcouncil9922", "zqlater4455"
THO = "http://terminology.hl7.org/CodeSystem/"
WORKER = "pharmacist"  # whose keys reach no emergency office


def child(id: str, given: str, number: str = "") -> dict[str, Any]:
    made = patient(id, "Okafor", number) if number else patient(id, "Okafor")
    return made | {"birthDate": "2013-05-06", "name": [{"use": "official", "family": "Okafor", "given": [given]}]}


def stranger() -> dict[str, Any]:
    """Somebody else who was given the same NHS number: it is no evidence from now on."""
    made = patient("x", "Brown", NUMBER, born="1981-01-01")
    made["name"] = [{"use": "official", "family": "Brown", "given": ["Zed"]}]
    return bundle(made, condition("x1", "x", "Cold"))


def filled(folder: Path, *, evidence: bool, consents: Sequence[dict[str, Any]] = ()) -> Vault:
    """One child by two records: joined by the same NHS number, or not joined; the first brings these Consents."""
    vault = make_vault(folder / "vault", role="gp")
    number = NUMBER if evidence else ""
    files = {
        "a": bundle(child("a", "Ada", NUMBER), condition("p", "a", f"Asthma {ONE}", code="195967001"), *consents),
        "b": bundle(
            child("b", "Adaeze" if evidence else "Ada", number), condition("q", "b", f"Eczema {OTHER}", code="43116000")
        ),
    }
    for name, content in files.items():
        vault.take(write(folder / "in", f"{name}.json", content))
    return vault


def people(vault: Vault) -> list[PersonId]:
    """Everyone of that name, those who are joined by each of their ids."""
    with vault.signed_in() as workspace:
        return sorted({one for row in workspace.people("Okafor") for one in workspace.joined_with(row.person_id)})


def choice(person: str, role: str, kind: str = "deny") -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": THO + "consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{person}"},
        "dateTime": "2026-10-01",
        "provision": {
            "type": kind,
            "actor": [{"role": {"coding": [{"system": ROLE, "code": role}]}}],
        },
    }


def choose(vault: Vault, person: PersonId, *consents: dict[str, Any]) -> None:
    with vault.signed_in() as workspace:
        workspace.set_choices(person, [copy.deepcopy(one) for one in consents])


def shown(vault: Vault, user: str) -> set[str]:
    return {
        word
        for person in people(vault)
        for word in (ONE, OTHER, LATER)
        if word in vault.as_user(user).run("show", person, "--json").out
    }


def opened(vault: Vault, user: str) -> set[str]:
    loot = insider.loot(vault.path, user, PASSPHRASE)
    return {word for word in (ONE, OTHER, LATER) if loot.count(word)}


def settled(vault: Vault) -> None:
    """Whoever holds the keys opens everyone, and so seals what waits."""
    for person in people(vault):
        assert vault.run("show", person, "--json").code == 0


def match(vault: Vault, act: str, one: str, other: str) -> None:
    assert vault.run("matches", act, one, other, "--reason", "Checked with her").code == 0


def test_what_either_refused_before_a_human_joined_them_is_still_refused_after_the_split(tmp_path: Path) -> None:
    vault = filled(tmp_path, evidence=False)
    vault.add_user("Kit", WORKER, "Elsewhere")
    one, other = people(vault)
    assert opened(vault, "Kit") == {ONE, OTHER}
    choose(vault, other, choice(other, WORKER))
    alone = opened(vault, "Kit")
    assert len(alone) == 1
    match(vault, "join", one, other)
    choose(vault, one, choice(one, WORKER))
    assert shown(vault, "Kit") == opened(vault, "Kit") == set()
    match(vault, "split", one, other)
    settled(vault)
    assert shown(vault, "Kit") == opened(vault, "Kit") == set()  # what was chosen for the whole stays with each


def test_a_choice_on_the_whole_takes_the_place_of_both_and_is_one_choice(tmp_path: Path) -> None:
    vault = filled(tmp_path, evidence=False)
    vault.add_user("Kit", WORKER, "Elsewhere")
    one, other = people(vault)
    choose(vault, other, choice(other, WORKER))
    match(vault, "join", one, other)
    choose(vault, other, choice(other, "link-worker", "permit"))
    assert shown(vault, "Kit") == opened(vault, "Kit") == {ONE, OTHER}  # sealed once all acts are there
    with vault.signed_in() as workspace:
        assert len(workspace.choices(one).consents) == len(workspace.choices(other).consents) == 1
    choose(vault, one)
    with vault.signed_in() as workspace:
        assert workspace.choices(other).consents == ()


@pytest.mark.parametrize("how", ["chosen", "imported"])
def test_a_refusal_stays_with_both_where_a_stranger_shows_their_number_to_be_no_evidence(
    tmp_path: Path, how: str
) -> None:
    brought = [choice("a", WORKER) | {"id": "c"}] if how == "imported" else []
    vault = filled(tmp_path, evidence=True, consents=brought)
    vault.add_user("Kit", WORKER, "Elsewhere")
    one, other = people(vault)
    if how == "chosen":
        choose(vault, one, choice(one, WORKER))
    settled(vault)
    assert opened(vault, "Kit") == set()
    imported = vault.as_user("Kit").run("import", write(tmp_path / "in", "x.json", stranger()), "--json")
    assert imported.code == 0
    with vault.signed_in() as workspace:
        assert {workspace.joined_with(one), workspace.joined_with(other)} == {(one,), (other,)}
    settled(vault)
    assert shown(vault, "Kit") == opened(vault, "Kit") == set()


@pytest.mark.parametrize("how", ["split", "evidence"])
def test_a_competent_childs_refusal_of_a_parent_stays_with_both(tmp_path: Path, how: str) -> None:
    vault = filled(tmp_path, evidence=True)
    one, other = people(vault)
    mandate = ("--basis", "parental-responsibility", "--evidence", "Birth certificate seen")
    vault.add_user("Mum", "proxy", "", "--person", other, *mandate)
    assert vault.run("acting", "competence", one, "--competent", "--refuses", "Mum").code == 0
    assert opened(vault, "Mum") == set()
    if how == "split":
        match(vault, "split", one, other)
    else:
        vault.take(write(tmp_path / "in", "x.json", stranger()))
    settled(vault)
    assert shown(vault, "Mum") == opened(vault, "Mum") == set()


def test_a_competent_childs_refusal_outlives_the_record_it_was_told_of(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "vault", role="gp")
    told = write(tmp_path / "in", "a.json", bundle(child("a", "Ada", NUMBER), condition("p", "a", f"Asthma {ONE}")))
    (file,) = vault.store(told)["files"]
    (one,) = people(vault)
    vault.take(write(tmp_path / "in", "b.json", bundle(child("b", "Adaeze", NUMBER), condition("q", "b", OTHER))))
    (other,) = set(people(vault)) - {one}
    mandate = ("--basis", "parental-responsibility", "--evidence", "Birth certificate seen")
    vault.add_user("Mum", "proxy", "", "--person", other, *mandate)
    assert vault.run("acting", "competence", one, "--competent", "--refuses", "Mum").code == 0
    assert vault.run("undo", file["importId"]).code == 0
    assert people(vault) == [other]
    vault.take(write(tmp_path / "in", "c.json", bundle(child("c", "Adaeze", NUMBER), condition("r", "c", LATER))))
    settled(vault)
    assert shown(vault, "Mum") == opened(vault, "Mum") == set()
