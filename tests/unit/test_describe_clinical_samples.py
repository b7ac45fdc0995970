"""What the clinical describers say of real sample records, named one by one, and that none defeats them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from clinical_samples import entries_of, lines, sample

from fhir.describe import READ_IN_PART, describe, document_context
from fhir.describe.families import DESCRIBERS
from fhir.entries import Entry
from fhir.errors import RefusedError
from fhir.records import Resource, SourceFile
from fhir.sections import sections

GP = "nhs-gp2gp/uat/input/TC7/"
BARE_ID = re.compile(
    r"^(urn:uuid:|#)?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-|^(Patient|Practitioner|PractitionerRole|Organization|Observation|Encounter|Medication|Device|Location)/"
)


def first_of(folder: Path, path: str, resource_type: str, *, having: str = "") -> Entry:
    """The first entry of the first resource of a type whose source holds a string."""
    document = sample(folder / path)
    context = document_context(document)
    for resource in document.resources:
        if resource.type == resource_type and having in json.dumps(resource.tree, default=str):
            return describe(resource, context)[0]
    raise AssertionError(f"no {resource_type} with {having}")


def told(entry: Entry) -> tuple[str, str, str, str, str]:
    return entry.section, entry.kind, entry.title, entry.value, entry.when.text


def test_gp_connect_allergy(shared_data: Path) -> None:
    entry = first_of(
        shared_data, GP + "9465700339_Yamura_full_20210602.json", "AllergyIntolerance", having="Suspect latex"
    )
    assert told(entry) == ("allergies", "allergy", "Latex allergy", "unconfirmed", "22 Jul 2005")
    assert (entry.author, entry.active, entry.source.name) == ("Dr J Potter", True, "TEMPLE SOWERBY MEDICAL PRACTICE")
    assert entry.source.lane == "gp"
    assert [code.code for code in entry.codes] == ["SN53100", "300916003"]
    assert "encounter" in {link.rel for link in entry.links}


def test_gp_connect_problem_with_its_significance(shared_data: Path) -> None:
    entry = first_of(shared_data, GP + "9465701262_Meyers_full_20210602.json", "Condition", having='"Chest pain"')
    assert told(entry) == ("problems", "problem", "Chest pain", "", "4 Nov 2020 to 2 Dec 2020")
    assert (lines(entry)["Significance"], entry.active, entry.author) == ("minor", False, "Mr NHS Test")
    assert "actualProblem" in {link.rel for link in entry.links}


def test_gp_connect_authorisation_of_a_medicine(shared_data: Path) -> None:
    path = GP + "9465701262_Meyers_full_20210602.json"
    entry = first_of(shared_data, path, "MedicationRequest", having='C00E0C88-0087-4149-8785-A0E3AAD3F62B"')
    assert (entry.kind, entry.value, entry.active) == ("medicine-request", "One To Be Taken Four Times A Day", True)
    said = lines(entry)
    assert said["Kind"] == "Authorised (plan)"
    assert (said["Prescription type"], said["Repeats allowed"], said["Supply lasts"]) == ("Repeat", "4", "10 days")


def test_gp_connect_vaccination_without_a_coded_vaccine(shared_data: Path) -> None:
    entry = first_of(shared_data, GP + "9465701262_Meyers_full_20210602.json", "Immunization", having="batch001")
    assert entry.title.startswith("Administration of first dose of diphtheria")
    assert (lines(entry)["Batch"], lines(entry)["Body site"]) == ("batch001", "Right buttock")


def test_gp_connect_laboratory_result(shared_data: Path) -> None:
    path = GP + "9465701718_Guerra_full_20210602.json"
    entry = first_of(shared_data, path, "Observation", having='05E6D1C6-9B66-4D02-8FC3-C5CF3CC0EB1C"')
    assert told(entry) == ("results", "result", "Serum C reactive protein level", "16.000 mg/L", "16 Jun 2003")
    (measure,) = entry.measures
    assert (measure.low, measure.high, measure.interpretation) == ("1.000", "4.000", "OR - Outside reference range")


def test_gp_connect_list_that_left_out_confidential_items(shared_data: Path) -> None:
    document = sample(shared_data / GP / "9465701262_Meyers_full_20210602.json")
    context = document_context(document)
    lists = [resource for resource in document.resources if resource.type == "List"]
    warnings = [entry for one in lists for entry in describe(one, context) if entry.kind == "list-warning"]
    assert {"allergies", "medicines", "problems"} <= {entry.section for entry in warnings}
    assert all(entry.title.startswith("This list is incomplete") for entry in warnings)


def test_uk_core_list_warning(shared_data: Path) -> None:
    name = "Extension-UKCore-ListWarningCode-Example"
    _, warning = entries_of(shared_data / f"ukcore-examples/json-converted/{name}.json", f"List/{name}")
    assert (warning.kind, warning.codes[0].code) == ("list-warning", "data-in-transit")


def test_uk_core_allergy_that_ended(shared_data: Path) -> None:
    name = "Extension-UKCore-AllergyIntolEnd-Example"
    (entry,) = entries_of(shared_data / f"ukcore-examples/json-converted/{name}.json", f"AllergyIntolerance/{name}")
    assert (entry.title, entry.active) == ("Amoxicillin", False)
    assert lines(entry)["Why it ended"].startswith("Administrative error corrected")


def test_uk_core_medicine(shared_data: Path) -> None:
    name = "UKCore-MedicationStatement-Amoxicillin-Example"
    (entry,) = entries_of(shared_data / f"ukcore-examples/json-converted/{name}.json", f"MedicationStatement/{name}")
    assert (entry.title, entry.value) == ("Amoxicillin 250mg capsules", "2 capsules 4 times a day.")
    assert (entry.detail, entry.active) == ("Otitis media", True)


def test_uk_core_relative(shared_data: Path) -> None:
    name = "Extension-UKCore-AssociatedEncounter-Example"
    (entry,) = entries_of(shared_data / f"ukcore-examples/json-converted/{name}.json", f"FamilyMemberHistory/{name}")
    assert (entry.title, lines(entry)["Condition"]) == (
        "Father: Family history: Angina",
        "Family history: Angina (aged 64)",
    )


def test_ips_statement_of_no_information(shared_data: Path) -> None:
    document = sample(shared_data / "ips/sushi-built/Bundle-bundle-no-info-required-sections.json")
    context = document_context(document)
    found = [entry for resource in document.resources for entry in describe(resource, context)]
    unknown = {entry.section for entry in found if entry.assertion == "no-information"}
    assert {"allergies", "medicines", "problems"} <= unknown


def test_ips_pregnancy(shared_data: Path) -> None:
    name = "pregnancy-status-example"
    (entry,) = entries_of(shared_data / f"ips/sushi-built/Observation-{name}.json", f"Observation/{name}")
    assert told(entry) == ("pregnancy", "pregnancy", "Pregnancy status", "Pregnant", "10 Jan 2020")


def test_interweave_blood_pressure_and_hospital_stay(shared_data: Path) -> None:
    folder = shared_data / "interweave-yhcr/sushi-built"
    name = "InterweaveObservationBloodPressureExample"
    (entry,) = entries_of(folder / f"Observation-{name}.json", f"Observation/{name}")
    assert (entry.title, entry.value) == ("Blood pressure", "107/60 mmHg")
    name = "InterweaveEncounterExample-MaturityLevel1"
    admission, discharge = entries_of(folder / f"Encounter-{name}.json", f"Encounter/{name}")
    assert (admission.source.key, admission.source.lane) == ("RCB", "hospital")
    assert (discharge.section, discharge.detail) == ("discharges", "Care Home Without Nursing")


def test_synthea_emergency_attendance_and_no_known_allergies(shared_data: Path) -> None:
    path = "synthea-r4/Kendall_Keeling_fccdbd48-f03f-4e1d-9c29-6b0d16feff61.json"
    entry = first_of(shared_data, path, "Encounter", having="dbb68537-38f3-4f7f-8c78-03798b37a394")
    assert told(entry)[:4] == (
        "contacts",
        "emergency-attendance",
        "Emergency room admission (procedure)",
        "HOLYOKE MEDICAL CENTER",
    )
    assert entry.author == "Dr. Keeley Yundt"
    known = first_of(shared_data, "smart-stu3/SMART/patient-736230.fhir-bundle.json", "AllergyIntolerance")
    assert (known.title, known.assertion) == ("No known allergies", "none-known")


def documents(folder: Path) -> Iterator[SourceFile]:
    for path in sorted(folder.rglob("*.json")):
        try:
            yield sample(path)
        except RefusedError:
            continue


def test_every_clinical_sample_is_described_whole(shared_data: Path) -> None:
    keys = sections().keys()
    ids: dict[str, tuple[str, str]] = {}
    faults: list[tuple[str, str, str]] = []
    count = 0

    def look(resource: Resource, entry: Entry, path: str) -> None:
        fault = ""
        if entry.section not in keys:
            fault = f"unknown section {entry.section}"
        elif not entry.title.strip() or BARE_ID.match(entry.title):
            fault = f"title {entry.title!r}"
        elif READ_IN_PART in entry.warnings:
            fault = "read only in part"
        elif ids.setdefault(entry.entry_id, (resource.key, entry.title)) != (resource.key, entry.title):
            fault = "an id twice"
        if fault:
            faults.append((path, resource.key, fault))

    for document in documents(shared_data):
        context = document_context(document)
        for resource in document.resources:
            if resource.type in DESCRIBERS:
                count += 1
                for entry in describe(resource, context):
                    look(resource, entry, document.path)
    assert faults == []
    assert count > 10_000
