"""Clinical time, as exact as its source and no more.

Reads FHIR dates, times, Periods, Timings, Ages, Ranges and free text into `When`; says them as people read them
("21 Nov 2026", "Nov 2026", "about 2019", "aged 40"); orders them. Partial dates stay partial, and what is not a real
date keeps its own text. A time shows its zone only where that differs from the time in England on that day. There is
no clock here: nothing is relative to today.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

from fhir.entries import Precision, When
from fhir.quantities import quantity_words, range_words
from fhir.records import Tree

UNKNOWN = When()
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_LENGTHS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS = {f"{n:02}": n for n in range(1, 32)}
_MONTH_NUMBERS = {f"{n:02}": n for n in range(1, 13)}


def read_date(value: str) -> tuple[Precision, str]:
    """The precision and the words of a FHIR date, dateTime or instant; ("unknown", own text) for an impossible one."""
    size = len(value)
    year = value[:4]
    if size < 4 or not year.isdigit() or not year.isascii():
        return "unknown", _not_real(value)
    if size == 4:
        return "year", year
    month = _MONTH_NUMBERS.get(value[5:7], 0)
    if value[4] != "-" or not month:
        return "unknown", _not_real(value)
    if size == 7:
        return "month", f"{_MONTHS[month]} {year}"
    day = _DAYS.get(value[8:10], 0)
    if not day or value[7] != "-" or (day > 28 and not _exists(int(year), month, day)):
        return "unknown", _not_real(value)
    if size == 10:
        return "day", f"{day} {_MONTHS[month]} {year}"
    if value[10] != "T" or size < 16 or value[13] != ":" or not _is_time(value):
        return "unknown", _not_real(value)
    return "instant", f"{day} {_MONTHS[month]} {year}, {value[11:16]}{_zone(value, int(year), month, day)}"


def _exists(year: int, month: int, day: int) -> bool:
    if day <= _MONTH_LENGTHS[month]:
        return True
    return month == 2 and day == 29 and year > 0 and monthrange(year, 2)[1] == 29


def _is_time(value: str) -> bool:
    hour, minute = value[11:13], value[14:16]
    return hour.isdigit() and minute.isdigit() and hour < "24" and minute < "60"


def _not_real(value: str) -> str:
    return f"{value}, not a real date" if value[:1].isdigit() else value


def _zone(value: str, year: int, month: int, day: int) -> str:
    """What to add to a time for its zone: nothing where it is the time in England or no zone is written."""
    if value[-1] == "Z":
        offset = "+00:00"
    else:
        offset = value[-6:]
        if offset[0] not in "+-" or len(value) < 22:
            return ""
        if offset == "-00:00":
            offset = "+00:00"
    if offset == ("+01:00" if _summer_time(year, month, day) else "+00:00"):
        return ""
    return " UTC" if offset == "+00:00" else f" (UTC{offset})"


def _summer_time(year: int, month: int, day: int) -> bool:
    """Whether British Summer Time is in force on a day (Summer Time Act 1972 as amended, rule since 1996)."""
    if 3 < month < 10:
        return True
    if month not in (3, 10) or not year:
        return False
    last_sunday = 31 - (date(year, month, 31).weekday() + 1) % 7
    return day >= last_sunday if month == 3 else day < last_sunday


def say(value: str) -> str:
    """The words of a FHIR date, "" for an empty one."""
    return read_date(value)[1] if value else ""


def at(value: Any) -> When:
    """One point of time from a FHIR date string; other text is kept as words."""
    if type(value) is not str or not value:
        return UNKNOWN
    precision, words = read_date(value)
    return When(start=value, precision=precision, text=words)


def period(value: Any, *, ongoing: bool | None = None) -> When:
    """An interval from a FHIR Period; `ongoing` is whether one without end is known to be open."""
    if type(value) is not dict:
        return at(value)
    start, end = value.get("start"), value.get("end")
    start = start if type(start) is str else ""
    end = end if type(end) is str else ""
    if not start and not end:
        return UNKNOWN
    return between(start, end, ongoing=bool(ongoing) and not end)


def between(start: str, end: str, *, ongoing: bool = False) -> When:
    """An interval from two FHIR date strings, either of which may be empty."""
    precision, words = read_date(start) if start else ("unknown", "")
    if not end:
        return When(start=start, precision=precision, text=f"since {words}" if ongoing else words, ongoing=ongoing)
    last = read_date(end)[1]
    if not start:
        return When(end=end, text=f"until {last}")
    if start == end or words == last:
        text = words
    elif start[:10] == end[:10] and len(start) > 10 and len(end) > 10:
        text = f"{words} to {last.rpartition(', ')[2]}"
    else:
        text = f"{words} to {last}"
    return When(start=start, end=end, precision=precision, text=text)


def age_words(value: Any) -> str:
    """ "aged 40" for an Age; other units are named ("aged 6 months")."""
    if not isinstance(value, dict):
        return ""
    words = quantity_words(value)
    if not words:
        return ""
    number, _, unit = words.partition(" ")
    if unit in ("", "a", "yr", "year", "years", "Year", "yrs"):
        return f"aged {number}"
    return f"aged {number} {_AGE_UNITS.get(unit, unit)}"


_AGE_UNITS = {"mo": "months", "wk": "weeks", "d": "days", "h": "hours", "min": "minutes"}


def timing_words(value: Any) -> str:
    """A Timing in words: its code's text, its events, or "2 times every day"; "" where nothing is said."""
    if not isinstance(value, dict):
        return value.strip() if isinstance(value, str) else ""
    code = value.get("code")
    said = ""
    if isinstance(code, dict):
        text = code.get("text")
        said = text if isinstance(text, str) else ""
        if not said:
            codings = code.get("coding")
            coding = codings[0] if isinstance(codings, list) and codings else codings
            if isinstance(coding, dict):
                said = str(coding.get("display") or coding.get("code") or "")
    repeat = value.get("repeat")
    parts = [said] if said else []
    if isinstance(repeat, dict):
        words = _repeat_words(repeat)
        if words and words != said:
            parts.append(words)
    events = value.get("event")
    if events:
        parts += [say(event) for event in (events if isinstance(events, list) else [events]) if isinstance(event, str)]
    return ", ".join(parts)


_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
_EVENTS = {
    "MORN": "in the morning", "AFT": "in the afternoon", "EVE": "in the evening", "NIGHT": "at night",
    "HS": "before sleep", "WAKE": "on waking", "PHS": "after sleep", "C": "with meals", "CM": "with breakfast",
    "CD": "with lunch", "CV": "with dinner", "AC": "before meals", "ACM": "before breakfast", "ACD": "before lunch",
    "ACV": "before dinner", "PC": "after meals", "PCM": "after breakfast", "PCD": "after lunch", "PCV": "after dinner",
}  # fmt: skip
_WEEKDAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday",
    "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip


def _repeat_words(repeat: Tree) -> str:
    parts: list[str] = []
    unit = _UNITS.get(str(repeat.get("periodUnit", "")), "")
    if unit:
        period_count = _span(repeat, "period")
        every = f"every {unit}" if period_count in ("1", "1.0", "") else f"every {period_count} {unit}s"
        count = _span(repeat, "frequency")
        parts.append(every if count in ("", "1") else f"{count} times {every}")
    for name, table in (("dayOfWeek", _WEEKDAYS), ("when", _EVENTS)):
        some = repeat.get(name)
        if some:
            codes = some if isinstance(some, list) else [some]
            joined = ", ".join(table.get(str(code), str(code)) for code in codes)
            parts.append(f"on {joined}" if name == "dayOfWeek" else joined)
    times = repeat.get("timeOfDay")
    if times:
        parts.append("at " + ", ".join(str(t)[:5] for t in (times if isinstance(times, list) else [times])))
    bounds = repeat.get("boundsPeriod")
    if isinstance(bounds, dict):
        parts.append(period(bounds).text)
    for name, words in (("boundsDuration", quantity_words), ("boundsRange", range_words)):
        if isinstance(repeat.get(name), dict):
            parts.append(f"for {words(repeat[name])}")
    total = repeat.get("count")
    if total is not None:
        parts.append(f"{total} times in all")
    return " ".join(part for part in parts if part)


def _span(repeat: Tree, name: str) -> str:
    low, high = repeat.get(name), repeat.get(name + "Max")
    if low is None:
        return ""
    return f"{low} to {high}" if high is not None else str(low)


def choice(tree: Tree, name: str) -> When:
    """The time in a choice element such as `onset[x]`, `effective[x]`, `performed[x]`, whatever its type."""
    value = tree.get(name + "DateTime")
    if value is not None:
        return at(value)
    value = tree.get(name + "Period")
    if value is not None:
        return period(value)
    for suffix in ("Instant", "Date"):
        value = tree.get(name + suffix)
        if value is not None:
            return at(value)
    for suffix in ("Age", "Duration"):
        value = tree.get(name + suffix)
        if value is not None:
            return When(text=age_words(value))
    value = tree.get(name + "Range")
    if value is not None:
        words = range_words(value)
        return When(text=f"aged {words}" if words else "")
    value = tree.get(name + "String", tree.get(name))
    if isinstance(value, str):
        return from_text(value)
    if isinstance(value, dict) and ("start" in value or "end" in value):
        return period(value)
    value = tree.get(name + "Timing")
    return timing(value) if value is not None else UNKNOWN


def timing(value: Any) -> When:
    """The interval a Timing covers, with its words."""
    words = timing_words(value)
    if not isinstance(value, dict):
        return When(text=words)
    events = value.get("event")
    dates = [event for event in (events if isinstance(events, list) else [events]) if isinstance(event, str)]
    repeat = value.get("repeat")
    bounds = repeat.get("boundsPeriod") if isinstance(repeat, dict) else None
    base = between(min(dates), max(dates) if len(dates) > 1 else "") if dates else period(bounds)
    return When(start=base.start, end=base.end, precision=base.precision, text=words or base.text)


def from_text(value: str) -> When:
    """A time written in words ("about 2019"); a string that is a date is read as one."""
    value = value.strip()
    if value[:4].isdigit() and value[:4].isascii():
        precision, words = read_date(value)
        if precision != "unknown":
            return When(start=value, precision=precision, text=words)
    return When(text=value)
