"""What the privacy office has before it: accesses to review, notices to give, limits, claims, figures. No Qt.

Made from signed statements and the access log; nothing here opens a record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from consent.claims import Claimed
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
    """Someone looked on a relationship that they only claimed. `number` is the event's place in the log; `decided` is
    what the office made of it."""

    number: int
    time: str
    who: str
    role: str
    organisation: str
    person: PersonId
    reason: str
    items: int
    decided: Claimed | None = None

    def same_act(self, event: Logged) -> bool:
        """Whether an event is of the same look."""
        return (event.time, event.name) == (self.time, self.who)

    @property
    def waits(self) -> bool:
        """Whether the office has something to do about it."""
        return self.decided is None or (self.decided.state == "questioned" and self.decided.answered is not None)


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

    def claims_to_decide(self) -> tuple[Claim, ...]:
        """Claims that nobody has looked at, and those asked about and answered, newest first; then those that wait for
        an answer."""
        asked = [one for one in self.claims if one.decided and one.decided.state == "questioned" and not one.waits]
        return (*(one for one in self.claims if one.waits), *asked)


def made(
    cases: Sequence[CaseRow],
    limits: Sequence[LimitRow],
    events: Sequence[Logged],
    reports: Sequence[UnexpectedRow],
    called: Mapping[PersonId, str],
    now: datetime,
    decided: Sequence[Claimed] = (),
    whole: Mapping[PersonId, PersonId] | None = None,
) -> Desk:
    """The desk, from what the log and the statements hold."""
    return Desk(
        cases=tuple(cases),
        limits=tuple(limits),
        reports=tuple(reports),
        claims=claims(events, decided, whole),
        figures=figures((row.case for row in cases), events, [row.report.reported for row in reports], now.date()),
        called=called,
        now=now,
    )


def claims(
    events: Iterable[Logged], decided: Iterable[Claimed] = (), whole: Mapping[PersonId, PersonId] | None = None
) -> tuple[Claim, ...]:
    """Accesses on a relationship that was only claimed, newest first, with what was made of them. One look at records
    that are read as one is one claim: `whole` gives whom each person is read with."""
    made, one_of = {one.event: one for one in decided}, whole or {}
    looks = [one for one in events if one.relationship == "self-claimed" and one.kind == "read" and one.person]
    found: list[Claim] = []
    seen: dict[tuple[str, str, str], set[str]] = {}
    for event in sorted(looks, key=lambda one: one.number, reverse=True):
        person = PersonId(event.person)
        records = seen.setdefault((event.time, event.name, one_of.get(person, person)), set())
        if records and person not in records:
            records.add(person)
            before = next(n for n, one in enumerate(found) if one.same_act(event) and one.person in records)
            found[before] = replace(found[before], items=found[before].items + len(event.items))
            continue
        records.add(person)
        found.append(
            Claim(
                event.number,
                event.time,
                event.name,
                event.role,
                event.organisation,
                person,
                event.reason,
                len(event.items),
                made.get(event.number),
            )
        )
    return tuple(found)
