"""Which people are one, by the evidence of all of them together: the same whichever of them became known first.

Strong evidence (`fhir.identity.decide`) is about pairs. Here it is read over everyone whom it connects: they are one
person where nothing among them contradicts. A record that bridges two who contradict each other joins neither, but
stands by itself with the question open to both. Pure: knows no store.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Literal

import msgspec

from fhir.entries import PersonId
from fhir.identity import contradict, decide, share_number, shared_keys
from fhir.people import Identity

Pair = tuple[PersonId, PersonId]
"""Two people, the smaller id first."""

_NONE: frozenset[str] = frozenset()


class Joined(msgspec.Struct, frozen=True):
    """Everyone whom numbers connect (`people`), the pairs of them that evidence makes one, and, of all pairs looked at,
    those that are for a human to decide."""

    people: frozenset[PersonId]
    same: frozenset[Pair]
    possible: frozenset[Pair]


Near = Callable[[PersonId], Mapping[PersonId, Identity]]
"""Whom a person should be compared with: all who share an identity key with them, with their identities."""


Decided = Callable[[Pair], Literal["same", "apart", ""]]
"""What a human decided about two people."""


def pair(one: PersonId, other: PersonId) -> Pair:
    """Two people as a pair."""
    return (one, other) if one < other else (other, one)


class Evidence:
    """Evidence between known people, looked at once."""

    def __init__(self, identity: Callable[[PersonId], Identity], near: Near, decided: Decided) -> None:
        self._identity = identity
        self._near = near
        self._decided = decided
        self._around: dict[PersonId, Mapping[PersonId, Identity]] = {}
        self._shared: dict[PersonId, frozenset[str]] = {}

    def about(self, person: PersonId) -> Joined:
        """Everyone whom numbers connect with a person, and what the evidence among them comes to.

        Also those who are not joined with them: a number that different people turn out to have joins nobody.
        """
        if not self.near(person):
            return Joined(frozenset((person,)), frozenset(), frozenset())
        verdicts: dict[Pair, str] = {}
        whole, waiting = {person}, [person]
        while waiting:
            one = waiting.pop()
            for other, who in self.near(one).items():
                found = pair(one, other)
                if found not in verdicts:
                    verdicts[found] = self._decide(one, other)
                if other not in whole and share_number(self._identity(one), who):
                    whole.add(other)
                    waiting.append(other)
        strong = {found for found, verdict in verdicts.items() if verdict == "same"}
        same = self._coherent(frozenset(whole), frozenset(found for found in strong if self._decided(found) != "apart"))
        asked = {found for found, verdict in verdicts.items() if verdict == "possible"} | (strong - same)
        return Joined(frozenset(whole), frozenset(same), frozenset(asked))

    def near(self, person: PersonId) -> Mapping[PersonId, Identity]:
        """Everyone else with whom a person is to be compared."""
        around = self._around.get(person)
        if around is None:
            found = self._near(person)
            around = self._around[person] = {other: who for other, who in found.items() if other != person}
            self._shared[person] = shared_keys([self._identity(person), *around.values()]) if around else _NONE
        return around

    def _decide(self, one: PersonId, other: PersonId) -> str:
        found = decide(self._identity(one), self._identity(other), self._shared[one])
        if found == "same":  # then also in the light of all who are near the other
            self.near(other)
            found = decide(self._identity(one), self._identity(other), self._shared[one] | self._shared[other])
        return found

    def _coherent(self, people: frozenset[PersonId], strong: frozenset[Pair]) -> set[Pair]:
        """The pairs that make one person of each set of people that holds no contradiction."""
        same: set[Pair] = set()
        for whole in connected(people, strong):
            among = {found for found in strong if found[0] in whole}
            against = self._contradictions(whole, among)
            if not against:
                same |= among
                continue
            bridging = {
                one
                for one in whole
                for left, right in against
                if pair(one, left) in among and pair(one, right) in among
            }
            kept = {found for found in among if bridging.isdisjoint(found)}
            for rest in connected(whole - bridging, kept):
                some = {found for found in kept if found[0] in rest}
                if not self._contradictions(rest, some):
                    same |= some
        return same

    def _contradictions(self, whole: Collection[PersonId], strong: Collection[Pair]) -> list[Pair]:
        ordered = sorted(whole)
        return [
            (one, other)
            for at, one in enumerate(ordered)
            for other in ordered[at + 1 :]
            if (one, other) not in strong and self._against(one, other)
        ]

    def _against(self, one: PersonId, other: PersonId) -> bool:
        decided = self._decided((one, other))
        return decided == "apart" or (not decided and contradict(self._identity(one), self._identity(other)))


def connected(people: Iterable[PersonId], pairs: Collection[Pair]) -> list[frozenset[PersonId]]:
    """The people in sets that these pairs connect, each set once, in the order of its smallest id."""
    near: dict[PersonId, set[PersonId]] = {}
    for one, other in pairs:
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    found: list[frozenset[PersonId]] = []
    seen: set[PersonId] = set()
    for first in sorted(people):
        if first in seen:
            continue
        whole, waiting = {first}, [first]
        while waiting:
            for other in near.get(waiting.pop(), set()) - whole:
                whole.add(other)
                waiting.append(other)
        seen |= whole
        found.append(frozenset(whole))
    return found
