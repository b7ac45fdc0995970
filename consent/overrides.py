"""Lawful overrides: break-glass, safeguarding, public interest, court order, statutory duty.

They stand outside the order of authority. `overridden` takes the decision that was made and adds to it: the underlying
*withhold* stays in the trace. What the person has closed to emergencies, professional safeguarding and the lawful
limits are asked again and stay closed. Value objects only; nothing here stores, notifies or knows the time.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Literal

from consent.categories import categories
from consent.decision import Attributes, Decision, Policy, Step
from consent.errors import PolicyError
from consent.limits import LawfulLimits, NeedToKnow, ProtectedIdentities
from consent.request import ROLES, Request
from fhir.entries import PersonId

Review = Literal["open", "justified", "escalated"]
Notice = Literal["due", "delayed", "silent", "given"]
EMERGENCY = "break-glass"
SHORTEST_REASON = 8
"""Characters of a reason: "needed" is none."""


@dataclass(frozen=True)
class Kind:
    """One kind of override, as its row of `overrides.toml` has it."""

    key: str
    name: str
    words: str
    who: frozenset[str]
    second: frozenset[str]
    hours: int
    review_days: int
    purpose: str
    closed_stays_closed: bool
    needs_grounds: bool
    notice: str
    source: str


@dataclass(frozen=True)
class Table:
    """All kinds, and what emergency access shows first."""

    version: str
    kinds: dict[str, Kind]
    first_sections: tuple[str, ...]
    first_kinds: frozenset[str]


@cache
def table() -> Table:
    """The table of this version. Raises PolicyError where it cannot be read."""
    try:
        return read(tomllib.loads((resources.files("consent") / "overrides.toml").read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PolicyError("the table of overrides cannot be read") from error


def read(tree: dict[str, Any]) -> Table:
    """The table from its toml form. Raises PolicyError where it names what does not exist."""
    try:
        kinds = {row["key"]: _kind(row) for row in tree["override"]}
        first = tree["first"]
        found = Table(tree["version"], kinds, tuple(first["sections"]), frozenset(first["kinds"]))
    except (KeyError, TypeError) as error:
        raise PolicyError("the table of overrides lacks a part") from error
    if not all(kind.who | kind.second <= set(ROLES) for kind in kinds.values()):
        raise PolicyError("the table of overrides names a role that does not exist")
    return found


def _kind(row: dict[str, Any]) -> Kind:
    sets = {"who": frozenset(row["who"]), "second": frozenset(row["second"])}
    return Kind(**{name: sets.get(name, row[name]) for name in Kind.__dataclass_fields__})


@dataclass(frozen=True)
class Override:
    """One override of one person's record. `user` may look while it lasts; `authoriser` opened it and `second` agreed
    (empty for break-glass). `categories` is its scope: information categories, empty for all. `grounds` names the order
    or the Act. `ended` is when it was closed before its time. `told`: the person is known to have been told. Times
    carry their zone."""

    id: str
    kind: str
    person: PersonId
    user: str
    role: str
    authoriser: str
    reason: str
    opened: datetime
    ends: datetime
    categories: frozenset[str] = frozenset()
    grounds: str = ""
    authoriser_role: str = ""
    second: str = ""
    second_role: str = ""
    ended: datetime | None = None
    told: bool = False

    @property
    def kept_back(self) -> str:
        """What the log keeps back from the person: acts under this override, by its id, until they are told of it.

        Empty where they are told at once, or have been.
        """
        return "" if self.told or table().kinds[self.kind].notice == "at-once" else self.id

    def lasts_at(self, now: datetime) -> bool:
        """Whether it is open at an instant: from its opening, up to but not including its end."""
        end = self.ends if self.ended is None else min(self.ends, self.ended)
        return self.opened <= now < end

    def due(self) -> date:
        """The day by which it must have been reviewed."""
        kind = table().kinds[self.kind]
        return (self.opened + timedelta(days=kind.review_days)).date()


@dataclass(frozen=True)
class Reviewed:
    """Where the review of an override stands. `by` and `words` are of whoever decided."""

    state: Review = "open"
    by: str = ""
    words: str = ""
    on: date | None = None

    def decide(self, state: Review, by: str, words: str, on: date, override: Override) -> Reviewed:
        """The next state. Nobody reviews their own access; a justified one is not opened again; an escalated one ends
        only in a decision that says why. Raises PolicyError in one sentence."""
        if by in (override.user, override.authoriser, override.second):
            raise PolicyError("Nobody reviews an access of their own.")
        if self.state == "justified":
            raise PolicyError("This review is finished.")
        if state == "open":
            raise PolicyError("A review ends in justified or escalated.")
        if len(words.strip()) < SHORTEST_REASON:
            raise PolicyError("Say in a few words what you found.")
        return Reviewed(state, by, words.strip(), on)

    def overdue(self, override: Override, day: date) -> bool:
        """Whether it should have been decided by now. An escalated one stays due until it is decided."""
        return self.state != "justified" and override.due() < day


@dataclass(frozen=True)
class Telling:
    """The notice to the person. *due*: to be given or printed at once; *delayed* until `review`; *silent* where the law
    requires it, looked at again on `review`; *given*."""

    state: Notice = "due"
    by: str = ""
    reason: str = ""
    review: date | None = None

    def put_off(
        self, override: Override, by: str, role: str, reason: str, review: date, on: date, *, silent: bool
    ) -> Telling:
        """Delay it, or keep it silent. Only the custodian, only for kinds that allow it, with reason and a later review
        date. Raises PolicyError in one sentence."""
        if role != "custodian":
            raise PolicyError("Only the custodian may delay a notice.")
        if table().kinds[override.kind].notice != "may-wait":
            raise PolicyError("The person is told of emergency access at once.")
        if self.state == "given":
            raise PolicyError("The person has been told already.")
        if len(reason.strip()) < SHORTEST_REASON or review <= on:
            raise PolicyError("Say why, and by which later day it must be looked at again.")
        return Telling("silent" if silent else "delayed", by, reason.strip(), review)

    def to_be_given(self, day: date) -> bool:
        """Whether the person is to be told now. A delay ends on its review date by itself; silence does not: then it is
        `to_be_reviewed`."""
        return self.state == "due" or (self.state == "delayed" and self.review is not None and self.review <= day)

    def to_be_reviewed(self, day: date) -> bool:
        """Whether silence must be looked at again."""
        return self.state == "silent" and (self.review is None or self.review <= day)


def check(override: Override) -> None:
    """Raises PolicyError, in one plain sentence, where an override may not be opened so."""
    kind = table().kinds.get(override.kind)
    if kind is None:
        raise PolicyError("There is no such kind of override.")
    opener = override.role if override.kind == EMERGENCY else override.authoriser_role
    if opener not in kind.who:
        raise PolicyError("Your role may not open this kind of access.")
    if override.kind == EMERGENCY and override.authoriser != override.user:
        raise PolicyError("Emergency access is opened by whoever looks.")
    if len(override.reason.strip()) < SHORTEST_REASON:
        raise PolicyError("Say in a few words why this is needed.")
    if kind.needs_grounds and not override.grounds.strip():
        raise PolicyError("Name the order, the Act or the serious harm it rests on.")
    if kind.second and (
        override.second_role not in kind.second or override.second in ("", override.authoriser, override.user)
    ):
        raise PolicyError("A second person of the privacy office must agree.")
    if not override.opened < override.ends <= override.opened + timedelta(hours=kind.hours):
        raise PolicyError(f"This kind of access lasts at most {kind.hours} hours.")
    if not override.categories <= set(categories()):
        raise PolicyError("The scope names a kind of information that does not exist.")


def in_force(override: Override, request: Request) -> bool:
    """Whether an override speaks for a request: valid, of this person, this user and role, and open now. Break-glass
    speaks only to a request that is itself for break-glass and says why."""
    try:
        check(override)
    except PolicyError:
        return False
    if override.person != request.person or override.user != request.actor.user:
        return False
    if override.role != request.actor.role or not override.lasts_at(request.now):
        return False
    return override.kind != EMERGENCY or (request.purpose == "BTG" and bool(request.reason.strip()))


Closed = Callable[[Attributes], bool]


def nothing_closed(item: Attributes) -> bool:
    """For a person who has closed nothing to emergencies."""
    return False


def overridden(
    decision: Decision, item: Attributes, request: Request, override: Override | None, closed: Closed = nothing_closed
) -> Decision:
    """The decision with an override beside it. `closed` says what the person has closed to emergencies.

    What is not withheld stays as it is. Professional safeguarding, the lawful limits and protected identities bind here
    too. Whatever goes wrong leaves the entry withheld.
    """
    if decision.effect != "withhold" or override is None:
        return decision
    try:
        return _overridden(decision, item, request, override, closed)
    except Exception:  # noqa: BLE001 - an override that fails opens nothing
        return _kept(decision, override, "override", "it could not be decided")


def may_open(item: Attributes, request: Request) -> bool:
    """Whether the law leaves it to an override to open this to whoever asks."""
    lawful: tuple[Policy, ...] = (LawfulLimits(), NeedToKnow(), ProtectedIdentities())
    return all(policy.rule_on(item, request) is None for policy in lawful)


def _overridden(decision: Decision, item: Attributes, request: Request, override: Override, closed: Closed) -> Decision:
    if not in_force(override, request):
        return _kept(decision, override, "time", "it is not open for this person, user, purpose and time")
    if override.categories and not (item.categories and set(item.categories) <= override.categories):
        return _kept(decision, override, "scope", "it is outside what this access is for")
    if not may_open(item, request):
        return _kept(decision, override, "law", "the law withholds it also now")
    if table().kinds[override.kind].closed_stays_closed and closed(item):
        return _kept(decision, override, "closed", "the person has closed it to emergencies")
    words = f"{table().kinds[override.kind].name.lower()}, opened by {override.authoriser}"
    step = Step("override", override.kind, "purpose", True, "permit", words)
    return Decision("permit", trace=(*decision.trace, step))


def _kept(decision: Decision, override: Override, element: str, words: str) -> Decision:
    step = Step("override", override.kind, element, False, "withhold", words)
    return replace(decision, trace=(*decision.trace, step))


def shown_first(section: str, kind: str) -> bool:
    """Whether emergency access shows an entry of this section and kind first."""
    return section in table().first_sections or kind in table().first_kinds
