"""Where deciding could go wrong: tables that are broken, engines that fail, records that say nothing, edges of time."""

from __future__ import annotations

import copy
import json
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from importlib import resources
from typing import Any

import msgspec
import pytest
from consent_kit import (
    ME,
    NOON,
    actor,
    answer,
    concept,
    consent,
    label,
    organisations,
    purpose,
    record,
    ref,
    request,
    seen,
)
from gatekit import PERSON, entry, store_labelled
from gatekit import request as asked

from consent import consent_versions, precedence
from consent.choices import Act, By, KeptConsent
from consent.corrections import Correction, as_marked, corrected, encode_correction, encode_floor, stricter, with_floor
from consent.decide import Deciding, decide, read_request
from consent.decision import RoleDefaults, attributes, decide_on
from consent.defaults import Defaults, defaults
from consent.errors import NotDisclosedError, PolicyError, RequestError
from consent.evidence import encode_evidence, evidence_of, like, references, when_of
from consent.facts import EntryFacts, facts_of, labels_of
from consent.identity_access import may_match, require_match
from consent.labelling import label as label_entries
from consent.labels import LabelledEntry
from consent.persons_choices import Chosen, Said
from consent.provision import Ruling
from consent.redaction import mask_references
from consent.relabelling import Fresh, Stored, brought_up_to_date, relabel
from consent.seen import SeenStore
from consent.sensitivity import tables
from consent.spans import LATEST, date_span, instant, micros, period_span
from consent.vocabulary import vocabulary
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
    monkeypatch.setattr(tables, "TABLES", ("no-such.toml",))
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


# -- defaults standing alone


def test_defaults_give_safeguarding_by_the_statute_only_also_where_they_stand_alone() -> None:
    alone = RoleDefaults(defaults(), test_data=False)
    item = attributes(LabelledEntry(entry("Condition/1", kind="note"), ("safeguarding",)))
    given = decide_on(item, asked("gp"), [alone])
    kept = decide_on(item, asked("pharmacist"), [alone])
    assert (given.effect, kept.effect) == ("permit", "withhold")
    assert kept.trace[-1].text == "no duty to know gives it to this role"
    assert given.trace[-1].provision.startswith("statute ")


# -- what is learned since, and corrections


ASTHMA = LabelledEntry(entry("Condition/1"), ("general",), because=("general: nothing else",), tables=1)


def test_the_stricter_of_two_labels_has_all_of_both() -> None:
    other = msgspec.structs.replace(
        ASTHMA,
        categories=("mental-health",),
        confidentiality="R",
        limits=("NOPAT",),
        because=("mental-health: code",),
        tables=2,
    )
    both = stricter(ASTHMA, other)
    assert (both.categories, both.confidentiality, both.limits, both.tables) == (("mental-health",), "R", ("NOPAT",), 2)
    assert both.because == ("mental-health: code",)
    assert stricter(other, ASTHMA).confidentiality == "R"
    unlabelled = msgspec.structs.replace(ASTHMA, categories=(), because=("unlabelled: unknown",))
    for one, two in ((unlabelled, other), (other, unlabelled)):
        assert (stricter(one, two).categories, stricter(one, two).because) == ((), ("unlabelled: unknown",))
    money = msgspec.structs.replace(ASTHMA, categories=("money",), because=("money: section",))
    assert stricter(other, money).categories == ("mental-health", "money")
    assert stricter(other, money).because == ("money: section", "mental-health: code")
    on_purpose = msgspec.structs.replace(ASTHMA, explicit=True)
    assert stricter(on_purpose, other) == msgspec.structs.replace(on_purpose, tables=2)


def test_a_floor_adds_its_categories_and_says_so() -> None:
    found = with_floor(ASTHMA, ("mental-health", "general"))
    assert found.categories == ("mental-health",)
    assert found.because == ("mental-health: it would give away something learned since",)
    assert with_floor(ASTHMA, ("general",)) is ASTHMA
    assert with_floor(ASTHMA, ()).categories == ()
    allergy = LabelledEntry(entry("AllergyIntolerance/1", section="allergies", kind="allergy"), ("general",))
    on_purpose = msgspec.structs.replace(ASTHMA, explicit=True)
    unlabelled = msgspec.structs.replace(ASTHMA, categories=())
    for one in (allergy, on_purpose, unlabelled):
        assert with_floor(one, ("mental-health",)) is one


def test_a_correction_names_categories_that_exist_and_may_be_withdrawn() -> None:
    for wrong in ((), ("gossip",), ("general", "gossip")):
        with pytest.raises(PolicyError, match="at least one category"):
            encode_correction(Correction(wrong, "Why", "Pru", "2026"))
    assert encode_correction(Correction((), "Why", "Pru", "2026", withdrawn=True))
    set_so = corrected(ASTHMA, Correction(("money",), "Why", "Pru", "2026"))
    assert (set_so.categories, set_so.explicit) == (("money",), True)
    assert set_so.because == ("money: someone entitled to set it so on purpose",)
    assert corrected(ASTHMA, Correction((), "Why", "Pru", "2026", withdrawn=True)) is ASTHMA


class Marks:
    def __init__(self, *floors: bytes | None, correction: bytes | None = None, closed: bool = False) -> None:
        self.floors, self.correction, self.closed = floors, correction, closed


def test_what_stands_beside_an_entry_counts_in_its_order() -> None:
    withdrawn = encode_correction(Correction((), "Why", "Pru", "2026", withdrawn=True))
    mental, money = encode_floor(["mental-health"]), encode_floor(["money"])
    assert as_marked(ASTHMA, Marks(mental, money)).categories == ("mental-health", "money")  # type: ignore[union-attr]
    assert as_marked(ASTHMA, Marks(mental, correction=withdrawn)).categories == ("mental-health",)  # type: ignore[union-attr]
    set_so = encode_correction(Correction(("money",), "Why", "Pru", "2026"))
    assert as_marked(ASTHMA, Marks(mental, correction=set_so)).categories == ("money",)  # type: ignore[union-attr]
    unread = as_marked(ASTHMA, Marks(mental, None))
    assert unread is not None
    assert (unread.categories, unread.because) == ((), ("unlabelled: it would give away something learned since",))
    assert as_marked(ASTHMA, Marks(closed=True)) is None
    on_purpose = msgspec.structs.replace(ASTHMA, explicit=True)
    allergy = LabelledEntry(entry("AllergyIntolerance/1", section="allergies", kind="allergy"), ("general",))
    assert as_marked(on_purpose, Marks(None, closed=True)) is on_purpose
    assert as_marked(on_purpose, Marks(None)) is on_purpose
    assert as_marked(allergy, Marks(None)) is allergy


def test_tables_that_changed_label_anew_and_the_stricter_label_stands() -> None:
    now = msgspec.structs.replace(ASTHMA, tables=tables.tables_stamp())
    assert brought_up_to_date([now, None]) == ([now, None], False)
    depression = LabelledEntry(entry("Condition/2", title="Depression"), ("general",), tables=1)
    money = LabelledEntry(entry("Condition/3"), ("money",), tables=1)
    on_purpose = LabelledEntry(entry("Condition/4", title="Depression"), ("general",), tables=1, explicit=True)
    found, changed = brought_up_to_date([None, depression, money, on_purpose])
    assert changed
    assert [one.categories if one else None for one in found] == [None, ("mental-health",), ("money",), ("general",)]
    assert {one.tables for one in found if one} == {tables.tables_stamp()}


def test_a_state_that_comes_late_receives_labels_and_gives_none() -> None:
    problem = entry("Condition/low", title="Depression")
    visit = entry(
        "Encounter/v", section="contacts", kind="encounter", links=(Link("reasonReference", "Condition/low"),)
    )
    late = relabel([Fresh(problem, late=True)], [Stored(LabelledEntry(visit, ("general",)))])
    now = relabel([Fresh(problem)], [Stored(LabelledEntry(visit, ("general",)))])
    assert late.fresh[0].categories == now.fresh[0].categories == ("mental-health",)
    assert 0 in now.changed
    assert late.changed.get(0, LabelledEntry(visit, ("general",))).categories == ("general",)


# -- what rules see of a record


def test_labels_are_arranged_by_what_they_are() -> None:
    tree = record(
        "x",
        "N",
        "R",
        "PSY",
        meta={"security": [label("N"), label("R"), label("L"), label("PSY"), {"display": "x"}, "odd", label("NOPAT")]},
    )
    found = facts_of(tree, ("Observation/x",)).labels
    assert (found.confidentiality, found.sensitivity, found.other, found.doubt) == ("R", {"PSY"}, {"|"}, False)
    kinds = facts_of(
        record(meta={"security": [{"system": "https://fhir.onestory.example/CodeSystem/category", "code": "money"}]}),
        (),
    )
    assert (kinds.labels.derived, kinds.labels.doubt) == ({"money"}, False)
    assert facts_of(record(meta="odd"), ()).labels.doubt
    assert facts_of(record(), ()).reference == ""
    assert labels_of([], ["general"]).confidentiality == "N"
    assert labels_of([], ["general", "money"]) == labels_of([], ["money"])
    assert labels_of([], ["money"], unlabelled=True).doubt


def test_an_entry_kept_without_evidence_tells_of_no_holder_time_or_code() -> None:
    found = EntryFacts(LabelledEntry(entry("Condition/1", links=(Link("encounter", "Encounter/1"),)), ("general",)))
    assert (found.holders, found.when, found.kind.media) == ((), None, frozenset())
    assert found.codes.words
    assert found.itself.refers == {"Encounter/1"}
    assert found.holders == ()
    tree = {"resourceType": "Condition", "asserter": ref("Practitioner/p"), "onsetDateTime": "2025"}
    kept = encode_evidence(evidence_of(tree, ("Condition/1", "https://x/Condition/1")))
    whole = EntryFacts(LabelledEntry(entry("Condition/1"), ("general",), evidence=kept))
    assert [one.names for one in whole.holders] == [("Practitioner/p",)]
    assert whole.when == date_span("2025")
    assert whole.itself.names == {"Condition/1", "https://x/Condition/1"}
    assert whole.itself is whole.itself


def test_references_that_say_nothing_lead_nowhere() -> None:
    tree = {
        "a": {"reference": "has space "},
        "b": {"reference": ""},
        "contained": [{"x": ref("Condition/in")}],
        "c": [ref("Condition/1"), 3],
    }
    assert [one.names for one in references(tree)] == [("Condition/1",)]
    found = evidence_of({"resourceType": "Observation", **tree}, ("",))
    assert found.refers == ("Condition/1",)
    assert found.names == ()
    odd = {
        "resourceType": "Observation",
        "identifier": [3, {"value": "1"}],
        "content": [{"attachment": {"contentType": 3}}, {"attachment": {"contentType": "text/plain"}}],
    }
    assert (evidence_of(odd, ()).names, evidence_of(odd, ()).media) == ((), ("text/plain",))


def test_a_medicine_is_known_by_the_medication_it_names_here_or_inside() -> None:
    sertraline = {"resourceType": "Medication", "id": "s", "code": concept("urn:dmd", "321")}
    outside = {"resourceType": "MedicationRequest", "medicationReference": ref("Medication/s")}
    inside = {"resourceType": "MedicationRequest", "medicationReference": ref("#s"), "contained": [{**sertraline}, 3]}
    gone = {"resourceType": "MedicationRequest", "medicationReference": ref("Medication/gone")}
    nobody = {"resourceType": "MedicationRequest", "medicationReference": {"display": "Sertraline"}}
    code = ("urn:dmd", "321")
    known = {"Medication/s": sertraline}
    assert code in evidence_of(outside, (), medicines=known).principal
    assert code in evidence_of(outside, (), medicines=known).codes
    assert code in evidence_of(inside, ()).principal
    for one in (outside, gone, nobody):
        assert code not in evidence_of(one, ()).principal


def test_a_row_like_another_differs_in_person_time_and_number_only() -> None:
    model = evidence_of(
        {
            "resourceType": "Observation",
            "effectiveDateTime": "2025",
            "subject": ref("Patient/a"),
            "code": concept("urn:c", "1"),
        },
        ("",),
    )
    other = like(model, "Patient/b", {"effectiveDateTime": "2026"}, [{"system": "urn:n", "value": "7"}, {"value": "8"}])
    assert (other.refers, other.names, other.codes) == (("Patient/b",), ("identifier urn:n|7",), model.codes)
    assert other.when == tuple(date_span("2026") or ())
    assert like(model, "", {}, []).when == model.when
    assert like(model, "", {}, []).refers == ()
    assert like(model, "Patient/b", {"effectiveDateTime": "soon"}, []).when == ()


# -- time


def test_dates_cover_what_they_say_and_what_is_no_date_covers_nothing() -> None:
    minute = date_span("2026-06-15T12:30Z")
    assert minute is not None
    assert minute.end - minute.start == 60_000_000 - 1
    for text in ("2026-02-30", "2026-13", "soon", "2026-06-15T12:30:00+15:00", "2026-06-15T12:30:00+01:60"):
        assert date_span(text) is None, text
    assert date_span("2026-06-15T12:30:00+14:00") is not None
    assert date_span("2026-06-15T12:30:00+01:59") is not None
    east, west = (date_span(f"2026-06-15T12:00:00{zone}") for zone in ("+02:30", "-02:30"))
    assert east is not None
    assert west is not None
    assert west.start - east.start == 5 * 3600 * 1_000_000
    leap, day, month = date_span("2024-02"), date_span("2024-02-29"), date_span("2026-12")
    assert leap is not None
    assert day is not None
    assert month is not None
    assert leap.end == day.end
    assert month.holds(instant(datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)))
    assert not month.holds(instant(datetime(2027, 1, 1, tzinfo=UTC)))


def test_a_moment_without_a_zone_is_utc() -> None:
    assert micros(datetime(2026, 6, 15, 12)) == micros(datetime(2026, 6, 15, 12, tzinfo=UTC))
    there = timezone(timedelta(hours=1))
    assert micros(datetime(2026, 6, 15, 13, tzinfo=there)) == micros(datetime(2026, 6, 15, 12, tzinfo=UTC))


def test_a_period_that_ends_before_it_begins_cannot_be_understood() -> None:
    for value in (None, {}, {"start": "soon"}, {"end": 3}, {"start": "2026", "end": "2025"}, {"start": None}, "2026"):
        assert period_span(value) is None, value
    whole = period_span({"start": "2026", "end": "2026"})
    assert whole == date_span("2026")
    for half in ({"start": "2026"}, {"end": "2026"}):
        span = period_span(half)
        assert span is not None
        assert span.holds(date_span("2026-06"))  # type: ignore[arg-type]


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
    found = mask_references(one, lambda _: False)
    assert [link.target for link in found.links] == ["#part", "https://x/Condition/2#part", ""]
    assert found.detail == ""
    assert mask_references(found, lambda _: False) is found


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


# -- what someone has been shown


def test_a_store_of_what_was_shown_holds_no_more_and_writes_nothing() -> None:
    acts = [Act(kind="set", time="2026", by=By("u", "U", "gp", "S"), consents=(KeptConsent("c", {}),))]
    whole = store_labelled(
        [LabelledEntry(entry("Condition/1"), ("general",)), LabelledEntry(entry("Condition/2"), ("general",))],
        acts=acts,
        test_data=True,
    )
    whole.about[EntryId("e-condition-1")] = Marks()
    part = SeenStore(whole, frozenset({EntryId("e-condition-2"), EntryId("e-never")}))
    assert [one.entry_id for one in part.readable(PERSON)] == ["e-condition-2"]
    assert part.test_data
    assert part.identity(PERSON) == whole.identity(PERSON)
    assert part.marks(PERSON, []) is whole.about
    assert (part.lanes(PERSON), part.carries(PERSON)) == (whole.lanes(PERSON), whole.carries(PERSON))
    assert part.choices(PERSON) == whole.choices(PERSON)
    assert part.settled(PERSON)
    assert part.principals() == []
    part.record(None)  # type: ignore[arg-type]
    assert whole.events == []


def test_a_request_without_a_purpose_meets_a_refusal_for_one_and_no_permission() -> None:
    for policy, type_ in (("OPTIN", "deny"), ("OPTOUT", "permit")):
        rule = {"type": type_, "purpose": [purpose("HRESCH")], "actor": [actor("Organization/a")]}
        found = answer(
            consent(policy, rule), request("Organization/a", purposes=[]), record("x", "N"), organisations("a")
        )
        assert seen(found) == set()


def test_a_choice_does_not_open_safeguarding_and_refuses_only_what_stands_beside_it() -> None:
    alone = attributes(LabelledEntry(entry("Condition/1"), ("safeguarding",)))
    beside = attributes(LabelledEntry(entry("Condition/1"), ("general", "safeguarding")))
    yes, no = (
        Chosen(Said(Ruling(effect), ()), own_writing=own) for effect, own in (("permit", False), ("deny", False))
    )
    assert [yes.rule_on(one, asked("gp")) for one in (alone, beside)] == [None, None]
    assert no.rule_on(alone, asked("gp")) is None
    refused = no.rule_on(beside, asked("gp"))
    assert refused is not None
    assert refused.effect == "withhold"


def test_a_reference_without_words_takes_no_text_with_it() -> None:
    one = entry("Condition/1", links=(Link("z", "Condition/3", "  "),), detail="All of it")
    found = mask_references(one, lambda _: False)
    assert (found.links, found.detail) == ((), "All of it")


def test_without_an_id_only_what_was_recorded_at_once_is_one() -> None:
    depression = entry("Observation/", title="Depression", recorded="2026-01-01")
    rows = [
        replaced(depression, "e-1"),
        replaced(depression, "e-2", title="Mood"),
        replaced(depression, "e-3", title="Mood", recorded="2026-01-02"),
    ]
    assert [one.categories for one in label_entries(rows)] == [("mental-health",), ("mental-health",), ("general",)]


def test_what_an_importer_cannot_open_gets_a_floor_and_keeps_what_it_had() -> None:
    problem = entry("Condition/low", title="Depression")
    visit = entry(
        "Encounter/v", section="contacts", kind="encounter", links=(Link("reasonReference", "Condition/low"),)
    )
    [plain] = label_entries([visit])
    closed_one = Stored(plain, closed=True)
    assert not relabel([Fresh(problem)], [closed_one]).changed
    with_unread = relabel([Fresh(problem)], [Stored(plain, floors=(None,))])
    assert (with_unread.changed, with_unread.settled, with_unread.due) == ({}, [], True)
    later = relabel([], [Stored(plain, floors=(("mental-health",),)), closed_one])
    assert later.changed[0].categories == ("mental-health",)
    assert later.settled == [0]


@pytest.mark.parametrize(
    ("codes", "level"),
    [(["N", "R"], "R"), (["R", "N"], "R"), (["v", "R"], "V"), (["L"], "L"), ([], "")],
)
def test_the_highest_confidentiality_counts_in_any_order(codes: list[str], level: str) -> None:
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    assert tables.security_labels().meaning([(system, code) for code in codes]).confidentiality == level


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"onsetDateTime": "2025", "abatementDateTime": "2026"}, ("2025", "2026")),
        ({"onsetDateTime": "2025", "abatementDateTime": "soon"}, ("2025", None)),
        ({"onsetDateTime": "2025", "abatementDateTime": "2020"}, ("2025", None)),
        ({"onsetDateTime": "2025", "abatementDateTime": 3}, ("2025", None)),
        ({"onsetPeriod": {"start": "2024", "end": "2025"}}, ("2024", "2025")),
        ({"onsetPeriod": {"text": "once"}}, None),
        ({"onsetDateTime": "soon"}, None),
        ({"onsetDateTime": 3}, None),
        ({}, None),
    ],
)
def test_when_a_fact_was_true_is_told_by_its_first_time_and_its_end(tree: Any, expected: Any) -> None:
    found = when_of({"resourceType": "Condition", **tree})
    if expected is None:
        assert found is None
        return
    assert found is not None
    first, last = date_span(expected[0]), date_span(expected[1]) if expected[1] else None
    assert first is not None
    assert (found.start, found.end) == (first.start, last.end if last else LATEST)
