"""Ways a withheld fact could get out of the gate, tried one by one: none of them works, and each has a control."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gatekit import HOSPITAL, TRUST, MemoryStore, entry, opened, shown, store
from hypothesis import given, settings
from hypothesis import strategies as st

import consent.gate
from consent.disclosure import DisclosedRecord
from consent.disclosure_json import to_json
from consent.errors import PolicyError
from consent.ports import StoredContent
from desktop.models.chronicle import Chronicle
from desktop.models.story import Story
from fhir.entries import Code, Entry, EntryId, Field, Link, When

SCT = "http://snomed.info/sct"
HIV = entry("Condition/1", title="HIV infection", codes=(Code(SCT, "86406008", "HIV"),), active=True)


def text(record: DisclosedRecord) -> str:
    return json.dumps(to_json(record)) + repr(record)


def leaks(where: MemoryStore, role: str = "social-worker") -> bool:
    return "HIV" in text(opened(where, role))


@pytest.mark.parametrize(
    "teller",
    [
        entry(
            "DocumentReference/1", section="documents", title="Letter", links=(Link("related", "Condition/1", "HIV"),)
        ),
        entry("Encounter/1", section="contacts", title="Visit", links=(Link("diagnosis", "Condition/1", "HIV"),)),
        entry("CarePlan/1", section="care-plan", title="Plan", links=(Link("addresses", "Condition/1", "HIV"),)),
        entry("Appointment/1", section="appointments", links=(Link("reasonReference", "Condition/1", "HIV"),)),
        entry("ServiceRequest/1", section="referrals", links=(Link("reasonReference", "Condition/1", "HIV"),)),
        entry(
            "List/1", section="problems", kind="list", title="2 problems", links=(Link("entry", "Condition/1", "HIV"),)
        ),
        entry("Claim/1", section="money", title="Claim", links=(Link("diagnosis", "Condition/1", "HIV"),)),
    ],
    ids=lambda one: one.resource,
)
def test_nothing_that_refers_to_it_gives_it_away(teller: Entry) -> None:
    assert leaks(store([HIV, teller]), "gp")
    assert shown(opened(store([HIV, teller]), "social-worker")) == set()
    assert not leaks(store([HIV, teller]))


def test_a_result_does_not_give_its_order_or_report_away() -> None:
    result = entry("Observation/1", section="results", title="HIV1 Ab", links=(Link("basedOn", "ServiceRequest/1"),))
    report = entry("DiagnosticReport/1", section="results", title="Serology", links=(Link("result", "Observation/1"),))
    order = entry("ServiceRequest/1", section="investigations", title="Blood test")
    assert shown(opened(store([result, report, order]), "therapist")) == set()


def test_counts_and_dates_of_sources_say_nothing() -> None:
    late = entry("Condition/1", title="HIV infection", recorded="2026-11-01", source=HOSPITAL)
    known = entry("Condition/2", recorded="2020-01-01", source=HOSPITAL)
    assert opened(store([late, known]), "social-worker").sources == opened(store([known]), "social-worker").sources


def test_contradictions_with_what_is_withheld_are_not_told() -> None:
    medicine = entry(
        "MedicationRequest/1", section="medicines", kind="medicine", title="Methadone 1mg/ml", active=True, source=TRUST
    )
    allergy = entry("AllergyIntolerance/1", section="allergies", kind="allergy", title="Methadone")
    assert opened(store([medicine, allergy]), "gp").conflicts
    assert not opened(store([medicine, allergy]), "therapist").conflicts


def test_nights_away_that_are_withheld_are_not_counted_nor_listed() -> None:
    ward = entry(
        "Encounter/1",
        section="admissions",
        kind="admission",
        title="Psychiatric ward",
        source=TRUST,
        when=When(start="2026-03-01", end="2026-03-31", text="March"),
    )
    assert opened(store([ward]), "gp").nights_at_home.home == 335
    assert opened(store([ward]), "home-care").nights_at_home == opened(store([]), "home-care").nights_at_home


def test_groups_do_not_tell_of_a_withheld_twin() -> None:
    asthma = {"codes": (Code(SCT, "195967001", "Asthma"),), "when": When(start="2019-05-01")}
    plain = entry("Condition/1", **asthma)
    twin = entry("Condition/2", source=TRUST, **asthma)
    assert opened(store([plain, twin]), "gp").sections["problems"].entries[0].group
    [alone] = opened(store([plain, twin]), "home-care").sections["problems"].entries
    assert (alone.group, alone.agreement) == ("", "")


def test_the_log_of_a_reader_names_only_what_was_shown_to_them() -> None:
    where = store([HIV, entry("Condition/2")])
    opened(where, "social-worker")
    assert list(where.events[0].items) == ["e-condition-2"]
    assert "HIV" not in repr(where.events)


def test_a_dangling_reference_and_one_to_a_withheld_entry_look_the_same() -> None:
    plan = entry(
        "CarePlan/1",
        section="care-plan",
        labels=(Code("http://terminology.hl7.org/CodeSystem/v3-ActCode", "SOC"),),
        links=(Link("addresses", "Condition/1", "HIV"),),
        fields=(Field("Addresses", "HIV"),),
    )
    assert text(opened(store([plan, HIV]), "home-care")) == text(opened(store([plan]), "home-care"))


def test_a_timeline_has_no_gap_where_something_is_withheld() -> None:
    """Neither in what is drawn, nor in its rows and lanes, nor in where it begins and ends."""

    def at(resource: str, start: str, end: str = "", **values: Any) -> Entry:
        return entry(resource, when=When(text=start, start=start, end=end or start), active=True, **values)

    kept = [at("Condition/2", "2019-03-01", "2021-04-01"), at("Condition/3", "2024-05-06"), at("Condition/4", "2025")]
    hiv = (Code(SCT, "86406008", "HIV"),)
    hidden = [
        at(f"Condition/{number}", start, end, title="HIV infection", codes=hiv, source=HOSPITAL)
        for number, (start, end) in enumerate((("1971", ""), ("2019-02", "2026-01"), ("2024-05-06", "")), 10)
    ]

    def drawn(entries: list[Entry], role: str) -> tuple[Any, ...]:
        chronicle = Chronicle(Story(opened(store(entries), role)))
        lanes = {lane: (found.points, found.bars) for lane, found in chronicle.all.lanes.items()}
        return chronicle.all.items, chronicle.all.marks, repr(lanes), chronicle.kinds, chronicle.sources

    assert drawn(kept + hidden, "social-worker") == drawn(kept, "social-worker")
    assert drawn(kept + hidden, "gp") != drawn(kept, "gp")


def test_an_unreadable_table_of_defaults_withholds_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(**_: Any) -> None:
        raise PolicyError("the table of defaults cannot be read")

    where = store([entry("Condition/1")], test_data=True)
    assert shown(opened(where, "gp"))
    monkeypatch.setattr(consent.gate, "policies", unreadable)
    for role in ("gp", "tester"):
        record = opened(where, role)
        assert shown(record) == set()
        assert {section.state for section in record.sections.values()} == {"nothing-shown"}


def test_an_error_while_opening_carries_no_content() -> None:
    class Locked(MemoryStore):
        def readable(self, person: str) -> Any:
            raise OSError("database is locked")

    where = Locked()
    with pytest.raises(OSError, match="database is locked"):
        opened(where)
    assert where.events == []


@settings(max_examples=80, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_bytes_that_are_no_entry_never_crash_and_never_show(contents: list[bytes]) -> None:
    where = MemoryStore([StoredContent(EntryId(f"e-{n}"), "i", content) for n, content in enumerate(contents)])
    assert shown(opened(where, "gp")) == set()
    assert opened(where, "nurse").sections == opened(MemoryStore(), "nurse").sections


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 300))
def test_an_entry_cut_short_never_shows(length: int) -> None:
    [content] = store([HIV]).contents
    cut = StoredContent(content.entry_id, "i", content.content[: min(length, len(content.content) - 1)])
    assert not leaks(MemoryStore([cut]), "gp")
