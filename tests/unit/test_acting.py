"""The person and those who act for them as users: to whose record they are linked, and when a right changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from gatekit import PERSON, entry

from consent.acting import About, link, linked, next_day, scope_of, speaking_for, themself, with_them
from consent.errors import PolicyError
from consent.labels import LabelledEntry
from consent.limits import SetLimit
from consent.ports import Principal
from consent.proxies import ActingFor, Capacity, CourtLimit, Mandate, OwnRecord
from consent.statements import Known
from fhir.entries import EntryId, PersonId

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
MUM = Mandate("m", PERSON, "Mum", "parental-responsibility", "Seen", date(2025, 1, 1))
ABOUT = About(Known(mandates=(MUM,)), "2013-05-06", people=(PERSON,))
HARM = SetLimit(PERSON, "SERIOUS-HARM", frozenset({EntryId("e-1")}), "Danger", "doc", "gp", "health", date(2026, 11, 1))
ABOUT_LIMITED = About(Known(limits=(replace(HARM, lifted=date(2027, 1, 1)), replace(HARM, set_on=date(2026, 12, 1)))))


def test_a_link_says_whose_record_and_for_whom_someone_acts() -> None:
    assert linked("person", link(PERSON)) == (PERSON, "")
    assert linked("proxy", link(PERSON, "Mum")) == (PERSON, "Mum")
    for role, organisation in (
        ("gp", link(PERSON)),
        ("person", link(PERSON, "Mum")),
        ("proxy", link(PERSON)),
        ("person", "Home"),
        ("carer", ""),
    ):
        assert linked(role, organisation) is None, (role, organisation)


def test_a_user_is_a_person_only_where_they_are_linked_as_themself() -> None:
    assert themself(Principal("ada", "user", "person", link(PERSON), "Ada")) == PERSON
    for who in (
        Principal("ada", "team", "person", link(PERSON)),
        Principal("mum", "user", "proxy", link(PERSON, "Mum"), "Mum"),
        Principal("gp", "user", "gp", "Surgery", "Asha"),
    ):
        assert themself(who) is None


def test_only_those_who_are_linked_are_spoken_for() -> None:
    assert isinstance(speaking_for("person", link(PERSON), "Ada", ABOUT), OwnRecord)
    assert isinstance(speaking_for("proxy", link(PERSON, "Mum"), "Mum", ABOUT), ActingFor)
    assert speaking_for("gp", "Surgery", "Asha", ABOUT) is None


class Nobody:
    def readers(self, labelled: LabelledEntry) -> frozenset[str]:
        return frozenset()


def readers(labelled: LabelledEntry, about: About = ABOUT, day: datetime = NOW) -> frozenset[str]:
    teams = [
        Principal("ada", "team", "person", link(PERSON)),
        Principal("mum", "team", "proxy", link(PERSON, "Mum")),
        Principal("eve", "team", "proxy", link(PersonId("p-2"), "Eve")),
        Principal("gp", "team", "gp", "Surgery"),
    ]
    return with_them(Nobody(), teams, lambda: about, day).readers(labelled)


def test_standing_decisions_let_in_the_person_and_who_acts_for_them_now() -> None:
    plain = LabelledEntry(entry("Condition/1"), ("general",))
    assert readers(plain) == {"ada", "mum"}
    assert readers(plain, day=datetime(2029, 5, 6, tzinfo=UTC)) == {"ada"}
    assert readers(plain, About(people=(PERSON,))) == {"ada"}
    assert readers(plain, replace(ABOUT, people=(PERSON, PersonId("p-2")))) == {"ada", "mum"}  # no mandate of Eve's
    for limit in ("NOPAT", "THIRD-PARTY", "SERIOUS-HARM"):
        assert readers(LabelledEntry(entry("Condition/1"), ("general",), "", (limit,))) == frozenset()
    assert readers(LabelledEntry(entry("Condition/1"), ("safeguarding",))) == frozenset()


def test_a_limit_that_was_set_takes_them_out() -> None:
    plain = LabelledEntry(entry("Condition/1"), ("general",))
    entries = frozenset({EntryId("e-condition-1")})
    day = date(2026, 11, 1)
    limit = SetLimit(PERSON, "SERIOUS-HARM", entries, "Danger to her", "doc", "gp", "health", day, date(2027, 1, 1))
    about = About(Known(mandates=(MUM,), limits=(limit,)), "2013-05-06", people=(PersonId("p-0"), PERSON))
    assert readers(plain, about) == frozenset()


def test_nobody_is_asked_where_nobody_is_linked() -> None:
    base = Nobody()

    def never() -> About:
        raise AssertionError("asked for nothing")

    assert with_them(base, [Principal("gp", "team", "gp", "Surgery")], never, NOW) is base


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (About(), None),
        (ABOUT, date(2029, 5, 6)),
        (About(Known(mandates=(Mandate("m", PERSON, "x", "deputy", "e", date(2027, 1, 2)),))), date(2027, 1, 2)),
        (
            About(Known(mandates=(Mandate("m", PERSON, "x", "deputy", "e", date(2020, 1, 1), date(2026, 12, 31)),))),
            date(2027, 1, 1),
        ),
        (About(Known(mandates=(Mandate("m", PERSON, "x", "no-such", "e", date(2020, 1, 1)),))), None),
        (ABOUT_LIMITED, date(2026, 12, 1)),
        (About(Known(courts=(CourtLimit("o", "x", "An order", "sam", date(2026, 12, 3)),))), date(2026, 12, 3)),
        (
            About(Known(courts=(CourtLimit("o", "x", "y", "sam", date(2026, 1, 3), date(2026, 12, 31)),))),
            date(2027, 1, 1),
        ),
        (
            About(Known(capacity=(Capacity("", False, "doc", "gp", date(2026, 1, 1), date(2026, 12, 1)),))),
            date(2026, 12, 1),
        ),
    ],
)
def test_the_next_day_is_when_something_begins_or_ends_by_itself(about: About, expected: date | None) -> None:
    assert next_day(about, NOW.date()) == expected


def test_a_scope_names_kinds_of_information_that_exist() -> None:
    assert scope_of(["general"]) == {"general"}
    with pytest.raises(PolicyError, match="kinds of information"):
        scope_of(["gossip"])
