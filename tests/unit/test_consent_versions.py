"""What the reading of a Consent makes of each shape: its rules, and where it says that something is not understood."""

from __future__ import annotations

from typing import Any

import pytest

from consent.consents import Consent, Provision, read_consent
from consent.plain_consents import BY_KIND

Tree = dict[str, Any]
ME: Tree = {"reference": "Patient/me"}
ROLE: Tree = {"coding": [{"system": "https://example.org/role", "code": "nurse"}]}
CLINIC: Tree = {"reference": "Organization/clinic"}
OPTIN: Tree = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"}]}
EARLIER: Tree = {"except": [{"type": "deny"}], "policyRule": "http://hl7.org/fhir/ConsentPolicy/opt-in"}


def read(**elements: Any) -> Consent:
    return read_consent({"resourceType": "Consent", "id": "c", "status": "active", "patient": ME, **elements}, 0)


def inner(rule: Any) -> Provision:
    """A rule within a root that permits."""
    (found,) = read(provision={"type": "permit", "provision": [rule]}).root.provisions
    return found


def paths(consent: Consent) -> set[str]:
    return {problem.path for problem in consent.problems}


@pytest.mark.parametrize(
    ("reference", "role", "nobody"),
    [
        ({"extension": [{"url": BY_KIND}]}, ROLE, True),
        ({"extension": [{"url": BY_KIND}], "display": "Nurses"}, ROLE, True),
        ({"extension": ["x", {"url": "https://example.org/other"}, {"url": BY_KIND}]}, ROLE, True),
        ({"extension": [{"url": "https://example.org/other"}]}, ROLE, False),
        ({"extension": {"url": BY_KIND}}, ROLE, False),
        ({"display": "Nurses"}, ROLE, False),
        ({"extension": [{"url": BY_KIND}]}, None, False),
        ([BY_KIND], ROLE, False),
    ],
)
def test_a_kind_of_worker_is_meant_only_where_it_is_said_that_nobody_is_named(
    reference: Any, role: Tree | None, nobody: bool
) -> None:
    actor = {"reference": reference} | ({"role": role} if role else {})
    (read_as,) = inner({"type": "permit", "actor": [actor]}).actors or ()
    assert (read_as is not None and read_as.who is None) == nobody
    assert nobody or read_as is None


def test_somebody_named_beside_the_mark_is_who_is_meant() -> None:
    actor = {"role": ROLE, "reference": CLINIC | {"extension": [{"url": BY_KIND}]}}
    (read_as,) = inner({"type": "permit", "actor": [actor]}).actors or ()
    assert read_as is not None
    assert read_as.who is not None


def test_what_is_no_rule_is_a_refusal_that_is_not_understood() -> None:
    found = inner("x")
    assert (found.path, found.type, found.doubts) == ("provision.provision[0]", "deny", ("rule",))


@pytest.mark.parametrize(("levels", "understood"), [(150, True), (151, False)])
def test_rules_are_read_to_a_depth(levels: int, understood: bool) -> None:
    rule: Tree = {"type": "permit"}
    for _ in range(levels - 1):
        rule = {"type": "permit", "provision": [rule]}
    found = inner(rule)
    while found.provisions:
        (found,) = found.provisions
    assert (found.type, found.doubts) == (("permit", ()) if understood else ("deny", ("depth",)))
    assert found.path.count("[") == levels


@pytest.mark.parametrize(
    ("name", "known"),
    [("strange", False), ("type_", False), ("id", True), ("_id", True), ("_purpose", True), ("xtype", False)],
)
def test_an_element_that_is_not_known_may_be_a_condition(name: str, known: bool) -> None:
    assert inner({"type": "permit", name: []}).doubts == (() if known else (name,))


@pytest.mark.parametrize("said", ["maybe", 1, ["permit"]])
def test_a_type_that_cannot_be_read_refuses(said: Any) -> None:
    found = inner({"type": said})
    assert (found.type, found.doubts) == ("deny", ("type",))
    assert "decision" in read(decision=said, subject=ME).root.doubts


def test_of_stu3_an_exception_without_type_refuses_and_a_rule_of_a_later_version_is_a_doubt() -> None:
    (found,) = read(**EARLIER | {"except": [{}]}).root.provisions
    assert (found.type, found.path) == ("deny", "except[0]")
    consent = read(**EARLIER, provision={"type": "permit"})
    assert [(one.path, one.type, one.doubts) for one in consent.root.provisions] == [
        ("except[0]", "deny", ()),
        ("provision", "deny", ("provision",)),
    ]
    assert "provision" in paths(consent)
    assert read(**EARLIER, modifierExtension=[{"url": "https://example.org/x"}]).root.doubts == ("modifierExtension",)


def test_of_r5_whom_a_refusal_is_made_to_binds_nobody_and_its_exceptions_them() -> None:
    rules = [{"purpose": []}, {"actor": [{"role": ROLE}]}]
    refusal = read(decision="deny", grantee=[CLINIC], provision=rules)
    assert refusal.root.actors is None
    first, second = refusal.root.provisions
    assert [one.who for one in first.actors or () if one] != []
    assert [one.who for one in second.actors or () if one] == [None]
    permission = read(decision="permit", grantee=[CLINIC, "x"], provision=rules)
    assert [one is None for one in permission.root.actors or ()] == [False, True]
    assert permission.root.provisions[0].actors is None
    assert "grantee" in paths(permission)


def test_of_r5_a_decision_against_its_policy_is_neither() -> None:
    found = read(decision="deny", policyRule=OPTIN)
    assert (found.root.type, found.root.doubts, "decision" in paths(found)) == (None, ("decision",), True)
    agrees = read(decision="permit", policyRule=OPTIN)
    assert (agrees.root.type, agrees.root.doubts, agrees.root.path, agrees.problems) == ("permit", (), "decision", ())


def test_a_list_of_rules_has_a_type_each_only_beside_a_policy_of_r4() -> None:
    assert [one.type for one in read(policyRule=OPTIN, provision=[{}, {"type": "permit"}]).root.provisions] == [
        "deny",
        "permit",
    ]
    assert [one.type for one in read(decision="permit", provision=[{}]).root.provisions] == [None]
    assert "period" in paths(read(decision="permit", period="x"))
    assert "decision" not in paths(read(subject=ME))


def test_only_a_policy_of_its_own_code_system_is_one_and_two_ways_to_say_it_are_read_together() -> None:
    assert read(policyRule=OPTIN).base == "permit"
    assert read(policyRule={"coding": [{"system": "https://example.org/x", "code": "OPTIN"}]}).base is None
    unknown = {"uri": "https://example.org/x"}
    other = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "INFA"}
    assert read(policyRule={"coding": [other, *OPTIN["coding"]]}, policy=[unknown]).base == "permit"
    assert read(**EARLIER | {"policyRule": "https://example.org/x"}, policy=[unknown]).usable is False
    stated = {"uri": "http://hl7.org/fhir/ConsentPolicy/opt-in"}
    assert read(policyRule="https://example.org/x", policy=[stated]).base == "permit"
    both = read(policy=[{"uri": "http://hl7.org/fhir/ConsentPolicy/opt-out"}], **EARLIER)
    assert (both.base, both.usable, "policyRule" in paths(both)) == ("deny", False, True)


def test_the_day_of_a_consent_is_read_as_r5_writes_it_and_a_number_is_none() -> None:
    assert read(date="2026-02-01").date == read(dateTime="2026-02-01").date != read().date
    assert "dateTime" in paths(read(dateTime=2026))


def test_kinds_of_documents_are_an_element_and_a_record_with_an_unknown_part_is_not_named() -> None:
    kind = {"system": "https://example.org/kinds", "code": "letter"}
    assert [one and one.code for one in inner({"type": "deny", "documentType": [kind]}).documents or ()] == ["letter"]
    record = {"meaning": "instance", "reference": {"reference": "Observation/o"}}
    assert inner({"type": "permit", "data": [record, record | {"modifierExtension": []}]}).data[1:] == (None,)  # type: ignore[index]


@pytest.mark.parametrize(
    ("elements", "path"),
    [
        ({"subject": ME}, "decision"),
        ({"consentingParty": [ME]}, "consent"),
        ({"except": [], "provision": {}}, "consent"),
        ({"except": []}, "consent"),
        ({"period": {}}, "consent"),
        ({"period": {}, "scope": ROLE}, "provision"),
        ({"provision": {}, "data": []}, "provision"),
    ],
)
def test_a_version_is_told_by_what_only_it_has(elements: Tree, path: str) -> None:
    assert read(**elements).root.path == path


def test_what_is_contained_is_known_with_or_without_the_mark_of_its_reference() -> None:
    inner_ones = [{"resourceType": "Group", "id": "#a#"}, {"resourceType": "Group", "id": "Xb"}]
    assert set(read(contained=inner_ones).contained) == {"0#a#", "0#Xb"}


@pytest.mark.parametrize(
    "status", ["draft", "proposed", "rejected", "inactive", "entered-in-error", "not-done", "unknown"]
)
def test_every_status_of_the_three_versions_is_known(status: str) -> None:
    found = read(status=status, provision={"type": "permit"})
    assert (found.status, found.doubtful, paths(found)) == (status, False, set())


@pytest.mark.parametrize("status", ["activ", "", 1, ["active"], {"value": "active"}, None])
def test_a_status_that_is_none_is_told_as_that(status: Any) -> None:
    found = read(status=status, provision={"type": "permit"})
    assert (found.status, found.doubtful, paths(found)) == ("", True, {"status"})


def test_whom_it_is_about_is_the_patient_before_the_subject() -> None:
    other = {"reference": "Patient/other"}
    both, alone = (
        read(subject=other),
        read_consent({"resourceType": "Consent", "status": "active", "subject": other}, 0),
    )
    assert both.patient == read().patient
    assert alone.patient is not None
    assert alone.patient != both.patient


def test_who_gave_it_stands_under_one_name_a_version_the_later_first() -> None:
    names = ("grantor", "performer", "consentingParty")
    people = {name: [{"reference": f"RelatedPerson/{name}"}] for name in names}
    alone = [read(**{name: people[name]}).grantors for name in names]
    assert len(set(alone)) == 3
    assert all(alone)
    assert read(**people).grantors == alone[0]
    assert read(performer=people["performer"], consentingParty=people["consentingParty"]).grantors == alone[1]
