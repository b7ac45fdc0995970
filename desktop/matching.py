"""People who may be one: the queue, the evidence side by side, and deciding, each logged before it is answered.

The queue names people by their minimum demographics. What speaks for and against is given only to those who may decide,
for a reason. Works over a signed-in session's side of the vault; knows no window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from consent.errors import NotDisclosedError
from consent.identity_access import may_match, require_match
from consent.ports import AccessEvent
from desktop.reports import PersonRow
from fhir.entries import PersonId
from fhir.evidence import Evidence, evidence
from fhir.people import Identity

NOT_LISTED = "These two are not a possible match."

State = Literal["open", "same", "apart"]
Row = Callable[[PersonId, Identity], PersonRow]


class Pair(Protocol):
    """One stored pair."""

    @property
    def person(self) -> PersonId: ...
    @property
    def other(self) -> PersonId: ...
    @property
    def state(self) -> str: ...
    @property
    def decided(self) -> str: ...
    @property
    def decided_by(self) -> str: ...


class MatchStore(Protocol):
    """The signed-in side of a vault, as matching sees it."""

    @property
    def test_data(self) -> bool: ...
    def identity(self, person: PersonId) -> Identity: ...
    def own_identity(self, person: PersonId) -> Identity: ...
    def matches(self, state: str = "open") -> Sequence[Pair]: ...
    def decide_match(self, person: PersonId, other: PersonId, state: str, reason: str) -> None: ...
    def user_name(self, principal: str) -> str: ...
    def record(self, event: AccessEvent) -> None: ...


@dataclass(frozen=True)
class MatchPair:
    """Two people who may be one, or were decided on. `decided` is an ISO instant, `decided_by` a user's name; both are
    empty for two whom the evidence of their records joined."""

    person: PersonRow
    other: PersonRow
    state: State
    decided: str = ""
    decided_by: str = ""


@dataclass(frozen=True)
class Compared:
    """A pair with what speaks for and against it."""

    pair: MatchPair
    evidence: Evidence


class Matching:
    """The possible matches of one signed-in user. `row` makes a list row of a person."""

    def __init__(self, store: MatchStore, role: str, row: Row) -> None:
        self._store, self._role, self._row = store, role, row

    def allowed(self) -> bool:
        """Whether this user may see evidence and decide."""
        return may_match(self._role)

    def pairs(self, state: State = "open") -> list[MatchPair]:
        """The pairs in one state, by minimum demographics."""
        return [self._pair(pair) for pair in self._store.matches(state)]

    def compare(self, person: PersonId, other: PersonId, reason: str) -> Compared:
        """The evidence about a listed pair. Raises NotDisclosedError (logged) for whoever may not see it."""
        self.admit(person, reason)
        found = self._listed(person, other)
        for who in (person, other):
            self._store.record(
                AccessEvent("match-evidence", who, reason=reason, items=(person, other), kept_back="words")
            )
        whole = self._store.identity if found.state == "open" else self._store.own_identity
        return Compared(self._pair(found), evidence(whole(found.person), whole(found.other)))

    def decide(self, person: PersonId, other: PersonId, state: State, reason: str) -> None:
        """Join (same), keep apart, or take either back (open); the store logs it for everyone it touches.

        Those whom evidence joined are split by keeping them apart: the evidence is still there.
        """
        self.admit(person, reason)
        self._store.decide_match(person, other, state, reason)

    def split(self, person: PersonId, other: PersonId, reason: str) -> None:
        """Read two as two again: take a join back where a human made it, else keep apart whom evidence joined."""
        pairs = {frozenset((pair.person, pair.other)): pair for pair in self._store.matches("same")}
        found = pairs.get(frozenset((person, other)))
        self.decide(person, other, "open" if found is not None and found.decided else "apart", reason)

    def admit(self, person: PersonId, reason: str) -> None:
        """Raise NotDisclosedError, logged, for whoever may not see evidence or decide."""
        try:
            require_match(self._role, reason, test_data=self._store.test_data)
        except NotDisclosedError:
            self._store.record(AccessEvent("refused", person=person, reason="match evidence", outcome="4"))
            raise

    def _listed(self, person: PersonId, other: PersonId) -> Pair:
        """A pair of the queue. Evidence about any two people at will would be a way to ask who is whom."""
        for state in ("open", "same", "apart"):
            for pair in self._store.matches(state):
                if {pair.person, pair.other} == {person, other}:
                    return pair
        raise NotDisclosedError(NOT_LISTED)

    def _pair(self, pair: Pair) -> MatchPair:
        whole = self._store.identity if pair.state == "open" else self._store.own_identity
        return MatchPair(
            person=self._row(pair.person, whole(pair.person)),
            other=self._row(pair.other, whole(pair.other)),
            state=pair.state,  # type: ignore[arg-type]
            decided=pair.decided,
            decided_by=self._store.user_name(pair.decided_by) if pair.decided_by else "",
        )
