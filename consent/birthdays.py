"""Birthdays and other days that access turns on, from dates of birth as exact as their source and no more."""

from __future__ import annotations

import calendar
from datetime import date


def birthday(born: date, years: int) -> date:
    """The day on which someone has had that many birthdays. Born on 29 February, they have it on 1 March in a year
    without that day: an age is attained at the beginning of the anniversary (Family Law Reform Act 1969 s.9), and there
    is none before the first moment after 28 February."""
    year = born.year + years
    if (born.month, born.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 3, 1)
    return born.replace(year=year)


def born_by(written: str) -> tuple[date, date] | None:
    """The first and the last day on which someone can have been born, from a FHIR date ("2012", "2012-02",
    "2012-02-29"); None for one that cannot be read."""
    parts = written.strip()[:10].split("-")
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 1:
            return date(numbers[0], 1, 1), date(numbers[0], 12, 31)
        if len(numbers) == 2:
            last = calendar.monthrange(numbers[0], numbers[1])[1]
            return date(numbers[0], numbers[1], 1), date(numbers[0], numbers[1], last)
        day = date(numbers[0], numbers[1], numbers[2])
    except (ValueError, IndexError, calendar.IllegalMonthError):
        return None
    return day, day


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
