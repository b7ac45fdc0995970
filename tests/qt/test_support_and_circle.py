"""Who comes when, what it costs and who is involved: as the sources say, by week, with the working shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from conftest import Driver, flush
from PySide6.QtCore import Qt
from records import COMMUNITY, COUNCIL, GP, OWN, PERSON, entry, record

from consent.disclosure import DisclosedEntry, DisclosedRecord
from desktop.dialogs.share import ShareDialog
from desktop.models import support
from desktop.models.circle import members
from desktop.models.story import Story
from desktop.views.person import PersonView
from desktop.views.plugged.support import Support
from desktop.widgets.circle import CirclePicture
from desktop.widgets.row import EntryRow
from desktop.widgets.text import Card
from fhir.entries import Field, Source

CARE = (Field("Provided by", "Fenland Home Care"), Field("Social care visits", "Morning and bed"))


def _cost(title: str, unit: str, often: str, units: str, payer: str, source: Source = COUNCIL) -> DisclosedEntry:
    fields = (
        Field("Unit cost", unit),
        Field("Frequency", often),
        Field("Planned units a week", units),
        Field("Paid by", payer),
    )
    return entry("money", f"Cost of {title}", source, "2026-03-05", kind="care-cost", fields=fields, active=True)


ITEMS = [
    entry(
        "appointments",
        "Appointment: Leg dressing",
        COMMUNITY,
        "2026-11-23T10:15:00Z",
        active=True,
        author="Sister Webb",
    ),
    entry("appointments", "Appointment: Memory clinic", COMMUNITY, "2026-12-03", active=True),
    entry("appointments", "Appointment: Hearing test", COMMUNITY, "2026-11", active=True),
    entry("contacts", "Home visit", COMMUNITY, "2026-11-19T10:15:00Z", kind="contact", detail="Leg dressing"),
    entry("contacts", "Message: Daily care note", COUNCIL, "2026-11-20T20:05:00Z", kind="message"),
    entry("services", "Home care", COUNCIL, "2026-03-05", ongoing=True, active=True, fields=CARE),
    entry("services", "Day centre", COUNCIL, "2023-01-01", end="2024-01-01", active=False),
    _cost("Home care", "£23.1", "Hourly", "14.0", "Council"),
    _cost("Pendant", "£5.2", "Weekly", "1.0", "Self"),
    _cost("Grant", "£900", "Once", "", "Council"),
    entry(
        "care-plan", "Walk to the window each day", COUNCIL, "2026-03-05", kind="goal", value="Improving", active=True
    ),
    entry(
        "care-plan",
        "Care plan",
        COUNCIL,
        "2026-03-05",
        ongoing=True,
        kind="plan",
        active=True,
        fields=(Field("Activity", "Cooked lunch, every day"),),
    ),
    entry("assessments", "Care and support review", COUNCIL, "2026-11-25", kind="review", active=True),
    entry("assessments", "NEWS2 score", COUNCIL, "2026-11-12", kind="score", value="1"),
    entry("actions", "Repeat kidney function", GP, "2026-11-18", kind="task", status="requested", active=True),
    entry(
        "personal-contacts", "Ruth Ellison, Daughter, Next of Kin, Attorney", COUNCIL, active=True, value="07700 900123"
    ),
    entry("personal-contacts", "Mrs Ruth ELLISON", OWN, active=True, fields=(Field("Relationship", "Daughter"),)),
    entry("personal-contacts", "Dennis Marsh, Neighbour", COUNCIL, active=True),
    entry("professional-contacts", "Dr Anita Patel, Registered GP", GP, active=True),
    entry("professional-contacts", "Sister Old Timer, District nurse", GP, active=False),
]


def test_a_visit_stands_in_a_day_only_where_its_day_is_known() -> None:
    story = Story(record(ITEMS))  # type: ignore[arg-type]
    days = support.week(story, date(2026, 11, 16))
    assert [(visit.clock, visit.item.entry.title) for visit in days[date(2026, 11, 19)]] == [("10:15", "Home visit")]
    assert sum(map(len, days.values())) == 1, "a message is no visit, and a month is no day"
    assert [visit.item.entry.title for visit in support.next_visits(story)] == [
        "Appointment: Leg dressing",
        "Care and support review",
        "Appointment: Memory clinic",
    ]


def test_the_week_begins_where_something_still_comes() -> None:
    assert support.first_week(Story(record(ITEMS))) == date(2026, 11, 23)  # type: ignore[arg-type]
    assert support.first_week(Story(record([]))) == date(2026, 11, 16)


def opened(driver: Driver, shown: DisclosedRecord, page: str = "") -> PersonView:
    """This record in the window, at a page."""
    driver.vault.records = {PERSON: shown}
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    if page:
        view.open_page(page)
        flush()
    return view


def test_a_cost_is_worked_out_only_where_its_frequency_is_known() -> None:
    found = support.costs(Story(record(ITEMS)))  # type: ignore[arg-type]
    assert support.weekly_total(found) == {"Council": Decimal("323.40"), "Self": Decimal("5.20")}
    assert next(cost for cost in found if "Grant" in cost.item.entry.title).week is None


def test_a_weekly_cost_is_the_same_here_and_over_time_and_a_refund_is_told_not_counted() -> None:
    items = [
        _cost("Meals", "£30", "Weekly", "7", "Council"),
        _cost("Day centre", "£55", "Daily", "2", "Council"),
        _cost("Rent", "£520", "Monthly", "", "Council"),
        _cost("Taxi", "£-45.00", "Weekly", "", "Council"),
    ]
    found = support.costs(Story(record(items)))  # type: ignore[arg-type]
    assert support.weekly_total(found) == {"Council": Decimal("30") + Decimal("110.00") + Decimal("120.00")}
    assert [cost.working for cost in found if cost.week is None] == [
        "£-45.00 a week: less than nothing, so not counted"
    ]


def test_what_several_sources_say_a_service_costs_counts_once() -> None:
    """Two lines of one source are care by two people at once: both count."""
    ours, theirs = (
        ("Calls (7 hours a week)", "£20", "Hourly", "7", "Council"),
        ("Calls", "£20", "Hourly", "7", "Council"),
    )
    other = msgspec.structs.replace(COUNCIL, name="Council 999", key="999")
    twice = [_cost(*ours), _cost(*ours), _cost(*theirs, source=other)]
    assert support.weekly_total(support.costs(Story(record(twice)))) == {"Council": Decimal(280)}
    assert support.weekly_total(support.costs(Story(record(twice[1:])))) == {"Council": Decimal(140)}


def test_the_page_shows_the_week_and_goes_on(driver: Driver) -> None:
    view = opened(driver, record(ITEMS), "support")  # type: ignore[arg-type]
    seen = driver.texts()
    for words in (
        "Monday 23 Nov 2026, 10:15 (in 2 days)",
        "Sister Webb",
        "Fenland Home Care · Morning and bed",
        "£23.10 an hour × 14 hours a week = £323.40 a week",
        "Council: £323.40 a week in all",
        "Cooked lunch, every day",
        "Due 25 Nov 2026",
        "asked 3 days ago",
        "Improving",
    ):
        assert words in seen, words
    page = view.pages.currentWidget()
    assert isinstance(page, Support)
    page.go(-7)
    flush()
    assert "16 Nov to 22 Nov 2026: 1 visit or event" in driver.texts()
    driver.window.lock()
    assert page._story is None


HOURS = (Field("Social care planned hours", "14 hours a week"), Field("Social care funding", "Council"))
CALLS = entry("services", "Calls", COUNCIL, "2026-03-05", kind="package", ongoing=True, active=True, fields=HOURS)


def test_a_cost_that_may_be_kept_from_the_reader_is_not_said_to_be_missing(driver: Driver) -> None:
    opened(driver, record([CALLS], states={"money": "nothing-shown"}), "support-over-time")
    seen = driver.texts()
    assert "Nothing here is shown to you. That does not mean that there is nothing." in seen
    assert "Council: 14 hours" in seen
    for words in ("cost not recorded", "cost a week not recorded", "Not recorded"):
        assert words not in seen, "it may be recorded"


def test_a_cost_that_no_source_gives_is_said_to_be_missing_where_costs_are_shown(driver: Driver) -> None:
    shown = record([CALLS, _cost("Pendant", "£5.2", "Weekly", "1.0", "Self")])  # type: ignore[list-item]
    opened(driver, shown, "support-over-time")
    for words in ("Council: 14 hours, cost not recorded", "Calls: cost a week not recorded"):
        assert words in driver.texts()


@pytest.mark.parametrize(
    ("as_at", "died", "words"),
    [
        ("2026-09-30", "", "14 hours as at 30 Sep 2026"),
        ("", "", "14 hours now"),
        ("", "2026-10-02", "14 hours on 2 Oct 2026"),
        ("2026-09-30", "2026-09-10", "14 hours on 10 Sep 2026"),
    ],
)
def test_what_support_comes_to_is_as_at_the_extract_and_not_now_or_after_death(
    driver: Driver, as_at: str, died: str, words: str
) -> None:
    told = {"kind": "package", "ongoing": True, "active": True, "fields": HOURS}
    shown = record([entry("services", "Calls", COUNCIL, "2026-03-05", as_at=as_at, **told)])
    identity = msgspec.structs.replace(shown.banner.identity, deceased=died)
    opened(driver, replace(shown, banner=replace(shown.banner, identity=identity)), "support-over-time")
    assert words in driver.texts()
    assert ("14 hours now" in driver.texts()) is (words == "14 hours now")


def test_one_name_is_one_member_with_every_source(driver: Driver) -> None:
    found = members(Story(record(ITEMS)))  # type: ignore[arg-type]
    assert [(one.name, one.ring) for one in found] == [
        ("Ruth Ellison", "close"),
        ("Dennis Marsh", "close"),
        ("Dr Anita Patel", "professional"),
    ]
    ruth = found[0]
    assert {"next of kin", "attorney"} <= set(ruth.marks)
    assert len(ruth.items) == 2
    assert ruth.ways == ("07700 900123",)


def test_the_circle_is_reached_by_keys_and_opens_who_is_picked(driver: Driver) -> None:
    view = opened(driver, record(ITEMS), "circle")  # type: ignore[arg-type]
    picture = view.findChild(CirclePicture)
    assert picture is not None
    picture.setFocus()
    assert "Ruth Ellison" in picture.accessibleDescription()
    driver.qtbot.keyClick(picture, Qt.Key.Key_Right)
    assert "Dennis Marsh" in picture.accessibleDescription()
    driver.qtbot.keyClick(picture, Qt.Key.Key_Return)
    assert view.detail.isVisible()
    assert view.detail.accessibleDescription() == "Dennis Marsh, Neighbour"


def test_nobody_shown_is_said_as_the_section_says_it(driver: Driver) -> None:
    opened(driver, record([], states={"personal-contacts": "nothing-shown"}), "circle")

    assert "That does not mean that there is nothing." in driver.texts()


def test_only_plans_that_hold_say_whom_to_ring(driver: Driver) -> None:
    ended = entry("contingency", "Ring the old day centre", COUNCIL, "2023-01-01", end="2024-01-01", active=False)
    now = entry("contingency", "If Ruth cannot come", COUNCIL, "2026-04-08", active=True, detail="Ring 01632 960150")
    view = opened(driver, record([*ITEMS, ended, now]), "circle")  # type: ignore[list-item]
    driver.settle()
    (card,) = [one for one in view.findChildren(Card) if one.accessibleName() == "If plans fail"]
    assert card.isVisible()
    assert "Ring 01632 960150" in driver.texts()
    assert "old day centre" not in driver.texts()
    driver.window.show_person(record([*ITEMS, ended]), "circle")  # type: ignore[list-item]
    driver.settle()
    assert not [one for one in driver.window.findChildren(Card) if one.accessibleName() == "If plans fail"]


def test_the_family_stands_in_a_narrow_picture_too(driver: Driver) -> None:
    view = opened(driver, record(ITEMS))  # type: ignore[arg-type]
    found = [one.name for one in members(view.story)]
    picture = CirclePicture("Margaret", members(view.story))
    picture.resize(400, 430)
    picture.grab()
    shown = {found[number] for number, _rect in picture._rects}
    assert {"Ruth Ellison", "Dennis Marsh"} <= shown
    assert not any(
        one.intersects(other) for _, one in picture._rects for _, other in picture._rects if one is not other
    )


def test_an_empty_timeline_has_no_picture_and_counts_nothing(driver: Driver) -> None:
    view = opened(driver, record([], states={"contacts": "failed"}), "timeline")
    assert not view.timeline.picture.isVisible()
    assert "0 entries" not in driver.texts()
    assert "could not be read" in driver.texts()


def test_the_list_of_the_timeline_follows_the_days_of_its_picture_where_that_is_asked_for(driver: Driver) -> None:
    view = opened(driver, record(ITEMS), "timeline")  # type: ignore[arg-type]
    driver.settle()
    timeline = view.timeline
    every = timeline.model.rowCount()
    last = timeline._spans.buttons()[-1]
    last.click()
    assert timeline.model.rowCount() == every, "the picture alone does not narrow the list"
    timeline.only_days.click()
    first = date.fromordinal(timeline.picture.days()[0])
    listed = [timeline.model.item(timeline.model.index(row, 0)).entry for row in range(timeline.model.rowCount())]
    assert 0 < len(listed) < every
    assert "Day centre" not in [one.title for one in listed], "it ended before these days"
    assert "Home care" in [one.title for one in listed], "it goes on in them"
    assert timeline.filters().days == timeline.picture.days()
    timeline._spans.buttons()[0].click()
    driver.qtbot.waitUntil(lambda: timeline.model.rowCount() == every)
    assert date.fromordinal(timeline.picture.days()[0]) < first
    last.click()
    driver.qtbot.waitUntil(lambda: timeline.model.rowCount() == len(listed))
    timeline.only_days.click()
    assert timeline.model.rowCount() == every


def test_the_list_follows_a_picture_that_reaches_the_last_day_there_is(driver: Driver) -> None:
    """An end of 31 December 9999 is how some systems write that no end is known."""
    item = entry("services", "Careline", COUNCIL, "2020-01-01", end="9999-12-31")
    view = opened(driver, record([item]), "timeline")
    driver.settle()
    timeline = view.timeline
    timeline.picture.setFocus()
    for _step in range(24):
        driver.qtbot.keyClick(timeline.picture, Qt.Key.Key_Minus)
    timeline.only_days.click()
    driver.settle()
    assert timeline.filters().days == (timeline.picture.days()[0], date.max.toordinal())
    assert timeline.model.rowCount() == 1
    timeline.print_button.click()
    dialog = driver.window.dialogs()[-1]
    assert isinstance(dialog, ShareDialog)
    assert "to 31 Dec 9999" in dialog.listed.text()


BUDGETS = [
    entry("money", "Personal budget", COUNCIL, "2025-04-01", kind="personal-budget", value="£9,100 a year"),
    entry("money", "Personal budget", COUNCIL, "2026-04-01", kind="personal-budget", value="£9,880 a year"),
    entry("money", "Personal budget", GP, "2024", kind="personal-budget", value="£200 a week"),
]


def test_the_newest_personal_budget_of_each_source_is_told_with_its_date_and_source() -> None:
    found = support.budgets(Story(record(BUDGETS)))
    assert [support.budget_words(item.entry) for item in found] == [
        ("Personal budget: £9,880 a year", "recorded 1 Apr 2026 · Thornbury Council"),
        ("Personal budget: £200 a week", "recorded 2024 · Mill Surgery"),
    ]


@pytest.mark.parametrize("page", ["overview", "support"])
def test_a_personal_budget_stands_where_support_is_told(driver: Driver, page: str) -> None:
    shown = record([*ITEMS, *BUDGETS])  # type: ignore[list-item]
    view = opened(driver, shown, page)
    driver.settle()
    told = [row for row in view.findChildren(EntryRow) if row.isVisible() and "£9,880" in row.accessibleName()]
    assert [row.accessibleName() for row in told] == [
        "Personal budget: £9,880 a year, recorded 1 Apr 2026 · Thornbury Council, source Thornbury Council"
    ]
    assert "£9,100" not in driver.texts()
    told[0].click()
    assert view.detail.isVisible()


@pytest.mark.parametrize("kind", ["list", "list-warning", "category", "topic"])
def test_a_heading_or_a_list_of_consultations_is_no_visit_and_no_event(kind: str) -> None:
    listed = entry("contacts", "List of consultations", GP, "2026-11-20T22:15:00Z", kind=kind)
    story = Story(record([*ITEMS, listed]))  # type: ignore[list-item]
    told = [visit.item for visits in support.week(story, date(2026, 11, 16)).values() for visit in visits]
    assert listed not in told
    assert listed not in support.next_visits(story)
    if kind.startswith("list"):
        assert listed not in story.recent()


def test_a_week_in_which_nothing_is_shown_counts_nothing(driver: Driver) -> None:
    driver.vault.records = {PERSON: record([])}
    driver.sign_in()
    driver.open()
    assert driver.window.person is not None
    driver.window.person.open_page("support")
    flush()
    assert "22 Nov 2026: nothing shown" in driver.texts()
    assert "0 visits" not in driver.texts(), "there may be some that are not shown"
