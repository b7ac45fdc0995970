"""Each place where a FHIR Consent is easily read the wrong way, and what is done there: rules in rules, who and why."""

from __future__ import annotations

from typing import Any

import pytest
from consent_kit import (
    ME,
    ORGANISATIONS,
    A,
    B,
    action,
    actor,
    answer,
    consent,
    kind,
    label,
    purpose,
    record,
    ref,
    request,
    seen,
    sees,
)

# -- the root rule, with and without a policy


@pytest.mark.parametrize(
    ("policy", "root", "to_a", "to_b"),
    [
        ("", {"type": "permit"}, True, True),
        ("", {"type": "permit", "actor": [actor(A)]}, True, False),
        ("", {"type": "deny", "actor": [actor(A)]}, False, False),
        ("OPTIN", None, True, True),
        ("OPTIN", {"type": "deny", "actor": [actor(A)]}, False, True),
        ("OPTIN", {"type": "permit", "actor": [actor(A)]}, True, False),
        ("OPTIN", {"actor": [actor(A)]}, False, True),
        ("OPTIN", {"type": 7, "actor": [actor(A)]}, False, False),  # it may have been "only A"
        ("OPTIN", {"period": {"start": "2026"}}, True, True),
        ("OPTOUT", None, False, False),
        ("OPTOUT", {"type": "permit", "actor": [actor(A)]}, True, False),
        ("OPTOUT", {"type": "deny", "actor": [actor(A)]}, False, False),
        ("OPTOUT", {"actor": [actor(A)]}, True, False),
        ("OPTOUT", {"purpose": [purpose("TREAT")]}, False, False),
        ("OPTOUT", {"actor": [actor(A, "CST")]}, False, False),
        ("OPTOUT", {"period": {"start": "2026"}}, False, False),
    ],
)
def test_the_root_rule_is_an_exception_beside_a_policy_and_the_base_without(
    policy: str, root: Any, to_a: bool, to_b: bool
) -> None:
    assert sees(consent(policy, root), A) == ({"x"} if to_a else set())
    assert sees(consent(policy, root), B) == ({"x"} if to_b else set())


def test_a_policy_may_be_said_by_its_address() -> None:
    for uri, shown in (("urn:example:policy:opt-in", {"x"}), ("https://example.org/OPTOUT", set())):
        assert sees(consent("", {}) | {"policy": [{"uri": uri}]}) == shown


@pytest.mark.parametrize(
    "root", [None, {}, {"actor": [actor(A)]}, {"provision": [{"type": "permit"}]}, {"type": "yes"}]
)
def test_a_consent_that_says_neither_yes_nor_no_permits_nothing_and_is_reported(root: Any) -> None:
    found = answer(consent("", root), request(A), record("x", "N"), ORGANISATIONS)
    assert seen(found) == set()
    assert found.overall == "deny"
    assert found.problems


def test_a_doubtful_choice_about_what_one_organisation_holds_does_not_say_no_to_all_the_rest() -> None:
    held = {"type": "permit", "actor": [actor(B, "CST")]}
    doubtful = consent("", held, modifierExtension=[{"url": "https://example.org/unknown", "valueBoolean": True}])
    mother = {"id": "hers", "performer": [ref("RelatedPerson/mother")]}
    elsewhere = record("x", "N", performer=[ref(A)])
    found = answer([consent("OPTIN"), doubtful | mother], request(A), elsewhere, ORGANISATIONS)
    assert seen(found) == {"x"}
    assert found.overall == "permit"
    assert answer(doubtful, request(A), elsewhere, ORGANISATIONS).overall == "deny"


def test_a_permission_outside_its_actor_or_purpose_says_nothing() -> None:
    root = {"type": "permit", "actor": [actor(A)], "purpose": [purpose("TREAT")]}
    for asked in (request(B), request(A, purposes=["HRESCH"])):
        assert answer(consent("", root), asked, record("x", "N"), ORGANISATIONS).overall == "no-consent"


def test_a_root_permission_that_names_data_permits_nothing_but_that() -> None:
    narrow = consent("", {"type": "permit", "class": [kind("Observation")]}, id="narrow", dateTime="2026-02-01")
    wide = consent("", {"type": "permit"}, id="wide", performer=[ref("RelatedPerson/r")])
    assert sees([narrow, wide], A, record("x", "N"), record("y", "N", type_="Condition")) == {"x"}


def test_a_root_refusal_that_names_data_says_nothing_of_other_data() -> None:
    narrow = consent("", {"type": "deny", "class": [kind("Condition")]}, id="narrow", dateTime="2026-02-01")
    wide = consent("", {"type": "permit"}, id="wide", performer=[ref("RelatedPerson/r")])
    assert sees([narrow, wide], A, record("x", "N"), record("y", "N", type_="Condition")) == {"x"}


# -- nesting


def test_a_permission_inside_a_permission_narrows_nothing_and_its_refusal_does() -> None:
    inner = {
        "type": "permit",
        "securityLabel": [label("N")],
        "provision": [{"type": "deny", "class": [kind("Condition")]}],
    }
    root = {"type": "permit", "actor": [actor(A)], "provision": [inner]}
    both = (record("x", "N"), record("y", "N", type_="Condition"), record("z", "PSY"))
    assert sees(consent("OPTOUT", root), A, *both) == {"x", "z"}


def test_the_deepest_rule_wins_at_any_depth_and_refusal_among_siblings() -> None:
    rule: dict[str, Any] = {"type": "permit"}
    for depth in range(40):
        rule = {"type": "deny" if depth % 2 == 0 else "permit", "provision": [rule]}
    assert sees(consent("OPTOUT", rule)) == {"x"}
    rule = {"type": "permit", "provision": [{"type": "permit"}, {"type": "deny"}]}
    assert sees(consent("OPTIN", rule)) == set()


def test_a_rule_that_may_not_hold_takes_its_permissions_with_it_and_leaves_its_refusals() -> None:
    def rule(outer: str, *inner: Any) -> dict[str, Any]:
        return {"type": outer, "actor": [actor(A)], "securityLabel": [label("XQZ")], "provision": list(inner)}

    known = {"securityLabel": [label("N")]}
    assert sees(consent("OPTOUT", rule("permit", {"type": "permit", **known}))) == set()
    assert sees(consent("OPTIN", {"provision": [rule("permit", {"type": "deny", **known})]})) == set()
    assert sees(consent("OPTIN", {"provision": [rule("deny", {"type": "permit", **known})]})) == {"x"}
    higher = {"type": "deny", "securityLabel": [label("R")], "provision": [{"type": "permit", **known}]}
    assert sees(consent("OPTOUT", {"provision": [higher]})) == set()


@pytest.mark.parametrize("depth", [140, 160, 400])
def test_a_rule_nested_out_of_reach_refuses(depth: int) -> None:
    rule: dict[str, Any] = {"type": "permit"}
    for _ in range(depth):
        rule = {"type": "permit", "provision": [rule]}
    assert sees(consent("OPTOUT", rule)) == ({"x"} if depth < 150 else set())


def test_a_nested_rule_without_type_is_the_opposite_and_reported() -> None:
    root = {"type": "permit", "provision": [{"securityLabel": [label("PSY")]}]}
    found = answer(consent("", root), request(A), record("x", "N"), record("y", "PSY"), ORGANISATIONS)
    assert seen(found) == {"x"}
    assert any("no type" in problem.text for problem in found.problems)


def test_a_nested_rule_restates_whom_its_parent_names() -> None:
    root = {"type": "permit", "actor": [actor(A)], "provision": [{"type": "permit", "actor": [actor(B)]}]}
    assert sees(consent("OPTOUT", root), A) == {"x"}
    assert sees(consent("OPTOUT", root), B) == {"x"}
    inherits = {"type": "permit", "actor": [actor(A)], "provision": [{"type": "deny", "securityLabel": [label("PSY")]}]}
    wide = {"type": "permit", "provision": [inherits]}
    assert sees(consent("", wide), B, record("y", "PSY")) == {"y"}


def test_a_rule_whose_time_is_over_does_not_count_nor_does_what_stands_in_it() -> None:
    over = {"end": "2026-06-14"}
    root = {
        "actor": [actor(A)],
        "provision": [
            {"type": "deny", "period": over},
            {"type": "deny", "period": over, "provision": [{"type": "permit"}]},
        ],
    }
    assert sees(consent("OPTOUT", root)) == {"x"}


# -- who


def test_custodians_are_who_holds_the_record_and_recipients_who_asks() -> None:
    mine, theirs = record("mine", "N", performer=[ref(A)]), record("theirs", "N", performer=[ref(B)])
    held = consent("OPTIN", {"type": "deny", "actor": [actor(A, "CST")]})
    assert sees(held, A, mine, theirs) == {"theirs"}
    received = consent("OPTIN", {"type": "deny", "actor": [actor(A)]})
    assert sees(received, A, mine, theirs) == set()
    assert sees(received, B, mine, theirs) == {"mine", "theirs"}


def test_a_record_nobody_is_said_to_hold_matches_a_refusal_and_no_permission() -> None:
    assert sees(consent("OPTIN", {"type": "deny", "actor": [actor(A, "CST")]})) == set()
    assert sees(consent("OPTOUT", {"type": "permit", "actor": [actor(A, "CST")]})) == set()


def test_an_unknown_actor_matches_a_refusal_and_no_permission_and_is_reported() -> None:
    for policy, kind_, shown in (("OPTIN", "deny", set()), ("OPTOUT", "permit", set())):
        choice = consent(policy, {"type": kind_, "actor": [actor("Organization/nowhere")]})
        found = answer(choice, request(A), record("x", "N"), ORGANISATIONS)
        assert seen(found) == shown
        assert any("not known" in problem.text for problem in found.problems)


PEOPLE = [
    *ORGANISATIONS,
    {
        "resourceType": "Organization",
        "id": "ward",
        "partOf": ref(A),
        "identifier": [{"system": "urn:ods", "value": "W"}],
    },
    {"resourceType": "Practitioner", "id": "p", "identifier": [{"system": "urn:gmc", "value": "7"}]},
    {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": ref("Practitioner/p"),
        "organization": ref("Organization/ward"),
    },
    {
        "resourceType": "Group",
        "id": "g",
        "type": "practitioner",
        "actual": True,
        "member": [{"entity": ref("Practitioner/p")}, {"entity": ref("Practitioner/left"), "inactive": True}],
    },
    {"resourceType": "CareTeam", "id": "t", "status": "active", "participant": [{"member": ref("Organization/ward")}]},
    {
        "resourceType": "RelatedPerson",
        "id": "son",
        "patient": ref(ME),
        "identifier": [{"system": "urn:family", "value": "1"}],
    },
    {
        "resourceType": "CareTeam",
        "id": "over",
        "status": "inactive",
        "participant": [{"member": ref("Practitioner/p")}],
    },
    {"resourceType": "Practitioner", "id": "left"},
    {
        "resourceType": "PractitionerRole",
        "id": "old",
        "practitioner": ref("Practitioner/left"),
        "organization": ref(A),
        "period": {"end": "2026-06-14"},
    },
]


@pytest.mark.parametrize(
    ("named", "asks", "match"),
    [
        (A, "Practitioner/p", True),
        ("Organization/ward", "PractitionerRole/r", True),
        ("Practitioner/p", "PractitionerRole/r", True),
        ("Group/g", "PractitionerRole/r", True),
        ("CareTeam/t", "Practitioner/p", True),
        ("RelatedPerson/son", "RelatedPerson/son", True),
        ("Organization/ward", A, False),
        (B, "Practitioner/p", False),
        (A, "Practitioner/left", False),
        ("Group/g", "Practitioner/left", False),
        ("CareTeam/over", "Practitioner/p", False),
        ("Practitioner/p", "Organization/ward", False),
    ],
)
def test_whoever_asks_is_found_through_roles_teams_groups_and_organisations(named: str, asks: str, match: bool) -> None:
    permit = consent("OPTOUT", {"type": "permit", "actor": [actor(named)]})
    deny = consent("OPTIN", {"type": "deny", "actor": [actor(named)]})
    assert seen(answer(permit, request(asks), record("x", "N"), PEOPLE)) == ({"x"} if match else set())
    assert seen(answer(deny, request(asks), record("x", "N"), PEOPLE)) == (set() if match else {"x"})


def test_an_identifier_finds_the_same_actor_as_a_reference() -> None:
    by_number = {"reference": {"identifier": {"system": "urn:gmc", "value": "7"}}}
    choice = consent("OPTOUT", {"type": "permit", "actor": [by_number]})
    assert seen(answer(choice, request("PractitionerRole/r"), record("x", "N"), PEOPLE)) == {"x"}
    asked = request(actors=[{"system": "urn:family", "value": "1"}])
    choice = consent("OPTOUT", {"type": "permit", "actor": [actor("RelatedPerson/son")]})
    assert "x" in seen(answer(choice, asked, record("x", "N"), PEOPLE))
    other = {"reference": {"identifier": {"system": "urn:else", "value": "7"}}}
    choice = consent("OPTOUT", {"type": "permit", "actor": [other]})
    assert seen(answer(choice, request("PractitionerRole/r"), record("x", "N"), PEOPLE)) == set()


def test_a_number_that_two_people_share_tells_neither() -> None:
    twins = [
        {"resourceType": "Practitioner", "id": one, "identifier": [{"system": "urn:gmc", "value": "1"}]} for one in "uv"
    ]
    choice = consent("OPTOUT", {"type": "permit", "actor": [actor("Practitioner/u")]})
    assert seen(answer(choice, request("Practitioner/v"), record("x", "N"), twins)) == set()


def test_a_writer_with_two_employers_wrote_for_neither_for_certain() -> None:
    roles = [
        {
            "resourceType": "PractitionerRole",
            "id": f"r{to}",
            "practitioner": ref("Practitioner/p"),
            "organization": ref(f"Organization/{to}"),
        }
        for to in "ab"
    ]
    people = [*ORGANISATIONS, {"resourceType": "Practitioner", "id": "p"}, *roles]
    fact = record("x", "N", performer=[ref("Practitioner/p")])
    held = [actor(A, "CST")]
    permit = consent("OPTOUT", {"type": "permit", "actor": held})
    assert seen(answer(permit, request(B), fact, people)) == set()
    assert seen(answer(consent("OPTIN", {"type": "deny", "actor": held}), request(B), fact, people)) == set()


# -- why and what for


def test_one_purpose_of_a_rule_is_enough_and_all_that_is_asked_must_be_permitted() -> None:
    rule = {"actor": [actor(A)], "type": "permit", "purpose": [purpose("TREAT"), purpose("ETREAT")]}
    choice = consent("OPTOUT", rule)
    assert sees(choice, purposes=["ETREAT"]) == {"x"}
    assert sees(choice, purposes=[{"system": "http://hl7.org/fhir/v3/ActReason", "code": "TREAT"}]) == {"x"}
    assert sees(choice, purposes=["TREAT", "HRESCH"]) == set()
    refuse = consent("OPTIN", {"type": "deny", "purpose": [purpose("HRESCH")]})
    assert sees(refuse, purposes=["TREAT", "HRESCH"]) == set()
    assert sees(refuse, purposes=["TREAT"]) == {"x"}


def test_an_action_that_is_not_named_is_not_permitted() -> None:
    choice = consent("", {"type": "permit", "action": [action("access")]})
    assert sees(choice) == {"x"}
    assert answer(choice, request(A, action="disclose"), record("x", "N"), ORGANISATIONS).overall == "deny"
