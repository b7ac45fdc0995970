"""The gate where somebody looks at another's view, where one part is withheld, and for testers of invented people."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from consent_kit import chosen, consent
from gatekit import MemoryStore, entry, opened, request, shown, store, store_labelled

from consent.disclosure import DisclosedEntry, DisclosedRecord
from consent.gate import Gate
from consent.labels import LabelledEntry
from fhir.entries import EntryId, Link, When

VISIT = entry("Encounter/v", section="encounters", kind="encounter", title="Visit")
PROBLEM = entry("Condition/1", title="Asthma", links=(Link("encounter", "Encounter/v", "Visit at the moor"),))


def seen_as(mine: DisclosedRecord, where: MemoryStore) -> DisclosedRecord:
    """What a GP sees, to somebody who was shown this."""
    return Gate(where).open(request("gp"), seen=mine)


def problem(record: DisclosedRecord) -> DisclosedEntry:
    (found,) = record.sections["problems"].entries
    return found


def test_whoever_sees_as_another_is_told_of_an_entry_no_more_than_they_were_shown() -> None:
    held = store([PROBLEM])
    mine = opened(held, "nurse")
    assert "moor" not in str(mine)
    assert "moor" in str(opened(held, "gp")), "a control: a GP is told"
    theirs = seen_as(mine, held)
    assert problem(theirs).entry == problem(mine).entry
    assert problem(theirs).shortened


@pytest.mark.parametrize(("role", "state"), [("nurse", "nothing-shown"), ("gp", "none-recorded")])
def test_nothing_is_said_to_be_missing_but_to_whom_it_may_be_said(role: str, state: str) -> None:
    held = store([PROBLEM, VISIT])
    theirs = seen_as(opened(held, role), held)
    assert (theirs.sections["allergies"].state, theirs.full) == (state, role == "gp")


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_not_shown_whole_is_not_whole_to_whoever_sees_as_another(whole: bool) -> None:
    held = store([PROBLEM])
    mine = opened(held)
    section = mine.sections["problems"]
    given = replace(section, entries=(msgspec.structs.replace(problem(mine), whole=whole),))
    assert problem(seen_as(replace(mine, sections={**mine.sections, "problems": given}), held)).whole is whole


def test_one_part_that_is_withheld_takes_nothing_from_other_resources() -> None:
    """Two entries of one resource, of which one is withheld, and one of another."""
    secret = msgspec.structs.replace(PROBLEM, entry_id=EntryId("e-secret"), links=())
    other = entry("Condition/2", title="Gout")
    parts = [LabelledEntry(PROBLEM, ("general",)), LabelledEntry(other, ("general",))]
    held = store_labelled([*parts, LabelledEntry(secret, ("mental-health", "justice"))])
    found = {one.entry.resource: one.whole for one in opened(held, "nurse").sections["problems"].entries}
    assert found["Condition/2"] is True
    assert not found["Condition/1"]


def test_entries_are_shown_newest_first_whatever_they_are_called() -> None:
    days = {"Condition/1": "2026-01-01", "Condition/2": "2024-01-01", "Condition/3": "2025-01-01"}
    held = store([entry(name, when=When(start=day, end=day, precision="day")) for name, day in days.items()])
    order = [one.entry.resource for one in opened(held).sections["problems"].entries]
    assert order == ["Condition/1", "Condition/3", "Condition/2"]


def test_where_reader_and_audience_are_given_alike_it_is_said_why_to_the_reader() -> None:
    held = store([entry("Condition/1", title="Asthma")])
    for_both = Gate(held).open(request("gp"), audience="nurse")
    assert problem(for_both).because == problem(opened(held, "gp")).because
    assert problem(for_both).because != problem(opened(held, "nurse")).because


def test_a_tester_of_invented_people_sees_a_protected_identity_and_nobody_else_does() -> None:
    born = LabelledEntry(entry("Condition/born", title="Born Harker"), ("general",), limits=("ADOPTION",))
    for acts in ([], chosen(consent("OPTIN"))):
        held = store_labelled([born], test_data=True, acts=acts)
        assert shown(opened(held, "tester")) == {"Condition/born"}
        assert shown(opened(held, "gp")) == set()
