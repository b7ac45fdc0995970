"""What the screens are made from: words, alerts, lanes, tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from fake_vault import DROP
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from records import COUNCIL, entry, peggy, record
from records import GP as SURGERY
from records import MENTAL as MEMORY_CLINIC

from consent.disclosure import Banner, BannerItem, Conflict
from desktop.models.alerts import alerts
from desktop.models.entries import EntriesModel, coming_words, open_words
from desktop.models.importing import found_rows, short_paths, summary
from desktop.models.lanes import marks
from desktop.models.story import Story, freshness
from desktop.models.words import age, breakable, day, nhs_number, soon, span
from desktop.reports import FileReport
from desktop.theme.tokens import make
from desktop.widgets.banner import PersonBanner
from fhir.entries import Entry, EntryId, Field, When
from fhir.people import Address, Demographics, Identity

HOME = Address(lines=("12 Mill Lane",), postcode="ZZ99 3VZ", use="home")
HOSTEL = Address(lines=("Room 6", "Staging House"), postcode="ZZ99 3CK", use="temp")
OLD = Address(lines=("No fixed abode",), use="old", end="2026-04-21")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2019", "2019"),
        ("2026-03", "Mar 2026"),
        ("2026-11-21", "21 Nov 2026"),
        ("2026-11-21T14:30:00Z", "21 Nov 2026"),
        ("1961-04-93", "1961-04-93"),
        ("", ""),
        ("soon", "soon"),
    ],
)
def test_dates_are_as_exact_as_their_source(written: str, shown: str) -> None:
    assert day(written) == shown


def test_an_impossible_date_is_no_span_of_days() -> None:
    assert span("1961-04-93") is None
    assert span("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))


@pytest.mark.parametrize(
    ("born", "old"),
    [
        ("1938-02-14", "88 years"),
        ("1938-11-22", "87 years"),
        ("2026-01-30", "9 months"),
        ("2026-11-20", "1 day"),
        ("1990", "about 36 years"),
        ("2030-01-01", ""),
        ("1961-04-93", ""),
    ],
)
def test_age_is_said_as_practice_says_it(born: str, old: str) -> None:
    assert age(born, date(2026, 11, 21)) == old


def test_nhs_numbers_are_spaced_and_anything_else_is_left_alone() -> None:
    assert nhs_number("9990123454") == "999 012 3454"
    assert nhs_number("12345") == "12345"


def test_long_words_may_break_and_lose_nothing() -> None:
    path = "Condition.extension.valueCodeableConcept.coding/0e654cae-59ac-48e4-af62-f53416ae2673"
    assert "\u200b" in breakable(path)
    assert breakable(path).replace("\u200b", "") == path
    assert breakable("short words stay") == "short words stay"


def test_one_statement_by_two_sources_is_said_once_with_both_dates() -> None:
    words = "Not for attempted resuscitation ({}, by Dr {}, no review date given). Check the signed form."
    items = tuple(
        BannerItem("cpr", "CPR", words.format(when, who), "danger", EntryId(who))
        for when, who in (("12 Mar 2026", "Patel"), ("3 Mar 2026", "Osei"))
    )
    test_data = BannerItem("test-data", "Test data", "This vault holds test data only.", "warning")
    shown = alerts(Banner(Identity(), Demographics(identity=Identity()), (test_data, *items), not_shared="Some"))
    assert [alert.heading for alert in shown] == ["CPR", "Not shared with you"]
    assert shown[0].said == ("Not for attempted resuscitation. Check the signed form.",)
    assert shown[0].small == (
        "12 Mar 2026, by Dr Patel, no review date given",
        "3 Mar 2026, by Dr Osei, no review date given",
    )
    assert shown[0].opens == "Patel"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            ("Penicillin: Anaphylaxis (severe)", "Penicillin: Anaphylaxis, Facial swelling (severe)"),
            ("Penicillin: Anaphylaxis, Facial swelling (severe)",),
        ),
        (("Penicillin", "Penicillin: Rash"), ("Penicillin", "Penicillin: Rash")),
        (("Penicillin: Rash (mild)", "Penicillin: Rash, Fever (severe)"),) * 2,
        (("Penicillin: Rash", "Egg: Rash, Fever"),) * 2,
        (("Penicillin: Rash", "Penicillin: Fever"),) * 2,
    ],
)
def test_an_allergy_that_another_source_says_more_of_is_said_once(
    texts: tuple[str, ...], said: tuple[str, ...]
) -> None:
    items = tuple(BannerItem("allergy", "Allergy", text, "danger", EntryId(text)) for text in texts)
    (shown,) = alerts(Banner(Identity(), Demographics(identity=Identity()), items))
    assert shown.said == said
    assert shown.opens == said[0]


def test_of_two_decisions_each_has_its_own_date_beside_it_and_the_advice_is_said_once() -> None:
    said = ("Not for CPR (5 Mar 2026, by Dr Patel, no review date given)", "For CPR (4 Mar 2024, by Dr Patel)")
    items = tuple(BannerItem("cpr", "CPR", f"{one}. Check the signed form.", "danger") for one in said)
    (shown,) = alerts(Banner(Identity(), Demographics(identity=Identity()), items))
    assert (shown.said, shown.small) == (said, ("Check the signed form.",))


def test_different_statements_of_one_kind_are_all_said() -> None:
    items = tuple(
        BannerItem("cpr", "CPR", f"{words} (2026).", "danger") for words in ("For attempted CPR", "Not for CPR")
    )
    (shown,) = alerts(Banner(Identity(), Demographics(identity=Identity()), items))
    assert shown.said == ("For attempted CPR (2026)", "Not for CPR (2026)")


def test_current_means_active_or_open_and_never_a_dose_once_given() -> None:
    items = [
        entry("medicines", "Active", SURGERY, "2020-01-01", active=True),
        entry("medicines", "Stopped", SURGERY, "2026-01-01", active=False),
        entry("medicines", "Ended", SURGERY, "2026-01-01", end="2026-02-01"),
        entry("medicines", "Given", SURGERY, "2026-11-20", kind="medicine-given"),
        entry("medicines", "Refuted", SURGERY, "2026-01-01", assertion="not-a-fact", active=True),
    ]
    assert [item.entry.title for item in Story(record(items)).current("medicines")] == ["Active"]


@pytest.mark.parametrize(
    ("start", "end", "text", "said"),
    [
        (
            "2026-11-21T15:00:00Z",
            "2026-11-21T16:00:00Z",
            "21 Nov 2026, 15:00 to 16:00",
            "Sat 21 Nov 2026, 15:00 · today",
        ),
        ("2026-11-22", "", "22 Nov 2026", "Sun 22 Nov 2026 · tomorrow"),
        ("2026-11-25", "2026-11-28", "25 Nov 2026 to 28 Nov 2026", "Wed 25 Nov 2026 to 28 Nov 2026"),
        ("2026-12", "", "Dec 2026", "Dec 2026"),
        ("2026-13-45", "", "2026-13-45", "2026-13-45"),
    ],
)
def test_what_comes_is_said_with_its_day_of_the_week(start: str, end: str, text: str, said: str) -> None:
    made = Entry(
        **{name: getattr(entry("appointments", "Clinic", SURGERY).entry, name) for name in Entry.__struct_fields__}
        | {"when": When(text=text, start=start, end=end)}
    )
    assert coming_words(made, date(2026, 11, 21)) == said


def test_homes_that_differ_are_both_said() -> None:
    said = (
        (SURGERY, "12 Mill Lane (home)"),
        (MEMORY_CLINIC, "4 Orchard Close (home)"),
        (COUNCIL, "12 Mill Lane (home)"),
    )
    items = [
        entry("demographics", "M", source, kind="person", fields=(Field("Address", home), Field("Telephone", "1")))
        for source, home in said
    ]
    story = Story(record(items))
    ids = tuple(item.entry.entry_id for item in items)
    sides = story.sides(Conflict("address", "low", "Sources give different home addresses.", ids))
    both = f"{SURGERY.name}, {COUNCIL.name}"
    assert sides == [f"12 Mill Lane (home) · {both}", f"4 Orchard Close (home) · {MEMORY_CLINIC.name}"]
    assert story.sides(Conflict("dose", "low", "Differ.", ids)) == []
    assert story.sides(Conflict("address", "low", "Differ.", (EntryId("not released"),))) == []


def test_how_far_off_a_day_is() -> None:
    today = date(2026, 11, 21)
    far = (0, 1, 2, -1, -2)
    assert [soon(today + timedelta(days=days), today) for days in far] == [
        "today", "tomorrow", "in 2 days", "1 day ago", "2 days ago",
    ]  # fmt: skip


def test_a_person_is_listed_with_where_they_live_and_how_they_are_reached() -> None:
    fields = (Field("Gender", "Female"), Field("Address", "12 Mill Lane"), Field("Telephone", "01632 960201 (home)"))
    for kind, said in (("person", "12 Mill Lane · 01632 960201 (home)"), ("restricted-person", "")):
        item = entry("demographics", "Margaret ELLISON", SURGERY, kind=kind, fields=fields)
        model = EntriesModel()
        model.show([item])
        assert str(model.index(0, EntriesModel.MORE).data() or "") == said


def test_what_is_coming_is_soonest_first_and_open_requests_follow() -> None:
    items = [
        entry("appointments", "Later", SURGERY, "2026-12-24", active=True),
        entry("appointments", "Sooner", SURGERY, "2026-11-21T15:00:00Z", active=True),
        entry("appointments", "Cancelled", SURGERY, "2026-11-30", active=False),
        entry("referrals", "Waiting", SURGERY, "2026-08-01", active=True),
        entry("appointments", "Past", SURGERY, "2026-11-01", active=True),
    ]
    assert [item.entry.title for item in Story(record(items)).coming()] == ["Sooner", "Later", "Waiting"]


def test_freshness_never_counts_what_is_still_to_come() -> None:
    items = [
        entry("appointments", "Clinic", MEMORY_CLINIC, "2026-12-03"),
        entry("contacts", "Review", MEMORY_CLINIC, "2026-03-12"),
    ]
    assert freshness(record(items)) == ["Mental health 12 Mar"]


def test_the_table_sorts_narrows_and_keeps_what_is_no_fact_last(qapp: object) -> None:
    model = EntriesModel()
    model.show([item for item in peggy() if item.entry.section == "results"])
    titles = [item.entry.title for item in model.shown()]
    assert titles[-1] == "Potassium"
    model.sort(EntriesModel.WHAT, Qt.SortOrder.AscendingOrder)
    assert [item.entry.title for item in model.shown()] == ["Blood pressure", "eGFR", "Haemoglobin", "Potassium"]
    assert "not a fact: entered in error" in str(model.index(3, EntriesModel.WHAT).data())
    model.narrow("PRESSURE surgery")
    assert [item.entry.title for item in model.shown()] == ["Blood pressure"]
    model.clear()
    assert model.rowCount() == 0


def test_uncertain_dates_are_marked_so_and_bars_of_a_lane_do_not_hide_each_other() -> None:
    today = date(2026, 11, 21)
    items = [
        entry("services", "One", SURGERY, "2026-01-01", ongoing=True),
        entry("services", "Two", SURGERY, "2026-02-01", end="2026-03-01"),
        entry("problems", "About", SURGERY, "2019"),
        entry("assessments", "Assessed", SURGERY, "2026-05-05"),
        entry("problems", "Undated", SURGERY),
    ]
    made = {mark.title: mark for mark in marks(items, today)}
    assert set(made) == {"One", "Two", "About", "Assessed"}
    assert (made["One"].shape, made["One"].last) == ("bar", today.toordinal())
    assert made["One"].row != made["Two"].row
    assert made["About"].uncertain
    assert made["About"].last - made["About"].first == 364
    assert made["Assessed"].shape == "diamond"


def test_what_is_looked_for_most_leads_its_group() -> None:
    rows = [row.page for row in Story(record()).navigation(everything=True)]
    health = rows[rows.index("about-me") + 2 :]
    assert health[:6] == ["problems", "medicines", "allergies", "results", "examination", "contacts"]


def test_counts_of_the_navigation_are_of_what_is_shown() -> None:
    rows = {row.page: row for row in Story(record()).navigation(everything=True)}
    assert rows["results"].count == 3, "what was entered in error is not counted"
    assert rows["safeguarding"].state == "nothing-shown"
    short = {row.page for row in Story(record()).navigation(everything=False)}
    assert "family-history" in short, "a part that could not be read is always listed"
    assert "pregnancy" not in short


def test_findings_stand_worst_first_and_a_refusal_is_said_once() -> None:
    rows = found_rows(DROP.files)
    assert [row.severity for row in rows] == ["fatal", "error", "warning"]
    assert rows[1].where == "Condition/c7 · Condition.code.coding · line 214"
    assert summary(DROP) == "2 files imported, 1 file already here, 1 file refused; 18 entries for 2 people."


def test_an_unknown_look_falls_back() -> None:
    made = make("purple", 170)
    assert (made.theme, made.scale) == ("light", 100)


def test_files_of_a_report_are_called_by_their_place_below_the_shared_folder() -> None:
    paths = ("/home/a/drop/gp/one.json", "/home/a/drop/council.zip!part/two.json")
    files = [FileReport(path, "imported") for path in paths]
    assert list(short_paths(files).values()) == ["gp/one.json", "council.zip!part/two.json"]
    assert short_paths([FileReport("/home/a/one.json", "imported")]) == {"/home/a/one.json": "one.json"}
    assert list(short_paths([FileReport("one.json", "imported"), FileReport("/x/two.json", "refused")]).values()) == [
        "one.json",
        "/x/two.json",
    ]


def test_what_contradicts_an_entry_is_one_press_away() -> None:
    one, other, third = (entry("medicines", f"Bisoprolol {dose}", SURGERY) for dose in ("2.5 mg", "5 mg", "10 mg"))
    ids = (one.entry.entry_id, other.entry.entry_id, EntryId("not released"))
    shown = replace(record([one, other, third]), conflicts=(Conflict("medicine", "high", "Two doses", ids),))
    assert Story(shown).linked(one) == [("conflict", other)]
    assert Story(shown).linked(third) == []


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        ((HOSTEL, OLD), [("Staying at", "Room 6, Staging House, ZZ99 3CK")]),
        ((HOSTEL, HOME), [("Home", "12 Mill Lane, ZZ99 3VZ")]),
        ((OLD,), []),
    ],
)
def test_whoever_has_no_home_is_said_to_stay_where_they_stay_now(
    qtbot: QtBot, look: None, addresses: tuple[Address, ...], said: list[tuple[str, str]]
) -> None:
    for restricted in (False, True):
        who = Identity(restricted=restricted)
        banner = Banner(who, Demographics(identity=who, addresses=addresses))
        shown = PersonBanner(banner, date(2026, 11, 21), brief=False)
        qtbot.addWidget(shown)
        texts = [label.text().replace("\u200b", "") for label in shown.findChildren(QLabel)]
        found = [(one, texts[at + 1]) for at, one in enumerate(texts) if one in ("Home", "Staying at")]
        assert found == ([] if restricted else said)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (When(start="2026-06-01", text="1 Jun 2026"), "Open since 1 Jun 2026"),
        (
            When(start="2020-07-01", end="2020-12-31", text="1 Jul 2020 to 31 Dec 2020"),
            "Open since 1 Jul 2020, planned until 31 Dec 2020",
        ),
        (When(start="2021-10-13T16:20:00Z", end="2021-10-13T18:20:00Z", text="x"), "Open since 13 Oct 2021"),
        (When(), "Open, date not recorded"),
    ],
)
def test_what_is_open_says_since_when(when: When, words: str) -> None:
    assert open_words(msgspec.structs.replace(entry("referrals", "Referral", SURGERY).entry, when=when)) == words
