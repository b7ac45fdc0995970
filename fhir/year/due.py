"""What is due next across all teams: appointments, reviews, tasks, open referrals, and what ends on a known day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from fhir.entries import Entry, EntryId
from fhir.year.days import day, due_day, field, is_fact, told_day

DueKind = Literal["appointment", "review", "task", "referral", "ends", "equipment", "goal"]

_FORGOTTEN = timedelta(days=366)
_ENDING = frozenset(
    {"services", "care-plan", "actions", "legal", "sharing", "additional-plans", "contingency", "requirements"}
)
_OPEN = frozenset({"referral", "social-care-contact"})
_THERE = frozenset({"in place", "delivered"})
_DONE = frozenset({"completed", "finished", "fulfilled", "arrived", "closed", "failed"})


@dataclass(frozen=True)
class Due:
    """One thing to come. `when` is its day, None for what is open without one; `since` the day it was asked for;
    `overdue` says that its day has passed while its source still calls it open."""

    kind: DueKind
    title: str
    team: str
    when: date | None
    since: date | None
    overdue: bool
    entry: EntryId


def due_next(entries: Sequence[Entry], today: date) -> tuple[Due, ...]:
    """What is overdue, longest first; then by day; then what is open without a day, oldest first."""
    found = [due for entry in entries if is_fact(entry) and (due := _due(entry, today)) is not None]

    def order(due: Due) -> tuple[bool, bool, date, str, EntryId]:
        return not due.overdue, due.when is None, due.when or due.since or today, due.title, due.entry

    return tuple(sorted(found, key=order))


def _due(entry: Entry, today: date) -> Due | None:
    if entry.active is False or entry.status.casefold() in _DONE:
        return None
    start, end, asked = day(entry.when.start), day(entry.when.end), day(entry.recorded)
    if entry.section == "appointments" and entry.kind == "appointment":
        return _made("appointment", entry, start, asked, overdue=False) if start and start >= today else None
    if entry.kind in ("review", "assessment") and entry.active is True and start:
        return _made("review", entry, start, asked, overdue=start < today) if start >= today - _FORGOTTEN else None
    review = told_day(field(entry, "Review due"))
    if review is not None and review >= today - _FORGOTTEN:
        return _made("review", entry, review, start, overdue=review < today)
    if entry.section == "actions" and entry.active is True:
        limit = due_day(field(entry, "Restriction › Period", "Period", "Due")) or end
        return _made("task", entry, limit, asked or start, overdue=limit is not None and limit < today)
    if entry.kind in _OPEN and entry.active is True:
        return _made("referral", entry, None, start or asked, overdue=False)
    if (
        entry.section == "equipment"
        and entry.active is True
        and entry.status.casefold() not in ("in place", "delivered")
    ):
        return _made("equipment", entry, start if start and start >= today else None, asked, overdue=False)
    if entry.kind == "goal" and entry.active is True:
        limit = due_day(field(entry, "Target"))
        return _made("goal", entry, limit, start, overdue=limit < today) if limit else None
    if entry.section in _ENDING and end and end >= today:
        return _made("ends", entry, end, start, overdue=False)
    return None


def _made(kind: DueKind, entry: Entry, when: date | None, since: date | None, *, overdue: bool) -> Due:
    return Due(kind, entry.title, entry.source.name, when, since, overdue, entry.entry_id)
