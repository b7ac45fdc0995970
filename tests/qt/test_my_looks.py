"""Who has looked, in the person's own screens: found, reached, reported, and said where it cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from choosing import NOW, ChoosingWorkspace, Event, open_choices, own_screens, press, workspace
from conftest import Driver, words_of
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from desktop.models.looks import looks_of
from desktop.settings import Settings
from desktop.views import my_looked
from desktop.views.my_looked import LookedPage
from fhir.entries import PersonId


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    with own_screens(qtbot, settings, monkeypatch) as made:
        yield made


def test_who_has_looked_is_found_by_name_and_flag(driver: Driver, tmp_path: Path) -> None:
    screen = open_choices(driver)
    press(driver, "Who has looked")
    assert "Karen Webb" in driver.texts()
    press(driver, "Refused")
    assert "Tried to look, and was refused" in driver.texts()
    assert "Karen Webb" not in driver.texts()
    press(driver, "Refused")
    press(driver, "Emergency")
    assert "found on the floor" in driver.texts()
    press(driver, "Emergency")
    driver.qtbot.keyClicks(screen.pages["looked"].search, "fenland")
    driver.settle()
    assert "Dawn Pryce" in driver.texts()
    assert "Karen Webb" not in driver.texts()
    screen.pages["looked"].keep_receipt(tmp_path / "receipt.json")
    driver.settle()
    assert (tmp_path / "receipt.json").exists()


def test_refused_and_emergency_looks_stand_first_and_ones_own_last(driver: Driver) -> None:
    driver.vault.role = "person"
    driver.sign_in()
    driver.settle()
    press(driver, "Who has looked")
    page = driver.window.screens.currentWidget().pages["looked"]
    said = words_of(page) + "".join(words_of(one) for one in page.findChildren(QLabel) if one.isVisible())
    order = [
        *("Refused, or in an emergency  ·  2 looks", "Mei Ng", "Sam Okoro"),
        *("Others who looked  ·  ", "Karen Webb", "Dawn Pryce"),
    ]
    places = [said.find(words) for words in order]
    assert places == sorted(places), said
    assert places[0] > 0
    press(driver, "Refused")
    assert "Refused, or in an emergency" not in driver.texts(), "one list needs no heading"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("Family court asks for it", "Asked to open it because the law allows that"),
        ("", "Agreed that somebody may open it because the law allows that"),
    ],
)
def test_what_the_law_opened_is_told_as_no_emergency(driver: Driver, reason: str, said: str) -> None:
    line = Event(9, NOW.isoformat(), "Howard", "custodian", "Record Office", "override", purpose="", reason=reason)
    told = looks_of([(line, ())])
    assert not told.emergency
    open_choices(driver)
    page = driver.window.screens.currentWidget().pages["looked"]
    assert page._what(told) == said


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("see-as", "home-care Fenland"),
        ("contribution", "added QuestionnaireResponse"),
        ("refused", "MandateRenewed"),
        ("refused", "access log"),
    ],
)
def test_no_word_of_the_program_is_told_as_what_somebody_said(kind: str, reason: str) -> None:
    told = looks_of([(Event(1, NOW.isoformat(), "Karen Webb", "nurse", "", kind, purpose="", reason=reason), ())])
    assert told.reason == ""


def test_every_look_can_be_reached_however_many_there_are(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(my_looked, "MOST", 2)
    open_choices(driver)
    press(driver, "Who has looked")
    assert "5 looks" in driver.texts()
    assert "Anita Patel" not in driver.texts()
    press(driver, "Show more (3)")
    press(driver, "Show more (1)")
    assert "Anita Patel" in driver.texts()
    assert "Show more" not in driver.texts()


def test_the_keyboard_goes_on_with_the_first_look_that_came(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(my_looked, "MOST", 2)
    driver.vault.role = "person"
    driver.sign_in()
    driver.settle()
    press(driver, "Who has looked")
    screen = driver.window.screens.currentWidget()
    for words, first in (("Show more (3)", "Karen Webb"), ("Show more (1)", "Anita Patel")):
        (more,) = [one for one in screen.findChildren(QAbstractButton) if one.isVisible() and one.text() == words]
        more.setFocus()
        driver.qtbot.keyClick(more, Qt.Key.Key_Space)
        driver.settle()
        at = driver.window.focusWidget()
        assert at is not None
        assert first in at.accessibleName()


def test_a_look_that_was_not_expected_is_reported_with_words_or_none(driver: Driver) -> None:
    driver.vault.role = "person"
    driver.sign_in()
    driver.settle()
    press(driver, "Who has looked")
    press(driver, "By kind of information")
    assert "Mental health  ·  1 look" in driver.texts()
    press(driver, "By organisation")
    assert "Fenland Home Care  ·  1 look" in driver.texts()
    press(driver, "Newest first")
    page = driver.window.screens.currentWidget().pages["looked"]
    driver.qtbot.keyClicks(page.search, "dawn")
    driver.settle()
    ask = next(one for one in page.findChildren(QAbstractButton) if one.accessibleName().startswith("I did not expect"))
    ask.click()
    driver.settle()
    assert "Whoever looked is not told that you asked." in driver.texts()
    driver.qtbot.keyClicks(page._form.words, "She is my neighbour")
    driver.window.lock()
    driver.settle()

    driver.sign_in()
    driver.settle()
    press(driver, "Who has looked")
    page = driver.window.screens.currentWidget().pages["looked"]
    assert page._form.words.toPlainText() == "She is my neighbour"
    press(driver, "Tell the privacy office")
    (report,) = workspace(driver).reports
    assert (report.who, report.words) == ("Dawn Pryce", "She is my neighbour")
    assert "You asked about this. You get an answer by 21 Dec 2026." in driver.texts()
    press(driver, "I asked about it")
    assert "Dawn Pryce" in driver.texts()
    assert "Karen Webb" not in driver.texts()
    assert not any(driver.vault.drafts.values())


def test_a_look_at_several_records_of_one_person_is_one_look(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    log = ChoosingWorkspace.log

    def lines(vault: ChoosingWorkspace, person: PersonId) -> list[Event]:
        told = log(vault, person)
        (one,) = [event for event in told if event.name == "Dawn Pryce"]
        of_others = [replace(one, number=one.number + 100 * n, person=f"other{n}") for n in (1, 2)]
        return [*told, *of_others, replace(one, number=one.number + 300)]

    monkeypatch.setattr(ChoosingWorkspace, "log", lines)
    driver.vault.role = "person"
    driver.sign_in()
    driver.settle()
    press(driver, "Who has looked")
    page = driver.window.screens.currentWidget().pages["looked"]
    driver.qtbot.keyClicks(page.search, "dawn")
    driver.settle()
    assert "2 looks" in driver.texts(), "the second is at the same record, so it is another"
    assert "6 items shown" in driver.texts()
    assert "2 items shown" in driver.texts()


def ask_about_dawn(driver: Driver) -> LookedPage:
    """The person on the page, with words about one look that are not sent."""
    driver.vault.role = "person"
    driver.sign_in()
    driver.settle()
    press(driver, "Who has looked")
    page: LookedPage = driver.window.screens.currentWidget().pages["looked"]
    driver.qtbot.keyClicks(page.search, "dawn")
    driver.settle()
    next(
        one for one in page.findChildren(QAbstractButton) if one.accessibleName().startswith("I did not expect")
    ).click()
    driver.settle()
    form = page._form
    assert form is not None
    driver.qtbot.keyClicks(form.words, "She is my neighbour")
    return page


def send(page: LookedPage) -> QAbstractButton:
    (found,) = [one for one in page.findChildren(QAbstractButton) if one.text() == "Tell the privacy office"]
    return found


def test_a_report_is_sent_once_however_often_it_is_pressed(driver: Driver) -> None:
    page = ask_about_dawn(driver)
    told = send(page)
    told.click()
    told.click()
    driver.settle()
    assert [one.words for one in workspace(driver).reports] == ["She is my neighbour"]


def test_a_report_sent_just_before_the_lock_is_not_there_to_be_sent_again(driver: Driver) -> None:
    page = ask_about_dawn(driver)
    page.keep()
    driver.settle()
    vault, (number, words) = workspace(driver), page._asking or (0, "")
    vault.report_unexpected(page._desk.someone.person, number, words)  # of which the page has not heard
    driver.window.lock()
    driver.settle()

    driver.sign_in()
    driver.settle()
    workspace(driver).reports += vault.reports
    press(driver, "Who has looked")
    assert "You asked about this. You get an answer by 21 Dec 2026." in driver.texts()
    assert "Tell the privacy office" not in driver.texts()
    assert not any(driver.vault.drafts.values())


def test_nobody_else_reports_from_this_page_and_nothing_of_ones_own(driver: Driver) -> None:
    open_choices(driver)
    press(driver, "Who has looked")
    assert "Karen Webb" in driver.texts()
    assert "I did not expect this" not in driver.texts()


def test_a_log_that_is_not_open_to_the_helper_says_who_can_show_it(driver: Driver) -> None:
    driver.vault.refuse_log = True
    open_choices(driver)
    press(driver, "Who has looked")
    assert "The privacy office can show it to you or print it" in driver.texts()


@pytest.mark.parametrize(("role", "page"), [("person", "Who has looked"), ("proxy", "When you looked")])
def test_a_list_of_looks_that_can_not_be_read_is_a_failure_and_not_closed(driver: Driver, role: str, page: str) -> None:
    driver.vault.role, driver.vault.refuse_log = role, True
    driver.sign_in()
    driver.settle()
    press(driver, page)
    assert "That did not work: Only the privacy office can read the access log." in driver.texts()
    assert "not open to whoever is signed in" not in driver.texts()
