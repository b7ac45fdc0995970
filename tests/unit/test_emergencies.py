"""What a person has closed to emergencies: refusals that name break-glass or emergency treatment, and only those."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from consent_kit import ME, NOON, actor, concept, consent, label, organisations, purpose, record, request

from consent.consents import read_consent, unreadable
from consent.decide import Deciding, read_request
from consent.emergencies import emergency_view, emergency_views
from consent.naming import ROLE
from fhir.reading import read_document

RECORDS = [record("plain", "N"), record("mental", "PSY"), record("sexual", "SEX"), *organisations("crew", "other")]
ALL = {"plain", "mental", "sexual"}
BTG, ETREAT, TREAT = purpose("BTG"), purpose("ETREAT"), purpose("TREAT")


def closed(*consents: Any, asked: str = "BTG", who: str = "Organization/crew", **more: Any) -> set[str]:
    """Records closed to emergencies for this organisation."""
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in RECORDS]}
    document = read_document("records.json", "", json.dumps(bundle).encode())
    views = emergency_views(read_consent(tree, number) for number, tree in enumerate(consents))
    tree = request(who, purposes=[asked], **more)
    deciding = Deciding(views, read_request(tree, datetime.fromisoformat(NOON)), document, consents_only=True)
    return {
        one.id
        for one in document.resources
        if one.type == "Observation" and deciding.choices.on(deciding.facts(one)).ruling.effect == "deny"
    }


def test_a_plain_refusal_is_what_break_glass_may_open() -> None:
    assert closed(consent(provision={"type": "deny"})) == set()
    assert closed(consent("OPTOUT")) == set()
    assert closed(consent("OPTIN", {"type": "deny", "securityLabel": [label("PSY")]})) == set()


def test_a_refusal_of_break_glass_closes_what_it_names() -> None:
    all_of_it = consent(provision={"type": "deny", "purpose": [BTG]})
    assert closed(all_of_it) == ALL
    some = consent("OPTIN", {"type": "deny", "purpose": [BTG], "securityLabel": [label("PSY")]})
    assert closed(some) == {"mental"}
    assert closed(some, asked="ETREAT") == set()
    either = consent("OPTIN", {"type": "deny", "purpose": [TREAT, ETREAT, BTG], "securityLabel": [label("SEX")]})
    assert closed(either) == closed(either, asked="ETREAT") == {"sexual"}


def test_a_purpose_is_inherited_and_may_be_restated() -> None:
    nested = {"type": "deny", "securityLabel": [label("PSY")], "purpose": [BTG]}
    assert closed(consent("OPTIN", {"type": "permit", "provision": [nested]})) == {"mental"}
    inherited = {"type": "permit", "purpose": [BTG], "provision": [{"type": "deny", "securityLabel": [label("SEX")]}]}
    assert closed(consent("OPTIN", inherited)) == {"sexual"}
    restated = {"type": "deny", "purpose": [BTG], "provision": [{"type": "permit", "securityLabel": [label("PSY")]}]}
    assert closed(consent(provision=restated)) == {"plain", "sexual"}
    instead = {"type": "deny", "securityLabel": [label("PSY")], "provision": [{"type": "deny", "purpose": [BTG]}]}
    assert closed(consent("OPTIN", instead)) == {"mental"}


def test_it_closes_for_whom_it_names() -> None:
    tree = consent("OPTIN", {"type": "deny", "purpose": [BTG], "actor": [actor("Organization/crew")]})
    assert closed(tree) == ALL
    assert closed(tree, who="Organization/other") == set()


def test_a_purpose_that_cannot_be_read_may_be_an_emergency() -> None:
    for odd in ({"code": "BTG"}, {"system": "urn:mine", "code": "emergencies"}, purpose("NO-SUCH")):
        assert closed(consent("OPTIN", {"type": "deny", "purpose": [odd]})) == ALL
    assert closed(consent("OPTIN", {"type": "deny", "purpose": [purpose("HRESCH")]})) == set()


def test_an_untyped_rule_is_read_as_everywhere() -> None:
    assert closed(consent("OPTIN", {"purpose": [BTG]})) == ALL
    assert closed(consent("OPTOUT", {"purpose": [BTG]})) == set(), "meant to permit emergencies, so it closes none"
    named = {"purpose": [BTG], "actor": [actor("Organization/crew")]}
    assert closed(consent("OPTOUT", named)) == set()


def test_a_newer_choice_of_the_same_person_opens_emergencies_again() -> None:
    before = consent(provision={"type": "deny", "purpose": [BTG]}, dateTime="2026-01-01", id="before")
    after = consent("OPTIN", dateTime="2026-02-01", id="after")
    assert closed(before) == ALL
    assert closed(before, after) == closed(after, before) == set()


def test_choices_of_one_date_close_no_more_than_each_of_them_closes() -> None:
    plain = consent(provision={"type": "deny", "securityLabel": [label("PSY")]}, id="plain")
    other = consent(provision={"type": "deny", "securityLabel": [label("SEX")]}, id="other")
    closing = {"type": "deny", "purpose": [BTG], "securityLabel": [label("SEX")]}
    closes = consent("OPTIN", closing, id="closes")
    assert closed(plain, other) == closed(other, plain) == set()
    assert closed(plain, closes) == closed(closes, plain) == {"sexual"}
    assert closed(plain, closes, other) == {"sexual"}


CREW, OTHER = [actor("Organization/crew")], [actor("Organization/other")]
NURSES, CREWS = ([{"role": {"coding": [{"system": ROLE, "code": code}]}}] for code in ("nurse", "ambulance"))


@pytest.mark.parametrize(
    ("policy", "theirs", "others"),
    [
        ("", CREW, OTHER),
        ("", CREW, NURSES),
        ("", CREWS, NURSES),
        ("OPTIN", CREW, OTHER),
        ("OPTIN", CREW, NURSES),
        ("OPTIN", CREWS, NURSES),
    ],
)
def test_a_newer_choice_for_others_opens_nothing_again(policy: str, theirs: Any, others: Any) -> None:
    before = consent(policy, {"type": "deny", "purpose": [BTG], "actor": theirs}, dateTime="2026-01-01", id="before")
    after = consent(policy, {"type": "deny", "actor": others}, dateTime="2026-02-01", id="after")
    asked = {"roles": [{"system": ROLE, "code": "ambulance"}]}
    assert closed(before, **asked) == ALL
    assert closed(before, after, **asked) == closed(after, before, **asked) == ALL


def test_a_newer_choice_for_another_purpose_opens_nothing_again() -> None:
    before = consent(provision={"type": "deny", "purpose": [BTG]}, dateTime="2026-01-01", id="before")
    after = consent(provision={"type": "permit", "purpose": [TREAT]}, dateTime="2026-02-01", id="after")
    assert closed(before, after) == ALL
    for_both = consent(provision={"type": "permit", "purpose": [TREAT, BTG]}, dateTime="2026-02-01", id="both")
    assert closed(before, for_both) == set()


UNKNOWN = [{"url": "https://example.org/unknown", "valueBoolean": True}]
ACTIONS = "http://terminology.hl7.org/CodeSystem/consentaction"
GONE, PSY = [actor("Organization/gone")], [label("PSY")]
ODD = {"start": "no date"}


def permits(**elements: Any) -> dict[str, Any]:
    """A choice that permits what it names, without a policy."""
    return consent(provision={"type": "permit", **elements})


def inside(rule: dict[str, Any], policy: str = "OPTOUT") -> dict[str, Any]:
    """A choice with one rule beside its policy."""
    return consent(policy, {"provision": [rule]})


DOUBTFUL = {
    "says neither": consent(),
    "says both": consent("OPTIN") | {"policy": [{"uri": "http://terminology.hl7.org/CodeSystem/v3-ActCode#OPTOUT"}]},
    "opposite policies": consent(policyRule={"coding": [label("OPTIN"), label("OPTOUT")]}),
    "only when": consent(provision={"period": {"start": "2026-01-01"}}),
    "modifier": consent("OPTIN", modifierExtension=UNKNOWN),
    "modifier, permit": permits(modifierExtension=UNKNOWN),
    "modifier, some refused": consent("OPTIN", {"type": "deny", "securityLabel": PSY, "modifierExtension": UNKNOWN}),
    "modifier, nested": inside({"type": "permit", "modifierExtension": UNKNOWN}),
    "modifier, some refused within": inside(
        {"type": "deny", "securityLabel": PSY, "modifierExtension": UNKNOWN}, "OPTIN"
    ),
    "rule not read": inside("not a rule", "OPTIN"),  # type: ignore[arg-type]
    "element not known": permits(**{"where": "here"}),
    "type not known": consent("OPTIN", {"type": "allow"}),
    "action not known": permits(action=[concept(ACTIONS, "peek")]),
    "action not known, nested": inside({"type": "permit", "action": [concept(ACTIONS, "peek")]}),
    "action only words": permits(action=[{"text": "look"}]),
    "another action": permits(action=[concept(ACTIONS, "disclose")]),
    "another action refused": consent(provision={"type": "deny", "action": [concept(ACTIONS, "disclose")]}),
    "purpose not known": permits(purpose=[purpose("NO-SUCH")]),
    "purpose not known, nested": inside({"type": "permit", "purpose": [purpose("NO-SUCH")]}),
    "purpose of another list": permits(purpose=[{"system": "urn:mine", "code": "BTG"}]),
    "nobody known": permits(actor=GONE),
    "nobody known, nested": inside({"type": "permit", "actor": GONE}),
    "nobody known refused": inside({"type": "deny", "actor": GONE}, "OPTIN"),
    "not an actor": permits(actor=["crew"]),
    "label not known": permits(securityLabel=[label("NO-SUCH")]),
    "kind not known": permits(**{"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Obsevration"}]}),
    "code only words": permits(code=[{"text": "all"}]),
    "time not read": permits(period=ODD),
    "time not read, with a policy": consent("OPTIN", {"period": ODD}),
    "time not read, nested": inside({"type": "permit", "period": ODD}),
    "time of data not read": permits(dataPeriod=ODD),
    "time of data not known": permits(dataPeriod={"start": "2020"}),
    "record not read": permits(data=[{"meaning": "nearby", "reference": {"reference": "Observation/plain"}}]),
    "another record": permits(data=[{"meaning": "instance", "reference": {"reference": "Observation/other"}}]),
    "another label": permits(securityLabel=[label("SOC")]),
    "another kind": inside(
        {"type": "permit", "class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}]}
    ),
    "refuses all": consent(provision={"type": "deny"}),
    "refuses by policy": consent("OPTOUT"),
}


@pytest.mark.parametrize("after", DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_newer_choice_that_does_not_surely_permit_the_record_opens_nothing_again(after: Any) -> None:
    before = consent(provision={"type": "deny", "purpose": [BTG]}, dateTime="2026-01-01", id="before")
    after = after | {"dateTime": "2026-02-01", "id": "after"}
    assert closed(before, after) == closed(after, before) == ALL


def test_a_newer_choice_opens_again_just_what_it_permits() -> None:
    before = consent(provision={"type": "deny", "purpose": [BTG]}, dateTime="2026-01-01", id="before")
    for some in (permits(securityLabel=PSY), inside({"type": "permit", "securityLabel": PSY})):
        assert closed(before, some | {"dateTime": "2026-02-01", "id": "some"}) == ALL - {"mental"}
    but = inside({"type": "deny", "securityLabel": PSY}, "OPTIN") | {"dateTime": "2026-02-01", "id": "but"}
    assert closed(before, but) == closed(but, before) == {"mental"}


def test_a_permission_in_a_refusal_of_emergencies_opens_only_where_the_choice_permits() -> None:
    before = consent(provision={"type": "deny", "purpose": [BTG]}, dateTime="2026-01-01", id="before")
    within = {"type": "deny", "purpose": [BTG], "provision": [{"type": "permit", "securityLabel": PSY}]}
    after = inside(within, "OPTIN") | {"dateTime": "2026-02-01", "id": "after"}
    assert closed(after) == closed(before, after) == ALL - {"mental"}
    for odd in ({"modifierExtension": UNKNOWN}, {"provision": {"period": ODD, "provision": [within]}}):
        assert closed(after | odd) == closed(before, after | odd) == ALL


def test_a_newer_refusal_opens_nothing_again() -> None:
    before = consent(provision={"type": "deny", "purpose": [BTG]}, dateTime="2026-01-01", id="before")
    some = consent(provision={"type": "deny", "securityLabel": PSY}, dateTime="2026-02-01", id="some")
    assert closed(before, some) == closed(some, before) == ALL


def test_a_choice_of_no_certain_date_opens_nothing_that_is_not_surely_older() -> None:
    before = consent(provision={"type": "deny", "purpose": [BTG]}, dateTime="2026-01-01", id="before")
    between = permits(securityLabel=PSY) | {"dateTime": "2026-02-01", "id": "some"}
    undated = consent("OPTIN", dateTime="no date", id="undated")
    assert closed(before, between, undated) == closed(undated, between, before) == ALL - {"mental"}


def test_a_choice_for_a_time_that_cannot_be_read_closes_only_what_it_names() -> None:
    odd = {"period": {"start": "no date"}}
    assert closed(consent("OPTIN", {"type": "permit"} | odd)) == set()
    assert closed(consent(provision={"type": "deny", "purpose": [BTG]} | odd)) == ALL


def test_one_that_is_over_or_not_active_closes_nothing() -> None:
    over = {"type": "deny", "purpose": [BTG], "period": {"end": "2026-01-01"}}
    assert closed(consent(provision=over)) == set()
    assert closed(consent(provision={"type": "deny", "purpose": [BTG]}, status="inactive")) == set()


def test_what_cannot_be_read_at_all_refuses_but_does_not_close_emergencies() -> None:
    assert emergency_view(unreadable("Consent 1", "cannot be read")) is None
    assert emergency_views([unreadable("Consent 1", "cannot be read")]) == ()


BOTH = {"policyRule": {"coding": [label("OPTIN"), label("OPTOUT")]}}


def test_a_permission_beside_a_policy_of_yes_and_no_permits_nothing_and_closes_nothing() -> None:
    for_crews = {"type": "permit", "purpose": [BTG], "actor": CREW}
    both = consent(provision=for_crews, **BOTH)
    assert closed(both) == set(), "nobody has said that emergencies are closed"
    before = consent(provision={"type": "deny", "purpose": [BTG], "actor": CREW}, dateTime="2026-01-01", id="before")
    assert closed(before, both | {"dateTime": "2026-02-01", "id": "both"}) == ALL
    some = for_crews | {"provision": [{"type": "deny", "securityLabel": PSY}]}
    assert closed(consent(provision=some, **BOTH)) == {"mental"}, "a refusal in it is one"


@pytest.mark.parametrize("policy", [BOTH, {}], ids=["yes and no", "neither"])
@pytest.mark.parametrize("said", [{"type": "deny"}, {}], ids=["a refusal", "untyped"])
def test_what_says_yes_and_no_or_neither_closes_what_it_names_unless_it_names_it_to_permit(
    policy: dict[str, Any], said: dict[str, Any]
) -> None:
    assert closed(consent(provision=said | {"purpose": [BTG], "securityLabel": PSY}, **policy)) == {"mental"}


@pytest.mark.parametrize("policy", ["OPTIN", "OPTOUT", ""])
def test_a_view_keeps_no_rule_of_a_consent_that_closes_nothing(policy: str) -> None:
    view = emergency_view(read_consent(consent(policy, {"type": "permit", "purpose": [BTG]})))
    assert view is not None
    assert view.root.provisions == ()
    assert view.patient == read_consent(consent(policy)).patient
    assert ME in (view.patient.names if view.patient else ())


def test_what_is_closed_is_closed_while_the_choice_lasts_and_by_one_who_says_neither_yes_nor_no() -> None:
    over = {"end": "2026-01-01"}
    assert closed(consent(provision={"type": "deny", "purpose": [BTG], "period": over})) == set()
    inner = {"type": "deny", "purpose": [BTG]}
    assert closed(consent(provision={"period": over, "provision": [inner]})) == set()
    assert closed(consent(provision={"provision": [inner]})) == ALL


def test_a_bare_root_under_no_closes_nothing_and_a_permission_in_a_refusal_stays_open() -> None:
    within = {"type": "permit", "securityLabel": [label("PSY")]}
    refused = {"type": "deny", "purpose": [BTG], "provision": [within]}
    assert closed(consent("OPTIN", {"provision": [refused]})) == {"plain", "sexual"}
    untyped = {"purpose": [BTG], "securityLabel": [label("PSY")]}
    assert closed(consent("OPTOUT", {"provision": [{"provision": [untyped]}]})) == {"mental"}


def test_what_is_not_understood_of_a_refusal_refuses_and_of_a_permission_in_it_does_not_open() -> None:
    unknown = [{"url": "https://example.org/unknown", "valueBoolean": True}]
    within = {"type": "permit", "securityLabel": [label("PSY")], "modifierExtension": unknown}
    assert closed(consent("OPTIN", {"type": "deny", "purpose": [BTG], "provision": [within]})) == ALL
    above = {"modifierExtension": unknown, "type": "permit", "provision": [{"type": "deny", "purpose": [BTG]}]}
    assert closed(consent("OPTIN", above)) == ALL
    known = {"type": "permit", "securityLabel": [label("PSY")]}
    refused = {"type": "deny", "purpose": [BTG], "provision": [known]}
    assert closed(consent("OPTIN", refused)) == {"plain", "sexual"}
    assert closed(consent("OPTIN", refused | {"modifierExtension": unknown})) == ALL
    around = {"type": "deny", "purpose": [TREAT], "modifierExtension": unknown, "provision": [refused]}
    assert closed(consent("OPTIN", around)) == ALL


def test_a_purpose_of_another_list_may_be_an_emergency_and_a_known_one_that_is_none_is_not() -> None:
    other = {"system": "urn:purposes", "code": "TREAT"}
    assert closed(consent("OPTIN", {"type": "deny", "purpose": [other]})) == ALL
    assert closed(consent("OPTIN", {"type": "deny", "purpose": [TREAT], "securityLabel": [label("PSY")]})) == set()


def test_a_newer_choice_that_is_over_does_not_open_what_an_older_one_closed() -> None:
    older = consent("OPTIN", {"type": "deny", "purpose": [BTG]}, id="older", dateTime="2025-01-01")
    over = consent("OPTIN", {"period": {"end": "2026-02-01"}}, id="over")
    assert closed(older, over) == ALL


def test_of_a_choice_in_doubt_only_its_refusals_of_emergencies_close_anything() -> None:
    inner = {"type": "deny", "purpose": [BTG], "securityLabel": [label("PSY")]}
    unknown = [{"url": "https://example.org/unknown", "valueBoolean": True}]
    assert closed(consent("OPTIN", inner, modifierExtension=unknown)) == {"mental"}
    assert closed(consent(provision={"provision": [inner]})) == {"mental"}


def test_what_an_old_consent_names_is_closed_where_its_policy_cannot_be_read() -> None:
    """STU3, opted in beside a policy that is malformed: what is named for emergencies may be a refusal."""
    treat = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "ETREAT"}
    tree = {
        "resourceType": "Consent",
        "status": "active",
        "patient": {"reference": "Patient/p"},
        "policyRule": "http://hl7.org/fhir/ConsentPolicy/opt-in",
        "policy": [{"uri": 7}],
        "purpose": [treat],
        "except": [{"type": "deny", "purpose": [treat]}],
    }
    seen = emergency_view(read_consent(tree))
    assert seen is not None
    assert seen.root.type == "deny"
    assert [one.code for one in seen.root.purposes or () if one] == ["ETREAT"]
