"""What the clinical describers say of small invented records."""

from __future__ import annotations

from typing import Any

import pytest
from clinical_samples import described, lines, one

from fhir.describe import READ_IN_PART, Context
from fhir.describe.families import DESCRIBERS
from fhir.describe.sources import lane_of_name
from fhir.entries import Entry
from fhir.records import Resource

SNOMED = "http://snomed.info/sct"
PATIENT = {"reference": "Patient/p"}


def coded(code: str, display: str = "", system: str = SNOMED) -> dict[str, Any]:
    coding = {"system": system, "code": code}
    return {"coding": [{**coding, "display": display} if display else coding]}


def observation(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": "o", "status": "final", "subject": PATIENT, **more}


@pytest.mark.parametrize(
    ("code", "display"),
    [
        ("450475007", "For attempted cardiopulmonary resuscitation"),
        ("450476008", "Not for attempted cardiopulmonary resuscitation"),
    ],
)
@pytest.mark.parametrize("holder", ["Observation", "Condition", "Procedure", "ServiceRequest", "DocumentReference"])
def test_resuscitation_decisions_stand_in_end_of_life_under_the_words_of_their_code(
    code: str, display: str, holder: str
) -> None:
    name = "type" if holder == "DocumentReference" else "code"
    tree = {"resourceType": holder, "id": "o", "status": "final", name: coded(code, display)}
    (entry,) = [entry for entry in described(tree) if entry.section == "end-of-life"]
    assert entry.kind == "cpr-decision"
    assert display in entry.title
    assert ("Not for" in entry.title) == (code == "450476008")


def test_a_resuscitation_decision_given_as_the_value_of_a_question_is_titled_by_the_answer() -> None:
    answer = coded("450476008", "Not for attempted CPR")
    entry = one(observation(code={"text": "CPR status"}, valueCodeableConcept=answer))
    assert (entry.section, entry.title) == ("end-of-life", "Not for attempted CPR")


def test_a_resuscitation_code_without_display_is_titled_by_its_published_words() -> None:
    assert one(observation(code=coded("450476008"))).title == "Not for attempted cardiopulmonary resuscitation"


def test_known_absence_is_not_the_same_as_no_information() -> None:
    ips = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
    for system, code, assertion in [
        (SNOMED, "716186003", "none-known"),
        ("https://snomed.info/sct", "716186003", "none-known"),
        (ips, "no-known-allergies", "none-known"),
        (ips, "no-allergy-info", "no-information"),
        ("http://example.org/other", "no-known-allergies", "fact"),
    ]:
        tree = {"resourceType": "AllergyIntolerance", "id": "a", "code": coded(code, "Words", system)}
        assert one(tree).assertion == assertion, (system, code)


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_refuted_and_mistaken_conditions_are_not_facts_in_either_release(status: str) -> None:
    base = {"resourceType": "Condition", "id": "c", "code": {"text": "Asthma"}}
    assert one({**base, "verificationStatus": status}).assertion == "not-a-fact"
    assert one({**base, "verificationStatus": {"coding": [{"code": status}]}}).assertion == "not-a-fact"


def test_a_mistaken_observation_is_not_a_fact() -> None:
    entry = one(observation(code={"text": "Weight"}) | {"status": "entered-in-error"})
    assert (entry.assertion, entry.status) == ("not-a-fact", "entered in error")


def test_blood_pressure_keeps_both_components_as_measures_and_is_said_as_one_value() -> None:
    def part(code: str, name: str, value: int) -> dict[str, Any]:
        return {"code": coded(code, name), "valueQuantity": {"value": value, "unit": "mmHg", "code": "mm[Hg]"}}

    entry = one(
        observation(
            code={"text": "Blood pressure"},
            category=[coded("vital-signs", system="http://terminology.hl7.org/CodeSystem/observation-category")],
            component=[part("271649006", "Systolic", 142), part("271650006", "Diastolic", 88)],
        )
    )
    assert entry.value == "142/88 mmHg"
    assert [(m.name, m.value, m.unit) for m in entry.measures] == [
        ("Systolic", "142", "mmHg"),
        ("Diastolic", "88", "mmHg"),
    ]
    assert entry.section == "examination"


def test_a_result_keeps_its_digits_its_range_and_its_interpretation() -> None:
    entry = one(
        observation(
            code={"text": "Potassium"},
            category=[coded("laboratory")],
            valueQuantity={"value": 6.5, "unit": "mmol/L"},
            referenceRange=[{"low": {"value": 3.5}, "high": {"value": 5.3}}],
            interpretation=[coded("HH")],
            effectiveDateTime="2026-03",
        )
    )
    assert (entry.section, entry.value, entry.when.text) == ("results", "6.5 mmol/L", "Mar 2026")
    (measure,) = entry.measures
    assert (measure.value, measure.low, measure.high, measure.interpretation) == (
        "6.5",
        "3.5",
        "5.3",
        "critically high",
    )
    assert lines(entry)["Reference range"] == "3.5 to 5.3"


def test_an_absent_value_says_why_and_is_no_information() -> None:
    reason = coded("asked-declined", system="http://terminology.hl7.org/CodeSystem/data-absent-reason")
    for how in ({"dataAbsentReason": reason}, {"valueCodeableConcept": reason}):
        entry = one(observation(code={"text": "Alcohol"}, **how))
        assert (entry.value, entry.assertion) == ("No value: asked, but declined to answer", "no-information")


def test_uncategorised_observations_of_a_report_are_results() -> None:
    report = {"resourceType": "DiagnosticReport", "id": "r", "result": [{"reference": "Observation/o"}]}
    assert one(observation(code={"text": "CRP"}), report).section == "results"
    assert one(observation(code={"text": "CRP"})).section == "examination"


def test_an_inpatient_stay_makes_an_admission_and_a_discharge() -> None:
    tree = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "finished",
        "class": {"code": "IMP"},
        "type": [{"text": "Hip fracture"}],
        "period": {"start": "2026-03-03", "end": "2026-03-09"},
        "hospitalization": {"dischargeDisposition": {"text": "Home with carers"}},
    }
    admission, discharge = described(tree)
    assert (admission.section, admission.kind, admission.title) == (
        "admissions",
        "admission",
        "Admission: Hip fracture",
    )
    assert (discharge.section, discharge.kind, discharge.when.text) == ("discharges", "discharge", "9 Mar 2026")
    assert discharge.detail == "Home with carers"
    assert admission.entry_id != discharge.entry_id


def test_emergency_attendances_are_contacts_of_their_own_kind() -> None:
    entry = one({"resourceType": "Encounter", "id": "e", "class": {"code": "EMER"}})
    assert (entry.section, entry.kind, entry.title) == ("contacts", "emergency-attendance", "Emergency attendance")


def test_a_medicine_is_read_through_its_reference_and_its_author_through_their_role() -> None:
    entry = one(
        {
            "resourceType": "MedicationRequest",
            "id": "m",
            "status": "active",
            "intent": "plan",
            "medicationReference": {"reference": "Medication/x"},
            "requester": {"agent": {"reference": "PractitionerRole/r"}},
            "dosageInstruction": [{"text": "One at night"}],
            "authoredOn": "2026-01-05",
        },
        {"resourceType": "Medication", "id": "x", "code": {"text": "Amitriptyline 10mg tablets"}},
        {
            "resourceType": "PractitionerRole",
            "id": "r",
            "practitioner": {"reference": "Practitioner/d"},
            "organization": {"reference": "Organization/s"},
        },
        {"resourceType": "Practitioner", "id": "d", "name": [{"prefix": ["Dr"], "given": ["Ana"], "family": "Reed"}]},
        {"resourceType": "Organization", "id": "s", "name": "Bridge Surgery"},
    )
    assert (entry.title, entry.value) == ("Amitriptyline 10mg tablets", "One at night")
    assert (entry.author, entry.active) == ("Dr Ana Reed, Bridge Surgery", True)
    assert lines(entry)["Kind"] == "Authorised (plan)"
    assert ("requester.agent", "PractitionerRole/r") in [(link.rel, link.target) for link in entry.links]


def test_a_dose_without_text_is_put_together_from_its_parts() -> None:
    dosage = {
        "doseAndRate": [{"doseQuantity": {"value": 500, "unit": "mg"}}],
        "route": {"text": "Oral"},
        "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
        "asNeededCodeableConcept": {"text": "pain"},
    }
    tree = {
        "resourceType": "MedicationStatement",
        "id": "m",
        "medicationCodeableConcept": {"text": "Paracetamol"},
        "dosage": [dosage],
    }
    assert one(tree).value == "500 mg, Oral, 3 times every day, when needed for pain"


@pytest.mark.parametrize(
    ("status", "title"),
    [
        ("completed", "Given"),
        ("in-progress", "Given"),
        ("not-done", "Not given"),
        ("unknown", "Not known whether given"),
    ],
)
def test_a_dose_whose_status_leaves_it_open_is_told_as_neither(status: str, title: str) -> None:
    dose = {"resourceType": "MedicationAdministration", "id": "m", "status": status, "subject": PATIENT}
    (entry,) = described(dose | {"medicationCodeableConcept": {"text": "Digoxin"}})
    assert entry.title == f"{title}: Digoxin"


def test_what_was_not_done_not_given_or_not_taken_says_so_first() -> None:
    vaccine = {"resourceType": "Immunization", "id": "i", "vaccineCode": {"text": "MMR"}}
    assert one({**vaccine, "status": "not-done"}).title == "Not given: MMR"
    assert one({**vaccine, "status": "completed", "notGiven": True}).title == "Not given: MMR"
    procedure = {"resourceType": "Procedure", "id": "p", "status": "not-done", "code": {"text": "Colonoscopy"}}
    assert one(procedure).title == "Not done: Colonoscopy"
    statement = {"resourceType": "MedicationStatement", "id": "s", "status": "not-taken"}
    entry = one({**statement, "medicationCodeableConcept": {"text": "Warfarin"}})
    assert (entry.title, entry.active) == ("Not taking: Warfarin", False)
    refusal = {"resourceType": "ServiceRequest", "id": "r", "doNotPerform": True, "code": {"text": "Catheter"}}
    assert one(refusal).title == "Do not do: Catheter"


@pytest.mark.parametrize("code", ["confidential-items", "data-in-transit", "data-awaiting-filing"])
@pytest.mark.parametrize("ending", ["Extension-CareConnect-ListWarningCode-1", "Extension-UKCore-ListWarningCode"])
def test_a_list_that_is_incomplete_says_so_in_the_section_it_stands_for(code: str, ending: str) -> None:
    tree = {
        "resourceType": "List",
        "id": "l",
        "status": "current",
        "title": "Allergies and adverse reactions",
        "code": coded("886921000000105"),
        "extension": [{"url": f"https://fhir.example/{ending}", "valueCode": code}],
    }
    listed, warning = described(tree)
    assert (warning.section, warning.kind, warning.assertion) == ("allergies", "list-warning", "fact")
    assert warning.title.startswith("This list is incomplete")
    assert listed.warnings == (warning.title,)
    # The list is none of the allergies in it.
    assert (listed.section, listed.kind, listed.title) == ("other", "list", "List: Allergies and adverse reactions")


@pytest.mark.parametrize(
    ("reason", "assertion"),
    [("nilknown", "none-known"), ("notasked", "no-information"), ("no-content-recorded", "no-information")],
)
def test_an_empty_list_says_what_its_emptiness_means(reason: str, assertion: str) -> None:
    tree = {
        "resourceType": "List",
        "id": "l",
        "code": coded("886921000000105", "Allergies"),
        "emptyReason": coded(reason),
    }
    _, empty = described(tree)
    assert (empty.section, empty.kind, empty.assertion) == ("allergies", "nothing-recorded", assertion)


def test_a_mental_health_impression_is_a_formulation() -> None:
    tree = {"resourceType": "ClinicalImpression", "id": "c", "summary": "Low mood after loss", "subject": PATIENT}
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "managingOrganization": {"display": "Moor Mental Health NHS Trust"},
    }
    entry = one(tree, patient)
    assert (entry.section, entry.source.lane) == ("formulation", "mental-health")
    assert one(tree).section == "assessments"


def test_security_labels_profiles_and_unread_qualifiers_are_kept() -> None:
    tree = observation(
        code={"text": "HIV test"},
        meta={"security": [{"system": "s", "code": "R"}], "profile": ["http://profile"]},
        modifierExtension=[{"url": "http://x", "valueBoolean": True}],
    )
    entry = one(tree)
    assert [(label.system, label.code) for label in entry.labels] == [("s", "R")]
    assert entry.profiles == ("http://profile",)
    assert entry.warnings == ("The source added a qualifier that this program does not understand.",)


def test_ids_are_the_same_for_the_same_bytes_and_differ_between_sources() -> None:
    tree = observation(code={"text": "Weight"})
    here, again = described(tree)[0], described(tree)[0]
    elsewhere = described(tree, folder="drop/other")[0]
    assert here.entry_id == again.entry_id != elsewhere.entry_id
    assert len(here.entry_id) == 17
    assert here.entry_id[0] == "e"


def test_a_social_care_support_reason_is_not_a_health_problem() -> None:
    system = "https://fhir.interweavedigital.nhs.uk/CodeSystem/Interweave-SocialCareSupportReason"
    tree = {"resourceType": "Condition", "id": "c", "code": coded("PS-PCS", "Physical Support", system)}
    assert one(tree).section == "support-reason"


def test_a_describer_that_fails_leaves_a_readable_entry_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(resource: Resource, context: Context) -> list[Entry]:
        raise KeyError(resource.id)

    monkeypatch.setitem(DESCRIBERS, "Observation", fail)
    entry = one(observation(code={"text": "Weight"}))
    assert "Weight" in entry.title
    assert entry.warnings == (READ_IN_PART,)


@pytest.mark.parametrize(
    ("name", "lane"),
    [
        ("Bridge Surgery", "gp"),
        ("Northmoor General Hospital", "hospital"),
        ("Northmoor Borough Council", "social-care"),
        ("York and Scarborough Teaching Hospitals NHS Foundation Trust", "hospital"),
        ("Moor Partnership NHS Foundation Trust", "mental-health"),
        ("Dale Community Nursing", "community"),
        ("Acme", "other"),
    ],
)
def test_the_kind_of_service_is_told_by_its_name(name: str, lane: str) -> None:
    assert lane_of_name(name) == lane


def test_a_source_is_the_tagged_organisation_then_the_managing_one_then_the_folder() -> None:
    tag = {"system": "https://yhcr.nhs.uk/Provenance", "code": "212", "display": "Leeds City Council"}
    patient = {"resourceType": "Patient", "id": "p", "managingOrganization": {"reference": "Organization/g"}}
    surgery = {
        "resourceType": "Organization",
        "id": "g",
        "name": "Bridge Surgery",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "A12345"}],
    }
    tree = observation(code={"text": "Weight"})
    tagged = one(tree | {"meta": {"tag": [tag]}}, patient, surgery).source
    assert (tagged.name, tagged.kind, tagged.key) == ("Leeds City Council", "social-care", "212")
    managed = one(tree, patient, surgery).source
    assert (managed.name, managed.lane, managed.key) == ("Bridge Surgery", "gp", "A12345")
    assert one(tree).source.name == "records"
    sent = one(tree | {"meta": {"source": "https://fhir.example.org/r4#1"}}).source
    assert sent.name == "fhir.example.org"


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        ({"resourceType": "Immunization", "status": "completed", "lotNumber": "B2"}, ("Batch", "B2")),
        (
            {"resourceType": "Immunization", "status": "not-done", "statusReason": {"text": "Declined"}},
            ("Why not given", "Declined"),
        ),
        (
            {"resourceType": "Procedure", "status": "not-done", "statusReason": {"text": "Too unwell"}},
            ("Why not done", "Too unwell"),
        ),
        (
            {"resourceType": "Procedure", "status": "completed", "bodySite": [{"text": "Left hip"}]},
            ("Body site", "Left hip"),
        ),
        (
            {"resourceType": "DiagnosticReport", "status": "final", "presentedForm": [{"title": "Scan letter"}]},
            ("Attached", "Scan letter"),
        ),
        (
            {"resourceType": "MedicationRequest", "status": "active", "note": [{"text": "Crush the tablets"}]},
            ("Note", "Crush the tablets"),
        ),
        (
            {"resourceType": "Encounter", "status": "planned", "priority": {"text": "Urgent"}},
            ("Priority", "Urgent"),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else value["resourceType"],
)
def test_what_a_short_record_says_beside_the_usual_is_told_too(tree: dict[str, Any], told: tuple[str, str]) -> None:
    entry = one({"id": "x", "subject": PATIENT, "code": {"text": "A"}, **tree})
    assert told in [(field.label, field.value) for field in entry.fields]
