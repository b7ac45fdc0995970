"""*I did not expect this*: a person reports a look at their record, the privacy office answers. No Qt, no storage.

Each is one signed statement (`consent.statements`), sealed to the privacy office and the person; nobody else, above
all not whoever looked, reads that it was made.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from consent.acting import themself
from consent.ports import AccessEvent
from consent.statements import (
    Signer,
    Statement,
    UnexpectedAnswered,
    UnexpectedReported,
    What,
    believed,
    encode,
    known,
)
from consent.unexpected import LONGEST, Unexpected
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.overriding import StatementStore
from fhir.entries import PersonId

NO_SUCH = "There is no such report."
MAY_NOT = "Only another of the privacy office can answer this."
TWICE = "You asked about this look already. The answer will stand beside it."
TOO_LONG = "That is too long; please shorten it."


class Look(Protocol):
    """One event of the access log."""

    @property
    def number(self) -> int: ...
    @property
    def time(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def organisation(self) -> str: ...


@dataclass(frozen=True)
class UnexpectedRow:
    """One report: about whose record, and the report."""

    person: PersonId
    report: Unexpected


class Reports:
    """Reports about people of one vault, for one signed-in user. `clock` gives instants with their zone."""

    def __init__(self, store: StatementStore, by: Signer, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._by = by
        self._clock = clock

    def of(self, person: PersonId) -> list[UnexpectedRow]:
        """What was reported about looks at the record of a person and those joined with them, newest first."""
        rows = [row for one in self._store.joined(person) for row in self._about(one)]
        return sorted(rows, key=lambda row: (row.report.reported, row.report.event), reverse=True)

    def _about(self, person: PersonId) -> list[UnexpectedRow]:
        """What was reported about this very person, so that reports about joined people are listed once."""
        reports = known(believed(self._store.statements(person), (person,))).unexpected
        return [UnexpectedRow(person, one) for one in reports]

    def all(self) -> list[UnexpectedRow]:
        """What was reported by anyone: the open ones first, those due soonest before; then the answered ones, newest
        first."""
        rows = [row for person in self._store.people_stated() for row in self._about(person)]
        waits = sorted((row for row in rows if row.report.state == "open"), key=lambda row: row.report.due)
        done = [row for row in rows if row.report.answered is not None]
        return waits + sorted(done, key=lambda row: (row.report.answered, row.report.id), reverse=True)

    def report(self, person: PersonId, look: Look, words: str, same: Collection[int]) -> Unexpected:
        """Keep that somebody's look was not expected: once, however often it is said; what waits already is given back.
        `same` are the places in the log of all lines of that look. Raises WorkspaceError where it does not count, or
        would say something else of that look."""
        words = words.strip()
        if len(words) > LONGEST:
            raise WorkspaceError(TOO_LONG)
        for row in self.of(person):
            if row.report.event in same:
                if words not in ("", row.report.words):
                    raise WorkspaceError(TWICE)
                return row.report
        made = Unexpected(
            id=f"x-{secrets.token_hex(6)}",
            event=look.number,
            seen=look.time,
            who=look.name,
            role=look.role,
            organisation=look.organisation,
            words=words,
            by=self._by.name,
            reported=self._clock().date(),
        )
        self._say(person, UnexpectedReported(made), NO_SUCH)
        return made

    def answer(self, person: PersonId, id: str, words: str) -> None:
        """Answer a report; the person reads it. Nobody answers about a look of their own."""
        if not words.strip():
            raise WorkspaceError("Write an answer: the person reads it.")
        if len(words.strip()) > LONGEST:
            raise WorkspaceError(TOO_LONG)
        if id not in {row.report.id for row in self._about(person)}:
            raise NothingFoundError(NO_SUCH)
        what = UnexpectedAnswered(id, words.strip(), self._clock().date())
        self._say(person, what, MAY_NOT)

    def _say(self, person: PersonId, what: What, refusal: str) -> None:
        kind = type(what).__name__
        whole = self._store.joined(person)
        before = believed(self._store.statements(person), whole)
        statement = Statement(self._clock(), self._by, person, what)
        if known([*before, statement]) == known(before):
            self._store.record(AccessEvent("refused", person=person, reason=kind, outcome="4"))
            raise WorkspaceError(refusal)
        readers = {who.id for who in self._store.principals() if themself(who) in whole}
        self._store.state(person, encode(statement), readers, (AccessEvent("statement", person=person, reason=kind),))
