"""What is worked out of texts that a file repeats a million times: each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_V = TypeVar("_V")


class Remembered(dict[str, _V]):
    """What a function gives for texts; of the first `kept` it is remembered. Ask by `__getitem__`, for speed."""

    def __init__(self, work: Callable[[str], _V], kept: int) -> None:
        super().__init__()
        self._work = work
        self._kept = kept

    def __missing__(self, text: str) -> _V:
        found = self._work(text)
        if len(self) < self._kept:
            self[text] = found
        return found
