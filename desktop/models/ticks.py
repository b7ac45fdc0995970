"""Where the marks of an axis stand and what is written at them: years, months or days, and round numbers of values."""

from __future__ import annotations

import math
from datetime import date

from desktop.models.words import month_name


def day_of(ordinal: float) -> date:
    """The day of an ordinal, within what a date can be."""
    return date.fromordinal(min(max(int(ordinal), 1), date.max.toordinal()))


def ticks(first: float, last: float) -> list[tuple[int, str]]:
    """Marks of a time axis between two ordinals: where each stands, and what is written there."""
    start, end = day_of(first), day_of(last)
    if last - first > 2.5 * 366:
        years = end.year - start.year
        step = next((step for step in (1, 2, 5, 10, 20, 50) if years / step <= 12), 100)
        return [
            (date(year, 1, 1).toordinal(), str(year))
            for year in range(start.year, end.year + 1)
            if year % step == 0 and date(year, 1, 1).toordinal() >= first
        ]
    if last - first <= 70:
        step = 1 if last - first <= 12 else 7
        return [
            (day, f"{day_of(day).day} {month_name(day_of(day).month)}")
            for day in range(-int(-first // step) * step, int(last) + 1, step)
            if day >= 1
        ]
    made: list[tuple[int, str]] = []
    year, month = start.year, start.month
    while (year, month) <= (end.year, end.month):
        ordinal = date(year, month, 1).toordinal()
        if ordinal >= first:
            made.append((ordinal, f"{month_name(month)} {year}" if month == 1 or not made else month_name(month)))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return made


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """At most so many round numbers that span two values."""
    rough = max((high - low) / max(most - 1, 1), 1e-9)
    power = 10 ** math.floor(math.log10(rough))
    step = next((power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough), power * 10)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]


def tick_text(value: float) -> str:
    """A round number as people write it."""
    return f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"
