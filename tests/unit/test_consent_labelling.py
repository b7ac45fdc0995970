"""What entries are labelled with, and why."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from consent import labelling
from consent.labelling import forget, label, label_together
from consent.labels import LabelledEntry, decode, encode
from consent.propagation import DOWN_OWN, RECEIVES, Closed
from fhir.entries import Code, Entry, EntryId, Link, Source

SCT = "http://snomed.info/sct"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONF = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


def entry(resource: str, **values: Any) -> Entry:
    values.setdefault("section", "problems")
    values.setdefault("kind", "problem")
    values.setdefault("title", "Something")
    values.setdefault("source", Source(name="Riverside Surgery", lane="gp", key="Y00001"))
    return Entry(entry_id=EntryId(resource.replace("/", "-").lower()), resource=resource, **values)


def one(resource: str, **values: Any) -> LabelledEntry:
    return label([entry(resource, **values)])[0]


def test_a_plain_problem_is_general() -> None:
    assert one("Condition/1").categories == ("general",)


@pytest.mark.parametrize(
    ("system", "code", "category"),
    [
        (SCT, "35489007", "mental-health"),
        (SCT, "86406008", "sexual-reproductive"),
        (SCT, "93461009", "gender-identity"),
        (SCT, "85005007", "drugs-alcohol"),
        (SCT, "342191000000101", "safeguarding"),
        ("https://fhir.nhs.uk/CodeSystem/safeguarding-codes-bars", "U", "safeguarding"),
        ("https://fhir.nhs.uk/CodeSystem/safeguarding-codes-bars", "766561000000109", "safeguarding"),
        ("http://hl7.org/fhir/sid/icd-10", "F32.1", "mental-health"),
        ("http://hl7.org/fhir/sid/icd-10", "F10.2", "drugs-alcohol"),
        ("http://hl7.org/fhir/sid/icd-10", "F03", "general"),
        ("http://hl7.org/fhir/sid/icd-10", "O80", "sexual-reproductive"),
        ("http://hl7.org/fhir/sid/icd-10", "Z65.1", "justice"),
        ("http://loinc.org", "44261-6", "mental-health"),
        ("http://read.info/readv2", "Eu32.", "mental-health"),
        ("https://fhir.interweavedigital.nhs.uk/CodeSystem/Interweave-FlagType", "MARAC", "safeguarding"),
    ],
)
def test_codes_put_an_entry_into_its_category(system: str, code: str, category: str) -> None:
    assert one("Condition/1", codes=(Code(system, code),)).categories == (category,)


def test_a_code_of_another_system_means_nothing() -> None:
    assert one("Condition/1", codes=(Code("http://example.org/local", "F32.1"),)).categories == ("general",)


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Recurrent depression", "mental-health"),
        ("ST depression on ECG", "general"),
        ("HIV infection", "sexual-reproductive"),
        ("Hearing aids", "general"),
        ("Alzheimer's disease", "general"),
    ],
)
def test_words_in_titles_label_what_is_not_coded(title: str, category: str) -> None:
    assert one("Condition/1", title=title).categories == (category,)


def test_a_surname_is_not_a_diagnosis() -> None:
    patient = one("Patient/1", section="demographics", kind="person", title="Bail PRISON")
    assert patient.categories == ("general",)


@pytest.mark.parametrize(
    ("section", "category"),
    [
        ("about-me", "about-me"),
        ("services", "social-care"),
        ("support-reason", "social-care"),
        ("equipment", "social-care"),
        ("money", "money"),
        ("safeguarding", "safeguarding"),
        ("pregnancy", "sexual-reproductive"),
    ],
)
def test_the_section_says_what_a_record_is_about(section: str, category: str) -> None:
    assert one("Observation/1", section=section, kind="note").categories == (category,)


def test_the_service_that_wrote_it_labels_it() -> None:
    trust = Source(name="Valley Trust", lane="mental-health")
    council = Source(name="Borough Council", kind="social-care", lane="social-care")
    assert one("Encounter/1", section="contacts", source=trust).categories == ("mental-health",)
    assert one("Encounter/1", section="contacts", source=council).categories == ("social-care",)


@pytest.mark.parametrize(
    "system",
    [ACT, "http://hl7.org/fhir/v3/ActCode", "http://hl7.org/fhir/ValueSet/v3-InformationSensitivityPolicy", ""],
)
def test_a_sensitivity_label_counts_under_every_name_of_its_system(system: str) -> None:
    assert one("Observation/1", section="results", labels=(Code(system, "PSY"),)).categories == ("mental-health",)


def test_an_explicit_sensitivity_overrides_what_is_derived_and_a_routine_normal_does_not() -> None:
    depression = (Code(SCT, "35489007"),)
    assert one("Condition/1", codes=depression, labels=(Code(ACT, "SOC"),)).categories == ("social-care",)
    assert one("Condition/1", codes=depression, labels=(Code(CONF, "N"),)).categories == ("mental-health",)


def test_an_explicit_label_is_not_changed_by_what_it_refers_to() -> None:
    letter = entry(
        "DocumentReference/1", section="documents", labels=(Code(ACT, "SOC"),), links=(Link("related", "Condition/1"),)
    )
    problem = entry("Condition/1", codes=(Code(SCT, "86406008"),))
    assert label([letter, problem])[0].categories == ("social-care",)


def test_an_unknown_kind_of_record_is_unlabelled() -> None:
    assert one("NutritionPotion/1", section="other").categories == ()
    assert one("NutritionPotion/1", section="other", title="Depression").categories == ()


def test_restricted_without_a_known_reason_is_not_general() -> None:
    labelled = one("Condition/1", labels=(Code(CONF, "R"),))
    assert (labelled.categories, labelled.confidentiality) == ((), "R")
    assert one("Patient/1", section="demographics", labels=(Code(CONF, "R"),)).categories == ("general",)


def test_a_label_that_is_not_understood_is_not_general() -> None:
    labelled = one("Condition/1", labels=(Code("https://example.org/labels", "SECRET"),))
    assert (labelled.categories, labelled.confidentiality) == ((), "R")
    assert one("Condition/1", labels=(Code("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST"),)).categories


def test_not_to_be_shown_to_the_patient_is_a_limit_and_not_a_category() -> None:
    labelled = one("Condition/1", labels=(Code("http://hl7.org/fhir/v3/ActCode", "NOPAT"),))
    assert (labelled.categories, labelled.limits) == (("general",), ("NOPAT",))


def test_what_would_give_a_sensitive_problem_away_carries_its_label() -> None:
    problem = entry("Condition/1", codes=(Code(SCT, "35489007"),), links=(Link("encounter", "Encounter/1"),))
    others = [
        entry("MedicationRequest/1", section="medicines", links=(Link("reasonReference", "Condition/1"),)),
        entry(
            "MedicationDispense/1", section="medicines", links=(Link("authorizingPrescription", "MedicationRequest/1"),)
        ),
        entry("Encounter/1", section="contacts"),
        entry("Composition/1", section="documents", links=(Link("section.entry", "Condition/1"),)),
        entry("ServiceRequest/1", section="referrals", links=(Link("reasonReference", "Condition/1"),)),
        entry("Appointment/1", section="appointments", links=(Link("basedOn", "ServiceRequest/1"),)),
        entry("CarePlan/1", section="care-plan", links=(Link("addresses", "Condition/1"),)),
    ]
    assert [item.categories for item in label([problem, *others])[1:]] == [("mental-health",)] * len(others)


def test_a_shared_visit_or_plan_does_not_label_what_else_it_holds() -> None:
    problem = entry("Condition/1", codes=(Code(SCT, "35489007"),), links=(Link("encounter", "Encounter/1"),))
    visit = entry("Encounter/1", section="contacts")
    asthma = entry("Condition/2", title="Asthma", links=(Link("encounter", "Encounter/1"),))
    plan = entry("CarePlan/1", links=(Link("addresses", "Condition/1"), Link("addresses", "Condition/2")))
    allergy = entry(
        "AllergyIntolerance/1", section="allergies", kind="allergy", links=(Link("encounter", "Encounter/1"),)
    )
    labels = [item.categories for item in label([problem, visit, asthma, plan, allergy])]
    assert labels == [("mental-health",), ("mental-health",), ("general",), ("mental-health",), ("general",)]


def test_a_sensitive_visit_labels_its_members_but_no_allergy() -> None:
    visit = entry("Encounter/1", section="contacts", title="Sexual health clinic")
    letter = entry("DocumentReference/1", section="documents", links=(Link("encounter", "Encounter/1"),))
    result = entry("Observation/1", section="results", links=(Link("encounter", "Encounter/1"),))
    allergy = entry(
        "AllergyIntolerance/1", section="allergies", kind="allergy", links=(Link("encounter", "Encounter/1"),)
    )
    labels = [item.categories for item in label([letter, result, allergy, visit])]
    assert labels == [("sexual-reproductive",), ("sexual-reproductive",), ("general",), ("sexual-reproductive",)]


def test_a_medicine_gives_away_what_it_is_for() -> None:
    medicine = entry(
        "MedicationRequest/1",
        section="medicines",
        title="Lithium carbonate 400mg tablets",
        links=(Link("reasonReference", "Condition/1"),),
    )
    labelled = label([entry("Condition/1", title="Mood"), medicine])
    assert [item.categories for item in labelled] == [("mental-health",), ("mental-health",)]
    assert [item.treated for item in labelled] == [True, False]


def test_people_and_places_never_receive_but_their_own_name_travels() -> None:
    clinic = entry("Organization/1", section="professional-contacts", title="Gender identity clinic")
    appointment = entry("Appointment/1", section="appointments", links=(Link("participant", "Organization/1"),))
    doctor = entry("Practitioner/1", section="professional-contacts", title="Dr Ann Example")
    problem = entry("Condition/1", codes=(Code(SCT, "35489007"),), links=(Link("recorder", "Practitioner/1"),))
    labels = [item.categories for item in label([clinic, appointment, doctor, problem])]
    assert labels == [("gender-identity",), ("gender-identity",), ("general",), ("mental-health",)]


def test_entries_of_one_resource_share_its_labels_but_answers_of_a_form_do_not() -> None:
    stay = [entry("Encounter/1", title="Psychiatric ward"), entry("Encounter/1", title="Discharge")]
    assert [item.categories for item in label(stay)] == [("mental-health",), ("mental-health",)]
    form = [entry("QuestionnaireResponse/1", title="Anxiety"), entry("QuestionnaireResponse/1", title="Wellness")]
    assert [item.categories for item in label(form)] == [("mental-health",), ("general",)]


def test_what_refers_to_the_person_is_not_labelled_by_it() -> None:
    person = entry("Patient/1", section="demographics", source=Source(name="Moor", lane="mental-health"))
    problem = entry("Condition/1", links=(Link("subject", "Patient/1", "Ada"),))
    assert [item.categories for item in label([person, problem])] == [("mental-health",), ("general",)]


def test_forgetting_drops_titles_and_changes_no_label() -> None:
    before = one("Condition/1", title="Recurrent depression")
    forget()
    assert labelling._said_by_name.cache_info().currsize == 0
    assert one("Condition/1", title="Recurrent depression") == before


def test_order_of_entries_does_not_matter() -> None:
    entries = [
        entry("MedicationRequest/1", section="medicines", links=(Link("reasonReference", "Condition/1"),)),
        entry("Encounter/1", section="contacts"),
        entry("Condition/1", title="HIV infection", links=(Link("encounter", "Encounter/1"),)),
    ]
    forward = {item.entry.entry_id: item for item in label(entries)}
    backward = {item.entry.entry_id: item for item in label(entries[::-1])}
    assert forward == backward


def test_every_label_says_why_and_survives_sealing() -> None:
    labelled = one("Condition/1", codes=(Code(SCT, "35489007", "Depressive disorder"),), title="Low")
    assert labelled.because == ("mental-health: its code means Depressive disorder",)
    assert decode(encode(labelled)) == labelled


def test_lines_of_one_resource_share_a_label_also_past_one_that_may_not_receive() -> None:
    lines = [
        entry("Observation/1", section="allergies", kind="allergy", title="A"),
        entry("Observation/1", section="results", title="HIV test"),
        entry("Observation/1", section="results", title="B"),
    ]
    for order in permutations(lines):
        assert {one.entry.title: one.categories for one in label(order)} == {
            "A": ("general",),
            "HIV test": ("sexual-reproductive",),
            "B": ("sexual-reproductive",),
        }


def test_what_is_known_by_hashes_only_hands_labels_on_and_receives_them() -> None:
    problem = entry("Condition/1", codes=(Code(SCT, "35489007"),))
    result = entry("Observation/1", section="results", links=(Link("basedOn", "ServiceRequest/1"),))
    order = Closed(7, "ServiceRequest/1", (("Condition/1", DOWN_OWN),), RECEIVES)
    allergy = Closed(8, "AllergyIntolerance/1", (("Condition/1", 0),), 0)
    found = label_together([problem, result], closed=[order, allergy])
    assert found.floors == {7: ("mental-health",)}
    assert found.labelled[1].categories == ("mental-health",)
    assert label_together([problem, result]).labelled[1].categories == ("general",)


def test_categories_set_on_purpose_override_what_is_derived_and_what_the_source_says() -> None:
    depression = (Code(SCT, "35489007"),)
    problem = entry("Condition/1", codes=depression, labels=(Code(ACT, "PSY"), Code(ACT, "NOPAT")))
    medicine = entry("MedicationRequest/1", section="medicines", links=(Link("reason", "Condition/1"),))
    found = label_together([problem, medicine], corrected={0: ("general",)}).labelled
    assert [one.categories for one in found] == [("general",), ("general",)]
    assert found[0].explicit
    assert found[0].limits == ("NOPAT",)
    found = label_together([problem, medicine], corrected={0: ("justice",)}).labelled
    assert [one.categories for one in found] == [("justice",), ("justice",)]


def test_only_a_category_set_on_purpose_hides_an_allergy() -> None:
    allergy = entry("AllergyIntolerance/1", section="allergies", kind="allergy", links=(Link("reason", "Condition/1"),))
    problem = entry("Condition/1", codes=(Code(SCT, "35489007"),), links=(Link("evidence", "AllergyIntolerance/1"),))
    assert label([problem, allergy])[1].categories == ("general",)
    assert label_together([allergy], corrected={0: ("mental-health",)}).labelled[0].categories == ("mental-health",)


def test_a_state_that_is_no_longer_so_receives_labels_and_gives_none() -> None:
    old = entry("Condition/1", codes=(Code(SCT, "35489007"),))
    visit = entry("Encounter/1", section="contacts")
    note = entry("Observation/1", section="results", links=(Link("reason", "Condition/1"),))
    assert label_together([old, visit, note], silent={0}).labelled[2].categories == ("general",)
    assert label_together([old, visit, note]).labelled[2].categories == ("mental-health",)
    assert label_together([old, note], silent={1}).labelled[1].categories == ("mental-health",)
