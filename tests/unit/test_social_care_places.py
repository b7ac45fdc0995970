"""Where the rest of social care stands: one small record of each kind, and the real ones beside the project.

Social care resources are told from clinical ones of the same type by profile or code system, never by type alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fhir.entries import Entry
from fhir.reading import read_document, read_drop
from fhir.records import SourceFile
from fhir.understanding import Drop

SNOMED = "http://snomed.info/sct"
INTERWEAVE = "https://fhir.interweavedigital.nhs.uk/CodeSystem"
STU3 = "https://fhir.yhcr.nhs.uk/CodeSystem"
LEGAL_STATUS = "https://fhir.hl7.org.uk/CodeSystem/UKCore-LegalStatusClassificationEngland"
ENGLAND = "https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient"
WHO = {"reference": "Patient/p"}
DAY = "2026-02-01"


def told(documents: list[SourceFile]) -> list[Entry]:
    drop = Drop(lambda keys: (), lambda person: None)
    for document in documents:
        drop.learn(document)
    drop.settle()
    return [entry for one in documents for each in drop.understand(one).described for entry in each.entries]


def one(resource: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    person = {"resourceType": "Patient", "id": "p", "birthDate": "1938-02-14", "name": [{"text": "Ann Test"}]}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": person}, {"resource": resource}]}
    found = told([read_document("a.json", "", json.dumps(bundle).encode())])
    return {(entry.section, entry.kind, entry.title, entry.when.text) for entry in found}


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def flag(category: dict[str, Any], code: dict[str, Any]) -> dict[str, Any]:
    dated = {"status": "active", "subject": WHO, "period": {"start": DAY}}
    return {"resourceType": "Flag", "id": "f", "category": [category], "code": code, **dated}


def observed(code: dict[str, Any], **value: Any) -> dict[str, Any]:
    said = {"status": "final", "subject": WHO, "effectiveDateTime": DAY}
    return {"resourceType": "Observation", "id": "o", "code": code, **said, **value}


def noted(words: str) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": "n", "code": {"text": words}, "subject": WHO, "recordedDate": DAY}


def agreed(category: dict[str, Any], scope: str) -> dict[str, Any]:
    said = {"status": "active", "patient": WHO, "dateTime": DAY, "provision": {"type": "permit"}}
    about = {"scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", scope), "category": [category]}
    return {"resourceType": "Consent", "id": "c", **said, **about}


SOCIAL = [
    {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "social-history"}]}
]
DETAINED = {
    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-LegalStatus",
    "extension": [
        {
            "url": "legalStatusClassification",
            "valueCodeableConcept": coded(LEGAL_STATUS, "02"),
        }
    ],
}
STAY = {
    "resourceType": "Encounter",
    "id": "e",
    "status": "finished",
    "class": {"code": "IMP"},
    "subject": WHO,
    "period": {"start": "2026-01-02", "end": "2026-01-09"},
    "extension": [DETAINED],
}
PLAN = {"resourceType": "CarePlan", "id": "c", "status": "active", "intent": "plan", "subject": WHO}
TEAM = {
    "resourceType": "CareTeam",
    "id": "t",
    "status": "active",
    "name": "Leeds City Council",
    "subject": WHO,
    "period": {"start": DAY},
}
EPISODE = {"resourceType": "EpisodeOfCare", "id": "x", "status": "active", "patient": WHO, "period": {"start": DAY}}
NCC = {"profile": ["https://fhir.nottinghamshire.gov.uk/STU3/StructureDefinition/CareConnect-CDS-EpisodeOfCare-1"]}
SINCE, ON = "since 1 Feb 2026", "1 Feb 2026"
SERVICE_TYPE = "Interweave-SocialCareServiceType"

CASES: list[tuple[dict[str, Any], tuple[str, str, str, str]]] = [
    (
        flag(coded(f"{INTERWEAVE}/Interweave-FlagCategory", "RTS"), coded(f"{INTERWEAVE}/Interweave-FlagType", "DOLS")),
        ("legal", "deprivation-of-liberty", "Deprivation of Liberty Safeguards", SINCE),
    ),
    (
        flag(
            coded(f"{STU3}/Interweave-SocialCareFlagCategory-1", "SGC"),
            coded(f"{STU3}/Interweave-SocialCareFlagType-1", "MARAC"),
        ),
        ("safeguarding", "concern", "Multi-Agency Risk Assessment Conferences", SINCE),
    ),
    (
        flag(
            coded("https://fhir.nhs.uk/CodeSystem/flag-categories-bars", "SG"),
            coded("https://fhir.nhs.uk/CodeSystem/safeguarding-codes-bars", "766561000000109"),
        ),
        ("safeguarding", "concern", "Adult safeguarding concern", SINCE),
    ),
    (flag(coded(ENGLAND, "female-genital-mutilation-flag"), {"text": "FGM"}), ("safeguarding", "fgm", "FGM", SINCE)),
    (
        flag(
            coded(ENGLAND, "national-reasonable-adjustment-flag"), coded("https://snomed.info/sct", "1108111000000107")
        ),
        (
            "requirements",
            "adjustment",
            "Requires reasonable adjustment for health and care access (Equality Act 2010)",
            SINCE,
        ),
    ),
    (
        {**PLAN, "category": [coded(SNOMED, "342191000000101")], "period": {"start": DAY}},
        ("safeguarding", "child-protection-plan", "Subject to child protection plan", SINCE),
    ),
    (
        STAY,
        (
            "legal",
            "mental-health-act",
            "Formally detained under Mental Health Act Section 2",
            "2 Jan 2026 to 9 Jan 2026",
        ),
    ),
    (
        {
            "resourceType": "Condition",
            "id": "l",
            "code": coded(SNOMED, "816361000000101"),
            "subject": WHO,
            "recordedDate": DAY,
        },
        (
            "legal",
            "power-of-attorney",
            "Has appointed person with personal welfare lasting power of attorney (Mental Capacity Act 2005)",
            ON,
        ),
    ),
    (
        observed({"text": "Mental capacity assessment"}, valueString="Lacks capacity to decide where to live"),
        ("legal", "mental-capacity", "Mental capacity assessment", ON),
    ),
    (
        observed(coded(SNOMED, "450476008")),
        ("end-of-life", "cpr-decision", "Not for attempted cardiopulmonary resuscitation", ON),
    ),
    (
        observed(coded(SNOMED, "450475007")),
        ("end-of-life", "cpr-decision", "For attempted cardiopulmonary resuscitation", ON),
    ),
    (
        observed(coded(SNOMED, "1107891000000106")),
        ("end-of-life", "respect", "Has Recommended Summary Plan for Emergency Care and Treatment", ON),
    ),
    (
        observed(coded(SNOMED, "816281000000101")),
        ("end-of-life", "advance-statement", "Has advance statement (Mental Capacity Act 2005)", ON),
    ),
    (
        observed(
            {"coding": [{"system": SNOMED, "code": "272497004", "display": "Accommodation"}]}, valueString="Extra care"
        ),
        ("social-context", "housing", "Accommodation", ON),
    ),
    (observed(coded(SNOMED, "224484003")), ("social-context", "carer-status", "Patient themselves providing care", ON)),
    (
        observed({"text": "Personal budget"}, valueString="240 pounds a week"),
        ("money", "personal-budget", "Personal budget", ON),
    ),
    (
        observed({"text": "Personal budget"}, valueString="240 pounds a week", category=SOCIAL),
        ("money", "personal-budget", "Personal budget", ON),
    ),
    (observed({"text": "Direct payment"}, valueString="£100"), ("money", "personal-budget", "Direct payment", ON)),
    (
        flag({}, {"text": "Detained under section 3 Mental Health Act"}),
        ("legal", "mental-health-act", "Detained under section 3 Mental Health Act", SINCE),
    ),
    (flag({}, {"text": "DNACPR in place"}), ("end-of-life", "cpr-decision", "DNACPR in place", SINCE)),
    (
        flag({"text": "Safeguarding"}, {"text": "DNACPR discussed"}),
        ("safeguarding", "form", "DNACPR discussed", SINCE),
    ),
    (
        observed({"text": "Lives alone"}, valueBoolean=True, category=SOCIAL),
        ("social-context", "social-fact", "Lives alone", ON),
    ),
    (
        {
            "resourceType": "ServiceRequest",
            "id": "s",
            "status": "active",
            "intent": "order",
            "subject": WHO,
            "code": {"text": "Social prescribing referral"},
            "authoredOn": DAY,
        },
        ("referrals", "referral", "Social prescribing referral", ON),
    ),
    ({**EPISODE, "type": [{"text": "Home care"}], "meta": NCC}, ("services", "package", "Home care", SINCE)),
    (
        {**EPISODE, "type": [coded(f"{INTERWEAVE}/{SERVICE_TYPE}", "HS")]},
        ("services", "package", "Home Support", SINCE),
    ),
    ({**EPISODE, "type": [coded(f"{STU3}/{SERVICE_TYPE}-1", "HS")]}, ("services", "package", "Home Support", SINCE)),
    ({**EPISODE, "type": [{"text": "Home care"}]}, ("contacts", "episode", "Home care", SINCE)),
    # Child Protection Information Sharing tells the plan by the team's category; only words were published for two.
    (
        {**TEAM, "category": [{"text": "Looked after"}]},
        ("safeguarding", "looked-after", "Looked after: Leeds City Council", SINCE),
    ),
    (
        {**TEAM, "category": [{"text": "Unborn child protection plan"}]},
        ("safeguarding", "child-protection-plan", "Unborn child protection plan: Leeds City Council", SINCE),
    ),
    (
        {**PLAN, "category": [{"text": "Looked after child"}], "period": {"start": DAY}},
        ("safeguarding", "looked-after", "Looked after child", SINCE),
    ),
    # What a council writes as words alone stands where its code would.
    (
        flag({"text": "Legal"}, {"text": "Deprivation of liberty authorised"}),
        ("legal", "deprivation-of-liberty", "Deprivation of liberty authorised", SINCE),
    ),
    (
        noted("Deprivation of liberty authorisation"),
        ("legal", "deprivation-of-liberty", "Deprivation of liberty authorisation", ON),
    ),
    (noted("Looked after child"), ("safeguarding", "looked-after", "Looked after child", ON)),
    (noted("Asthma"), ("problems", "problem", "Asthma", ON)),
    (
        agreed({"text": "Lasting power of attorney for health and welfare"}, "treatment"),
        ("legal", "power-of-attorney", "Lasting power of attorney for health and welfare, permitted", ON),
    ),
    (
        agreed({"text": "What my power of attorney may see"}, "patient-privacy"),
        ("sharing", "consent", "Consent: What my power of attorney may see, permitted", ON),
    ),
    (
        observed({"text": "Advance decision to refuse treatment"}, valueString="No ventilation"),
        ("legal", "advance-decision", "Advance decision to refuse treatment", ON),
    ),
    (
        observed({"text": "Lasting power of attorney for health and welfare"}, valueString="A daughter"),
        ("legal", "power-of-attorney", "Lasting power of attorney for health and welfare", ON),
    ),
    (
        observed(coded(SNOMED, "341041000000103")),
        ("legal", "power-of-attorney", "Lasting power of attorney for property and affairs", ON),
    ),
    (
        observed({"text": "Court-appointed deputy"}, valueString="A solicitor"),
        ("legal", "power-of-attorney", "Court-appointed deputy", ON),
    ),
    (
        observed({"text": "Looked after child"}, valueBoolean=True),
        ("safeguarding", "looked-after", "Looked after child", ON),
    ),
    (
        {
            "resourceType": "Condition",
            "id": "i",
            "code": coded("https://fhir.nhs.uk/England/CodeSystem/England-ConditionCodeRA", "hearing"),
            "subject": WHO,
            "recordedDate": DAY,
        },
        ("requirements", "impairment", "Hearing impairment", ON),
    ),
    (
        {
            "resourceType": "Composition",
            "id": "m",
            "status": "final",
            "type": coded(SNOMED, "1515851000000101"),
            "subject": WHO,
            "date": DAY,
            "title": "My own page",
            "section": [
                {"code": coded(SNOMED, "1515891000000109"), "title": "Well", "text": {"div": "<div>I walk</div>"}}
            ],
        },
        ("about-me", "document-section", "Well", ON),
    ),
]


def test_who_is_in_a_team_does_not_say_what_the_team_protects() -> None:
    team = {key: value for key, value in TEAM.items() if key != "name"} | {"category": [{"text": "Looked after"}]}
    person = {"resourceType": "Patient", "id": "p", "birthDate": "2015-02-14", "name": [{"text": "Ann Test"}]}
    team["participant"] = [{"member": {"display": "Bo Worker"}, "role": [{"text": "Social worker"}]}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": person}, {"resource": team}]}
    found = told([read_document("a.json", "", json.dumps(bundle).encode())])
    assert [entry.title for entry in found if entry.section == "professional-contacts"] == ["Bo Worker, Social worker"]
    assert "looked" not in repr([entry for entry in found if entry.section != "safeguarding"]).casefold()


@pytest.mark.parametrize(("resource", "expected"), CASES, ids=[f"{row[1][1]}-{n}" for n, row in enumerate(CASES)])
def test_each_kind_stands_in_its_section(resource: dict[str, Any], expected: tuple[str, str, str, str]) -> None:
    assert expected in one(resource)


@pytest.mark.parametrize("code", ["01", "98", "99"])
def test_no_section_of_the_act_is_no_legal_status(code: str) -> None:
    stay = json.loads(json.dumps(STAY).replace('"02"', f'"{code}"'))
    assert not any(section == "legal" for section, _, _, _ in one(stay))


REAL = [
    (
        "interweave-yhcr",
        "support-reason",
        "Physical Support: Access & mobility only",
        "since 9 Jan 2022, 09:00",
        "Leeds City Council",
    ),
    (
        "interweave-yhcr",
        "equipment",
        "Raised toilet seat, fixed (physical object)",
        "20 Apr 2022",
        "Leeds City Council",
    ),
    (
        "interweave-yhcr",
        "services",
        "Reablement Service",
        "9 Jun 2022, 09:00 UTC to 9 Jul 2022, 09:00 UTC",
        "York and Scarborough Teaching Hospitals NHS Foundation Trust",
    ),
    (
        "interweave-yhcr",
        "referrals",
        "Contact with social care: Hospital Discharge",
        "10 Jul 2022, 09:00 UTC",
        "Leeds City Council",
    ),
    (
        "interweave-yhcr",
        "assessments",
        "First Reablement Team Assessment",
        "9 Jul 2022, 09:00 UTC to 11:00 UTC",
        "Leeds City Council",
    ),
    (
        "eltss",
        "care-plan",
        "Betsy Smith Johnson's Services and Supports Plan",
        "1 May 2020 to 31 Dec 2020",
        "sushi-built",
    ),
    ("eltss", "care-plan", "Dance at son's upcoming wedding", "", "sushi-built"),
    ("eltss", "risks", "At risk for falls", "", "sushi-built"),
    ("eltss", "social-context", "Strength", "2 Apr 2013, 10:30", "sushi-built"),
    ("eltss", "personal-contacts", "Charles Johnson, Guardian", "", "sushi-built"),
    ("pacio-functional-status", "assessments", "Walk 10 feet", "8 Jul 2020, 16:00 (UTC-05:00)", "sushi-built"),
    (
        "pacio-functional-status",
        "equipment",
        "Bedside rails, device",
        "10 Jul 2020, 14:34 (UTC-05:00)",
        "sushi-built",
    ),
    (
        "ukcore-examples/json-converted",
        "legal",
        "Advance Decision to Refuse Treatment: Yes",
        "14 Nov 2023, 08:07",
        "json-converted",
    ),
    ("nhs-scr", "requirements", "Personal Preferences", "17 Nov 2020, 01:00", "Summary Care Record"),
    ("nhs-bars", "risks", "Patient has some scene safety issues.", "", "Sender Organization"),
    ("nhs-gp2gp", "problems", "Acute myocardial infarction", "14 Dec 2020", "TEMPLE SOWERBY MEDICAL PRACTICE"),
    ("nhs-gp2gp", "problems", "Allergy to latex", "2019", "TEMPLE SOWERBY MEDICAL PRACTICE"),
]


@pytest.mark.parametrize(("folder", "section", "title", "when", "source"), REAL)
def test_real_records_stand_where_they_belong(
    shared_data: Path, folder: str, section: str, title: str, when: str, source: str
) -> None:
    documents = [each for each in read_drop([shared_data / folder]) if isinstance(each, SourceFile)]
    found = {(entry.section, entry.title, entry.when.text, entry.source.name) for entry in told(documents)}
    assert (section, title, when, source) in found


@pytest.mark.parametrize(
    ("words", "section", "kind"),
    [
        ("DoLS in place", "legal", "deprivation-of-liberty"),
        ("Has LPA", "legal", "power-of-attorney"),
        ("Heard at MARAC", "safeguarding", "marac"),
        ("FGM - mother affected", "safeguarding", "fgm"),
        ("Dolsan Court: door code changed", "alerts", "flag"),
    ],
)
def test_a_councils_warning_in_its_usual_short_form_stands_in_its_section(words: str, section: str, kind: str) -> None:
    """A county council's warnings are Flags in words of its own (Nottinghamshire, STU3)."""
    profile = "https://fhir.nottinghamshire.gov.uk/STU3/StructureDefinition/CareConnect-CDS-Flag-1"
    warning = {"resourceType": "Flag", "id": "w", "meta": {"profile": [profile]}, "status": "active", "subject": WHO}
    assert (section, kind) in {told[:2] for told in one(warning | {"code": {"text": words}})}


@pytest.mark.parametrize("resource_type", ["Flag", "Observation", "Condition"])
@pytest.mark.parametrize("system", ["https://fhir.nhs.uk/CodeSystem/safeguarding-codes-bars", SNOMED])
def test_a_safeguarding_code_without_words_is_read_and_stands_under_safeguarding(
    system: str, resource_type: str
) -> None:
    code = {"coding": [{"system": system, "code": "881081000000100"}]}
    resource = {"resourceType": resource_type, "id": "o", "subject": WHO, "code": code, "status": "active"}
    assert ("safeguarding", "concern", "Domestic abuse victim in household") in {told[:3] for told in one(resource)}


@pytest.mark.parametrize("owner", [{}, {"patient": {"reference": "Patient/p"}}])
def test_a_device_in_a_file_of_its_own_is_named_where_it_is_used(owner: dict[str, Any]) -> None:
    person = {"resourceType": "Patient", "id": "p", "birthDate": "1950-02-14", "name": [{"text": "Ann Test"}]}
    used = {"resourceType": "DeviceUseStatement", "id": "u", "status": "active", "subject": {"reference": "Patient/p"}}
    used["device"] = {"reference": "Device/d"}
    device = {"resourceType": "Device", "id": "d", "deviceName": [{"name": "Raised toilet seat"}], **owner}
    whole = [read_document(f"{n}.json", "x", json.dumps(one).encode()) for n, one in enumerate((person, used, device))]
    (entry,) = [entry for entry in told(whole) if entry.resource == "DeviceUseStatement/u"]
    assert (entry.section, entry.title) == ("equipment", "Raised toilet seat")
    # What is somebody's own may be hidden from a reader, and is then not named to them.
    assert (entry.unnamed is not None) == bool(owner)
