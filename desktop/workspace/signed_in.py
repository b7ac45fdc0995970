"""One signed-in user in one vault: what every part of the workspace stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NoReturn, Self

from consent.acting import acts_for, linked, themself
from consent.disclosure import DisclosedRecord
from consent.gate import Gate
from consent.labelling import forget as forget_titles
from consent.labels import named
from consent.ports import AccessEvent
from consent.request import Request
from desktop.acting import Acting
from desktop.choosing import Choosing
from desktop.errors import NothingFoundError
from desktop.matching import Matching
from desktop.overriding import Overriding, signer
from desktop.reports import PersonRow, UserRow, VaultSize
from desktop.workspace.sentences import NOT_HERE, told
from desktop.workspace.stores import ChoiceStore, by
from fhir import identity
from fhir.checking_pool import BATCH_SIZE, CheckingPool, CheckItem
from fhir.entries import PersonId
from fhir.people import Identity
from storage.errors import UnknownItemError
from storage.records import Principal
from storage.session import Session

NOT_THE_LOG = "Only the privacy office and the custodian may read the access log."


def post_row(user: Principal) -> UserRow:
    """A user in one post."""
    return UserRow(user.name, user.role, user.organisation, user.custodian, post=user.id)


class SignedIn:
    """One signed-in user in one vault."""

    def __init__(self, session: Session, clock: Callable[[], datetime]) -> None:
        self._session = session
        session.subject_of = themself
        session.acts_for = acts_for
        session.name_of = named
        self._clock = clock
        self._matching = Matching(session, session.user.role, self._person_row)
        self.acting = Acting(session, signer(session.user), clock)
        """Who may act for people, and what is found about them."""
        self._gate = Gate(session, self.acting.about)
        self._choosing = Choosing(ChoiceStore(session, self.acting), by(session.user), clock)
        self.overriding = Overriding(session, signer(session.user), clock)
        """Emergency access, lawful overrides, their review and notices."""
        session.silence = self._silence
        self._ordinary: dict[PersonId, Request] = {}
        self._linked = linked(session.user.role, session.user.organisation)
        self._pool: CheckingPool | None = None
        self._record: DisclosedRecord | None = None
        self.changes = 0
        """How often this session has changed what may be shown of people: what was released before may not stand."""
        self._looked_at: set[PersonId] = set()
        self.user = post_row(session.user)
        self.posts = tuple(post_row(one) for one in session.posts())
        """This user in each post that they may work in, also where it is one."""
        self.test_data = session.test_data
        self.warnings: tuple[str, ...] = session.warnings
        """Sentences for whoever signed in: what is wrong with the vault, or older than it was on this computer."""

    def _person_row(self, person_id: PersonId, identity: Identity) -> PersonRow:
        return PersonRow(
            person_id=person_id,
            name=identity.name,
            birth_date=identity.birth_date,
            nhs_number=identity.nhs_number,
            nhs_status=identity.nhs_status,
            gender=identity.gender,
            possible_matches=len(self._session.possible_matches(person_id)),
            called=identity.preferred_name,
        )

    def _silence(self, person: PersonId) -> str:
        """Under which override, whose notice may wait, an act about a person is kept back; empty for none."""
        override = self.overriding.current(person)
        return override.kept_back if override is not None else ""

    def _log(self, kind: str, person: PersonId, *, items: Sequence[str] = ()) -> None:
        with told():
            self._session.record(AccessEvent(kind, person=person, items=items))

    def _require_theirs(self, person: PersonId, *, change: bool = False, choose: bool = False) -> None:
        """Whoever is, or acts for, one person has to do with that person only; to `change` something, by a right in
        force; to `choose` who sees what, or read what was chosen, by one that carries the person's choices, which no
        carer's does. Of a right that a child refuses its holder is not told: nothing opens to them any more.

        Raises NothingFoundError, after logging the refusal. Staff pass.
        """
        if self._linked is None:
            return
        try:
            theirs = self._linked.person in self._session.joined(person)
        except UnknownItemError:
            theirs = False
        if theirs and change and self.user.role != "person":
            rights = self.acting.acting(self._linked.person)
            theirs = any(
                one.mandate.user == self.user.name
                and one.standing.state == "active"
                and (not choose or (one.chooses and self.user.role == "proxy"))
                for one in rights
            )
            theirs = theirs and (not choose or any(self._session.readable(person)))
        if not theirs:
            with told():
                self._session.record(AccessEvent("refused", person=person, outcome="4"))
            raise NothingFoundError(NOT_HERE)

    def _require_review(self, person: PersonId | None) -> None:
        if "review" not in self._session.my_principals():
            self._refuse_log(person)

    def _refuse_log(self, person: PersonId | None) -> NoReturn:
        with told():
            self._session.record(AccessEvent("refused", person=person, reason="access log", outcome="4"))
        raise NothingFoundError(NOT_THE_LOG)

    def _known(self, person: PersonId) -> bool:
        try:
            self._session.identity(person)
        except KeyError:
            return False
        return True

    def now(self) -> datetime:
        """The present, as this session knows it."""
        return self._clock()

    def forget_record(self) -> None:
        """Let go of the record that is open: what may be shown of people is about to change, or nobody reads it."""
        self._record = None
        self.changes += 1

    def _checking_pool(self) -> CheckingPool:
        if self._pool is None:
            self._pool = CheckingPool()
        return self._pool

    def warm_up(self, *, wait: bool = False) -> None:
        """Get the checking processes ready ahead of the first import; returns at once unless told to wait for them."""
        import desktop.importing  # noqa: F401 - what reading needs is loaded now and not while files wait

        pool = self._checking_pool()
        pool.warm_up()
        if wait:
            for _ in pool.check([CheckItem("Patient", b"{}", "R4")] * (BATCH_SIZE + 1)):
                pass

    def size(self) -> VaultSize:
        """How many people and entries are stored, whoever may see them; for measuring."""
        with told():
            return VaultSize(*self._session.size())

    def close(self) -> None:
        """Close the vault and forget the keys. Safe to call twice."""
        self._let_go()
        self._session.close()

    def _let_go(self) -> None:
        self.forget_record()
        if self._pool is not None:
            self._pool.close()
            self._pool = None
        forget_titles()
        identity.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
