"""What is found wrong in one resource, where, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir.checking import check_resource
from fhir.own_checks import resource_issues
from fhir.records import FhirVersion, Issue

SECRET = "Xyzzyson"


def patient(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p1", **elements}


def found(tree: dict[str, Any], version: FhirVersion = "R4") -> dict[str, Issue]:
    return {issue.path: issue for issue in check_resource(tree["resourceType"], json.dumps(tree).encode(), version)}


def test_a_sound_resource_has_no_issues() -> None:
    assert found(patient(name=[{"family": SECRET, "given": ["Ann"]}], birthDate="1990-01-02", gender="female")) == {}


@pytest.mark.parametrize(
    ("elements", "path", "code"),
    [
        ({"name": [{"given": ["Ann", 7]}]}, "Patient.name[0].given[1]", "structure"),
        ({"name": {"family": SECRET}}, "Patient.name", "structure"),
        ({"surname": SECRET}, "Patient.surname", "structure"),
        ({"name": []}, "Patient.name", "structure"),
        ({"name": [None]}, "Patient.name[0]", "structure"),
        ({"name": [{}]}, "Patient.name[0]", "structure"),
        ({"gender": None}, "Patient.gender", "structure"),
        ({"gender": ""}, "Patient.gender", "value"),
        ({"gender": SECRET}, "Patient.gender", "code-invalid"),
        ({"name": [{"use": SECRET}]}, "Patient.name[0].use", "code-invalid"),
        ({"birthDate": "1961-04-93"}, "Patient.birthDate", "value"),
        ({"deceasedDateTime": "2023-02-29T10:00:00Z"}, "Patient.deceasedDateTime", "value"),
        ({"birthDate": "1941-02-13", "deceasedDateTime": "1940-01-01"}, "Patient.deceasedDateTime", "invariant"),
        ({"name": [{"period": {"start": "2024-01-02", "end": "2024-01-01"}}]}, "Patient.name[0].period", "invariant"),
        ({"active": SECRET}, "Patient.active", "value"),
        ({"name": [{"family": f"{SECRET}<img src=x onerror='a()'>"}]}, "Patient.name[0].family", "security"),
        ({"text": {"status": "generated", "div": "<div><script>x</script></div>"}}, "Patient.text.div", "security"),
        ({"deceasedBoolean": True, "deceasedDateTime": "2024"}, "Patient", "structure"),
        (
            {"contained": [{"resourceType": "Observation", "status": SECRET}]},
            "Patient.contained[0].status",
            "code-invalid",
        ),
    ],
)
def test_each_fault_is_named_at_its_place_without_content(elements: dict[str, Any], path: str, code: str) -> None:
    issues = found(patient(**elements))
    assert issues[path].code == code
    assert all(SECRET not in repr(issue) for issue in issues.values())


def test_a_death_on_the_day_of_birth_is_none() -> None:
    assert found(patient(birthDate="2024-02-13", deceasedDateTime="2024-02-13T04:00:00Z")) == {}
    assert found(patient(birthDate="2024-02-13", deceasedDateTime="2024")) == {}


def test_a_missing_required_element_is_named() -> None:
    issues = found({"resourceType": "Observation", "code": {"text": "x"}})
    assert (issues["Observation.status"].code, issues["Observation.status"].severity) == ("required", "error")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1234567890", "This is not a valid NHS number."),
        ("123456789", "This is not a valid NHS number."),
        ("$nhs-number", "Template text stands in place of an NHS number."),
    ],
)
def test_a_wrong_nhs_number_is_an_error(value: str, message: str) -> None:
    issues = found(patient(identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": value}]))
    assert issues["Patient.identifier[0].value"].message == message


def test_a_right_nhs_number_is_none() -> None:
    assert not found(patient(identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "999 000 0018"}]))


def test_a_null_that_keeps_the_place_of_an_extended_value_is_right() -> None:
    given = {
        "given": ["Ann", None],
        "_given": [None, {"extension": [{"url": "https://x.example/y", "valueString": "z"}]}],
    }
    assert found(patient(name=[given])) == {}


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ("2024", "2024-01-01", False),
        ("2024-02", "2024-01-31", True),
        ("2024-01-01T23:30:00-05:00", "2024-01-02T01:00:00Z", True),
        ("2024-01-01T10:00:00Z", "2024-01-01", False),
        ("2024-13-01", "2023-01-01", False),
    ],
)
def test_periods_compare_as_exactly_as_both_ends_are_known(start: str, end: str, wrong: bool) -> None:
    tree = patient(name=[{"family": "Reed", "period": {"start": start, "end": end}}])
    assert any(issue.code == "invariant" for issue in resource_issues("Patient", tree, "R4")) == wrong


def test_code_lists_follow_the_version() -> None:
    tree = {"resourceType": "Immunization", "status": "not-done"}
    assert not any(issue.code == "code-invalid" for issue in resource_issues("Immunization", tree, "R4"))
    assert any(issue.code == "code-invalid" for issue in resource_issues("Immunization", tree, "STU3"))


def test_a_concept_outside_a_required_list_is_an_error() -> None:
    status = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": SECRET}]}
    tree = {"resourceType": "Condition", "clinicalStatus": status, "subject": {"reference": "Patient/p1"}}
    assert found(tree)["Condition.clinicalStatus"].code == "code-invalid"


def test_mandatory_elements_are_asked_for_only_where_the_profile_is_claimed() -> None:
    tree: dict[str, Any] = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p1"}}
    assert found(tree) == {}
    tree["meta"] = {"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-AllergyIntolerance|2.5.0"]}
    assert found(tree)["AllergyIntolerance.code"].code == "required"


@pytest.mark.parametrize("kind", ["MedicinalProduct", "RiskEvidenceSynthesis", "Evidence", "NoSuchType", "../../x"])
def test_a_type_without_a_model_is_kept_and_said_not_to_be_checked(kind: str) -> None:
    issues = check_resource(kind, {"resourceType": kind}, "R4")
    assert [(issue.severity, issue.code) for issue in issues] == [("information", "not-supported")]


@pytest.mark.parametrize("version", ["STU3", "R4", "R4B", "R5"])
def test_every_version_is_checked_with_its_own_models(version: FhirVersion) -> None:
    tree = {"resourceType": "Patient", "animal": {"species": {"text": "dog"}}}
    assert bool(found(tree, version)) == (version != "STU3")


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b'"x"', b"\xff", b"[" * 5000])
def test_bytes_that_are_no_resource_are_an_issue_and_no_failure(raw: bytes) -> None:
    assert check_resource("Patient", raw, "R4")[0].severity == "error"


def test_a_name_of_an_element_that_could_be_content_is_not_repeated() -> None:
    issues = check_resource("Patient", patient(**{"Mrs Xyzzyson lives here": "x"}), "R4")
    assert issues
    assert SECRET not in repr(issues)


def test_a_resource_with_thousands_of_faults_gives_a_bounded_report() -> None:
    tree = patient(name=[{"use": "wrong", "period": 7} for _ in range(3000)])
    assert len(check_resource("Patient", tree, "R4")) <= 100
