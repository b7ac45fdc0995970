"""Whom a restricted record protects: all who are one with it, or have a number that an authority gives to one person.

They need not be one person with it by the evidence: who is taken for another by name or date of birth would lead to
where they are all the same. Pure: knows no store.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from fhir.entries import PersonId
from fhir.identity import given_numbers
from fhir.joining import Pair, connected, pair
from fhir.people import Identity


def protected(
    people: Collection[PersonId],
    same: Collection[Pair],
    identity: Callable[[PersonId], Identity],
    near: Callable[[PersonId], Mapping[PersonId, Identity]],
) -> list[frozenset[PersonId]]:
    """Of these people, and all who share numbers with them, the sets in which one is restricted and so all are.

    `same` are pairs that evidence makes one; `near` gives everyone who shares a key with a person.
    """
    alike, waiting = set(people), list(people)
    while waiting:
        one = waiting.pop()
        numbers = given_numbers(identity(one))
        for other, who in near(one).items():
            if other not in alike and not numbers.isdisjoint(given_numbers(who)):
                alike.add(other)
                waiting.append(other)
    first: dict[str, PersonId] = {}
    bound = set(same)
    for one in sorted(alike):
        bound |= {pair(first.setdefault(number, one), one) for number in given_numbers(identity(one))}
    return [whole for whole in connected(alike, bound) if any(identity(one).restricted for one in whole)]
