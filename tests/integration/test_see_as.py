"""*See as* is what the worker really gets: for every demonstration user and person, entry for entry, minus what is not
shown to whoever looks. Choices are in place for some of the people.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from vault_samples import copy_of

from consent.disclosure import DisclosedRecord
from consent.disclosure_json import to_json
from consent.naming import ROLE
from consent.redaction import NOT_SHOWN, OTHER_SERVICE, PROTECTED
from consent.request import STAFF_ROLES
from desktop.demo.run import AS_OF, Demonstration
from desktop.workspace import Workspace
from fhir.describe.context import type_words
from fhir.entries import Entry, EntryId, Field
from fhir.people import NHS_NUMBER_SYSTEM

THO = "http://terminology.hl7.org/CodeSystem/"
VERIFIED = {
    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
    "valueCodeableConcept": {"coding": [{"code": "01"}]},
}


@pytest.fixture(scope="module")
def town(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """A copy of the demonstration; two people refuse something."""
    return copy_of(demonstration, tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def chosen(town: Demonstration) -> Demonstration:
    """The same after two people have chosen."""
    with as_gp(town) as workspace:
        first, second, *_ = workspace.people()
        for row, label, role in ((first, "PSY", "nurse"), (second, "SOC", "ambulance")):
            workspace.set_choices(row.person_id, [refusal(row.person_id, label, role)])
    return town


def as_gp(town: Demonstration) -> Workspace:
    gp = next(user for user in town.users if user.role == "gp")
    return Workspace.sign_in(town.vault, gp.name, gp.passphrase, now=AS_OF)


def refusal(person: str, label: str, role: str) -> dict[str, object]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": THO + "consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{person}"},
        "dateTime": "2026-11-01",
        "provision": {
            "type": "deny",
            "actor": [{"role": {"coding": [{"system": ROLE, "code": role}]}}],
            "securityLabel": [{"system": THO + "v3-ActCode", "code": label}],
        },
    }


def ids(record: DisclosedRecord) -> set[EntryId]:
    return {item.entry.entry_id for section in record.sections.values() for item in section.entries}


def test_see_as_is_what_each_worker_really_gets(chosen: Demonstration) -> None:
    workers = [user for user in chosen.users if user.role in STAFF_ROLES]
    with as_gp(chosen) as looking:
        people = [row.person_id for row in looking.people()]
        assert len(people) >= 14
        mine = {person: ids(looking.open_person(person)) for person in people}
        seen = {
            (user.name, person): ids(looking.see_as(person, user.role, user.organisation, user.name))
            for user in workers
            for person in people
        }
    differing = 0
    for user in workers:
        with Workspace.sign_in(chosen.vault, user.name, user.passphrase, now=AS_OF) as workspace:
            for person in people:
                really = ids(workspace.open_person(person))
                assert seen[user.name, person] == really & mine[person], (user.name, person)
                differing += seen[user.name, person] != mine[person]
    assert differing > 50


def test_the_choices_made_here_are_felt(chosen: Demonstration) -> None:
    """A control: what was refused is missing from what that worker gets."""
    felt = 0
    with as_gp(chosen) as looking:
        for row in looking.people()[2:]:
            before = ids(looking.see_as(row.person_id, "nurse"))
            looking.set_choices(row.person_id, [refusal(row.person_id, "PSY", "nurse")])
            after = ids(looking.see_as(row.person_id, "nurse"))
            assert after <= before
            felt += after < before
    assert felt


def test_what_is_not_saved_yet_is_seen_as_each_worker_would_really_get_it(town: Demonstration) -> None:
    """Tried first, then saved: entry for entry, section state for section state, and nothing kept by the trying."""
    workers = [user for user in town.users if user.role in STAFF_ROLES]
    with as_gp(town) as looking:
        people = [row.person_id for row in looking.people()][-3:]
        mine = {person: ids(looking.open_person(person)) for person in people}
        tried, before = {}, {}
        for person in people:
            kept = looking.choices(person).acts
            draft = [refusal(person, label, role) for label, role in (("PSY", "nurse"), ("SOC", "home-care"))]
            draft[1]["dateTime"] = "2026-11-02"
            for user in workers:
                who = (user.role, user.organisation, user.name)
                before[user.name, person] = ids(looking.see_as(person, *who))
                tried[user.name, person] = looking.see_as(person, *who, consents=draft)
            assert looking.choices(person).acts == kept
            looking.set_choices(person, draft)
    felt = 0
    for user in workers:
        with Workspace.sign_in(town.vault, user.name, user.passphrase, now=AS_OF) as workspace:
            for person in people:
                really, seen = workspace.open_person(person), tried[user.name, person]
                assert ids(seen) == ids(really) & mine[person], (user.name, person)
                felt += ids(seen) < before[user.name, person]
    assert felt


def test_a_worker_who_tries_a_wider_choice_sees_no_more_than_they_may(town: Demonstration) -> None:
    """Sharing everything with one's own team, tried at the person's side, opens nothing."""
    nurse = next(user for user in town.users if user.role == "nurse")
    with Workspace.sign_in(town.vault, nurse.name, nurse.passphrase, now=AS_OF) as workspace:
        for row in workspace.people():
            wide = refusal(row.person_id, "PSY", "nurse")
            wide["provision"] = {"type": "permit"}
            mine = ids(workspace.open_person(row.person_id))
            for role in ("nurse", "gp", "mental-health"):
                assert ids(workspace.see_as(row.person_id, role, consents=[wide])) <= mine


def test_see_as_by_the_people_themselves_is_what_each_worker_really_gets_minus_what_the_law_keeps(
    town: Demonstration, tmp_path: Path
) -> None:
    """Peggy, Tom and everybody else who is, or acts for, a person of the demonstration, with something planted that is
    not for the patient, of a third party, and of safeguarding: entry for entry, and of no entry more than they see."""
    lookers = [user for user in town.users if user.person]
    assert {"Peggy Ellison", "Tom Garside"} <= {user.name for user in lookers}
    with as_gp(town) as gp:
        for number in sorted({user.person for user in lookers}):
            gp.import_files([planted(tmp_path, gp, number)], lambda what, done, total: None, lambda: False)
    workers = [user for user in town.users if user.role in STAFF_ROLES]
    seen: dict[tuple[str, str], DisclosedRecord] = {}
    mine: dict[str, DisclosedRecord] = {}
    for looker in lookers:
        with Workspace.sign_in(town.vault, looker.name, looker.passphrase, now=AS_OF) as workspace:
            (row,) = workspace.people()
            mine[looker.name] = workspace.open_person(row.person_id)
            for user in workers:
                seen[looker.name, user.name] = workspace.see_as(row.person_id, user.role, user.organisation, user.name)
    planted_for, differing = set(), 0
    for user in workers:
        with Workspace.sign_in(town.vault, user.name, user.passphrase, now=AS_OF) as workspace:
            for looker in lookers:
                really = workspace.open_person(mine[looker.name].person)
                through = seen[looker.name, user.name]
                assert ids(through) == ids(really) & ids(mine[looker.name]), (looker.name, user.name)
                assert not marks(through) | marks(mine[looker.name]), (looker.name, user.name)
                planted_for |= marks(really)
                differing += ids(through) != ids(really)
                told = {one: mine[looker.name].entry(one).entry for one in ids(through)}
                assert all(says_no_more(through.entry(one).entry, told[one]) for one in told), (looker.name, user.name)
    assert planted_for == set(MARKS), "a control: workers see each of them"
    assert differing > 20


MARKS = ("zqnopat3301", "zqthird3302", "zqconcern3303")


def planted(folder: Path, workspace: Workspace, number: str) -> Path:
    """A document of the practice with three things that the law keeps from this person."""
    (row,) = (row for row in workspace.people(number) if row.nhs_number == number)
    nopat, third, concern = MARKS

    def problem(id: str, words: str, code: str = "", coded: str = "") -> dict[str, object]:
        coding = {"coding": [{"system": "http://snomed.info/sct", "code": coded}]} if coded else {}
        meta = {"meta": {"security": [{"system": THO + "v3-ActCode", "code": code}]}} if code else {}
        about = {"subject": {"reference": "Patient/p"}, "recordedDate": "2026-05-06"}
        return {"resourceType": "Condition", "id": id, "code": {**coding, "text": words}, **about, **meta}

    named = workspace._session.identity(row.person_id).names[0]
    who = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"system": NHS_NUMBER_SYSTEM, "value": number, "extension": [VERIFIED]}],
        "name": [{"family": named.family, "given": list(named.given)}],
        "birthDate": row.birth_date,
    }
    found = [
        problem("n", f"Not for the patient {nopat}", "NOPAT"),
        problem("t", f"A sister said {third}", "THIRD-PARTY"),
        problem("s", f"Cause for concern {concern}", coded="836881000000105"),
        {
            "resourceType": "MedicationStatement",
            "id": "m",
            "status": "active",
            "medicationCodeableConcept": {"text": "Tablets"},
            "subject": {"reference": "Patient/p"},
            "reasonReference": [{"reference": "Condition/t", "display": f"A sister said {third}"}],
        },
    ]
    entry = [{"resource": one} for one in (who, *found)]
    folder.mkdir(exist_ok=True)
    file = folder / f"{number}.json"
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry}))
    return file


def marks(record: DisclosedRecord) -> set[str]:
    """Which of what was planted is anywhere in a record."""
    told = json.dumps(to_json(record))
    return {word for word in MARKS if word in told}


def says_no_more(seen: Entry, mine: Entry) -> bool:
    """Whether an entry, through somebody else's eyes, says nothing that it does not say to whoever looks. Of what a
    reference leads to it may say of which type that is, as where it leads nowhere."""
    texts = {"", PROTECTED, OTHER_SERVICE, NOT_SHOWN}
    same = all(getattr(seen, name) in texts | {getattr(mine, name)} for name in ("title", "detail", "value", "author"))
    types = {type_words(link.target.partition("/")[0]) for link in mine.links}
    unnamed = {Field(field.label, word) for field in mine.fields for word in types}
    return same and set(seen.fields) <= {*mine.fields, *unnamed} and set(seen.links) <= set(mine.links)
