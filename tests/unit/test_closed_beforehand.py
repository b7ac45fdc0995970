"""What is closed to emergencies where a Consent closes, opens, or is followed by one that does."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from consent_kit import NOON, consent, label, organisations, purpose, record, request

from consent.consents import read_consent
from consent.decide import Deciding, read_request
from consent.emergencies import emergency_views
from fhir.reading import read_document

RECORDS = [record("plain", "N"), record("mental", "PSY"), *organisations("crew")]
BTG = purpose("BTG")
ALL = consent(provision={"type": "deny", "purpose": [BTG]}, dateTime="2026-01-01")
SOME = consent("OPTIN", {"type": "deny", "purpose": [BTG], "securityLabel": [label("PSY")]}, dateTime="2026-01-01")
OPEN = consent("OPTIN", dateTime="2026-02-01")
FEW, OTHERS = (
    consent(provision={"type": "deny", "purpose": [BTG], "securityLabel": [label(code)]}, dateTime=f"2026-01-0{n}")
    for n, code in enumerate(("PSY", "SEX"), 1)
)


def deciding_of(consents: Any) -> tuple[Deciding, list[Any]]:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in RECORDS]}
    document = read_document("records.json", "", json.dumps(bundle).encode())
    views = emergency_views(read_consent(tree, number) for number, tree in enumerate(consents))
    asked = read_request(request("Organization/crew", purposes=["BTG"]), datetime.fromisoformat(NOON))
    deciding = Deciding(views, asked, document, consents_only=True)
    return deciding, [deciding.facts(one) for one in document.resources if one.type == "Observation"]


@pytest.mark.parametrize(
    ("consents", "plain", "mental"),
    [
        ([], None, None),
        ([ALL], "deny", "deny"),
        ([SOME], "permit", "deny"),
        ([OPEN], "permit", "permit"),
        ([ALL, OPEN], "permit", "permit"),
        ([OPEN, SOME], "permit", "permit"),
        ([ALL, SOME], "deny", "deny"),
        ([FEW], None, "deny"),
        ([FEW, OPEN], "permit", "permit"),
        ([FEW, OTHERS], None, "deny"),
    ],
)
def test_a_record_is_closed_until_a_newer_consent_permits_it(
    consents: list[Any], plain: str | None, mental: str | None
) -> None:
    deciding, facts = deciding_of(consents)
    assert [deciding.choices.on(one).ruling.effect for one in facts] == [plain, mental]


def test_what_opens_at_the_very_instant_of_the_closing_is_not_newer() -> None:
    at_once = "2026-01-01T10:00:00Z"
    for opening, effect in ((at_once, "deny"), ("2026-01-01T10:00:01Z", "permit")):
        deciding, facts = deciding_of([ALL | {"dateTime": at_once}, OPEN | {"dateTime": opening}])
        assert {deciding.choices.on(one).ruling.effect for one in facts} == {effect}
