"""The part of a session that keeps signed statements about people, and that uses the emergency keys while glass is
broken.

A statement and its lines in the log are one transaction. The emergency keys of a user who is entitled to them stay
unopened until `break_glass`, which returns only after the statement and the log are on disk; `mend_glass` lets go of
them again. That is an application control: who is entitled could open them outside the program.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fhir.entries import PersonId
from storage.errors import UnknownItemError
from storage.principals import EMERGENCY, REVIEW
from storage.records import Event
from storage.statements import Statements, StoredStatement
from storage.user_keeping import UserKeeping

NOT_ENTITLED = "Your role may not use emergency access."


class StatementKeeping(UserKeeping):
    """Statements and the emergency keys."""

    def statements(self, person: PersonId) -> list[StoredStatement]:
        """What was stated about a person, everyone joined with them, and those who were until a split, oldest first.

        Raises TamperedError where it was changed.
        """
        with self._use():
            group = tuple(self._matches.bound_by(self._people.number(person)))
            self._log.states.require_before_change(group)
            found = self._statements()
            return sorted((one for number in group for one in found.read(number)), key=lambda one: one.number)

    def people_stated(self, *, to_me: bool = False) -> list[PersonId]:
        """Everyone about whom anything was stated; `to_me`: that was given to whoever is signed in, by name."""
        with self._use():
            found = self._statements()
            numbers = found.people_told(self._keys.principal) if to_me else found.people()
            return [self._people.id_of(number) for number in numbers]

    def state(
        self,
        person: PersonId,
        content: bytes,
        readers: Collection[str],
        events: Sequence[Event],
        *,
        shared: bool = False,
    ) -> int:
        """Keep a statement for these readers (and the privacy office and custodian), with its lines in the log, in one
        transaction; its number. `shared`: teams that come later read it too."""
        with self._change():
            number = self._people.number(person)
            self._log.states.require_before_change([number])
            no = self._statements().add(
                number, content, {*readers, REVIEW}, self._log.signer, self._log.sign, shared=shared
            )
            for event in events:
                self._log.append(event, self._clock())
            return no

    def give(self, person: PersonId, numbers: Collection[int], reader: str) -> None:
        """Let someone more read statements about a person, by their places in `statements`; those not opened stay."""
        with self._change():
            rows = [number for place, number in enumerate(self._numbers(person)) if place in set(numbers)]
            self._statements().give(rows, reader)

    def _numbers(self, person: PersonId) -> list[int]:
        return [one.number for one in self.statements(person)]

    def may_break_glass(self) -> bool:
        """Whether this user's office of emergency access reaches them."""
        with self._use():
            return self._entitled()

    def break_glass(self, person: PersonId, content: bytes, events: Sequence[Event]) -> None:
        """State why, on disk, and then open the emergency keys. Raises UnknownItemError for who is not entitled."""
        with self._use():
            if not self._entitled():
                raise UnknownItemError(NOT_ENTITLED)
            self.state(person, content, {self._keys.principal}, events)
            self.use_emergency_keys()

    def use_emergency_keys(self) -> None:
        """Open them again for access that was stated and still lasts; see `break_glass`."""
        with self._use():
            if not self._entitled():
                raise UnknownItemError(NOT_ENTITLED)
            self._glass = True
            self._hold_keys()

    def mend_glass(self) -> None:
        """Let go of the emergency keys, and of all that they opened."""
        with self._use():
            if self._glass:
                self._glass = False
                self._hold_keys()

    def _entitled(self) -> bool:
        return EMERGENCY in {team.principal.id for team in self._principals.teams_of(self._keys.principal)}

    def _statements(self) -> Statements:
        return Statements(
            self._connection, self._vault_id, self._principals, self._private, self._keys.custodian_public
        )
