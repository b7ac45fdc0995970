"""Joined people in an open vault: who is one, what the whole is called, and the log of each of them.

Part of a `Session`. What a join is stands in `storage.matches`; here reading and the log follow it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from fhir.entries import PersonId
from fhir.identity import merged
from fhir.joining import Joined
from fhir.people import Identity
from storage.open_vault import OpenVault
from storage.records import WORDS, Event, LogEvent, MatchRow


class JoinedPeople(OpenVault):
    """The people of an open vault, those joined read as one."""

    def identity(self, person: PersonId) -> Identity:
        """The demographics that find a person, with all who are joined with them. Raises KeyError."""
        with self._use():
            first, *others = self.joined(person)
            found = self._people.identity(first)
            for other in others:
                found = merged(found, self._people.identity(other))
            return found

    def own_identity(self, person: PersonId) -> Identity:
        """The same without those who are joined with them: what importing adds to."""
        with self._use():
            return self._people.identity(person)

    def joined(self, person: PersonId) -> tuple[PersonId, ...]:
        """Everyone joined with a person, with them; the first names the whole. Raises KeyError for someone unknown."""
        with self._use():
            return tuple(self._people.id_of(no) for no in self._matches.group(self._people.number(person)))

    def bound(self, person: PersonId) -> tuple[PersonId, ...]:
        """The same, and those who were of them until a human split what evidence had joined."""
        with self._use():
            bound = self._matches.bound_by(self._people.number(person))
            return (person,) if len(bound) == 1 else tuple(map(self._people.id_of, bound))

    def bound_to_others(self, people: Collection[PersonId]) -> list[PersonId]:
        """Those of these people whose `bound` holds more than themselves."""
        with self._use():
            numbers = self._people.numbers(people)
            self._matches.foresee(numbers.values())
            return [person for person, number in numbers.items() if len(self._matches.bound_by(number)) > 1]

    def possible_matches(self, person: PersonId) -> list[PersonId]:
        """People who may be the same as this one, or as those joined with them, for a human to decide."""
        with self._use():
            return self._matches.open_with(self._people.number(person))

    def note_possible_match(self, person: PersonId, other: PersonId) -> None:
        """Keep that two people may be one."""
        with self._change():
            self._people.note_possible_match(person, other)

    def decided_on(self, person: PersonId, other: PersonId) -> str:
        """What a human decided about two people: same, apart, or nothing (an empty string)."""
        with self._use():
            return self._matches.decided(person, other)

    def join_by_evidence(self, found: Sequence[Joined], reason: str) -> None:
        """Read as one exactly those whom evidence makes one, and keep the other pairs as questions for a human.

        Logged for everyone it touches; nothing is written where nothing changes.
        """
        with self._use():
            changes = list(dict.fromkeys(change for one in found for change in self._matches.evidence_changes(one)))
            asked = {both for one in found for both in one.possible if self._people.is_new_question(*both)}
        if not changes and not asked:
            return
        with self._change():
            for both in sorted(asked):
                self._people.note_possible_match(*both)
            now, touched = self._clock(), {number for one, two, _ in changes for number in (one, two)}
            whole = {other for number in touched for other in self._matches.group(number)}
            self._log.states.require_before_change(sorted(whole))
            self._matches.change_by_evidence(changes)
            whole |= {other for number in touched for other in self._matches.group(number)}
            self._whole_changed(whole)
            for one, two, join in changes:
                both = (self._people.id_of(one), self._people.id_of(two))
                for about in both:
                    kind = "match-same" if join else "match-open"
                    self._log.append(LogEvent(kind, about, reason=reason, items=both, kept_back=WORDS), now)

    def _whole_changed(self, people: Collection[int]) -> None:
        """Who is one has changed: what any of these chose is to be in the keys of all, what is sensitive in one labels
        what is tied to it in all, and whoever they are reads all of them and who looked. Inside a transaction, before
        it is logged."""
        self._log.forget_keys()
        self._connection.executemany("INSERT OR IGNORE INTO label_due VALUES (?)", [(number,) for number in people])
        selves = any(self._selves(self._people.id_of(number)) for number in people)
        if selves or any(self._choices.any(number) or self._stated(number) for number in people):
            for number in people:
                self._choices.unsettle(number)
        self._let_follow(people)
        if selves:
            rows = [(number,) for number in people]
            self._connection.executemany("INSERT OR IGNORE INTO audit_due (person) VALUES (?)", rows)

    def matches(self, state: str = "open") -> list[MatchRow]:
        """Pairs of people who may be one, by what was decided: open, same or apart."""
        with self._use():
            return self._matches.pairs(state)

    def decide_match(self, person: PersonId, other: PersonId, state: str, reason: str) -> None:
        """Join two people (same), keep them apart, or take either back (open); logged for everyone it touches.

        Keeping apart splits those whom evidence joined: `other` leaves the whole, with all that is filed under it.

        Raises MatchError where that is not possible as things stand, UnknownItemError for someone unknown.
        """
        with self._change():
            self._log.states.require_before_change(self._people.known((*self.joined(person), *self.joined(other))))
            now = self._clock()
            if state == "same":
                people = self._matches.join(person, other, now, self._keys.principal)
            elif state == "apart":
                people = self._matches.keep_apart(person, other, now, self._keys.principal)
            else:
                people = self._matches.take_back(person, other)
            self._matches.forget()
            self._whole_changed({other for number in people for other in self._matches.bound_by(number)} | set(people))
            for number in people:
                about = self._people.id_of(number)
                event = LogEvent(f"match-{state}", about, reason=reason, items=(person, other), kept_back=WORDS)
                self._log.append(event, now)

    def _stated(self, number: int) -> bool:
        found = self._connection.execute("SELECT 1 FROM statement WHERE person = ? LIMIT 1", (number,))
        return found.fetchone() is not None

    def record(self, event: Event) -> None:
        """Append to the access log, durably, before returning.

        What is about joined people is one event about each of them, with the items that are theirs, so that each one's
        log stays whole when they are split again. What is done while the law keeps this user's access silent is kept
        back with it (`silence`), whatever it is.
        """
        kept_back = event.kept_back
        if event.person is not None and kept_back in ("", WORDS):
            kept_back = self.silence(event.person) or kept_back
        with self._change():
            for about in self._about(event, kept_back):
                self._log.append(about, self._clock())

    def _about(self, event: Event, kept_back: str) -> Iterator[Event]:
        known = () if event.person is None else self._people.known([event.person])
        group = self._matches.group(known[0]) if known else ()
        people = [event.person] if len(group) < 2 else [self._people.id_of(number) for number in group]
        for who in people:
            items = event.items
            if len(group) > 1:
                items = tuple(item for item in items if self._owners.get(item, who) == who)
            yield LogEvent(
                event.kind, who, event.purpose, event.relationship, event.reason, event.outcome, items, kept_back
            )

    def user_name(self, principal: str) -> str:
        """What a principal is called; the id for one that is no more."""
        return next((who.name for who in self.principals() if who.id == principal), principal)
