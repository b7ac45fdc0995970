"""A person's choices while they are being changed: what is saved, what is meant to be saved, and how a cell reads.

Qt-free. Knows no vault: `consents` gives what to keep. A change made here takes effect nowhere until it is saved.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from consent.consents import Problem
from consent.plain_choices import (
    CHOOSABLE,
    EVERYTHING,
    PlainChoice,
    PlainChoices,
    Setting,
    What,
    Who,
    same,
)
from consent.plain_consents import NotPlain, from_consents, to_consents
from consent.presets import preset
from consent.workers import Usual, usual

Until = Literal["always", "month", "year", "date"]
UNTIL: Final[tuple[Until, ...]] = ("always", "month", "year", "date")

_DOUBTS = {
    "who": ("actor", "role", "patient", "subject", "grantor", "consentor", "performer", "reference", "grantee"),
    "when": ("period", "dataPeriod", "dateTime", "date"),
    "what": (
        "action",
        "purpose",
        "securityLabel",
        "class",
        "resourceType",
        "documentType",
        "code",
        "category",
        "scope",
    ),
}


def doubt_about(problem: Problem) -> str:
    """What in a choice was not understood, in the rough: "who", "when", "what" it is about, or the "rule" itself."""
    element = problem.path.rpartition(".")[2].partition("[")[0]
    return next((about for about, elements in _DOUBTS.items() if element in elements), "rule")


@dataclass(frozen=True)
class Cell:
    """What one recipient may see of one kind of information. `setting` is None where nothing was chosen; `usual` is
    what then holds, for a kind of worker; `changed`: it differs from what is saved."""

    setting: Setting | None
    usual: Usual | None
    end: date | None = None
    start: date | None = None
    changed: bool = False

    @property
    def word(self) -> str:
        """The key of the word for it: on, off, ask or some."""
        if self.setting is not None:
            return self.setting
        return {"all": "on", "some": "some", "none": "off", None: "off"}[self.usual]


@dataclass(frozen=True)
class Begun:
    """Changes that are not saved: what was saved when they were begun, what is meant, and how long new ones hold. It
    holds no word of the record, but for the names of single things ("Type/id")."""

    base: PlainChoices
    draft: PlainChoices
    until: Until
    until_date: date


class Board:
    """The choices of one person. `others` are Consents made here that say more than plain choices can; they are kept as
    they are. `imported` came from elsewhere: they count beside all this, and are never among what is saved here, since
    saving them would make them the person's own word and let them share. `doubts` say what in any of them could not be
    understood, and counts as no; `chooses`: whether whoever is here may change them."""

    def __init__(
        self,
        trees: Iterable[Any],
        today: date,
        imported: Iterable[Any] = (),
        *,
        doubts: Iterable[Problem] = (),
        chooses: bool = True,
    ) -> None:
        self.saved, self.others = from_consents(trees)
        self.imported = tuple(imported)
        self.doubts = tuple(dict.fromkeys(doubts))
        self.chooses = chooses
        self.draft = self.saved
        self.today = today
        self.until: Until = "always"
        self.until_date: date = today
        self._before: list[PlainChoices] = []

    # -- reading

    @property
    def changed(self) -> bool:
        """Whether anything is meant to be saved."""
        return self.draft != self.saved

    @property
    def can_undo(self) -> bool:
        """Whether a save of this sitting can be taken back."""
        return bool(self._before)

    def cell(self, who: Who, what: What) -> Cell:
        """How one cell reads today in the draft. What is said of everything fills in where nothing is said of the
        kind."""
        now, before = self._said(self.draft, who, what), self._said(self.saved, who, what)
        default = usual(who.value, what.value) if who.kind == "role" and what.kind == "category" else None
        if now is None:
            return Cell(None, default, changed=before is not None)
        return Cell(now.setting, default, now.end, now.start, now != before)

    def whole(self, who: Who) -> Setting | None:
        """What is said of everything for a recipient."""
        said = self._current(self.draft, who, EVERYTHING)
        return said.setting if said else None

    def items(self) -> tuple[PlainChoice, ...]:
        """Choices about single things."""
        return tuple(one for one in self.draft.choices if one.what.kind == "item")

    def named(self) -> tuple[Who, ...]:
        """Organisations and workers that choices name."""
        return tuple(who for who in self.draft.recipients() if who.kind in ("organisation", "ods", "user"))

    def count(self, who: Who) -> int:
        """How many kinds of information have a choice of their own for a recipient."""
        return sum(1 for key in CHOOSABLE if self.cell(who, What("category", key)).setting is not None)

    def end(self) -> date | None:
        """The last day of a choice made now."""
        if self.until == "month":
            return self.today.replace(day=calendar.monthrange(self.today.year, self.today.month)[1])
        if self.until == "year":
            return date(self.today.year, 12, 31)
        return max(self.until_date, self.today) if self.until == "date" else None

    # -- changing

    def choose(self, who: Who, what: What, setting: Setting | None) -> None:
        """Say something anew, from today until `end`; None goes back to the usual way."""
        self.draft = self.draft.set(who, what, setting, None, self.end() if setting else None)

    def hold_until(self, until: Until, day: date | None = None) -> None:
        """Until when the changes that are not saved yet are to hold."""
        self.until = until
        self.until_date = day or self.until_date
        kept = set(self.saved.choices)
        changed = [one for one in self.draft.choices if one not in kept]
        rest = tuple(one for one in self.draft.choices if one in kept)
        again = tuple(PlainChoice(one.who, one.what, one.setting, one.start, self.end()) for one in changed)
        self.draft = PlainChoices((*rest, *again), self.draft.closed)

    def start_from(self, key: str) -> None:
        """Begin with a preset; choices about single things and emergencies stay."""
        items = tuple(one for one in self.draft.choices if one.what.kind == "item")
        self.draft = PlainChoices((*preset(key).choices, *items), self.draft.closed)

    def close_to_emergencies(self, key: str, closed: bool) -> None:
        """Whether break-glass may open a kind of information ("everything" for all)."""
        now = self.draft.closed | {key} if closed else self.draft.closed - {key}
        self.draft = PlainChoices(self.draft.choices, now)

    def take_up(self, begun: Begun) -> None:
        """Go on with changes that were begun and not saved. What was saved otherwise since then stays, but for what the
        changes are about; what would have ended by now is left out."""
        base, draft = set(begun.base.choices), set(begun.draft.choices)
        fresh = [one for one in draft - base if one.end is None or one.end >= self.today]
        about = [(one.who, one.what) for one in base ^ draft]
        rest = [
            one for one in self.saved.choices if not any(same(one.who, who) and one.what == what for who, what in about)
        ]
        kept = [one for one in draft & base if (one.who, one.what) in about]
        opened, shut = begun.base.closed - begun.draft.closed, begun.draft.closed - begun.base.closed
        self.draft = PlainChoices((*rest, *kept, *fresh), self.saved.closed - opened | shut)
        self.until, self.until_date = begun.until, begun.until_date

    def begun(self) -> Begun:
        """What is meant to be saved, to be taken up later."""
        return Begun(self.saved, self.draft, self.until, self.until_date)

    def forget_changes(self) -> None:
        """Go back to what is saved."""
        self.draft = self.saved

    # -- keeping

    def consents(self, choices: PlainChoices, patient: str, now: datetime) -> list[Any]:
        """The Consents to keep for these choices, with those that say more left as they are."""
        return [*to_consents(choices, patient, now), *(tree for tree, _why in self.others)]

    def kept(self) -> None:
        """The draft was saved."""
        self._before.append(self.saved)
        self.saved = self.draft
        self.until = "always"

    def undo(self) -> PlainChoices:
        """Meant to be saved next: what held before the last save of this sitting."""
        self.draft = self._before[-1]
        return self.draft

    def undone(self) -> None:
        """The undoing was saved."""
        self._before.pop()
        self.saved = self.draft

    def _said(self, choices: PlainChoices, who: Who, what: What) -> PlainChoice | None:
        own = self._current(choices, who, what)
        return own or (self._current(choices, who, EVERYTHING) if what.kind == "category" else None)

    def _current(self, choices: PlainChoices, who: Who, what: What) -> PlainChoice | None:
        """What holds today, or will: the strictest of it."""
        said = [
            one
            for one in choices.choices
            if same(one.who, who) and one.what == what and (one.end is None or one.end >= self.today)
        ]
        now = [one for one in said if one.holds(self.today)] or said
        return next((one for one in now if one.setting != "on"), now[0] if now else None)


__all__ = ["UNTIL", "Begun", "Board", "Cell", "NotPlain", "Until"]
