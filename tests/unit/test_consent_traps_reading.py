"""The same of what does not apply, is not understood, or was written for another version; and of several at once."""

from __future__ import annotations

from typing import Any

import pytest
from consent_kit import (
    ME,
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
    seen,
    sees,
)

# -- what does not apply, what cannot be understood


@pytest.mark.parametrize(
    "change",
    [
        {"patient": ref("Patient/other")},
        {"status": "inactive"},
        {"status": "draft"},
        {"scope": concept(THO + "consentscope", "research")},
        {"scope": concept("urn:else", "x"), "category": [concept("urn:else", "x")]},
        {"scope": concept(THO + "consentscope", "research"), "category": [{"text": "Sharing"}]},
        {"scope": {"text": "Research"}, "category": [concept("urn:else", "x")]},
    ],
)
def test_a_consent_for_someone_or_something_else_is_as_if_absent(change: Any) -> None:
    found = answer(consent("OPTIN") | change, request(A), record("x", "N"), ORGANISATIONS)
    assert seen(found) == set()
    assert found.overall == "no-consent"


UNREADABLE: list[Tree] = [
    {"patient": "nobody"},
    {"patient": {"display": "Ada"}},
    {"status": 7},
    {"status": "in force"},
    {"status": None},
    {"scope": {"text": "Privacy"}, "category": [{"text": "Sharing"}]},
    {"scope": {"coding": []}, "category": None},
    {"policyRule": {"coding": [{"code": "OPTIN"}]}},
    {"policyRule": {"coding": [{"display": "Opt in"}, label("OPTIN")]}},
    {"policyRule": {"coding": []}},
    {"policyRule": {"coding": "OPTIN"}},
    {"policyRule": None},
    {"policy": ["OPTIN"]},
    {"policy": [{"uri": 3}]},
    {"policy": {"uri": "http://hl7.org/fhir/ConsentPolicy/opt-in"}},
]


@pytest.mark.parametrize("change", UNREADABLE)
def test_a_consent_of_which_it_cannot_be_read_whether_it_counts_counts_as_no_and_is_told_so(change: Tree) -> None:
    """Whom it is about, whether it is in force, what it is about and its policy: what says yes there
    permits nothing, what says no is not lost, and that is what is told."""
    for policy, type_ in (("OPTIN", None), ("", "permit"), ("", "deny")):
        odd = consent(policy, {"type": type_} if type_ else None) | change
        found = answer(odd, request(A), record("x", "N"), ORGANISATIONS)
        assert seen(found) == set()
        assert found.overall == "deny"
        assert found.problems
        assert not any(problem.passed_over for problem in found.problems)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"policyRule": {"text": "Data Protection Act 2018"}}, "policyRule"),
        ({"policyRule": concept("urn:else", "DPA")}, "policyRule"),
        ({"policyRule": concept(THO + "v3-ActCode", "EMRGONLY")}, "policyRule"),
        ({"policy": [{"uri": "http://example.org/policy"}]}, "policy"),
        ({"category": [concept("http://loinc.org", "59284-0"), {"text": "Sharing"}]}, "category"),
        ({"scope": {"text": "Privacy"}}, "scope"),
        ({"performer": [{"display": "Ada"}]}, "performer"),
        ({"dateTime": "2026-02-30"}, "dateTime"),
    ],
)
def test_what_takes_nothing_from_a_consent_is_told_as_passed_over_and_the_rest_counts(change: Tree, path: str) -> None:
    labels = {"securityLabel": [label("N")]}
    for provision, shown in (({"type": "permit"} | labels, {"x"}), ({"type": "deny"} | labels, set())):
        found = answer(consent("", provision) | change, request(A), record("x", "N"), ORGANISATIONS)
        assert seen(found) == shown
        assert [(one.path, one.passed_over) for one in found.problems] == [(path, True)]
    silent = answer(consent() | change, request(A), record("x", "N"), ORGANISATIONS)
    assert silent.overall == "deny"
    assert sorted(problem.passed_over for problem in silent.problems) == [False, True]


def test_a_policy_that_names_its_authority_only_is_no_doubt() -> None:
    named = consent("OPTIN") | {"policy": [{"authority": "http://nhs.uk"}]}
    found = answer(named, request(A), record("x", "N"), ORGANISATIONS)
    assert seen(found) == {"x"}
    assert not found.problems


def test_records_of_someone_else_are_withheld() -> None:
    facts = [
        record("x", "N"),
        record("else", "N", subject=ref("Patient/other")),
        {"resourceType": "Patient", "id": "other"},
    ]
    assert sees(consent("OPTIN"), A, *facts) == {"x"}


EXTENSION = [{"url": "https://example.org/not", "valueBoolean": True}]


@pytest.mark.parametrize(
    "broken",
    [
        {"modifierExtension": EXTENSION},
        {"actor": actor(A)},
        {"actor": []},
        {"actor": [{"role": concept(THO + "v3-ParticipationType", "PRCP")}]},
        {"actor": [{**actor(A), "modifierExtension": EXTENSION}]},
        {"actor": [{"reference": {"display": "The clinic"}}]},
        {"purpose": "TREAT"},
        {"purpose": [{"code": "TREAT"}]},
        {"action": [{"text": "read it"}]},
        {"securityLabel": [{"code": "N"}]},
        {"class": [{"system": "urn:else", "code": "Observation"}]},
        {"code": [{"text": "A fact"}]},
        {"dataPeriod": {"start": "soon"}},
        {"data": [{"meaning": "instance"}]},
        {"expression": {"language": "text/fhirpath", "expression": "true"}},
        {"somethingNew": True},
    ],
)
def test_what_is_not_understood_is_no_permission_and_is_a_refusal_and_is_reported(broken: Any) -> None:
    fact = record("x", "N", effectiveDateTime="2025")
    for choice in (
        consent("OPTOUT", {"actor": [actor(A)], "type": "permit"} | broken),
        consent("OPTOUT", {"provision": [{"actor": [actor(A)], "type": "permit"} | broken]}),
        consent("OPTIN", {"type": "deny"} | broken),
        consent("OPTIN", {"provision": [{"type": "deny"} | broken]}),
    ):
        found = answer(choice, request(A), fact, ORGANISATIONS)
        assert seen(found) == set()
        assert found.problems


@pytest.mark.parametrize("more", [{"modifierExtension": EXTENSION}, {"implicitRules": "https://example.org/rules"}])
def test_a_consent_changed_in_an_unknown_way_still_refuses_and_never_permits(more: Any) -> None:
    assert sees(consent("OPTIN") | more) == set()
    assert (
        sees([consent("", {"type": "deny"}, id="b") | more, consent("OPTIN", performer=[ref("RelatedPerson/r")])])
        == set()
    )


@pytest.mark.parametrize("broken", [None, 7, "Consent", {}, {"resourceType": "Consent", "policyRule": 5}, ["x"]])
def test_a_consent_that_cannot_be_read_takes_nothing_for_granted(broken: Any) -> None:
    found = answer([broken], request(A), record("x", "N"), ORGANISATIONS)
    assert seen(found) == set()
    assert found.problems


@pytest.mark.parametrize("broken", [7, None, "no", [None], [{"type": "allow"}], [[]]])
def test_a_nested_rule_that_cannot_be_read_refuses(broken: Any) -> None:
    assert sees(consent("OPTIN", {"provision": broken})) == set()


# -- several


def test_the_newest_of_one_grantor_replaces_and_order_does_not_matter() -> None:
    old, new = consent("OPTOUT", dateTime="2026-01"), consent("OPTIN", id="new", dateTime="2026-02-01")
    undated = consent("OPTOUT", id="undated")
    undated.pop("dateTime")
    assert sees([old, new, undated]) == sees([new, undated, old]) == {"x"}
    tied = consent("OPTOUT", id="tied", dateTime="2026-02")
    assert sees([new, tied]) == sees([tied, new]) == set()
    within = consent("OPTIN", id="within", dateTime="2026-02-10")
    assert sees([within, tied]) == set()
    assert sees([new, new, {**new, "id": "copy"}]) == {"x"}


def test_two_grantors_in_conflict_mean_no() -> None:
    mother = consent("OPTOUT", id="m", performer=[ref("RelatedPerson/m")], dateTime="2020")
    assert sees([consent("OPTIN"), mother]) == sees([mother, consent("OPTIN")]) == set()


def test_a_newer_refusal_of_a_part_takes_back_the_older_permission_and_lifts_no_older_refusal() -> None:
    part = consent("", {"type": "deny", "securityLabel": [label("PSY")]}, id="part", dateTime="2026-03")
    assert sees([consent("OPTIN"), part]) == set()
    mother = consent("OPTIN", id="m", performer=[ref("RelatedPerson/m")])
    assert sees([consent("OPTOUT"), mother, part]) == set()


# -- R5 and STU3


def test_r5_says_its_base_by_decision_and_its_rules_are_exceptions() -> None:
    five: dict[str, Any] = {
        "resourceType": "Consent",
        "id": "five",
        "status": "active",
        "subject": ref(ME),
        "date": "2026-01-01",
        "category": [concept("http://loinc.org", "59284-0")],
        "period": {"start": "2026"},
        "decision": "deny",
        "provision": [
            {
                "actor": [actor(A)],
                "resourceType": [{"system": "http://hl7.org/fhir/fhir-types", "code": "Observation"}],
                "provision": [{"securityLabel": [label("PSY")]}],
            }
        ],
    }
    facts = [record("x", "N"), record("y", "PSY"), record("z", "N", type_="Condition")]
    assert sees(five, A, *facts) == {"x"}
    assert sees(five, B, *facts) == set()
    assert sees(five | {"decision": "permit"}, A, *facts) == {"y", "z"}
    assert sees(five | {"decision": "perhaps"}, A, *facts) == set()
    assert sees(five | {"decision": "permit", "provision": [], "grantee": [ref(A)]}, B, *facts) == set()
    assert sees({**five, "decision": "permit", "grantee": [ref(A)], "period": {"start": "2027"}}, A, *facts) == set()


def test_stu3_says_its_base_by_policy_and_its_exceptions_beside_it() -> None:
    three: dict[str, Any] = {
        "resourceType": "Consent",
        "id": "three",
        "status": "active",
        "patient": ref(ME),
        "dateTime": "2026-01-01",
        "category": [concept("http://loinc.org", "59284-0")],
        "consentingParty": [ref(ME)],
        "policyRule": "http://hl7.org/fhir/ConsentPolicy/opt-in",
        "actor": [actor(A)],
        "except": [{"type": "deny", "code": [{"system": "http://snomed.info/sct", "code": "1"}]}],
    }
    facts = [record("x", "N"), record("y", "N", code=concept("http://snomed.info/sct", "1"))]
    facts[0].pop("code")
    assert sees(three, A, *facts) == {"x"}
    assert sees(three, B, *facts) == set()
    assert sees(three | {"policyRule": "http://hl7.org/fhir/ConsentPolicy/opt-out"}, A, *facts) == set()
    three.pop("policyRule")
    assert sees(three, A, *facts) == set()


def test_r5_what_stands_where_it_has_no_place_narrows_and_is_reported() -> None:
    """A policy of R4 beside a decision, a list where R4 has one rule, a refusal to named receivers, a period."""
    five: dict[str, Any] = {
        "resourceType": "Consent",
        "id": "five",
        "status": "active",
        "subject": ref(ME),
        "date": "2026-01-01",
        "category": [concept("http://loinc.org", "59284-0")],
        "decision": "permit",
    }
    policy = consent("OPTOUT")["policyRule"]
    both = answer(five | {"policyRule": policy}, request(A), record("x", "N"), ORGANISATIONS)
    assert seen(both) == set()
    assert any("contradicts its policy" in problem.text for problem in both.problems)
    assert sees(five | {"policyRule": consent("OPTIN")["policyRule"]}) == {"x"}
    to_b = five | {"decision": "deny", "grantee": [ref(B)]}
    inner = [{"actor": [actor(A)], "securityLabel": [label("N")]}]
    assert sees(to_b) == set(), "a refusal binds everyone"
    assert sees(to_b | {"provision": inner}, A) == {"x"}
    assert sees(to_b | {"provision": [{"securityLabel": [label("N")]}]}, B) == {"x"}
    assert sees(to_b | {"provision": [{"securityLabel": [label("N")]}]}, A) == set()
    unnamed = answer(five | {"grantee": [{"display": "The clinic"}]}, request(A), record("x", "N"), ORGANISATIONS)
    assert seen(unnamed) == set()
    listed = answer(consent("OPTOUT", [{"actor": [actor(A)]}]), request(A), record("x", "N"), ORGANISATIONS)
    assert seen(listed) == set()
    assert any("should be one rule" in problem.text for problem in listed.problems)
    assert sees(consent("OPTOUT", [{"type": "permit", "actor": [actor(A)]}])) == {"x"}


@pytest.mark.parametrize("provision", [None, {"type": "permit"}, {"type": "deny", "securityLabel": [label("PSY")]}])
def test_r4_a_period_where_it_has_none_may_be_over_and_does_not_permit(provision: Any) -> None:
    for period in ({"end": "2020"}, {"start": "2026"}):
        timed = answer(consent("OPTIN", provision, period=period), request(A), record("x", "N"), ORGANISATIONS)
        assert seen(timed) == set()
        assert any("has none" in problem.text for problem in timed.problems)


def test_stu3_a_rule_of_a_newer_version_or_without_type_is_a_refusal() -> None:
    three: dict[str, Any] = {
        "resourceType": "Consent",
        "id": "three",
        "status": "active",
        "patient": ref(ME),
        "dateTime": "2026-01-01",
        "category": [concept("http://loinc.org", "59284-0")],
        "consentingParty": [ref(ME)],
        "policyRule": "http://hl7.org/fhir/ConsentPolicy/opt-in",
    }
    assert sees(three) == {"x"}
    for more, words in (
        ({"except": [{"securityLabel": [label("N")]}]}, "has no type; treated as no"),
        ({"provision": {"type": "permit"}}, "stands where this version has none"),
    ):
        found = answer(three | more, request(A), record("x", "N"), record("y", "PSY"), ORGANISATIONS)
        assert "x" not in seen(found)
        assert any(words in problem.text for problem in found.problems), more


@pytest.mark.parametrize(
    "odd",
    [
        {"role": concept(THO + "v3-ParticipationType", "PRCP"), "reference": {"display": "The clinic"}},
        {"role": {"text": "The clinic"}},
        {"role": {"coding": "PRCP"}, "reference": ref(A)},
        {"display": "The clinic"},
    ],
)
def test_an_actor_that_names_nobody_refuses_and_does_not_permit(odd: Any) -> None:
    for policy, type_ in (("OPTOUT", "permit"), ("OPTIN", "deny")):
        found = answer(consent(policy, {"type": type_, "actor": [odd]}), request(A), record("x", "N"), ORGANISATIONS)
        assert seen(found) == set()
        assert found.problems


def test_an_identifier_without_system_names_nobody_and_one_who_holds_and_receives_is_doubted() -> None:
    number = {"reference": {"identifier": {"value": "7"}}}
    assert sees(consent("OPTOUT", {"type": "permit", "actor": [number]})) == set()
    holds_and_receives = {
        "role": {"coding": [label("x", THO + "v3-ParticipationType") | {"code": c} for c in ("CST", "PRCP")]}
    }
    found = answer(
        consent("OPTIN", {"type": "deny", "actor": [{**holds_and_receives, "reference": ref(A)}]}),
        request(B),
        record("x", "N"),
        ORGANISATIONS,
    )
    assert seen(found) == set()
    assert any("both receives and holds" in problem.text for problem in found.problems)
    with_action = answer(consent("OPTIN", {"type": "deny", "action": [action("fly")]}), request(A), record("x", "N"))
    assert any("action that is not known" in problem.text for problem in with_action.problems)


def test_a_date_that_is_none_and_a_policy_that_says_both_widen_nothing() -> None:
    """A choice whose date cannot be read is neither newer nor older: it ties with every other."""
    odd = consent("OPTOUT", id="odd", dateTime="2026-02-30")
    found = answer([consent("OPTIN"), odd], request(A), record("x", "N"), ORGANISATIONS)
    assert seen(found) == set()
    assert any("not a real date" in problem.text for problem in found.problems)
    opt_out = {"uri": "http://hl7.org/fhir/ConsentPolicy/opt-out"}
    both = consent("OPTIN") | {"policy": [opt_out, 3, {"uri": 3}]}
    found = answer(both, request(A), record("x", "N"), ORGANISATIONS)
    assert seen(found) == set()
    assert any("both opt-in and opt-out" in problem.text for problem in found.problems)


def test_a_rule_for_everything_holds_whatever_a_record_is_labelled_with() -> None:
    every = {"system": "https://fhir.onestory.example/CodeSystem/category", "code": "everything"}
    facts = [record("x", "N"), record("y", "PSY"), record("z")]
    assert sees(consent("OPTIN", {"type": "deny", "securityLabel": [every]}), A, *facts) == set()
    assert sees(consent("OPTOUT", {"type": "permit", "actor": [actor(A)], "securityLabel": [every]}), A, *facts) == {
        "x",
        "y",
        "z",
    }
    general = {**every, "code": "general"}
    assert sees(consent("OPTIN", {"type": "deny", "securityLabel": [general]}), A, *facts) == {"y"}


def test_a_choice_that_says_nothing_of_this_request_stands_aside_and_is_told() -> None:
    research = consent("", {"type": "deny", "purpose": [purpose("HRESCH")]}, id="research", dateTime="2027")
    found = answer([consent("OPTIN"), research], request(A), record("x", "N"), ORGANISATIONS)
    assert seen(found) == {"x"}
    over = consent("", {"type": "permit", "provision": [{"type": "deny", "period": {"end": "2020"}}]}, id="over")
    assert sees(over) == {"x"}
    nothing = consent("", {"type": "deny", "provision": [], "class": [kind("Flag")], "action": [action("correct")]})
    found = answer([consent("OPTIN", dateTime="2020"), nothing], request(A), record("x", "N"), ORGANISATIONS)
    assert seen(found) == set(), "it is the newest, and takes the older permission with it"
    assert any("says nothing of this request" in step.text for one in found.entries for step in one.trace)


def test_a_rule_deep_within_rules_for_others_restates_whom_and_why_it_is_for() -> None:
    deepest = {"type": "permit", "actor": [actor(A)], "purpose": [purpose("TREAT")]}
    why = {"type": "permit", "purpose": [purpose("HRESCH")], "provision": [deepest]}
    whom = {"type": "permit", "actor": [actor(B)], "provision": [why]}
    assert sees(consent("OPTOUT", {"type": "deny", "provision": [whom]})) == {"x"}
    assert sees(consent("OPTOUT", {"type": "deny", "provision": [whom | {"provision": [deepest]}]})) == {"x"}
    assert sees(consent("OPTOUT", {"type": "deny", "provision": [whom | {"provision": []}]})) == set()
    for_b = deepest | {"actor": [actor(B)]}
    assert sees(consent("OPTOUT", {"type": "deny", "provision": [whom | {"provision": [for_b]}]})) == set()
    refusal = {"type": "deny", "actor": [actor(B)], "provision": [deepest | {"type": "deny"}]}
    assert sees(consent("OPTIN", {"type": "permit", "provision": [refusal]})) == set()
