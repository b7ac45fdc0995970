"""A person's sharing choices in the words of the screen: who, what, on or off or "ask me", from when until when.

Which of several choices decides is settled by two rules a person can keep in mind (`RULES`): what is said of one thing
comes before what is said of a kind of information, and what is said of one worker comes before an organisation, a kind
of worker and everyone. How this is written as a FHIR Consent is `consent.plain_consents`; no store and no clock here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal, NamedTuple, get_args

from consent.categories import categories
from consent.errors import PolicyError
from consent.naming import spoken
from consent.request import STAFF_ROLES

Setting = Literal["on", "off", "ask"]
WhoKind = Literal["everyone", "role", "organisation", "ods", "user"]
WhatKind = Literal["everything", "category", "item"]
LEVEL: Final[dict[str, int]] = {"everyone": 0, "role": 1, "organisation": 2, "ods": 2, "user": 3}
"""How close a kind of recipient is: the closer one's choice decides."""

RULES: Final = (
    "What you say about one thing comes before what you say about a kind of information.",
    "What you say about one person comes before what you say about their organisation, and that comes before "
    "what you say about their kind of work.",
    "If two choices are equally close, the one that hides wins.",
)

CHOOSABLE: Final = frozenset(key for key, one in categories().items() if one.chosen_by_person)
KINDS_OF_WORKER: Final = STAFF_ROLES - {"tester"} | {"carer", "proxy"}
"""Kinds of worker a choice may name: all but the person, those who guard the record, and testers of invented people."""

_ITEM = re.compile(r"[A-Z][A-Za-z]+/\S+\Z")


class Who(NamedTuple):
    """Whom a choice is about. `value` is a role, an organisation's name or ODS code, a user's name, or empty."""

    kind: WhoKind
    value: str = ""

    @property
    def level(self) -> int:
        """How close it is: 0 everyone, 1 a kind of worker, 2 an organisation, 3 one worker."""
        return LEVEL[self.kind]


class What(NamedTuple):
    """What a choice is about. `value` is a category's key, "Type/id" of one record, or empty."""

    kind: WhatKind
    value: str = ""


EVERYONE: Final = Who("everyone")
EVERYTHING: Final = What("everything")


@dataclass(frozen=True, order=True)
class PlainChoice:
    """One choice. `start` and `end` are whole days, both included; None is open. Raises PolicyError for a kind of
    worker or of information that nobody chooses, a record that is not "Type/id", a nameless worker or an end before its
    start."""

    who: Who
    what: What
    setting: Setting
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        known = {
            "everyone": not self.who.value,
            "role": self.who.value in KINDS_OF_WORKER,
        }.get(self.who.kind, self.who.value == " ".join(self.who.value.split()) != "")
        meant = {
            "everything": not self.what.value,
            "category": self.what.value in CHOOSABLE,
        }.get(self.what.kind, bool(_ITEM.match(self.what.value)))
        if not (known and meant and self.setting in get_args(Setting)):
            raise PolicyError("this choice names somebody or something that nobody can choose")
        if self.start and self.end and self.end < self.start:
            raise PolicyError("this choice would end before it begins")

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class PlainChoices:
    """All choices of one person in their one normal form (`normal`). `closed` are the categories that break-glass may
    not open, or "everything"."""

    choices: tuple[PlainChoice, ...] = ()
    closed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.closed <= CHOOSABLE | {"everything"}:
            raise PolicyError("what is closed to emergencies is no kind of information")
        object.__setattr__(self, "choices", normal(self.choices))

    def __bool__(self) -> bool:
        return bool(self.choices or self.closed)

    def about(self, who: Who, what: What) -> tuple[PlainChoice, ...]:
        """What is said of exactly this, by time."""
        return tuple(one for one in self.choices if same(one.who, who) and one.what == what)

    def set(
        self, who: Who, what: What, setting: Setting | None, start: date | None = None, end: date | None = None
    ) -> PlainChoices:
        """The same choices with one said anew; None takes back what was said of it."""
        rest = [one for one in self.choices if not (same(one.who, who) and one.what == what)]
        if setting is not None:
            rest.append(PlainChoice(who, what, setting, start, end))
        return PlainChoices(tuple(rest), self.closed)

    def recipients(self) -> tuple[Who, ...]:
        """Everybody whom a choice names, in order."""
        return tuple(dict.fromkeys(one.who for one in self.choices))


def same(one: Who, other: Who) -> bool:
    """Whether both mean the same: names are compared without regard to case and spacing."""
    return one.kind == other.kind and spoken(one.value) == spoken(other.value)


def normal(choices: Iterable[PlainChoice]) -> tuple[PlainChoice, ...]:
    """The normal form: sorted, one spelling for each name, stretches of one setting that touch or overlap joined."""
    ordered = sorted(choices, key=_order)
    spelling: dict[tuple[str, str], str] = {}
    found: dict[tuple[Who, What, Setting], list[tuple[int, int]]] = {}
    for one in ordered:
        name = spelling.setdefault((one.who.kind, spoken(one.who.value)), one.who.value)
        found.setdefault((Who(one.who.kind, name), one.what, one.setting), []).append(_days(one))
    joined = (
        PlainChoice(who, what, setting, _date(first), _date(last))
        for (who, what, setting), stretches in found.items()
        for first, last in _joined(stretches)
    )
    return tuple(sorted(joined, key=_order))


_EARLIEST = date.min.toordinal() - 2
_LATEST = date.max.toordinal() + 2


def _days(one: PlainChoice) -> tuple[int, int]:
    return (
        one.start.toordinal() if one.start else _EARLIEST,
        one.end.toordinal() if one.end else _LATEST,
    )


def _date(day: int) -> date | None:
    return None if day in (_EARLIEST, _LATEST) else date.fromordinal(day)


def _joined(stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begun: tuple[int, int] | None = None
    for first, last in sorted(stretches):
        if begun is None:
            begun = first, last
        elif first <= begun[1] + 1:
            begun = begun[0], max(begun[1], last)
        else:
            yield begun
            begun = first, last
    if begun is not None:
        yield begun


def _order(one: PlainChoice) -> tuple[int, str, str, str, str, str, int, int]:
    who, what = one.who, one.what
    return who.level, who.kind, spoken(who.value), who.value, f"{what.kind} {what.value}", one.setting, *_days(one)


def segments(choices: Iterable[PlainChoice]) -> tuple[tuple[date | None, date | None, frozenset[str]], ...]:
    """Stretches of days, each with all the values of `what` that these choices name in it, where there are any."""
    every = list(choices)
    edges = sorted({edge for one in every for edge in (_days(one)[0], _days(one)[1] + 1)})
    found: list[tuple[int, int, frozenset[str]]] = []
    for first, after in pairwise(edges):
        values = frozenset(one.what.value for one in every if _days(one)[0] <= first and after - 1 <= _days(one)[1])
        if not values:
            continue
        if found and found[-1][1] == first - 1 and found[-1][2] == values:
            found[-1] = (found[-1][0], after - 1, values)
        else:
            found.append((first, after - 1, values))
    return tuple((_date(first), _date(last), values) for first, last, values in found)


@dataclass(frozen=True)
class Requester:
    """Who asks, as choices see them: a role, an organisation by name and ODS code, a user by name."""

    role: str
    organisation: str = ""
    user: str = ""
    ods: str = ""

    def is_one_of(self, who: Who) -> bool:
        """Whether a choice about these is about this requester."""
        if who.kind == "everyone":
            return self.role in KINDS_OF_WORKER
        mine = {"role": self.role, "organisation": self.organisation, "user": self.user, "ods": self.ods}[who.kind]
        return bool(mine) and spoken(mine) == spoken(who.value)


def asks(choices: PlainChoices, requester: Requester, day: date) -> frozenset[str]:
    """The kinds of information for which this requester is to ask the person ("everything" among them): by the closest
    choice that says anything of that kind. It depends on the choices only, never on what the record holds."""
    found = set()
    for key in (*sorted(CHOOSABLE), "everything"):
        what = EVERYTHING if key == "everything" else What("category", key)
        said = [one for one in choices.choices if one.what == what and one.holds(day) and requester.is_one_of(one.who)]
        closest = [one.setting for one in said if one.who.level == max(other.who.level for other in said)]
        if "ask" in closest and "off" not in closest:
            found.add(key)
    return frozenset(found)
