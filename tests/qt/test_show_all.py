"""What *Show all* brings stands where the button was, for the keyboard too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QScrollBar, QWidget
from records import GP, PERSON, entry, record

from consent.disclosure import FactGroup
from desktop.widgets.text import Card
from fhir.entries import Link

STAY = "Encounter/stay"


def walk(driver: Driver, inside: QWidget, words: str, steps: int) -> list[str]:
    """Press *Show all* with these words by the space bar, and go on with Tab; where the cursor then is each time."""
    (more,) = [one for one in inside.findChildren(QAbstractButton) if one.isVisible() and one.text() == words]
    more.setFocus()
    driver.qtbot.keyClick(more, Qt.Key.Key_Space)
    driver.settle()
    came: list[str] = []
    for _step in range(steps):
        at = driver.window.focusWidget()
        assert at is not None
        came.append(at.accessibleName().partition(",")[0])
        driver.qtbot.keyClick(at, Qt.Key.Key_Tab)
    return came


@pytest.mark.parametrize(("page", "first"), [("overview", 7), ("medicines", 8)])
def test_the_rest_of_a_card_comes_next(driver: Driver, page: str, first: int) -> None:
    active = page == "overview"
    many = [
        entry("medicines", f"Medicine {number}", GP, f"2026-01-{31 - number}", active=active) for number in range(12)
    ]
    driver.vault.records = {PERSON: record(many)}
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    person.open_page(page)
    driver.settle()
    assert walk(driver, person, "Show all 12", 12 - first) == [f"Medicine {one}" for one in range(first, 12)]


def test_the_rest_of_what_an_entry_goes_with_comes_before_what_stands_below(driver: Driver) -> None:
    stay = entry("admissions", "Stay", GP, "2026-01-01", resource=STAY)
    many = [
        entry("medicines", f"Medicine {number}", GP, f"2026-01-{31 - number}", links=(Link("encounter", STAY),))
        for number in range(6)
    ]
    driver.vault.records = {PERSON: record([stay, *many])}
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    person.open_entry(stay.entry.entry_id)
    driver.settle()
    came = walk(driver, person.detail, "Show all 6", 4)
    assert came == ["Medicine 3", "Medicine 4", "Medicine 5", "Show the original"]


def test_the_rest_of_what_sources_agree_on_comes_below_and_the_page_stays_where_it_is(driver: Driver) -> None:
    facts = [entry("problems", f"Problem {number:02}", GP, "2020-01-01") for number in range(16)]
    groups = tuple(FactGroup(f"g{number}", "problems", (one.entry.entry_id,), ()) for number, one in enumerate(facts))
    driver.vault.records = {PERSON: replace(record(facts), groups=groups)}
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    person.open_page("conflicts")
    driver.settle()
    page = person.pages.currentWidget()
    (bar,) = [one for one in page.findChildren(QScrollBar) if one.isVisible() and one.maximum()]
    bar.setValue(bar.maximum())
    before, first = bar.value(), page.findChildren(Card)[1]
    assert walk(driver, page, "Show all 16", 4) == ["1 Jan 2020"] * 4
    driver.settle()
    assert bar.value() >= before > 0
    assert first.isVisible(), "what was read is not built anew"
    titles = [card.accessibleName() for card in page.findChildren(Card) if card.isVisible()]
    assert titles[-16:] == [f"Problem {number:02}" for number in range(16)]
