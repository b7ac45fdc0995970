"""What the privacy office has before it of one person: overrides of their record, limits on their own view, and who
acts for them (`desktop.rights`). No Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from consent.limits import limits
from desktop.acting import LimitRow
from desktop.models.tongue import ours, tr
from desktop.models.words import calendar_day, plural, role
from desktop.overriding import CaseRow
from desktop.rights import Rights, RightsVault, rights_of
from fhir.entries import PersonId


class LawfulVault(RightsVault, Protocol):
    """The calls of a workspace that this uses."""

    def overrides(self, *, every: bool = False) -> list[CaseRow]: ...
    def limits(self) -> list[LimitRow]: ...


@dataclass(frozen=True)
class Lawful:
    """Overrides, the newest first, limits, those to be looked at first, and who acts for the person; at an instant."""

    cases: tuple[CaseRow, ...]
    limits: tuple[LimitRow, ...]
    rights: Rights
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
        rights_of(vault, person),
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
