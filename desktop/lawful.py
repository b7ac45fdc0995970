"""What the privacy office has before it of one person: overrides of their record, limits on their own view, who acts
for them, and what courts limit. No Qt.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from consent.categories import categories
from consent.limits import limits
from consent.proxies import CourtLimit, State
from desktop.acting import Acts, LimitRow
from desktop.models.tongue import Said, ours, tr
from desktop.models.words import calendar_day, plural, role
from desktop.overriding import CaseRow
from fhir.entries import PersonId

STANDINGS: Said[State] = Said(
    {
        "active": "Counts today",
        "not-yet": "Has not begun",
        "ended": "Has ended",
        "lapsed": "Lapsed, until it is renewed",
        "waits": "Does not count yet",
        "refused": "The young person does not agree",
        "forbidden": "Forbidden by a court",
        "closed": "Closed: the person has died",
        "no-right": "Gives no right to see the record",
    }
)
"""How a right to act stands on a day."""


class LawfulVault(Protocol):
    """The calls of a workspace that this uses."""

    def joined_with(self, person: PersonId) -> tuple[PersonId, ...]: ...
    def overrides(self, *, every: bool = False) -> list[CaseRow]: ...
    def limits(self) -> list[LimitRow]: ...
    def acting_for(self, person: PersonId) -> list[Acts]: ...
    def court_limits(self, person: PersonId) -> list[CourtLimit]: ...
    def now(self) -> datetime: ...


@dataclass(frozen=True)
class Lawful:
    """Overrides, the newest first, limits, those to be looked at first, who acts for the person, and what courts limit
    for them, what binds first; at an instant."""

    cases: tuple[CaseRow, ...]
    limits: tuple[LimitRow, ...]
    acting: tuple[Acts, ...]
    courts: tuple[CourtLimit, ...]
    now: datetime

    @property
    def today(self) -> date:
        """The day of it."""
        return self.now.date()


def lawful_of(vault: LawfulVault, person: PersonId) -> Lawful:
    """All of it for a person, whoever they are joined with. Raises NothingFoundError for whoever may not see it."""
    whole = set(vault.joined_with(person))
    cases = [row for row in vault.overrides(every=True) if row.person in whole]
    cases.sort(key=lambda row: row.case.opened.opened, reverse=True)
    return Lawful(
        tuple(cases),
        tuple(row for row in vault.limits() if row.limit.person in whole),
        tuple(vault.acting_for(person)),
        tuple(vault.court_limits(person)),
        vault.now(),
    )


def state_words(row: CaseRow, now: datetime) -> str:
    """How an override stands: whether it is open, and what became of its review and its notice."""
    case = row.case
    if not case.agreed:
        return tr("waits for a second person")
    open_now = tr("open now") if case.opened.lasts_at(now) else tr("over")
    review = {
        "open": tr("review open"),
        "justified": tr("found justified"),
        "escalated": tr("escalated"),
    }
    telling = {
        "due": tr("person to be told"),
        "delayed": tr("notice delayed"),
        "silent": tr("silent"),
        "given": tr("person told"),
    }
    return f"{open_now}, {review[case.review.state]}, {telling[case.telling.state]}"


def limit_words(row: LimitRow, called: str) -> str:
    """A lawful limit in one sentence: which, whose view, how much, who set it, when, why."""
    limit = row.limit
    entries = plural(len(limit.entries), "entry", "entries")
    who = f"{limit.set_by} ({role(limit.role)}), {calendar_day(limit.set_on)}"
    what = ", ".join(part for part in (entries, called) if part)
    return f"{limit_name(limit.kind)}: {what}. {who}. “{limit.reason}”"


def limit_name(key: str) -> str:
    """What a kind of lawful limit is called; its key where the table does not know it."""
    kind = limits().limits.get(key)
    return ours(kind.name) if kind else key


def right_words(one: Acts) -> str:
    """A right to act for the person in one sentence: whose, on which basis, for what, from when and until when."""
    mandate = one.mandate
    kinds = _kinds(mandate.scope)
    until = [tr("until {day}").format(day=calendar_day(mandate.ends))] if mandate.ends else []
    parts = [
        ours(one.basis),
        *([tr("only {kinds}").format(kinds=kinds)] if kinds else []),
        tr("since {day}").format(day=calendar_day(mandate.starts)),
        *until,
    ]
    return f"{mandate.user}: {', '.join(parts)}."


def court_words(limit: CourtLimit) -> str:
    """What a court limits in one sentence: whom, to what, by which order, and who recorded it."""
    left = _kinds(limit.leaves)
    sees = tr("sees nothing") if not left else tr("sees only {kinds}").format(kinds=left)
    return f"{limit.user}: {sees}. {limit.order}. " + tr("Recorded by {name}.").format(name=limit.by)


def court_time(limit: CourtLimit, today: date) -> str:
    """How what a court limits stands on a day: in force and until when, not yet, or over."""
    if limit.lifted is not None and limit.lifted <= today:
        return tr("Lifted {day}").format(day=calendar_day(limit.lifted))
    if limit.over(today) and limit.ends is not None:
        return tr("Ended {day}").format(day=calendar_day(limit.ends))
    until = tr("until {day}").format(day=calendar_day(limit.ends)) if limit.ends else tr("until it is lifted")
    first = tr("From {day}").format(day=calendar_day(limit.starts))
    return f"{first}, {until}"


def _kinds(keys: Iterable[str]) -> str:
    return ", ".join(ours(categories()[key].name).lower() for key in sorted(keys) if key in categories())
