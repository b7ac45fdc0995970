"""What a person's choices take along when they leave: of two that go by one name, neither is told."""

from __future__ import annotations

from typing import Any

import pytest

from consent.choices import Act, By, KeptConsent
from desktop.choosing import PersonsChoices, PersonsConsent
from desktop.travelling import travelling
from fhir.entries import PersonId
from fhir.people import Identity

ADA = By("u-1", "Ada", "person", "person:p-1")


def consent(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "patient": {"reference": "Patient/p-1"},
        "provision": {"type": "permit", "actor": [{"reference": {"reference": "Organization/1"}}], "id": str(number)},
    }


def place(name: str) -> dict[str, Any]:
    names = ["Organization/1"]
    return {"resourceType": "Organization", "id": "1", "name": name, "fullName": names[0], "names": names}


@pytest.mark.parametrize(
    ("told", "left"), [(("Mill Surgery", "Mill Surgery"), ["Mill Surgery"]), (("Mill Surgery", "Elm Clinic"), [])]
)
def test_a_name_that_two_go_by_is_told_of_neither(told: tuple[str, str], left: list[str]) -> None:
    acts = tuple(
        Act(
            kind="confirm",
            time=f"2026-11-0{number}T09:00:00Z",
            by=ADA,
            consents=(KeptConsent(f"c{number}", consent(number)),),
            ids=(f"c{number}",),
            known=(place(name),),
            about="p-1",
        )
        for number, name in enumerate(told, 1)
    )
    kept = tuple(PersonsConsent(f"c{number}", "made-here", consent(number)) for number in (1, 2))
    made = travelling(PersonsChoices(PersonId("p-1"), kept, acts), Identity(), "2026-11-21T09:00:00Z")
    found = [one["resource"] for one in made["entry"] if one["resource"]["resourceType"] == "Organization"]
    assert [one["name"] for one in found] == left
    assert len([one for one in made["entry"] if one["resource"]["resourceType"] == "Consent"]) == 2
