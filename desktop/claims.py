"""Relationships that were only claimed: the privacy office confirms, asks or refuses; who looked answers. No Qt, no
storage.

Each is one signed statement (`consent.statements`), sealed to the privacy office, to who looked, and to the person; not
to the person while they are not to be told of an override of whoever looked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from consent.acting import themself
from consent.claims import LONGEST, STATES, Claimed, ClaimState
from consent.ports import AccessEvent
from consent.statements import ClaimAnswered, ClaimDecided, Signer, Statement, What, believed, encode, known
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.overriding import StatementStore
from fhir.entries import PersonId

MAY_NOT = "Only another of the privacy office can decide this."
NOT_ASKED = "There is no such question to you."
SAY_WHY = "Say why in a few words."
TOO_LONG = "That is too long; please shorten it."


class Look(Protocol):
    """One event of the access log."""

    @property
    def number(self) -> int: ...
    @property
    def time(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class ClaimRow:
    """One decision: about whose record, and the decision."""

    person: PersonId
    claim: Claimed


class Claims:
    """Decisions about claims of one vault, for one signed-in user. `clock` gives instants with their zone."""

    def __init__(self, store: StatementStore, by: Signer, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._by = by
        self._clock = clock

    def of(self, person: PersonId) -> list[ClaimRow]:
        """What was decided about looks at the record of a person and those joined with them, as far as the signed-in
        user's keys open it; the last decision last."""
        return [row for one in self._store.joined(person) for row in self._about(one)]

    def all(self) -> list[ClaimRow]:
        """The same of everybody."""
        return [row for person in self._store.people_stated() for row in self._about(person)]

    def to_answer(self) -> list[ClaimRow]:
        """Questions to whoever is signed in that wait for an answer; one for a look, also at records that are read as
        one."""
        return list({(row.claim.seen, self._store.joined(row.person)[0]): row for row in self._open()}.values())

    def _open(self) -> list[ClaimRow]:
        told = (row for person in self._store.people_stated(to_me=True) for row in self._about(person))
        mine = [row for row in told if row.claim.who == self._by.name and row.claim.state == "questioned"]
        return [row for row in mine if row.claim.answered is None]

    def decide(self, person: PersonId, look: Look, state: str, words: str) -> Claimed:
        """Keep what the office makes of a look. Raises WorkspaceError where it does not count."""
        if state not in STATES:
            raise WorkspaceError(f"What can be made of it: {', '.join(sorted(STATES))}.")
        words = _said(words)
        on = self._clock().date()
        made = Claimed(look.number, look.time, look.name, cast(ClaimState, state), words, self._by.name, on)
        self._say(person, ClaimDecided(made), MAY_NOT, self._readers(person, look.name))
        return made

    def answer(self, person: PersonId, event: int, words: str) -> None:
        """Answer a question of the office's about a look of one's own."""
        waits = [row for row in self._open() if row.person in self._store.joined(person)]
        seen = {row.claim.seen for row in waits if (row.person, row.claim.event) == (person, event)}
        if not seen:
            raise NothingFoundError(NOT_ASKED)
        said, today = _said(words), self._clock().date()
        for row in waits:
            if row.claim.seen in seen:
                what = ClaimAnswered(row.claim.event, said, today)
                self._say(row.person, what, NOT_ASKED, self._users(self._by.name))

    def _about(self, person: PersonId) -> list[ClaimRow]:
        claims = known(believed(self._store.statements(person), (person,))).claims
        return [ClaimRow(person, one) for one in claims]

    def _users(self, name: str) -> set[str]:
        return {who.id for who in self._store.principals() if (who.kind, who.name) == ("user", name)}

    def _readers(self, person: PersonId, who: str) -> set[str]:
        whole = self._store.joined(person)
        cases = known(believed(self._store.statements(person), whole)).cases
        untold = any(one.opened.user == who and one.telling.state in ("delayed", "silent") for one in cases)
        people = set() if untold else {one.id for one in self._store.principals() if themself(one) in whole}
        return people | self._users(who)

    def _say(self, person: PersonId, what: What, refusal: str, readers: set[str]) -> None:
        kind = type(what).__name__
        before = believed(self._store.statements(person), (person,))
        statement = Statement(self._clock(), self._by, person, what)
        if known([*before, statement]) == known(before):
            self._store.record(AccessEvent("refused", person=person, reason=kind, outcome="4"))
            raise WorkspaceError(refusal)
        self._store.state(person, encode(statement), readers, (AccessEvent("statement", person=person, reason=kind),))


def _said(words: str) -> str:
    if not words.strip():
        raise WorkspaceError(SAY_WHY)
    if len(words.strip()) > LONGEST:
        raise WorkspaceError(TOO_LONG)
    return words.strip()
