"""Who may act for a person, whether they can decide for themself, and what the law keeps from their view. No Qt, no
storage.

Each change is one signed statement (`consent.statements`), told to all who decide or seal for the person; the caller
then seals the person's entries anew, so that what was given or taken is so in the keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from consent.acting import About, linked, scope_of
from consent.categories import categories
from consent.errors import PolicyError
from consent.labels import decode
from consent.limits import SetLimit, check_limit, resource_of
from consent.overrides import SHORTEST_REASON
from consent.ports import AccessEvent, KeyHolder, OpenedContent
from consent.proxies import (
    ADULT,
    GILLICK_FROM,
    Capacity,
    Circumstances,
    Competence,
    CourtLimit,
    Mandate,
    Standing,
    carries_choices,
    comes_back,
    state_of,
    table,
    without_orders,
)
from consent.statements import (
    RECORDERS,
    REVIEWERS,
    CapacityFound,
    CompetenceFound,
    CourtLifted,
    CourtLimited,
    CourtWhy,
    Known,
    LimitLifted,
    LimitSet,
    MandateEnded,
    MandateMade,
    MandateRenewed,
    Signer,
    Statement,
    What,
    believed,
    encode,
    known,
)
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.models.words import calendar_day
from desktop.overriding import StatementStore, require_office, staff_teams
from fhir.entries import EntryId, PersonId
from fhir.people import Identity

_OF_DECIDING: frozenset[type] = frozenset({CapacityFound})
_OF_ACTING: frozenset[type] = frozenset(
    {MandateMade, MandateRenewed, MandateEnded, CourtLimited, CourtLifted, CompetenceFound}
)
MAY_NOT = "Your role may not record that, or it is not recorded that way."


class ActingStore(StatementStore, Protocol):
    """What this needs of a signed-in vault."""

    def identity(self, person: PersonId) -> Identity: ...
    def holdings(self, person: PersonId) -> Iterable[OpenedContent]: ...
    def bound(self, person: PersonId) -> Sequence[PersonId]:
        """Everyone read as one with a person, and those who were until a human split what evidence had joined."""

    def give(self, person: PersonId, numbers: Collection[int], reader: str) -> None: ...


@dataclass(frozen=True)
class Acts:
    """One who may act for a person, and whether that counts today."""

    mandate: Mandate
    basis: str
    standing: Standing
    chooses: bool = True
    """Whether it carries the person's choices of who sees what; no carer's does."""
    left: frozenset[str] = frozenset(categories())
    """The categories that courts leave whoever it is."""
    comes_back: bool = True
    """Of one that has lapsed, or will, whether it counts again once it is renewed then."""


@dataclass(frozen=True)
class LimitRow:
    """One lawful limit on the own view of a person, by the id that lifts it."""

    id: str
    limit: SetLimit


class Acting:
    """Those who act for people of one vault, for one signed-in user. `clock` gives instants with their zone."""

    def __init__(self, store: ActingStore, by: Signer, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._by = by
        self._clock = clock

    def about(self, person: PersonId) -> About:
        """What is stated about a person, with their dates; nothing of someone unknown."""
        try:
            identity = self._store.identity(person)
            people = tuple(self._store.joined(person))
            kept = self._store.statements(person)
            former = tuple(one for one in self._store.bound(person) if one not in people)
            stated = known(believed(kept, people))
            if former:  # what takes away stays on both sides of a split; rights to act do not
                before = known(believed(kept, former))
                refusals = tuple(one for one in before.competence if one.refuses)
                stated = replace(
                    stated,
                    limits=(*stated.limits, *before.limits),
                    competence=(*refusals, *stated.competence),
                    courts=(*stated.courts, *before.courts),
                    claims=(*before.claims, *stated.claims),
                )
        except KeyError:
            return About(people=(person,))
        born = identity.birth_date if identity.birth_date_valid else ""
        return About(stated, born, identity.deceased, people, former)

    def acting(self, person: PersonId, *, orders: bool = True) -> list[Acts]:
        """Everyone who may or might act for a person, and how that stands today. Without `orders`, for whoever is not
        told what courts have ordered: that a right does not count but not why, and nothing of what they leave of it."""
        about, today = self.about(person), self._clock().date()
        facts = about.known.about(about.born, about.died)
        told = facts if orders else replace(facts, courts=())
        carers = {who.name for who in self._store.principals() if (who.kind, who.role) == ("user", "carer")}
        standing = {one.id: state_of(one, facts, today) for one in about.known.mandates}
        return [
            Acts(
                one,
                basis.name,
                standing[one.id] if orders else without_orders(standing[one.id]),
                one.user not in carers and carries_choices(one, told, today),
                told.left_by_courts(one.user, today),
                comes_back(one, facts, max(today, standing[one.id].lapses or today)),
            )
            for one in about.known.mandates
            if (basis := table().bases.get(one.basis)) is not None
        ]

    @property
    def knows_orders(self) -> bool:
        """Whether this user, as staff, is told what courts have ordered: who may record it, or lift it. Everybody else
        is told whether a right counts."""
        return self._by.among(RECORDERS | REVIEWERS)

    def circumstances(self, person: PersonId) -> Circumstances:
        """What is known of the person themself: when they were born, and whether they can decide."""
        about = self.about(person)
        return about.known.about(about.born, about.died)

    def allow(
        self,
        person: PersonId,
        user: str,
        basis: str,
        evidence: str,
        *,
        scope: Iterable[str] = (),
        matter: str = "",
        starts: date | None = None,
        ends: date | None = None,
        kept: bool = True,
    ) -> Mandate:
        """Record that a user of the vault may act for a person. Raises WorkspaceError where it may not be recorded.

        Not `kept`, it is only what would be recorded, which may be before that user is there: `keep` records it.
        """
        if basis not in table().bases:
            raise WorkspaceError(f"The legal bases are: {', '.join(table().bases)}.")
        if table().bases[basis].during == "never":
            raise WorkspaceError(f"{table().bases[basis].words}.")
        starts = starts or self._clock().date()
        if ends is not None and ends < starts:
            raise WorkspaceError("Its last day is before its first.")
        mandate = Mandate(
            id=f"m-{secrets.token_hex(6)}",
            person=person,
            user=user,
            basis=basis,
            evidence=evidence.strip(),
            starts=starts,
            ends=ends,
            scope=_kinds(scope),
            matter=matter.strip(),
            recorded_by=self._by.name,
        )
        if kept:
            self.keep(mandate)
        else:
            self._counted(person, MandateMade(mandate))
        return mandate

    def keep(self, mandate: Mandate) -> None:
        """Record what `mandate` gives."""
        self._say(mandate.person, MandateMade(mandate), them=True)

    def renew(self, person: PersonId, id: str) -> None:
        """Confirm it again: after a birthday, or when its time was nearly over. Raises WorkspaceError for a right over
        a child who is grown up: no renewal brings it back."""
        keeper, renewed, about = self._keeper(person, id), MandateRenewed(id, self._clock().date()), self.about(person)
        self._counted(keeper, renewed)
        (mandate,) = (one for one in about.known.mandates if one.id == id)
        facts = about.known.about(about.born, about.died)
        if table().bases[mandate.basis].during == "child" and facts.age_is_at_least(ADULT, renewed.on):
            raise WorkspaceError("This right is over children and ended on the 18th birthday: it cannot be renewed.")
        self._say(keeper, renewed, them=True)

    def end(self, person: PersonId, id: str) -> None:
        """End it today."""
        self._say(self._keeper(person, id), MandateEnded(id, self._day_before()), them=True)

    def court_limits(self, person: PersonId) -> list[CourtLimit]:
        """What courts limit for those who act for a person, also what is over: what still binds first, the newest
        first."""
        today = self._clock().date()
        rows = sorted(self.about(person).known.courts, key=lambda one: (one.starts, one.id), reverse=True)
        return sorted(rows, key=lambda one: one.over(today))

    def limit_by_court(
        self,
        person: PersonId,
        user: str,
        court: str,
        dated: date,
        *,
        leaves: Iterable[str] = (),
        starts: date | None = None,
        ends: date | None = None,
    ) -> CourtLimit:
        """Record that a court, by its order of the day `dated`, has limited what somebody may do for the person to some
        kinds of information (none: nothing is left). Raises WorkspaceError in one sentence where it may not be
        recorded: a name that nobody bears would limit nobody."""
        today = self._clock().date()
        starts = starts or today
        if user not in {one.user for one in self.about(person).known.mandates}:
            raise WorkspaceError(f"Nobody called {user} has a right to act for them here: check the name.")
        if not court.strip():
            raise WorkspaceError("Say which court, and the number of its order.")
        if dated > today:
            raise WorkspaceError("The order cannot be of a day to come.")
        if ends is not None and ends < max(starts, today):
            raise WorkspaceError("Its last day is over already, or before its first.")
        limit = CourtLimit(
            id=f"o-{secrets.token_hex(6)}",
            user=user,
            order=f"{court.strip()}, {calendar_day(dated)}",
            by=self._by.name,
            starts=starts,
            ends=ends,
            leaves=_kinds(leaves),
        )
        self._say(person, CourtLimited(limit), them=True)
        return limit

    def lift_court_limit(self, person: PersonId, id: str, why: str, *, told: bool = True) -> None:
        """Record that what a court had limited is over, and why: the person is told that too, unless it is not `told`,
        and nobody else but staff. For the privacy office and the custodian."""
        found = [one for one in self.about(person).known.courts if one.id == id]
        if not found or found[0].over(self._clock().date()):
            raise NothingFoundError("There is no such limit of a court in force.")
        if len(why.strip()) < SHORTEST_REASON:
            raise WorkspaceError("Say in a few words why the court's limit is over.")
        keeper = self._keeper(person, id)
        self._say(keeper, CourtWhy(id, why.strip()), them=False, themself=told)
        self._say(keeper, CourtLifted(id, self._clock().date()), them=True)

    def found_capacity(
        self,
        person: PersonId,
        *,
        capable: bool,
        matter: str = "",
        on: date | None = None,
        until: date | None = None,
    ) -> None:
        """Record whether the person can make a decision; `matter` empty: about sharing their record. It was found `on`
        that day (left out: today), and stands to the day before `until`."""
        by, today = self._by, self._clock().date()
        finding = Capacity(matter.strip(), capable, by.name, by.role, on or today, until)
        if finding.on > today:
            raise WorkspaceError("The person cannot have been assessed on a day to come.")
        if until is not None and until <= today:
            raise WorkspaceError("The day on which it is looked at again is a day to come.")
        self._say(person, CapacityFound(finding), them=True)

    def found_competence(self, person: PersonId, *, competent: bool, refuses: Iterable[str] = ()) -> None:
        """Record Gillick competence, and whom the child refuses: from 11, and to 17, who may still refuse somebody.
        Those who act for the child are not told."""
        by, today, about = self._by, self._clock().date(), self.circumstances(person)
        found = CompetenceFound(Competence(competent, by.name, by.role, today, frozenset(refuses)))
        self._counted(person, found)
        if not about.age_is_at_least(GILLICK_FROM, today):
            raise WorkspaceError("The child is under 11: Gillick competence is recorded from the 11th birthday on.")
        if about.age_is_at_least(ADULT, today):
            raise WorkspaceError(
                "Gillick competence is of children under 18. Of a grown-up it is recorded whether they have capacity."
            )
        self._say(person, found, them=False, themself=True)

    def set_limit(
        self, person: PersonId, kind: str, entries: Iterable[EntryId], reason: str, wrote: str, review: date | None
    ) -> str:
        """Set a lawful limit on entries; its id. Raises WorkspaceError in one sentence where it may not be set."""
        meant = frozenset(entries)
        whole = (held for one in self._store.joined(person) for held in self._store.holdings(one))
        held = [decode(one.content).entry for one in whole if one.entry_id in meant]
        limit = SetLimit(
            person=person,
            kind=kind,
            entries=meant,
            resources=frozenset(name for name in map(resource_of, held) if name),
            reason=reason.strip(),
            set_by=self._by.name,
            role=self._by.role if kind != "SILENCE" else self._by.acting(frozenset({"custodian"})),
            wrote=wrote,
            set_on=self._clock().date(),
            review=review,
        )
        try:
            check_limit(limit)
        except PolicyError as error:
            raise WorkspaceError(str(error)) from None
        id = f"l-{secrets.token_hex(6)}"
        self._say(person, LimitSet(id, limit), them=False)
        return id

    def limits(self) -> list[LimitRow]:
        """Every lawful limit of this vault, also those that ended: those to be looked at again first, then the newest.

        For the privacy office and the custodian; raises NothingFoundError for anyone else.
        """
        require_office(self._store, self._by)
        rows = []
        for who in self._store.people_stated():
            found = known(believed(self._store.statements(who), (who,)))
            rows += [LimitRow(id, limit) for id, limit in zip(found.limit_ids, found.limits, strict=True)]
        today = self._clock().date()
        return sorted(rows, key=lambda row: (not row.limit.overdue(today), -row.limit.set_on.toordinal(), row.id))

    def lift_limit(self, person: PersonId, id: str, why: str) -> None:
        """End a lawful limit today, and keep why, for staff."""
        if len(why.strip()) < SHORTEST_REASON:
            raise WorkspaceError("Say in a few words why the limit is over.")
        self._say(self._keeper(person, id), LimitLifted(id, self._clock().date(), why.strip()), them=False)

    def introduce(self, person: PersonId, user: str, *, themself: bool) -> None:
        """Let someone who has just been added read what was stated before: whoever acts for a person, whether they can
        decide; `themself`, also who acts for them, what courts limit, and whether they are competent as a child. Why
        a court's limit was lifted is told only to those it was told then."""
        told = _OF_DECIDING | (_OF_ACTING if themself else frozenset())
        people = self._store.joined(person)
        numbers = [
            number
            for number, one in enumerate(self._store.statements(person))
            if one.content is not None and any(type(said.what) in told for said in believed([one], people))
        ]
        readers = [who.id for who in self._store.principals() if who.kind == "user" and who.name == user]
        for reader in readers:
            self._store.give(person, numbers, reader)

    def _keeper(self, person: PersonId, id: str) -> PersonId:
        """Whose right or limit this is, of all whose bind a person: what ends it is kept with it, also in a split."""
        for said in believed(self._store.statements(person), self._store.bound(person)):
            what = said.what
            begun = what.mandate.id if isinstance(what, MandateMade) else what.id if isinstance(what, LimitSet) else ""
            if begun == id or (isinstance(what, CourtLimited) and what.limit.id == id):
                return said.person
        return person

    def _say(self, person: PersonId, what: What, *, them: bool, themself: bool = False) -> None:
        """Keep a statement if it counts; `them`: those linked to the person read it too; `themself`: the person
        does."""
        people = self._store.joined(person)
        statement = self._counted(person, what)
        principals = self._store.principals()
        readers = staff_teams(principals) | _linked_users(principals, people, them=them, themself=themself)
        event = AccessEvent("statement", person=person, reason=type(what).__name__, kept_back=_kept_back(what))
        self._store.state(person, encode(statement), readers, (event,), shared=True)

    def _counted(self, person: PersonId, what: What) -> Statement:
        """What is said as a statement; refused, and logged as that, where it would not count."""
        before = believed(self._store.statements(person), self._store.joined(person))
        statement = Statement(self._clock(), self._by, person, what)
        if known([*before, statement]) == known(before):
            self._refuse(person, what, known(before))
        return statement

    def _refuse(self, person: PersonId, what: What, about: Known) -> None:
        said = type(what).__name__
        event = AccessEvent("refused", person=person, reason=said, outcome="4", kept_back=_kept_back(what))
        self._store.record(event)
        ids = {one.id for one in about.mandates}
        if isinstance(what, MandateRenewed | MandateEnded) and what.id not in ids:
            raise NothingFoundError("There is no such right to act.")
        raise WorkspaceError(MAY_NOT)

    def _day_before(self) -> date:
        return date.fromordinal(self._clock().date().toordinal() - 1)


def _kinds(names: Iterable[str]) -> frozenset[str]:
    """Kinds of information. Raises WorkspaceError for one that does not exist."""
    try:
        return scope_of(names)
    except PolicyError as error:
        raise WorkspaceError(str(error)) from None


def _kept_back(what: What) -> str:
    """A person is not told that something is kept from them: that a limit is set or lifted, or why a court's was."""
    return "limit" if isinstance(what, LimitSet | LimitLifted | CourtWhy) else ""


def _linked_users(
    principals: Sequence[KeyHolder], people: Collection[PersonId], *, them: bool, themself: bool
) -> frozenset[str]:
    found = set()
    for who in principals:
        link = linked(who.role, who.organisation)
        own = link is not None and link.person in people
        if who.kind == "user" and link is not None and own and (them or (themself and not link.user)):
            found.add(who.id)
    return frozenset(found)
