"""A day as people type it."""

from __future__ import annotations

from datetime import date

import pytest

from desktop.models.typed_days import typed_day
from desktop.models.words import calendar_day

MEANT = date(2026, 11, 30)


@pytest.mark.parametrize(
    "text",
    [
        "30 Nov 2026", "30 November 2026", "30 nov 26", "30nov2026", "30th Nov. 2026", "30-Nov-2026", " 30 Nov, 2026 ",
        "30/11/2026", "30.11.2026", "30-11-26", "30 11 2026", "2026-11-30",
    ],
)  # fmt: skip
def test_a_day_is_understood_in_every_usual_form(text: str) -> None:
    assert typed_day(text) == MEANT


def test_the_day_stands_before_the_month() -> None:
    assert typed_day("3/4/2026") == date(2026, 4, 3)


@pytest.mark.parametrize(
    "text", ["", "30", "30 Nov", "30 Nov 202", "31 Nov 2026", "11/30/2026", "30 Nvm 2026", "soon", "0 Jan 2026", "2026"]
)
def test_what_is_no_day_or_not_whole_yet_is_none(text: str) -> None:
    assert typed_day(text) is None


def test_every_day_is_read_back_as_it_is_written() -> None:
    days = [date(2028, month, day) for month in range(1, 13) for day in (1, 9, 28)] + [date(2028, 2, 29)]
    assert [typed_day(calendar_day(day)) for day in days] == days
