"""What the privacy office has before it: accesses to review, notices to give, claims, figures, the log. No Qt.

Made from signed statements and the access log; nothing here opens a record. Figures tell nothing of anyone: counts of
one to four are written "fewer than 5".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Protocol

from consent.overrides import table
from desktop.overriding import CaseRow
from desktop.reports import UserRow
from fhir.entries import PersonId

SMALL = 5
CLAIMS_SHOWN = 200


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
class Link:
    """One signed head of the log: who signed it, over how many events, when."""

    signer: str
    size: int
    time: str


@dataclass(frozen=True)
class Checked:
    """What checking the log found; `problem` is empty where nothing is wrong."""

    events: int
    signatures: int
    read: int
    people: int
    problem: str


@dataclass(frozen=True)
class Figure:
    """One line of figures, without content."""

    name: str
    value: str


@dataclass(frozen=True)
class Desk:
    """All of it. `called` gives the name of each person spoken of; `backups` are instants, newest first."""

    cases: tuple[CaseRow, ...]
    claims: tuple[Claim, ...]
    users: tuple[UserRow, ...]
    backups: tuple[str, ...]
    chain: tuple[Link, ...]
    figures: tuple[Figure, ...]
    called: Mapping[PersonId, str]
    today: date
    checked: Checked | None = None

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


def made(
    cases: Sequence[CaseRow],
    events: Sequence[Logged],
    users: Sequence[UserRow],
    chain: Sequence[Link],
    called: Mapping[PersonId, str],
    now: datetime,
    checked: Checked | None = None,
) -> Desk:
    """The desk, from what the log and the statements hold."""
    return Desk(
        cases=tuple(cases),
        claims=claims(events),
        users=tuple(users),
        backups=tuple(sorted((event.time for event in events if event.kind == "backup"), reverse=True)),
        chain=tuple(chain),
        figures=figures(cases, events, now),
        called=called,
        today=now.date(),
        checked=checked,
    )


def claims(events: Iterable[Logged]) -> tuple[Claim, ...]:
    """Accesses on a relationship that was only claimed, newest first; at most `CLAIMS_SHOWN`."""
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
    return tuple(sorted(found, key=lambda one: one.number, reverse=True)[:CLAIMS_SHOWN])


def figures(cases: Sequence[CaseRow], events: Sequence[Logged], now: datetime) -> tuple[Figure, ...]:
    """How many and how fast, of the last 90 days, without content and without small numbers."""
    since = now - timedelta(days=90)
    day = now.date()
    recent = [row.case for row in cases if row.case.opened.opened >= since]
    lines = [
        Figure(f"{kind.name}, last 90 days", counted(sum(case.opened.kind == key for case in recent)))
        for key, kind in table().kinds.items()
    ]
    reviewed = [(case.review.on - case.opened.opened.date()).days for case in recent if case.review.on is not None]
    days = f"{median(reviewed):g} days" if len(reviewed) >= SMALL else "too few to say"
    lines += [
        Figure("Reviewed, in the middle after", days),
        Figure("Found justified", counted(sum(case.review.state == "justified" for case in recent))),
        Figure("Escalated", counted(sum(case.review.state == "escalated" for case in recent))),
        Figure("Overdue now", counted(sum(row.case.review.overdue(row.case.opened, day) for row in cases))),
    ]
    seen = [event for event in events if event.time >= since.isoformat()[:10]]
    lines += [
        Figure("Records opened", counted(sum(event.kind == "read" for event in seen))),
        Figure("Refused", counted(sum(event.kind == "refused" for event in seen))),
        Figure(
            "On a claimed relationship",
            counted(sum(event.kind == "read" and event.relationship == "self-claimed" for event in seen)),
        ),
    ]
    return tuple(lines)


def counted(number: int) -> str:
    """A count that tells nothing of anyone."""
    return f"fewer than {SMALL}" if 0 < number < SMALL else f"{number:,}"
