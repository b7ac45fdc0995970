"""What decisions look at beside a rule: labels and what was learned since, evidence of a record, and time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from consent_kit import (
    concept,
    label,
    record,
    ref,
)
from gatekit import entry

from consent.corrections import Correction, as_marked, corrected, encode_correction, encode_floor, stricter, with_floor
from consent.errors import PolicyError
from consent.evidence import Likeness, encode_evidence, evidence_of, references, when_of
from consent.facts import EntryFacts, facts_of, labels_of
from consent.labelling import label as label_entries
from consent.labels import LabelledEntry
from consent.preferences import consent_meant
from consent.propagation import Closed, nature, ties
from consent.relabelling import Fresh, Stored, brought_up_to_date, of_itself, relabel
from consent.sensitivity import tables
from consent.spans import LATEST, date_span, instant, micros, period_span
from fhir.entries import Entry, EntryId, Link, Unnamed


def replaced(one: Entry, name: str, **values: Any) -> Entry:
    return msgspec.structs.replace(one, entry_id=EntryId(name), **values)


REASON = Link("reasonReference", "Condition/low")

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
    kept = stricter(on_purpose, other)
    assert (kept.categories, kept.because, kept.explicit, kept.tables) == (("general",), ASTHMA.because, True, 2)
    assert (kept.confidentiality, kept.limits) == ("R", ("NOPAT",)), "what is set on purpose lifts no limit"


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
    alike = Likeness()
    when, numbers = {"effectiveDateTime": "2026"}, [{"system": "urn:n", "value": "7"}, {"value": "8"}]
    other = alike.like(model, "Patient/b", when, numbers)
    assert alike.like(model, "Patient/b", when, numbers) == other
    assert (other.refers, other.names, other.codes) == (("Patient/b",), ("identifier urn:n|7",), model.codes)
    assert other.when == tuple(date_span("2026") or ())
    assert alike.like(model, "", {}, []).when == model.when
    assert alike.like(model, "", {}, []).refers == model.refers, (
        "theirs about themself: it refers to what the other does"
    )
    assert alike.like(model, "Patient/b", {"effectiveDateTime": "soon"}, []).when == ()


@pytest.mark.parametrize(
    ("codes", "level"),
    [(["N", "R"], "R"), (["R", "N"], "R"), (["v", "R"], "V"), (["L"], "L"), ([], "")],
)
def test_the_highest_confidentiality_counts_in_any_order(codes: list[str], level: str) -> None:
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    assert tables.security_labels().meaning([(system, code) for code in codes]).confidentiality == level


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


# -- across imports


def test_a_correction_that_comes_with_an_entry_counts_and_one_that_stands_keeps_counting() -> None:
    decision = Correction(("money",), "Why", "Pru", "2026")
    found = relabel([Fresh(entry("Condition/1", title="Depression"), correction=decision)])
    assert (found.fresh[0].categories, found.fresh[0].explicit) == (("money",), True)
    again = relabel([Fresh(entry("Condition/1", title="Depression"))], [Stored(found.fresh[0], correction=decision)])
    assert again.fresh[0].categories == ("money",)
    gone = Correction((), "Why", "Pru", "2026", withdrawn=True)
    assert relabel([], [Stored(found.fresh[0], correction=gone)]).changed[0].categories == ("mental-health",)


def test_an_entry_that_comes_again_in_other_words_is_labelled_by_those_and_told_in_them() -> None:
    before = LabelledEntry(entry("Condition/1", title="Seen in clinic"), ("general",))
    again = msgspec.structs.replace(before.entry, title="Depression")
    found = relabel([Fresh(again)], [Stored(before)])
    assert [(one.entry.title, one.categories) for one in found.fresh] == [("Depression", ("mental-health",))]


def test_an_entry_that_comes_again_is_one_with_what_is_stored() -> None:
    problem = entry("Condition/low", title="Depression")
    (stored,) = label_entries([problem])
    found = relabel([Fresh(problem, key=7), Fresh(problem, key=7)], [Stored(stored)])
    assert [one.categories for one in found.fresh] == [("mental-health",)] * 2
    assert not found.changed


def test_what_an_entry_has_because_of_others_is_none_of_its_own_kinds() -> None:
    problem = entry("Condition/low", title="Depression")
    visit = entry("Encounter/v", section="contacts", kind="encounter", title="Visit", links=(REASON,))
    _, reached = label_entries([problem, visit])
    assert (reached.categories, of_itself(reached)) == (("mental-health",), ("general",))
    both = msgspec.structs.replace(
        reached, categories=("mental-health", "money"), because=(*reached.because, "money: section")
    )
    assert of_itself(both) == ("money",)
    assert of_itself(msgspec.structs.replace(reached, explicit=True)) == ("mental-health",)
    assert of_itself(ASTHMA) == of_itself(ASTHMA, alone=True) == ("general",)
    named = msgspec.structs.replace(
        visit, title="Visit: Depression", links=(), unnamed=Unnamed(("Condition/low",), visit)
    )
    (labelled,) = label_entries([named])
    assert (of_itself(labelled), of_itself(labelled, alone=True)) == (("mental-health",), ("general",))


def closed(one: Entry, key: int) -> Closed:
    return Closed(key, one.resource, ties(one), nature(one))


def test_what_is_closed_receives_floors_and_what_comes_again_keeps_them() -> None:
    problem = entry("Condition/low", title="Depression")
    visit = entry("Encounter/v", section="contacts", kind="encounter", links=(REASON,))
    assert relabel([Fresh(problem)], [], [closed(visit, 3)]).floors == {3: ("mental-health",)}
    found = relabel([Fresh(problem, key=1), Fresh(visit, key=3)], [], [closed(visit, 3)])
    assert (found.floors, found.due) == ({3: ("mental-health",)}, True)
    assert found.fresh[1].categories == ("mental-health",)
    assert not relabel([Fresh(problem, key=1), Fresh(visit, key=3)]).floors


def test_a_part_of_a_resource_that_is_closed_shares_its_labels_and_an_entry_gives_itself_nothing() -> None:
    problem = entry("Condition/low", title="Depression", links=(REASON,))
    part = replaced(problem, "e-9")
    assert relabel([Fresh(problem)], [], [closed(part, 3)]).floors == {3: ("mental-health",)}
    alone = entry("Condition/low", title="Asthma", links=(REASON,))
    assert relabel([Fresh(alone)]).fresh[0].categories == ("general",)


def test_where_something_is_closed_labels_stored_before_only_become_stricter() -> None:
    visit = entry("Encounter/v", section="contacts", kind="encounter")
    was = LabelledEntry(visit, ("mental-health",), because=("mental-health: code",))
    other = Stored(LabelledEntry(entry("Condition/x"), ("general",)), closed=True)
    assert relabel([], [Stored(was)]).changed[0].categories == ("general",)
    found = relabel([], [Stored(was, floors=((), ("money",))), other])
    assert found.changed[0].categories == ("money", "mental-health") or found.changed[0].categories == ()
    on_purpose = LabelledEntry(visit, ("money",), explicit=True)
    kept = relabel([], [Stored(on_purpose, correction=Correction(("money",), "Why", "Pru", "2026")), other])
    assert kept.changed.get(0, on_purpose).categories == ("money",)


def test_codes_and_references_are_found_at_any_depth_but_not_among_words_of_what_is_contained() -> None:
    tree = {
        "resourceType": "Observation",
        "note": [[{"system": "urn:c", "code": "1"}], "words", [ref("Condition/1")]],
        "code": "only words",
        "asserter": {"display": "The clinic"},
        "performer": [{"display": "The clinic"}, ref("Organization/o")],
        "contained": [
            {"text": {"system": "urn:c", "code": "2"}, "code": {"system": "urn:c", "code": "3"}, **ref("X/1")}
        ],
        "text": ref("Condition/2"),
        "meta": {"security": [{"system": "urn:c", "code": "4"}]},
        "component": [{"system": 3, "code": "5"}, {"system": "urn:c", "code": 6}],
    }
    found = evidence_of(tree, ())
    assert set(found.codes) == {("urn:c", "1"), ("urn:c", "3")}
    assert set(found.refers) == {"Condition/1", "Condition/2", "Organization/o"}
    assert found.holders == (("Organization/o",),)
    assert found.principal == ()


def test_a_time_element_that_holds_no_time_is_passed_over() -> None:
    assert when_of({"resourceType": "Specimen", "collection": {}}) is None
    assert when_of({"resourceType": "Specimen", "collection": {}, "issued": "2025"}) == date_span("2025")
    inside = {"collectedDateTime": "2024"}
    assert when_of({"resourceType": "Specimen", "collection": inside, "issued": "2025"}) == date_span("2024")


def test_a_consent_about_the_whole_record_is_what_it_is() -> None:
    plain = {"resourceType": "Consent", "category": [concept("http://loinc.org", "59284-0")]}
    assert consent_meant(plain) is plain
