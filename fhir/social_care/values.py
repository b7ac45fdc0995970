"""Dates and amounts as councils write them. What cannot be read for certain is not read: the caller keeps the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

from fhir.social_care.remembered import Remembered

DateOrder = Literal["day-first", "month-first"]

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_CLOCK = re.compile(r"[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?\Z")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})" + _TIME + r"\Z")
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})" + _TIME + r"\Z")
_NAMED = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3})[A-Za-z]*[ -](\d{4})" + _TIME + r"\Z")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})\Z")
_SERIAL = re.compile(r"([12345]\d{4})(?:\.0+)?\Z")
_EXCEL_EPOCH = date(1899, 12, 30)
_AMOUNT = re.compile(r"[-+]?\s*£?\s*[-+]?\s*(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?\Z")
_SHORT_YEAR = re.compile(r"\d{1,2}[/. -](?:\d{1,2}|[A-Za-z]{3,9})[/. -]\d{2}" + _TIME + r"\Z")
_ROUNDED = re.compile(r"\d(?:\.\d+)?[Ee]\+\d{2,3}\Z")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)\Z")
_AMOUNT_LENGTH = 24


class Dates:
    """Reads the dates of one file, each distinct text once. `order` is how dates with slashes are written there.

    `day_first`, `month_first` and `either` count the texts that can only be, or may be, read so. `beside`: the tables
    that lie beside the file told the order.
    """

    read: Callable[[str], str]
    """The FHIR date (YYYY-MM-DD) of a text, "" where it is not one."""

    def __init__(self, order: DateOrder = "day-first") -> None:
        self.order = order
        self.day_first = self.month_first = self.either = 0
        self.beside = False
        self.read = Remembered(self._read, 100_000).__getitem__  # a dozen times a row

    def read_time(self, text: str) -> str:
        """The FHIR dateTime of a text: a date alone, or with a time in British clock time; "" where it is not one."""
        day = self.read(text)
        found = _CLOCK.search(text) if day else None
        if found is None:
            return day
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        if hour > 23 or minute > 59 or second > 59:
            return ""
        return f"{day}T{hour:02d}:{minute:02d}:{second:02d}{found[4] or british_offset(day)}"

    def _read(self, text: str) -> str:
        if match := _ISO.match(text) or _COMPACT.match(text):
            return _real(int(match[1]), int(match[2]), int(match[3]))
        if match := _SLASHED.match(text):
            first, second = int(match[1]), int(match[2])
            self.day_first += first > 12
            self.month_first += second > 12
            self.either += first <= 12 and second <= 12 and first != second
            day, month = (first, second) if self.order == "day-first" else (second, first)
            return _real(int(match[3]), month, day)
        if match := _NAMED.match(text):
            return _real(int(match[3]), _MONTHS.get(match[2].casefold(), 0), int(match[1]))
        if match := _SERIAL.match(text):
            return (_EXCEL_EPOCH + timedelta(days=int(match[1]))).isoformat()
        return ""


def _real(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def british_offset(day: str) -> str:
    """What British clocks are ahead of UTC on a day: summer time runs from the last Sunday of March to October's."""
    found = date.fromisoformat(day)
    first, last = (date(found.year, month, 31) for month in (3, 10))
    first, last = (end - timedelta(days=(end.weekday() + 1) % 7) for end in (first, last))
    return "+01:00" if first <= found < last else "+00:00"


def is_serial(text: str) -> bool:
    """Whether a text is a day number of a spreadsheet."""
    return _SERIAL.match(text) is not None


def has_short_year(text: str) -> bool:
    """Whether a text is a date but for the century ("01/05/38", "14-Feb-38")."""
    return _SHORT_YEAR.match(text) is not None


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet has made a long number short ("1.23E+05"): many different ones look the same then."""
    return "+" in text and _ROUNDED.match(text) is not None


def amount(text: str) -> Decimal | None:
    """A number or sum of pounds ("1,234.50", "£18.50", "-3.00", "(12.00)"); None where a text is not one."""
    if len(text) > _AMOUNT_LENGTH:
        return None
    if text[:1] == "(" and text[-1:] == ")":
        text = f"-{text[1:-1]}"
    if not _AMOUNT.match(text):
        return None
    try:
        return Decimal(text.replace(",", "").replace("£", "").replace(" ", ""))
    except InvalidOperation:
        return None


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run a text as a formula ("=cmd|…"); numbers and telephone numbers are not."""
    if text[:1] not in ("=", "@", "+", "-") or len(text) < 2:
        return False
    rest = text[1:].replace(" ", "")
    return not (text[0] in "+-" and (_NUMBER.match(text) or rest.isdigit() or amount(text) is not None))
