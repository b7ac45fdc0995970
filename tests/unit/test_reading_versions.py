"""Which FHIR version a document is written in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fhir.errors import VersionError
from fhir.reading import read_document, read_drop
from fhir.records import SourceFile


def version(resource: dict[str, Any]) -> str:
    return read_document("x", "", json.dumps(resource).encode()).fhir_version


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"resourceType": "Patient"}, "R4"),
        ({"resourceType": "ProcedureRequest"}, "STU3"),
        ({"resourceType": "ReferralRequest"}, "STU3"),
        ({"resourceType": "Observation", "context": {"reference": "Encounter/1"}}, "STU3"),
        ({"resourceType": "MedicationStatement", "taken": "y"}, "STU3"),
        ({"resourceType": "Condition", "clinicalStatus": "active"}, "STU3"),
        ({"resourceType": "Condition", "clinicalStatus": {"text": "active"}}, "R4"),
        (
            {"resourceType": "Patient", "meta": {"profile": ["http://hl7.org/fhir/3.0/StructureDefinition/Patient"]}},
            "STU3",
        ),
        ({"resourceType": "Patient", "meta": {"profile": ["https://a.test/STU3/StructureDefinition/X-1"]}}, "STU3"),
        ({"resourceType": "MedicationRequest", "medication": {"concept": {"text": "x"}}}, "R5"),
        ({"resourceType": "Encounter", "class": [{"text": "x"}]}, "R5"),
        ({"resourceType": "CapabilityStatement", "fhirVersion": "3.0.1"}, "STU3"),
        ({"resourceType": "StructureDefinition", "fhirVersion": "4.3.0"}, "R4B"),
        ({"resourceType": "Patient", "meta": "x", "fhirVersion": 4}, "R4"),
    ],
)
def test_what_a_record_says_and_how_it_looks_tell_its_version(resource: dict[str, Any], expected: str) -> None:
    assert version(resource) == expected


def test_a_regional_profile_beside_its_national_base_tells_nothing() -> None:
    profiles = ["https://a.test/StructureDefinition/Region-Patient", "https://b.test/STU3/StructureDefinition/Base-1"]
    assert version({"resourceType": "Patient", "meta": {"profile": profiles}}) == "R4"


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "MedicationOrder"},
        {"resourceType": "DiagnosticOrder"},
        {"resourceType": "MedicationStatement", "wasNotTaken": False, "patient": {}},
        {"resourceType": "Patient", "meta": {"profile": ["http://hl7.org/fhir/DSTU2/patient"]}},
    ],
)
def test_dstu2_is_refused_by_name(resource: dict[str, Any]) -> None:
    with pytest.raises(VersionError, match="DSTU2"):
        version(resource)


@pytest.mark.parametrize("folder", ["nhs-gp2gp", "synthea-stu3", "smart-stu3"])
def test_the_stu3_samples_are_stu3(shared_data: Path, folder: str) -> None:
    assert {file.fhir_version for file in read_drop([shared_data / folder]) if isinstance(file, SourceFile)} == {"STU3"}


@pytest.mark.parametrize(
    "folder", ["eltss", "interweave-yhcr", "ips", "nhs-bars", "nhs-pds", "nhs-scr", "ukcore-examples", "us-core"]
)
def test_the_other_samples_are_r4(shared_data: Path, folder: str) -> None:
    assert {file.fhir_version for file in read_drop([shared_data / folder]) if isinstance(file, SourceFile)} == {"R4"}
