"""Dates of a story: written for one day, moved as a whole to any other, in British clock time.

Partial dates ("2019", "2019-05"), and dates given with a leading "=" (birth dates, long ago), never move.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cache

WRITTEN_FOR = date(2026, 11, 21)

_IN_TEXT = re.compile(r"\{(\d{4}-\d{2}-\d{2})\}")


@cache
def _summer_time(year: int) -> tuple[date, date]:
    """The first and last day of British summer time: the last Sundays of March and October."""

    def last_sunday(month: int) -> date:
        end = date(year, month, 31)
        return end - timedelta(days=(end.weekday() + 1) % 7)

    return last_sunday(3), last_sunday(10)


def _offset(day: date) -> str:
    first, last = _summer_time(day.year)
    return "+01:00" if first <= day < last else "+00:00"


class Calendar:
    """Moves the dates of a story by whole weeks, so that weekdays stay and nothing past lands after `as_of`."""

    def __init__(self, as_of: date) -> None:
        self.as_of = as_of
        self.weeks = (as_of - WRITTEN_FOR) // timedelta(days=7)

    def day(self, written: str) -> str:
        """The FHIR date for `written`, at its own precision; the time of day, if any, is dropped."""
        if written.startswith("="):
            return written[1:]
        if len(written) < 10:
            return written
        if not self.weeks:
            return written[:10]
        return (date.fromisoformat(written[:10]) + timedelta(weeks=self.weeks)).isoformat()

    def at(self, written: str) -> str:
        """The FHIR dateTime for `written` ("2026-03-03T10:15"); a date without a time stays a date."""
        if "T" not in written:
            return self.day(written)
        day = self.day(written)
        return f"{day}T{written[11:16]}:00{_offset(date.fromisoformat(day))}"

    def instant(self, written: str, clock: str = "12:00") -> str:
        """A full instant, at `clock` where the story gives only a day."""
        return self.at(written if "T" in written else f"{written}T{clock}")

    def plus(self, written: str, minutes: int) -> str:
        """`written` moved on by `minutes`, still as written for the story."""
        return (datetime.fromisoformat(written) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")

    def words(self, text: str) -> str:
        """`text` with every {2026-03-03} replaced by "3 March 2026" of the moved calendar."""

        def spoken(match: re.Match[str]) -> str:
            day = date.fromisoformat(self.day(match.group(1)))
            return f"{day.day} {day:%B %Y}"

        return _IN_TEXT.sub(spoken, text) if "{" in text else text
