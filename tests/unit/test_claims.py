"""What the privacy office makes of a claimed relationship: whose statement counts, and which decision holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from consent.claims import Claimed
from consent.statements import ClaimAnswered, ClaimDecided, Known, Signer, Statement, What, known
from fhir.entries import PersonId

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SALMA, HOWARD = Signer("u1", "Salma", "privacy-officer"), Signer("u2", "Howard", "custodian")
ANITA = Signer("u3", "Anita", "gp")
ASKED = Claimed(7, "2026-11-20T09:00:00Z", "Anita", "questioned", "Which ward?", "Salma", NOW.date())
REFUSED = replace(ASKED, state="refused", words="No ward 4")


def after(*said: tuple[Signer, What]) -> Known:
    return known(Statement(NOW, by, PersonId("p"), what) for by, what in said)


def test_a_refusal_ends_the_claim_of_that_user_and_of_nobody_else() -> None:
    about = after((SALMA, ClaimDecided(REFUSED)))
    assert about.claim_refused("Anita")
    assert not about.claim_refused("Sam")


def test_the_last_decision_about_a_user_holds_and_a_question_decides_nothing() -> None:
    confirmed = replace(REFUSED, event=9, state="confirmed")
    again = replace(ASKED, event=11)
    assert not after((SALMA, ClaimDecided(REFUSED)), (SALMA, ClaimDecided(confirmed))).claim_refused("Anita")
    assert after((SALMA, ClaimDecided(confirmed)), (SALMA, ClaimDecided(REFUSED))).claim_refused("Anita")
    assert after((SALMA, ClaimDecided(REFUSED)), (SALMA, ClaimDecided(again))).claim_refused("Anita")


@pytest.mark.parametrize(
    ("by", "claim"),
    [
        (ANITA, replace(REFUSED, by="Anita", state="confirmed")),  # no office
        (SALMA, replace(REFUSED, who="Salma")),  # a look of one's own
        (SALMA, replace(REFUSED, by="Howard")),  # in another's name
        (SALMA, replace(REFUSED, words=" ")),
        (SALMA, replace(REFUSED, event=-1)),
        (SALMA, replace(REFUSED, answer="as if they had said so")),
    ],
)
def test_what_does_not_count(by: Signer, claim: Claimed) -> None:
    assert after((by, ClaimDecided(claim))) == Known()


def test_a_decision_about_a_look_cannot_be_turned_to_another_user() -> None:
    about = after((SALMA, ClaimDecided(REFUSED)), (HOWARD, ClaimDecided(replace(REFUSED, who="Sam", by="Howard"))))
    assert about.claims == (REFUSED,)


def test_only_who_was_asked_answers_and_the_answer_stays_with_the_decision() -> None:
    answer = ClaimAnswered(7, "Ward 4", NOW.date())
    assert after((SALMA, ClaimDecided(ASKED)), (SALMA, answer)).claims == (ASKED,)
    assert after((SALMA, ClaimDecided(REFUSED)), (ANITA, answer)).claims == (REFUSED,)
    (kept,) = after((SALMA, ClaimDecided(ASKED)), (ANITA, answer), (SALMA, ClaimDecided(REFUSED))).claims
    assert (kept.state, kept.answer) == ("refused", "Ward 4")
    (anew,) = after((SALMA, ClaimDecided(ASKED)), (ANITA, answer), (SALMA, ClaimDecided(ASKED))).claims
    assert anew.answer == ""
