"""Whether what the log says was decided about people is still kept: choices, statements, decisions about labels.

Any user can sign the state of a person anew, in their own name, and so also a state from which rows were taken out. The
lines of the log stay: whoever reads all of them counts, for each person and each who signed, how many rows there must
be. Nobody can put a row in another's name in the place of one that went.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Literal

from storage.audit_event import LoggedEvent
from storage.errors import TamperedError

What = Literal["choices", "statements", "labels"]
_ROWS: dict[str, What] = {
    "choice": "choices",
    "statement": "statements",
    "override": "statements",
    "override-ended": "statements",
    "override-review": "statements",
    "notice": "statements",
    "label-correction": "labels",
}
"""Kinds of events that are written together with one row each, and what that row is."""

_IN_WORDS: dict[What, str] = {
    "choices": "Choices",
    "statements": "Overrides, limits or rights",
    "labels": "Decisions about labels",
}

Signers = Callable[[str], Iterable[str]]
"""By person id: who signed (principal id; empty for the custodian's key) each row that opens. May raise
TamperedError."""


class Told:
    """What the log tells of."""

    def __init__(self) -> None:
        self._acts: dict[What, dict[str, Counter[str]]] = {what: {} for what in _IN_WORDS}

    def hear(self, event: LoggedEvent) -> None:
        """Take one event in."""
        what = _ROWS.get(event.kind)
        if what is not None:
            signer = "" if what == "labels" else event.user
            self._acts[what].setdefault(event.person, Counter())[signer] += 1

    def gone(self, kept: dict[What, Signers]) -> list[str]:
        """In a sentence each, what is not kept any more, and of how many people."""
        counts = {
            what: sum(not _all(made, kept[what], person) for person, made in people.items())
            for what, people in self._acts.items()
        }
        return [
            f"{_IN_WORDS[what]} of {many} people that the log tells of are not there any more."
            for what, many in counts.items()
            if many
        ]


def _all(made: Counter[str], kept: Signers, person: str) -> bool:
    try:
        return made <= Counter(kept(person))
    except TamperedError:
        return False
