"""Where deciding could go wrong: tables that are broken, engines that fail, records that say nothing, edges of time."""

from __future__ import annotations

import copy
import json
import tomllib
from datetime import datetime
from importlib import resources
from typing import Any

import msgspec
import pytest
from consent_kit import (
    ME,
    NOON,
    actor,
    answer,
    consent,
    organisations,
    purpose,
    record,
    ref,
    request,
    seen,
)
from gatekit import PERSON, TRUST, entry, store_labelled
from gatekit import request as asked

from consent import consent_versions, precedence
from consent.choices import Act, By, KeptConsent
from consent.decide import Deciding, decide, read_request
from consent.decision import RoleDefaults, attributes, decide_on
from consent.defaults import Defaults, defaults
from consent.errors import NotDisclosedError, PolicyError, RequestError
from consent.identity_access import may_match, require_match
from consent.labels import LabelledEntry
from consent.persons_choices import Chosen, said_of
from consent.provision import Ruling
from consent.redaction import mask_references
from consent.request import STAFF_ROLES
from consent.seen import SeenStore
from consent.sensitivity import tables
from consent.vocabulary import Choice, vocabulary
from fhir.entries import Entry, EntryId, Link
from fhir.reading import read_document


def replaced(one: Entry, name: str, **values: Any) -> Entry:
    return msgspec.structs.replace(one, entry_id=EntryId(name), **values)


REASON = Link("reasonReference", "Condition/low")

# -- tables and engines that fail


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(text: str) -> dict[str, Any]:
        raise tomllib.TOMLDecodeError

    monkeypatch.setattr(tomllib, "loads", unreadable)


@pytest.mark.parametrize("read", [defaults, vocabulary])
def test_a_table_that_cannot_be_read_is_an_error_and_not_a_permission(
    read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    with pytest.raises(PolicyError, match="cannot be read"):
        read.__wrapped__()


def test_a_sensitivity_table_that_cannot_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        broken(patch)
        with pytest.raises(PolicyError, match="cannot be read"):
            tables.shape.__wrapped__()
    monkeypatch.setattr(tables, "TABLES", (("consent.sensitivity", "no-such.toml"),))
    with pytest.raises(PolicyError, match="cannot be read"):
        tables.tables_stamp.__wrapped__()


@pytest.mark.parametrize("part", ["version", "purpose", "relationship", "rule", "needs", "writes"])
def test_defaults_without_a_part_are_refused(part: str) -> None:
    tree = tomllib.loads((resources.files("consent") / "defaults.toml").read_text("utf-8"))
    assert Defaults(copy.deepcopy(tree)).version == tree["version"]
    tree.pop(part)
    with pytest.raises(PolicyError, match="lacks a part"):
        Defaults(tree)


def test_an_error_in_the_engine_means_no_and_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = precedence.compile_consent

    def failing(one: Any, *rest: Any, **more: Any) -> Any:
        if one.usable and one.patient is not None:
            raise RuntimeError("Sertraline")
        return whole(one, *rest, **more)

    monkeypatch.setattr(precedence, "compile_consent", failing)
    found = answer(consent("OPTIN"), request("Organization/a"), record("x", "N"), organisations("a"))
    assert found.overall == "deny"
    assert seen(found) == set()
    assert ["cannot be decided on" in problem.text for problem in found.problems] == [True]
    assert "Sertraline" not in repr(found)


def test_a_consent_that_the_reader_fails_on_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr(consent_versions, "read", failing)
    found = answer(consent("OPTIN"), request("Organization/a"), record("x", "N"), organisations("a"))
    assert seen(found) == set()
    assert [problem.text for problem in found.problems] == ["cannot be read; treated as no"]


def test_a_record_that_cannot_be_decided_is_withheld_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Deciding.facts

    def failing(self: Deciding, resource: Any) -> Any:
        if resource.id == "x":
            raise RuntimeError("Sertraline")
        return whole(self, resource)

    monkeypatch.setattr(Deciding, "facts", failing)
    found = answer(consent("OPTIN"), request("Organization/a"), record("x", "N"), record("y", "N"), organisations("a"))
    assert seen(found) == {"y"}
    (failed,) = (one for one in found.entries if one.reference == "Observation/x")
    assert [step.text for step in failed.trace] == ["it could not be decided"]


# -- the whole decision over a document


def test_a_record_of_which_nothing_can_be_read_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Deciding, "_labelled", lambda _: {})
    found = answer([], request(roles=["gp"]), record("x"), consents_only=False)
    (only,) = found.entries
    assert (only.effect, [step.text for step in only.trace]) == ("withhold", ["nothing in it could be read"])


def test_a_source_that_stands_beside_a_record_says_who_wrote_it() -> None:
    source = {
        "resourceType": "Provenance",
        "id": "s",
        "target": [ref("Observation/x")],
        "agent": [{"who": ref("Organization/a")}],
    }
    holder = actor("Organization/a", "CST")
    found = answer(
        consent("OPTIN", {"type": "deny", "actor": [holder]}),
        request("Organization/b"),
        record("x", "N"),
        record("y", "N", performer=[ref("Organization/b")]),
        source,
        organisations("a", "b"),
    )
    assert seen(found) == {"y"}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ([], "not a JSON object"),
        ({}, "which patient"),
        ({"patient": {"reference": 3}}, "which patient"),
        ({"patient": {"value": "1"}}, "which patient"),
        ({"action": "steal"}, "The action of the request is none of: access, collect, use, disclose, correct"),
        ({"relationship": "friend"}, "The relationship of the request is none of: registered, caseload"),
        ({"roles": "gp"}, "The roles of the request are not a list"),
        ({"roles": [""]}, "One of the roles of the request is not a code"),
        ({"purposes": [{"code": 3}]}, "One of the purposes of the request is not a code"),
        ({"purposes": [{"code": " "}]}, "One of the purposes of the request is not a code"),
        ({"purposes": [{"code": "TREAT", "system": 3}]}, "One of the purposes of the request is not a code"),
        ({"purposes": [None]}, "One of the purposes of the request is not a code"),
        ({"actors": [{"display": "Ann"}]}, "One of the actors of the request is neither a reference nor an identifier"),
        ({"organisations": [3]}, "One of the organisations of the request is neither a reference nor an identifier"),
    ],
)
def test_a_request_that_lacks_something_is_refused_in_one_sentence(tree: Any, words: str) -> None:
    whole = tree if isinstance(tree, list) or tree in ({},) or "patient" in tree else request("Organization/a") | tree
    with pytest.raises(RequestError, match=words):
        read_request(whole, datetime.fromisoformat(NOON))


def test_a_request_may_name_its_parts_in_every_form() -> None:
    now = datetime.fromisoformat(NOON)
    number = {"system": "urn:ods", "value": " Y1 "}
    found = read_request(
        {
            "patient": ME,
            "actors": ["Practitioner/p", ref("Practitioner/q")],
            "organisations": [number, {"identifier": number}],
            "roles": ["nurse", {"system": " urn:r ", "code": " gp "}],
            "purposes": ["TREAT", purpose("ETREAT")],
        },
        now,
    )
    assert found.asking.patient.names == (ME,)
    assert [one.names for one in found.asking.actors] == [("Practitioner/p",), ("Practitioner/q",)]
    assert [one.names for one in found.asking.organisations] == [("identifier urn:ods|Y1",)] * 2
    assert [tuple(one) for one in found.asking.roles] == [("urn:r", "gp")]
    assert (found.role, found.purposes, found.asking.action, found.relationship) == (
        "nurse",
        ("TREAT", "ETREAT"),
        "access",
        "present",
    )
    assert found.asking.now == now
    assert read_request({"patient": ref(ME)}, now).role == ""


def test_further_resources_tell_who_is_who_and_are_not_decided_on() -> None:
    tree = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": record("x", "N")}]}
    document = read_document("records.json", "", json.dumps(tree).encode())
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": ref("Practitioner/p"),
        "organization": ref("Organization/a"),
    }
    choice = consent("OPTOUT", {"type": "permit", "actor": [actor("Organization/a")]})
    now = read_request(request("Practitioner/p"), datetime.fromisoformat(NOON))
    nameless = {"resourceType": "Organization"}
    for others, seen_now in (([], set()), ([role, {"resourceType": "Organization", "id": "a"}, nameless], {"x"})):
        found = decide([choice], now, document, consents_only=True, others=others)
        assert [one.reference for one in found.entries] == ["Observation/x"]
        assert seen(found) == seen_now


def test_a_request_without_a_purpose_meets_a_refusal_for_one_and_no_permission() -> None:
    for policy, type_ in (("OPTIN", "deny"), ("OPTOUT", "permit")):
        rule = {"type": type_, "purpose": [purpose("HRESCH")], "actor": [actor("Organization/a")]}
        found = answer(
            consent(policy, rule), request("Organization/a", purposes=[]), record("x", "N"), organisations("a")
        )
        assert seen(found) == set()


# -- defaults and choices standing alone


def test_defaults_give_safeguarding_by_the_statute_only_also_where_they_stand_alone() -> None:
    alone = RoleDefaults(defaults(), test_data=False)
    item = attributes(LabelledEntry(entry("Condition/1", kind="note"), ("safeguarding",)))
    given = decide_on(item, asked("gp"), [alone])
    kept = decide_on(item, asked("pharmacist"), [alone])
    assert (given.effect, kept.effect) == ("permit", "withhold")
    assert kept.trace[-1].text == "no duty to know gives it to this role"
    assert (given.trace[-1].provision, given.trace[-1].effect, kept.trace[-1].provision) == (
        "statute 4", "permit", "statute",
    )  # fmt: skip
    for number, kind in enumerate(("child-protection", "fgm", "marac", "concern"), 1):
        one = attributes(LabelledEntry(entry("Condition/1", kind=kind), ("safeguarding",)))
        assert decide_on(one, asked("gp"), [alone]).trace[-1].provision == f"statute {number}"
    testing = RoleDefaults(defaults(), test_data=True)
    assert decide_on(item, asked("pharmacist"), [testing]).effect == "withhold"
    tester = decide_on(item, asked("tester"), [testing])
    assert (tester.effect, tester.trace[-1].provision, tester.trace[-1].effect) == ("permit", "statute", "permit")


def test_only_what_may_not_be_missed_is_shown_without_the_service_that_wrote_it() -> None:
    table = defaults()
    testing, usual = (RoleDefaults(table, test_data=one) for one in (True, False))
    latex = attributes(LabelledEntry(entry("AllergyIntolerance/1", section="allergies", source=TRUST), ("general",)))
    masked = decide_on(latex, asked("pharmacist"), [usual])
    assert (masked.effect, masked.obligations) == ("mask", ("hide-source",))
    assert (masked.trace[-1].provision, masked.trace[-1].effect) == ("source", "mask")
    whole = decide_on(latex, asked("gp"), [usual])
    assert (whole.effect, whole.trace[-1].effect) == ("permit", "permit")
    assert decide_on(latex, asked("tester"), [testing]).effect == "permit"
    known, sent = (asked("care-home", relationship=tie) for tie in ("caseload", "referred"))
    assert [decide_on(latex, one, [usual]).effect for one in (known, sent)] == ["permit", "mask"]
    note = attributes(LabelledEntry(entry("Observation/1", section="results", source=TRUST), ("general",)))
    blind = [
        role
        for role in STAFF_ROLES
        if table.rule(role, "general", "results") and not table.rule(role, "mental-health", "results")
    ]
    assert blind
    assert {decide_on(note, asked(role), [usual]).effect for role in blind if role != "tester"} == {"permit"}


def test_a_choice_does_not_open_safeguarding_and_refuses_only_what_stands_beside_it() -> None:
    alone = attributes(LabelledEntry(entry("Condition/1"), ("safeguarding",)))
    beside = attributes(LabelledEntry(entry("Condition/1"), ("general", "safeguarding")))
    effects: tuple[Choice, ...] = ("permit", "deny")
    yes, no = (Chosen(said_of(Ruling(effect), ()), own_writing=False, themself=False) for effect in effects)
    assert [yes.rule_on(one, asked("gp")) for one in (alone, beside)] == [None, None]
    assert no.rule_on(alone, asked("gp")) is None
    refused = no.rule_on(beside, asked("gp"))
    assert refused is not None
    assert refused.effect == "withhold"


# -- redaction and evidence of identity


def test_a_reference_to_a_part_of_itself_stays_and_one_that_is_empty() -> None:
    one = entry(
        "Condition/1",
        links=(
            Link("x", "#part", "Part"),
            Link("x", "https://x/Condition/2#part", "Part"),
            Link("y", "", "Gone"),
            Link("z", "Condition/3", "Depression"),
        ),
        detail="Depression and Part",
    )
    found = mask_references(one, lambda _entry, _link: False)
    assert [link.target for link in found.links] == ["#part", "https://x/Condition/2#part", ""]
    assert found.detail == ""
    assert mask_references(found, lambda _entry, _link: False) is found


def test_only_named_roles_see_evidence_for_two_being_one_and_say_why() -> None:
    assert may_match("custodian")
    require_match("custodian", "Two records", test_data=False)
    for role, why, test_data in (
        ("home-care", "Two records", False),
        ("tester", "Two records", False),
        ("custodian", " ", True),
    ):
        with pytest.raises(NotDisclosedError):
            require_match(role, why, test_data=test_data)


def test_a_reference_without_words_takes_no_text_with_it() -> None:
    one = entry("Condition/1", links=(Link("z", "Condition/3", "  "),), detail="All of it")
    found = mask_references(one, lambda _entry, _link: False)
    assert (found.links, found.detail) == ((), "All of it")


# -- what someone has been shown


def test_a_store_of_what_was_shown_holds_no_more_and_writes_nothing() -> None:
    acts = [Act(kind="set", time="2026", by=By("u", "U", "gp", "S"), consents=(KeptConsent("c", {}),))]
    whole = store_labelled(
        [LabelledEntry(entry("Condition/1"), ("general",)), LabelledEntry(entry("Condition/2"), ("general",))],
        acts=acts,
        test_data=True,
    )
    part = SeenStore(whole, frozenset({EntryId("e-condition-2"), EntryId("e-never")}))
    assert [one.entry_id for one in part.readable(PERSON)] == ["e-condition-2"]
    assert part.test_data
    assert part.identity(PERSON) == whole.identity(PERSON)
    assert part.marks(PERSON, []) == {}
    assert (part.lanes(PERSON), part.carries(PERSON)) == (whole.lanes(PERSON), whole.carries(PERSON))
    assert part.choices(PERSON) == whole.choices(PERSON)
    assert part.settled(PERSON)
    assert part.principals() == []
    part.record(None)  # type: ignore[arg-type]
    assert whole.events == []


def test_two_contained_under_one_id_are_neither_and_that_is_told() -> None:
    ann, bob = ({"resourceType": "Practitioner", "id": "a", "name": [{"family": who}]} for who in ("Ann", "Bob"))
    same = {"resourceType": "Organization", "id": "#b"}
    read = consent_versions.read(consent() | {"contained": [7, {"id": 5}, ann, same, bob, same]}, 0)
    alone = consent_versions.read(consent() | {"contained": [ann]}, 0)
    assert [inner["id"] for inner in read.contained.values()] == ["#b"]
    told = [["in two ways" in one.text for one in found.problems] for found in (read, alone)]
    assert told == [[False, True], [False]]
