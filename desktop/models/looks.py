"""Who has looked at a person's record, as the person reads it: filters, groups, flags and words. Qt-free; knows no
vault."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

from consent.acting import place
from consent.claims import Claimed
from consent.plain_choices import CHOOSABLE
from consent.request import PURPOSES
from consent.unexpected import Unexpected
from desktop.models.words import role

Period = Literal["week", "month", "year", "all"]
PERIODS: Final[tuple[Period, ...]] = ("week", "month", "year", "all")
Only = Literal["", "refused", "emergency", "asked"]
Order = Literal["newest", "person", "organisation", "kind"]
ORDERS: Final[tuple[Order, ...]] = ("newest", "person", "organisation", "kind")
NEWEST: Final = ("first", "others", "mine")
"""The groups of the newest looks; `looked` has a heading for each."""
_DAYS: Final[dict[Period, int]] = {"week": 7, "month": 31, "year": 366}
LOOKS: Final = frozenset(
    {"read", "refused", "search", "export", "print", "override", "see-as", "choice", "choices-read", "contribution",
     "import", "labels-read", "receipt"}
)  # fmt: skip
"""Kinds of act that are told; `looked.acts` has a sentence for each but the first two."""
_OWN_WORDS: Final = frozenset({"see-as", "contribution"})
_REFUSED: Final = frozenset({"4", "8", "12"})


@dataclass(frozen=True)
class Look:
    """One act of the access log. `number` is its place in the log; `items` is how many things were shown, and `kinds`
    the kinds of information these are of, as far as the person may see them; `asked` is what the person reported of
    it, `claim` what the privacy office made of it where a relationship was only claimed."""

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
    kinds: tuple[str, ...] = ()
    asked: Unexpected | None = None
    claim: Claimed | None = None

    @property
    def worker(self) -> str:
        """What kind of worker it was."""
        return role(self.role)

    @property
    def act(self) -> str:
        """What was done, as `looked.acts` calls it: an override that is no emergency was asked for with a reason, or
        agreed to by a second person, and opened nothing by itself."""
        if self.kind == "override" and not self.emergency:
            return "asked" if self.reason else "agreed"
        return self.kind

    @property
    def why(self) -> str:
        """What it was for, in words."""
        return PURPOSES.get(self.purpose, "").lower()

    @property
    def mine(self) -> bool:
        """Whether the person did it."""
        return self.role == "person"


def looks_of(
    lines: Iterable[tuple[Any, Iterable[str]]], asked: Unexpected | None = None, claim: Claimed | None = None
) -> Look:
    """A look from the lines of the log that are of it, as the vault gives them, newest first, each with its kinds."""
    told = list(lines)
    event = told[0][0]
    return Look(
        event.number,
        _instant(event.time),
        event.name,
        event.role,
        place(event.role, event.organisation),
        event.kind,
        event.purpose,
        "" if _is_own_word(event) else event.reason,
        event.kind == "refused" or event.outcome in _REFUSED,
        event.purpose == "BTG",
        sum(len(line.items) for line, _kinds in told),
        tuple(sorted(CHOOSABLE.intersection(kind for _line, kinds in told for kind in kinds))),
        asked,
        claim,
    )


def _is_own_word(event: Any) -> bool:
    """Whether the reason in the log is a word of this program, as of what kind it was, and not what somebody said."""
    return event.kind in _OWN_WORDS or (event.kind == "refused" and not event.purpose)


def found(
    looks: Iterable[Look], *, today: date, period: Period = "all", words: str = "", only: Only = "", kind: str = ""
) -> list[Look]:
    """The looks of a period that match every word, by name, organisation, kind of worker or reason, newest first;
    `only` those that are flagged so, or of one `kind` of information."""
    since = today - timedelta(days=_DAYS[period]) if period != "all" else date.min
    wanted = words.casefold().split()
    kept = [
        one
        for one in looks
        if one.kind in LOOKS
        and one.time.date() >= since
        and (not only or getattr(one, only))
        and (not kind or kind in one.kinds)
        and all(word in _said(one) for word in wanted)
    ]
    return sorted(kept, key=lambda one: (one.time, one.number), reverse=True)


def grouped(looks: Iterable[Look], order: Order) -> list[tuple[str, list[Look]]]:
    """Looks under what they have in common: a name, an organisation or a kind of information (its key; empty for what
    has none), those with the newest look first. A look at several kinds stands under each. Newest: those that were
    refused or in an emergency first, and what the person did last (`NEWEST`)."""
    if order == "newest":
        newest: dict[str, list[Look]] = {name: [] for name in NEWEST}
        for one in looks:
            newest["mine" if one.mine else "first" if one.refused or one.emergency else "others"].append(one)
        return [(name, of) for name, of in newest.items() if of]
    groups: dict[str, list[Look]] = {}
    for one in looks:
        names = {"person": (one.name,), "organisation": (one.organisation,), "kind": one.kinds or ("",)}[order]
        for name in names:
            groups.setdefault(name, []).append(one)
    return sorted(groups.items(), key=lambda group: not group[0])


def _said(one: Look) -> str:
    return " ".join((one.name, one.organisation, one.worker, one.reason, one.why)).casefold()


def _instant(text: str) -> datetime:
    made = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return made if made.tzinfo else made.replace(tzinfo=UTC)
