"""The person, their carers and proxies as users of a vault: whom they are linked to, and what they may read.

The link stands in the signed row of the user and of their team of one, as the organisation: "person:ID" for the person
themself, "person:ID/NAME" for someone who acts for them. Offers the policies that speak for them, at the gate and in
the standing decision. Knows no store and no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol, cast

from consent.decision import Policy, attributes, decide_on
from consent.disclosure import DisclosedRecord
from consent.errors import PolicyError
from consent.labels import LabelledEntry
from consent.limits import LawfulLimits, NeedToKnow, ProtectedIdentities, limits_on, resource_of
from consent.ports import KeyHolder
from consent.proxies import ActingFor, OwnRecord, lapse_of
from consent.proxies import table as bases
from consent.request import Actor, Request, Role
from consent.statements import Known
from consent.states import MAY_BE_HIDDEN
from fhir.entries import PersonId

NOT_STAFF = frozenset({"person", "carer", "proxy"})
PURPOSE = {"person": "PATRQT", "carer": "FAMRQT", "proxy": "FAMRQT"}
KEPT_BY_LAW = "The law may keep some things from this view. You can ask the privacy office."
_PREFIX = "person:"


class Link(NamedTuple):
    """Whose record a user is linked to. `user` is empty for the person themself."""

    person: PersonId
    user: str


def link(person: PersonId, user: str = "") -> str:
    """The organisation of a user who is, or acts for, a person."""
    return f"{_PREFIX}{person}/{user}" if user else f"{_PREFIX}{person}"


def linked(role: str, organisation: str) -> Link | None:
    """The link of a user or team; None for staff and for those who were never linked to anyone."""
    if role not in NOT_STAFF or not organisation.startswith(_PREFIX):
        return None
    person, _, user = organisation.removeprefix(_PREFIX).partition("/")
    return Link(PersonId(person), user) if bool(user) == (role != "person") else None


def themself(who: KeyHolder) -> PersonId | None:
    """The person that a user is; None for everyone else, those who act for a person among them."""
    found = linked(who.role, who.organisation) if who.kind == "user" else None
    return found.person if found is not None and not found.user else None


def acts_for(who: KeyHolder) -> PersonId | None:
    """The person whom a user acts for, as a carer or proxy; None for everyone else."""
    found = linked(who.role, who.organisation) if who.kind == "user" else None
    return found.person if found is not None and found.user else None


def place(role: str, organisation: str) -> str:
    """The organisation as people are told it: none for those who are linked to a person, whose link is no name."""
    return "" if linked(role, organisation) is not None else organisation


@dataclass(frozen=True)
class About:
    """What is stated about a person and those joined with them (`people`), and their dates of birth and death (FHIR
    dates as written)."""

    known: Known = field(default_factory=Known)
    born: str = ""
    died: str = ""
    people: tuple[PersonId, ...] = ()
    former: tuple[PersonId, ...] = ()
    """Who were of them until a human split what evidence had joined: limits set then go on binding both."""


def speaking_for(role: str, organisation: str, user: str, about: About) -> Policy | None:
    """The policy that decides for the person, a carer or a proxy; None for everyone else."""
    found = linked(role, organisation)
    return None if found is None else _speaking(role, found.person, user, about)


def _speaking(role: str, person: PersonId, user: str, about: About) -> Policy:
    if role == "person":
        return OwnRecord([(user, person)])
    return ActingFor(about.known.mandates, about.known.about(about.born, about.died))


def next_day(about: About, today: date) -> date | None:
    """The next day on which a right to act, or a limit, begins or ends by itself; None where none does."""
    facts = about.known.about(about.born, about.died)
    days: list[date | None] = [one.until for one in about.known.capacity]
    for mandate in about.known.mandates:
        days += [mandate.starts, mandate.ends + timedelta(days=1) if mandate.ends else None]
        if mandate.basis in bases().bases:
            days.append(lapse_of(mandate, facts))
    for order in about.known.courts:
        days += [order.starts, order.ends + timedelta(days=1) if order.ends else None]
    for limit in about.known.limits:
        days += [limit.set_on, limit.lifted]
    return min((one for one in days if one is not None and one > today), default=None)


class Readers(Protocol):
    """Says of entries who may ever read them."""

    def readers(self, labelled: LabelledEntry) -> frozenset[str]: ...


class WithThem:
    """Standing decisions on one person's entries, with the person and those who act for them among the readers."""

    def __init__(self, base: Readers, teams: Sequence[tuple[KeyHolder, Link]], about: About, now: datetime) -> None:
        """`teams` are those linked to anyone."""
        self._base = base
        self._about = about
        self._now = now
        self._asking: list[tuple[str, Request, tuple[Policy, ...]]] = []
        for team, theirs in teams:
            if theirs.person not in about.people:
                continue
            own = _speaking(team.role, theirs.person, theirs.user, about)
            actor = Actor(theirs.user, cast(Role, team.role), team.organisation)
            asked = Request(theirs.person, actor, PURPOSE[team.role], "present", now)
            self._asking.append((team.id, asked, (LawfulLimits(), NeedToKnow(), ProtectedIdentities(), own)))

    def readers(self, labelled: LabelledEntry) -> frozenset[str]:
        """Ids of all who may ever read this entry."""
        entry = labelled.entry
        found = limits_on(
            entry.entry_id,
            labelled.limits,
            self._about.known.limits,
            (*self._about.people, *self._about.former),
            self._now.date(),
            resource_of(entry),
        )
        item = attributes(labelled)._replace(limits=found)
        own = {id for id, asked, rules in self._asking if decide_on(item, asked, rules).effect != "withhold"}
        return self._base.readers(labelled) | own


def with_them(
    base: Readers,
    principals: Iterable[KeyHolder],
    about: Callable[[], About],
    now: datetime,
) -> Readers:
    """The same readers, and where someone is linked to this person, or to one joined with them, also those. `about` is
    asked only where anyone is linked to somebody."""
    teams = [
        (who, theirs)
        for who in principals
        if who.kind == "team" and (theirs := linked(who.role, who.organisation)) is not None
    ]
    return WithThem(base, teams, about(), now) if teams else base


def said_to_them(record: DisclosedRecord) -> DisclosedRecord:
    """The record in words for the person and those who act for them: nobody tells a person to ask the person."""
    sections = {
        key: replace(section, notice=KEPT_BY_LAW) if section.notice == MAY_BE_HIDDEN else section
        for key, section in record.sections.items()
    }
    notices = tuple(KEPT_BY_LAW if one == MAY_BE_HIDDEN else one for one in record.notices)
    items = tuple(
        replace(item, text=_of_banner(item.text)) if item.text.endswith(_ASK) else item for item in record.banner.items
    )
    banner = replace(record.banner, items=items, not_shared=KEPT_BY_LAW if record.banner.not_shared else "")
    return replace(record, sections=sections, notices=notices, banner=banner)


_ASK = "; ask the person"


def _of_banner(text: str) -> str:
    return f"{text.removesuffix(_ASK)}; ask the privacy office"


def scope_of(names: Iterable[str]) -> frozenset[str]:
    """Information categories from their keys. Raises PolicyError for one that does not exist."""
    from consent.categories import categories

    found = frozenset(names)
    if not found <= set(categories()):
        raise PolicyError(f"The kinds of information are: {', '.join(categories())}.")
    return found


__all__ = [
    "KEPT_BY_LAW",
    "NOT_STAFF",
    "PURPOSE",
    "About",
    "Link",
    "WithThem",
    "link",
    "linked",
    "place",
    "said_to_them",
    "scope_of",
    "speaking_for",
    "themself",
    "with_them",
]
