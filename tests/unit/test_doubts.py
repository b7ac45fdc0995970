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


PRIVACY = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def test_what_a_consent_is_about_is_unclear_only_where_something_is_written_there() -> None:
    assert not read_consent(RULE).unclear
    assert not read_consent(RULE | {"scope": PRIVACY}).unclear
    assert read_consent(RULE | {"scope": {"coding": "privacy"}}).unclear
    assert not read_consent(RULE | {"scope": PRIVACY, "category": [{"coding": 7}]}).unclear


def test_an_unknown_policy_beside_a_known_one_is_not_told() -> None:
    known, other = {"system": ACT, "code": "OPTIN"}, {"system": ACT, "code": "EMRGONLY"}
    given = RULE | {"scope": PRIVACY, "provision": {"type": "permit"}}
    assert [one.text for one in read_consent(given | {"policyRule": {"coding": [known, other]}}).problems] == []
    assert [one.text for one in read_consent(given | {"policyRule": {"coding": [other]}}).problems] == [
        "is a policy that is not known here"
    ]
