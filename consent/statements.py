"""What the vault keeps of overrides, limits and those who act for someone: signed statements, and what they add up to.

One statement is one act of one user: an override opened, agreed to, ended or reviewed; a notice put off or given; a
limit set or lifted; a mandate made, renewed or ended; what a court limits; a finding about capacity or competence; a
look that the person did not expect, and the answer; what was made of a claimed relationship. `Known` folds a person's
statements into what counts. A statement by someone who may not make it does not count: writing a row gains nothing.
Knows no store; the vault checks the
signatures and says who signed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

import msgspec

from consent.claims import Claimed, check_claim, refused
from consent.errors import PolicyError
from consent.limits import SetLimit, check_limit, limits
from consent.overrides import EMERGENCY, Override, Review, Reviewed, Telling, check, table
from consent.proxies import ASSESSORS, CLINICIANS, Capacity, Circumstances, Competence, CourtLimit, Mandate
from consent.unexpected import Unexpected, check_unexpected
from fhir.entries import PersonId

CUSTODIANS = frozenset({"custodian"})
REVIEWERS = frozenset({"privacy-officer", "custodian"})
RECORDERS = frozenset(
    {"privacy-officer", "custodian", "gp", "social-worker", "childrens-social-worker", "administrator"}
)
"""Roles that may record on what evidence someone acts for a person, or end it."""


class Signer(msgspec.Struct, frozen=True):
    """Who made a statement: a user of the vault as it knew them then. `custodian`: they hold that office besides."""

    principal: str
    name: str
    role: str
    organisation: str = ""
    custodian: bool = False

    @property
    def roles(self) -> frozenset[str]:
        """Every role they can act in."""
        return frozenset({self.role, "custodian"} if self.custodian else {self.role})

    def among(self, allowed: frozenset[str]) -> bool:
        """Whether one of their roles is among these."""
        return bool(self.roles & allowed)

    def acting(self, allowed: frozenset[str]) -> str:
        """The role of theirs that is among these, their own where none is."""
        return self.role if self.role in allowed or not self.among(allowed) else "custodian"


class OverrideOpened(msgspec.Struct, frozen=True, tag="override-opened"):
    """Emergency access, or what a custodian asks a second person to agree to."""

    override: Override


class OverrideAgreed(msgspec.Struct, frozen=True, tag="override-agreed"):
    """A second person agrees to an override."""

    id: str


class OverrideEnded(msgspec.Struct, frozen=True, tag="override-ended"):
    """Closed before its time."""

    id: str
    at: datetime


class OverrideReviewed(msgspec.Struct, frozen=True, tag="override-reviewed"):
    """What a review found: justified or escalated."""

    id: str
    state: str
    words: str
    on: date


class NoticePutOff(msgspec.Struct, frozen=True, tag="notice-put-off"):
    """The notice to the person delayed, or kept silent."""

    id: str
    reason: str
    review: date
    on: date
    silent: bool


class NoticeGiven(msgspec.Struct, frozen=True, tag="notice-given"):
    """The person was told: it was shown to them, or printed and handed over."""

    id: str
    how: str


class LimitSet(msgspec.Struct, frozen=True, tag="limit-set"):
    """A lawful limit on entries."""

    id: str
    limit: SetLimit


class LimitLifted(msgspec.Struct, frozen=True, tag="limit-lifted"):
    """The end of a lawful limit, and why (empty: from before that was asked)."""

    id: str
    on: date
    why: str = ""


class MandateMade(msgspec.Struct, frozen=True, tag="mandate-made"):
    """Someone may act for the person."""

    mandate: Mandate


class MandateRenewed(msgspec.Struct, frozen=True, tag="mandate-renewed"):
    """The same, confirmed again."""

    id: str
    on: date


class MandateEnded(msgspec.Struct, frozen=True, tag="mandate-ended"):
    """The last day of it."""

    id: str
    on: date


class CourtLimited(msgspec.Struct, frozen=True, tag="court-limited"):
    """A court has limited what somebody may do for the person."""

    limit: CourtLimit


class CourtLifted(msgspec.Struct, frozen=True, tag="court-lifted"):
    """Such a limit is over."""

    id: str
    on: date


class CourtWhy(msgspec.Struct, frozen=True, tag="court-why"):
    """Why such a limit is lifted: stated before it is, to those who may be told."""

    id: str
    words: str


class CapacityFound(msgspec.Struct, frozen=True, tag="capacity-found"):
    """Whether the person can make a decision."""

    capacity: Capacity


class CompetenceFound(msgspec.Struct, frozen=True, tag="competence-found"):
    """Whether a child is competent, and whom they refuse."""

    competence: Competence


class UnexpectedReported(msgspec.Struct, frozen=True, tag="unexpected-reported"):
    """The person did not expect somebody's look at their record."""

    report: Unexpected


class UnexpectedAnswered(msgspec.Struct, frozen=True, tag="unexpected-answered"):
    """What the privacy office answers."""

    id: str
    words: str
    on: date


class ClaimDecided(msgspec.Struct, frozen=True, tag="claim-decided"):
    """What the privacy office makes of a look on a relationship that was only claimed."""

    claim: Claimed


class ClaimAnswered(msgspec.Struct, frozen=True, tag="claim-answered"):
    """What who looked answers the privacy office."""

    event: int
    words: str
    on: date


What = (
    OverrideOpened
    | OverrideAgreed
    | OverrideEnded
    | OverrideReviewed
    | NoticePutOff
    | NoticeGiven
    | LimitSet
    | LimitLifted
    | MandateMade
    | MandateRenewed
    | MandateEnded
    | CourtLimited
    | CourtLifted
    | CourtWhy
    | CapacityFound
    | CompetenceFound
    | UnexpectedReported
    | UnexpectedAnswered
    | ClaimDecided
    | ClaimAnswered
)


class Statement(msgspec.Struct, frozen=True):
    """One act of one user about one person, at an instant that carries its zone."""

    time: datetime
    by: Signer
    person: PersonId
    what: What


class Kept(Protocol):
    """One statement as the vault gives it back, its signature checked: the bytes, and the principal who signed. None
    where the signed-in user's keys do not open it."""

    @property
    def content(self) -> bytes | None: ...
    @property
    def signed_by(self) -> str: ...
    @property
    def roles(self) -> frozenset[str]:
        """The roles of who signed, as the vault knows them now (of who has left, as it knew them last), with
        "custodian" for that office; none for who was never in it."""


def encode(statement: Statement) -> bytes:
    """The bytes to seal."""
    return _ENCODER.encode(statement)


def decode(content: bytes) -> Statement:
    """A statement from unsealed bytes. Raises PolicyError for bytes that hold none."""
    try:
        return _DECODER.decode(content)
    except msgspec.MsgspecError:
        raise PolicyError("a statement cannot be read") from None


def believed(kept: Iterable[Kept], people: Collection[PersonId]) -> list[Statement]:
    """Statements about these people, who are one, by whom they say, oldest first. What does not open is left out; one
    that cannot be read, is about somebody else, or claims another signer or role than the vault knows, does not
    count."""
    found = []
    for one in kept:
        if one.content is None:
            continue
        try:
            said = decode(one.content)
        except PolicyError:
            continue
        same = bool(one.roles) and said.by.roles <= one.roles
        if said.person in people and said.by.principal == one.signed_by and same:
            found.append(said)
    return found


@dataclass(frozen=True)
class Case:
    """One override with its review and its notice. `opened` carries the second person from when they agreed; `agreed`
    is False while it waits for them, and then it opens nothing."""

    opened: Override
    agreed: bool
    review: Reviewed = field(default_factory=Reviewed)
    telling: Telling = field(default_factory=Telling)
    signers: frozenset[str] = frozenset()

    def asks(self, day: date) -> bool:
        """Whether the privacy office has something to do about it."""
        return self.review.state != "justified" or self.telling.to_be_given(day) or self.telling.to_be_reviewed(day)


@dataclass(frozen=True)
class Known:
    """What a person's statements add up to. `limit_ids` are the names of `limits`, in the same order."""

    cases: tuple[Case, ...] = ()
    limits: tuple[SetLimit, ...] = ()
    limit_ids: tuple[str, ...] = ()
    mandates: tuple[Mandate, ...] = ()
    capacity: tuple[Capacity, ...] = ()
    competence: tuple[Competence, ...] = ()
    courts: tuple[CourtLimit, ...] = ()
    unexpected: tuple[Unexpected, ...] = ()
    claims: tuple[Claimed, ...] = ()

    def claim_refused(self, user: str) -> bool:
        """Whether a user may claim no relationship with the person any more."""
        return refused(self.claims, user)

    def about(self, born: str, died: str = "") -> Circumstances:
        """What is known of the person, with their dates."""
        return Circumstances(born, died, self.capacity, self.competence, self.courts)

    def case(self, id: str) -> Case:
        """One override. Raises KeyError."""
        for one in self.cases:
            if one.opened.id == id:
                return one
        raise KeyError(id)

    def override_for(self, person: PersonId, user: str, now: datetime) -> Override | None:
        """The override that speaks for a user about this very person now: the one that ends last; None where none does.
        One about a record that was joined with theirs since speaks for that record only, and not for what it joined."""
        open_now = [
            replace(one.opened, told=one.telling.state == "given")
            for one in self.cases
            if one.agreed and (one.opened.person, one.opened.user) == (person, user) and one.opened.lasts_at(now)
        ]
        return max(open_now, key=lambda one: one.ends, default=None)


def known(statements: Iterable[Statement]) -> Known:
    """What statements add up to, in the order they were made."""
    fold = _Fold()
    for said in statements:
        try:
            fold.add(said)
        except (PolicyError, KeyError):
            continue  # by someone who may not, or about something that is not there: it does not count
    return Known(
        cases=tuple(fold.cases.values()),
        limits=tuple(fold.limits.values()),
        limit_ids=tuple(fold.limits),
        mandates=tuple(fold.mandates.values()),
        capacity=tuple(fold.capacity),
        competence=tuple(fold.competence),
        courts=tuple(fold.courts.values()),
        unexpected=tuple(fold.unexpected.values()),
        claims=tuple(fold.claims.values()),
    )


class _Fold:
    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.limits: dict[str, SetLimit] = {}
        self.mandates: dict[str, Mandate] = {}
        self.capacity: list[Capacity] = []
        self.competence: list[Competence] = []
        self.courts: dict[str, CourtLimit] = {}
        self.unexpected: dict[str, Unexpected] = {}
        self.claims: dict[int, Claimed] = {}

    def add(self, said: Statement) -> None:
        """Take one statement in. Raises PolicyError or KeyError where it does not count."""
        match said.what:
            case OverrideOpened(override):
                self._opened(said, override)
            case OverrideAgreed(id):
                self._agreed(said, id)
            case OverrideEnded(id, at):
                self._ended(said, id, at)
            case OverrideReviewed() | NoticePutOff() | NoticeGiven():
                self._office(said, said.what)
            case LimitSet(id, limit):
                self._limit(said, id, limit)
            case LimitLifted(id, on, why):
                before = self.limits[id]
                _may(said.by.among(_setters(before) | REVIEWERS) and before.lifted is None)
                self.limits[id] = replace(before, lifted=on, why=why)
            case MandateMade() | MandateRenewed() | MandateEnded():
                self._mandate(said, said.what)
            case CourtLimited(limit):
                _may(said.by.among(RECORDERS) and limit.by == said.by.name and limit.user != said.by.name)
                _may(limit.id not in self.courts and limit.lifted is None and bool(limit.order.strip()))
                self.courts[limit.id] = limit
            case CourtLifted(id, on):
                limited = self.courts[id]
                _may(said.by.among(REVIEWERS) and limited.user != said.by.name)
                self.courts[id] = replace(limited, lifted=on)
            case CourtWhy(id, words):
                limited = self.courts[id]
                _may(said.by.among(REVIEWERS) and limited.user != said.by.name and limited.lifted is None)
                _may(bool(words.strip()))
                self.courts[id] = replace(limited, why=words)
            case UnexpectedReported(report):
                _may(said.by.among(REVIEWERS | {"person"}) and report.by == said.by.name)
                _may(report.id not in self.unexpected)
                check_unexpected(report)
                self.unexpected[report.id] = report
            case UnexpectedAnswered(id, words, on):
                report = self.unexpected[id]
                _may(said.by.among(REVIEWERS) and said.by.name != report.who and bool(words.strip()))
                self.unexpected[id] = replace(report, answer=words, answered_by=said.by.name, answered=on)
            case ClaimDecided(claim):
                self._claim(said, claim)
            case ClaimAnswered(event, words, on):
                claim = self.claims[event]
                _may(claim.state == "questioned" and said.by.name == claim.who and bool(words.strip()))
                self.claims[event] = replace(claim, answer=words, answered=on)
            case CapacityFound(capacity):
                _may(said.by.role in ASSESSORS and (capacity.by, capacity.role) == (said.by.name, said.by.role))
                self.capacity.append(capacity)
            case _:
                competence = said.what.competence
                _may(said.by.role in CLINICIANS and (competence.by, competence.role) == (said.by.name, said.by.role))
                self.competence.append(competence)

    def _opened(self, said: Statement, override: Override) -> None:
        _may(override.id not in self.cases and override.person == said.person)
        _may(override.opened == said.time and override.authoriser == said.by.name)
        by = said.by.principal
        if override.kind == EMERGENCY:
            _may(override.role == said.by.role)
            check(override)
            self.cases[override.id] = Case(override, agreed=True, signers=frozenset({by}))
            return
        _may(override.authoriser_role in said.by.roles and not override.second)
        check(replace(override, second="?", second_role=next(iter(table().kinds[override.kind].second), "")))
        self.cases[override.id] = Case(override, agreed=False, signers=frozenset({by}))

    def _agreed(self, said: Statement, id: str) -> None:
        case = self.cases[id]
        _may(not case.agreed and said.by.principal not in case.signers)
        role = said.by.acting(table().kinds[case.opened.kind].second)
        agreed = replace(case.opened, second=said.by.name, second_role=role)
        check(agreed)
        self.cases[id] = replace(case, opened=agreed, agreed=True, signers=case.signers | {said.by.principal})

    def _ended(self, said: Statement, id: str, at: datetime) -> None:
        case = self.cases[id]
        _may(said.by.name in (case.opened.user, case.opened.authoriser) or said.by.among(REVIEWERS))
        _may(at == said.time)
        ended = at if case.opened.ended is None else min(at, case.opened.ended)
        self.cases[id] = replace(case, opened=replace(case.opened, ended=ended))

    def _office(self, said: Statement, what: OverrideReviewed | NoticePutOff | NoticeGiven) -> None:
        case = self.cases[what.id]
        if isinstance(what, NoticeGiven):
            _may(said.by.among(REVIEWERS | {"person"}))
            self.cases[what.id] = replace(case, telling=replace(case.telling, state="given"))
            return
        _may(said.by.among(REVIEWERS))
        if isinstance(what, OverrideReviewed):
            _may(said.by.principal not in case.signers)
            state: Review = "justified" if what.state == "justified" else "escalated"
            review = case.review.decide(state, said.by.name, what.words, what.on, case.opened)
            self.cases[what.id] = replace(case, review=review)
            return
        by = said.by
        telling = case.telling.put_off(
            case.opened, by.name, by.acting(CUSTODIANS), what.reason, what.review, what.on, silent=what.silent
        )
        self.cases[what.id] = replace(case, telling=telling)

    def _claim(self, said: Statement, claim: Claimed) -> None:
        _may(said.by.among(REVIEWERS) and claim.by == said.by.name != claim.who)
        check_claim(claim)
        before = self.claims.get(claim.event, claim)
        _may(before.who == claim.who)
        if claim.state != "questioned":  # asked anew, what was answered before is no answer to it
            claim = replace(claim, answer=before.answer, answered=before.answered)
        self.claims.pop(claim.event, None)  # the last decision stands last
        self.claims[claim.event] = claim

    def _limit(self, said: Statement, id: str, limit: SetLimit) -> None:
        _may(id not in self.limits and limit.person == said.person)
        _may(limit.set_by == said.by.name and limit.role in said.by.roles)
        check_limit(limit)
        self.limits[id] = limit

    def _mandate(self, said: Statement, what: MandateMade | MandateRenewed | MandateEnded) -> None:
        stops = isinstance(what, MandateEnded) and said.by.role in ("carer", "proxy")
        _may(stops or said.by.among(RECORDERS | {"person"}))
        if isinstance(what, MandateMade):
            _may(what.mandate.id not in self.mandates and what.mandate.person == said.person)
            _may(said.by.role != "person" or what.mandate.basis == "permission")
            _may(what.mandate.user != said.by.name)
            self.mandates[what.mandate.id] = what.mandate
            return
        before = self.mandates[what.id]
        _may((before.user == said.by.name) is stops)  # whoever acts for someone may stop, and nothing else
        if isinstance(what, MandateRenewed):
            self.mandates[what.id] = replace(before, renewed=(*before.renewed, what.on))
        else:
            ends = what.on if before.ends is None else min(what.on, before.ends)
            self.mandates[what.id] = replace(before, ends=ends)


def _setters(limit: SetLimit) -> frozenset[str]:
    kind = limits().limits[limit.kind]
    return kind.social_care if limit.wrote == "social-care" else kind.health


def _may(allowed: bool) -> None:
    if not allowed:
        raise PolicyError("this statement does not count")


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Statement)
