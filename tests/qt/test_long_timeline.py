"""A long record is arranged off the window's thread: in step when it arrives, dropped when nobody waits for it."""

from __future__ import annotations

import pytest
from conftest import Driver, flush
from records import COUNCIL, GP, PERSON, entry, record

from consent.disclosure import DisclosedEntry
from desktop.views import timeline as views


def _many(count: int) -> list[DisclosedEntry]:
    return [
        entry(
            "contacts" if number % 2 else "results",
            f"Seen {number}",
            GP if number % 3 else COUNCIL,
            f"{1990 + number % 30}-0{number % 9 + 1}-1{number % 9}",
        )
        for number in range(count)
    ]


@pytest.fixture
def long(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Driver:
    monkeypatch.setattr(views, "AT_ONCE", 20)
    driver.vault.records = {PERSON: record(_many(90))}
    driver.sign_in()
    driver.open()
    return driver


def test_it_says_that_it_is_arranging_and_then_shows_all(long: Driver) -> None:
    person = long.window.person
    assert person is not None
    person.open_page("timeline")
    assert "Arranging the timeline…" in long.texts()
    long.settle()
    assert person.timeline.model.rowCount() == 90
    assert len(person.timeline.picture._marks) == 90
    assert person.timeline.section.itemText(0) == "All kinds (90)"
    assert "Investigation results (45)" in [
        person.timeline.section.itemText(row) for row in range(person.timeline.section.count())
    ]


def test_filters_keep_list_and_picture_in_step(long: Driver) -> None:
    person = long.window.person
    assert person is not None
    person.open_page("timeline")
    long.settle()
    timeline = person.timeline
    timeline.text.setText("seen 1")
    timeline.source.setCurrentIndex(timeline.source.findData("Thornbury Council"))
    timeline.narrow()
    long.settle()
    shown = [item.entry for item in timeline.model.shown()]
    assert shown
    assert all(one.source.name == "Thornbury Council" for one in shown)
    assert {mark.entry_id for mark in timeline.picture._marks} == {one.entry_id for one in shown}
    assert [one.when.start for one in shown] == sorted((one.when.start for one in shown), reverse=True)


def test_what_arrives_after_the_lock_is_dropped(long: Driver) -> None:
    person = long.window.person
    assert person is not None
    person.open_page("timeline")
    timeline = person.timeline
    long.window.lock()
    long.settle()
    flush()
    assert timeline._chronicle is None
    assert timeline.model.rowCount() == 0
