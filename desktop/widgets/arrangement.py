"""How whoever is signed in set out columns and panes: for each place the shares of its width or height.

A place is a name of ours ("entries"), its shares are numbers. Nothing of a record is in either, and where they are kept
is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

WHOLE = 1000
"""What the shares of a place add up to."""


class Arrangement(Protocol):
    """Where the shares of one user are kept."""

    def shares(self, place: str) -> tuple[int, ...]:
        """The shares of a place in order; empty where its user left it as it was."""

    def keep(self, place: str, shares: Sequence[int]) -> None:
        """Remember them."""

    def reset(self) -> None:
        """Forget those of every place."""


class NoArrangement:
    """Of nobody: everything stands as it was made."""

    def shares(self, place: str) -> tuple[int, ...]:
        """None."""
        return ()

    def keep(self, place: str, shares: Sequence[int]) -> None:
        """Nowhere."""

    def reset(self) -> None:
        """Nothing to forget."""


_current: list[Arrangement] = [NoArrangement()]


def arrangement() -> Arrangement:
    """That of whoever is signed in now."""
    return _current[0]


def use(theirs: Arrangement) -> None:
    """Somebody signed in, or left."""
    _current[0] = theirs


def shares_of(sizes: Sequence[int]) -> tuple[int, ...]:
    """Sizes as shares of their sum, none below 1."""
    whole = max(sum(sizes), 1)
    return tuple(max(1, round(size * WHOLE / whole)) for size in sizes)


def sizes_of(shares: Sequence[int], room: int, least: int) -> list[int]:
    """Shares as sizes that fill `room`; none is below `least` where there is room for that."""
    least = min(least, room // len(shares))
    over = room - least * len(shares)
    beyond = [max(room * share / sum(shares) - least, 0.0) for share in shares]
    taken = sum(beyond) or 1.0
    sizes = [least + int(over * one / taken) for one in beyond]
    sizes[-1] += room - sum(sizes)
    return sizes
