"""*See as* is what the worker really gets: for every demonstration user and person, entry for entry, minus what is not
shown to whoever looks. Choices are in place for some of the people.
"""

from __future__ import annotations

import pytest

import storage.user_keeping
import storage.vault
from consent.disclosure import DisclosedRecord
from consent.naming import ROLE
from consent.request import STAFF_ROLES
from desktop.demo.run import AS_OF, Demonstration, build
from desktop.workspace import Workspace
from fhir.entries import EntryId
from storage.slots import KdfCost

THO = "http://terminology.hl7.org/CodeSystem/"
CHEAP = KdfCost(memory=64, passes=1, lanes=1)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """The demonstration, with the passphrase work kept low; two people refuse something."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (storage.vault, storage.user_keeping):
            patch.setattr(module, "KdfCost", lambda: CHEAP)
        return build(tmp_path_factory.mktemp("town"), lambda _: None)


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
