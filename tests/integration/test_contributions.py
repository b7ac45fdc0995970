"""Adding to a record: read, labelled and sealed like an import; with author and Provenance; corrected, never erased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandkit import NHS, NOW, Vault, bundle, condition, entries, make_vault, nhs_number, patient, run, write

from fhir.entries import PersonId

NUMBER = nhs_number(950)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A vault of a GP with a home-care worker and a privacy officer."""
    vault = make_vault(tmp_path_factory.mktemp("clinic"), role="gp", test_data=False)
    vault.add_user("Hal", "home-care", "Home Help Ltd")
    vault.add_user("Salma", "privacy-officer", "Privacy Office")
    vault.store(
        write(
            tmp_path_factory.mktemp("in"), "a.json", bundle(patient("1", "Adds", NUMBER), condition("c", "1", "Asthma"))
        )
    )
    other = patient("9", "Other", nhs_number(960))
    vault.store(write(tmp_path_factory.mktemp("in"), "b.json", bundle(other, condition("x", "9", "Falls"))))
    return vault


def observation(**values: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Body weight"},
        "valueQuantity": {"value": 57.40, "unit": "kg"},
        "effectiveDateTime": "2026-11-20",
        **values,
    }


def person(vault: Vault) -> str:
    return vault.as_user("Asha").person("adds")


def added(vault: Vault, folder: Path, tree: dict[str, Any], name: str = "add.json") -> Any:
    return vault.json("add", person(vault), write(folder, name, tree))


def found(vault: Vault, resource: str) -> list[dict[str, Any]]:
    return [one for one in entries(vault.json("show", person(vault))) if one["resource"] == resource]


def test_what_is_added_stands_in_the_record_with_who_and_when(clinic: Vault, tmp_path: Path) -> None:
    worker = clinic.as_user("Hal")
    file = write(tmp_path, "w.json", json.dumps(observation()).replace("57.4", "57.40"))
    done = worker.json("add", person(clinic), file)
    assert done["issues"] == []
    (shown,) = found(worker, done["resource"])
    assert shown["entryId"] in done["entries"]
    assert shown["source"]["name"] == "Home Help Ltd"
    assert shown["author"] == "Hal"
    said = {field["label"]: field["value"] for field in shown["fields"]}
    assert said["Added by"] == "Hal, Home care, Home Help Ltd"
    assert said["Added on"].startswith(NOW[:10])
    assert found(clinic, done["resource"]), "a GP sees it too"
    original = worker.run("source", shown["entryId"])
    assert b"57.40" in original.raw
    assert json.loads(original.raw)["subject"] == {"reference": f"Patient/{person(clinic)}"}


def test_provenance_is_kept_beside_it(clinic: Vault, tmp_path: Path) -> None:
    done = added(clinic, tmp_path, observation(code={"text": "Height"}))
    with clinic.signed_in() as workspace:
        document = json.loads(workspace._session.document(done["importId"]))
    proof = document["entry"][1]["resource"]
    assert f"Provenance/{proof['id']}" == done["provenance"]
    assert proof["target"][0]["reference"] == done["resource"]
    assert proof["agent"][0]["who"]["display"] == "Asha"
    assert proof["agent"][0]["onBehalfOf"]["display"] == "Riverside Team"


def test_it_is_sealed_like_an_import(clinic: Vault, tmp_path: Path) -> None:
    act = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    closed = observation(code={"text": "WITHHELDTEST"}, meta={"security": [{"system": act, "code": "STD"}]})
    done = added(clinic, tmp_path, closed)
    assert found(clinic, done["resource"])
    assert found(clinic.as_user("Hal"), done["resource"]) == []
    assert "WITHHELDTEST" not in clinic.as_user("Hal").told(person(clinic))


def test_a_correction_replaces_and_keeps_what_was_said(clinic: Vault, tmp_path: Path) -> None:
    first = added(clinic, tmp_path, observation(id="mine", code={"text": "Pulse before"}))
    file = write(tmp_path, "again.json", observation(id="mine", code={"text": "Pulse after"}))
    later = [*clinic.access()[:-1], "2026-11-22T09:00:00Z"]
    again = run("add", person(clinic), file, *later, "--json")
    assert again.code == 0, again.err
    titles = {one["title"] for one in found(clinic, "Observation/mine")}
    assert titles == {"Pulse after"}
    who = PersonId(person(clinic))
    with clinic.signed_in() as workspace:
        kept = workspace._session.holdings(who)
    assert set(first["entries"]) <= {one.entry_id for one in kept}, "what was said before is still in the vault"


def test_adding_the_same_twice_adds_once(clinic: Vault, tmp_path: Path) -> None:
    note = observation(code={"text": "Once"})
    assert added(clinic, tmp_path, note)["importId"] == added(clinic, tmp_path, note)["importId"]
    assert len([one for one in entries(clinic.json("show", person(clinic))) if one["title"] == "Once"]) == 1


def named(**reference: Any) -> dict[str, Any]:
    return observation(subject=reference)


def test_the_person_may_be_named_as_their_records_name_them(clinic: Vault, tmp_path: Path) -> None:
    for reference in (
        {"reference": "Patient/1"},
        {"reference": f"Patient/{person(clinic)}"},
        {"identifier": {"system": NHS, "value": NUMBER}},
    ):
        assert added(clinic, tmp_path, named(**reference))["resource"].startswith("Observation/")


@pytest.mark.parametrize(
    "tree",
    [
        named(reference="Patient/9"),
        named(reference="Patient/nobody"),
        named(identifier={"system": NHS, "value": nhs_number(960)}),
        named(reference="urn:uuid:00000000-0000-0000-0000-000000000001"),
        patient("1", "Adds", NUMBER),
        {"resourceType": "Organization", "name": "X"},
        {"resourceType": "Consent", "status": "active"},
        bundle(observation(), observation()),
        bundle(observation()),
        {"resourceType": "AuditEvent"},
        {"not": "fhir"},
        "{broken",
    ],
    ids=lambda tree: str(tree)[:40],
)
def test_what_is_not_one_record_of_this_person_is_refused(clinic: Vault, tmp_path: Path, tree: Any) -> None:
    before = entries(clinic.json("show", person(clinic)))
    ran = clinic.run("add", person(clinic), write(tmp_path, "no.json", tree))
    assert (ran.code, ran.raw) == (2, b"")
    assert ran.sentence
    assert entries(clinic.json("show", person(clinic))) == before


def test_who_may_not_add_is_told_so(clinic: Vault, tmp_path: Path) -> None:
    file = write(tmp_path, "a.json", observation())
    assert clinic.as_user("Salma").run("add", person(clinic), file).code == 2
    assert clinic.run("add", "pnobody", file).code == 1
    assert clinic.run("add", person(clinic), file, "--relationship", "none").code == 2
    assert clinic.run("add", person(clinic), tmp_path / "not there").code == 2


def test_adding_is_in_the_log(clinic: Vault, tmp_path: Path) -> None:
    done = added(clinic, tmp_path, observation(code={"text": "Logged"}))
    events = clinic.as_user("Salma").json("log", "--person", person(clinic))
    kinds = [event["kind"] for event in events if set(event["items"]) & {*done["entries"], done["importId"]}]
    assert {"contribution", "import"} <= set(kinds)


def test_faults_are_told_and_the_record_is_kept(clinic: Vault, tmp_path: Path) -> None:
    done = added(clinic, tmp_path, observation(code={"text": "No status"}, status=None))
    assert [one["severity"] for one in done["issues"]].count("error") >= 1
    assert found(clinic, done["resource"])


def test_everything_exported_is_about_a_patient_of_the_bundle_also_what_was_added(
    clinic: Vault, tmp_path: Path
) -> None:
    done = added(clinic, tmp_path, observation(code={"text": "Waist"}))
    out = tmp_path / "out.json"
    assert clinic.as_user("Asha").run("export", person(clinic), "--format", "fhir", "--out", out).code == 0
    whole = json.loads(out.read_bytes())["entry"]
    named = {one["fullUrl"]: one["resource"] for one in whole}
    assert any(f"{one['resourceType']}/{one['id']}" == done["resource"] for one in named.values())
    subjects = 0
    for url, resource in named.items():
        if "subject" in resource:
            subjects += 1
            literal = resource["subject"]["reference"]
            leads = literal if ":" in literal else f"{url.rsplit('/', 2)[0]}/{literal}"
            assert named[leads]["resourceType"] == "Patient", literal
            assert literal.endswith(named[leads]["id"])
    assert subjects >= 2
    made = [one for one in named.values() if one["resourceType"] == "Patient" and "link" in one]
    assert made  # one for each source that named the person in its own way
    for ours in made:
        assert named[ours["link"][0]["other"]["reference"]]["id"] == "1"
        assert {"address", "telecom"}.isdisjoint(ours)
