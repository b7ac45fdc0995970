"""The privacy desk counts all that it holds, also what does not fit on it."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.desk import claims


@dataclass(frozen=True)
class Event:
    """A look on a relationship that was only claimed."""

    number: int
    time: str = "2026-11-20T09:00:00Z"
    kind: str = "read"
    name: str = "Sam"
    role: str = "ambulance"
    organisation: str = "Vale Ambulance"
    person: str = "p1"
    purpose: str = "TREAT"
    relationship: str = "self-claimed"
    reason: str = "With me now"
    items: tuple[str, ...] = ()


def test_no_claimed_relationship_is_left_out_of_the_count_and_the_newest_comes_first() -> None:
    found = claims(Event(number) for number in range(500))
    assert [one.number for one in found[:2]] == [499, 498]
    assert len(found) == 500
