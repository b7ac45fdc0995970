"""Decisions for the end of life and in law stand where they are looked for, whatever resource and list carries them."""

from __future__ import annotations

from typing import Any

import pytest
from care_samples import SNOMED, concept, document

from fhir.describe import describe, document_context
from fhir.describe.context import named_anywhere
from fhir.entries import Entry
from fhir.records import Resource
from fhir.references import Target, outline

READ = "http://read.info/readv2"
CONSENT = "http://terminology.hl7.org/CodeSystem/"


def told(tree: dict[str, Any]) -> list[Entry]:
    """The entries of one resource."""
    whole = document({"id": "1", **tree})
    (resource,) = whole.resources
    assert isinstance(resource, Resource)
    return describe(resource, document_context(whole))


def observed(code: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": code, **more}


NOT_FOR = "Not for attempted CPR"


@pytest.mark.parametrize(
    ("tree", "title"),
    [
        (observed({"text": "DNACPR form completed"}), "DNACPR form completed"),
        (observed({"text": "CPR status"}, valueString="Not for CPR"), "CPR status: Not for CPR"),
        (observed({"text": "CPR status"}, valueCodeableConcept={"text": "For CPR"}), "CPR status: For CPR"),
        (observed({"text": "Plan"}, valueString="Not for resuscitation"), "Plan: Not for resuscitation"),
        (observed({"text": "DNACPR in place"}, valueBoolean=False), "DNACPR in place: no"),
        (observed(concept("450476008", NOT_FOR), valueBoolean=False), f"{NOT_FOR}: no"),
        (observed(concept("365870005"), valueCodeableConcept=concept("304253006")), "Not for resuscitation"),
        (observed(concept("1R1..", "Not for resuscitation", READ)), "Not for resuscitation"),
        ({"resourceType": "Condition", "code": {"text": "Not for resuscitation"}}, "Not for resuscitation"),
        (
            {"resourceType": "Condition", "code": concept("1R1..", "Not for resuscitation", READ)},
            "Not for resuscitation",
        ),
        ({"resourceType": "Flag", "status": "active", "code": {"text": "Do not resuscitate"}}, "Do not resuscitate"),
        (
            {
                "resourceType": "Flag",
                "status": "active",
                "code": {"text": "For CPR"},
                "category": [{"text": "Clinical"}],
            },
            "For CPR",
        ),
        ({"resourceType": "Flag", "status": "active", "code": {"text": "(DNR)"}}, "(DNR)"),
        (
            {"resourceType": "Procedure", "status": "completed", "code": {"text": "DNACPR decision made"}},
            "DNACPR decision made",
        ),
    ],
)
def test_a_decision_about_resuscitation_stands_under_end_of_life_in_its_own_words(
    tree: dict[str, Any], title: str
) -> None:
    (entry,) = told(tree)
    assert (entry.section, entry.kind, entry.title, entry.value) == ("end-of-life", "cpr-decision", title, "")


@pytest.mark.parametrize(
    ("tree", "title"),
    [
        (
            {"resourceType": "Procedure", "status": "not-done", "code": concept("450476008", NOT_FOR)},
            f"Not done: {NOT_FOR}",
        ),
        (
            {"resourceType": "ServiceRequest", "doNotPerform": True, "code": concept("450475007", "For attempted CPR")},
            "Do not do: For attempted CPR",
        ),
        (
            {"resourceType": "ServiceRequest", "doNotPerform": True, "code": {"text": "Cardiopulmonary resuscitation"}},
            "Do not do: Cardiopulmonary resuscitation",
        ),
    ],
)
def test_what_is_not_done_or_not_to_be_done_never_loses_its_not(tree: dict[str, Any], title: str) -> None:
    (entry,) = told(tree)
    assert (entry.kind, entry.title) == ("cpr-decision", title)


def test_talk_of_a_decision_is_no_decision() -> None:
    (entry,) = told(observed(concept("1", "Discussion about do not attempt cardiopulmonary resuscitation")))
    assert (entry.section, entry.kind) == ("end-of-life", "cpr-awareness")


def test_a_long_note_that_names_a_decision_stays_where_it_is() -> None:
    said = "Seen with her daughter, who asked what DNACPR would mean; she wants to think about it until the next visit."
    (entry,) = told(observed({"text": "Note"}, valueString=said))
    assert entry.section == "examination"


def test_a_result_never_becomes_a_decision_by_its_words() -> None:
    category = concept("laboratory", "", CONSENT + "observation-category")
    (entry,) = told(observed({"text": "LPA level"}, category=[category], valueString="31"))
    assert entry.section == "results"


def test_a_directive_not_to_resuscitate_is_a_decision_that_nobody_can_read_the_other_way() -> None:
    (entry,) = told(
        {
            "resourceType": "Consent",
            "status": "active",
            "scope": concept("adr", "Advanced Care Directive", CONSENT + "consentscope"),
            "category": [concept("dnr", "Do Not Resuscitate", CONSENT + "consentcategorycodes")],
            "provision": {"type": "deny"},
        }
    )
    assert (entry.section, entry.kind) == ("end-of-life", "cpr-decision")
    assert (entry.title, entry.value) == ("Do Not Resuscitate", "")
    assert {code.code for code in entry.codes + entry.categories} == {"dnr", "adr"}
    assert ("Provision › Type", "deny") in {(field.label, field.value) for field in entry.fields}


def test_a_form_that_only_its_title_names_is_told_with_the_plans_too() -> None:
    tree = {"resourceType": "DocumentReference", "status": "current", "type": {"text": "DNACPR form"}}
    whole, beside = told(tree)
    assert (whole.section, beside.section, beside.kind) == ("documents", "end-of-life", "cpr-decision")


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ({"valueString": "Not for CPR"}, "Resuscitation: Not for CPR"),
        ({"valueCoding": {"system": "urn:local", "code": "2", "display": "DNACPR"}}, "Resuscitation: DNACPR"),
    ],
)
def test_an_answer_in_words_is_told_under_end_of_life(answer: dict[str, Any], title: str) -> None:
    item = [
        {"linkId": "1", "text": "On admission", "item": [{"linkId": "2", "text": "Resuscitation", "answer": [answer]}]}
    ]
    form, decided = told({"resourceType": "QuestionnaireResponse", "status": "completed", "item": item})
    assert form.section == "assessments"
    assert (decided.section, decided.kind, decided.title) == ("end-of-life", "cpr-decision", title)


def test_a_yes_or_no_is_told_with_its_question() -> None:
    item = [{"linkId": "1", "text": "DNACPR in place?", "answer": [{"valueBoolean": False}]}]
    _, decided = told({"resourceType": "QuestionnaireResponse", "status": "completed", "item": item})
    assert (decided.kind, decided.title) == ("cpr-decision", "DNACPR in place?: No")


@pytest.mark.parametrize(
    ("tree", "place"),
    [
        (observed(concept("816301000000100", "Has advance decision")), ("legal", "advance-decision")),
        ({"resourceType": "Condition", "code": {"text": "ADRT in place"}}, ("legal", "advance-decision")),
        (
            observed(concept("1", "Has appointed person with property and affairs lasting power of attorney")),
            ("legal", "power-of-attorney"),
        ),
        ({"resourceType": "Flag", "code": {"text": "Deputyship order: property"}}, ("legal", "power-of-attorney")),
        ({"resourceType": "Condition", "code": {"text": "Court of Protection deputy"}}, ("legal", "power-of-attorney")),
        ({"resourceType": "Flag", "code": {"text": "Lacks capacity to decide on care"}}, ("legal", "mental-capacity")),
        ({"resourceType": "Flag", "code": {"text": "Detained under section 3"}}, ("legal", "mental-health-act")),
        ({"resourceType": "Flag", "code": {"text": "Section 117 aftercare"}}, ("legal", "mental-health-act")),
        (
            {"resourceType": "Condition", "code": concept("1", "Detained under Mental Health Act")},
            ("legal", "mental-health-act"),
        ),
        ({"resourceType": "Flag", "code": {"text": "Adult at risk of neglect"}}, ("safeguarding", "concern")),
        ({"resourceType": "Flag", "code": {"text": "MAPPA level 2"}}, ("risks", "mappa")),
        (
            observed(concept("395091006", "Preferred place of death"), valueString="At home"),
            ("end-of-life", "preferred-place-of-death"),
        ),
    ],
)
def test_law_and_wishes_stand_under_their_headings(tree: dict[str, Any], place: tuple[str, str]) -> None:
    (entry,) = told(tree)
    assert (entry.section, entry.kind) == place


def test_a_section_of_the_act_holds_while_the_stay_goes_on() -> None:
    act = {"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-LegalStatusClassificationEngland", "code": "03"}
    extension = {"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-LegalStatus"}
    extension |= {"extension": [{"url": "legalStatusClassification", "valueCodeableConcept": {"coding": [act]}}]}
    stay = {"resourceType": "Encounter", "class": {"code": "IMP"}, "period": {"start": "2026-10-01"}}
    for status, text in (("in-progress", "since 1 Oct 2026"), ("finished", "1 Oct 2026")):
        legal = told({**stay, "status": status, "extension": [extension]})[-1]
        assert (legal.title, legal.when.text) == ("Formally detained under Mental Health Act Section 3", text)


@pytest.mark.parametrize(
    "tree",
    [
        {"resourceType": "Condition", "code": concept("91936005", "Allergy to penicillin")},
        {"resourceType": "Condition", "code": {"text": "Allergic to strawberries"}},
        {"resourceType": "Condition", "code": concept("1", "History of penicillin allergy")},
        observed(concept("294505008", "Amoxicillin allergy (disorder)")),
    ],
)
def test_an_allergy_is_one_whatever_a_source_wrote_it_as(tree: dict[str, Any]) -> None:
    (entry,) = told(tree)
    assert (entry.section, entry.kind, entry.assertion) == ("allergies", "allergy", "fact")


@pytest.mark.parametrize(
    "name",
    ["Allergic rhinitis", "Family history of nut allergy", "No known allergy", "Denies allergy", "Allergy test"],
)
def test_what_only_speaks_of_allergy_is_none(name: str) -> None:
    (entry,) = told({"resourceType": "Condition", "code": concept("1", name)})
    assert entry.section == "problems"


@pytest.mark.parametrize("said", ["NKDA", "nka", "No known drug allergies", "Nil known", "No known allergies (NKDA)"])
def test_that_there_are_none_is_no_allergy_also_where_only_words_say_so(said: str) -> None:
    (entry,) = told({"resourceType": "AllergyIntolerance", "code": {"text": said}})
    assert (entry.title, entry.assertion) == (said, "none-known")


@pytest.mark.parametrize("said", ["Naproxen", "None recorded", "No known cause"])
def test_nothing_else_is_read_as_none(said: str) -> None:
    (entry,) = told({"resourceType": "AllergyIntolerance", "code": {"text": said}})
    assert entry.assertion == "fact"


def test_how_somebody_lives_is_no_illness() -> None:
    (home,) = told({"resourceType": "Condition", "code": concept("160734000", "Lives in a nursing home")})
    assert home.section == "social-context"
    social = concept("social-history", "", CONSENT + "observation-category")
    (fact,) = told({"resourceType": "Condition", "category": [social], "code": concept("1", "Lives with daughter")})
    assert fact.section == "social-context"


def test_a_flag_with_a_bare_code_is_called_by_its_kind() -> None:
    category = [
        concept(
            "national-reasonable-adjustment-flag",
            "",
            "https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient",
        ),
        concept(
            "requires-specific-contact-method", "", "https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryRA"
        ),
    ]
    (entry,) = told({"resourceType": "Flag", "status": "active", "code": concept("12"), "category": category})
    assert (entry.section, entry.title) == (
        "requirements",
        "Reasonable adjustment flag, Requires specific contact method",
    )
    assert (SNOMED, "12") in {(code.system, code.code) for code in entry.codes}


def test_equipment_without_a_day_of_use_has_the_day_it_was_asked_for() -> None:
    asked = {"resourceType": "DeviceRequest", "status": "active", "codeCodeableConcept": {"text": "Commode"}}
    (entry,) = told({**asked, "authoredOn": "2026-02-01"})
    assert entry.when.text == "1 Feb 2026"


RAIL = {"resourceType": "Device", "id": "d", "deviceName": [{"name": "Bedside rails, device"}]}
USED = {"resourceType": "DeviceUseStatement", "id": "u", "status": "active", "device": {"reference": "Device/d"}}


def with_device(device: dict[str, Any]) -> Entry:
    whole = document(USED, device)
    resource = whole.resources[0]
    assert isinstance(resource, Resource)
    (entry,) = describe(resource, document_context(whole))
    return entry


def test_a_device_that_is_nobodys_own_is_named_by_whoever_uses_it() -> None:
    entry = with_device(RAIL)
    assert (entry.section, entry.title) == ("equipment", "Bedside rails, device")
    assert entry.unnamed is None, "a product is named to every reader of the entry, as a medicine is"
    assert not any(link.display for link in entry.links)


def test_a_device_of_the_persons_own_is_named_to_those_who_see_it() -> None:
    entry = with_device({**RAIL, "patient": {"reference": "Patient/p"}})
    assert entry.unnamed is not None


@pytest.mark.parametrize(
    ("name", "section"),
    [("Walking frame", "equipment"), ("Rollator", "equipment"), ("Hoist", "equipment"), ("Pacemaker", "medicines")],
)
def test_what_helps_somebody_to_live_is_equipment(name: str, section: str) -> None:
    (device,) = told({"resourceType": "Device", "status": "active", "patient": {}, "type": {"text": name}})
    (used,) = told({"resourceType": "DeviceUseStatement", "status": "active", "device": {"display": name}})
    assert (device.section, used.section) == (section, section)


@pytest.mark.parametrize(
    ("question", "answer", "kinds"),
    [
        ("Advance Decision to Refuse Treatment", {"valueString": "Yes"}, ["advance-decision"]),
        ("Advance Decision to Refuse Treatment", {"valueString": "No blood products"}, ["advance-decision"]),
        ("Advance Decision to Refuse Treatment", {"valueBoolean": False}, []),
        ("Lasting power of attorney", {"valueString": "Ruth Ashworth, daughter"}, ["power-of-attorney"]),
        ("Lasting power of attorney", {"valueString": "Not known"}, []),
        ("What matters", {"valueString": "Yes"}, []),
    ],
)
def test_what_a_form_says_was_decided_beforehand_is_told_in_its_place(
    question: str, answer: dict[str, Any], kinds: list[str]
) -> None:
    item = [{"linkId": "1", "text": question, "answer": [answer]}]
    _, *decided = told({"resourceType": "QuestionnaireResponse", "status": "completed", "item": item})
    assert [(entry.section, entry.kind) for entry in decided] == [("legal", kind) for kind in kinds]
    assert all(entry.title.startswith(f"{question}: ") for entry in decided)


def test_a_number_before_words_is_not_told_with_them() -> None:
    (entry,) = told({"resourceType": "AllergyIntolerance", "code": {"text": "9339101000001105 | Septrin"}})
    assert entry.title == "Septrin"


@pytest.mark.parametrize(
    ("said", "kind", "title"),
    [
        ("Seen by the team. Not for CPR. Family told.", "cpr-decision", "Resuscitation: Not for CPR"),
        ("For CPR", "cpr-decision", "Resuscitation: For CPR"),
        ("To be talked about when her daughter is here.", "document-section", "Resuscitation"),
    ],
)
def test_a_decision_in_a_section_of_a_letter_is_told_as_one(said: str, kind: str, title: str) -> None:
    section = {"title": "Resuscitation", "text": {"status": "generated", "div": f"<div>{said}</div>"}}
    letter, part = told(
        {"resourceType": "Composition", "status": "final", "title": "Discharge letter", "section": [section]}
    )
    assert (letter.section, part.section, part.kind, part.title) == ("documents", "end-of-life", kind, title)
    assert part.detail == said, "the whole section stays beside it"


@pytest.mark.parametrize("own", [True, False])
def test_whether_a_device_of_another_file_is_somebodys_own_is_known(own: bool) -> None:
    found = Target(status="resolved", key="Device/d", display="Bedside rails", of_nobody=not own)
    assert named_anywhere(found.key, outline(found)) is not own
