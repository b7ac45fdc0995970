"""Medicines: what differs between sources stands first and is said, who prescribes, what changed, what was missed."""

from __future__ import annotations

from datetime import date

import pytest
from conftest import Driver, flush
from records import COUNCIL, GP, HOSPITAL, PERSON, entry, record

from consent.disclosure import DisclosedEntry
from desktop.models.medicines import arranged, stem
from desktop.views.plugged import medicines as medicines_page
from desktop.widgets.row import EntryRow, WrittenRow
from desktop.widgets.text import Card
from fhir.entries import Field

TODAY = date(2026, 11, 21)


def _ordered(title: str, value: str, source: object, start: str, **more: object) -> DisclosedEntry:
    more.setdefault("active", True)
    return entry("medicines", title, source, start, value=value, kind="medicine-request", **more)  # type: ignore[arg-type]


ITEMS = [
    _ordered("Apixaban 2.5mg tablets", "ONE TWICE a day", GP, "2021-02-22", author="Dr Anita Patel, GP"),
    _ordered("Apixaban 2.5mg tablets", "ONE TWICE a day", HOSPITAL, "2026-11-12"),
    _ordered("Bisoprolol 2.5mg tablets", "ONE in the morning", GP, "2021-03-15", author="Dr Anita Patel, GP"),
    _ordered("Bisoprolol 5mg tablets", "ONE in the morning", HOSPITAL, "2026-11-12", author="Dr Kwame Osei"),
    _ordered(
        "Furosemide 20mg tablets",
        "ONE in the morning",
        GP,
        "2019-07-02",
        end="2026-11-12",
        active=False,
        fields=(Field("Why stopped", "Dose increased in hospital"),),
    ),
    _ordered("Amlodipine 5mg tablets", "ONE in the morning", GP, "2015-03-09", end="2020-06-02", active=False),
    entry(
        "medicines",
        "Not given: Apixaban 2.5mg tablets",
        COUNCIL,
        "2026-11-20T10:10:00Z",
        kind="medicine-given",
        fields=(Field("Why not", "Asleep"),),
    ),
    entry("medicines", "Paracetamol", GP, "2020", kind="medicine-request", assertion="not-a-fact", status="error"),
]


def test_names_stand_together_without_strength_and_form() -> None:
    assert {stem(item.entry.title) for item in ITEMS[2:4]} == {"Bisoprolol"}
    assert stem("Not given: Apixaban 2.5mg tablets") == "Apixaban"
    assert stem("Colecalciferol 800unit capsules") == "Colecalciferol"


def test_every_entry_stands_somewhere_once() -> None:
    made = arranged(ITEMS, TODAY)
    placed = [item.entry.entry_id for one in made.current for item in one.items]
    placed += [item.entry.entry_id for one in made.given for item in one.items]
    placed += [item.entry.entry_id for item in (*made.past, *made.rest)]
    assert sorted(placed) == sorted(item.entry.entry_id for item in ITEMS)


LIST = [
    entry("medicines", "Medications and devices", GP, "2026-11-20", kind="list", value="3 items"),
    entry("medicines", "This list is incomplete: not all has arrived.", GP, "2026-11-20", kind="list-warning"),
]


def test_a_list_of_medicines_is_no_medicine_and_its_warning_comes_first() -> None:
    made = arranged([*ITEMS, *LIST], TODAY)
    bare = arranged(ITEMS, TODAY)
    assert (made.current, made.changes, made.past) == (bare.current, bare.changes, bare.past)
    assert made.incomplete == (LIST[1],)
    assert LIST[0] in made.rest


def test_what_is_incomplete_is_said_before_what_is_taken_and_counted_as_nothing(driver: Driver) -> None:
    driver.vault.records = {PERSON: record([*ITEMS, *LIST])}
    driver.sign_in()
    driver.open()
    assert driver.window.person is not None
    flush()
    card = next(one for one in driver.window.findChildren(Card) if one.accessibleName().startswith("Current medicines"))
    rows = [row.accessibleName() for row in card.findChildren(EntryRow)]
    assert rows[0].startswith("This list is incomplete")
    assert "incomplete, source" in rows[0], "marked in a word of its own"
    assert not any("Medications and devices" in row for row in rows)
    assert "3 current" in driver.texts(), "those that are medicines"
    driver.window.person.open_page("medicines")
    flush()
    card = next(one for one in driver.window.findChildren(Card) if one.accessibleName().startswith("Taken now"))
    said = [row.accessibleName() for row in card.findChildren(WrittenRow)]
    assert said[0].startswith("This list is incomplete")
    assert not any("dose not given" in one for one in said)


def test_sources_that_differ_come_first_and_those_that_agree_do_not_count_as_differing() -> None:
    made = arranged(ITEMS, TODAY)
    assert [(one.name, one.differs) for one in made.current] == [("Bisoprolol", True), ("Apixaban", False)]


def test_changes_of_the_last_months_are_told() -> None:
    told = [(change.item.entry.title, change.words) for change in arranged(ITEMS, TODAY).changes]
    assert ("Bisoprolol 5mg tablets", "changed from Bisoprolol 2.5mg tablets, ONE in the morning") in told
    assert ("Furosemide 20mg tablets", "stopped: Dose increased in hospital") in told
    assert not [title for title, _words in told if title.startswith(("Amlodipine", "Apixaban"))]


def test_the_page_says_it(driver: Driver) -> None:
    driver.vault.records = {PERSON: record(ITEMS)}
    driver.sign_in()
    driver.open()
    assert driver.window.person is not None
    driver.window.person.open_page("medicines")
    flush()
    seen = driver.texts()
    for words in (
        "1 where sources differ",
        "Bisoprolol: sources differ",
        "Dr Kwame Osei",
        "the same in Mill Surgery",
        "stopped: Dose increased in hospital",
        "Not given: Apixaban 2.5mg tablets: Asleep",
        "Amlodipine 5mg tablets",
        "Also in this section",
    ):
        assert words in seen, words


def test_a_missed_dose_is_not_lost_behind_later_ones_that_were_given(driver: Driver) -> None:
    missed = entry(
        "medicines", "Not given: Apixaban 2.5mg tablets", COUNCIL, "2026-11-16T08:00:00Z", kind="medicine-given"
    )
    later = [
        entry("medicines", "Given: Apixaban 2.5mg tablets", COUNCIL, f"2026-11-{day}T08:00:00Z", kind="medicine-given")
        for day in range(17, 22)
    ]
    driver.vault.records = {PERSON: record([*later, missed])}
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    view.open_page("medicines")
    driver.settle()
    (card,) = [one for one in view.findChildren(Card) if one.accessibleName() == "Given and not given"]
    rows = [row.accessibleName() for row in card.findChildren(EntryRow)]
    assert [row.partition(",")[0].startswith("Not given: Apixaban") for row in rows] == [True, False, False, False]
    assert "2 earlier doses of Apixaban" in driver.texts()


@pytest.mark.parametrize(
    ("missed", "words"), [(1, ""), (2, "1 earlier dose not given"), (4, "3 earlier doses not given")]
)
def test_doses_not_given_that_are_not_listed_are_counted_in_whole_sentences(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, missed: int, words: str
) -> None:
    monkeypatch.setattr(medicines_page, "_MISSED", 1)
    doses = [
        entry("medicines", "Not given: Apixaban", COUNCIL, f"2026-11-{10 + day}T08:00:00Z", kind="medicine-given")
        for day in range(missed)
    ]
    driver.vault.records = {PERSON: record(doses)}
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    view.open_page("medicines")
    driver.settle()
    assert words in driver.texts()
    assert ("earlier" in driver.texts()) == bool(words)
