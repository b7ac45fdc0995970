"""The picture of the last twelve months needs only what can reach into them."""

from __future__ import annotations

from datetime import date

import pytest
from records import GP, entry, record

from consent.disclosure import DisclosedEntry
from desktop.models.lanes import marks
from desktop.models.story import Story


@pytest.mark.parametrize("first", [date(2026, 11, 21), date(2025, 11, 21), date(2020, 1, 1), date(1900, 1, 1)])
def test_no_entry_that_reaches_a_day_is_left_out(first: date) -> None:
    story = Story(record())

    def reaching(items: list[DisclosedEntry]) -> set[str]:
        return {mark.entry_id for mark in marks(items, story.today) if mark.last >= first.toordinal()}

    assert reaching(story.since(first)) == reaching(story.dated())
    assert reaching(story.dated())


def test_the_navigation_counts_what_is_in_a_section_and_no_list_of_it() -> None:
    items = [
        entry("allergies", "Penicillin", GP, kind="allergy"),
        entry("allergies", "This list is incomplete", GP, kind="list-warning"),
        entry("other", "List: Allergies", GP, kind="list"),
    ]
    rows = {row.page: row.count for row in Story(record(items)).navigation(everything=True)}
    assert (rows["allergies"], rows["other"]) == (1, 0)
