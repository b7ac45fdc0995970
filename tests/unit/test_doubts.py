"""What in a choice was not understood is told in the rough where the words are few."""

from __future__ import annotations

import pytest

from consent.consents import read_consent
from desktop.models.board import doubt_about

RULE = {"resourceType": "Consent", "status": "active", "patient": {"reference": "Patient/p"}}


@pytest.mark.parametrize(
    ("provision", "about"),
    [
        ({"type": "permit", "actor": [{"role": {"coding": []}, "reference": {}}]}, "who"),
        ({"type": "permit", "period": {"start": "some day"}}, "when"),
        ({"type": "permit", "securityLabel": [{"code": "N"}]}, "what"),
        ({"type": "permit", "unknownElement": 1}, "rule"),
    ],
)
def test_a_doubt_is_about_who_when_what_or_the_rule_itself(provision: dict[str, object], about: str) -> None:
    problems = read_consent(RULE | {"provision": provision}).problems
    assert about in {doubt_about(one) for one in problems}, problems
