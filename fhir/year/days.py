"""Days of FHIR dates, and who said what: what every reckoning of the year needs."""

from __future__ import annotations

import re
from datetime import date

from fhir.entries import Entry

_OVER = frozenset({"cancelled", "entered-in-error", "entered in error", "revoked", "rejected", "noshow", "not done"})
_UNTIL = re.compile(r"until (\d{1,2}) ([A-Z][a-z]{2}) (\d{4})")
_BY = re.compile(r"by (\d{1,2}) ([A-Z][a-z]{2}) (\d{4})")
_TOLD = re.compile(r"^(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})$")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(text: str) -> date | None:
    """The day of a FHIR date that is exact to the day, else None."""
    try:
        return date.fromisoformat(text[:10]) if len(text) >= 10 else None
    except ValueError:
        return None


def last_day(born: str, deceased: str, today: date) -> date | None:
    """Until when somebody's days are reckoned: today, or the day of death. `born` and `deceased` are as in an identity.

    None where the day of death is not known, or cannot be right.
    """
    died, birth = day(deceased), day(born)
    if not deceased:
        return today
    return None if died is None or (birth is not None and died < birth) else min(died, today)


def is_fact(entry: Entry) -> bool:
    """Whether an entry states something that was not called off."""
    return entry.assertion == "fact" and entry.status.casefold() not in _OVER


def field(entry: Entry, *labels: str) -> str:
    """The first of these labelled lines of an entry, empty where it has none."""
    for label in labels:
        for one in entry.fields:
            if one.label == label and one.value:
                return one.value
    return ""


def source_of(entry: Entry) -> tuple[str, str]:
    """Which system an entry is from."""
    return entry.source.name, entry.source.key


def due_day(text: str) -> date | None:
    """The day in "until 25 Nov 2026" or "by 4 Jan 2027", as describers write a limit; else None."""
    return _day_of(_UNTIL.search(text) or _BY.search(text))


def told_day(text: str) -> date | None:
    """The day of "1 Dec 2026" alone, as describers write a date that is exact to the day; else None."""
    return _day_of(_TOLD.search(text))


def _day_of(found: re.Match[str] | None) -> date | None:
    if found is None or found[2] not in _MONTHS:
        return None
    try:
        return date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]))
    except ValueError:
        return None
