"""The person and the people around them: details, practice, contacts, communication, teams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from care_samples import INTERWEAVE, concept, describe_one, described, document, lines

from fhir.describe import document_context
from fhir.entries import Entry, Source

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
PRIVATE = ("12 Hidden Lane", "LS1 4AB", "01632 960001", "Y99999", "Secret Surgery", "hidden@example.org")


def a_person(level: str = "U") -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "p",
        "meta": {"security": [{"system": CONFIDENTIALITY, "code": level}]},
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "name": [{"use": "official", "given": ["Ada"], "family": "Mole", "prefix": ["Ms"]}],
        "birthDate": "1938-04",
        "gender": "female",
        "address": [{"use": "home", "line": ["12 Hidden Lane"], "postalCode": "LS1 4AB"}],
        "telecom": [{"system": "phone", "value": "01632 960001"}, {"system": "email", "value": "hidden@example.org"}],
        "generalPractitioner": [
            {
                "display": "Secret Surgery",
                "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "Y99999"},
            }
        ],
        "managingOrganization": {"reference": "Organization/gp", "display": "Secret Surgery"},
        "contact": [
            {
                "relationship": [concept("N", "Next-of-Kin", "http://terminology.hl7.org/CodeSystem/v2-0131")],
                "name": {"given": ["Bo"], "family": "Mole"},
                "telecom": [{"system": "phone", "value": "01632 960001"}],
                "address": {"line": ["12 Hidden Lane"]},
            }
        ],
        "extension": [
            {
                "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NominatedPharmacy",
                "valueReference": {"display": "Pharmacy of Secret Surgery"},
            },
            {
                "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ContactPreference",
                "extension": [{"url": "PreferredContactMethod", "valueCodeableConcept": concept("1", "Letter")}],
            },
        ],
    }


def test_a_person_gives_details_practice_contact_and_how_to_reach_them() -> None:
    entries = described(a_person())
    assert [(e.section, e.kind, e.title) for e in entries] == [
        ("demographics", "person", "Ada MOLE"),
        ("gp-practice", "gp-practice", "Secret Surgery"),
        ("personal-contacts", "next-of-kin", "Bo Mole, Next-of-Kin"),
        ("requirements", "contact-preference", "Prefers contact by letter"),
    ]
    told = lines(entries[0])
    assert told["Name"] == "Ms Ada MOLE (official)"
    assert told["Date of birth"] == "Apr 1938"
    assert told["Address"] == "12 Hidden Lane, LS1 4AB (home)"
    assert lines(entries[1])["Practice code"] == "Y99999"


def _without_source(entry: Entry) -> str:
    return str(msgspec.structs.replace(entry, source=Source(name="")))


@pytest.mark.parametrize("level", ["R", "V"])
def test_a_restricted_person_has_no_address_number_or_practice_anywhere(level: str) -> None:
    entries = described(a_person(level))
    everything = " ".join(_without_source(entry) for entry in entries)
    for secret in PRIVATE:
        assert secret not in everything
    assert lines(entries[0])["Address"] == "protected"
    assert "gp-practice" not in {entry.section for entry in entries}


def test_the_source_of_a_restricted_record_does_not_name_the_practice() -> None:
    for entry in described(a_person("R")):
        assert "Secret Surgery" not in str(entry.source)


def test_the_relations_of_a_restricted_person_keep_name_and_relationship_only() -> None:
    relation = {
        "resourceType": "RelatedPerson",
        "id": "r",
        "patient": {"reference": "Patient/p"},
        "relationship": [concept("MTH", "mother")],
        "name": [{"given": ["Una"], "family": "Mole"}],
        "telecom": [{"system": "phone", "value": "01632 960001"}],
        "address": [{"line": ["12 Hidden Lane"], "postalCode": "LS1 4AB"}],
        "extension": [{"url": "https://example.org/home", "valueString": "12 Hidden Lane"}],
    }
    (entry,) = described(relation, a_person("R"))
    assert entry.title == "Una Mole, mother"
    assert not any(secret in _without_source(entry) for secret in PRIVATE)


def _related(*roles: str, relationship: dict[str, Any] | None = None) -> Entry:
    url = "https://fhir.interweavedigital.nhs.uk/R4/StructureDefinition/Extension-Interweave-SocialCareSupportRole"
    part = [
        {
            "url": url,
            "extension": [
                {
                    "url": "supportRoleType",
                    "valueCodeableConcept": concept(role, "", INTERWEAVE + "SocialCareSupportRole"),
                }
            ],
        }
        for role in roles
    ]
    tree = {"resourceType": "RelatedPerson", "id": "r", "active": True, "name": [{"text": "Kim Reed"}]}
    tree["extension"] = part
    tree["relationship"] = [relationship] if relationship else []
    (entry,) = described(tree)
    return entry


def test_support_roles_say_what_somebody_is_to_the_person() -> None:
    both = _related("MC", "LPA")
    assert (both.kind, both.title) == ("attorney", "Kim Reed, Main Carer, Lasting Power of Attorney")
    assert _related("IC").kind == "carer"
    assert _related("NOK").kind == "next-of-kin"
    assert _related("KH").kind == "key-holder"
    assert _related(relationship={"text": "Parental responsibility"}).kind == "parental-responsibility"
    assert _related(relationship=concept("GUARD")).title == "Kim Reed, Guardian"


def test_an_interpreter_is_a_communication_need() -> None:
    tree = a_person()
    tree["extension"] = [
        {
            "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSCommunication",
            "extension": [
                {"url": "language", "valueCodeableConcept": concept("ur", "Urdu")},
                {"url": "interpreterRequired", "valueBoolean": True},
            ],
        }
    ]
    needs = [entry for entry in described(tree) if entry.section == "requirements"]
    assert [(entry.kind, entry.title) for entry in needs] == [("interpreter", "Urdu, interpreter needed")]


def test_a_care_team_names_each_member_and_key_worker() -> None:
    team = {
        "resourceType": "CareTeam",
        "id": "t",
        "status": "active",
        "name": "Reablement team",
        "participant": [
            {"role": [{"text": "Key worker"}], "member": {"reference": "Practitioner/a", "display": "Sam Lee"}},
            {"role": [{"text": "Unpaid carer"}], "member": {"reference": "RelatedPerson/b", "display": "Jo Mole"}},
            {"member": {"reference": "Patient/p", "display": "Ada Mole"}},
        ],
    }
    assert [(e.section, e.kind, e.title) for e in described(team)] == [
        ("professional-contacts", "care-team", "Reablement team"),
        ("professional-contacts", "key-worker", "Sam Lee, Key worker"),
        ("personal-contacts", "carer", "Jo Mole, Unpaid carer"),
    ]


def _real(shared_data: Path, path: str, kind: str) -> list[Entry]:
    tree = json.loads((shared_data / path).read_text("utf-8"))
    trees = [e["resource"] for e in tree["entry"]] if tree["resourceType"] == "Bundle" else [tree]
    trees.sort(key=lambda one: one["resourceType"] != kind)
    whole = document(*trees)
    return describe_one(whole.resources[0], document_context(whole))


def test_a_real_national_record_reads_as_the_person(shared_data: Path) -> None:
    entries = _real(shared_data, "nhs-pds/sandbox/mocks/Patient.json", "Patient")
    assert [(e.section, e.title) for e in entries] == [
        ("demographics", "Jane SMITH"),
        ("gp-practice", "GP practice Y12345"),
        ("personal-contacts", "Emergency Contact, name not given"),
        ("requirements", "French, interpreter needed"),
        ("requirements", "Prefers written words in Braille, contact by letter, not after 7pm"),
    ]
    assert lines(entries[0])["Died"] == "22 Oct 2010"


def test_a_real_restricted_record_says_the_address_is_protected(shared_data: Path) -> None:
    entries = _real(shared_data, "nhs-pds/sandbox/mocks/Sensitive_Patient.json", "Patient")
    assert [(e.kind, e.title) for e in entries] == [("restricted-person", "Janet SMYTHE")]
    assert lines(entries[0])["Address"] == "protected"


def test_real_relations_read_as_contacts(shared_data: Path) -> None:
    interweave = "interweave-yhcr/sushi-built/RelatedPerson-InterweaveRelatedPersonExample-SocialCare-MustSupport.json"
    (mother,) = _real(shared_data, interweave, "RelatedPerson")
    assert (mother.kind, mother.title, mother.when.text) == (
        "key-holder",
        "Jane Bloggs, mother, Key Holder",
        "since 20 Apr 2019",
    )
    assert lines(mother)["Role"] == "Key Holder, 11 Jan 2022"
    (brother,) = _real(shared_data, "nhs-scr/specification/components/examples/GetScrBundle.json", "RelatedPerson")
    assert brother.title == "JONES Bob, Brother"


def test_somebody_whose_time_has_ended_is_not_said_to_be_there_still() -> None:
    carer = {"resourceType": "RelatedPerson", "id": "r", "active": True, "name": [{"text": "Len Ashworth"}]}
    (ended,) = described({**carer, "period": {"start": "2020-01-01", "end": "2025-01-01"}})
    (running,) = described({**carer, "period": {"start": "2020-01-01"}})
    assert (ended.active, running.active) == (None, True)
