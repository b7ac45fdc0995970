"""A day as somebody types it: "30 Nov 2026", "30 November 26", "30/11/2026", "2026-11-30"; the day always before the
month, as in England. Qt-free."""

from __future__ import annotations

import re
from datetime import date

from desktop.models.words import month_name

_GAP = r"[\s./,-]*"
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERS = re.compile(r"(\d{1,2})[\s./-]+(\d{1,2})[\s./-]+(\d{4}|\d{2})")
_NAMED = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?{_GAP}([^\d\s./,-][^\d]*?){_GAP}(\d{{4}}|\d{{2}})", re.IGNORECASE)
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def typed_day(text: str) -> date | None:
    """The day that is meant, a year of two digits being of this century; None where it is none, or not whole yet."""
    text = text.strip()
    if found := _ISO.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMBERS.fullmatch(text):
        return _day(_year(found[3]), int(found[2]), int(found[1]))
    if found := _NAMED.fullmatch(text):
        return _day(_year(found[3]), _month(found[2]), int(found[1]))
    return None


def _year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _month(name: str) -> int:
    """The number of a month by its name, short or whole, in English or as the window writes it; 0 for none."""
    told = name.casefold()
    for number, english in enumerate(_ENGLISH, 1):
        shown = month_name(number).casefold()
        if told == shown or told.startswith((english, shown[:3])):
            return number
    return 0


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
