"""Who has looked at a person's record, as the person reads it: filters, flags and words. Qt-free; knows no vault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

from consent.acting import place
from consent.request import PURPOSES
from desktop.models.words import role
from fhir.entries import EntryId

Period = Literal["week", "month", "year", "all"]
PERIODS: Final[tuple[Period, ...]] = ("week", "month", "year", "all")
_DAYS: Final[dict[Period, int]] = {"week": 7, "month": 31, "year": 366}
_LOOKS: Final = frozenset({"read", "refused", "search", "export", "print", "override", "original", "see-as"})
_REFUSED: Final = frozenset({"4", "8", "12"})


@dataclass(frozen=True)
class Look:
    """One act of the access log. `number` is its place in the log; `items` is how many things were shown."""

    number: int
    time: datetime
    name: str
    role: str
    organisation: str
    kind: str
    purpose: str
    reason: str
    refused: bool
    emergency: bool
    items: int

    @property
    def worker(self) -> str:
        """What kind of worker it was."""
        return role(self.role)

    @property
    def why(self) -> str:
        """What it was for, in words."""
        return PURPOSES.get(self.purpose, "").lower()


def look_of(event: Any, kinds: Mapping[EntryId, tuple[str, ...]]) -> Look:
    """A look from an event of the log as the vault gives it."""
    del kinds
    return Look(
        event.number,
        _instant(event.time),
        event.name,
        event.role,
        place(event.role, event.organisation),
        event.kind,
        event.purpose,
        event.reason,
        event.kind == "refused" or event.outcome in _REFUSED,
        event.kind == "override" or event.purpose == "BTG",
        len(event.items),
    )


def found(looks: Iterable[Look], *, today: date, period: Period = "all", words: str = "", only: str = "") -> list[Look]:
    """The looks of a period that match every word, by name, organisation, kind of worker or reason, newest first.
    `only` may be "refused" or "emergency"."""
    since = today - timedelta(days=_DAYS[period]) if period != "all" else date.min
    wanted = words.casefold().split()
    kept = [
        one
        for one in looks
        if one.kind in _LOOKS
        and one.time.date() >= since
        and (not only or (one.refused if only == "refused" else one.emergency))
        and all(word in _said(one) for word in wanted)
    ]
    return sorted(kept, key=lambda one: (one.time, one.number), reverse=True)


def _said(one: Look) -> str:
    return " ".join((one.name, one.organisation, one.worker, one.reason, one.why)).casefold()


def _instant(text: str) -> datetime:
    made = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return made if made.tzinfo else made.replace(tzinfo=UTC)
