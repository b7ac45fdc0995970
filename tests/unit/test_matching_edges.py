"""One element of a rule against one record or request, at its edges, as whoever wrote that rule would expect."""

from __future__ import annotations

from typing import Any

import pytest
from consent_kit import (
    ORGANISATIONS,
    THO,
    A,
    B,
    Tree,
    actor,
    answer,
    by_role,
    chosen,
    concept,
    consent,
    decided,
    kind,
    label,
    named,
    purpose,
    record,
    ref,
    request,
    sees,
)
from gatekit import SURGERY, entry
from gatekit import request as asked
from test_matching_lists import KEPT, VALUES, rule

from consent.labels import LabelledEntry
from consent.naming import CATEGORY, ORGANISATION
from fhir.entries import Code

OTHER = "urn:example:labels"


@pytest.mark.parametrize("element", ["purpose", "action", "class", "code", "data", "label"])
def test_what_cannot_be_read_takes_nothing_from_a_value_beside_it_that_matches(element: str) -> None:
    name, ours, _ = VALUES[element]
    for values in ((ours, 7), (7, ours)):
        assert sees(consent("OPTOUT", rule("permit", name, *values)), A, KEPT) == {"x"}, values


@pytest.mark.parametrize("element", ["period", "dataPeriod"])
def test_a_time_that_cannot_be_read_spoils_its_own_rule_only(element: str) -> None:
    doubtful = {"type": "deny", "actor": [actor(B)], element: {"start": "soon"}}
    told = consent("OPTIN", {"provision": [doubtful]})
    assert sees(told, A, KEPT) == {"x"}
    assert sees(told, B, KEPT) == set()
    flags = {"type": "deny", "class": [kind("Flag")], element: {"start": "soon"}}
    assert sees(consent("OPTIN", {"provision": [flags]}), A, KEPT, record("flag", "N", type_="Flag")) == {"x"}


@pytest.mark.parametrize("element", ["period", "dataPeriod"])
def test_a_rule_inside_may_say_again_what_could_not_be_read_around_it(element: str) -> None:
    inner = {"type": "permit", element: {"start": "2025", "end": "2027"}}
    told = consent("OPTIN", {"provision": [{"type": "deny", element: {"start": "soon"}, "provision": [inner]}]})
    assert sees(told, A, KEPT) == {"x"}
    older = record("y", "N", effectiveDateTime="2024")
    assert sees(told, A, KEPT, older) == ({"x", "y"} if element == "period" else {"x"})


def test_what_is_asked_for_several_purposes_must_be_permitted_for_each_and_refused_for_none() -> None:
    for purposes in (["TREAT", "HRESCH"], ["HRESCH", "TREAT"]):
        permitted = rule("permit", "purpose", purpose("TREAT"))
        assert sees(consent("OPTOUT", permitted), A, KEPT, purposes=purposes) == set()
        refused = rule("deny", "purpose", purpose("HRESCH"))
        assert sees(consent("OPTIN", refused), A, KEPT, purposes=purposes) == set()
    both = rule("permit", "purpose", purpose("TREAT"), purpose("HRESCH"))
    assert sees(consent("OPTOUT", both), A, KEPT, purposes=["TREAT", "HRESCH"]) == {"x"}
    unknown = rule("permit", "purpose", purpose("TREAT"), purpose("XYZ"))
    assert sees(consent("OPTOUT", unknown), A, KEPT) == {"x"}


# -- who asks for what somebody else holds


OF_A, OF_B = (record(name, "N", performer=[ref(f"Organization/{name}")]) for name in "ab")
BOTH = [actor(A), actor(B, "CST")]


@pytest.mark.parametrize(
    ("actors", "by_a", "by_b"),
    [
        (BOTH, {"b"}, set()),
        ([actor(A)], {"a", "b"}, set()),
        ([actor(B, "CST")], {"b"}, {"b"}),
        ([actor(A), actor(A, "AUT"), actor(B, "CST")], {"a", "b"}, set()),
        ([actor(A), actor(B, "CST"), actor(A, "AUT")], {"a", "b"}, set()),
        ([{"role": concept(THO + "v3-ParticipationType", "CST")}, actor(B, "CST")], {"b"}, {"b"}),
        ([actor("Organization/nobody"), actor(B, "CST")], set(), set()),
    ],
)
def test_a_permission_is_for_who_asks_of_what_the_other_holds(actors: Any, by_a: set[str], by_b: set[str]) -> None:
    told = consent("OPTOUT", {"type": "permit", "actor": actors})
    assert sees(told, A, OF_A, OF_B) == by_a
    assert sees(told, B, OF_A, OF_B) == by_b


@pytest.mark.parametrize(
    ("actors", "by_a", "by_b"),
    [
        (BOTH, {"a"}, {"a", "b"}),
        ([actor(B, "CST")], {"a"}, {"a"}),
        ([actor("Organization/nobody"), actor(B, "CST")], {"a"}, {"a"}),
        ([{"role": concept(THO + "v3-ParticipationType", "CST")}], set(), set()),
    ],
)
def test_a_refusal_too(actors: Any, by_a: set[str], by_b: set[str]) -> None:
    told = consent("OPTIN", {"type": "deny", "actor": actors})
    assert sees(told, A, OF_A, OF_B) == by_a
    assert sees(told, B, OF_A, OF_B) == by_b


def test_a_rule_inside_may_be_for_somebody_else_than_the_rule_around_it() -> None:
    inner = {"type": "permit", "actor": [actor(B)]}
    told = consent("OPTOUT", {"type": "permit", "actor": BOTH, "provision": [inner]})
    assert sees(told, B, OF_A, OF_B) == {"a", "b"}


@pytest.mark.parametrize(("who", "overall"), [("Organization/nobody", "deny"), (A, "permit"), (B, "deny")])
def test_before_any_record_is_looked_at_only_those_who_are_meant_are_permitted_some(who: str, overall: str) -> None:
    told = consent("OPTOUT", {"type": "permit", "actor": [actor(who), actor(B, "CST")]})
    assert answer(told, request(A), [OF_B], ORGANISATIONS).overall == overall


def test_a_refusal_that_names_a_team_and_whose_records_binds_it_for_what_it_wrote() -> None:
    ours = SURGERY.name
    held = {**named(ORGANISATION, "Ward"), "role": concept(THO + "v3-ParticipationType", "CST")}
    told = chosen(consent("OPTIN", {"type": "deny", "actor": [named(ORGANISATION, ours), held]}))
    assert decided(asked("gp", organisation=ours), told) == "withhold", "who holds it is not known: it may be the ward"
    led = chosen(
        consent("OPTIN", {"type": "deny", "data": [{"meaning": "related", "reference": ref("Composition/1")}]})
    )
    assert decided(asked("gp", organisation=ours), led) == "withhold"


def test_whom_a_permission_beside_yes_and_no_names_it_does_not_refuse_by_name() -> None:
    ours, both = SURGERY.name, {"policyRule": {"coding": [label("OPTIN"), label("OPTOUT")]}}
    for said, effect in (("permit", "permit"), ("deny", "withhold")):
        told = chosen(consent(provision={"type": said, "actor": [named(ORGANISATION, ours)]}, **both))
        assert decided(asked("gp", organisation=ours), told) == effect, "what the team wrote itself"
        assert decided(asked("gp", organisation="Elsewhere"), told) == "withhold"


def test_a_rule_without_a_type_permits_only_those_whom_it_names() -> None:
    """Under a policy of no it is meant to permit; without a name it stays a refusal."""
    doctor = {"role": concept("urn:roles", "doctor")}
    asks = {"roles": [{"system": "urn:roles", "code": "doctor"}]}
    assert sees(consent("OPTOUT", {"actor": [actor(A)]}), A, KEPT) == {"x"}
    for others in ([doctor], [actor(A, "CST")], [7], [7, doctor]):
        assert sees(consent("OPTOUT", {"actor": others}), A, KEPT, **asks) == set()
    inner = {"type": "permit", "actor": [actor(A)]}
    for others in ([doctor], [7], [7, doctor]):
        assert sees(consent("OPTOUT", {"actor": others, "provision": [inner]}), A, KEPT, **asks) == {"x"}


# -- kinds of worker


DOCTOR, NURSE = ({"system": "urn:roles", "code": code} for code in ("doctor", "nurse"))


@pytest.mark.parametrize(
    ("role", "roles", "refused", "permitted"),
    [
        (concept("urn:roles", "doctor"), [DOCTOR], True, True),
        (concept("urn:roles", "doctor"), [NURSE], False, False),
        (concept("urn:roles", "doctor"), [NURSE, DOCTOR], True, True),
        (concept("urn:roles", "doctor"), [], True, False),
        (concept(THO + "v3-ParticipationType", "PRCP"), [NURSE], True, False),
        (
            {
                "coding": [
                    *concept("urn:roles", "doctor")["coding"],
                    *concept(THO + "v3-ParticipationType", "PRCP")["coding"],
                ]
            },
            [NURSE],
            True,
            False,
        ),
    ],
)
def test_a_kind_of_worker_is_compared_with_what_the_requester_is(
    role: Tree, roles: list[Tree], refused: bool, permitted: bool
) -> None:
    no, yes = (
        consent("OPTIN", {"type": "deny", "actor": [{"role": role}]}),
        consent("OPTOUT", {"type": "permit", "actor": [{"role": role}]}),
    )
    assert (sees(no, A, KEPT, roles=roles) == set()) is refused
    assert (sees(yes, A, KEPT, roles=roles) == {"x"}) is permitted


def test_a_kind_of_worker_of_this_product_binds_no_other_kind() -> None:
    told = chosen(consent("OPTIN", {"type": "deny", "actor": [by_role("nurse")]}))
    assert [decided(asked(role), told) for role in ("nurse", "gp")] == ["withhold", "permit"]
    foreign = {"role": concept("urn:roles", "doctor")}
    assert decided(asked("gp"), chosen(consent("OPTIN", {"type": "deny", "actor": [foreign]}))) == "withhold"


# -- labels


def covered(wanted: Any, *have: Any) -> tuple[bool, bool]:
    """Whether a permission and a refusal of these labels reach a record that has those."""
    one = record("x")
    if have:
        one["meta"] = {"security": [label(code) if isinstance(code, str) else code for code in have]}
    labels = [label(code) if isinstance(code, str) else code for code in wanted]
    yes = consent("OPTOUT", {"type": "permit", "actor": [actor(A)], "securityLabel": labels})
    no = consent("OPTIN", {"type": "deny", "actor": [actor(A)], "securityLabel": labels})
    return sees(yes, A, one) == {"x"}, sees(no, A, one) == set()


EVERYDAY = {"system": CATEGORY, "code": "general"}
MINE, YOURS = ({"system": OTHER, "code": code} for code in ("mine", "yours"))


@pytest.mark.parametrize(
    ("wanted", "have", "permits", "refuses"),
    [
        # a permission of a level reaches what is less confidential, a refusal what is more
        (["L"], ["U"], True, False),
        (["L"], ["L"], True, True),
        (["L"], ["M"], False, True),
        (["U"], ["U"], True, True),
        (["U"], ["L"], False, True),
        (["R"], ["N"], True, False),
        (["R"], ["V"], False, True),
        (["L", "R"], ["M"], True, True),
        # a refusal of what is usual refuses all that has a level
        (["N"], ["U"], True, True),
        (["N"], ["L"], True, True),
        (["N"], ["V"], False, True),
        (["R", "N"], ["U"], True, True),
        # a label without a level is none of these
        (["L"], ["PSY"], False, False),
        (["N"], ["PSY"], False, False),
        # a permission must cover what is said of it and how confidential it is
        (["PSY"], ["PSY"], True, True),
        (["PSY"], ["PSY", "N"], True, True),
        (["N"], ["PSY", "N"], False, True),
        (["N", "PSY"], ["PSY", "N"], True, True),
        (["N", "PSY"], ["PSY", "R"], False, True),
        (["N", "PSY"], ["PSY"], True, True),
        (["U", "PSY"], ["PSY", "L"], False, True),
        (["U", "PSY"], ["PSY", "U"], True, True),
        (["PSY"], ["PSY", "SEX"], False, True),
        # wider groups: a refusal reaches them, a permission some
        (["SUD"], ["ETHUD"], True, True),
        (["PSY"], ["PSYTHPN"], False, True),
        (["MH"], ["PSY"], False, True),
        (["ETH"], ["SUD"], False, True),
        (["PSY"], ["SEX"], False, False),
        # everyday health: nothing but how confidential, and not more than usual
        ([EVERYDAY], ["U"], True, True),
        ([EVERYDAY], ["L"], True, True),
        ([EVERYDAY], ["N"], True, True),
        ([EVERYDAY], ["R"], False, True),
        ([EVERYDAY], ["N", "PSY"], False, False),
        ([EVERYDAY], ["PSY"], False, False),
        ([EVERYDAY, "L"], ["N"], True, True),
        ([EVERYDAY, "L"], ["R"], False, True),
        # a label that nobody here understands
        ([MINE], [MINE], True, True),
        ([MINE], [YOURS], False, True),
        ([MINE, "N"], ["N"], True, True),
        ([MINE, "R"], ["V"], False, True),
        (["N"], [MINE], False, True),
        ([EVERYDAY], ["N", MINE], False, True),
        ([MINE], [], False, True),
    ],
)  # fmt: skip
def test_labels(wanted: Any, have: Any, permits: bool, refuses: bool) -> None:
    assert covered(wanted, *have) == (permits, refuses)


@pytest.mark.parametrize(
    ("wanted", "categories", "permits", "refuses"),
    [
        ([label("PSY")], ("mental-health",), True, True),
        ([label("PSY")], ("money",), False, False),
        ([label("PSY")], ("mental-health", "money"), False, True),
        ([{"system": CATEGORY, "code": "money"}], ("money",), True, True),
        ([EVERYDAY], ("general",), True, True),
        ([EVERYDAY], ("money",), False, False),
        ([EVERYDAY, {"system": CATEGORY, "code": "money"}], ("money",), True, True),
    ],
)
def test_what_labelling_found_counts_as_the_label_that_stands_for_it(
    wanted: Any, categories: tuple[str, ...], permits: bool, refuses: bool
) -> None:
    usual = Code("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "N")
    for labels in ((), (usual,)):
        one = LabelledEntry(entry("Condition/1", labels=labels), categories)
        yes = chosen(consent("OPTOUT", {"type": "permit", "securityLabel": wanted}))
        no = chosen(consent("OPTIN", {"type": "deny", "securityLabel": wanted}))
        assert (decided(asked("gp"), yes, one) == "permit") is permits
        assert (decided(asked("gp"), no, one) == "withhold") is refuses


def test_a_profile_is_known_with_and_without_its_version() -> None:
    address = "https://example.org/StructureDefinition/Weight"
    for claimed in (address, f"{address}|2.0"):
        one = record("x", "N", meta={"profile": [claimed], "security": [label("N")]})
        for code, seen in ((address, {"x"}), (f"{address}|1.0", {"x"}), (f"{address}/2", set())):
            told = consent("OPTOUT", rule("permit", "class", {"system": "urn:ietf:rfc:3986", "code": code}))
            assert sees(told, A, one) == seen
    assert sees(consent("OPTOUT", rule("permit", "class", kind("Flag"))), A, KEPT) == set()
