"""The matrix of sections and sources, and the four kinds of nothing, which withheld entries never tell apart."""

from __future__ import annotations

import msgspec
from gatekit import COUNCIL, HOSPITAL, SURGERY, entry, opened, store

from consent.coverage import CoverageRow, coverage
from consent.disclosure import DisclosedRecord
from consent.disclosure_json import to_json
from fhir.entries import Code, Entry, When


def rows(record: DisclosedRecord) -> dict[str, CoverageRow]:
    return {row.section.key: row for row in coverage(record).rows}


def allergy(name: str, start: str, **values: object) -> Entry:
    return entry(
        f"AllergyIntolerance/{name}",
        section="allergies",
        kind="allergy",
        title="Latex",
        when=When(start=start),
        **values,
    )


def test_every_section_of_the_standard_has_a_row() -> None:
    found = coverage(opened(store([entry("Condition/1")], test_data=True), "tester"))
    assert found.standard == 38
    assert found.filled == 1
    assert [bool(row.section.standard) for row in found.rows] == sorted(
        (bool(row.section.standard) for row in found.rows), reverse=True
    )


def test_a_cell_says_how_much_and_how_fresh() -> None:
    three = [allergy("1", "2026-11-11"), allergy("2", "2020-01-01"), allergy("3", "2027-01-01")]
    cell = rows(opened(store(three, test_data=True), "tester"))["allergies"].cells[0]
    assert (cell.state, cell.entries, cell.newest, cell.age) == ("data", 3, "2026-11-11", 10)


def test_a_feed_that_never_carries_allergies_is_not_one_of_which_none_recorded_is_said() -> None:
    held = store([entry("Condition/1", source=SURGERY)], lanes=["gp"], test_data=True)
    held.carried = frozenset({("gp", "problems")})
    record = opened(held, "tester")
    assert record.sections["allergies"].state == "not-connected"
    assert rows(record)["allergies"].cells[0].state == "not-connected"
    held.carried = frozenset({("gp", "problems"), ("gp", "allergies")})
    record = opened(held, "tester")
    assert record.sections["allergies"].state == "none-recorded"
    assert rows(record)["allergies"].cells[0].state == "none-recorded"


def test_a_source_that_sends_nothing_of_a_section_another_fills_is_told_apart() -> None:
    held = store([allergy("1", "2026-11-11", source=HOSPITAL), entry("Condition/1", source=COUNCIL)], test_data=True)
    held.carried = frozenset({("hospital", "allergies"), ("social-care", "problems")})
    found = rows(opened(held, "tester"))["allergies"]
    assert sorted(cell.state for cell in found.cells) == ["data", "not-connected"]


def test_what_may_be_withheld_is_said_alike_whether_or_not_anything_is() -> None:
    secret = entry("Condition/secret", section="problems", title="Depression", source=HOSPITAL, labels=())
    plain = allergy("1", "2026-11-11")
    for role in ("home-care", "ambulance", "administrator"):
        without = opened(store([plain], lanes=["gp"]), role)
        found = coverage(without)
        assert {cell.state for row in found.rows for cell in row.cells} <= {"data", "nothing-shown"}
        assert without.carried == frozenset()
        withheld = opened(store([plain, _psychiatric(secret)], lanes=["gp", "hospital"]), role)
        if not withheld.shows(secret.entry_id):
            assert coverage(withheld) == found
            assert to_json(withheld)["sections"] == to_json(without)["sections"]


def _psychiatric(one: Entry) -> Entry:
    label = Code("http://terminology.hl7.org/CodeSystem/v3-ActCode", "PSY")
    return msgspec.structs.replace(one, labels=(label,))
