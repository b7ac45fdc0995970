"""References within one drop, and whom a record is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fhir.reading import read_document, read_drop
from fhir.records import SourceFile
from fhir.references import About, ReferenceIndex, Target
from fhir.subjects import patient_reference, subject_of


def document(path: str, *entries: Any, folder: str = "") -> SourceFile:
    """A Bundle of resources, or of (full URL, resource)."""
    rows = [
        {"fullUrl": entry[0], "resource": entry[1]} if isinstance(entry, tuple) else {"resource": entry}
        for entry in entries
    ]
    data = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": rows}).encode()
    return read_document(path, folder or path.rpartition("/")[0], data)


def patient(identity: str = "1", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": identity, **more}


def observation(reference: Any, **more: Any) -> dict[str, Any]:
    subject = {"reference": reference} if isinstance(reference, str) else reference
    return {"resourceType": "Observation", "id": "o", "subject": subject, **more}


def resolved(files: list[SourceFile], reference: Any, *, number: int = -1) -> Target:
    """What a reference in the last resource of the first document points to."""
    file = files[0]
    return ReferenceIndex(files).resolve(reference, resource=file.resources[number], source_file=file)


def about(*files: SourceFile, number: int = -1) -> About:
    return ReferenceIndex(files).person_of(files[0].resources[number], files[0])


ADA = [{"family": "Ellison", "given": ["Ada"]}]


def test_a_urn_is_found_by_full_url() -> None:
    file = document("a/x", ("urn:uuid:1", patient(name=ADA)), ("urn:uuid:2", observation("urn:uuid:1")))
    target = resolved([file], {"reference": "urn:uuid:1"})
    assert (target.status, target.key, target.document, target.display) == (
        "resolved",
        "Patient/1",
        "a/x",
        "Ada Ellison",
    )


def test_the_same_document_comes_before_its_folder_and_the_drop() -> None:
    here = document("a/x", patient(gender="female"), observation("Patient/1"))
    near = document("a/y", patient(gender="male"))
    far = document("b/z", patient(gender="other"))
    asking = document("a/w", observation("Patient/1"))
    assert resolved([here, near, far], "Patient/1").document == "a/x"
    assert resolved([asking, near, far], "Patient/1").document == "a/y"
    assert resolved([asking, far], "Patient/1").document == "b/z"


def test_several_different_resources_that_fit_are_ambiguous() -> None:
    asking = document("a/w", observation("Patient/1"))
    files = [asking, document("b/x", patient(gender="male")), document("c/y", patient(gender="female"))]
    target = resolved(files, {"reference": "Patient/1", "display": "Ada"})
    assert (target.status, target.display, [one.document for one in target.candidates]) == (
        "ambiguous",
        "Ada",
        ["b/x", "c/y"],
    )
    assert about(*files).kind == "unknown"


def test_copies_of_one_resource_are_not_ambiguous() -> None:
    asking = document("a/w", observation("Patient/1"))
    assert resolved([asking, document("a/x", patient()), document("a/y", patient())], "Patient/1").found


def test_stretches_of_one_stream_are_one_document(tmp_path: Path) -> None:
    lines = [patient(str(number)) for number in range(600)] + [observation("Patient/3")]
    (tmp_path / "all.ndjson").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "other.json").write_text(json.dumps(patient("3", gender="male")))
    files = [file for file in read_drop([tmp_path]) if isinstance(file, SourceFile)]
    last = files[1]
    target = ReferenceIndex(files).resolve("Patient/3", resource=last.resources[-1], source_file=last)
    assert target.document.endswith("all.ndjson#1")


@pytest.mark.parametrize(
    "reference",
    [
        "https://a.test/fhir/Patient/1",
        "https://a.test/fhir/Patient/1/_history/2",
        "Patient/1",
        "Patient/1/_history/7",
        "Patient?identifier=https://n.test|999",
    ],
)
def test_every_way_to_name_a_resource_of_the_document_is_understood(reference: str) -> None:
    me = patient(identifier=[{"system": "https://n.test", "value": "999"}])
    url = "https://a.test/fhir/Observation/o"
    file = document("a/x", ("https://a.test/fhir/Patient/1", me), (url, observation(reference)))
    assert resolved([file], reference).key == "Patient/1"


def test_a_relative_reference_is_relative_to_the_server_of_its_entry() -> None:
    file = document(
        "a/x",
        ("https://one.test/Patient/1", patient(gender="male")),
        ("https://two.test/Patient/1", patient(gender="female")),
        ("https://two.test/Observation/o", observation("Patient/1")),
    )
    assert resolved([file], "Patient/1").full_url == "https://two.test/Patient/1"


def test_an_address_on_another_server_is_not_found_by_its_tail() -> None:
    file = document("a/x", patient(), ("https://a.test/Observation/o", observation("https://b.test/Patient/1")))
    target = resolved([file], {"reference": "https://b.test/Patient/1", "display": "Ada"})
    assert (target.status, target.key, target.display) == ("unresolved", "https://b.test/Patient/1", "Ada")
    assert resolved([file], "https://a.test/Patient/1").found


def test_contained_resources_are_found_in_their_parent() -> None:
    inside = {"resourceType": "Practitioner", "id": "c", "name": [{"text": "Dr Hill"}]}
    file = document("a/x", observation("Patient/1", contained=[inside]))
    target = resolved([file], "#c")
    assert (target.status, target.key, target.display, target.contained) == (
        "contained",
        "Practitioner/c",
        "Dr Hill",
        inside,
    )
    assert resolved([file], "#").key == "Observation/o"
    assert resolved([file], "#absent").status == "unresolved"


def test_a_logical_reference_is_found_by_identifier_and_type() -> None:
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}
    other = {"resourceType": "RelatedPerson", "id": "r", "identifier": [number]}
    file = document("a/x", other, patient(identifier=[number]), observation({"identifier": number}))
    assert about(file).people[0].key == "Patient/1"


@pytest.mark.parametrize("reference", ["", "nonsense", "Patient/", "http://", {"display": "x"}, {"reference": 5}, {}])
def test_odd_references_are_unresolved_and_never_an_error(reference: Any) -> None:
    assert resolved([document("a/x", patient())], reference).status == "unresolved"


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"resourceType": "Condition", "subject": {"reference": "Patient/1"}}, "Patient/1"),
        ({"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/1"}}, "Patient/1"),
        ({"resourceType": "Coverage", "beneficiary": {"reference": "Patient/1"}}, "Patient/1"),
        ({"resourceType": "Task", "for": {"reference": "Patient/1"}, "owner": {"reference": "Patient/2"}}, "Patient/1"),
        ({"resourceType": "Account", "subject": [{"reference": "Patient/1"}]}, "Patient/1"),
        ({"resourceType": "ResearchSubject", "individual": {"reference": "Patient/1"}}, "Patient/1"),
        (
            {
                "resourceType": "Appointment",
                "participant": [{"actor": {"reference": "Practitioner/2"}}, {"actor": {"reference": "Patient/1"}}],
            },
            "Patient/1",
        ),
        ({"resourceType": "QuestionnaireResponse", "source": {"reference": "Patient/1"}}, "Patient/1"),
        ({"resourceType": "QuestionnaireResponse", "author": {"reference": "Practitioner/1"}}, None),
        ({"resourceType": "AuditEvent", "entity": [{"what": {"reference": "Patient/1"}}]}, "Patient/1"),
        ({"resourceType": "Person", "link": [{"target": {"reference": "Patient/1"}}]}, "Patient/1"),
        ({"resourceType": "SomethingNew", "subject": {"reference": "Patient/1"}}, "Patient/1"),
        ({"resourceType": "Practitioner", "subject": {"reference": "Patient/1"}}, None),
        ({"resourceType": "MessageHeader", "focus": [{"reference": "Patient/1"}]}, None),
        ({"resourceType": "Observation", "subject": {"reference": "Group/1"}}, None),
        ({"resourceType": "Observation", "subject": "Patient/1"}, None),
        ({"resourceType": "Patient", "id": "1"}, None),
    ],
)
def test_the_person_a_record_is_about_is_found_for_its_type(resource: dict[str, Any], expected: str | None) -> None:
    found = patient_reference(resource)
    assert (found and found["reference"]) == expected


def test_whom_a_record_is_about_is_typed() -> None:
    two = [{"actor": {"reference": "Patient/1"}}, {"actor": {"reference": "Patient/2"}}]
    assert subject_of({"resourceType": "Appointment", "participant": two}).kind == "several"
    assert subject_of({"resourceType": "Organization"}).kind == "nobody"
    assert subject_of({"resourceType": "Observation"}).kind == "not-said"
    assert subject_of({"resourceType": "Provenance", "target": [{"reference": "Condition/1"}]}).kind == "follow"
    assert subject_of(patient()).kind == "patient"


def test_a_provenance_is_about_the_person_of_its_target() -> None:
    provenance = {"resourceType": "Provenance", "id": "v", "target": [{"reference": "Observation/o"}]}
    assert about(document("a/x", patient(), observation("Patient/1"), provenance)).people[0].key == "Patient/1"


def test_an_appointment_of_unnamed_kinds_is_settled_by_what_is_found() -> None:
    appointment = {
        "resourceType": "Appointment",
        "participant": [{"actor": {"reference": "urn:uuid:1"}}, {"actor": {"reference": "urn:uuid:2"}}],
    }
    doctor = {"resourceType": "Practitioner", "id": "d"}
    file = document("a/x", ("urn:uuid:1", doctor), ("urn:uuid:2", patient()), appointment)
    assert [target.key for target in about(file).people] == ["Patient/1"]


def test_a_bundle_of_one_person_says_whose_its_records_are() -> None:
    silent = {"resourceType": "Device", "id": "d"}
    alone = about(document("a/x", patient(), silent))
    assert (alone.kind, alone.inferred) == ("person", True)
    assert about(document("a/x", patient(), patient("2"), silent)).kind == "unknown"


def test_records_about_things_are_about_nobody() -> None:
    ward = {"resourceType": "Location", "id": "w"}
    assert about(document("a/x", ward, observation("Location/w"))).kind == "nobody"


def test_every_record_of_the_real_sets_finds_its_person(shared_data: Path) -> None:
    for folder in ("nhs-gp2gp", "synthea-stu3", "smart-stu3/SMART"):
        files = [file for file in read_drop([shared_data / folder]) if isinstance(file, SourceFile)]
        index = ReferenceIndex(files)
        kinds = {index.person_of(resource, file).kind for file in files for resource in file.resources}
        assert kinds <= {"person", "nobody"}
