"""The whole trace of a decision on FHIR Consents: every rule looked at, what of it matched, and what decided."""

from __future__ import annotations

from typing import Any

import pytest
from consent_kit import (
    ORGANISATIONS,
    THO,
    A,
    B,
    Tree,
    action,
    actor,
    answer,
    concept,
    consent,
    kind,
    label,
    purpose,
    record,
    ref,
    request,
)

Line = tuple[str, str, str, bool, str, str]
SILENT: Line = ("choices", "", "", False, "withhold", "no choice of the person says anything of it")
UNSURE = "cannot be told for sure, which counts for a refusal and not for a permission"
UNKNOWN_PART = [{"url": "https://example.org/unknown", "valueBoolean": True}]
ROOT, INNER = "provision", "provision.provision[0]"


def traced(consents: Any, kept: Tree | None = None) -> tuple[str, list[Line]]:
    """The effect on one record, and the lines of the trace."""
    found = answer(consents, request(A), [kept or record("x", "N")], ORGANISATIONS)
    (one,) = [entry for entry in found.entries if entry.reference.endswith("/x")]
    return one.effect, [
        (step.policy, step.provision, step.element, step.matched, step.effect, step.text) for step in one.trace
    ]


def line(
    provision: str, element: str, words: str, effect: str = "withhold", *, of: str = "choice", no: bool = False
) -> Line:
    return (f"Consent/{of}", provision, element, not no, effect, words)


def who(effect: str, provision: str = ROOT, *, of: str = "choice") -> Line:
    return line(provision, "actor", "who asks, or who holds or wrote it, matches", effect, of=of)


def applies(effect: str, provision: str = ROOT, *, of: str = "choice") -> Line:
    return line(provision, "", "this rule applies", effect, of=of)


def rule(effect: str, *whom: str, **more: Any) -> Tree:
    return {"type": effect, "actor": [actor(one) for one in whom], **more}


@pytest.mark.parametrize(
    ("given", "element", "words"),
    [
        ({"patient": ref("Patient/you")}, "patient", "it is not about this person"),
        ({"status": "inactive"}, "status", "it is not in force"),
        ({"scope": concept(THO + "consentscope", "research"), "category": []}, "scope", "it is not about sharing"),
        ({"provision": {"period": {"end": "2020"}}}, "period", "its time has not begun or is over"),
    ],
)
def test_a_choice_that_is_not_in_force_says_by_which_of_its_elements(given: Tree, element: str, words: str) -> None:
    """And those after it are still asked."""
    expected = line("", element, words, no=True)
    assert traced(consent("OPTIN", **given)) == ("withhold", [expected, SILENT])
    after = consent("OPTIN", id="later")
    assert traced([consent("OPTIN", **given), after]) == ("permit", [expected, applies("permit", of="later")])


def test_what_a_choice_says_of_everything_comes_after_its_rules() -> None:
    assert traced(consent("OPTIN")) == ("permit", [applies("permit")])
    assert traced(consent("OPTIN", rule("deny", A, **{"class": [kind("Condition")]}))) == (
        "permit",
        [
            who("withhold"),
            line(ROOT, "class", "what kind of record it is does not match", no=True),
            line("base", "", "what it says of everyone and everything", "permit"),
        ],
    )


def test_what_is_not_understood_does_not_permit_and_says_so() -> None:
    doubtful = consent("OPTIN", modifierExtension=UNKNOWN_PART)
    refused = line("base", "", "it cannot be understood, so it does not permit")
    assert traced(doubtful) == ("withhold", [refused])
    assert traced(doubtful | {"policyRule": concept(THO + "v3-ActCode", "OPTOUT")})[0] == "withhold"
    inside = consent("OPTIN", {"provision": [rule("deny", modifierExtension=UNKNOWN_PART)]})
    del inside["provision"]["provision"][0]["actor"]
    assert traced(inside) == (
        "withhold",
        [line(INNER, "doubt", f"a part of this rule that is not understood {UNSURE}"), applies("withhold", INNER)],
    )


def test_a_permission_alone_refuses_the_rest_to_whom_it_is_for() -> None:
    only = consent("", rule("permit", A, **{"class": [kind("Condition")]}))
    expected = [
        who("permit"),
        line(ROOT, "class", "what kind of record it is does not match", "permit", no=True),
        line(ROOT, "", "it permits nothing but what it names"),
    ]
    assert traced(only) == ("withhold", expected)


def test_choices_of_one_date_refuse_together_and_the_date_is_named() -> None:
    one, two = consent("OPTIN", id="one"), consent("OPTOUT", id="two")
    same = (
        "choices",
        "",
        "dateTime",
        True,
        "withhold",
        "several choices of one date: it cannot be told which is the newer",
    )
    assert traced([two, one]) == ("withhold", [applies("permit", of="one"), applies("withhold", of="two"), same])
    both = [consent("OPTIN", rule("permit", B), id="one"), consent("OPTOUT", rule("deny", B), id="two")]
    assert traced([consent("", rule("deny", B), id="one"), consent("", rule("deny", B), id="two")])[1][-1] == SILENT
    assert traced(both)[1][-1] == same


def test_a_refusal_by_one_comes_before_a_permission_by_another_and_it_is_said_which_comes_first() -> None:
    hers = consent("", rule("deny", A), id="two", performer=[ref("RelatedPerson/mother")])
    first = ("choices", "", "", True, "withhold", "choices that refuse come before choices that permit")
    assert traced([consent("OPTIN", id="one"), hers]) == (
        "withhold",
        [applies("permit", of="one"), who("withhold", of="two"), applies("withhold", of="two"), first],
    )


def test_a_choice_about_others_says_nothing_here_and_the_next_is_asked() -> None:
    silent = line(ROOT, "", "it says nothing of this request", of="a", no=True)
    assert traced(consent("", rule("deny", B), id="a")) == ("withhold", [silent, SILENT])
    expected = [silent, applies("permit", of="b")]
    assert traced([consent("", rule("deny", B), id="a"), consent("OPTIN", id="b")]) == ("permit", expected)


def test_each_element_of_a_rule_is_a_line_of_its_own() -> None:
    more = {
        "purpose": [purpose("TREAT")],
        "action": [action("access")],
        "period": {"start": "2026"},
        "securityLabel": [label("R")],
        "class": [kind("Condition")],
        "code": [concept("http://loinc.org", "1")],
        "dataPeriod": {"start": "2020"},
        "data": [{"meaning": "instance", "reference": ref("Observation/y")}],
    }
    within = "is within what it names and not all of it, which counts for a permission and not for a refusal"
    effect, lines = traced(consent("OPTIN", rule("deny", A, **more)))
    assert effect == "permit"
    assert lines == [
        who("withhold"),
        line(ROOT, "purpose", "what it is asked for matches"),
        line(ROOT, "action", "what is to be done with it matches"),
        line(ROOT, "securityLabel", f"how it is labelled {within}", no=True),
        line(ROOT, "class", "what kind of record it is does not match", no=True),
        line(ROOT, "code", f"what it is coded as {UNSURE}"),
        line(ROOT, "dataPeriod", f"when it was true {UNSURE}"),
        line(ROOT, "data", "which record it is does not match", no=True),
        line("base", "", "what it says of everyone and everything", "permit"),
    ]


def test_a_rule_inside_a_rule_is_named_by_its_place() -> None:
    inside = consent("OPTOUT", rule("permit", A, provision=[rule("deny", A, **{"class": [kind("Observation")]})]))
    kind_matches = line(INNER, "class", "what kind of record it is matches")
    assert traced(inside) == (
        "withhold",
        [who("permit"), who("withhold", INNER), kind_matches, applies("withhold", INNER)],
    )
