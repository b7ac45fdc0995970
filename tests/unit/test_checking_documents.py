"""What is found wrong across a document."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from fhir.checking import check_document, check_resource, document_issues
from fhir.records import FileFormat, Resource, SourceFile


def document(
    *trees: dict[str, Any], urls: tuple[str, ...] = (), kind: str = "collection", form: FileFormat = "json"
) -> SourceFile:
    resources = []
    for index, tree in enumerate(trees):
        raw = json.dumps(tree).encode()
        url = urls[index] if urls else ""
        place = {"start": 0, "end": len(raw), "line": index + 1}
        kind_and_id = {"type": tree["resourceType"], "id": tree.get("id", "")}
        resources.append(Resource(**kind_and_id, **place, tree=tree, raw=raw, full_url=url))
    data = b"".join(resource.raw for resource in resources)
    digest = hashlib.sha256(data).hexdigest()
    return SourceFile(
        path="a.json", folder="", data=data, sha256=digest, format=form, fhir_version="R4", bundle_type=kind,
        resources=resources,
    )  # fmt: skip


PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
}


def condition(name: str, **subject: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": name, "subject": subject}


def codes(source: SourceFile, **how: Any) -> list[tuple[str, str]]:
    return [(issue.resource, issue.code) for issue in document_issues(source, **how)]


def test_a_sound_document_has_no_issues() -> None:
    assert check_document(document(PATIENT, condition("c1", reference="Patient/p1")), lambda *_: True) == []


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p2"},
        {"reference": "https://server.example/fhir/Patient/p2"},
        {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026"}},
    ],
)
def test_a_resource_about_another_person_is_an_error(subject: dict[str, Any]) -> None:
    assert codes(document(PATIENT, condition("c1", **subject))) == [("Condition/c1", "business-rule")]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p1"},
        {"reference": "https://server.example/fhir/Patient/p1"},
        {"reference": "urn:uuid:0b0e8b8e-0000-4000-8000-000000000001"},
        {"reference": "Patient/p1/_history/2"},
        {"reference": "Group/g1"},
        {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "999 000 0018"}},
        {"display": "Ann Reed"},
    ],
)
def test_a_resource_about_the_person_of_the_document_is_right(subject: dict[str, Any]) -> None:
    urls = ("urn:uuid:0b0e8b8e-0000-4000-8000-000000000001", "")
    assert codes(document(PATIENT, condition("c1", **subject), urls=urls)) == []


def test_two_resources_with_one_id_are_an_error_and_two_copies_are_not() -> None:
    one, other = condition("c1", reference="Patient/p1"), condition("c1", display="other")
    assert [issue.severity for issue in document_issues(document(one, other))] == ["error"]
    assert [issue.severity for issue in document_issues(document(one, one))] == ["information"]


def test_versions_in_a_history_and_ids_of_two_servers_are_not_duplicates() -> None:
    one, other = condition("c1", display="a"), condition("c1", display="b")
    assert document_issues(document(one, other, kind="history")) == []
    urls = ("https://a.example/Condition/c1", "https://b.example/Condition/c1")
    assert document_issues(document(one, other, urls=urls)) == []


def test_references_that_lead_nowhere_are_warned_of_at_their_place() -> None:
    tree = {**condition("c1", reference="Patient/gone"), "evidence": [{"detail": [{"reference": "#x"}]}]}
    known = {"Patient/p1"}
    found = document_issues(document(tree), lambda reference, _: reference in known)
    assert [issue.path for issue in found] == ["Condition.subject", "Condition.evidence[0].detail[0]"]
    assert {(issue.severity, issue.code, issue.line) for issue in found} == {("warning", "not-found", 1)}


def test_without_a_resolver_only_contained_references_are_checked() -> None:
    assert document_issues(document(condition("c1", reference="Patient/gone"))) == []
    assert codes(document(condition("c1", reference="#gone"))) == [("Condition/c1", "not-found")]


def test_an_xml_document_is_checked_by_its_json_form() -> None:
    source = document({**PATIENT, "gender": "wrong"}, form="xml")
    source.resources[0].raw = b"<Patient/>"
    found = check_document(source)
    assert [(issue.resource, issue.path, issue.line) for issue in found] == [("Patient/p1", "Patient.gender", 1)]


def test_the_published_examples_hold_no_code_that_our_lists_refuse(shared_data: Path) -> None:
    wrong = []
    for path in sorted((shared_data / "fhir-spec-examples" / "R4").glob("[A-O]*.json")):
        tree = json.loads(path.read_bytes())
        if tree.get("resourceType", "Bundle") != "Bundle":
            issues = check_resource(tree["resourceType"], tree, "R4")
            wrong += [(path.name, issue.path) for issue in issues if issue.code == "code-invalid"]
    assert wrong == []
