"""What a crew can open in an emergency: who has keys for it, and what one person has closed to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from consent_kit import by_role, chosen, consent, named, purpose, ref
from gatekit import PERSON, entry

from consent.labels import LabelledEntry
from consent.naming import ORGANISATION, USER
from consent.persons_choices import refers_of
from consent.ports import Principal
from consent.request import ROLES
from consent.standing import Standing
from fhir.entries import Link

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
KEYS = Principal("em", "emergency")
CREW = Principal("crew", "team", "ambulance", "Crew")
GPS = Principal("gps", "team", "gp", "Surgery")
NURSES = Principal("nurses", "team", "nurse", "Surgery")
ASTHMA = LabelledEntry(entry("Condition/asthma"), ("general",))
LETTER = LabelledEntry(
    entry("Composition/1", section="documents", links=(Link("section", "Condition/asthma"),)), ("general",)
)
HARM = LabelledEntry(entry("Condition/harm", kind="safeguarding"), ("safeguarding",))


def opens(*teams: Principal, of: LabelledEntry = ASTHMA, choices: tuple[dict[str, Any], ...] = ()) -> bool:
    """Whether one of these teams could open it in an emergency, with the keys kept for that."""
    told = Standing([*teams, KEYS], test_data=False)
    found = told.of_person(PERSON, chosen(*choices) if choices else [], NOW, refers_of(lambda: [LETTER, ASTHMA]))
    return "em" in found.readers(of)


def closes(rule: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A refusal to be shown in an emergency."""
    return consent("OPTIN", {"type": "deny", "purpose": [purpose("BTG")], **rule, **values})


ENTITLED = {
    "gp",
    "nurse",
    "hospital-clinician",
    "mental-health",
    "amhp",
    "ambulance",
    "midwife",
    "social-worker",
    "childrens-social-worker",
}


@pytest.mark.parametrize("role", ROLES)
def test_only_workers_of_a_kind_that_is_entitled_have_emergency_keys(role: str) -> None:
    for choices in ((), (consent("OPTIN"),)):
        assert opens(Principal("t", "team", role, "Place"), choices=choices) == (role in ENTITLED)


def test_without_keys_for_emergencies_or_a_team_that_is_entitled_nobody_has_any() -> None:
    assert Standing([CREW], test_data=False).readers(ASTHMA) == {"crew"}
    assert not opens(), "keys and nobody to use them"
    assert not opens(Principal("ada", "user", "gp", "Surgery", "Ada")), "a worker reads as one of a team"


def test_what_the_law_keeps_from_every_crew_is_not_sealed_to_them() -> None:
    for choices in ((), (consent("OPTIN"),)):
        assert opens(NURSES, choices=choices)
        assert not opens(NURSES, of=HARM, choices=choices)
        assert opens(NURSES, CREW, of=HARM, choices=choices)


def test_it_stays_sealed_to_them_while_one_team_that_is_entitled_may_open_it() -> None:
    refused = closes({"actor": [by_role("ambulance")]})
    assert not opens(CREW, choices=(refused,))
    assert opens(CREW, GPS, choices=(refused,))
    assert not opens(CREW, GPS, choices=(closes({"actor": [by_role("ambulance"), by_role("gp")]}),))


def test_an_organisation_is_refused_by_the_name_it_has_and_by_one_it_had() -> None:
    refused = closes({"actor": [named(ORGANISATION, "Crew")]})
    assert not opens(CREW, choices=(refused,))
    assert opens(replace(CREW, organisation="Other crew"), choices=(refused,))
    assert not opens(replace(CREW, organisation="New crew", former=("Crew",)), choices=(refused,))


def test_a_worker_refused_by_name_leaves_the_keys_to_the_others() -> None:
    """Only they are refused, when they ask."""
    assert opens(
        CREW, Principal("eve", "user", "ambulance", "Crew", "Eve"), choices=(closes({"actor": [named(USER, "Eve")]}),)
    )


@pytest.mark.parametrize(
    ("period", "open_"),
    [
        ({"start": "2026-06-01", "end": "2026-06-30"}, False),
        ({"start": "1999-01-01", "end": "2001-01-01"}, True),
        ({"start": "2026-07-01"}, True),
    ],
)
def test_what_is_closed_for_a_time_is_closed_in_that_time(period: dict[str, str], open_: bool) -> None:
    assert opens(CREW, choices=(closes({"period": period}),)) == open_


def test_what_a_closed_record_leads_to_is_closed_with_it() -> None:
    led = closes({"data": [{"meaning": "related", "reference": ref("Composition/1")}]})
    elsewhere = LabelledEntry(entry("Condition/other"), ("general",))
    assert not opens(CREW, of=ASTHMA, choices=(led,))
    assert opens(CREW, of=elsewhere, choices=(led,))


def test_a_choice_that_cannot_be_read_closes_nothing_to_emergencies_and_refuses_otherwise() -> None:
    odd = {"resourceType": "Basic"}
    assert opens(CREW, choices=(odd,))
    told = Standing([CREW, KEYS], test_data=False).of_person(PERSON, chosen(odd), NOW)
    assert told.readers(ASTHMA) == {"em"}
    assert not opens(CREW, choices=(odd, closes({})))
