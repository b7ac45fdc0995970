"""What a person refuses is in the keys: raw SQL with a worker's passphrase finds none of it, however fine the choice.

Markers stand in records that differ by category, code, kind, author, time and name; a choice names one; the marker is
looked for in all that the worker's keys open, and must be there for those the choice leaves alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import insider
import pytest
from commandkit import NOW, PASSPHRASE, Vault, bundle, condition, entries, make_vault, nhs_number, patient, run, write
from sqlcipher3 import dbapi2 as sqlcipher

from fhir.entries import PersonId
from storage import slots
from storage.records import NewChoice
from storage.sealing import Sealing

THO = "http://terminology.hl7.org/CodeSystem/"
ROLE = "https://fhir.onestory.example/CodeSystem/role"
ORGANISATION = "https://fhir.onestory.example/Id/organisation"
USER = "https://fhir.onestory.example/Id/user"
SNOMED = "http://snomed.info/sct"
MARKS = {
    "Condition/asthma": "zqasthma11",
    "Condition/gout": "zqgout22",
    "Condition/low": "zqlowmood33",
    "Observation/old": "zqoldtest44",
    "Observation/new": "zqnewtest55",
    "Condition/trust": "zqtrust66",
}


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def therapists(**more: Any) -> dict[str, Any]:
    return {"type": "deny", "actor": [{"role": concept(ROLE, "therapist")}], **more}


def consent(provision: dict[str, Any], about: str = "Patient/a", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "id": "choice",
        "status": "active",
        "scope": concept(THO + "consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": {"reference": about},
        "dateTime": "2026-10-01",
        "provision": provision,
        **more,
    }


def records() -> dict[str, Any]:
    def noted(key: str, title: str, code: str, **more: Any) -> dict[str, Any]:
        by = {"recorder": {"reference": "Organization/surgery"}}
        return condition(key, "a", f"{title} {MARKS[f'Condition/{key}']}", code=code, **by | more)

    def tested(key: str, when: str) -> dict[str, Any]:
        return {
            "resourceType": "Observation",
            "id": key,
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Haemoglobin"},
            "subject": {"reference": "Patient/a"},
            "effectiveDateTime": when,
            "performer": [{"reference": "Organization/surgery"}],
            "valueString": MARKS[f"Observation/{key}"],
        }

    psy = {"security": [{"system": THO + "v3-ActCode", "code": "PSY"}]}
    return bundle(
        patient("a", "Okafor", nhs_number(1)),
        {"resourceType": "Organization", "id": "trust", "name": "Moor Trust"},
        {"resourceType": "Organization", "id": "surgery", "name": "Mill Surgery"},
        noted("asthma", "Asthma", "195967001"),
        noted("gout", "Gout", "90560007"),
        noted("low", "Low mood", "366979004", meta=psy),
        noted("trust", "Sprain", "44465007", recorder={"reference": "Organization/trust"}),
        tested("old", "2010-02-03"),
        tested("new", "2026-02-03"),
    )


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Vault]:
    """A vault that a gp made, with a physiotherapist, and a custodian."""
    vault = make_vault(tmp_path, role="gp")
    vault.add_user("Ned", "therapist", "River")
    vault.add_user("Cat", "custodian", "Trust office", "--custodian")
    vault.store(write(tmp_path, "a.json", records()))
    return vault


def choose(vault: Vault, *consents: dict[str, Any], user: str = "Asha", now: str = "") -> Any:
    file = write(vault.folder, "choices.json", list(consents))
    access = vault.as_user(user).access()
    if now:
        access[-1] = now
    ran = run("choices", vault.person(), "--set", file, *access, "--json")
    assert ran.code == 0, ran.err
    return ran.json


def held(vault: Vault, user: str) -> set[str]:
    """Which records' markers a user's keys lead to with raw SQL."""
    loot = insider.loot(vault.path, user, PASSPHRASE)
    return {resource for resource, mark in MARKS.items() if loot.count(mark)}


def shown(vault: Vault, user: str, now: str = NOW) -> set[str]:
    """Which records a user is shown."""
    access = vault.as_user(user).access()
    access[-1] = now
    ran = run("show", vault.person(), *access, "--json")
    return {entry["resource"] for entry in entries(ran.json)} & MARKS.keys()


CHOICES = {
    "category": (therapists(securityLabel=[{"system": THO + "v3-ActCode", "code": "PSY"}]), {"Condition/low"}),
    "code": (therapists(code=[concept(SNOMED, "90560007")]), {"Condition/gout"}),
    "kind": (
        therapists(**{"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Observation"}]}),
        {"Observation/old", "Observation/new"},
    ),
    "time": (therapists(dataPeriod={"end": "2015"}), {"Observation/old"}),
    "item": (
        therapists(data=[{"meaning": "instance", "reference": {"reference": "Condition/asthma"}}]),
        {"Condition/asthma"},
    ),
    "author": (
        therapists(
            actor=[
                {"role": concept(ROLE, "therapist")},
                {
                    "role": concept(THO + "v3-ParticipationType", "AUT"),
                    "reference": {"reference": "Organization/trust"},
                },
            ]
        ),
        {"Condition/trust"},
    ),
    "organisation": (
        {
            "type": "deny",
            "actor": [{"reference": {"identifier": {"system": ORGANISATION, "value": "river"}}}],
        },
        set(MARKS),
    ),
    "worker": (
        {"type": "deny", "actor": [{"reference": {"identifier": {"system": USER, "value": "NED"}}}]},
        set(MARKS),
    ),
}


@pytest.mark.parametrize("name", CHOICES)
def test_what_is_refused_is_not_in_the_keys_and_the_rest_is(ward: Vault, name: str) -> None:
    provision, refused = CHOICES[name]
    assert held(ward, "Ned") == shown(ward, "Ned") == set(MARKS)
    trust = [one["resource"] for one in records()["entry"] if one["resource"]["id"] in ("trust", "surgery")]
    choose(ward, consent(provision), *trust)
    left = set(MARKS) - refused
    if name == "time":  # of records without a known time a refusal counts too
        left = {"Observation/new"} | {one for one in left if one.startswith("Condition")}
    assert shown(ward, "Ned") == left
    assert held(ward, "Ned") == left
    assert held(ward, "Asha") == set(MARKS)
    choose(ward)
    assert held(ward, "Ned") == shown(ward, "Ned") == set(MARKS)


def test_an_organisation_that_has_another_name_is_still_meant_by_what_was_chosen(ward: Vault) -> None:
    key = ("--recovery-key-file", ward.folder / "recovery")
    choose(ward, consent(CHOICES["organisation"][0]))
    rename = ("users", "rename-organisation")
    assert ward.run(*rename, "River", "Riverside Team", *key).sentence == (
        "There is an organisation of that name already, or was."
    )
    assert ward.run(*rename, "Nowhere", "Anywhere", *key).code == 1
    assert ward.run(*rename, "River", " ", *key).code == 2
    assert ward.run(*rename, "River", "Brook", *key).code == 0
    assert {user["organisation"] for user in ward.json("users")} == {"Riverside Team", "Brook", "Trust office"}
    assert held(ward, "Ned") == shown(ward, "Ned") == set()
    later = condition("later", "a", "Migraine zqlater77", code="37796009")
    ward.store(write(ward.folder, "b.json", bundle(patient("a", "Okafor", nhs_number(1)), later)))
    assert held(ward, "Ned") == shown(ward, "Ned") == set()
    assert not insider.loot(ward.path, "Ned", PASSPHRASE).count("zqlater77")
    refused = CHOICES["organisation"][0]["actor"][0]["reference"]["identifier"] | {"value": "BROOK"}
    choose(ward, consent({"type": "deny", "actor": [{"reference": {"identifier": refused}}]}))
    assert held(ward, "Ned") == shown(ward, "Ned") == set()
    choose(ward)
    assert held(ward, "Ned") == shown(ward, "Ned") == set(MARKS)
    assert held(ward, "Asha") == shown(ward, "Asha") == set(MARKS)
    ward.add_user("Nia", "therapist", "Brook")  # joins the team that was there
    assert held(ward, "Nia") == set(MARKS)
    assert ward.run("log", "verify").code == 0


def test_a_choice_made_by_a_team_counts_when_the_team_has_another_name(ward: Vault) -> None:
    choose(ward, consent(CHOICES["code"][0]))
    key = ("--recovery-key-file", ward.folder / "recovery")
    assert ward.run("users", "rename-organisation", "Riverside Team", "Brookside Team", *key).code == 0
    left = set(MARKS) - {"Condition/gout"}
    assert held(ward, "Ned") == shown(ward, "Ned") == left
    ward.add_user("Nia", "therapist", "Moor")
    assert held(ward, "Nia") == shown(ward, "Nia") == left
    assert shown(ward, "Asha") == set(MARKS)


def test_an_imported_consent_narrows_at_once_in_the_keys_and_never_widens(ward: Vault) -> None:
    ward.add_user("Adam", "administrator", "Desk")
    before = shown(ward, "Adam")
    rule = therapists(securityLabel=[{"system": THO + "v3-ActCode", "code": "PSY"}])
    open_to_all = {
        "type": "permit",
        "actor": [{"role": concept(ROLE, "administrator")}],
        "class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}],
    }
    content = bundle(
        patient("a", "Okafor", nhs_number(1)), consent(rule) | {"id": "no"}, consent(open_to_all) | {"id": "yes"}
    )
    ward.store(write(ward.folder, "a.json", records()), write(ward.folder, "b.json", content))
    assert held(ward, "Ned") == shown(ward, "Ned") == set(MARKS) - {"Condition/low"}
    assert shown(ward, "Adam") == before
    found = ward.as_user("Cat").json("choices", ward.person())
    ids = [tag["code"] for one in found["entry"] for tag in one["resource"]["meta"]["tag"] if "/Id/" in tag["system"]]
    ran = ward.run("choices", ward.person(), "--confirm", ids[0])
    assert ran.code == 2
    assert "Only the person" in ran.sentence
    ran = ward.as_user("Cat").run("choices", ward.person(), *[part for id in ids for part in ("--confirm", id)])
    assert ran.code == 0, ran.err
    assert {one for one in MARKS if one.startswith("Condition")} - shown(ward, "Adam") == set()
    assert held(ward, "Ned") == set(MARKS) - {"Condition/low"}


def test_a_later_import_by_someone_who_may_not_read_it_is_sealed_by_the_choices(ward: Vault) -> None:
    choose(ward, consent(therapists(securityLabel=[{"system": THO + "v3-ActCode", "code": "PSY"}])))
    psy = {"security": [{"system": THO + "v3-ActCode", "code": "PSY"}]}
    later = bundle(
        patient("a", "Okafor", nhs_number(1)), condition("later", "a", "Anxiety zqlater77", code="48694002", meta=psy)
    )
    ward.as_user("Ned").store(write(ward.folder, "a.json", records()), write(ward.folder, "c.json", later))
    assert insider.loot(ward.path, "Asha", PASSPHRASE).count("zqlater77")
    assert not insider.loot(ward.path, "Ned", PASSPHRASE).count("zqlater77")


def test_nobody_widens_for_themselves(ward: Vault) -> None:
    choose(ward, consent(therapists()), user="Cat")
    assert shown(ward, "Ned") == held(ward, "Ned") == set()
    choose(ward, user="Ned")
    assert shown(ward, "Ned") == held(ward, "Ned") == set()
    choose(ward, user="Asha")
    assert shown(ward, "Ned") == held(ward, "Ned") == set(MARKS)


def test_what_the_one_who_narrows_cannot_open_is_withheld_at_once_and_sealed_by_a_holder(
    ward: Vault,
) -> None:
    """Ned may not open what is about mental health; at the person's word he closes all of it to care-home staff."""
    ward.add_user("Theo", "care-home", "Gym")
    choose(ward, consent(therapists(securityLabel=[{"system": THO + "v3-ActCode", "code": "PSY"}])))
    assert "Condition/low" in held(ward, "Theo")
    closed = {"type": "deny", "actor": [{"role": concept(ROLE, "care-home")}]}
    found = choose(ward, consent(therapists(securityLabel=[{"system": THO + "v3-ActCode", "code": "PSY"}])),
                   consent(closed) | {"id": "other"}, user="Ned")  # fmt: skip
    assert found["meta"]["tag"][0]["code"] == "settling"
    assert held(ward, "Theo") == {"Condition/low"}
    with ward.as_user("Cat").signed_in():
        pass
    assert held(ward, "Theo") == shown(ward, "Theo") == set()


def test_a_user_added_later_follows_the_choices(ward: Vault) -> None:
    choose(ward, consent(therapists(securityLabel=[{"system": THO + "v3-ActCode", "code": "PSY"}])))
    ward.add_user("Nia", "therapist", "Lake")
    assert held(ward, "Nia") == shown(ward, "Nia") == set(MARKS) - {"Condition/low"}


def test_when_someone_leaves_the_choices_still_hold(ward: Vault) -> None:
    ward.add_user("Nia", "therapist", "River")
    choose(ward, consent(therapists(securityLabel=[{"system": THO + "v3-ActCode", "code": "PSY"}])))
    ran = ward.run("users", "remove", "Ned", "--recovery-key-file", ward.folder / "recovery")
    assert ran.code == 0, ran.err
    assert held(ward, "Nia") == shown(ward, "Nia") == set(MARKS) - {"Condition/low"}
    choose(ward)
    assert held(ward, "Nia") == set(MARKS)


def test_a_named_worker_is_told_from_the_rest_of_the_team(ward: Vault) -> None:
    ward.add_user("Nia", "therapist", "River")
    choose(ward, consent(CHOICES["worker"][0]))
    assert held(ward, "Ned") == shown(ward, "Ned") == set()
    assert held(ward, "Nia") == shown(ward, "Nia") == set(MARKS)


def test_what_one_teams_worker_sets_is_told_apart_from_what_holds_for_the_others(ward: Vault) -> None:
    ward.add_user("Nia", "therapist", "Lake")
    choose(ward, consent(therapists(code=[concept(SNOMED, "90560007")])), user="Cat")
    left = set(MARKS) - {"Condition/gout"}
    assert held(ward, "Nia") == held(ward, "Ned") == left
    choose(ward, user="Ned")
    shown(ward, "Asha")
    assert shown(ward, "Ned") == held(ward, "Ned") == left
    assert shown(ward, "Nia") == held(ward, "Nia") == set(MARKS)


def import_refusal(ward: Vault, user: str = "Asha", **more: Any) -> str:
    ada = patient("a", "Okafor", nhs_number(1))
    name = f"c{len(list(ward.folder.glob('c*.json')))}.json"
    report = ward.as_user(user).store(
        write(ward.folder, "a.json", records()), write(ward.folder, name, bundle(ada, consent(therapists(), **more)))
    )
    return str(next(file["importId"] for file in report["files"] if file["path"].endswith(name)))


def test_an_import_that_brought_choices_is_taken_back_by_its_importer_or_the_custodian_only(ward: Vault) -> None:
    import_id = import_refusal(ward)
    ran = ward.as_user("Ned").run("undo", import_id)
    assert ran.code == 2
    assert "sharing choices" in ran.sentence
    assert shown(ward, "Ned") == held(ward, "Ned") == set()
    assert ward.as_user("Cat").run("undo", import_id).code == 0


def test_a_refusal_is_not_ended_by_importing_a_newer_state_of_it(ward: Vault) -> None:
    import_refusal(ward, meta={"lastUpdated": "2026-10-01T00:00:00Z"})
    import_refusal(ward, "Ned", meta={"lastUpdated": "2026-11-01T00:00:00Z"}, status="inactive")
    with ward.as_user("Cat").signed_in():
        pass
    assert shown(ward, "Ned") == held(ward, "Ned") == set()


def test_what_was_confirmed_outlives_the_import_it_came_with_and_keeps_its_words(ward: Vault) -> None:
    text = {"status": "generated", "div": "<div>zqwords</div>"}
    import_id = import_refusal(ward, text=text)
    found = ward.as_user("Cat").json("choices", ward.person())
    (id,) = [tag["code"] for tag in found["entry"][0]["resource"]["meta"]["tag"] if "/Id/" in tag["system"]]
    assert ward.as_user("Cat").run("choices", ward.person(), "--confirm", id).code == 0
    assert ward.run("undo", import_id).code == 0
    shown(ward, "Asha")
    assert shown(ward, "Ned") == held(ward, "Ned") == set()
    (kept,) = ward.as_user("Cat").json("choices", ward.person())["entry"]
    assert kept["resource"]["text"] == text
    assert not insider.loot(ward.path, "Ned", PASSPHRASE).count("zqwords")


def test_what_is_not_sealed_back_yet_is_not_called_absent(ward: Vault) -> None:
    everyone = {"type": "deny", "actor": [{"role": concept(ROLE, "gp")}]}
    ada = patient("a", "Okafor", nhs_number(1))
    report = ward.store(
        write(ward.folder, "a.json", records()), write(ward.folder, "no.json", bundle(ada, consent(everyone)))
    )
    import_id = next(file["importId"] for file in report["files"] if file["path"].endswith("no.json"))
    assert shown(ward, "Asha") == set()
    assert ward.run("undo", import_id).code == 0
    record = ward.json("show", ward.person())
    assert {section["state"] for section in record["sections"].values()} <= {"data", "nothing-shown"}
    with ward.as_user("Cat").signed_in():
        pass
    assert shown(ward, "Asha") == set(MARKS)


def test_a_choice_that_begins_later_is_not_granted_before_and_one_that_ends_comes_back(ward: Vault) -> None:
    ward.add_user("Adam", "administrator", "Desk")
    start = {"type": "permit", "actor": [{"role": concept(ROLE, "administrator")}], "period": {"start": "2027"}}
    choose(ward, consent(start))
    assert held(ward, "Adam") == shown(ward, "Adam") == set()
    later = "2027-01-01T00:00:00Z"
    shown(ward, "Asha", later)  # someone who holds the keys comes by
    assert shown(ward, "Adam", later) == held(ward, "Adam") == set(MARKS)


def test_an_import_taken_back_takes_its_choices_back(ward: Vault) -> None:
    content = bundle(patient("a", "Okafor", nhs_number(1)), consent(therapists()))
    report = ward.store(write(ward.folder, "a.json", records()), write(ward.folder, "b.json", content))
    assert shown(ward, "Ned") == held(ward, "Ned") == set()
    import_id = next(file["importId"] for file in report["files"] if file["path"].endswith("b.json"))
    assert ward.run("undo", import_id).code == 0
    shown(ward, "Asha")
    assert shown(ward, "Ned") == held(ward, "Ned") == set(MARKS)


def sql(vault: Vault, user: str = "Ned") -> sqlcipher.Connection:
    keys = slots.open_user(slots.read(vault.path), user, PASSPHRASE)
    connection = sqlcipher.connect(str(vault.path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{keys.vault_keys[0].hex()}'\"")
    return connection


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM choice",
        "DELETE FROM choice WHERE no = (SELECT max(no) FROM choice)",
        "UPDATE choice SET person = 0",
        "UPDATE choice SET signature = zeroblob(64) WHERE no = 1",
        "UPDATE choice SET rules = (SELECT rules FROM choice WHERE no = 2) WHERE no = 1",
        "UPDATE choice SET signer = signer + 1",
    ],
)
def test_a_choice_changed_by_hand_shows_and_opens_nothing(ward: Vault, statement: str) -> None:
    choose(ward, consent(therapists()))
    choose(ward, consent(therapists(securityLabel=[{"system": THO + "v3-ActCode", "code": "PSY"}])))
    before = held(ward, "Ned")
    connection = sql(ward)
    connection.execute(statement)
    connection.close()
    ran = run("show", ward.person(), *ward.as_user("Ned").access(), "--json")
    if ran.code == 0:
        assert not {entry["resource"] for entry in entries(ran.json)} - before
    else:
        assert ran.sentence
    assert held(ward, "Ned") == before


def test_a_forged_choice_is_not_obeyed(ward: Vault) -> None:
    """Ned writes a row that says the custodian set no choices, signed with his own key."""
    choose(ward, consent(therapists()), user="Cat")
    connection = sql(ward)
    row = connection.execute("SELECT * FROM choice").fetchone()
    forged = (row[0] + 1, *row[1:4], *row[4:9], row[9])
    connection.execute(f"INSERT INTO choice VALUES ({', '.join('?' * len(row))})", forged)
    connection.close()
    ran = run("show", ward.person(), *ward.as_user("Ned").access(), "--json")
    assert ran.code == 2
    assert "changed" in ran.sentence
    assert held(ward, "Ned") == set()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"resourceType": "Patient"}, "no FHIR Consent"),
        ([7], "not a FHIR Consent"),
        (consent(therapists(), "Patient/other"), "not about this person"),
        ({**consent(therapists()), "patient": {"display": "me"}}, "not about this person"),
        ("{", "not JSON"),
        ({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}, "no FHIR Consent"),
    ],
)
def test_what_is_no_choice_of_this_person_is_refused_and_changes_nothing(ward: Vault, content: Any, said: str) -> None:
    file = write(ward.folder, "choices.json", content)
    ran = ward.run("choices", ward.person(), "--set", file)
    assert (ran.code, said in ran.sentence) == (2, True)
    assert ward.json("choices", ward.person())["entry"] == []


def test_a_choice_that_cannot_be_understood_counts_as_no_and_says_so(ward: Vault) -> None:
    found = choose(ward, consent({"type": "perhaps"}))
    assert shown(ward, "Ned") == held(ward, "Ned") == set()
    (outcome,) = [one["resource"] for one in found["entry"] if one["resource"]["resourceType"] == "OperationOutcome"]
    assert outcome["issue"]


def test_choices_come_out_as_they_went_in(ward: Vault) -> None:
    text = {"status": "generated", "div": "<div>zqwords</div>"}
    first = consent(therapists(), text=text)
    found = choose(ward, first)
    (out,) = [one["resource"] for one in found["entry"]]
    out.pop("meta")
    assert out == {**first, "patient": {"reference": f"Patient/{ward.person()}"}} | {"text": text} or "text" not in out
    full = ward.as_user("Cat").json("choices", ward.person())
    assert full["entry"][0]["resource"]["text"] == text
    assert not insider.loot(ward.path, "Ned", PASSPHRASE).count("zqwords")
    again = write(ward.folder, "again.json", found)
    assert ward.run("choices", ward.person(), "--set", again).code == 0
    assert shown(ward, "Ned") == set()


def test_what_was_imported_is_not_confirmed_by_setting_again_what_was_given_out(ward: Vault) -> None:
    ward.add_user("Adam", "administrator", "Desk")
    before = shown(ward, "Adam")
    permit = {"type": "permit", "actor": [{"role": concept(ROLE, "administrator")}]}
    ada = patient("a", "Okafor", nhs_number(1))
    ward.store(write(ward.folder, "a.json", records()), write(ward.folder, "b.json", bundle(ada, consent(permit))))
    given_out = write(ward.folder, "again.json", ward.json("choices", ward.person()))
    assert ward.run("choices", ward.person(), "--set", given_out).code == 0
    assert shown(ward, "Adam") == before
    assert len(ward.json("choices", ward.person())["entry"]) == 1


def test_a_preview_says_what_would_change_and_changes_nothing(ward: Vault) -> None:
    rule = therapists(securityLabel=[{"system": THO + "v3-ActCode", "code": "PSY"}])
    file = write(ward.folder, "choices.json", consent(rule))
    found = ward.json("choices", ward.person(), "--set", file, "--preview")
    changed = {(kind["role"], kind["organisation"]): kind for kind in found["kinds"] if kind["disappears"]}
    assert set(changed) == {("therapist", ""), ("therapist", "River")}
    assert [item["resource"] for item in changed["therapist", "River"]["disappears"]] == ["Condition/low"]
    assert shown(ward, "Ned") == held(ward, "Ned") == set(MARKS)
    assert json.dumps(found).count("zqlowmood33") == 2  # to whom it is shown anyway: the gp who asks
    nurse = ward.as_user("Ned")
    choose(ward, consent(rule))
    nothing = write(ward.folder, "none.json", [])
    assert "zqlowmood33" not in json.dumps(nurse.json("choices", nurse.person(), "--set", nothing, "--preview"))


@pytest.mark.parametrize("instead", ["", "own", "forged"])
def test_choices_taken_out_and_signed_over_are_missed_by_the_privacy_office(ward: Vault, instead: str) -> None:
    """A worker takes a refusal out, signs the state that is left in their own name, and perhaps fills the gap."""
    ward.add_user("Priya", "privacy-officer", "Trust office")
    choose(ward, consent(therapists()))
    assert ward.as_user("Priya").run("log", "verify").code == 0
    id = PersonId(ward.person())
    with ward.as_user("Ned").signed_in() as worker, worker._session._change():
        execute, person = worker._session._connection.execute, worker._session._people.number(id)
        execute("CREATE TEMP TABLE kept AS SELECT * FROM choice")
        execute("DELETE FROM choice")
        if instead == "own":
            session = worker._session
            nothing = NewChoice(id, rules=b"{}", full=b"{}")
            sealing = Sealing(session._connection, session._vault_id, session._principals)
            session._choices.add(person, nothing, sealing, session._log.signer, session._log.sign, [])
            sealing.write_grants()
        if instead == "forged":
            columns = "no, person, import, 1 << 40, x'00', 1 << 40, x'00', full_digest, signer, x'00'"
            execute(f"INSERT INTO choice SELECT {columns} FROM kept")
    ran = ward.as_user("Priya").run("log", "verify")
    assert ran.code == 1
    assert "Choices of 1 people" in ran.out + ran.err


def test_an_older_copy_from_before_a_choice_is_noticed(ward: Vault) -> None:
    kept = {path: path.read_bytes() for path in ward.folder.iterdir() if path.name.startswith("a.vault")}
    choose(ward, consent(therapists()))
    for path in ward.folder.iterdir():
        if path.name.startswith("a.vault"):
            path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)
    with ward.signed_in() as workspace:
        said = " ".join(workspace.warnings)
    assert "choice" in said
