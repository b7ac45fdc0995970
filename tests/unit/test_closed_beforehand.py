"""What may be closed to emergencies is known before any record is looked at, and no record is told anything else."""

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


def deciding_of(consents: Any) -> tuple[Deciding, list[Any]]:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in RECORDS]}
    document = read_document("records.json", "", json.dumps(bundle).encode())
    views = emergency_views(read_consent(tree, number) for number, tree in enumerate(consents))
    asked = read_request(request("Organization/crew", purposes=["BTG"]), datetime.fromisoformat(NOON))
    deciding = Deciding(views, asked, document, consents_only=True)
    return deciding, [deciding.facts(one) for one in document.resources if one.type == "Observation"]


@pytest.mark.parametrize(
    ("consents", "overall"),
    [
        ([], "no-consent"),
        ([ALL], "deny"),
        ([SOME], "permit"),
        ([ALL, OPEN], "permit"),
        ([OPEN, SOME], "permit"),
        ([ALL, SOME], "deny"),
    ],
)
def test_no_record_is_told_what_was_not_possible_beforehand(consents: list[Any], overall: str) -> None:
    deciding, facts = deciding_of(consents)
    said = {deciding.choices.on(one).ruling.effect for one in facts}
    assert deciding.choices.overall() == overall
    assert said - {None} <= deciding.choices.possible()
    assert (said == {"deny"}) == (overall == "deny"), "closed to a crew as a whole where no record may be open"
