"""Stretches of time for comparing: FHIR dates and periods as inclusive spans of microseconds.

A partial date covers its whole day, month or year; a time to the minute its minute; a time to the second is that
instant. What has no zone is read as UTC. No clock here.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?\Z", re.ASCII
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
EARLIEST = -(10**18)
LATEST = 10**18


class Span(NamedTuple):
    """From `start` to `end`, both included, in microseconds since 1970."""

    start: int
    end: int

    def holds(self, other: Span) -> bool:
        """Whether all of the other lies within."""
        return self.start <= other.start and other.end <= self.end

    def touches(self, other: Span) -> bool:
        """Whether they share an instant."""
        return self.start <= other.end and other.start <= self.end


ALWAYS = Span(EARLIEST, LATEST)


def micros(moment: datetime) -> int:
    """A datetime as microseconds; without a zone it counts as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // _MICROSECOND


def instant(moment: datetime) -> Span:
    """One instant."""
    at = micros(moment)
    return Span(at, at)


@lru_cache(maxsize=10_000)
def date_span(text: str) -> Span | None:
    """What a FHIR date, dateTime or instant covers; None where it is not a real date."""
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        first = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")),
            tzinfo=UTC,
        )
        if second:
            last = first
        elif hour:
            last = first.replace(second=59, microsecond=999_999)
        else:
            last_month = int(month or 12)
            last_day = int(day or monthrange(int(year), last_month)[1])
            last = datetime(int(year), last_month, last_day, 23, 59, 59, 999_999, tzinfo=UTC)
    except ValueError:
        return None
    offset = _offset(zone)
    if offset is None:
        return None
    return Span(micros(first) - offset, micros(last) - offset)


def _offset(zone: str | None) -> int | None:
    if not zone or zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 14 or minutes > 59:
        return None
    return (1 if zone[0] == "+" else -1) * (hours * 3600 + minutes * 60) * 1_000_000


def period_span(value: Any) -> Span | None:
    """What a FHIR Period covers, without end where none is given; None where it cannot be understood."""
    if not isinstance(value, dict) or not ("start" in value or "end" in value):
        return None
    spans: list[Span] = []
    for name, missing in (("start", EARLIEST), ("end", LATEST)):
        text = value.get(name)
        if name not in value:
            spans.append(Span(missing, missing))
            continue
        span = date_span(text) if isinstance(text, str) else None
        if span is None:
            return None
        spans.append(span)
    whole = Span(spans[0].start, spans[1].end)
    return whole if whole.start <= whole.end else None
