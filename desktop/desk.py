"""What the privacy office has before it: accesses to review, notices to give, limits, claims, figures. No Qt.

Made from signed statements and the access log; nothing here opens a record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from desktop.acting import LimitRow
from desktop.figures import Figures, figures
from desktop.overriding import CaseRow
from desktop.unexpected import UnexpectedRow
from fhir.entries import PersonId


class Logged(Protocol):
    """One event of the access log."""

    @property
    def time(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def organisation(self) -> str: ...
    @property
    def person(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def relationship(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def items(self) -> Sequence[str]: ...
    @property
    def number(self) -> int: ...


@dataclass(frozen=True)
class Claim:
    """Someone looked on a relationship that they only claimed. `number` is the event's place in the log."""

    number: int
    time: str
    who: str
    role: str
    organisation: str
    person: PersonId
    reason: str
    items: int


@dataclass(frozen=True)
class Desk:
    """All of it. `called` gives the name of each person spoken of."""

    cases: tuple[CaseRow, ...]
    limits: tuple[LimitRow, ...]
    reports: tuple[UnexpectedRow, ...]
    claims: tuple[Claim, ...]
    figures: Figures
    called: Mapping[PersonId, str]
    now: datetime

    @property
    def today(self) -> date:
        """The day on which it was asked for."""
        return self.now.date()

    def to_review(self) -> tuple[CaseRow, ...]:
        """Cases whose review is not finished, those due first."""
        return tuple(row for row in self.cases if row.case.agreed and row.case.review.state != "justified")

    def to_agree(self) -> tuple[CaseRow, ...]:
        """Overrides that wait for a second person."""
        return tuple(row for row in self.cases if not row.case.agreed)

    def to_tell(self) -> tuple[CaseRow, ...]:
        """Cases of which the person is to be told, or whose silence is to be looked at again."""
        return tuple(
            row
            for row in self.cases
            if row.case.agreed
            and (row.case.telling.to_be_given(self.today) or row.case.telling.to_be_reviewed(self.today))
        )

    def to_answer(self) -> tuple[UnexpectedRow, ...]:
        """Looks that people did not expect and that wait for an answer, those due first."""
        return tuple(row for row in self.reports if row.report.state == "open")

    def limits_due(self) -> tuple[LimitRow, ...]:
        """Lawful limits whose review date has passed. They still bind."""
        return tuple(row for row in self.limits if row.limit.overdue(self.today))


def made(
    cases: Sequence[CaseRow],
    limits: Sequence[LimitRow],
    events: Sequence[Logged],
    reports: Sequence[UnexpectedRow],
    called: Mapping[PersonId, str],
    now: datetime,
) -> Desk:
    """The desk, from what the log and the statements hold."""
    return Desk(
        cases=tuple(cases),
        limits=tuple(limits),
        reports=tuple(reports),
        claims=claims(events),
        figures=figures((row.case for row in cases), events, [row.report.reported for row in reports], now.date()),
        called=called,
        now=now,
    )


def claims(events: Iterable[Logged]) -> tuple[Claim, ...]:
    """Accesses on a relationship that was only claimed, newest first."""
    found = [
        Claim(
            event.number,
            event.time,
            event.name,
            event.role,
            event.organisation,
            PersonId(event.person),
            event.reason,
            len(event.items),
        )
        for event in events
        if event.relationship == "self-claimed" and event.kind == "read" and event.person
    ]
    return tuple(sorted(found, key=lambda one: one.number, reverse=True))
