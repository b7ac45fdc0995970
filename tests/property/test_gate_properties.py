"""Properties of the gate that hold for any record: nothing withheld leaves it, nor leaves a trace in what does."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from gatekit import COUNCIL, HOSPITAL, SURGERY, TRUST, entry, opened, request, store_labelled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.categories import categories
from consent.decision import decide
from consent.disclosure_json import to_json
from consent.labels import LabelledEntry
from consent.request import STAFF_ROLES
from consent.standing import policies
from fhir.entries import Code, Field, Link, When
from fhir.people import Address, Demographics, Identity, PersonName
from fhir.sections import sections

MARKER = "ZZMARKERZZ"
TYPES = ("Condition", "Observation", "Encounter", "MedicationRequest", "CarePlan", "DocumentReference", "Appointment")
ROLES = sorted(STAFF_ROLES - {"tester"})
KINDS = ("problem", "allergy", "medicine", "admission", "package", "cpr-decision", "key-worker", "next-of-kin", "flag")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def labelled_entries(draw: st.DrawFn, number: int) -> LabelledEntry:
    """One entry with any labels, references to others of the record, and the marker of its own everywhere."""
    mark = f"{MARKER}{number:02}X"
    links = tuple(
        Link("reasonReference", f"{draw(st.sampled_from(TYPES))}/{other}", f"{MARKER}{other:02}X")
        for other in draw(st.lists(st.integers(0, 7), max_size=3))
    )
    made = entry(
        f"{draw(st.sampled_from(TYPES))}/{number}",
        section=draw(st.sampled_from(sorted(sections()))),
        kind=draw(st.sampled_from(KINDS)),
        title=mark,
        detail=f"detail {mark}",
        value=mark,
        author=mark,
        when=When(start=draw(st.sampled_from(["", "2019", "2026-03-04", "2026-10-01"])), end="2026-10-20", text=mark),
        codes=(Code("http://snomed.info/sct", draw(st.sampled_from(["1", "2", mark])), mark),),
        fields=(Field("Dose", mark), *(Field("For", link.display) for link in links)),
        links=links,
        source=draw(st.sampled_from([SURGERY, HOSPITAL, COUNCIL, TRUST])),
        active=draw(st.sampled_from([True, False, None])),
        assertion=draw(st.sampled_from(["fact", "fact", "none-known", "no-information", "not-a-fact"])),
        recorded=draw(st.sampled_from(["", "2024-01-01", "2026-01-01"])),
    )
    person = Demographics(
        identity=Identity(names=(PersonName(family=mark),)),
        preferred_name=mark,
        addresses=(Address(lines=(mark,), postcode=mark, use="home"),),
    )
    return LabelledEntry(
        entry=made,
        categories=tuple(sorted(draw(st.sets(st.sampled_from(sorted(categories())), max_size=2)))),
        confidentiality=draw(st.sampled_from(["", "N", "R", "V"])),
        limits=draw(st.sampled_from([(), ("NOPAT",)])),
        demographics=draw(st.sampled_from([None, None, person])),
        treated=draw(st.booleans()),
    )


@st.composite
def records(draw: st.DrawFn) -> list[LabelledEntry]:
    return [draw(labelled_entries(number)) for number in range(draw(st.integers(0, 7)))]


def split(record: list[LabelledEntry], role: str) -> tuple[list[LabelledEntry], list[LabelledEntry]]:
    """What the role may see, and what not."""
    effects = [decide(one, request(role), policies(test_data=False)).effect for one in record]
    return (
        [one for one, effect in zip(record, effects, strict=True) if effect != "withhold"],
        [one for one, effect in zip(record, effects, strict=True) if effect == "withhold"],
    )


def seen(record: list[LabelledEntry], role: str, **values: Any) -> str:
    where = store_labelled(record, **values)
    released = opened(where, role)
    log = [(event.kind, event.outcome, tuple(event.items)) for event in where.events]
    return json.dumps(to_json(released)) + repr(released) + repr(log)


@QUICK
@given(records(), st.sampled_from(ROLES))
def test_no_word_of_what_is_withheld_leaves_the_gate(record: list[LabelledEntry], role: str) -> None:
    shown, withheld = split(record, role)
    kept = {one.entry.title for one in shown}
    text = seen(record, role)
    for one in withheld:
        if one.entry.title not in kept:
            assert one.entry.title not in text
            assert one.entry.entry_id not in text


@QUICK
@given(records(), records(), st.sampled_from(ROLES))
def test_records_that_differ_only_in_what_is_withheld_look_the_same(
    record: list[LabelledEntry], other: list[LabelledEntry], role: str
) -> None:
    shown, withheld = split(record, role)
    _, more = split([_renamed(one) for one in other], role)
    assert seen(record, role) == seen(shown, role) == seen([*shown, *more], role)
    assert seen(record, role) == seen([*withheld, *shown], role)


def _renamed(labelled: LabelledEntry) -> LabelledEntry:
    made = msgspec.structs.replace(labelled.entry, entry_id=f"more-{labelled.entry.entry_id}")
    return msgspec.structs.replace(labelled, entry=made)


@QUICK
@given(records(), st.sampled_from(ROLES), st.randoms(use_true_random=False))
def test_the_order_in_which_entries_are_stored_does_not_matter(
    record: list[LabelledEntry], role: str, random: Any
) -> None:
    shuffled = list(record)
    random.shuffle(shuffled)
    assert seen(shuffled, role) == seen(record, role)


@QUICK
@given(records(), st.sampled_from(ROLES), st.sampled_from(["self-claimed", "none"]))
def test_another_relationship_never_shows_more(record: list[LabelledEntry], role: str, relationship: str) -> None:
    def ids(**values: Any) -> set[str]:
        released = opened(store_labelled(record), role, **values)
        return {item.entry.entry_id for section in released.sections.values() for item in section.entries}

    assert ids(relationship=relationship, reason="Asked to") <= ids()
    assert ids(purpose="HRESCH") == set()


@QUICK
@given(records(), st.sampled_from(ROLES))
def test_everything_permitted_is_shown(record: list[LabelledEntry], role: str) -> None:
    shown, _ = split(record, role)
    released = opened(store_labelled(record), role)
    ids = {item.entry.entry_id for section in released.sections.values() for item in section.entries}
    assert ids == {one.entry.entry_id for one in shown}


@QUICK
@given(records(), st.sampled_from(ROLES))
def test_none_recorded_is_said_only_where_nothing_can_be_withheld(record: list[LabelledEntry], role: str) -> None:
    released = opened(store_labelled(record, lanes=["gp", "hospital", "social-care"]), role)
    if role != "gp":
        assert {section.state for section in released.sections.values()} <= {"data", "nothing-shown"}
    else:
        assert "nothing-shown" not in {section.state for section in released.sections.values()}
