"""Reading Patient resources of every source, also broken ones, and who is one person in the sample records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fhir.describe.patient import demographics
from fhir.entries import PersonId
from fhir.identity import match, merged, person_id_for
from fhir.look_ups import identity_keys
from fhir.people import Identity

UK = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
STATUS_URLS = [
    UK + "NHSNumberVerificationStatus",
    "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-NHSNumberVerificationStatus-1",
    "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-NHSNumberVerificationStatus-1",
]


def nhs_identifier(value: str, code: str = "", url: str = STATUS_URLS[0]) -> dict[str, Any]:
    found: dict[str, Any] = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": value}
    if code:
        found["extension"] = [{"url": url, "valueCodeableConcept": {"coding": [{"code": code}]}}]
    return found


def identity_of(**elements: Any) -> Identity:
    return demographics({"resourceType": "Patient", **elements}, "R4").identity


@pytest.mark.parametrize("url", STATUS_URLS)
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("01", "verified"),
        ("number-present-and-verified", "verified"),
        ("02", "unverified"),
        ("number-present-but-not-traced", "unverified"),
        ("08", "unverified"),
    ],
)
def test_every_form_of_verification_status_is_read(url: str, code: str, status: str) -> None:
    found = identity_of(identifier=[nhs_identifier("999 000 0018", code, url)])
    assert (found.nhs_number, found.nhs_status) == ("9990000018", status)


def test_a_number_that_fails_its_check_digit_is_invalid_whatever_the_source_says() -> None:
    found = identity_of(identifier=[nhs_identifier("1234567890", "01")])
    assert (found.nhs_number, found.nhs_status) == ("1234567890", "invalid")


def test_a_valid_number_is_preferred_over_an_invalid_and_an_old_one() -> None:
    old = {**nhs_identifier("9990000026", "01"), "use": "old"}
    found = identity_of(identifier=[nhs_identifier("123"), old, nhs_identifier("9990000018", "01")])
    assert found.nhs_number == "9990000018"


@pytest.mark.parametrize("code", ["R", "V"])
def test_a_restricted_person_has_no_address_contact_or_practice_even_where_given(code: str) -> None:
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    tree = {
        "resourceType": "Patient",
        "meta": {"security": [{"system": system, "code": code}]},
        "address": [{"line": ["1 Secret Street"], "postalCode": "AB1 2CD"}],
        "telecom": [{"system": "phone", "value": "0113 496 0000"}],
        "generalPractitioner": [{"display": "Secret Surgery"}],
        "contact": [{"telecom": [{"value": "0113 496 0001"}], "address": {"text": "Secret House"}}],
        "name": [{"family": "Reed", "given": ["Ann"]}],
    }
    found = demographics(tree, "R4")
    assert found.identity.restricted
    assert found.identity.standalone
    assert (found.addresses, found.telecoms, found.gp_practice) == ((), (), "")
    assert "Secret" not in repr(found)
    assert "0113" not in repr(found)


@pytest.mark.parametrize(
    "elements",
    [
        {"identifier": [{"system": "https://sexual-health.example.nhs.uk/clinic-number", "value": "SH-77"}]},
        {"identifier": [{"type": {"text": "Sexual health clinic number"}, "value": "77"}]},
        {"meta": {"tag": [{"code": "adopted"}]}},
        {"meta": {"security": [{"system": "https://example.nhs.uk/labels", "display": "Gender recognition applies"}]}},
    ],
)
def test_clinic_numbers_and_protected_identities_stand_alone(elements: dict[str, Any]) -> None:
    assert identity_of(**elements).standalone


def test_language_and_interpreter_come_from_the_nhs_communication_extension() -> None:
    parts = [
        {"url": "language", "valueCodeableConcept": {"coding": [{"code": "fr", "display": "French"}]}},
        {"url": "interpreterRequired", "valueBoolean": True},
    ]
    found = demographics({"extension": [{"url": UK + "NHSCommunication", "extension": parts}]}, "R4")
    assert (found.language, found.interpreter_required) == ("French", True)


def test_pronouns_preferred_name_ethnicity_and_practice_are_read() -> None:
    pronouns = {"url": "value", "valueCodeableConcept": {"text": "they/them"}}
    tree = {
        "extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/individual-pronouns", "extension": [pronouns]},
            {
                "url": UK + "EthnicCategory",
                "valueCodeableConcept": {"coding": [{"code": "A", "display": "White - British"}]},
            },
        ],
        "name": [
            {"use": "official", "family": "Ellison", "given": ["Margaret"]},
            {"use": "nickname", "given": ["Peggy"]},
        ],
        "generalPractitioner": [{"display": "Hillside Surgery"}],
    }
    found = demographics(tree, "R4")
    assert (found.pronouns, found.preferred_name, found.ethnicity) == ("they/them", "Peggy", "White - British")
    assert (found.gp_practice, found.identity.name) == ("Hillside Surgery", "Margaret ELLISON")


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"deceasedDateTime": "2024-05-01"}, "2024-05-01"),
        ({"deceasedBoolean": True}, "yes"),
        ({"deceasedBoolean": False}, ""),
        ({}, ""),
    ],
)
def test_death_is_read_as_a_date_or_as_yes(elements: dict[str, Any], expected: str) -> None:
    assert identity_of(**elements).deceased == expected


def test_an_impossible_date_of_birth_is_kept_and_said_to_be_so() -> None:
    found = identity_of(birthDate="1961-04-93")
    assert (found.birth_date, found.birth_date_valid) == ("1961-04-93", False)


BROKEN: list[Any] = [
    None,
    1,
    1.5,
    True,
    "text",
    [],
    {},
    [None],
    [1],
    ["text"],
    [[]],
    [{}],
    {"coding": "x"},
    [{"value": {}}],
]


@pytest.mark.parametrize("broken", BROKEN, ids=repr)
def test_no_broken_shape_makes_reading_fail(broken: Any) -> None:
    names = [
        "identifier",
        "name",
        "telecom",
        "address",
        "birthDate",
        "gender",
        "extension",
        "meta",
        "communication",
        "generalPractitioner",
        "contained",
        "maritalStatus",
        "deceasedBoolean",
        "deceasedDateTime",
    ]
    for name in names:
        demographics({"resourceType": "Patient", name: broken}, "STU3")
    parts = dict.fromkeys(("system", "value", "use", "extension", "url", "family", "given", "line", "period"), broken)
    for name in names:
        demographics({"resourceType": "Patient", name: [parts]}, "R4")
        demographics({"resourceType": "Patient", name: parts}, "R4")


def test_an_object_where_a_list_is_due_is_read_all_the_same() -> None:
    found = identity_of(name={"family": "Reed", "given": "Ann"}, identifier=nhs_identifier("9990000018", "01"))
    assert (found.name, found.nhs_status) == ("Ann REED", "verified")


def patients(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.rglob("*.json")):
        try:
            document = json.loads(path.read_bytes())
        except ValueError:
            continue
        yield from ((path, tree) for tree in _within(document))


def _within(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("resourceType") == "Patient":
            yield node
        for value in node.values():
            yield from _within(value)
    elif isinstance(node, list):
        for value in node:
            yield from _within(value)


def people_in(folder: Path) -> dict[PersonId, Identity]:
    """The people that importing every Patient below a folder, in order of file name, would make."""
    known: dict[PersonId, Identity] = {}
    for _, tree in patients(folder):
        candidate = demographics(tree, "STU3").identity
        keys = set(identity_keys(candidate))
        found = match(candidate, [(key, known[key]) for key in known if keys & set(identity_keys(known[key]))])
        if found.decision == "same":
            known[found.person_id] = merged(known[found.person_id], candidate)
        else:
            known[person_id_for(candidate, tree, known)] = candidate
    return known


FOLDERS = [
    "nhs-pds",
    "nhs-gp2gp",
    "nhs-bars",
    "nhs-scr",
    "ukcore-examples",
    "smart-stu3/SMART",
    "interweave-yhcr",
    "fhir-spec-examples",
    "us-core",
    "eltss",
    "ips",
    "pacio-functional-status",
]


def test_every_patient_of_the_sample_records_is_read(shared_data: Path) -> None:
    count = 0
    for folder in FOLDERS:
        for _, tree in patients(shared_data / folder):
            found = demographics(tree, "R4")
            assert bool(found.identity.names) == bool(tree.get("name"))
            assert found.identity.birth_date == tree.get("birthDate", "")
            count += 1
    assert count >= 120


def test_five_people_who_share_an_invalid_number_stay_five(shared_data: Path) -> None:
    known = people_in(shared_data / "nhs-gp2gp")
    assert len(known) == 5
    assert {identity.nhs_number for identity in known.values()} == {"1234567890"}


def test_a_person_spread_over_several_files_is_one(shared_data: Path) -> None:
    folder = shared_data / "smart-stu3" / "SMART"
    known = people_in(folder)
    assert len(known) == len({path.name.split(".")[0] for path in folder.glob("*.json")})


def test_the_sensitive_patient_of_pds_is_restricted(shared_data: Path) -> None:
    path = next(shared_data.joinpath("nhs-pds").rglob("Sensitive_Patient.json"))
    found = demographics(json.loads(path.read_bytes()), "R4")
    assert found.identity.restricted
    assert (found.addresses, found.telecoms, found.gp_practice) == ((), (), "")
