"""What signed statements add up to, and that one by someone who may not make it counts for nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from gatekit import NOW, PERSON

from consent.errors import PolicyError
from consent.limits import SetLimit
from consent.overrides import Override
from consent.proxies import Capacity, Competence, CourtLimit, Mandate
from consent.statements import (
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
    NoticeGiven,
    NoticePutOff,
    OverrideAgreed,
    OverrideEnded,
    OverrideOpened,
    OverrideReviewed,
    Signer,
    Statement,
    UnexpectedAnswered,
    UnexpectedReported,
    What,
    believed,
    decode,
    encode,
    known,
)
from consent.unexpected import DAYS, Unexpected
from fhir.entries import EntryId, PersonId

DAY = date(2026, 11, 22)
CREW = Signer("u-cy", "cy", "ambulance", "County")
CAROL = Signer("u-carol", "carol", "gp", "Surgery", custodian=True)
DAN = Signer("u-dan", "dan", "privacy-officer", "Surgery")
EVE = Signer("u-eve", "eve", "home-care", "Kind Care")
ADA = Signer("u-ada", "ada", "person", f"person:{PERSON}")
WORKER = Signer("u-sam", "sam", "social-worker", "Council")
DOCTOR = Signer("u-doc", "doc", "gp", "Surgery")


@dataclass(frozen=True)
class Row:
    """One kept statement."""

    content: bytes | None
    signed_by: str
    roles: frozenset[str]


def said(by: Signer, what: What, person: PersonId = PERSON, minutes: int = 0) -> Statement:
    return Statement(NOW + timedelta(minutes=minutes), by, person, what)


def glass(**values: Any) -> Override:
    given: dict[str, Any] = {
        "id": "o-1",
        "kind": "break-glass",
        "person": PERSON,
        "user": "cy",
        "role": "ambulance",
        "authoriser": "cy",
        "reason": "Unconscious at home",
        "opened": NOW,
        "ends": NOW + timedelta(hours=1),
    }
    return Override(**(given | values))


def ordered(**values: Any) -> Override:
    given = {
        "kind": "court-order",
        "user": "sam",
        "role": "social-worker",
        "authoriser": "carol",
        "authoriser_role": "custodian",
        "grounds": "FD26P00001",
        "reason": "Ordered to disclose",
    }
    return glass(**(given | values))


def limit(**values: Any) -> SetLimit:
    given: dict[str, Any] = {
        "person": PERSON,
        "kind": "SERIOUS-HARM",
        "entries": frozenset({EntryId("e-1")}),
        "reason": "Danger to her",
        "set_by": "doc",
        "role": "gp",
        "wrote": "health",
        "set_on": DAY,
        "review": date(2027, 5, 1),
    }
    return SetLimit(**(given | values))


def mandate(**values: Any) -> Mandate:
    given: dict[str, Any] = {
        "id": "m-1",
        "person": PERSON,
        "user": "mum",
        "basis": "permission",
        "evidence": "She said so",
        "starts": DAY,
        "scope": frozenset({"general"}),
    }
    return Mandate(**(given | values))


OPENED = said(CREW, OverrideOpened(glass()))
ASKED = said(CAROL, OverrideOpened(ordered()))


def kept(statement: Statement, **values: Any) -> Row:
    by = statement.by
    return Row(**({"content": encode(statement), "signed_by": by.principal, "roles": by.roles} | values))


def test_a_statement_survives_sealing_and_anything_else_is_refused() -> None:
    for one in (OPENED, said(DOCTOR, LimitSet("l", limit())), said(ADA, MandateMade(mandate()))):
        assert decode(encode(one)) == one
    with pytest.raises(PolicyError):
        decode(b"nonsense")


def test_only_statements_by_whom_they_say_about_this_person_are_believed() -> None:
    good = kept(OPENED)
    assert believed([good], (PERSON,)) == [OPENED]
    for wrong in (
        replace(good, roles=frozenset()),  # of whom the vault never knew what they were
        replace(good, signed_by="u-eve"),
        replace(good, roles=frozenset({"home-care"})),
        replace(good, content=None),
        replace(good, content=b"nonsense"),
        kept(said(CREW, OverrideOpened(glass()), PersonId("p-2"))),
        kept(said(CAROL, OverrideOpened(ordered())), roles=frozenset({"gp"})),
    ):
        assert believed([wrong], (PERSON,)) == []


def state(*statements: Statement) -> Known:
    return known(statements)


def test_emergency_access_counts_from_its_own_statement() -> None:
    found = state(OPENED)
    assert found.case("o-1").agreed
    assert found.override_for(PERSON, "cy", NOW) == glass()
    assert found.override_for(PERSON, "eve", NOW) is None
    assert found.override_for(PERSON, "cy", NOW + timedelta(hours=1)) is None
    with pytest.raises(KeyError):
        found.case("o-2")


@pytest.mark.parametrize(
    "forged",
    [
        said(EVE, OverrideOpened(glass(user="eve", role="home-care", authoriser="eve"))),
        said(EVE, OverrideOpened(glass(user="eve", authoriser="eve"))),
        said(EVE, OverrideOpened(glass())),
        said(CREW, OverrideOpened(glass(person=PersonId("p-2")))),
        said(CREW, OverrideOpened(glass(opened=NOW - timedelta(hours=1)))),
        said(CREW, OverrideOpened(glass(ends=NOW + timedelta(days=30)))),
        said(CREW, OverrideOpened(glass(reason=""))),
        said(EVE, OverrideOpened(ordered(authoriser="eve"))),
        said(DAN, OverrideOpened(ordered(authoriser="dan"))),
        said(CAROL, OverrideOpened(ordered(second="dan", second_role="privacy-officer"))),
        said(CAROL, OverrideOpened(ordered(grounds=""))),
    ],
)
def test_an_override_by_someone_who_may_not_or_not_as_it_must_be_counts_for_nothing(forged: Statement) -> None:
    assert state(forged) == Known()


def test_the_same_override_is_not_opened_twice() -> None:
    again = said(CREW, OverrideOpened(glass(opened=NOW + timedelta(minutes=5))), minutes=5)
    assert state(OPENED, again).case("o-1").opened == glass()


def test_a_custodians_override_waits_for_a_second_person() -> None:
    assert state(ASKED).override_for(PERSON, "sam", NOW) is None
    for who in (CAROL, EVE, DOCTOR):
        assert not state(ASKED, said(who, OverrideAgreed("o-1"))).case("o-1").agreed
    agreed = state(ASKED, said(DAN, OverrideAgreed("o-1")))
    found = agreed.override_for(PERSON, "sam", NOW)
    assert found is not None
    assert (found.second, found.second_role) == ("dan", "privacy-officer")
    twice = state(ASKED, said(DAN, OverrideAgreed("o-1")), said(replace_by(DAN, "u-pat", "pat"), OverrideAgreed("o-1")))
    assert twice.case("o-1").opened.second == "dan"
    assert state(said(DAN, OverrideAgreed("o-9"))) == Known()


def replace_by(by: Signer, principal: str, name: str) -> Signer:
    return Signer(principal, name, by.role, by.organisation, by.custodian)


def test_it_is_ended_by_whoever_looks_or_the_office_and_never_made_longer() -> None:
    later = NOW + timedelta(minutes=10)
    for who in (CREW, DAN, CAROL):
        ended = state(OPENED, said(who, OverrideEnded("o-1", later), minutes=10))
        assert ended.override_for(PERSON, "cy", later) is None
        assert ended.override_for(PERSON, "cy", NOW) is not None
    assert (
        state(OPENED, said(EVE, OverrideEnded("o-1", later), minutes=10)).override_for(PERSON, "cy", later) is not None
    )
    other = said(CREW, OverrideEnded("o-1", later), minutes=20)
    assert state(OPENED, other).override_for(PERSON, "cy", later) is not None
    at = NOW + timedelta(minutes=20)
    twice = state(
        OPENED, said(CREW, OverrideEnded("o-1", later), minutes=10), said(CREW, OverrideEnded("o-1", at), minutes=20)
    )
    assert twice.case("o-1").opened.ended == later


def test_the_longest_of_several_overrides_speaks() -> None:
    longer = said(CREW, OverrideOpened(glass(id="o-2", ends=NOW + timedelta(hours=3))))
    found = state(OPENED, longer).override_for(PERSON, "cy", NOW)
    assert found is not None
    assert found.id == "o-2"


def test_the_privacy_office_reviews_and_nobody_their_own() -> None:
    good = OverrideReviewed("o-1", "justified", "Allergy needed", DAY)
    assert state(OPENED, said(DAN, good)).case("o-1").review.state == "justified"
    raised = state(OPENED, said(CAROL, OverrideReviewed("o-1", "escalated", "No emergency", DAY)))
    assert raised.case("o-1").review.state == "escalated"
    for who in (CREW, EVE, DOCTOR):
        assert state(OPENED, said(who, good)).case("o-1").review.state == "open"
    assert state(ASKED, said(CAROL, good)).case("o-1").review.state == "open"
    assert state(OPENED, said(DAN, replace_words(good, "ok"))).case("o-1").review.state == "open"


def replace_words(review: OverrideReviewed, words: str) -> OverrideReviewed:
    return OverrideReviewed(review.id, review.state, words, review.on)


def test_a_notice_is_put_off_by_the_custodian_and_given_by_the_office_or_seen_by_the_person() -> None:
    wait = NoticePutOff("o-1", "Would warn them", date(2026, 12, 24), DAY, silent=False)
    delayed = state(ASKED, said(CAROL, wait)).case("o-1")
    assert delayed.telling.state == "delayed"
    assert state(ASKED, said(DAN, wait)).case("o-1").telling.state == "due"
    assert state(ASKED, said(EVE, wait)).case("o-1").telling.state == "due"
    assert state(OPENED, said(CAROL, wait)).case("o-1").telling.state == "due"
    for who, expected in ((DAN, "given"), (ADA, "given"), (EVE, "due"), (CREW, "due")):
        assert state(OPENED, said(who, NoticeGiven("o-1", "printed"))).case("o-1").telling.state == expected


def test_a_case_asks_something_until_it_is_reviewed_and_told() -> None:
    assert state(OPENED).case("o-1").asks(DAY)
    reviewed = said(DAN, OverrideReviewed("o-1", "justified", "Allergy needed", DAY))
    assert state(OPENED, reviewed).case("o-1").asks(DAY), "the person is still to be told"
    assert not state(OPENED, reviewed, said(DAN, NoticeGiven("o-1", "printed"))).case("o-1").asks(DAY)


def test_a_limit_counts_when_set_by_who_may_and_until_lifted_by_who_may() -> None:
    setting = said(DOCTOR, LimitSet("l-1", limit()))
    assert state(setting).limits == (limit(),)
    for forged in (
        said(EVE, LimitSet("l-1", limit(set_by="eve", role="home-care"))),
        said(EVE, LimitSet("l-1", limit())),
        said(DOCTOR, LimitSet("l-1", limit(person=PersonId("p-2")))),
        said(DOCTOR, LimitSet("l-1", limit(reason=""))),
        said(ADA, LimitLifted("l-9", DAY)),
    ):
        assert state(forged).limits == ()
    assert len(state(setting, setting).limits) == 1
    end = date(2026, 12, 1)
    for who, expected in ((DOCTOR, end), (DAN, end), (ADA, None), (EVE, None), (WORKER, None)):
        assert state(setting, said(who, LimitLifted("l-1", end))).limits[0].lifted == expected
    again = said(DAN, LimitLifted("l-1", date(2026, 12, 9), "Once more"))
    once = state(setting, said(DOCTOR, LimitLifted("l-1", end, "It is over")), again).limits[0]
    assert (once.lifted, once.why) == (end, "It is over"), "it is lifted once, and for the reason that was given then"
    council = said(WORKER, LimitSet("l-2", limit(set_by="sam", role="social-worker", wrote="social-care")))
    assert state(council, said(WORKER, LimitLifted("l-2", end))).limits[0].lifted == end


def test_a_mandate_is_recorded_by_staff_or_given_by_the_person_and_never_by_who_gains() -> None:
    assert state(said(ADA, MandateMade(mandate()))).mandates == (mandate(),)
    assert state(said(DAN, MandateMade(mandate(basis="deputy")))).mandates
    mum = Signer("u-mum", "mum", "gp", "Surgery")
    for forged in (
        said(EVE, MandateMade(mandate())),
        said(ADA, MandateMade(mandate(basis="deputy"))),
        said(mum, MandateMade(mandate())),
        said(DAN, MandateMade(mandate(person=PersonId("p-2")))),
    ):
        assert state(forged).mandates == ()
    made = said(DAN, MandateMade(mandate()))
    assert len(state(made, made).mandates) == 1


def test_a_mandate_is_renewed_and_ended_but_not_by_its_holder() -> None:
    made = said(DAN, MandateMade(mandate()))
    renewed = state(made, said(DAN, MandateRenewed("m-1", date(2027, 1, 1)))).mandates[0]
    assert renewed.renewed == (date(2027, 1, 1),)
    ended = state(made, said(ADA, MandateEnded("m-1", date(2027, 1, 1)))).mandates[0]
    assert ended.ends == date(2027, 1, 1)
    longer = state(said(DAN, MandateMade(mandate(ends=DAY))), said(ADA, MandateEnded("m-1", date(2027, 1, 1))))
    assert longer.mandates[0].ends == DAY
    mum = Signer("u-mum", "mum", "gp", "Surgery")
    assert state(made, said(mum, MandateRenewed("m-1", date(2027, 1, 1)))).mandates[0].renewed == ()
    assert state(said(DAN, MandateEnded("m-9", DAY))) == Known()


def test_whoever_acts_for_someone_may_stop_and_do_nothing_else_with_it() -> None:
    made, day = said(DAN, MandateMade(mandate())), date(2027, 1, 1)
    mum = Signer("u-mum", "mum", "proxy", "person:p-1/mum")
    assert state(made, said(mum, MandateEnded("m-1", day))).mandates[0].ends == day
    assert state(made, said(mum, MandateRenewed("m-1", day))).mandates[0].renewed == ()
    for other in (Signer("u-dad", "dad", "proxy", "person:p-1/dad"), Signer("u-mum", "mum", "gp", "Surgery")):
        assert state(made, said(other, MandateEnded("m-1", day))).mandates[0].ends is None
    assert state(said(mum, MandateEnded("m-9", day))) == Known()


def test_findings_are_by_those_who_may_find_and_in_their_own_name() -> None:
    capacity = Capacity("", False, "sam", "social-worker", DAY)
    competence = Competence(True, "doc", "gp", DAY)
    found = state(said(WORKER, CapacityFound(capacity)), said(DOCTOR, CompetenceFound(competence)))
    assert (found.capacity, found.competence) == ((capacity,), (competence,))
    assert found.about("2013-05-06", "").competent(DAY) == competence
    for forged in (
        said(EVE, CapacityFound(replace(capacity, by="eve", role="home-care"))),
        said(DOCTOR, CapacityFound(capacity)),
        said(WORKER, CompetenceFound(replace(competence, by="sam", role="social-worker"))),
        said(WORKER, CompetenceFound(competence)),
    ):
        assert state(forged) == Known()


def test_what_a_court_limits_is_recorded_on_evidence_and_lifted_by_the_office_only() -> None:
    limit = CourtLimit("o-1", "mum", "Family Court, 3 March 2026", "sam", DAY)
    made = said(WORKER, CourtLimited(limit))
    assert state(made).courts == (limit,)
    assert state(made).about("2013-05-06").courts == (limit,)
    mum = Signer("u-mum", "mum", "privacy-officer", "Trust")
    for nobody in (
        said(EVE, CourtLimited(replace(limit, by="eve"))),
        said(DOCTOR, CourtLimited(limit)),
        said(WORKER, CourtLimited(replace(limit, order=" "))),
        said(WORKER, CourtLimited(replace(limit, lifted=DAY))),
        said(WORKER, CourtLimited(replace(limit, user="sam"))),
        said(DAN, CourtLifted("o-9", DAY)),
    ):
        assert state(nobody) == Known()
    assert state(made, said(WORKER, CourtLimited(replace(limit, leaves=frozenset({"money"}))))).courts == (limit,)
    for refused in (said(WORKER, CourtLifted("o-1", DAY)), said(mum, CourtLifted("o-1", DAY))):
        assert state(made, refused).courts == (limit,)
    assert state(made, said(DAN, CourtLifted("o-1", DAY))).courts == (replace(limit, lifted=DAY),)


def test_why_a_court_limit_is_lifted_is_said_by_the_office_before_it_is() -> None:
    limit = CourtLimit("o-1", "mum", "Family Court, 3 March 2026", "sam", DAY)
    made, why = said(WORKER, CourtLimited(limit)), CourtWhy("o-1", "The order was discharged")
    mum = Signer("u-mum", "mum", "privacy-officer", "Trust")
    for refused in (
        said(WORKER, why),
        said(mum, why),
        said(DAN, CourtWhy("o-1", " ")),
        said(DAN, CourtWhy("o-9", "x")),
    ):
        assert state(made, refused).courts == (limit,)
    lifted = said(DAN, CourtLifted("o-1", DAY))
    assert state(made, said(DAN, why), lifted).courts == (replace(limit, lifted=DAY, why=why.words),)
    assert state(made, lifted, said(DAN, why)).courts == (replace(limit, lifted=DAY),), "nobody adds a reason later"


def report(**values: Any) -> Unexpected:
    given: dict[str, Any] = {
        "id": "x-1",
        "event": 7,
        "seen": "2026-11-19T10:00:00Z",
        "who": "eve",
        "role": "home-care",
        "organisation": "Kind Care",
        "words": "She is my neighbour.",
        "by": "ada",
        "reported": DAY,
    }
    return Unexpected(**given | values)


def test_a_look_that_was_not_expected_is_answered_within_its_days() -> None:
    made = said(ADA, UnexpectedReported(report()))
    (waits,) = state(made).unexpected
    assert (waits.state, waits.due) == ("open", DAY + timedelta(days=DAYS))
    assert not waits.overdue(waits.due)
    assert waits.overdue(waits.due + timedelta(days=1))
    (done,) = state(made, said(DAN, UnexpectedAnswered("x-1", "She visits you on Mondays.", DAY))).unexpected
    assert (done.state, done.answer, done.answered_by, done.answered) == (
        "answered", "She visits you on Mondays.", "dan", DAY,
    )  # fmt: skip
    assert not done.overdue(DAY + timedelta(days=400))


def test_a_report_is_the_persons_or_the_offices_and_nobody_answers_about_themself() -> None:
    for by in (EVE, DOCTOR, Signer("u-mum", "mum", "proxy", f"person:{PERSON}/mum")):
        assert state(said(by, UnexpectedReported(report(by=by.name)))).unexpected == ()
    assert state(said(ADA, UnexpectedReported(report(by="dan")))).unexpected == ()
    assert state(said(DAN, UnexpectedReported(report(by="dan")))).unexpected
    assert state(said(ADA, UnexpectedReported(report(answer="Nothing", answered=DAY)))).unexpected == ()
    made = said(ADA, UnexpectedReported(report()))
    assert len(state(made, made).unexpected) == 1
    for by, words in ((EVE, "Mine"), (ADA, "Never mind"), (DAN, " ")):
        assert state(made, said(by, UnexpectedAnswered("x-1", words, DAY))).unexpected[0].state == "open"
    own = said(ADA, UnexpectedReported(report(who="dan")))
    assert state(own, said(DAN, UnexpectedAnswered("x-1", "I may", DAY))).unexpected[0].state == "open"
    assert state(own, said(CAROL, UnexpectedAnswered("x-1", "He may not", DAY))).unexpected[0].state == "answered"
    assert state(said(DAN, UnexpectedAnswered("x-9", "What?", DAY))) == Known()
