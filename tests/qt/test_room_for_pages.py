"""Pages of the person's own screens keep room for what stands on them, however large the words are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from choosing import own_screens
from conftest import Driver
from keyboard import Keys
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu
from pytestqt.qtbot import QtBot

from consent.plain_choices import What
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    with own_screens(qtbot, settings, monkeypatch) as made:
        yield made


def in_sight(screen: MyChoices) -> set[str]:
    return {one.accessibleName() for one in screen.findChildren(QAbstractButton) if one.isVisible()}


def comes(driver: Driver, role: str, scale: int, *, easy: bool) -> MyChoices:
    driver.vault.role = role
    driver.window.resize(1280, 800)
    driver.sign_in()
    driver.window.wear("light", scale)
    driver.settle()
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    if easy:
        screen.toggle_easy()
        driver.settle()
    return screen


@pytest.mark.parametrize("easy", [False, True], ids=["ordinary", "easy"])
@pytest.mark.parametrize("scale", [100, 200])
@pytest.mark.parametrize("role", ["person", "proxy"])
def test_more_than_half_of_the_screen_is_the_page(driver: Driver, role: str, scale: int, easy: bool) -> None:
    screen = comes(driver, role, scale, easy=easy)
    for key, page in screen.pages.items():
        screen.open_tab(key)
        driver.settle()
        assert page.height() > screen.height() / 2, key


def test_folded_pages_are_reached_by_keyboard_and_unfold_where_there_is_room(driver: Driver) -> None:
    screen = comes(driver, "person", 200, easy=True)
    assert "Take my record" not in in_sight(screen)
    assert screen._tabs is not None
    menu = screen._tabs.other.menu()
    assert isinstance(menu, QMenu)
    Keys(driver.window, driver.qtbot, {}).menu("Take my record", of="Other pages")
    assert screen.tab == "take"
    assert "Anyone with the copy can read it." in driver.texts()
    assert "Take my record" in driver.texts()
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["Take my record"]
    driver.window.wear("light", 100)
    driver.settle()
    again = driver.window.screens.currentWidget()
    assert isinstance(again, MyChoices)
    assert {"Take my record", "Emergencies"} <= in_sight(again)


def test_the_one_key_hides_everything_from_the_list_of_pages(driver: Driver) -> None:
    screen = comes(driver, "person", 200, easy=True)
    assert screen._tabs is not None
    menu = screen._tabs.other.menu()
    assert isinstance(menu, QMenu)
    menu.popup(screen.mapToGlobal(screen.rect().center()))
    assert QApplication.activePopupWidget() is menu
    driver.qtbot.keyClick(menu, Qt.Key.Key_Escape)
    driver.settle()
    assert driver.window.session.user is None


def test_the_way_to_what_would_change_takes_no_room_where_one_is_there(driver: Driver) -> None:
    screen = comes(driver, "person", 200, easy=True)
    page = screen.who_page
    page.choose(What("category", "money"), "off")
    driver.settle()
    assert page.footer.isVisible(), "what was pressed is far above what it leads to"
    page._show_panel()
    driver.settle()
    assert not page.footer.isVisible()
    page._areas[0].verticalScrollBar().setValue(0)
    assert page.footer.isVisible()
