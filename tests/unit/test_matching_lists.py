"""Values of one element are joined by "or", in whichever order; what cannot be read refuses and never permits."""

from __future__ import annotations

from typing import Any

import pytest
from consent_kit import A, B, Tree, action, actor, concept, consent, kind, label, purpose, record, ref, sees

LOINC = "http://loinc.org"
PROFILE = "https://example.org/StructureDefinition/Weight"
KEPT = record("x", "N", code=concept(LOINC, "1-8"), effectiveDateTime="2025-05-05", meta={
    "profile": [f"{PROFILE}|2.0"], "security": [label("N")],
})  # fmt: skip
VALUES: dict[str, tuple[str, Any, Any]] = {
    "actor": ("actor", actor(A), actor(B)),
    "purpose": ("purpose", purpose("TREAT"), purpose("HRESCH")),
    "action": ("action", action("access"), action("correct")),
    "label": ("securityLabel", label("N"), label("U")),
    "class": ("class", kind("Observation"), kind("Condition")),
    "any class": ("class", kind("Resource"), kind("Condition")),
    "any class of the domain": ("class", kind("DomainResource"), kind("Condition")),
    "profile": ("class", {"system": "urn:ietf:rfc:3986", "code": f"{PROFILE}|1.0"}, kind("Condition")),
    "profile by its name": (
        "class", {"system": "https://example.org/StructureDefinition/", "code": "Weight"}, kind("Condition"),
    ),
    "code": ("code", concept(LOINC, "1-8"), concept(LOINC, "2-6")),
    "data": (
        "data", {"meaning": "instance", "reference": ref("Observation/x")},
        {"meaning": "instance", "reference": ref("Observation/y")},
    ),
}  # fmt: skip


def rule(effect: str, element: str, *values: Any) -> Tree:
    """A rule for A; of several actors, each is asked."""
    made: Tree = {"type": effect, "actor": [actor(A)]}
    return made | {element: list(values)}


@pytest.mark.parametrize(("element", "ours", "other"), VALUES.values(), ids=VALUES)
def test_one_of_several_values_is_enough_wherever_it_stands(element: str, ours: Any, other: Any) -> None:
    for values, matches in (((ours,), True), ((ours, other), True), ((other, ours), True), ((other,), False)):
        permitted = {"x"} if matches else set()
        assert sees(consent("OPTOUT", rule("permit", element, *values)), A, KEPT) == permitted, values
        if element != "securityLabel":  # a refusal reaches what is more confidential as well
            refused = {"x"} - permitted
            assert sees(consent("OPTIN", rule("deny", element, *values)), A, KEPT) == refused, values


@pytest.mark.parametrize("element", ["actor", "purpose", "class", "code", "data", "securityLabel"])
def test_a_value_that_cannot_be_read_refuses_and_does_not_permit(element: str) -> None:
    value = VALUES["label" if element == "securityLabel" else element]
    for values in ((7,), (7, value[2]), (value[2], 7)):
        assert sees(consent("OPTIN", rule("deny", element, *values)), A, KEPT) == set(), values
        assert sees(consent("OPTOUT", rule("permit", element, *values)), A, KEPT) == set(), values


@pytest.mark.parametrize("element", ["period", "dataPeriod"])
def test_a_time_inside_a_rule_that_cannot_be_read_refuses_and_does_not_permit(element: str) -> None:
    doubtful = {element: {"start": "soon"}}
    assert sees(consent("OPTIN", {"provision": [{"type": "deny", **doubtful}]}), A, KEPT) == set()
    assert sees(consent("OPTOUT", {"provision": [{"type": "permit", **doubtful}]}), A, KEPT) == set()


def test_what_is_done_is_compared_in_the_codes_of_consents_only() -> None:
    elsewhere = {"coding": [{"system": "https://example.org/actions", "code": "access"}]}
    assert sees(consent("OPTOUT", rule("permit", "action", elsewhere)), A, KEPT) == set()
    assert sees(consent("OPTIN", rule("deny", "action", elsewhere)), A, KEPT) == set()
    unknown = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "nothing"}]}
    assert sees(consent("OPTOUT", rule("permit", "action", unknown)), A, KEPT) == set()
