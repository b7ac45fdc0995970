"""Plans, alerts, decisions, forms, documents and what was said of the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from care_samples import BARS, INTERWEAVE, SNOMED, concept, described, lines

from fhir.describe.placing import load, place, section_of
from fhir.entries import Code, Entry
from fhir.sections import sections

FLAG_RA = "https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient"


def _flag(code: dict[str, Any], *categories: dict[str, Any], **more: Any) -> Entry:
    tree = {"resourceType": "Flag", "id": "1", "status": "active", "code": code, "category": list(categories), **more}
    (entry,) = described(tree)
    return entry


@pytest.mark.parametrize(
    ("code", "category", "expected"),
    [
        (concept("226201008", "Peanut-free diet"), concept("diet", "Diet", "x"), ("alerts", "flag")),
        (
            concept("1082671000000100", "Requires aphasia-friendly communication"),
            concept("national-reasonable-adjustment-flag", "", FLAG_RA),
            ("requirements", "adjustment"),
        ),
        (concept("203971000000105", "Russian language interpreter needed"), {}, ("requirements", "interpreter")),
        (
            concept("417361000", "", BARS + "safeguarding-codes-bars"),
            concept("SG", "Safeguarding", BARS + "flag-categories-bars"),
            ("safeguarding", "concern"),
        ),
        (concept("129707006", "", BARS + "safeguarding-codes-bars"), {}, ("safeguarding", "concern")),
        (concept("129707006", "At risk for other-directed violence"), {}, ("risks", "flag")),
        (concept("female-genital-mutilation-flag", "", FLAG_RA), {}, ("safeguarding", "fgm")),
        (concept("child-protection-information-system-flag", "", FLAG_RA), {}, ("safeguarding", "child-protection")),
        (
            concept("DOLS", "", INTERWEAVE + "FlagType"),
            concept("OTH", "Other", INTERWEAVE + "FlagCategory"),
            ("legal", "deprivation-of-liberty"),
        ),
        (
            concept("NVU", "", INTERWEAVE + "FlagType"),
            concept("RTO", "", INTERWEAVE + "FlagCategory"),
            ("risks", "flag"),
        ),
        (
            concept("MARAC", "", INTERWEAVE + "FlagType"),
            concept("RTS", "", INTERWEAVE + "FlagCategory"),
            ("safeguarding", "marac"),
        ),
        (
            concept("1382601000000107", "ReSPECT"),
            concept("RT", "ReSPECT", BARS + "flag-categories-bars"),
            ("end-of-life", "respect"),
        ),
        (concept("450476008", "Not for attempted CPR"), {}, ("end-of-life", "cpr-decision")),
    ],
)
def test_an_alert_stands_where_its_codes_say(
    code: dict[str, Any], category: dict[str, Any], expected: tuple[str, str]
) -> None:
    entry = _flag(code, *([category] if category else []))
    assert (entry.section, entry.kind) == expected


def test_an_alert_without_display_uses_the_published_words() -> None:
    entry = _flag(concept("NVU", "", INTERWEAVE + "FlagType"), concept("RTO", "", INTERWEAVE + "FlagCategory"))
    assert entry.title == "Not to be visited unaccompanied"
    assert lines(entry)["Kind of alert"] == "Risk to other"


def test_no_safeguarding_issue_is_a_statement_of_absence() -> None:
    entry = _flag(concept("861931000000100", "No safeguarding issues identified", BARS + "safeguarding-codes-bars"))
    assert (entry.section, entry.assertion) == ("safeguarding", "none-known")


def test_an_alert_entered_in_error_is_no_fact() -> None:
    assert _flag({"text": "Big dog"}, status="entered-in-error").assertion == "not-a-fact"


def test_notes_of_a_national_flag_are_its_detail() -> None:
    url = "https://fhir.nhs.uk/England/StructureDefinition/Extension-FlagNotes"
    entry = _flag({"text": "Adjustment"}, extension=[{"url": url, "valueAnnotation": {"text": "Speak slowly"}}])
    assert entry.detail == "Speak slowly"


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (concept("342191000000101", "Subject to child protection plan"), ("safeguarding", "child-protection-plan")),
        (concept("325691000000100", "Contingency plan"), ("contingency", "plan")),
        (concept("736373009", "End of life care plan"), ("end-of-life", "end-of-life-plan")),
        (concept("736253002", "Mental health crisis plan"), ("additional-plans", "plan")),
        (concept("698360004", "Diabetes self management plan"), ("care-plan", "plan")),
    ],
)
def test_a_plan_stands_where_its_category_says(category: dict[str, Any], expected: tuple[str, str]) -> None:
    (entry,) = described({"resourceType": "CarePlan", "id": "1", "status": "active", "category": [category]})
    assert (entry.section, entry.kind, entry.title) == (*expected, category["coding"][0]["display"])


def test_each_activity_of_a_plan_is_a_line() -> None:
    detail = {"code": {"text": "Balance exercises"}, "status": "in-progress", "location": {"display": "At home"}}
    tree = {"resourceType": "CarePlan", "id": "1", "title": "My plan", "activity": [{"detail": detail}]}
    (entry,) = described(tree)
    assert lines(entry) == {"Activity": "Balance exercises, in progress", "Activity › Location": "At home"}


def test_a_goal_tells_its_target_and_how_it_goes() -> None:
    tree = {
        "resourceType": "Goal",
        "id": "1",
        "lifecycleStatus": "active",
        "description": {"text": "Walk to the shop"},
        "achievementStatus": concept("improving", "", "http://terminology.hl7.org/CodeSystem/goal-achievement"),
        "startDate": "2026-02",
        "target": [{"measure": {"text": "Distance"}, "detailString": "200 m", "dueDate": "2026-06-01"}],
    }
    (entry,) = described(tree)
    assert (entry.title, entry.kind, entry.value, entry.when.text) == (
        "Walk to the shop",
        "goal",
        "Improving",
        "Feb 2026",
    )
    assert lines(entry)["Target"] == "Distance, 200 m, by 1 Jun 2026"


@pytest.mark.parametrize(
    ("scope", "category", "expected"),
    [
        ("adr", concept("acd", "", "http://terminology.hl7.org/CodeSystem/consentcategorycodes"), "legal"),
        ("treatment", concept("dnr", "", "http://terminology.hl7.org/CodeSystem/consentcategorycodes"), "end-of-life"),
        ("patient-privacy", concept("59284-0", "", "http://loinc.org"), "sharing"),
    ],
)
def test_a_decision_stands_where_it_belongs(scope: str, category: dict[str, Any], expected: str) -> None:
    tree = {
        "resourceType": "Consent",
        "id": "1",
        "status": "active",
        "scope": concept(scope, "", "http://terminology.hl7.org/CodeSystem/consentscope"),
        "category": [category],
        "provision": {"type": "deny"},
    }
    (entry,) = described(tree)
    assert entry.section == expected
    # "Do not resuscitate, refused" could be read either way: the rule of a directive is no part of its name.
    assert ("refused" in entry.title, entry.value) == ((True, "refused") if expected == "sharing" else (False, ""))
    assert ("Check the signed form." in entry.warnings) == (expected != "sharing")


ABOUT_ME = {
    "resourceType": "QuestionnaireResponse",
    "id": "1",
    "status": "completed",
    "authored": "2026-01-02T09:00:00Z",
    "source": {"reference": "Patient/p"},
    "item": [
        {"linkId": "1", "text": "What is most important to me", "answer": [{"valueString": "My garden."}]},
        {"linkId": "2", "text": "Please do and please don’t", "answer": [{"valueString": "Knock first."}]},
        {"linkId": "3", "text": "My wellness"},
        {"linkId": "4", "text": "Date recorded", "answer": [{"valueDateTime": "2026-01-01"}]},
        {"linkId": "5", "text": "Supported to write this by", "answer": [{"valueString": "Jo, my daughter"}]},
    ],
}


def test_about_me_gives_each_answered_heading_in_own_words() -> None:
    entries = described(ABOUT_ME)
    assert [(e.section, e.kind, e.title, e.detail, e.own_words) for e in entries] == [
        ("about-me", "important", "What is most important to me", "My garden.", True),
        ("about-me", "please-do", "Please do and please don't", "Knock first.", True),
    ]
    assert {entry.when.text for entry in entries} == {"1 Jan 2026"}
    assert lines(entries[0])["Supported to write this by"] == "Jo, my daughter"
    assert len({entry.entry_id for entry in entries}) == 2


def test_about_me_is_known_by_the_codes_of_its_form_too() -> None:
    form = {
        "resourceType": "Questionnaire",
        "id": "q",
        "item": [{"linkId": "77", "text": "First question", "code": [{"system": SNOMED, "code": "1515891000000109"}]}],
    }
    answer = {
        "resourceType": "QuestionnaireResponse",
        "id": "1",
        "questionnaire": "Questionnaire/q",
        "item": [{"linkId": "77", "answer": [{"valueString": "I sleep badly."}]}],
    }
    (entry,) = described(answer, form)
    assert (entry.kind, entry.title, entry.detail) == ("wellness", "My wellness", "I sleep badly.")


def test_nested_answers_keep_their_group_and_none_is_lost() -> None:
    dose = {"linkId": "b", "text": "Dose", "answer": [{"valueQuantity": {"value": 2, "unit": "mg"}}]}
    tree = {
        "resourceType": "QuestionnaireResponse",
        "id": "1",
        "item": [
            {
                "linkId": "g",
                "text": "Medicines",
                "item": [
                    {"linkId": "a", "text": "Any?", "answer": [{"valueBoolean": True, "item": [dose]}]},
                    {
                        "linkId": "c",
                        "answer": [{"valueCoding": {"display": "One"}}, {"valueCoding": {"display": "Two"}}],
                    },
                ],
            }
        ],
    }
    (entry,) = described(tree)
    assert [(field.label, field.value) for field in entry.fields] == [
        ("Medicines › Any?", "Yes"),
        ("Medicines › Any? › Dose", "2 mg"),
        ("Medicines", "One"),
        ("Medicines", "Two"),
    ]


def test_a_resuscitation_answer_is_also_told_under_end_of_life() -> None:
    coding = {"system": SNOMED, "code": "450476008", "display": "Not for attempted CPR"}
    tree = {
        "resourceType": "QuestionnaireResponse",
        "id": "1",
        "item": [{"linkId": "1", "text": "CPR recommendation", "answer": [{"valueCoding": coding}]}],
    }
    form, decision = described(tree)
    assert form.section == "assessments"
    assert (decision.section, decision.kind, decision.title) == ("end-of-life", "cpr-decision", "Not for attempted CPR")


def _section(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, **more}


def test_an_empty_section_says_why_and_nil_known_is_a_statement() -> None:
    reasons = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
    tree = {
        "resourceType": "Composition",
        "id": "1",
        "title": "Summary",
        "section": [
            _section(
                "Allergies",
                code=concept("48765-2", "", "http://loinc.org"),
                emptyReason=concept("unavailable", "Unavailable", reasons),
            ),
            _section(
                "Medicines",
                code=concept("10160-0", "", "http://loinc.org"),
                emptyReason=concept("nilknown", "Nil Known", reasons),
            ),
        ],
    }
    whole, allergies, medicines = described(tree)
    assert lines(whole)["Allergies › Empty because"] == "Unavailable"
    assert (allergies.section, allergies.assertion) == ("allergies", "no-information")
    assert allergies.title == "Allergies: no information (unavailable)"
    assert (medicines.section, medicines.assertion, medicines.title) == (
        "medicines",
        "none-known",
        "Medicines: none known",
    )


def test_confidentiality_of_a_document_labels_all_its_entries() -> None:
    text = {"status": "generated", "div": "<div>Wasp sting</div>"}
    tree = {
        "resourceType": "Composition",
        "id": "1",
        "confidentiality": "R",
        "section": [_section("Allergies", text=text)],
    }
    assert [[label.code for label in entry.labels] for entry in described(tree)] == [["R"], ["R"]]


def test_a_document_that_decides_a_place_is_told_there_as_well() -> None:
    tree = {
        "resourceType": "DocumentReference",
        "id": "1",
        "status": "current",
        "type": concept("84095-9", "Do not resuscitate", "http://loinc.org"),
        "securityLabel": [{"coding": [{"system": "s", "code": "R"}]}],
        "content": [{"attachment": {"contentType": "application/pdf", "title": "Signed form", "data": "QUJD"}}],
    }
    paper, decision = described(tree)
    assert (paper.section, paper.title, paper.labels[0].code) == ("documents", "Signed form", "R")
    assert lines(paper)["File"] == "Signed form (application/pdf, 3 bytes)"
    assert (decision.section, decision.kind, decision.title) == ("end-of-life", "cpr-decision", "Do not resuscitate")


def test_kinds_of_file_are_told_apart() -> None:
    def kind(content_type: str, words: str) -> str:
        attachment = {"contentType": content_type}
        tree = {"resourceType": "DocumentReference", "id": "1", "type": {"text": words}}
        return described({**tree, "content": [{"attachment": attachment}]})[0].kind

    assert kind("image/png", "Wound") == "image"
    assert kind("application/pdf", "Letter from specialist") == "letter"
    assert kind("application/pdf", "Consent form") == "document"


def test_every_place_in_the_tables_is_a_section() -> None:
    known = sections()
    assert {row["section"] for row in load("placing")["code"] + load("placing_words")["words"]} <= known.keys()
    table = load("section_codes")
    assert {*table["codes"].values(), *(row["section"] for row in table["words"])} <= known.keys()
    assert len(load("about_me")["heading"]) == 7


def test_the_stricter_of_two_places_wins() -> None:
    risk, concern = Code(SNOMED, "129839007"), Code(SNOMED, "417430008")
    for codes in ((risk, concern), (concern, risk)):
        found = place(codes)
        assert found is not None
        assert found.section == "safeguarding"
    assert place([Code(SNOMED, "1")]) is None


@pytest.mark.parametrize(
    ("code", "section"),
    [
        ("450475007", "end-of-life"),
        ("450476008", "end-of-life"),
        ("304252001", "end-of-life"),
        ("304253006", "end-of-life"),
        ("1382601000000107", "end-of-life"),
        ("816361000000101", "legal"),
        ("342191000000101", "safeguarding"),
    ],
)
def test_no_table_loses_the_codes_that_matter_most(code: str, section: str) -> None:
    found = place([Code(SNOMED, code)])
    assert found is not None
    assert found.section == section


def test_sections_of_documents_are_known_by_code_then_title() -> None:
    assert section_of([Code("", "DiscRepeatMedsHeader")], "anything") == "medicines"
    assert section_of([], "Known allergies") == "allergies"
    assert section_of([], "Something else") == ""


def _all(shared_data: Path, path: str, first: str) -> list[Entry]:
    tree = json.loads((shared_data / path).read_text("utf-8"))
    trees = [entry["resource"] for entry in tree["entry"]] if tree["resourceType"] == "Bundle" else [tree]
    trees.sort(key=lambda one: one["resourceType"] != first)
    return described(*trees)


def test_a_real_summary_care_record_fills_its_sections(shared_data: Path) -> None:
    entries = _all(shared_data, "nhs-scr/specification/components/examples/GetScrBundle.json", "Composition")
    assert (entries[0].section, entries[0].title, entries[0].author) == (
        "documents",
        "General Practice Summary",
        "Dr Steve Jones",
    )
    told = {(entry.section, entry.title.partition(" (")[0]): entry for entry in entries[1:]}
    assert "Toxic reaction to wasp sting" in told["allergies", "Allergies and Adverse Reactions"].detail
    assert "Co-codamol 8mg/500mg" in told["medicines", "Acute Medications"].detail
    assert told["medicines", "Discontinued Repeat Medications"].assertion == "no-information"
    assert ("problems", "Diagnoses") not in told


def test_a_real_permission_to_share_is_under_sharing(shared_data: Path) -> None:
    (entry,) = _all(shared_data, "nhs-scr/specification/components/examples/SetPermission.json", "Parameters")
    assert (entry.section, entry.title) == ("sharing", "Summary Care Record permission: Ask")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Appointment-OrthopaedicSurgery", ("appointments", "appointment", "Appointment: Trauma and Orthopaedics")),
        (
            "Communication-FirstMMRVaccination",
            ("contacts", "message", "Message: First MMR vaccination administered to Melanie"),
        ),
        ("Consent-ForInformationAccess", ("sharing", "consent", "Consent: information access")),
        ("EpisodeOfCare-SmokingCessationTherapy", ("contacts", "episode", "Smoking cessation therapy")),
        ("Flag-FoodAllergy", ("alerts", "flag", "Patient has a severe peanut allergy.")),
        ("QuestionnaireResponse-EOLPlan", ("end-of-life", "plan", "Form: EOL plan")),
        ("RelatedPerson-JoySmith", ("personal-contacts", "contact", "Joy SMITH, wife")),
        ("Task-Colonoscopy", ("actions", "task", "Colonoscopy Request")),
    ],
)
def test_real_uk_core_examples_read_as_expected(shared_data: Path, name: str, expected: tuple[str, str, str]) -> None:
    tree = json.loads((shared_data / f"ukcore-examples/json-converted/UKCore-{name}-Example.json").read_text("utf-8"))
    entry = described(tree)[0]
    assert (entry.section, entry.kind, entry.title) == expected


def test_a_real_empty_international_summary_gives_no_information(shared_data: Path) -> None:
    empty = [
        (entry.section, entry.assertion)
        for path in sorted((shared_data / "ips").rglob("Bundle*.json"))
        for entry in _all(shared_data, str(path.relative_to(shared_data)), "Composition")
        if entry.kind == "no-information"
    ]
    assert {section for section, _ in empty} == {"allergies", "problems", "medicines"}
    assert {assertion for _, assertion in empty} == {"no-information"}
