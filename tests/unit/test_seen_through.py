"""A record through somebody else's eyes: of each entry no more than whoever looks was shown."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest
from gatekit import TRUST, entry, request, store_labelled

from consent.defaults import defaults
from consent.disclosure import DisclosedEntry, DisclosedRecord
from consent.gate import Gate
from consent.labelling import label
from consent.labels import LabelledEntry
from consent.seen import SeenStore
from fhir.entries import EntryId, Field, Link, Unnamed


def shown(record: DisclosedRecord) -> dict[EntryId, DisclosedEntry]:
    items: Iterable[DisclosedEntry] = (item for part in record.sections.values() for item in part.entries)
    return {item.entry.entry_id: item for item in items}


def record_of_both(looker: str, lens: str) -> tuple[DisclosedRecord, DisclosedRecord]:
    """What a worker is shown, and what they are shown of another's view."""
    visit = entry(
        "Encounter/1",
        section="contacts",
        kind="contact",
        title="Clinic",
        detail="About HIV infection",
        links=(Link("diagnosis", "Condition/1", "HIV infection"),),
    )
    wrong = entry("Condition/2", title="Gout", assertion="not-a-fact", status="entered-in-error")
    store = store_labelled(
        [
            LabelledEntry(entry("Condition/1", title="HIV infection"), ("sexual-reproductive",)),
            LabelledEntry(visit, ("general",)),
            LabelledEntry(wrong, ("general",)),
        ],
        test_data=True,
    )
    mine = Gate(store).open(request(looker))
    part = SeenStore(store, frozenset(shown(mine)))
    return mine, Gate(part).open(request(lens), seen=mine)


def test_what_was_taken_out_stays_out_through_the_eyes_of_somebody_who_sees_everything() -> None:
    mine, seen = record_of_both("pharmacist", "gp")
    assert {key: item.entry for key, item in shown(seen).items()} == {key: i.entry for key, i in shown(mine).items()}
    assert "HIV" not in str(seen)
    assert shown(mine), "a control: something is shown"
    assert not seen.full
    assert not any(item.whole and not shown(mine)[key].whole for key, item in shown(seen).items())
    assert {part.state for part in seen.sections.values()} <= {"data", "nothing-shown"}


def test_what_is_no_fact_is_said_to_be_none_once() -> None:
    mine, seen = record_of_both("nurse", "gp")
    (item,) = (one for one in shown(seen).values() if one.entry.title == "Gout")
    assert item.entry.status == shown(mine)[item.entry.entry_id].entry.status == "Not valid: entered-in-error"


def test_somebody_who_sees_everything_sees_as_another_who_does_all_of_it() -> None:
    mine, seen = record_of_both("gp", "tester")
    assert seen.full
    assert {key: item.entry for key, item in shown(seen).items()} == {key: i.entry for key, i in shown(mine).items()}
    assert "HIV" in str(seen)


@pytest.mark.parametrize(
    ("role", "test_data", "all_of_it"), [("gp", False, True), ("nurse", True, False), ("tester", True, True)]
)
def test_who_sees_everything_everywhere(role: str, test_data: bool, all_of_it: bool) -> None:
    assert defaults().everywhere(role, test_data=test_data) is all_of_it


@pytest.mark.parametrize(("looker", "lens", "told"), [("gp", "nurse", False), ("tester", "gp", True)])
def test_the_line_of_its_file_is_told_to_whoever_sees_everything_only(looker: str, lens: str, *, told: bool) -> None:
    row = entry("Task/1", section="care-plans", fields=(Field("Extract line", "a.csv, line 4"),))
    store = store_labelled([LabelledEntry(row, ("general",))], test_data=True)
    mine = Gate(store).open(request(looker))
    assert shown(mine)[row.entry_id].entry.fields == row.fields
    seen = Gate(SeenStore(store, frozenset(shown(mine)))).open(request(lens), seen=mine)
    assert [one.entry.fields for one in shown(seen).values()] == [row.fields if told else ()]


def test_what_the_program_found_goes_with_what_the_reader_looked_through_is_shown() -> None:
    bare = entry("Appointment/1", section="contacts", kind="contact", title="Appointment")
    named = msgspec.structs.replace(bare, title="Appointment: HIV infection", unnamed=Unnamed(("Condition/1",), bare))
    store = store_labelled(
        [
            LabelledEntry(entry("Condition/1", title="HIV infection"), ("sexual-reproductive",)),
            LabelledEntry(named, ("general",)),
        ],
        test_data=True,
    )
    mine = Gate(store).open(request("gp"))
    assert shown(mine)[bare.entry_id].entry.title == named.title
    for lens, title in (("therapist", "Appointment"), ("tester", named.title)):
        real = Gate(store).open(request(lens))
        seen = Gate(SeenStore(store, frozenset(shown(mine)))).open(request(lens), seen=mine)
        assert shown(seen)[bare.entry_id].entry == shown(real)[bare.entry_id].entry
        assert shown(real)[bare.entry_id].entry.title == title
        assert shown(real)[bare.entry_id].entry.unnamed is None


def test_what_was_taken_out_for_whoever_looks_does_not_come_back_with_a_name_that_goes() -> None:
    written = Link("supportingInformation", "Condition/2", "Bailed until May")
    bare = entry("Appointment/1", title="Appointment", detail=written.display, links=(written,))
    named = msgspec.structs.replace(bare, title="Appointment: HIV infection", unnamed=Unnamed(("Condition/1",), bare))
    store = store_labelled(
        [
            LabelledEntry(entry("Condition/1", title="HIV infection"), ("sexual-reproductive",)),
            LabelledEntry(entry("Condition/2", title=written.display), ("justice",)),
            LabelledEntry(named, ("general",)),
        ],
        test_data=True,
    )
    mine = Gate(store).open(request("nurse"))
    assert shown(mine)[bare.entry_id].shortened
    seen = Gate(SeenStore(store, frozenset(shown(mine)))).open(request("social-worker"), seen=mine)
    assert written.display not in str(seen)


def test_a_service_that_may_not_be_named_to_whoever_looks_is_not_named_where_a_name_goes() -> None:
    bare = entry("AllergyIntolerance/1", section="allergies", kind="allergy", title="Latex", source=TRUST)
    named = msgspec.structs.replace(bare, detail="HIV infection", unnamed=Unnamed(("Condition/1",), bare))
    problem = LabelledEntry(entry("Condition/1", title="HIV infection"), ("sexual-reproductive",))
    store = store_labelled([problem, *label([named])], test_data=True)
    mine = Gate(store).open(request("home-care"))
    assert shown(mine)[bare.entry_id].shortened
    seen = Gate(SeenStore(store, frozenset(shown(mine)))).open(request("mental-health"), seen=mine)
    really = Gate(store).open(request("mental-health"))
    assert TRUST.name in str(really), "a control: it is no secret to that reader"
    assert shown(seen)[bare.entry_id].entry == shown(mine)[bare.entry_id].entry
