"""Pairs of people who may be one: asked by matching, decided by a human, and every decision can be taken back.

A join moves nothing. It is one row that makes reading take the entries of both people; dropping the row gives back two
people with exactly what each had before. Decided rows are part of both people's signed state (`storage.state_tree`).
Who may decide, and on what evidence, is not known here. Strong evidence joins in the same way, by rows that no human
decided on and that every import sets right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from fhir.entries import PersonId
from fhir.joining import Joined
from storage.connection import Connection
from storage.errors import MatchError, UnknownItemError
from storage.people import People
from storage.records import MatchRow

OPEN, SAME, APART = "open", "same", "apart"
STRONG = "strong"
"""Joined by the evidence of their records, not by a human; `storage` is told so with every import that bears on it."""

Change = tuple[int, int, bool]
"""A pair by row numbers, the smaller first, and whether it is joined or parted."""

_ASKED, _JOINED = 1, 2
"""What `noted` says of a pair: evidence asked about it; evidence joined it, and joins it again when a decision goes."""

_PAIRS = (
    "SELECT p.no, o.no, m.state, m.decided, m.decided_by FROM possible_match m"
    " JOIN person p ON p.no = m.person JOIN person o ON o.no = m.other"
    " WHERE m.state IN (?, ?) AND p.imports > 0 AND o.imports > 0"
    " ORDER BY p.id, o.id"
)

_PAIRED = (
    "SELECT person FROM possible_match WHERE person IN (SELECT value FROM json_each(?1)) UNION"
    " SELECT other FROM possible_match WHERE other IN (SELECT value FROM json_each(?1))"
)
_JOINS = (
    "SELECT other, state FROM possible_match WHERE person = ?1 AND state IN ('same', 'strong') UNION ALL"
    " SELECT person, state FROM possible_match WHERE other = ?1 AND state IN ('same', 'strong')"
)
_PARTED = (
    "SELECT other, bound FROM possible_match WHERE person = ?1 AND bound > 0 UNION ALL"
    " SELECT person, bound FROM possible_match WHERE other = ?1 AND bound > 0 ORDER BY 1"
)


class Matches:
    """The pairs of one vault."""

    def __init__(self, connection: Connection, people: People) -> None:
        self._connection = connection
        self._people = people
        self._groups: dict[int, tuple[int, ...]] = {}
        self._parted: dict[int, list[tuple[int, int]]] = {}
        self._any_strong: bool | None = None

    # -- who is one person

    def group(self, person: int) -> tuple[int, ...]:
        """The row numbers of everyone joined with this person, with them, by person id."""
        found = self._groups.get(person)
        if found is None:
            whole = self._reached(person)
            here = [no for no in whole if self._people.is_here(no)] if len(whole) > 1 else []
            found = tuple(sorted(here, key=self._people.id_of)) if person in here else (person,)
            self._groups |= dict.fromkeys(found, found)
        return found

    def foresee(self, people: Collection[int]) -> None:
        """Who of these is joined with whom will be asked next: those of whom there is no pair at all, which are most of
        an extract's, are found with one statement."""
        listed = msgspec.json.encode(sorted(people)).decode()
        paired = {row[0] for row in self._connection.execute(_PAIRED, (listed,))}
        for number in people:
            if number not in paired:
                self._groups[number] = (number,)
                self._parted[number] = []

    def _reached(self, first: int) -> set[int]:
        """Everyone to whom joins lead from this person, with them; step by step, as a vault may hold a county."""
        whole, waiting = {first}, [first]
        while waiting:
            number = waiting.pop()
            for other, state in self._connection.execute(_JOINS, (number,)).fetchall():
                if state == STRONG and not (self._people.is_here(number) and self._people.is_here(other)):
                    continue  # no evidence any more
                if other not in whole:
                    whole.add(other)
                    waiting.append(other)
        return whole

    def forget(self) -> None:
        """Who is joined may have changed: ask again."""
        self._groups.clear()
        self._parted.clear()
        self._any_strong = None

    # -- the queue

    def pairs(self, state: str) -> list[MatchRow]:
        """Pairs in one state (open, same or apart) of people who are here. An identity that stands alone is in none:
        the question itself would tell of it. Open pairs within one joined group are not asked, and others once. Pairs
        that evidence joined are among the joined, decided by nobody."""
        found: dict[tuple[PersonId, PersonId], MatchRow] = {}
        also = STRONG if state == SAME else state
        for one, two, said, decided, by in self._connection.execute(_PAIRS, (state, also)).fetchall():
            if self._people.never_asked(one) or self._people.never_asked(two):
                continue
            pair = self._people.id_of(one), self._people.id_of(two)
            if said == OPEN:
                if two in self.group(one) or self._crossing(self.group(one), self.group(two), APART):
                    continue
                pair = self._whole(one), self._whole(two)
            person, other = sorted(pair)
            row = MatchRow(person=person, other=other, state=state, decided=decided, decided_by=by)
            found.setdefault((person, other), row)
        return sorted(found.values(), key=lambda row: (row.person, row.other))

    def open_with(self, person: int) -> list[PersonId]:
        """People who may be the same as this one (and those joined with them), still undecided."""
        mine = self.group(person)
        found: set[PersonId] = set()
        for no in mine:
            others = self._connection.execute(
                "SELECT o.no FROM possible_match m JOIN person o ON o.no = m.other"
                " WHERE m.person = ?1 AND m.state = 'open' AND o.imports > 0 UNION"
                " SELECT o.no FROM possible_match m JOIN person o ON o.no = m.person"
                " WHERE m.other = ?1 AND m.state = 'open' AND o.imports > 0",
                (no,),
            ).fetchall()
            if others and self._people.never_asked(no):
                continue
            for (other,) in others:
                if other in mine or self._people.never_asked(other):
                    continue
                if not self._crossing(mine, self.group(other), APART):
                    found.add(self._whole(other))
        return sorted(found)

    def _whole(self, number: int) -> PersonId:
        return self._people.id_of(self.group(number)[0])

    # -- by evidence

    def decided(self, person: PersonId, other: PersonId) -> str:
        """What a human decided about two people: same, apart or nothing."""
        known = self._people.known((person, other))
        found = self._state(_pair(*known)) if len(known) == 2 else ""
        return found if found in (SAME, APART) else ""

    def evidence_changes(self, found: Joined) -> list[Change]:
        """What has to change so that everyone whom evidence connects is joined by exactly these pairs.

        What a human decided stays, and so does a join of two restricted people, about whom not all evidence is kept.
        """
        if not found.same and not self._strong_anywhere():
            return []
        numbers = {person: number for person in found.people for number in self._people.known([person])}
        here = {number for number in numbers.values() if self._people.is_here(number)}
        known = [(numbers[one], numbers[two]) for one, two in found.same if one in numbers and two in numbers]
        wanted = {_pair(*both) for both in known if here.issuperset(both)}
        joins = [
            (*both, True)
            for both in sorted(wanted)
            if self._state(both) in ("", OPEN) and not self._crossing(self.group(both[0]), self.group(both[1]), APART)
        ]
        strong = {both for number in here for both in self._strong_pairs(number)}
        stay = {both for both in strong if all(map(self._people.is_restricted, both))}
        return joins + [(*both, False) for both in sorted(strong - wanted - stay)]

    def _strong_anywhere(self) -> bool:
        if self._any_strong is None:
            query = "SELECT EXISTS (SELECT 1 FROM possible_match WHERE state = 'strong')"
            self._any_strong = bool(self._connection.execute(query).fetchone()[0])
        return self._any_strong

    def _strong_pairs(self, number: int) -> list[tuple[int, int]]:
        return self._connection.execute(
            "SELECT person, other FROM possible_match WHERE person = ?1 AND state = 'strong' UNION ALL"
            " SELECT person, other FROM possible_match WHERE other = ?1 AND state = 'strong'",
            (number,),
        ).fetchall()

    def change_by_evidence(self, changes: Iterable[Change]) -> None:
        """Join or part these pairs. Inside a transaction. One that is parted is asked of a human from then on; what was
        chosen until then binds both."""
        for one, two, join in changes:
            if join:
                self._set(one, two, state=STRONG, noted=_JOINED)
            else:
                self._set(one, two, state=OPEN, noted=_ASKED, bound=self._next_choice())
        self.forget()

    def part_from_gone(self, people: Iterable[int]) -> set[int]:
        """Let what was chosen until now by those of these people who are here no more bind whoever evidence had joined
        with them; the row numbers of those. Inside a transaction."""
        gone = [number for number in people if not self._people.is_here(number)]
        pairs = {both for number in gone for both in self._strong_pairs(number)}
        for both in pairs:
            self._set(*both, bound=self._next_choice())
        self.forget()
        left = {number for both in pairs for number in both if self._people.is_here(number)}
        return {other for number in left for other in self.group(number)}

    def _next_choice(self) -> int:
        last: int = self._connection.execute("SELECT coalesce(max(no), 0) FROM choice").fetchone()[0]
        return last + 1

    # -- deciding. All inside a transaction.

    def join(self, person: PersonId, other: PersonId, now: str, by: str) -> tuple[int, ...]:
        """Make two people one for reading; the row numbers of all it touches.

        Raises MatchError where they may not be joined, UnknownItemError for someone unknown.
        """
        one, two = self._numbers(person, other)
        ours, theirs = self.group(one), self.group(two)
        if two in ours:
            raise MatchError("They are joined already.")
        if any(self._people.never_asked(no) for no in (*ours, *theirs)):
            raise MatchError("These two cannot be joined here.")
        if self._crossing(ours, theirs, APART):
            raise MatchError("They are kept apart; take that back first.")
        self._decide([(one, two)], SAME, now, by)
        return (*ours, *theirs)

    def keep_apart(self, person: PersonId, other: PersonId, now: str, by: str) -> tuple[int, ...]:
        """Settle that two people are two, also for everyone joined with either; the row numbers of all it touches.

        Where evidence joined them, `other` is taken out of the whole and kept apart from everyone else in it.
        """
        one, two = self._numbers(person, other)
        ours, theirs = self.group(one), self.group(two)
        if two in ours:
            return self._split(two, ours, now, by)
        if any(self._people.never_asked(no) for no in (*ours, *theirs)):
            raise MatchError("There is nothing to decide about these two.")
        if self._crossing(ours, theirs, APART):
            raise MatchError("They are kept apart already.")
        asked = self._crossing(ours, theirs, OPEN)
        self._decide(sorted({*asked, _pair(one, two)}), APART, now, by)
        return (*ours, *theirs)

    def _split(self, leaving: int, whole: tuple[int, ...], now: str, by: str) -> tuple[int, ...]:
        rest = [_pair(leaving, number) for number in whole if number != leaving]
        if any(self._state(both) == SAME for both in rest):
            raise MatchError("These two were not joined directly; split the pair that was.")
        strong = [both for both in rest if self._state(both) == STRONG]
        self._decide(rest, APART, now, by)
        for both in strong:
            self._set(*both, bound=self._next_choice())
        return whole

    def take_out(self, person: PersonId, other: PersonId, now: str, by: str) -> tuple[int, ...]:
        """Keep someone new (`other`) apart from the whole of a person of whom they were part; the row numbers."""
        one, two = self._numbers(person, other)
        self.change_by_evidence([(*_pair(one, two), True)])
        return self._split(two, self.group(one), now, by)

    def bound_by(self, person: int) -> dict[int, int | None]:
        """Everyone whose choices bind a person: the whole (None), and those who were split from it after evidence had
        joined them, with the number up to which their choices count."""
        found: dict[int, int | None] = dict.fromkeys(self.group(person))
        waiting = list(found)
        while waiting:
            number = waiting.pop()
            limit = found[number]
            for parted, bound in self._parted_from(number):
                last = bound - 1 if limit is None else min(limit, bound - 1)
                for other in self.group(parted):
                    known = found.get(other, -1)
                    if known is not None and known < last:  # the way by which most of their choices count
                        found[other] = last
                        waiting.append(other)
        return found

    def _parted_from(self, number: int) -> list[tuple[int, int]]:
        """Who was parted from this person after evidence had joined them, with what bounds their choices."""
        found = self._parted.get(number)
        if found is None:
            found = self._parted[number] = self._connection.execute(_PARTED, (number,)).fetchall()
        return found

    def take_back(self, person: PersonId, other: PersonId) -> tuple[int, ...]:
        """Undo a join or a keeping apart: the pair is as it was before; the row numbers of all it touches.

        A join is undone for the very pair that was joined. Raises MatchError where nothing was decided.
        """
        one, two = self._numbers(person, other)
        ours, theirs = self.group(one), self.group(two)
        pair = _pair(one, two)
        if two in ours and self._state(pair) != SAME:
            raise MatchError("These two were not joined directly; split the pair that was.")
        crossing = self._crossing(ours, theirs, APART)
        if two not in ours and not crossing:
            raise MatchError("Nothing was decided about these two.")
        act = self._act(pair) if two in ours or pair in crossing else max(map(self._act, crossing))
        self._connection.execute("DELETE FROM possible_match WHERE act = ? AND NOT noted", (act,))
        self._connection.execute(
            "UPDATE possible_match SET state = iif(noted = 2, 'strong', 'open'), act = 0, bound = 0, decided = '',"
            " decided_by = '' WHERE act = ?",
            (act,),
        )
        self.forget()
        return tuple(dict.fromkeys((*ours, *theirs)))

    def _decide(self, pairs: Iterable[tuple[int, int]], state: str, now: str, by: str) -> None:
        act = self._connection.execute("SELECT coalesce(max(act), 0) + 1 FROM possible_match").fetchone()[0]
        for both in pairs:
            self._set(*_pair(*both), state=state, act=act, decided=now, decided_by=by)
        self.forget()

    def _set(self, one: int, two: int, **values: str | int) -> None:
        """Keep what there is to say of a pair. Not by one upsert: its way with conflicts would rule in triggers too."""
        self._connection.execute(
            "INSERT OR IGNORE INTO possible_match (person, other, noted) VALUES (?, ?, 0)", (one, two)
        )
        self._parted.clear()
        self._any_strong = None
        columns = ", ".join(f"{name} = ?" for name in values)
        self._connection.execute(
            f"UPDATE possible_match SET {columns} WHERE person = ? AND other = ?",  # noqa: S608 - names of our own
            (*values.values(), one, two),
        )

    def _crossing(self, ours: tuple[int, ...], theirs: tuple[int, ...], state: str) -> list[tuple[int, int]]:
        pairs = (_pair(one, two) for one in ours for two in theirs)
        return sorted(pair for pair in pairs if self._state(pair) == state)

    def _act(self, pair: tuple[int, int]) -> int:
        row = self._connection.execute("SELECT act FROM possible_match WHERE person = ? AND other = ?", pair).fetchone()
        return int(row[0])

    def _state(self, pair: tuple[int, int]) -> str:
        row = self._connection.execute(
            "SELECT state FROM possible_match WHERE person = ? AND other = ?", pair
        ).fetchone()
        return "" if row is None else str(row[0])

    def _numbers(self, person: PersonId, other: PersonId) -> tuple[int, int]:
        one, two = self._people.number(person), self._people.number(other)
        if one == two:
            raise UnknownItemError("That is one and the same person.")
        return one, two


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
