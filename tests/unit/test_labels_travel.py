"""Every way in which one record would give another away, by name.

The label travels whichever of the two came first, together or not; also past what cannot be opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from consent.labelling import label, label_together
from consent.labels import LabelledEntry
from consent.propagation import Closed, nature, ties
from consent.relabelling import Fresh, Stored, relabel
from fhir.entries import Code, Entry, EntryId, Link, Source

SCT = "http://snomed.info/sct"
SURGERY = Source(name="Riverside Surgery", lane="gp", key="Y00001")
DEPRESSION, HIV = (Code(SCT, "35489007"),), (Code(SCT, "86406008"),)


def entry(resource: str, title: str = "Something", **values: Any) -> Entry:
    values.setdefault("section", "problems")
    values.setdefault("kind", "problem")
    return Entry(entry_id=EntryId(resource.casefold()), resource=resource, title=title, source=SURGERY, **values)


def to(rel: str, target: str) -> tuple[Link, ...]:
    return (Link(rel, target, ""),)


WAYS: dict[str, tuple[Entry, Entry, str]] = {
    "a reference": (
        entry("Condition/1", codes=DEPRESSION),
        entry("Task/1", section="plans", kind="task", links=to("focus", "Condition/1")),
        "mental-health",
    ),
    "a member of a visit": (
        entry("Encounter/1", codes=DEPRESSION, section="encounters", kind="visit"),
        entry("Observation/1", section="results", kind="result", links=to("encounter", "Encounter/1")),
        "mental-health",
    ),
    "a visit for a problem": (
        entry("Condition/1", codes=DEPRESSION),
        entry("Encounter/1", section="encounters", kind="visit", links=to("reasonReference", "Condition/1")),
        "mental-health",
    ),
    "a list that holds it": (
        entry("Condition/1", codes=HIV),
        entry("List/1", section="problems", kind="list", links=to("entry", "Condition/1")),
        "sexual-reproductive",
    ),
    "a document that holds it": (
        entry("Condition/1", codes=HIV),
        entry("Composition/1", section="documents", kind="document", links=to("entry", "Condition/1")),
        "sexual-reproductive",
    ),
    "a medicine for a problem": (
        entry("Condition/1", codes=HIV),
        entry("MedicationRequest/1", section="medicines", kind="medicine", links=to("reasonReference", "Condition/1")),
        "sexual-reproductive",
    ),
    "a problem that a telling medicine is for": (
        entry(
            "MedicationRequest/1",
            "Sertraline 50mg tablets",
            section="medicines",
            kind="medicine",
            links=to("reasonReference", "Condition/1"),
        ),
        entry("Condition/1", "Not sleeping"),
        "mental-health",
    ),
    "a result of an order": (
        entry("ServiceRequest/1", codes=HIV, section="plans", kind="order"),
        entry("Observation/1", section="results", kind="result", links=to("basedOn", "ServiceRequest/1")),
        "sexual-reproductive",
    ),
    "an order whose result tells": (
        entry("Observation/1", codes=HIV, section="results", kind="result", links=to("basedOn", "ServiceRequest/1")),
        entry("ServiceRequest/1", section="plans", kind="order"),
        "sexual-reproductive",
    ),
    "a result within a report": (
        entry("DiagnosticReport/1", codes=HIV, section="results", kind="report", links=to("result", "Observation/1")),
        entry("Observation/1", section="results", kind="result"),
        "sexual-reproductive",
    ),
    "a letter for a referral": (
        entry("ReferralRequest/1", "Referral to sexual health clinic", section="plans", kind="referral"),
        entry("DocumentReference/1", section="documents", kind="document", links=to("related", "ReferralRequest/1")),
        "sexual-reproductive",
    ),
    "an appointment for a referral": (
        entry("ServiceRequest/1", codes=DEPRESSION, section="plans", kind="referral"),
        entry("Appointment/1", section="encounters", kind="appointment", links=to("basedOn", "ServiceRequest/1")),
        "mental-health",
    ),
    "a care plan for a problem": (
        entry("Condition/1", codes=DEPRESSION),
        entry("CarePlan/1", section="plans", kind="plan", links=to("addresses", "Condition/1")),
        "mental-health",
    ),
}


def imported(batches: Sequence[Sequence[Entry]]) -> dict[str, tuple[str, ...]]:
    """What is stored after these imports, one by one, by someone who opens everything."""
    stored: list[LabelledEntry] = []
    for batch in batches:
        found = relabel([Fresh(one) for one in batch], [Stored(one) for one in stored])
        stored = [found.changed.get(n, one) for n, one in enumerate(stored)]
        stored += found.fresh
    return {one.entry.resource: one.categories for one in stored}


@pytest.mark.parametrize("way", WAYS)
def test_a_label_travels_this_way_in_every_order_of_imports(way: str) -> None:
    tells, told, category = WAYS[way]
    assert category not in label([told])[0].categories, "a control: by itself it is not labelled so"
    for batches in ([[tells, told]], [[tells], [told]], [[told], [tells]]):
        found = imported(batches)
        assert category in found[told.resource], batches
        assert category in found[tells.resource], batches


@pytest.mark.parametrize("way", WAYS)
def test_what_an_importer_cannot_open_gets_a_floor_of_it(way: str) -> None:
    tells, told, category = WAYS[way]
    shut = Closed(1, told.resource, ties(told), nature(told))
    assert category in label_together([tells], closed=[shut]).floors[1]


@pytest.mark.parametrize(
    "safe",
    [
        entry("AllergyIntolerance/1", section="allergies", kind="allergy", links=to("encounter", "Encounter/1")),
        entry("Consent/1", section="end-of-life", kind="cpr-decision", links=to("encounter", "Encounter/1")),
    ],
)
def test_no_label_travels_to_an_allergy_or_a_cpr_decision(safe: Entry) -> None:
    visit = entry("Encounter/1", codes=DEPRESSION, section="encounters", kind="visit")
    for batches in ([[visit, safe]], [[visit], [safe]], [[safe], [visit]]):
        assert imported(batches)[safe.resource] == ("general",)
