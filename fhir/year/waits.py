"""Days waited for what was asked: from the day of a request to the day on which what it led to began.

Only where the source itself ties the two together. A request with nothing tied to it is still waiting if its source
says that it is open; otherwise how long it took is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from fhir.entries import Entry, EntryId
from fhir.year.days import day, is_fact, source_of

WaitState = Literal["started", "waiting", "unknown"]

_ASKED = frozenset({"referral", "social-care-contact", "equipment", "supply"})
_LED_BY = frozenset(
    {"referralRequest", "basedOn", "incomingReferral", "request", "referral", "based-on", "reasonReference", "focus"}
)
_ASSESSED = frozenset({"assessment", "review"})
_DELIVERED = frozenset({"in place", "delivered", "completed"})


@dataclass(frozen=True)
class Wait:
    """One thing asked for. `days` is from `asked` to `started`, or to the day reckoned from while still waiting; None
    where it is not known. `assessed` is the days until a first assessment, where one is tied to it. `words` say why
    something is not known. `entries` are the request and what it led to."""

    title: str
    source: str
    state: WaitState
    asked: date | None
    started: date | None
    days: int | None
    assessed: int | None
    words: str
    entries: tuple[EntryId, ...]


def waits(entries: Sequence[Entry], today: date) -> tuple[Wait, ...]:
    """What was asked for, those still waiting first (longest first), then the newest."""
    facts = [entry for entry in entries if is_fact(entry)]
    led: dict[tuple[tuple[str, str], str], list[Entry]] = {}
    for entry in facts:
        for link in entry.links:
            if link.rel in _LED_BY:
                led.setdefault((source_of(entry), link.target), []).append(entry)
    found = [
        _wait(entry, led.get((source_of(entry), entry.resource), ()), today) for entry in facts if entry.kind in _ASKED
    ]
    return tuple(sorted(found, key=_order))


def _wait(asked: Entry, led: Iterable[Entry], today: date) -> Wait:
    equipment = asked.kind in ("equipment", "supply")
    begun = day(asked.recorded) if equipment else day(asked.when.start) or day(asked.recorded)
    follows = [(when, entry) for entry in led if (when := day(entry.when.start)) and entry.kind not in _ASKED]
    assessments = [when for when, entry in follows if entry.kind in _ASSESSED]
    services = [(when, entry) for when, entry in follows if entry.kind not in _ASSESSED and when <= today]
    started = min((when for when, _ in services), default=None)
    if equipment:
        delivered = day(asked.when.start)
        there = asked.status.casefold() in _DELIVERED and delivered is not None and delivered <= today
        started = delivered if there else None
    ids = (asked.entry_id, *sorted(entry.entry_id for _, entry in follows))
    assessed = (min(assessments) - begun).days if assessments and begun else None
    state, days, words = _reckoned(asked, begun, started, today)
    return Wait(
        asked.title,
        asked.source.name,
        state,
        begun,
        started if state == "started" else None,
        days,
        assessed,
        words,
        ids,
    )


def _reckoned(asked: Entry, begun: date | None, started: date | None, today: date) -> tuple[WaitState, int | None, str]:
    if begun is None:
        return "unknown", None, "When it was asked for is not known to the day"
    if started is not None:
        if started < begun:
            return "unknown", None, "What it led to began before it was asked for"
        return "started", (started - begun).days, ""
    if asked.active is True and begun <= today:
        return "waiting", (today - begun).days, ""
    if begun > today:
        return "unknown", None, "Planned for later"
    return "unknown", None, "It is closed, but nothing shown to you says when what was asked for began"


def _order(wait: Wait) -> tuple[int, int, str, tuple[EntryId, ...]]:
    rank = {"waiting": 0, "started": 1, "unknown": 2}[wait.state]
    when = -(wait.days or 0) if wait.state == "waiting" else -(wait.asked or date.min).toordinal()
    return rank, when, wait.title, wait.entries
