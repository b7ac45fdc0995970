"""People who act for someone: on which legal basis, within which scope, and when it lapses.

Offers the table (`proxies.toml`), mandates with their evidence, capacity and Gillick competence as recorded, the state
of a mandate on a day, and two policies: `OwnRecord` for the person themself and `ActingFor` for carers and proxies. A
proxy never sees safeguarding or third-party information: the carer may be the risk (consent.md, Children, capacity,
proxies). Knows no store; every date is passed in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal, Protocol, TypeVar

from consent.birthdays import birthday, born_by, months_after
from consent.categories import categories
from consent.decision import Attributes, Decision, Effect, Step
from consent.errors import PolicyError
from consent.need_to_know import CATEGORY as SAFEGUARDING
from consent.request import Request
from fhir.entries import PersonId
from fhir.sections import sections

State = Literal["active", "not-yet", "ended", "lapsed", "waits", "refused", "forbidden", "closed", "no-right"]
CLINICIANS = frozenset({"gp", "hospital-clinician", "mental-health", "nurse", "midwife", "health-visitor", "therapist"})
"""Roles that may record Gillick competence."""
ASSESSORS = CLINICIANS | {"social-worker", "childrens-social-worker", "amhp"}
"""Roles that may record whether someone can make a decision (Mental Capacity Act 2005 Code of Practice, 4.38)."""
PRESUMED_CAPABLE = 16
GILLICK_FROM = 11
ADULT = 18


@dataclass(frozen=True)
class Basis:
    """One legal basis, as its row has it."""

    key: str
    name: str
    easy: str
    """What it is in Easy Read, after a name."""
    words: str
    needs: str
    during: str
    lapses: tuple[int, ...]
    sees: frozenset[str]
    by_scope: bool
    sections: frozenset[str]
    months: int
    chooses: bool
    source: str


class Table:
    """All bases. Built once; raises PolicyError where a row names what does not exist."""

    def __init__(self, tree: dict[str, Any]) -> None:
        try:
            self.version: str = tree["version"]
            self.never = frozenset(tree["never"])
            self.bases = {row["key"]: _basis(row) for row in tree["basis"]}
        except (KeyError, TypeError) as error:
            raise PolicyError("the table of those who act for someone lacks a part") from error
        named = self.never.union(*(basis.sees for basis in self.bases.values()))
        if not (named <= set(categories()) and all(one.sections <= set(sections()) for one in self.bases.values())):
            raise PolicyError("the table of those who act for someone names what does not exist")


def _basis(row: dict[str, Any]) -> Basis:
    sees = frozenset(categories()) if row["sees"] == ["*"] else frozenset(row["sees"])
    return Basis(
        key=row["key"],
        name=row["name"],
        easy=row["easy"],
        words=row["words"],
        needs=row["needs"],
        during=row["while"],
        lapses=tuple(row["lapses"]),
        sees=sees,
        by_scope=row["by_scope"],
        sections=frozenset(row.get("sections", sections())),
        months=row["months"],
        chooses=row.get("chooses", True),
        source=row["source"],
    )


@cache
def table() -> Table:
    """The table of this version."""
    try:
        return Table(tomllib.loads((resources.files("consent") / "proxies.toml").read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PolicyError("the table of those who act for someone cannot be read") from error


@dataclass(frozen=True)
class Mandate:
    """That `user` may act for `person`. `scope` narrows to these categories (empty: all the basis gives, unless the
    basis works by scope); `renewed` are the days on which it was renewed; `matter` is the decision it is for."""

    id: str
    person: PersonId
    user: str
    basis: str
    evidence: str
    starts: date
    ends: date | None = None
    scope: frozenset[str] = frozenset()
    matter: str = ""
    renewed: tuple[date, ...] = ()
    recorded_by: str = ""


@dataclass(frozen=True)
class Capacity:
    """What was found about one decision: whether the person can make it, by whom, when, and until when that stands.
    `matter` is empty for a finding about sharing the record itself."""

    matter: str
    capable: bool
    by: str
    role: str
    on: date
    until: date | None = None


@dataclass(frozen=True)
class Competence:
    """Gillick competence of a child as a clinician recorded it. A competent child may refuse a parent or anyone else,
    and so may a young person of 16 or 17, who is presumed to be: `refuses` names the users whose access they refuse."""

    competent: bool
    by: str
    role: str
    on: date
    refuses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CourtLimit:
    """What a court leaves of what a user may be shown and decide for the person, by this `order`: these categories,
    from the day it `starts` to the day it `ends` (None: until lifted). With none, nothing is left. It binds every right
    of theirs, also one recorded or renewed later (Children Act 1989 s.8; Mental Capacity Act 2005 s.16)."""

    id: str
    user: str
    order: str
    by: str
    starts: date
    ends: date | None = None
    leaves: frozenset[str] = frozenset()
    lifted: date | None = None
    why: str = ""
    """Why it was lifted; empty for those whom that is not told."""

    def binds(self, user: str, day: date) -> bool:
        """Whether it is in force for a user on a day."""
        return self.user == user and self.starts <= day and not self.over(day)

    def over(self, day: date) -> bool:
        """Whether it has ended or was lifted by a day."""
        return (self.ends is not None and self.ends < day) or (self.lifted is not None and self.lifted <= day)


@dataclass(frozen=True)
class Circumstances:
    """What is known of the person: date of birth and of death (FHIR dates as written), findings about capacity and
    competence, and what courts limit."""

    born: str = ""
    died: str = ""
    capacity: tuple[Capacity, ...] = ()
    competence: tuple[Competence, ...] = ()
    courts: tuple[CourtLimit, ...] = ()

    def left_by_courts(self, user: str, day: date) -> frozenset[str]:
        """The categories that every court order in force leaves a user."""
        left = frozenset(categories())
        for one in self.courts:
            left = left & one.leaves if one.binds(user, day) else left
        return left

    def age_is_at_least(self, years: int, day: date) -> bool:
        """Whether they have had that birthday, by the earliest day that an uncertain date of birth allows. True for
        someone whose date of birth is not known: nobody is a child by default."""
        born = born_by(self.born)
        return born is None or birthday(born[0], years) <= day

    def competent(self, day: date) -> Competence | None:
        """The newest finding of Gillick competence by a clinician that counts on a day, of a child of 11 to 15: one
        made before they were 11 says nothing of later."""
        if not self.age_is_at_least(GILLICK_FROM, day) or self.age_is_at_least(PRESUMED_CAPABLE, day):
            return None
        return _newest([one for one in self._found_of_child(day) if one.role in CLINICIANS])

    def _found_of_child(self, day: date) -> list[Competence]:
        """Findings up to a day, but for those made before they were 11."""
        return [one for one in self.competence if one.on <= day and self.age_is_at_least(GILLICK_FROM, one.on)]

    def refuses(self, user: str, day: date) -> bool:
        """Whether a child or young person who can decide this has refused this user: a competent child from 11, anyone
        from 16 who is not found to lack capacity. The newest record counts."""
        if not self.age_is_at_least(PRESUMED_CAPABLE, day):
            found = self.competent(day)
            return found is not None and found.competent and user in found.refuses
        newest = _newest(self._found_of_child(day))
        return newest is not None and user in newest.refuses and self.can_decide("", day)

    def can_decide(self, matter: str, day: date) -> bool:
        """Whether the person is to be taken as able to decide: presumed from 16, as found otherwise; before that only a
        competent child."""
        if not self.age_is_at_least(PRESUMED_CAPABLE, day):
            competence = self.competent(day)
            return competence is not None and competence.competent
        found = [
            one
            for one in self.capacity
            if one.role in ASSESSORS
            and one.matter == matter
            and one.on <= day
            and (one.until is None or day < one.until)
        ]
        newest = _newest(found)
        return newest is None or newest.capable


class _Dated(Protocol):
    @property
    def on(self) -> date: ...


_Finding = TypeVar("_Finding", bound=_Dated)


def _newest(findings: Sequence[_Finding]) -> _Finding | None:
    """The newest finding; of one day, the one recorded last."""
    return max(enumerate(findings), key=lambda one: (one[1].on, one[0]), default=(0, None))[1]


@dataclass(frozen=True)
class Standing:
    """The state of a mandate on a day, in words, and the day it lapses (None: no such day)."""

    state: State
    words: str
    lapses: date | None = None


NOT_COUNTED = "It does not count today; the privacy office can say more"
_SAID_ALIKE = frozenset({"forbidden", "refused", "no-right"})


def without_orders(standing: Standing) -> Standing:
    """How a right stands, for somebody who is not told what courts have ordered: that it does not count. So it is said
    of a young person's refusal and of a basis that gives no right too, so that those words tell of no court."""
    return Standing("no-right", NOT_COUNTED) if standing.state in _SAID_ALIKE else standing


def carries_choices(mandate: Mandate, about: Circumstances, day: date) -> bool:
    """Whether by this right, while in force, somebody chooses for the person who sees what: its basis says so, and
    neither its scope nor a court leaves them less than that basis opens. Nobody changes choices they see only a part
    of."""
    basis = table().bases.get(mandate.basis)
    if basis is None or not basis.chooses:
        return False
    return basis.sees - table().never <= sees(mandate) & about.left_by_courts(mandate.user, day)


def state_of(mandate: Mandate, about: Circumstances, day: date) -> Standing:
    """Whether a mandate counts on a day, and why not where it does not. Whatever is unknown does not count."""
    basis = table().bases.get(mandate.basis)
    if basis is None or basis.during == "never":
        return Standing("no-right", basis.words if basis else "There is no such legal basis")
    if about.died:
        return Standing("closed", "The person has died: the record is closed to those who acted for them")
    if basis.needs and not mandate.evidence.strip():
        return Standing("waits", f"No evidence is named yet: {basis.needs[:1].lower()}{basis.needs[1:]}")
    if day < mandate.starts:
        return Standing("not-yet", "It has not begun")
    lapses = lapse_of(mandate, about)
    if mandate.ends is not None and mandate.ends < day:
        return Standing("ended", "It has ended", mandate.ends)
    if lapses is not None and lapses <= day:
        return Standing("lapsed", "It has lapsed and was not renewed", lapses)
    if about.refuses(mandate.user, day):
        return Standing("refused", "The young person, who can decide this, does not agree", lapses)
    if not sees(mandate) & about.left_by_courts(mandate.user, day):
        return Standing("forbidden", "A court has ordered that they may not", lapses)
    return _while(basis, mandate, about, day, lapses)


def _while(basis: Basis, mandate: Mandate, about: Circumstances, day: date, lapses: date | None) -> Standing:
    if basis.during == "lacking" and not about.age_is_at_least(PRESUMED_CAPABLE, day):
        return Standing("waits", "It is for people of 16 and over", lapses)
    if basis.during == "lacking" and about.can_decide(mandate.matter, day):
        return Standing(
            "waits", "It counts only while the person cannot decide this, and nobody has found that", lapses
        )
    if basis.during == "capable" and not about.can_decide("", day):
        return Standing("waits", "It counts only while the person can decide this for themself", lapses)
    if basis.by_scope and not mandate.scope:
        return Standing("waits", "It does not say yet what it is for", lapses)
    return Standing("active", basis.name, lapses)


def lapse_of(mandate: Mandate, about: Circumstances) -> date | None:
    """The next day on which a mandate lapses unless renewed: a birthday of the basis, or the longest it may last. A
    renewal counts for birthdays up to the day it was made, and starts the months anew."""
    basis = table().bases[mandate.basis]
    confirmed = max((mandate.starts, *mandate.renewed))
    days = [months_after(confirmed, basis.months)] if basis.months else []
    born = born_by(about.born)
    if born is not None:
        days += [day for years in basis.lapses if (day := birthday(born[0], years)) > confirmed]
        if basis.during == "child":
            days.append(birthday(born[0], ADULT))  # no renewal makes a grown-up a child
    elif basis.during == "child":
        days.append(confirmed)  # a basis for children counts for nobody of unknown age
    return min(days, default=None)


def comes_back(mandate: Mandate, about: Circumstances, day: date) -> bool:
    """Whether a mandate that has lapsed would count again, were it renewed on a day: none over a child who is grown
    up, or of unknown age, does."""
    again = lapse_of(replace(mandate, renewed=(*mandate.renewed, day)), about)
    return again is None or again > day


def sees(mandate: Mandate) -> frozenset[str]:
    """The categories an active mandate opens: what its basis gives, within its scope, but for what is never shown."""
    basis = table().bases[mandate.basis]
    scope = mandate.scope if mandate.scope else basis.sees
    return (basis.sees & scope) - table().never


class OwnRecord:
    """The person sees their own record. Stands after the lawful limits and before the choices: nobody hides their own
    record from themself."""

    name = "own record"

    def __init__(self, themself: Iterable[tuple[str, PersonId]]) -> None:
        """`themself`: users of the vault and the person each of them is."""
        self._themself = frozenset(themself)

    def rule_on(self, item: Attributes, request: Request) -> Decision | None:
        """Permit the person their own, and nobody else in that role anything."""
        if request.actor.role != "person":
            return None
        if (request.actor.user, request.person) not in self._themself:
            return _said(self.name, "person", "withhold", "it is somebody else's record")
        if SAFEGUARDING in item.categories:
            return _said(self.name, "category safeguarding", "withhold", "it is for those with a duty to know")
        return _said(self.name, "person", "permit", "it is your own record")


class ActingFor:
    """Carers and proxies see what an active mandate of theirs opens, and nothing else."""

    name = "acting for someone"

    def __init__(self, mandates: Sequence[Mandate], about: Circumstances) -> None:
        self._mandates = tuple(mandates)
        self._about = about

    def rule_on(self, item: Attributes, request: Request) -> Decision | None:
        """Permit what one mandate opens altogether; several do not add up."""
        if request.actor.role not in ("carer", "proxy"):
            return None
        if "THIRD-PARTY" in item.limits or SAFEGUARDING in item.categories:
            return _said(self.name, "never", "withhold", "those who act for someone are not shown this")
        day = request.now.date()
        for mandate in self._mandates:
            if mandate.user != request.actor.user or mandate.person != request.person:
                continue
            standing = state_of(mandate, self._about, day)
            if standing.state != "active" or not item.categories:
                continue
            opens = set(item.categories) <= sees(mandate) & self._about.left_by_courts(mandate.user, day)
            if opens and item.section in table().bases[mandate.basis].sections:
                return _said(self.name, mandate.basis, "permit", standing.words)
        return _said(self.name, "mandate", "withhold", "no right to act for this person opens it now")


def _said(policy: str, provision: str, effect: Effect, words: str) -> Decision:
    return Decision(effect, trace=(Step(policy, provision, "role", effect != "withhold", effect, words),))
