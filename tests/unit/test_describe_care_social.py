"""Adult social care, appointments, tasks, equipment and money."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from care_samples import INTERWEAVE, concept, described, document, lines

from fhir.describe import document_context
from fhir.describe.social_care import describe_social_care, is_social_care
from fhir.entries import Entry


def _real(shared_data: Path, name: str) -> Entry:
    tree = json.loads((shared_data / name).read_text("utf-8"))
    assert is_social_care(tree)
    whole = document(tree)
    (entry,) = describe_social_care(whole.resources[0], document_context(whole))
    return entry


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "ServiceRequest-InterweaveSocialCareContactExample-MS",
            ("referrals", "social-care-contact", "Contact with social care: Hospital Discharge", "completed"),
        ),
        (
            "Task-InterweaveSocialCareAssessmentExample-MS",
            ("assessments", "assessment", "First Reablement Team Assessment", "completed"),
        ),
        (
            "EpisodeOfCare-InterweaveSocialCareServiceExample-MustSupport",
            ("services", "package", "Reablement Service", "planned"),
        ),
        (
            "Condition-InterweaveSocialCareSupportReasonExample-MS",
            ("support-reason", "primary-support-reason", "Physical Support: Access & mobility only", "active"),
        ),
        (
            "DeviceRequest-InterweaveSocialCareEquipmentProvisionExample-MS",
            ("equipment", "equipment", "Raised toilet seat, fixed (physical object)", "in place"),
        ),
    ],
)
def test_real_social_care_records_read_as_such(shared_data: Path, name: str, expected: tuple[str, ...]) -> None:
    entry = _real(shared_data, f"interweave-yhcr/sushi-built/{name}.json")
    assert (entry.section, entry.kind, entry.title, entry.status) == expected
    assert entry.source.name in ("Leeds City Council", "York and Scarborough Teaching Hospitals NHS Foundation Trust")


def test_a_real_assessment_tells_its_outcome_and_team(shared_data: Path) -> None:
    entry = _real(shared_data, "interweave-yhcr/sushi-built/Task-InterweaveSocialCareAssessmentExample-MS.json")
    assert entry.value == "Progress to Re-assessment"
    assert entry.author == "The reablement team"
    assert lines(entry)["Type of assessment"] == "Reablement Assessment"


def test_codes_without_display_use_the_published_words() -> None:
    tree = {
        "resourceType": "EpisodeOfCare",
        "id": "1",
        "status": "active",
        "type": [concept("HS", "", INTERWEAVE + "SocialCareServiceType")],
        "period": {"start": "2026-02-01"},
        "extension": [
            {
                "url": "https://fhir.yhcr.nhs.uk/StructureDefinition/Extension-Interweave-SocialCareServiceCategory",
                "valueCodeableConcept": concept("LTS-C", "", INTERWEAVE + "SocialCareServiceCategory"),
            },
            {"url": "https://example.org/hours-per-week", "valueQuantity": {"value": 14, "unit": "hours"}},
        ],
        "managingOrganization": {"display": "Northgate Home Care"},
    }
    (entry,) = described(tree)
    assert (entry.section, entry.title, entry.when.text) == ("services", "Home Support", "since 1 Feb 2026")
    told = lines(entry)
    assert told["Category"] == "Long Term Support: Community"
    assert told["Provided by"] == "Northgate Home Care"
    assert told["Hours per week"] == "14 hours"


def test_clinical_resources_are_not_taken_for_social_care() -> None:
    assert not is_social_care({"resourceType": "EpisodeOfCare", "type": [concept("1", "x")]})
    assert not is_social_care({"resourceType": "Observation", "meta": {"profile": ["Interweave-SocialCareX"]}})
    assert not is_social_care({"resourceType": "Task", "meta": "broken", "code": "broken"})


def test_a_social_care_record_in_error_is_no_fact() -> None:
    tree: dict[str, Any] = {"resourceType": "Task", "id": "1", "status": "entered-in-error"}
    tree["code"] = concept("CN", "", INTERWEAVE + "SocialCareAssessmentType")
    (entry,) = described(tree)
    assert (entry.title, entry.assertion) == ("Care Act Needs Assessment", "not-a-fact")


def test_a_review_is_told_as_one() -> None:
    code = {**concept("OTH", "", INTERWEAVE + "SocialCareAssessmentType"), "text": "Planned review of support"}
    (entry,) = described({"resourceType": "Task", "id": "1", "status": "completed", "code": code})
    assert (entry.section, entry.kind) == ("assessments", "review")


def test_an_ordinary_task_is_an_action() -> None:
    tree = {
        "resourceType": "Task",
        "id": "1",
        "status": "ready",
        "code": concept("fulfill", "Fulfill the focal request", "http://hl7.org/fhir/CodeSystem/task-code"),
        "description": "Ring the chemist",
        "owner": {"display": "Sam Lee"},
    }
    (entry,) = described(tree)
    assert (entry.section, entry.title, entry.active, entry.author) == ("actions", "Ring the chemist", True, "Sam Lee")


def test_equipment_lent_by_a_council_stands_under_equipment() -> None:
    tag = [{"system": "https://yhcr.nhs.uk/Provenance", "code": "212", "display": "Leeds City Council"}]
    tree = {"resourceType": "Device", "id": "1", "meta": {"tag": tag}, "type": {"text": "Bed rail"}, "status": "active"}
    (entry,) = described(tree)
    assert (entry.section, entry.title, entry.active) == ("equipment", "Bed rail", True)


def test_an_appointment_tells_with_whom_where_and_what_to_do() -> None:
    tree = {
        "resourceType": "Appointment",
        "id": "1",
        "status": "booked",
        "specialty": [concept("110", "Trauma and Orthopaedics")],
        "description": "Hip pain",
        "patientInstruction": "Do not eat for an hour",
        "start": "2026-03-11T10:45:00Z",
        "end": "2026-03-11T11:15:00Z",
        "participant": [
            {"actor": {"reference": "Patient/p", "display": "Ada Mole"}},
            {"actor": {"reference": "Practitioner/a", "display": "Dr Gose"}},
            {"actor": {"reference": "Location/l", "display": "Clinic 4"}},
        ],
    }
    (entry,) = described(tree)
    assert entry.title == "Appointment: Trauma and Orthopaedics"
    assert entry.when.text == "11 Mar 2026, 10:45 to 11:15"
    assert (lines(entry)["With"], lines(entry)["Where"]) == ("Dr Gose", "Clinic 4")
    assert entry.detail == "Hip pain\nDo not eat for an hour"
    assert entry.active is True


def test_a_missed_appointment_is_said_in_words() -> None:
    (entry,) = described({"resourceType": "Appointment", "id": "1", "status": "noshow"})
    assert (entry.title, entry.status, entry.active) == ("Appointment", "did not attend", False)


def test_amounts_keep_their_digits_and_diagnoses_stay_with_the_bill() -> None:
    tree = {
        "resourceType": "Claim",
        "id": "1",
        "status": "active",
        "created": "2026-02-03",
        "item": [
            {
                "sequence": 1,
                "productOrService": concept("1", "Home care visit"),
                "unitPrice": {"value": "18.50", "currency": "GBP"},
                "net": {"value": "185.00", "currency": "GBP"},
            }
        ],
        "diagnosis": [{"diagnosisCodeableConcept": concept("86406008", "HIV infection")}],
        "total": {"value": "185.00", "currency": "GBP"},
    }
    (entry,) = described(tree)
    assert (entry.section, entry.title, entry.value) == ("money", "Claim: Home care visit", "£185.00")
    assert lines(entry)["Item 1"] == "Home care visit, unit price £18.50, net £185.00"
    assert "86406008" in {code.code for code in entry.codes}


def test_a_real_plan_of_services_reads_with_its_activities(shared_data: Path) -> None:
    bundle = json.loads((shared_data / "eltss/sushi-built/Bundle-2039212f3fa5406bb4ffd4a.json").read_text("utf-8"))
    trees = [entry["resource"] for entry in bundle["entry"]]
    trees.sort(key=lambda tree: tree.get("id") != "careplan1")
    (plan,) = described(*trees)
    assert plan.title == "Betsy Smith Johnson's Services and Supports Plan"
    assert (plan.section, plan.author, plan.when.text) == ("care-plan", "Mark Planner", "1 May 2020 to 31 Dec 2020")
    assert set(lines(plan)["Goal"].split("; ")) == {"Dance at son's upcoming wedding", "Improve balance skills"}
    trees.sort(key=lambda tree: tree.get("id") != "careplan2")
    (weather,) = described(*trees)
    assert weather.title.startswith("Weather Emergency: A shelf-stable meal is delivered")
    trees.sort(key=lambda tree: tree.get("id") != "claim1")
    (claim,) = described(*trees)
    assert lines(claim)["Item 1"] == "T2003, unit price USD 60, net USD 600"
