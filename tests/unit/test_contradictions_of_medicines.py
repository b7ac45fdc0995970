"""The same medicine in use at another strength is a difference to check; the same twice is not."""

from __future__ import annotations

import pytest

from fhir.entries import Entry, EntryId, Field, Source
from fhir.reconcile import contradictions


def medicine(name: str, dose: str, source: str, *, active: bool = True) -> Entry:
    return Entry(
        entry_id=EntryId(f"e-{name}-{source}"),
        section="medicines",
        kind="medicine-request",
        title=name,
        resource=f"MedicationRequest/{source}",
        source=Source(name=source),
        active=active,
        fields=(Field("Dose", dose),),
    )


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        (("Bisoprolol 2.5mg tablets", "ONE a day"), ("Bisoprolol 5mg tablets", "ONE a day"), True),
        (("Bisoprolol 2.5mg tablets", "ONE a day"), ("Bisoprolol 2.5mg tablets", "ONE twice a day"), True),
        (("Bisoprolol 2.5mg tablets", "ONE a day"), ("Bisoprolol 2.5mg tablets", "One a  day"), False),
        (("Bisoprolol 2.5mg tablets", "ONE a day"), ("Ramipril 5mg capsules", "ONE a day"), False),
    ],
)
def test_strength_or_dose_from_two_sources(one: tuple[str, str], other: tuple[str, str], differ: bool) -> None:
    found = contradictions([medicine(*one, "Surgery"), medicine(*other, "Hospital")])
    assert [each.kind for each in found] == (["dose"] if differ else [])


def test_a_stopped_medicine_contradicts_nothing() -> None:
    entries = [
        medicine("Bisoprolol 2.5mg tablets", "ONE a day", "Surgery"),
        medicine("Bisoprolol 5mg tablets", "ONE a day", "Hospital", active=False),
    ]
    assert contradictions(entries) == []


def test_the_sentence_names_what_each_source_says() -> None:
    first, second = (
        medicine("Bisoprolol 2.5mg tablets", "ONE a day", "Surgery"),
        medicine("Bisoprolol 5mg tablets", "ONE a day", "Hospital"),
    )
    (found,) = contradictions([first, second])
    assert "Bisoprolol 2.5mg tablets, ONE a day (Surgery)" in found.text
    assert "Bisoprolol 5mg tablets, ONE a day (Hospital)" in found.text
    assert set(found.entries) == {first.entry_id, second.entry_id}
