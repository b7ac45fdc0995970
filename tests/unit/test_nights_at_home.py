"""Nights at home: what counts as away, what is home, and what stays unknown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from gatekit import HOSPITAL, entry, opened, store

from fhir.entries import Code, Entry, When
from fhir.people import Identity, PersonName
from fhir.temporal import period
from fhir.timeline import nights_at_home, place

UNTIL = date(2026, 11, 21)


def stay(start: str, end: str = "", *, name: str = "1", **values: Any) -> Entry:
    values.setdefault("kind", "admission")
    values.setdefault("title", "Admission")
    values.setdefault("section", "admissions")
    values.setdefault("source", HOSPITAL)
    ongoing = values.pop("ongoing", False)
    when = period({"start": start, "end": end}, ongoing=ongoing) if end or start else When()
    return entry(f"Encounter/{name}", when=when, **values)


def home(*entries: Entry) -> int:
    return nights_at_home(entries, UNTIL).home


def test_a_year_without_stays_is_a_year_at_home() -> None:
    assert nights_at_home([], UNTIL).home == 365


def test_a_night_belongs_to_the_day_it_began() -> None:
    assert home(stay("2026-03-04", "2026-03-07")) == 362
    assert home(stay("2026-03-04T09:00:00Z", "2026-03-04T18:00:00Z")) == 365


def test_overlapping_stays_and_stays_told_twice_count_once() -> None:
    told = [stay("2026-03-01", "2026-03-11"), stay("2026-03-05", "2026-03-15", name="2")]
    assert home(*told, stay("2026-03-01", "2026-03-11", name="3")) == 365 - 14
    assert len(nights_at_home([told[0], told[0]], UNTIL).away) == 1


def test_only_the_nights_within_the_year_count() -> None:
    assert home(stay("2025-11-11", "2025-11-26")) == 365 - 5
    assert home(stay("2020-01-01", "2020-02-01")) == 365
    assert home(stay("2026-11-19", "2026-12-24")) == 365 - 2
    assert home(stay("2026-12-01", "2026-12-24")) == 365


def test_a_stay_that_is_still_open_lasts_until_today() -> None:
    assert home(stay("2026-11-11", ongoing=True)) == 355
    assert home(stay("2026-11-11", active=True)) == 355


@pytest.mark.parametrize(
    "unclear",
    [
        stay("2026-03-04"),
        stay("2026-03", "2026-05"),
        stay("2026-03-04", "2026-05"),
        stay("2026-03-10", "2026-03-04"),
        stay("", ""),
        stay("2026-03-04", "2026-04-04", kind="placement", title="Placement"),
    ],
)
def test_what_is_not_known_to_the_day_is_said_to_be_unknown_and_not_counted(unclear: Entry) -> None:
    counted = nights_at_home([unclear], UNTIL)
    assert counted.home == 365
    assert len(counted.unknown) == 1


@pytest.mark.parametrize(
    ("kind", "title", "where"),
    [
        ("admission", "Admission: Acute medicine", "away"),
        ("admission", "Virtual ward", "nothing"),
        ("respite", "Respite", "away"),
        ("placement", "Long Term Residential Care", "home"),
        ("placement", "Foster placement", "home"),
        ("placement", "Supported living", "home"),
        ("placement", "Short stay", "away"),
        ("package", "Short Term Residential Care", "away"),
        ("package", "Long Term Nursing Care", "home"),
        ("package", "Home Support", "nothing"),
        ("package", "Carer Respite", "unclear"),
        ("problem", "Respite care needed", "nothing"),
    ],
)
def test_home_is_the_centre(kind: str, title: str, where: str) -> None:
    assert place(entry("Encounter/1", kind=kind, title=title)) == where


TYPES = "https://fhir.interweavedigital.nhs.uk/CodeSystem/Interweave-SocialCareServiceType"
CATEGORIES = "https://fhir.interweavedigital.nhs.uk/CodeSystem/Interweave-SocialCareServiceCategory"
BRIEF = Code(CATEGORIES, "STS-OST", "Short Term Support: Other Short Term")
LASTING = Code(CATEGORIES, "LTS-C", "Long Term Support: Community")


@pytest.mark.parametrize(
    ("title", "codes", "where"),
    [
        ("Willow Lodge", (Code(TYPES, "STRC", "Short Term Residential Care"), BRIEF), "away"),
        ("Respite in long-term home", (Code(TYPES, "STRC", "Short Term Residential Care"), BRIEF), "away"),
        ("Permanent placement", (Code(TYPES, "STNC", "Short Term Nursing Care"), BRIEF), "unclear"),
        ("Willow Lodge", (Code(TYPES, "LTRC", "Long Term Residential Care"), LASTING), "home"),
        ("Temporary placement", (Code(TYPES, "LTRC", "Long Term Residential Care"), LASTING), "unclear"),
        ("Breakfast and bedtime calls, nursing needs", (Code(TYPES, "R", "Reablement"), BRIEF), "nothing"),
        ("Bed-based reablement, short stay", (Code(TYPES, "R", "Reablement"), BRIEF), "away"),
        ("Calls in Bedford after residential stay", (Code(TYPES, "HS", "Home Support"), BRIEF), "nothing"),
        ("Respite at Willow Lodge", (Code(TYPES, "DP", "Direct Payment"), LASTING), "unclear"),
        ("Respite", (Code(TYPES, "OLTS", "Other Long Term Support"), LASTING), "unclear"),
        ("Emergency placement", (Code(TYPES, "ES", "Emergency Support"), BRIEF), "unclear"),
        ("Temporary residential care", (), "away"),
        ("Temporary stay in a long-term care home", (), "unclear"),
        ("Non-residential short term support", (), "nothing"),
        ("Bedtime calls, short term", (), "nothing"),
        ("Residential care", (), "nothing"),
    ],
)
def test_the_kind_of_a_service_says_where_nights_are_unless_its_words_deny_it(
    title: str, codes: tuple[Code, ...], where: str
) -> None:
    assert place(entry("EpisodeOfCare/1", kind="package", title=title, codes=codes)) == where


@pytest.mark.parametrize(
    "title", ["Placed with own parents or others with parental responsibility", "Independent living"]
)
def test_a_child_placed_with_parents_or_living_alone_is_at_home(title: str) -> None:
    assert place(entry("EpisodeOfCare/1", kind="placement", title=title)) == "home"


def test_a_stay_open_in_an_extract_is_known_until_the_day_of_the_extract() -> None:
    found = nights_at_home([stay("2026-09-10", ongoing=True, as_at="2026-09-30")], UNTIL)
    assert (found.away, found.home, found.uncertain) == ((("Admission", "since 10 Sep 2026", 20),), 345, 52)
    assert found.unknown == ("Admission: open in an extract of 30 Sep 2026; how it went on is not known",)
    later = nights_at_home([stay("2026-10-10", ongoing=True, as_at="2026-09-30")], UNTIL)
    assert (later.away, later.uncertain) == ((), 42)
    assert nights_at_home([stay("2026-11-11", ongoing=True, as_at="2026-12-31")], UNTIL).home == 355


@pytest.mark.parametrize(
    ("died", "nights"),
    [
        ("2026-09-20", ("2026-09-20", 355)),
        ("2026-09", None),
        ("yes", None),
        ("1920-01-01", None),
        ("", ("2026-11-21", 293)),
    ],
)
def test_nobody_is_at_home_or_away_after_death(died: str, nights: tuple[str, int] | None) -> None:
    who = Identity(names=(PersonName(family="Test"),), birth_date="1930-02-07", deceased=died)
    record = opened(store([stay("2026-09-10", ongoing=True)], identity=who))
    found = record.nights_at_home
    assert ((found.until, found.home) if found.known else None) == nights


def test_a_cancelled_or_mistaken_stay_does_not_count() -> None:
    assert home(stay("2026-03-04", "2026-03-07", status="cancelled")) == 365
    assert home(stay("2026-03-04", "2026-03-07", assertion="not-a-fact")) == 365


def test_the_working_is_shown() -> None:
    counted = nights_at_home([stay("2026-03-04", "2026-03-07", title="Ward 4")], UNTIL)
    assert (counted.until, counted.nights, counted.away) == (
        "2026-11-21",
        365,
        (("Ward 4", "4 Mar 2026 to 7 Mar 2026", 3),),
    )


def test_nights_are_counted_from_what_is_shown_only() -> None:
    ward = stay("2026-03-04", "2026-03-14", title="Psychiatric ward")
    medical = stay("2026-05-04", "2026-05-05", name="2")
    assert opened(store([ward, medical]), "gp").nights_at_home.home == 354
    assert opened(store([ward, medical]), "home-care").nights_at_home.home == 364


def test_no_number_is_shown_where_nothing_could_say() -> None:
    assert not opened(store([entry("Condition/1")])).nights_at_home.known
    assert not opened(store([stay("2026-03-04", "2026-03-14")]), relationship="none").nights_at_home.known


def test_every_night_is_home_away_or_unknown() -> None:
    entries = [
        stay("2026-11-10", "2026-11-12"),
        stay("2026-11-15", "2026-11-17", name="2", kind="placement", title="Placement"),
        stay("2026-11-16", "2026-11-17", name="3"),
    ]
    found = nights_at_home(entries, UNTIL)
    assert len(found.by_night) == 365
    assert found.by_night[-11:] == (
        "away", "away", "home", "home", "home", "unknown", "away", "home", "home", "home", "home",
    )  # fmt: skip
    assert found.uncertain == 1
    assert found.home == 362


def test_a_stay_whose_end_is_not_known_may_have_gone_on_until_now() -> None:
    found = nights_at_home([stay("2026-11-10", active=None)], UNTIL)
    assert (found.uncertain, found.home) == (11, 365)
    assert nights_at_home([stay("2026-11")], UNTIL).uncertain == 0
