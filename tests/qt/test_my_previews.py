"""Seeing as others see, in the person's own screens: framed, in Easy Read too, and nothing is done by looking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from choosing import open_choices, own_screens, press, workspace
from conftest import Driver
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from consent.plain_choices import Who
from desktop.dialogs.nights import NightsDialog
from desktop.settings import Settings
from desktop.views.timeline import Timeline
from desktop.widgets.pictures import Picture

HOME_CARE = Who("role", "home-care")


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    with own_screens(qtbot, settings, monkeypatch) as made:
        yield made


def test_what_is_not_saved_is_seen_as_a_worker_would_see_it(driver: Driver) -> None:
    """Framed as such; beside it the way it is now; and nothing is saved by looking."""
    open_choices(driver)
    press(driver, "Home care workers")
    press(driver, "Home care workers, Sexual and reproductive health: Hidden")

    def shown() -> list[str]:
        return [item.entry.title for item in driver.window.screens.currentWidget().seeing.person.story.dated()]

    press(driver, "See as home care workers: With this change")
    assert "You are looking as home care workers would after your change. It is not saved yet." in driver.texts()
    assert "Doxycycline" not in shown()
    press(driver, "Close the preview")
    press(driver, "See as home care workers: As it is now")
    assert "not saved yet" not in driver.window.screens.currentWidget().seeing.findChildren(QWidget)[0].accessibleName()
    assert "Doxycycline" in shown()
    press(driver, "Close the preview")
    assert workspace(driver).saves == []


def test_a_preview_in_easy_read_says_first_how_much_they_see(driver: Driver) -> None:
    screen = open_choices(driver)
    screen.toggle_easy()
    driver.settle()
    screen.see_as(HOME_CARE)
    driver.settle()
    said = driver.texts()
    assert "Sex and having babies: 1 thing" in said
    assert "Police and courts: nothing here" in said
    assert "Doxycycline" not in said, "the screens come when they are asked for"
    assert len([one for one in screen.seeing.findChildren(Picture) if one.isVisible()]) > 10
    press(driver, "Show their screens")
    assert screen.seeing.person.isVisible()
    assert "Sex and having babies: 1 thing" not in driver.texts()
    press(driver, "Close")
    assert screen.seeing is None


def test_nothing_can_be_printed_from_a_preview(driver: Driver) -> None:
    """What would be printed is the reader's own record, and not what the preview shows."""
    open_choices(driver)
    press(driver, "Home care workers")
    press(driver, "See as home care workers")
    person = driver.window.screens.currentWidget().seeing.person
    person.open_page("timeline")
    driver.settle()
    (timeline,) = person.findChildren(Timeline)
    assert timeline.model.rowCount()
    assert not timeline.print_button.isVisible()
    timeline.print_button.click()
    assert driver.window.dialogs() == []


def test_what_a_preview_offers_does_something(driver: Driver) -> None:
    open_choices(driver)
    press(driver, "Home care workers")
    press(driver, "See as home care workers")
    person = driver.window.screens.currentWidget().seeing.person
    driver.settle()
    (counted,) = [one for one in person.findChildren(QAbstractButton) if one.text() == "How this is counted"]
    counted.click()
    assert isinstance(driver.window.dialogs()[-1], NightsDialog)
    driver.window.dialogs()[-1].reject()
    person.open_entry(person.story.dated()[0].entry.entry_id)
    driver.settle()
    assert person.detail.isVisible()
    assert "Show the original" not in driver.texts(), "it is of the record of whoever looks"
