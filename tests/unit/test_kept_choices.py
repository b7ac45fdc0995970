"""Choices as a vault keeps them: whose word an act is, which Consents count for whom, and what is kept of a file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from consent_kit import actor, consent, record
from gatekit import PERSON, MemoryAct, MemorySigner

from consent.acting import About, link
from consent.choices import (
    Act,
    By,
    KeptConsent,
    SignedBy,
    Team,
    consents_of,
    decode_act,
    encode_act,
    in_force,
    kept_for,
    rules_of,
    unconfirmed,
    verified_acts,
)
from consent.errors import PolicyError
from consent.evidence import decode_evidence
from consent.importing import DocumentEvidence, Signature, consent_id, imported_act
from consent.naming import BASE
from consent.persons_choices import next_change
from consent.proxies import Competence, CourtLimit, Mandate
from consent.statements import Known
from fhir.entries import PersonId
from fhir.reading import read_document

ADA = By("u-ada", "Ada", "person", link(PERSON))
CAT = By("u-cat", "Cat", "gp", "Surgery", custodian=True)
NED = By("u-ned", "Ned", "nurse", "River")
CAT_SIGNED = SignedBy("Cat, gp, Surgery", "2026-01-01T00:00:00Z", "aaaa bbbb")
RIVER = Team("nurse", "River")


def kept(name: str, tree: Any = None) -> KeptConsent:
    return KeptConsent(name, {"resourceType": "Consent", "id": name} if tree is None else tree)


def act(kind: str, by: By, *names: str, ids: tuple[str, ...] = (), **values: Any) -> Act:
    return Act(kind=kind, time="2026-01-01", by=by, consents=tuple(kept(name) for name in names), ids=ids, **values)  # type: ignore[arg-type]


def names(acts: list[Act], team: Team | None = None) -> tuple[set[str], list[set[str]]]:
    """Those that may permit, and the layers that may only refuse."""
    found = in_force(acts, team)
    layers = [{one.consent.id for one in layer} for layer in (found.own, *found.narrowing)]
    assert {one.consent.id for one in found.all()} == set().union(*layers)
    return layers[0], layers[1:]


# -- whose word it is


def stored(said: Act, **values: Any) -> MemoryAct:
    by = said.by
    given = {
        "person": PERSON,
        "rules": encode_act(said),
        "signed_by": by.principal,
        "signer": MemorySigner(by.role, by.organisation, by.custodian),
    }
    return MemoryAct(**(given | values))


@pytest.mark.parametrize("by", [ADA, CAT, NED, By("u-mum", "Mum", "proxy", link(PERSON, "Mum"))])
def test_an_act_is_believed_of_whoever_signed_it(by: By) -> None:
    (found,) = verified_acts([stored(act("set", by, "a"))], lambda: stated(MUMS))
    assert found.about == PERSON
    assert (found.by.principal, found.by.gone) == (by.principal, False)


@pytest.mark.parametrize(
    ("by", "values"),
    [
        (NED, {"signed_by": "u-eve"}),
        (NED, {"signer": MemorySigner("gp", "River", custodian=False)}),
        (NED, {"signer": MemorySigner("nurse", "Elsewhere", custodian=False)}),
        (CAT, {"signer": MemorySigner("gp", "Surgery", custodian=False)}),
        (By("u-ada", "Ada", "person", "Home"), {}),
        (By("u-mum", "Mum", "proxy", link(PersonId("p-2"), "Mum")), {}),
    ],
)
def test_an_act_that_claims_another_than_its_signer_spoils_all(by: By, values: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match="not by whom it says"):
        verified_acts([stored(act("set", CAT, "b")), stored(act("set", by, "a"), **values)])


def test_the_word_of_a_person_counts_for_them_and_for_whom_they_are_joined_with_only() -> None:
    elsewhere = stored(act("set", ADA, "a"), person=PersonId("p-2"))
    with pytest.raises(PolicyError, match="not by whom it says"):
        verified_acts([elsewhere])
    joined = verified_acts([stored(act("set", CAT, "b")), elsewhere])
    assert [one.about for one in joined] == [PERSON, "p-2"]


def test_an_organisation_is_known_by_the_names_it_had_before() -> None:
    renamed = MemorySigner("nurse", "Delta", custodian=False, former=("River",))
    assert verified_acts([stored(act("set", NED, "a"), signer=renamed)])


def test_what_cannot_be_opened_or_read_is_an_error_and_not_nothing() -> None:
    with pytest.raises(PolicyError, match="may not be read"):
        verified_acts([stored(act("set", NED, "a"), rules=None)])
    with pytest.raises(PolicyError, match="cannot be read"):
        verified_acts([stored(act("set", NED, "a"), rules=b"{}")])
    assert decode_act(encode_act(act("set", NED, "a"))) == act("set", NED, "a")


def test_of_someone_who_is_gone_nothing_widens() -> None:
    (found,) = verified_acts([stored(act("set", CAT, "a"), signer=None)])
    assert found.by.gone
    assert not found.by.confirms
    assert names([found]) == (set(), [{"a"}])


# -- what counts


def test_what_is_set_later_replaces_what_was_set_before() -> None:
    assert names([act("set", ADA, "a"), act("set", CAT, "b")]) == ({"b"}, [])
    assert names([act("set", ADA, "a"), act("set", ADA)]) == (set(), [])


def test_what_a_worker_sets_narrows_for_their_own_team_and_counts_for_others() -> None:
    told = [act("set", ADA, "a"), act("set", NED, "n")]
    assert names(told, RIVER) == ({"a"}, [{"n"}])
    assert names(told, Team("nurse", "Delta", ("River",))) == ({"a"}, [{"n"}])
    for other in (None, Team("gp", "River"), Team("nurse", "Elsewhere")):
        assert names(told, other) == ({"n"}, [])
    assert names([act("set", CAT, "c")], Team("gp", "Surgery")) == ({"c"}, [])


def test_an_import_only_narrows_until_it_is_confirmed_and_replaces_nothing() -> None:
    told = [act("set", ADA, "a"), act("import", NED, "x", "y")]
    assert names(told) == ({"a"}, [{"x", "y"}])
    assert {one.id for one in unconfirmed(told)} == {"x", "y"}
    confirmed = [*told, act("confirm", ADA, ids=("x",))]
    assert names(confirmed) == ({"a", "x"}, [{"y"}])
    assert {one.id for one in unconfirmed(confirmed)} == {"y"}
    assert set(consents_of(confirmed)) == {"a", "x", "y"}


def test_a_confirmed_consent_that_comes_with_its_words_counts_as_confirmed_now() -> None:
    told = [act("import", NED, "x"), act("confirm", ADA, "x", "z", ids=("x",)), act("confirm", ADA, "x", ids=("x",))]
    assert names(told) == ({"x", "z"}, [])


def test_only_the_person_a_proxy_or_the_custodian_confirms_or_withdraws() -> None:
    told = [act("import", NED, "x")]
    for by in (NED, By("u-doc", "Doc", "gp", "Surgery"), msgspec.structs.replace(CAT, gone=True)):
        for kind in ("confirm", "withdraw"):
            told = [*told, act(kind, by, ids=("x",))]
    assert names(told) == (set(), [{"x"}])
    assert {one.id for one in unconfirmed(told)} == {"x"}


def test_what_is_withdrawn_is_gone_whether_imported_or_set() -> None:
    told = [act("set", ADA, "a", "b"), act("import", NED, "x", "y"), act("withdraw", ADA, ids=("a", "x", "none"))]
    assert names(told) == ({"b"}, [{"y"}])
    assert {one.id for one in unconfirmed(told)} == {"y"}
    assert names([*told, act("withdraw", CAT, ids=("b", "y"))]) == (set(), [])


def test_a_newer_state_of_an_import_stands_beside_the_older() -> None:
    told = [act("import", NED, "x"), act("import", NED, "x2"), act("import", NED, "x")]
    assert names(told) == (set(), [{"x", "x2"}])
    assert {one.id for one in unconfirmed(told)} == {"x", "x2"}


def test_of_people_who_are_joined_each_ones_choices_count() -> None:
    one = act("set", ADA, "a", about="p-1", known=({"fullName": "Organization/1"},))
    other = act("set", ADA, "b", about="p-2", known=({"fullName": "Organization/2"}, {"fullName": "Organization/1"}))
    worker = act("set", NED, "n", about="p-2")
    assert names([one, other, worker], RIVER) == ({"a", "b"}, [{"n"}])
    known = {told.consent.id: [tree["fullName"] for tree in told.known] for told in in_force([one, other]).own}
    assert known == {"a": ["Organization/1"], "b": ["Organization/2", "Organization/1"]}
    third = act("set", ADA, "c", about="p-3")
    assert names([one, other, third]) == ({"a", "b", "c"}, [])
    assert names([]) == (set(), [])


def test_choices_change_by_themselves_when_a_time_in_them_begins_or_ends() -> None:
    def until(rule: dict[str, Any]) -> datetime | None:
        told = Act(kind="import", time="2026", by=NED, consents=(kept("x", consent("OPTIN", rule)),))
        return next_change([told], datetime(2026, 6, 15, tzinfo=UTC))

    assert until({"type": "deny", "period": {"end": "2026-06"}}) == datetime(2026, 7, 1, tzinfo=UTC)
    inner = {"type": "deny", "period": {"start": "2026-06-20", "end": "2027"}}
    assert until({"type": "permit", "provision": [inner]}) == datetime(2026, 6, 20, tzinfo=UTC)
    today = {"start": "2026-06-15", "end": "2026-06-15"}
    assert until({"type": "deny", "period": today}) == datetime(2026, 6, 16, tzinfo=UTC)
    for never in ({"start": "2026"}, {"end": "2026-05"}, {"end": "soon"}):
        assert until({"type": "deny", "period": never}) is None


# -- what is kept


def test_rules_are_kept_without_the_words_meant_for_people() -> None:
    tree = consent(
        "OPTIN", {"type": "deny", "actor": [{**actor("Organization/a"), "extension": [{"url": BASE + "/x"}]}]}
    )
    loud = tree | {
        "text": {"div": "Sertraline"},
        "extension": [{"url": "urn:elsewhere", "valueString": "Sertraline"}, {"url": "urn:more"}],
        "policyRule": {**tree["policyRule"], "text": "Sertraline"},
        "fhir_comments": ["Sertraline"],
        "patient": {"reference": "Patient/me", "display": "Sertraline"},
    }
    loud["provision"]["purpose"] = [{"code": "TREAT", "display": "Sertraline", "extension": "Sertraline"}]
    before = Act(kind="set", time="2026", by=ADA, consents=(kept("a", loud),), reason="Sertraline")
    found = rules_of(before)
    assert "Sertraline" not in encode_act(found).decode()
    assert found.reason == ""
    bare = found.consents[0].tree
    assert bare["provision"]["actor"][0]["extension"] == [{"url": BASE + "/x"}]
    assert bare["provision"]["purpose"] == [{"code": "TREAT"}]
    assert {name: bare[name] for name in ("status", "dateTime", "scope")} == {
        name: tree[name] for name in ("status", "dateTime", "scope")
    }
    assert before.consents[0].tree["text"]


def test_the_person_has_one_name_in_what_is_kept_wherever_they_stand() -> None:
    us = {"reference": f"Patient/{PERSON}"}
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}
    tree = consent("OPTIN", {"type": "permit", "actor": [actor("Patient/a"), {"reference": {"identifier": number}}]})
    tree["patient"] = {"reference": "Patient/a", "identifier": number, "display": "Ada"}
    tree["performer"] = [{"reference": "Patient/b"}, {"identifier": number, "display": "Ada"}]
    found = kept_for(PERSON, tree)
    assert found["patient"] == us
    assert [one["reference"] for one in found["provision"]["actor"]] == [us, us]
    assert found["performer"] == [{"reference": "Patient/b"}, {**us, "display": "Ada"}]
    assert kept_for(PERSON, found) == found


def test_the_subject_of_a_newer_version_is_the_person_too() -> None:
    found = kept_for(PERSON, {"resourceType": "Consent", "subject": {"reference": "Patient/a"}, "decision": "permit"})
    assert found["subject"] == {"reference": f"Patient/{PERSON}"}
    assert "patient" not in found
    both = {"resourceType": "Consent", "subject": {"reference": "Patient/a"}, "patient": {"reference": "Patient/b"}}
    assert kept_for(PERSON, both) == {"resourceType": "Consent", "patient": {"reference": f"Patient/{PERSON}"}}


@pytest.mark.parametrize("tree", [None, "no", 3, ["a"]])
def test_what_is_no_fhir_object_stays_as_it_is(tree: Any) -> None:
    assert kept_for(PERSON, tree) == tree


def test_one_that_names_nobody_is_kept_for_the_person_of_the_vault() -> None:
    tree = {"resourceType": "Consent", "patient": {"display": "Ada"}, "performer": [{"reference": "Patient/b"}]}
    found = kept_for(PERSON, tree)
    assert found["patient"] == {"reference": f"Patient/{PERSON}"}
    assert found["performer"] == [{"reference": "Patient/b"}]


# -- what a file means


def test_an_import_without_consents_is_no_act() -> None:
    assert imported_act(PERSON, [], {}, by=NED, time="2026") is None


def test_an_imported_act_says_where_each_consent_is_from_and_which_state_it_is() -> None:
    ward = {"resourceType": "Organization", "id": "ward", "name": "Ward"}
    one = consent("OPTIN", {"type": "deny", "actor": [actor("Organization/ward")]}, meta={"lastUpdated": "2026-02-01"})
    found = imported_act(PERSON, [("RX000", one)], {"Organization/ward": ward}, by=NED, time="2026")
    assert found is not None
    assert (found.kind, found.by, found.time) == ("import", NED, "2026")
    (only,) = found.consents
    assert (only.source, only.version) == ("RX000 choice", "2026-02-01")
    assert only.tree["patient"] == {"reference": f"Patient/{PERSON}"}
    assert [tree["fullName"] for tree in found.known] == ["Organization/ward"]


@pytest.mark.parametrize("meta", [None, "x", {}, {"lastUpdated": 3}])
def test_a_consent_without_name_or_version_is_kept_without_them(meta: Any) -> None:
    tree = {**consent("OPTIN"), "id": 3, "meta": meta}
    found = imported_act(PERSON, [("RX000", tree)], {}, by=NED, time="2026")
    assert found is not None
    assert (found.consents[0].source, found.consents[0].version) == ("", "")


def test_equal_consents_of_one_person_have_one_name_and_others_another() -> None:
    tree = consent("OPTIN")
    again = json.loads(json.dumps(tree, sort_keys=True))
    assert consent_id(PERSON, tree) == consent_id(PERSON, again)
    others = {consent_id("p-2", tree), consent_id(PERSON, tree | {"dateTime": "2026-01-02"})}
    assert consent_id(PERSON, tree) not in others
    assert len(others) == 2


def test_the_evidence_of_a_document_tells_whose_medicine_and_whose_word_it_is() -> None:
    records = [
        record("m", type_="MedicationRequest", medicationReference={"reference": "Medication/s"}),
        {"resourceType": "Medication", "id": "s", "code": {"coding": [{"system": "urn:dmd", "code": "321"}]}},
        record("x", performer=[{"reference": "Practitioner/p"}]),
        {"resourceType": "Practitioner", "id": "p"},
        {
            "resourceType": "PractitionerRole",
            "id": "r",
            "practitioner": {"reference": "Practitioner/p"},
            "organization": {"reference": "Organization/o"},
        },
        {"resourceType": "Organization", "id": "o"},
        {
            "resourceType": "Provenance",
            "target": [{"reference": "Observation/y"}],
            "agent": [{"who": {"reference": "Organization/o"}}],
        },
        record("y"),
    ]
    tree = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in records]}
    document = read_document("records.json", "", json.dumps(tree).encode())
    found = DocumentEvidence(document, datetime(2026, 1, 1, tzinfo=UTC))
    told = {one.key: decode_evidence(found.of(one)) for one in document.resources}
    medicine, by_role, by_source = (told[name] for name in ("MedicationRequest/m", "Observation/x", "Observation/y"))
    assert medicine is not None
    assert by_role is not None
    assert by_source is not None
    assert ("urn:dmd", "321") in medicine.principal
    (holder,) = by_role.holders
    assert holder[0] == "Practitioner/p"
    assert {"PractitionerRole/r", "Organization/o"} <= set(holder)
    assert by_source.writers == (("Organization/o",),)
    (observation,) = (one for one in document.resources if one.key == "Observation/x")
    assert found.of(observation) is found.of(observation)


# -- signatures


def taken_in(signature: Signature, *trees: Any) -> list[KeptConsent]:
    found = imported_act(PERSON, [("RX000", tree) for tree in trees], {}, by=NED, time="2026", signature=signature)
    assert found is not None
    return list(found.consents)


def test_a_signature_marks_the_consents_that_were_signed_and_no_others() -> None:
    mine, other = consent("OPTIN"), consent("OPTOUT")
    signature = Signature.of(CAT_SIGNED, {"entry": [{"resource": mine}, {"resource": 3}, {}, "x"]})
    assert [(one.signed, one.changed) for one in taken_in(signature, mine, other)] == [
        (CAT_SIGNED, False),
        (None, False),
    ]
    nothing = Signature.of(CAT_SIGNED, {"entry": "x"})
    assert [one.signed for one in taken_in(nothing, mine)] == [None]


def test_a_broken_signature_marks_all_of_them() -> None:
    (one,) = taken_in(Signature(broken=True), consent("OPTIN"))
    assert one.changed
    assert one.signed is None


def test_rules_tell_no_team_who_signed_but_that_it_was_changed() -> None:
    signed = Act(kind="import", time="2026", by=NED, consents=(KeptConsent("1", {}, signed=CAT_SIGNED, changed=True),))
    (bare,) = decode_act(encode_act(rules_of(signed))).consents
    assert bare.signed is None
    assert bare.changed
    (full,) = decode_act(encode_act(signed)).consents
    assert full.signed == CAT_SIGNED


# -- without a right to act


MUMS = Mandate("m-1", PERSON, "Mum", "parental-responsibility", "Seen", date(2025, 1, 1))


def stated(*mandates: Mandate, **values: Any) -> About:
    """A child of 13, and who may act for them."""
    known = Known(mandates=mandates, competence=values.pop("competence", ()), courts=values.pop("courts", ()))
    return About(known, born="2013-05-06", **values)


@pytest.mark.parametrize(
    ("about", "counts"),
    [
        (stated(MUMS), True),
        (stated(), False),
        (stated(replace(MUMS, user="Dad")), False),
        (stated(replace(MUMS, ends=date(2025, 12, 31))), False),
        (stated(replace(MUMS, ends=date(2025, 12, 31)), MUMS), True),
        (stated(MUMS, courts=(CourtLimit("o-1", "Mum", "An order", "sam", date(2025, 6, 1)),)), False),
        (
            stated(MUMS, courts=(CourtLimit("o-1", "Mum", "x", "sam", date(2025, 6, 1), leaves=frozenset({"money"})),)),
            False,
        ),
        (stated(replace(MUMS, basis="appointee")), False),
        (stated(MUMS, died="2025-12-31"), False),
        (stated(MUMS, died="2026-01-01"), False),
        (stated(MUMS, died="2026-01-01T08:30:00Z"), False),
        (stated(MUMS, died="2026-01-02"), True),
        (stated(MUMS, competence=(Competence(True, "doc", "gp", date(2025, 12, 1), frozenset({"Mum"})),)), False),
        (stated(MUMS, competence=(Competence(True, "doc", "gp", date(2026, 1, 2), frozenset({"Mum"})),)), True),
    ],
)
def test_what_somebody_does_without_a_right_in_force_that_day_only_narrows(about: About, counts: bool) -> None:
    mum = By("u-mum", "Mum", "proxy", link(PERSON, "Mum"))
    for at in ("2026-01-01", "2026-01-01T17:45:00+00:00"):
        mums = msgspec.structs.replace(act("set", mum, "mums"), time=at)
        acts = verified_acts([stored(act("set", ADA, "hers")), stored(mums)], lambda: about)
        assert names(acts) == (({"mums"}, []) if counts else ({"hers"}, [{"mums"}]))
    ended = verified_acts([stored(act("set", ADA, "hers")), stored(act("withdraw", mum, ids=("hers",)))], lambda: about)
    assert names(ended) == ((set(), []) if counts else ({"hers"}, []))
