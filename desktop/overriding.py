"""Emergency access, lawful overrides, their review and the notices to the person. No Qt, no storage.

`Overriding` turns what a signed-in user does into signed statements (`consent.statements`), each kept with its line in
the log before anything it opens is opened. What statements add up to is decided in `consent`; a statement that would
not count is refused here in one sentence, and nothing is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn, Protocol

from consent.errors import PolicyError
from consent.overrides import EMERGENCY, Override, check, table
from consent.ports import AccessEvent, KeyHolder
from consent.request import STAFF_ROLES
from consent.statements import (
    Case,
    Kept,
    Known,
    NoticeGiven,
    NoticePutOff,
    OverrideAgreed,
    OverrideEnded,
    OverrideOpened,
    OverrideReviewed,
    Signer,
    Statement,
    What,
    believed,
    encode,
    known,
)
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.models.tongue import ours, tr
from desktop.models.words import calendar_day, role
from fhir.entries import PersonId

NOT_YOURS = "Only the privacy office and the custodian may see and review these."
NO_SUCH = "There is no such access."


class StatementStore(Protocol):
    """What this needs of a signed-in vault."""

    def statements(self, person: PersonId) -> Sequence[Kept]: ...
    def joined(self, person: PersonId) -> Sequence[PersonId]: ...
    def people_stated(self, *, to_me: bool = False) -> Sequence[PersonId]: ...
    def state(
        self,
        person: PersonId,
        content: bytes,
        readers: Collection[str],
        events: Sequence[AccessEvent],
        *,
        shared: bool = False,
    ) -> int: ...
    def break_glass(self, person: PersonId, content: bytes, events: Sequence[AccessEvent]) -> None: ...
    def use_emergency_keys(self) -> None: ...
    def mend_glass(self) -> None: ...
    def may_break_glass(self) -> bool: ...
    def my_principals(self) -> frozenset[str]: ...
    def principals(self) -> Sequence[KeyHolder]: ...
    def record(self, event: AccessEvent) -> None: ...
    def tell(self, person: PersonId, kept_back: str) -> None: ...


class Me(Protocol):
    """The user who is signed in."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def organisation(self) -> str: ...
    @property
    def custodian(self) -> bool: ...


@dataclass(frozen=True)
class CaseRow:
    """One case of the privacy office's queue: whose record, and the case."""

    person: PersonId
    case: Case


class Overriding:
    """Overrides of people in one vault, for one signed-in user. `clock` gives instants with their zone."""

    def __init__(self, store: StatementStore, by: Signer, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._by = by
        self._clock = clock

    def known(self, person: PersonId) -> Known:
        """What is stated about a person and those joined with them, as far as this user's keys open it; nothing for
        someone unknown."""
        try:
            return known(believed(self._store.statements(person), self._store.joined(person)))
        except KeyError:
            return Known()

    # -- while it lasts

    def may_break_glass(self) -> bool:
        """Whether this user's role is entitled to emergency access."""
        return self._by.role in table().kinds[EMERGENCY].who and self._store.may_break_glass()

    def current(self, person: PersonId) -> Override | None:
        """The override that speaks for this user now."""
        return self.known(person).override_for(person, self._by.name, self._clock())

    def break_glass(
        self, person: PersonId, reason: str, *, hours: float = 1, categories: Iterable[str] = ()
    ) -> Override:
        """Open emergency access. The statement (with the notice due to the person) and its line in the log are on disk
        before any key is opened. Raises WorkspaceError in one sentence where it may not be; that is logged too."""
        now = self._clock()
        override = Override(
            id=f"o-{secrets.token_hex(6)}",
            kind=EMERGENCY,
            person=person,
            user=self._by.name,
            role=self._by.role,
            authoriser=self._by.name,
            reason=reason.strip(),
            opened=now,
            ends=now + timedelta(hours=hours),
            categories=frozenset(categories),
        )
        if not self._store.may_break_glass():
            self._refused(person, "Your role may not open this kind of access.", NothingFoundError)
        try:
            check(override)
        except PolicyError as error:
            self._refused(person, str(error))
        event = AccessEvent("override", person=person, purpose="BTG", reason=override.reason, items=(override.id,))
        content = encode(Statement(now, self._by, person, OverrideOpened(override)))
        self._store.break_glass(person, content, (event,))
        return override

    def use(self, override: Override) -> None:
        """Take the emergency keys into use for access that still lasts."""
        if override.kind == EMERGENCY:
            self._store.use_emergency_keys()

    def done(self) -> None:
        """Let go of the emergency keys."""
        self._store.mend_glass()

    def end(self, person: PersonId, id: str) -> None:
        """Close an override before its time; whoever looks may, and the privacy office."""
        self._store.mend_glass()
        now = self._clock()
        self._say(person, id, OverrideEnded(id, now), "override-ended")

    # -- the custodian and the privacy office

    def ask(
        self,
        person: PersonId,
        kind: str,
        user: str,
        role: str,
        reason: str,
        grounds: str,
        hours: float,
        categories: Iterable[str] = (),
    ) -> Override:
        """Open a lawful override for a worker; it waits for a second person. `categories` is its scope, empty for all.

        Raises WorkspaceError.
        """
        now = self._clock()
        if kind == EMERGENCY or kind not in table().kinds:
            raise WorkspaceError("There is no such kind of override.")
        override = Override(
            id=f"o-{secrets.token_hex(6)}",
            kind=kind,
            person=person,
            user=user,
            role=role,
            authoriser=self._by.name,
            reason=reason.strip(),
            opened=now,
            ends=now + timedelta(hours=hours),
            categories=frozenset(categories),
            grounds=grounds.strip(),
            authoriser_role=self._by.acting(table().kinds[kind].who),
        )
        self._new(person, override, OverrideOpened(override), "override", self._worker(user), override.reason)
        return override

    def agree(self, person: PersonId, id: str) -> None:
        """Agree, as the second person, to what a custodian asked for."""
        user = self._case(person, id).opened.user
        self._say(person, id, OverrideAgreed(id), "override", self._worker(user))

    def review(self, person: PersonId, id: str, state: str, words: str) -> None:
        """Say what a review found: "justified" or "escalated"."""
        if state not in ("justified", "escalated"):
            raise WorkspaceError("A review finds an access justified, or escalates it.")
        what = OverrideReviewed(id, state, words, self._clock().date())
        self._say(person, id, what, "override-review")

    def put_off(self, person: PersonId, id: str, reason: str, review: str, *, silent: bool = False) -> None:
        """Delay the notice, or keep it silent where the law requires it, until a day (ISO date)."""
        try:
            day = datetime.fromisoformat(review).date()
        except ValueError:
            raise WorkspaceError("Say the day as 2026-12-24.") from None
        what = NoticePutOff(id, reason, day, self._clock().date(), silent)
        self._say(person, id, what, "notice")

    def given(self, person: PersonId, id: str, how: str) -> None:
        """Note that the person was told. From now on the log tells them of it too, if they are a user of the vault."""
        self._say(person, id, NoticeGiven(id, how), "notice")
        kept_back = self._case(person, id).opened.kept_back
        if kept_back and "review" in self._store.my_principals():
            self._store.tell(person, kept_back)

    def told(self, person: PersonId) -> frozenset[str]:
        """What the log keeps back by itself and the person has been told of since."""
        return frozenset(one.opened.id for one in self.known(person).cases if one.telling.state == "given")

    def queue(self) -> list[CaseRow]:
        """Every override there is to review or tell of, those due first. Raises NothingFoundError for who may not."""
        rows = self.all()
        day = self._clock().date()
        return [row for row in rows if row.case.asks(day)]

    def all(self) -> list[CaseRow]:
        """Every override ever, those due first."""
        require_office(self._store, self._by)
        rows = [CaseRow(who, case) for who in self._store.people_stated() for case in self._own(who)]
        day = self._clock().date()
        return sorted(rows, key=lambda row: (not row.case.asks(day), row.case.opened.due(), row.case.opened.opened))

    def _own(self, person: PersonId) -> Sequence[Case]:
        """Cases about this very person, so that those of joined people are listed once."""
        return known(believed(self._store.statements(person), (person,))).cases

    def notices(self) -> list[CaseRow]:
        """Overrides of which the person is to be told now."""
        day = self._clock().date()
        return [row for row in self.all() if row.case.telling.to_be_given(day)]

    # -- inside

    def _case(self, person: PersonId, id: str) -> Case:
        try:
            return self.known(person).case(id)
        except KeyError:
            raise NothingFoundError(NO_SUCH) from None

    def _say(self, person: PersonId, id: str, what: What, kind: str, readers: Iterable[str] = ()) -> None:
        """Keep a statement about a case, if it counts, with the person whose case it is: it stays theirs in a split."""
        case = self._case(person, id)
        if not readers:
            readers = self._worker(case.opened.user)
        self._new(case.opened.person, case.opened, what, kind, readers)

    def _new(
        self, person: PersonId, override: Override, what: What, kind: str, readers: Iterable[str], reason: str = ""
    ) -> None:
        statement = Statement(self._clock(), self._by, person, what)
        before = believed(self._store.statements(person), self._store.joined(person))
        if known([*before, statement]) == known(before):
            self._refused(person, why_not(what, self.known(person), self._by), kept_back=override.kept_back)
        event = AccessEvent(kind, person, reason=reason, items=(override.id,), kept_back=override.kept_back)
        self._store.state(person, encode(statement), frozenset(readers), (event,))

    def _worker(self, name: str) -> frozenset[str]:
        return frozenset(who.id for who in self._store.principals() if who.kind == "user" and who.name == name)

    def _refused(
        self, person: PersonId, words: str, kind: type[WorkspaceError] = WorkspaceError, *, kept_back: str = ""
    ) -> NoReturn:
        event = AccessEvent("refused", person, purpose="BTG", reason=words, outcome="4", kept_back=kept_back)
        self._store.record(event)
        raise kind(words)


def notice_words(row: CaseRow) -> str:
    """What the person is told: who, when, why, on what basis; nothing of what was seen."""
    one = row.case.opened
    kind = table().kinds[one.kind]
    words = tr(
        "{who} ({role}) looked at your record on {day} at {time} by way of {kind}. They said why: “{reason}”. What you"
        " had chosen not to show may have been seen. Your choices are as they were. The privacy office looks at it by"
        " {due}. You can ask them about it, and see in your access log what was opened."
    )
    return words.format(
        who=one.user,
        role=role(one.role),
        day=calendar_day(one.opened),
        time=f"{one.opened:%H:%M}",
        kind=ours(kind.name).lower(),
        reason=one.reason,
        due=calendar_day(one.due()),
    )


def require_office(store: StatementStore, by: Signer) -> None:
    """Raises NothingFoundError unless this user is of the privacy office or the custodian."""
    if "review" not in store.my_principals() and not by.custodian:
        raise NothingFoundError(NOT_YOURS)


def signer(me: Me) -> Signer:
    """A user of the vault as the one who signs."""
    return Signer(me.id, me.name, me.role, me.organisation, custodian=me.custodian)


def why_not(what: What, about: Known, by: Signer) -> str:
    """Why a statement would not count, in one sentence."""
    if isinstance(what, OverrideOpened):
        second = next(iter(table().kinds[what.override.kind].second), "")
        try:
            check(replace(what.override, second="?", second_role=second))
        except PolicyError as error:
            return str(error)
    if isinstance(what, OverrideReviewed) and len(what.words.strip()) < 8:
        return "Say in a few words what you found."
    if isinstance(what, OverrideReviewed) and by.principal in about.case(what.id).signers:
        return "Nobody reviews an access of their own."
    if isinstance(what, NoticePutOff) and about.case(what.id).opened.kind == EMERGENCY:
        return "The person is told of emergency access at once."
    return "You may not do that, or it has been done already."


def staff_teams(principals: Iterable[KeyHolder]) -> frozenset[str]:
    """Teams of staff: those who decide and seal for everyone."""
    return frozenset(who.id for who in principals if who.kind == "team" and who.role in STAFF_ROLES)
