"""Who may act for someone: bases, evidence, scope, birthdays, capacity, Gillick competence, and what is never shown."""

from __future__ import annotations

import calendar
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Any

import pytest
from gatekit import PERSON, entry, request
from hypothesis import given
from hypothesis import strategies as st

from consent.birthdays import birthday, born_by, months_after
from consent.categories import categories
from consent.decision import attributes
from consent.errors import PolicyError
from consent.labels import LabelledEntry
from consent.proxies import (
    NOT_COUNTED,
    ActingFor,
    Capacity,
    Circumstances,
    Competence,
    CourtLimit,
    Mandate,
    OwnRecord,
    Standing,
    Table,
    carries_choices,
    lapse_of,
    sees,
    state_of,
    table,
    without_orders,
)
from fhir.entries import PersonId

DAY = date(2026, 11, 21)
CHILD = Circumstances(born="2018-05-06")
TEEN = Circumstances(born="2013-05-06")
YOUNG = Circumstances(born="2010-05-06")
ADULT = Circumstances(born="1941-05-06")


def mandate(basis: str = "parental-responsibility", **values: Any) -> Mandate:
    given: dict[str, Any] = {
        "id": "m-1",
        "person": PERSON,
        "user": "mum",
        "basis": basis,
        "evidence": "Birth certificate seen",
        "starts": date(2020, 1, 1),
    }
    return Mandate(**(given | values))


def lacking(on: date = date(2026, 1, 1), **values: Any) -> Capacity:
    return Capacity(**({"matter": "", "capable": False, "by": "Dr Ahmed", "role": "gp", "on": on} | values))


def gillick(competent: bool = True, refuses: tuple[str, ...] = (), **values: Any) -> Competence:
    given = {"competent": competent, "by": "Dr Ahmed", "role": "gp", "on": date(2026, 1, 1)}
    return Competence(**(given | {"refuses": frozenset(refuses)} | values))


def state(one: Mandate, about: Circumstances, day: date = DAY) -> str:
    return state_of(one, about, day).state


def test_a_parent_acts_for_a_child_and_a_council_with_a_care_order_too_but_not_under_section_20() -> None:
    assert state(mandate(), CHILD) == "active"
    assert state(mandate("care-order", user="council"), CHILD) == "active"
    assert state(mandate("section-20", user="council"), CHILD) == "no-right"
    assert state(mandate("because-i-say-so"), CHILD) == "no-right"
    assert state(mandate("foster-carer", starts=DAY), CHILD) == "waits"
    assert state(mandate("foster-carer", starts=DAY, scope=frozenset({"general"})), CHILD) == "active"


EVERYTHING = frozenset(categories())


@pytest.mark.parametrize(
    ("basis", "scope", "left", "carried"),
    [
        ("parental-responsibility", frozenset(), None, True),
        ("health-attorney", EVERYTHING, None, True),
        ("permission", EVERYTHING, None, True),
        ("permission", EVERYTHING - {"mental-health"}, None, False),
        ("health-attorney", frozenset({"general"}), None, False),
        ("parental-responsibility", frozenset(), {"general"}, False),
        ("appointee", frozenset(), None, False),
        ("foster-carer", EVERYTHING, None, False),
        ("because-i-say-so", frozenset(), None, False),
    ],
)
def test_who_sees_a_part_of_the_record_chooses_nothing_about_the_whole(
    basis: str, scope: frozenset[str], left: set[str] | None, carried: bool
) -> None:
    courts = () if left is None else (CourtLimit("c-1", "mum", "An order", "Cat", DAY, leaves=frozenset(left)),)
    one = mandate(basis, scope=scope)
    assert carries_choices(one, replace(CHILD, courts=courts), DAY) is carried


def test_without_evidence_nothing_counts() -> None:
    assert state(mandate(evidence=" "), CHILD) == "waits"


def test_it_counts_from_its_first_to_its_last_day() -> None:
    one = mandate(starts=date(2026, 1, 1), ends=date(2026, 6, 30))
    assert state(one, CHILD, date(2025, 12, 31)) == "not-yet"
    assert state(one, CHILD, date(2026, 1, 1)) == state(one, CHILD, date(2026, 6, 30)) == "active"
    assert state(one, CHILD, date(2026, 7, 1)) == "ended"


@pytest.mark.parametrize("years", [11, 16, 18])
@pytest.mark.parametrize("born", [date(2012, 2, 29), date(2013, 1, 1), date(2011, 12, 31)])
def test_a_parents_access_lapses_on_the_birthday_unless_renewed(years: int, born: date) -> None:
    about = Circumstances(born=born.isoformat())
    day = birthday(born, years)
    one = mandate(starts=day - timedelta(days=60))
    assert state(one, about, day - timedelta(days=1)) == "active"
    assert state(one, about, day) == "lapsed"
    renewed = replace(one, renewed=(day,))
    assert state(renewed, about, day) == ("lapsed" if years == 18 else "active")
    assert state(replace(one, renewed=(day - timedelta(days=1),)), about, day) == "lapsed"


def test_born_on_29_february_a_birthday_is_1_march_where_there_is_none() -> None:
    born = date(2012, 2, 29)
    assert birthday(born, 11) == date(2023, 3, 1)
    assert birthday(born, 16) == date(2028, 2, 29)
    assert birthday(born, 18) == date(2030, 3, 1)
    assert state(mandate(), Circumstances(born="2012-02-29"), date(2023, 2, 28)) == "active"
    assert state(mandate(), Circumstances(born="2012-02-29"), date(2023, 3, 1)) == "lapsed"


DAYS = st.dates(date(1950, 1, 1), date(2030, 12, 31))


@given(DAYS, st.integers(1, 60))
def test_a_birthday_is_the_first_day_on_which_that_many_years_are_full(born: date, years: int) -> None:
    def full(day: date) -> int:
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    day = birthday(born, years)
    assert full(day) == years
    assert full(day - timedelta(days=1)) == years - 1


@given(DAYS, st.integers(0, 130), st.dates(date(2000, 1, 1), date(2040, 1, 1)))
def test_an_active_parent_means_no_birthday_of_the_basis_since_it_was_confirmed(
    born: date, age: int, start: date
) -> None:
    about = Circumstances(born=born.isoformat())
    day = start + timedelta(days=age * 50)
    if state(mandate(starts=start), about, day) == "active":
        assert day < birthday(born, 18)
        assert not any(start < birthday(born, years) <= day for years in (11, 16, 18))


@given(st.sampled_from(["2012", "2012-02", "2012-02-29"]))
def test_an_uncertain_date_of_birth_lapses_at_the_earliest(written: str) -> None:
    earliest = {"2012": date(2023, 1, 1), "2012-02": date(2023, 2, 1), "2012-02-29": date(2023, 3, 1)}[written]
    about = Circumstances(born=written)
    assert lapse_of(mandate(), about) == earliest
    assert state(mandate(), about, earliest) == "lapsed"
    assert state(mandate(), about, earliest - timedelta(days=1)) == "active"


@pytest.mark.parametrize("written", ["", "unknown", "2012-13-01", "2012-02-30", "2012-00", "0000", "12-"])
def test_a_date_of_birth_that_cannot_be_read_makes_nobody_a_child(written: str) -> None:
    assert born_by(written) is None
    about = Circumstances(born=written)
    assert state(mandate(), about) == "lapsed"
    assert about.can_decide("", DAY)
    assert state(mandate("permission", scope=frozenset({"general"}), starts=DAY), about) == "active"


def test_dates_of_birth_are_as_exact_as_written() -> None:
    assert born_by("2012") == (date(2012, 1, 1), date(2012, 12, 31))
    assert born_by("2012-02") == (date(2012, 2, 1), date(2012, 2, 29))
    assert born_by("2012-02-29T10:00:00Z") == (date(2012, 2, 29), date(2012, 2, 29))


@given(DAYS, st.integers(1, 36))
def test_months_keep_the_day_or_the_last_of_the_month(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == min(day.day, calendar.monthrange(later.year, later.month)[1])


def test_permission_lasts_a_year_and_only_while_the_person_can_decide() -> None:
    one = mandate("permission", starts=date(2026, 1, 31), scope=frozenset({"general"}))
    assert state(one, ADULT) == "active"
    assert state(one, ADULT, date(2027, 1, 31)) == "lapsed"
    assert state(replace(one, renewed=(date(2027, 1, 1),)), ADULT, date(2027, 1, 31)) == "active"
    assert state(one, replace(ADULT, capacity=(lacking(),))) == "waits"
    assert state(replace(one, scope=frozenset()), ADULT) == "waits"


@pytest.mark.parametrize("basis", ["health-attorney", "deputy", "best-interests", "imca"])
def test_an_attorney_or_decision_maker_counts_only_while_capacity_is_lacking_for_that_decision(basis: str) -> None:
    one = mandate(basis, starts=date(2026, 9, 1), scope=frozenset({"general"}), matter="where to live")
    assert state(one, ADULT) == "waits"
    assert state(one, replace(ADULT, capacity=(lacking(),))) == "waits"
    found = lacking(matter="where to live")
    assert state(one, replace(ADULT, capacity=(found,))) == "active"
    regained = lacking(matter="where to live", capable=True, on=date(2026, 10, 1))
    assert state(one, replace(ADULT, capacity=(found, regained))) == "waits"
    assert state(one, replace(ADULT, capacity=(replace(found, until=DAY),))) == "waits"
    assert state(one, replace(ADULT, capacity=(replace(found, role="home-care"),))) == "waits"
    assert state(one, replace(ADULT, capacity=(replace(found, on=date(2026, 12, 1)),))) == "waits"
    assert state(one, replace(TEEN, capacity=(found,))) == "waits"


def test_capacity_is_presumed_from_16_and_of_one_day_the_last_finding_counts() -> None:
    assert YOUNG.can_decide("", DAY)
    assert not TEEN.can_decide("", DAY)
    assert replace(ADULT, capacity=(lacking(), lacking(capable=True))).can_decide("", DAY)
    assert not replace(ADULT, capacity=(lacking(capable=True), lacking())).can_decide("", DAY)


def test_a_competent_child_may_refuse_a_parent_and_only_a_clinician_says_so() -> None:
    parent = mandate(starts=date(2025, 1, 1))
    assert state(parent, TEEN) == "active"
    assert state(parent, replace(TEEN, competence=(gillick(),))) == "active"
    assert state(parent, replace(TEEN, competence=(gillick(refuses=("mum",)),))) == "refused"
    assert state(parent, replace(TEEN, competence=(gillick(refuses=("dad",)),))) == "active"
    assert state(parent, replace(TEEN, competence=(gillick(competent=False, refuses=("mum",)),))) == "active"
    assert state(parent, replace(TEEN, competence=(gillick(refuses=("mum",), role="social-worker"),))) == "active"
    assert state(parent, replace(TEEN, competence=(gillick(refuses=("mum",), on=date(2027, 1, 1)),))) == "active"
    assert state(parent, replace(CHILD, competence=(gillick(refuses=("mum",)),))) == "active", "under 11"
    newer = gillick(on=date(2026, 6, 1))
    assert state(parent, replace(TEEN, competence=(gillick(refuses=("mum",)), newer))) == "active"


def test_a_finding_made_before_the_child_was_eleven_says_nothing_of_later() -> None:
    parent = mandate(starts=date(2025, 1, 1))
    tenth, eleventh = gillick(refuses=("mum",), on=date(2024, 5, 5)), gillick(refuses=("mum",), on=date(2024, 5, 6))
    assert state(parent, replace(TEEN, competence=(tenth,))) == "active"
    assert state(parent, replace(TEEN, competence=(eleventh,))) == "refused"
    before = gillick(refuses=("mum",), on=date(2021, 5, 5))
    assert not replace(YOUNG, competence=(before,)).refuses("mum", DAY)
    assert replace(YOUNG, competence=(replace(before, on=date(2021, 5, 6)),)).refuses("mum", DAY)


def test_a_competent_child_may_give_permission_themself() -> None:
    one = mandate("permission", user="aunt", starts=date(2026, 9, 1), scope=frozenset({"general"}))
    assert state(one, TEEN) == "waits"
    assert state(one, replace(TEEN, competence=(gillick(),))) == "active"


def test_a_young_person_of_16_may_refuse_a_parent_whose_access_was_renewed() -> None:
    parent = mandate(renewed=(date(2026, 6, 1),))
    assert state(parent, YOUNG) == "active"
    refusing = replace(YOUNG, competence=(gillick(refuses=("mum",), on=date(2026, 7, 1)),))
    assert state(parent, refusing) == "refused"
    assert state(parent, replace(refusing, capacity=(lacking(),))) == "active"
    assert state(parent, replace(YOUNG, competence=(gillick(refuses=("mum",), on=date(2027, 7, 1)),))) == "active"


def order(*leaves: str, **values: Any) -> CourtLimit:
    given: dict[str, Any] = {"id": "o-1", "user": "mum", "order": "Family Court", "by": "sam", "starts": DAY}
    return CourtLimit(**(given | {"leaves": frozenset(leaves)} | values))


def test_a_court_order_takes_away_what_it_does_not_leave_also_from_a_right_that_is_renewed() -> None:
    parent = mandate(starts=date(2025, 1, 1), renewed=(DAY,))
    for one, expected in (
        (order(), "forbidden"),
        (order("money"), "active"),
        (order(user="dad"), "active"),
        (order(starts=DAY + timedelta(days=1)), "active"),
        (order(starts=date(2026, 1, 1), ends=DAY), "forbidden"),
        (order(starts=date(2026, 1, 1), ends=DAY - timedelta(days=1)), "active"),
        (order(lifted=DAY), "active"),
        (order(lifted=DAY + timedelta(days=1)), "forbidden"),
    ):
        assert state(parent, replace(TEEN, courts=(one,))) == expected, one
    assert state(parent, replace(TEEN, courts=(order("money"), order("general", id="o-2")))) == "forbidden"
    assert state(mandate("permission", scope=frozenset({"general"})), replace(ADULT, courts=(order("money"),))) in (
        "forbidden",
        "lapsed",
    )


def test_within_a_court_order_a_parent_sees_what_it_leaves_and_nothing_else() -> None:
    parent = ActingFor([mandate(starts=date(2025, 1, 1))], replace(TEEN, courts=(order("money"),)))
    asked = request("proxy", purpose="FAMRQT")
    asked = replace(asked, actor=replace(asked.actor, user="mum"))
    for category, effect in (("money", "permit"), ("general", "withhold")):
        ruled = parent.rule_on(attributes(LabelledEntry(entry("Condition/1"), (category,))), asked)
        assert ruled is not None
        assert ruled.effect == effect


def test_after_death_the_record_is_closed_to_everyone_who_acted() -> None:
    for basis in table().bases:
        assert state(mandate(basis, scope=frozenset({"general"})), replace(CHILD, died="2026-11-01")) in (
            "closed",
            "no-right",
        )


def test_a_finance_attorney_and_an_appointee_see_money_only() -> None:
    for basis in ("appointee", "finance-attorney"):
        assert sees(mandate(basis)) == {"money"}
        assert sees(mandate(basis, scope=frozenset({"general"}))) == frozenset()
        assert state(mandate(basis), ADULT) == "active"


@given(st.sampled_from(sorted(table().bases)), st.frozensets(st.sampled_from(sorted(categories()))))
def test_no_basis_and_no_scope_opens_safeguarding_or_more_than_the_basis(basis: str, scope: frozenset[str]) -> None:
    opened = sees(mandate(basis, scope=scope))
    assert "safeguarding" not in opened
    assert opened <= table().bases[basis].sees


def asked(role: str = "proxy", user: str = "mum", **values: Any) -> Any:
    found = request(role, **values)
    return replace(found, actor=replace(found.actor, user=user))


def item(*labels: str, limits: tuple[str, ...] = (), **values: Any) -> Any:
    return attributes(LabelledEntry(entry("Condition/1", **values), labels, "", limits))


def effect(which: Any, who: Any, *mandates: Mandate, about: Circumstances = CHILD) -> str | None:
    ruling = ActingFor(mandates or (mandate(),), about).rule_on(which, who)
    return ruling and ruling.effect


def test_a_proxy_sees_what_an_active_mandate_opens_and_nothing_else() -> None:
    assert effect(item("general"), asked()) == "permit"
    assert effect(item("general"), asked("carer")) == "permit"
    assert effect(item("general"), asked(user="dad")) == "withhold"
    assert effect(item("general"), asked(person=PersonId("p-2"))) == "withhold"
    assert effect(item("general"), asked(), about=ADULT) == "withhold"
    assert effect(item(), asked()) == "withhold"
    assert effect(item("general"), asked("gp")) is None


def test_a_proxy_never_sees_safeguarding_or_third_party_information() -> None:
    assert effect(item("safeguarding"), asked()) == "withhold"
    assert effect(item("general", "safeguarding"), asked()) == "withhold"
    assert effect(item("general", limits=("THIRD-PARTY",)), asked()) == "withhold"


def test_scopes_of_several_mandates_do_not_add_up() -> None:
    one = mandate("foster-carer", starts=DAY, scope=frozenset({"general"}))
    other = mandate("foster-carer", id="m-2", starts=DAY, scope=frozenset({"about-me"}))
    assert effect(item("general"), asked(), one, other) == "permit"
    assert effect(item("about-me"), asked(), one, other) == "permit"
    assert effect(item("about-me", "general"), asked(), one, other) == "withhold"


def test_the_nearest_relative_sees_detention_and_leave_only() -> None:
    one = mandate("nearest-relative", starts=DAY, scope=frozenset({"mental-health"}))
    assert effect(item("mental-health", section="legal"), asked(), one, about=ADULT) == "permit"
    assert effect(item("mental-health"), asked(), one, about=ADULT) == "withhold"


def test_the_person_sees_their_own_record_and_nobody_elses() -> None:
    own = OwnRecord([("ada", PERSON)])

    def ruled(which: Any, who: Any) -> str | None:
        ruling = own.rule_on(which, who)
        return ruling and ruling.effect

    assert ruled(item("sexual-reproductive"), asked("person", "ada")) == "permit"
    assert ruled(item(), asked("person", "ada")) == "permit"
    assert ruled(item("safeguarding"), asked("person", "ada")) == "withhold"
    assert ruled(item("general"), asked("person", "eve")) == "withhold"
    assert ruled(item("general"), asked("person", "ada", person=PersonId("p-2"))) == "withhold"
    assert ruled(item("general"), asked("gp", "ada")) is None


def tree() -> dict[str, Any]:
    return tomllib.loads((resources.files("consent") / "proxies.toml").read_text("utf-8"))


def test_every_basis_says_where_it_comes_from_and_a_broken_table_is_refused() -> None:
    assert all(basis.source and basis.words for basis in table().bases.values())
    for change in ({"sees": ["gossip"]}, {"sections": ["attic"]}):
        broken = tree()
        broken["basis"][0] |= change
        with pytest.raises(PolicyError):
            Table(broken)
    broken = tree()
    del broken["basis"][0]["months"]
    with pytest.raises(PolicyError):
        Table(broken)


def test_a_table_that_cannot_be_read_is_a_policy_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(text: str) -> dict[str, Any]:
        raise tomllib.TOMLDecodeError

    monkeypatch.setattr(tomllib, "loads", unreadable)
    with pytest.raises(PolicyError):
        table.__wrapped__()


def test_the_day_of_a_request_is_its_date() -> None:
    evening = replace(asked(), now=datetime(2029, 5, 5, 23, 59, tzinfo=UTC))
    assert effect(item("general"), evening) == "permit"
    assert effect(item("general"), replace(evening, now=datetime(2029, 5, 6, tzinfo=UTC))) == "withhold"


def test_who_is_not_told_of_orders_reads_that_a_right_does_not_count_and_not_why() -> None:
    forbidden = Standing("forbidden", "A court has forbidden it")
    refused = Standing("refused", "The young person does not agree")
    counts = Standing("in-force", "In force")
    assert without_orders(forbidden) == without_orders(refused) == Standing("no-right", NOT_COUNTED)
    assert without_orders(counts) == counts


def test_gillick_competence_is_of_a_child_of_11_to_15_and_presumed_capacity_begins_on_the_16th_birthday() -> None:
    found = gillick(refuses=("mum",), on=date(2025, 1, 1))
    young = replace(YOUNG, competence=(found,))  # 16 on 6 May 2026
    assert young.competent(date(2026, 5, 5)) == found
    assert young.competent(date(2026, 5, 6)) is None
    assert not YOUNG.can_decide("", date(2026, 5, 5))
    assert YOUNG.can_decide("", date(2026, 5, 6))
    assert young.refuses("mum", DAY)
    assert not young.refuses("dad", DAY)


def test_of_an_uncertain_date_of_birth_the_earliest_makes_a_grown_up_whatever_was_renewed() -> None:
    parent = mandate(renewed=(date(2026, 6, 1),))
    assert lapse_of(parent, Circumstances(born="2008")) == date(2026, 1, 1)
