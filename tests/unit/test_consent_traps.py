"""Each place where a FHIR Consent is easily read the wrong way, and what is done there."""

from __future__ import annotations

from typing import Any

import pytest
from consent_kit import (
    ME,
    THO,
    action,
    actor,
    answer,
    concept,
    consent,
    kind,
    label,
    organisations,
    purpose,
    record,
    ref,
    request,
    seen,
)

A, B = "Organization/a", "Organization/b"
ORGANISATIONS = organisations("a", "b")


def sees(consents: Any, who: str = A, *records: Any, **more: Any) -> set[str]:
    return seen(answer(consents, request(who, **more), list(records) or [record("x", "N")], ORGANISATIONS))


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


# -- data


def test_what_has_no_label_is_not_general() -> None:
    choice = consent("OPTOUT", {"actor": [actor(A)], "securityLabel": [label("N")]})
    assert sees(choice, A, record("bare"), record("x", "N"), record("odd", "N", "XQZ")) == {"x"}
    refuse = consent("OPTIN", {"type": "deny", "securityLabel": [label("PSY")]})
    assert sees(refuse, A, record("bare"), record("x", "N"), record("y", "PSY"), record("odd", "XQZ")) == {"x"}


def test_a_permission_must_cover_every_label_and_knows_what_is_under_what() -> None:
    facts = [
        record(name, *codes)
        for name, codes in {
            "n": ["N"],
            "low": ["L"],
            "high": ["R"],
            "psy": ["PSY"],
            "both": ["PSY", "SOC"],
            "opioid": ["OPIOIDUD"],
            "npsy": ["N", "PSY"],
        }.items()
    ]

    def permitted(*codes: str) -> set[str]:
        rule = {"actor": [actor(A)], "type": "permit", "securityLabel": [label(code) for code in codes]}
        return sees(consent("OPTOUT", rule), A, *facts)

    assert permitted("N") == {"n", "low"}
    assert permitted("PSY") == {"psy", "npsy"}
    assert permitted("N", "PSY") == {"n", "low", "psy", "npsy"}
    assert permitted("SUD") == {"opioid"}
    refuse = consent("OPTIN", {"type": "deny", "securityLabel": [label("SUD"), label("R")]})
    assert sees(refuse, A, *facts) == {"n", "low", "psy", "both", "npsy"}


def test_codes_are_a_list_of_concepts_and_any_coding_of_any_of_them_counts() -> None:
    sct = "http://snomed.info/sct"
    one, two = concept(sct, "1"), {"coding": [{"system": "urn:local", "code": "z"}, {"system": sct, "code": "2"}]}
    rule = {"actor": [actor(A)], "type": "permit", "code": [one, concept("http://loinc.org", "2"), two]}
    facts = [record(f"c{n}", "N", code=concept(sct, str(n))) for n in (1, 2, 3)]
    assert sees(consent("OPTOUT", rule), A, *facts) == {"c1", "c2"}
    single = {"actor": [actor(A)], "type": "permit", "code": one}
    found = answer(consent("OPTOUT", single), request(A), facts, ORGANISATIONS)
    assert seen(found) == set()
    assert any("should be a list" in problem.text for problem in found.problems)


def test_a_medicine_is_refused_by_the_code_of_the_medication_it_refers_to() -> None:
    sct = "http://snomed.info/sct"
    medicine = {"resourceType": "Medication", "id": "m", "code": concept(sct, "9")}
    given = record("given", "N", type_="MedicationRequest", medicationReference=ref("Medication/m"))
    given.pop("code")
    refuse = consent("OPTIN", {"type": "deny", "code": [concept(sct, "9")]})
    assert sees(refuse, A, given, medicine, record("x", "N", code=concept(sct, "1"))) == {"x"}


@pytest.mark.parametrize(
    ("when", "permitted", "refused"),
    [
        ("2025-03-01", True, True),
        ("2025-03-31T23:59:59Z", True, True),
        ("2025-04-01T00:00:00Z", False, False),
        ("2025-02-28", False, False),
        ("2025-03", True, True),
        ("2025", False, True),
        ("2025-02-30", False, True),
        (None, False, True),
    ],
)
def test_the_time_of_a_fact_must_lie_within_to_permit_and_touch_to_refuse(
    when: str | None, permitted: bool, refused: bool
) -> None:
    fact = record("x", "N", **({"effectiveDateTime": when} if when else {}))
    march = {"start": "2025-03", "end": "2025-03"}
    permit = consent("OPTOUT", {"type": "permit", "actor": [actor(A)], "dataPeriod": march})
    assert sees(permit, A, fact) == ({"x"} if permitted else set())
    assert sees(consent("OPTIN", {"type": "deny", "dataPeriod": march}), A, fact) == (set() if refused else {"x"})


@pytest.mark.parametrize(
    ("period", "now", "holds"),
    [
        ({"end": "2026-06-15"}, "2026-06-15T23:59:59.999999Z", True),
        ({"end": "2026-06-15"}, "2026-06-16T00:00:00Z", False),
        ({"end": "2026"}, "2026-12-31T23:59:59Z", True),
        ({"end": "2026"}, "2027-01-01T00:00:00Z", False),
        ({"end": "2028-02"}, "2028-02-29T23:59:59Z", True),
        ({"start": "2026-06-15"}, "2026-06-14T23:59:59.999999Z", False),
        ({"start": "2026-06-15"}, "2026-06-15T00:00:00Z", True),
        ({"end": "2026-06-15T10:00:00+01:00"}, "2026-06-15T09:00:00Z", True),
        ({"end": "2026-06-15T10:00:00+01:00"}, "2026-06-15T09:00:01Z", False),
        ({"start": "2026-06-16", "end": "2026-06-14"}, "2026-06-15T12:00:00Z", False),
        ({"end": "2026-02-30"}, "2026-01-15T12:00:00Z", False),
        ({}, "2026-01-15T12:00:00Z", False),
    ],
)
def test_a_partial_date_covers_its_whole_day_month_or_year(period: Any, now: str, holds: bool) -> None:
    for choice in (
        consent("", {"type": "permit", "period": period}),
        consent("OPTIN", {"period": period}),
        consent("OPTOUT", {"provision": [{"type": "permit", "actor": [actor(A)], "period": period}]}),
    ):
        found = answer(choice, request(A), record("x", "N"), ORGANISATIONS, now=now)
        assert seen(found) == ({"x"} if holds else set())


def test_a_fact_that_goes_on_after_the_time_named_is_not_permitted_whole() -> None:
    fact = record("x", "N", effectivePeriod={"start": "2025-03-10", "end": "2025-04-02"})
    ongoing = record("y", "N", effectivePeriod={"start": "2025-03-10"})
    march = {"start": "2025-03", "end": "2025-03"}
    assert (
        sees(consent("OPTOUT", {"type": "permit", "actor": [actor(A)], "dataPeriod": march}), A, fact, ongoing) == set()
    )
    assert sees(consent("OPTIN", {"type": "deny", "dataPeriod": march}), A, fact, ongoing) == set()


def test_single_records_are_meant_by_name_with_what_belongs_to_them() -> None:
    order = record("order", "N", type_="ServiceRequest", requester=ref(A))
    result = record("result", "N", basedOn=[ref("ServiceRequest/order")], performer=[ref(B)])
    other = record("other", "N", performer=[ref(A)])
    expected = {
        ("instance", "Observation/result"): {"order", "other"},
        ("related", "Observation/result"): {"other"},
        ("dependents", "ServiceRequest/order"): {"other"},
        ("authoredby", A): {"result"},
        ("related", "Task/gone"): set(),
        ("nearby", "Observation/result"): set(),
    }
    for (meaning, what), shown in expected.items():
        choice = consent("OPTIN", {"data": [{"meaning": meaning, "reference": ref(what)}]})
        assert sees(choice, A, order, result, other) == shown, meaning


def test_an_exception_to_what_cannot_be_followed_opens_nothing_that_was_never_inside() -> None:
    exception = {"type": "permit", "data": [{"meaning": "instance", "reference": ref("Observation/x")}]}
    for led, shown in (("Task/gone", set()), ("Observation/x", {"x"})):
        inside = [{"meaning": meaning, "reference": ref(led)} for meaning in ("related", "instance")]
        choice = consent("OPTOUT", {"type": "deny", "data": inside, "provision": [exception]})
        assert sees(choice) == shown, led
        # A refusal within it stays, whatever it was found by.
        refusing = {"type": "deny", "data": inside, "provision": [exception | {"type": "deny"}]}
        assert sees(consent("OPTIN", refusing)) == set()


def test_a_class_may_be_a_type_a_profile_or_a_document_and_a_misspelt_one_refuses() -> None:
    profile = "https://example.org/StructureDefinition/letter"
    letter = record("letter", type_="DocumentReference", meta={"profile": [profile + "|1.0"]})
    cda = record("cda", type_="DocumentReference", content=[{"attachment": {"contentType": "application/hl7-cda+xml"}}])
    facts = [letter, cda, record("x")]
    for coded, left in (
        (kind("DocumentReference"), {"x"}),
        ({"system": "urn:ietf:rfc:3986", "code": profile}, {"cda", "x"}),
        ({"system": "urn:ietf:bcp:13", "code": "application/hl7-cda+xml"}, {"letter", "x"}),
        (kind("DocumentReferense"), set()),
    ):
        assert sees(consent("OPTIN", {"type": "deny", "class": [coded]}), A, *facts) == left


# -- what does not apply, what cannot be understood


@pytest.mark.parametrize(
    "change",
    [
        {"patient": ref("Patient/other")},
        {"status": "inactive"},
        {"status": "draft"},
        {"status": 7},
        {"scope": concept(THO + "consentscope", "research")},
        {"scope": concept("urn:else", "x"), "category": [concept("urn:else", "x")]},
        {"patient": "nobody"},
    ],
)
def test_a_consent_for_someone_or_something_else_is_as_if_absent(change: Any) -> None:
    found = answer(consent("OPTIN") | change, request(A), record("x", "N"), ORGANISATIONS)
    assert seen(found) == set()
    assert found.overall == "no-consent"


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
