"""How far long work is, counted in bytes of a file, people or lines; and where it may be stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

Step = Callable[[str, int, int], None]
"""Told what is done, how much of it is done with, and of how much; what it raises stops the work there."""

_TOLD_EVERY = 1 << 20
_TOLD_TIMES = 1_000


def no_step(_what: str, _done: int, _total: int) -> None:
    """Nobody listens."""


def each(items: Iterable[Item], count: int, step: Step, what: str) -> Iterator[Item]:
    """The items, `count` of them, telling now and then how many were dealt with."""
    every = max(1, count // _TOLD_TIMES)
    for done, item in enumerate(items):
        if done % every == 0:
            step(what, done, count)
        yield item
    step(what, count, count)


def part(step: Step, *, before: int = 0, after: int = 0) -> Step:
    """Tells `step` of work that is a part of more: so much was done `before` it, and so much follows `after` it."""
    return lambda what, done, total: step(what, before + done, before + total + after)


class Meter:
    """Work of several passes over about `size` bytes each: what is done never goes back, and ends at the total."""

    def __init__(self, step: Step, size: int, passes: int) -> None:
        self._step, self._size, self._total = step, size, size * passes
        self._what, self._from, self._done, self._told = "", 0, 0, 0

    def begin(self, what: str) -> None:
        """A pass begins; `what` it is, in words."""
        self._what, self._done = what, self._from
        self._say()

    def more(self, count: int) -> None:
        """So many bytes more of this pass. One that turns out longer than expected waits at its end."""
        self._done = min(self._done + count, self._from + self._size)
        if self._done - self._told >= _TOLD_EVERY:
            self._say()

    def end(self) -> None:
        """This pass is done, however many bytes it turned out to be."""
        self._from += self._size
        self._done = self._from
        self._say()

    def _say(self) -> None:
        self._told = self._done
        self._step(self._what, self._done, self._total)
