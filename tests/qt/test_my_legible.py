"""The person's own screens, every page in both ways of speaking: nothing cut, covered or without a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import records
from choosing import ChoosingWorkspace, own_screens
from conftest import Driver
from fake_vault import ROWS
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot
from test_dialogs_legible import scrolls
from test_every_screen import _lost
from test_legible import _cut, _unnamed

from consent.plain_choices import What, Who
from desktop.dialog_matrix import OWN, opened
from desktop.settings import Settings
from desktop.theme.tokens import look as look_of
from desktop.views.my_choices import MyChoices

LOOKS = [("light", 100, (1280, 800)), ("contrast", 100, (1280, 800)), ("dark", 200, (1440, 900))]


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    title = "Carer's assessment, with her mother's review"
    with own_screens(qtbot, settings, monkeypatch) as made:
        made.vault.caring = [records.entry("assessments", title, records.HOSPITAL, "2026-03-27")]
        yield made


def faults(screen: MyChoices) -> list[str]:
    return _cut(screen) + _unnamed(screen) + _lost(screen)


def fill(driver: Driver, screen: MyChoices, picture: Path) -> None:
    """Something under way on every page: a change, a report, a picture."""
    screen.who_page.pick(Who("role", "home-care"))
    screen.who_page.choose(What("category", "sexual-reproductive"), "off")
    driver.settle()
    pages = screen.pages
    screen.open_tab("words")
    driver.settle()
    pages["words"].pictures.take(picture)  # type: ignore[attr-defined]
    driver.settle()
    screen.open_tab("looked")
    driver.settle()
    ask = next(one for one in pages["looked"].findChildren(QAbstractButton) if "did not expect" in one.text())
    ask.click()
    driver.settle()


@pytest.mark.parametrize(("theme", "scale", "size"), LOOKS)
@pytest.mark.parametrize("role", ["person", "carer", "proxy"])
def test_every_page_is_legible(
    driver: Driver, tmp_path: Path, role: str, theme: str, scale: int, size: tuple[int, int]
) -> None:
    picture = tmp_path / "dog.png"
    image = QImage(600, 400, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    assert image.save(str(picture))
    driver.vault.role = role
    driver.window.resize(*size)
    driver.window.wear(theme, scale)
    driver.sign_in()
    driver.window.wear(theme, scale)
    driver.settle()
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    if role == "person":
        fill(driver, screen, picture)
    found: dict[str, list[str]] = {}
    for easy in (False, True):
        if easy:
            screen.toggle_easy()
            driver.settle()
        for tab in screen.tabs:
            screen.open_tab(tab)
            driver.settle()
            if wrong := faults(screen):
                found[f"{tab}{' in Easy Read' if easy else ''}"] = wrong
        if role == "person":
            screen.see_as(Who("role", "home-care"))
            driver.settle()
            if wrong := faults(screen):
                found[f"seen as{' in Easy Read' if easy else ''}"] = wrong
            screen.close_preview()
    assert found == {}


def test_no_column_is_wider_than_its_place(driver: Driver) -> None:
    """A scroll area that only scrolls down cuts what is wider, in silence."""
    driver.vault.role = "person"
    driver.window.resize(1440, 900)
    driver.sign_in()
    driver.settle()
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    for role in ("amhp", "childrens-social-worker"):
        screen.who_page.pick(Who("role", role))
        screen.who_page.choose(What("category", "sexual-reproductive"), "off")
        driver.settle()
        areas = screen.who_page._areas
        assert len(areas) == 3
        assert [area.widget().width() - area.viewport().width() for area in areas] == [0, 0, 0]


LONG = "Wilhelmina-Alexandrina Featherstonehaugh-Cholmondeley of Ashby-de-la-Zouch"


@pytest.mark.parametrize("role", ["person", "proxy"])
@pytest.mark.parametrize("size", [(1280, 800), (1440, 900)])
def test_a_long_name_is_shown_whole_also_with_large_words(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, role: str, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(ChoosingWorkspace, "people", lambda *_asked: [replace(ROWS[0], name=LONG)])
    driver.vault.role = role
    driver.window.resize(*size)
    driver.window.wear("light", 200)
    driver.sign_in()
    driver.settle()
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    found: dict[str, list[str]] = {}
    for tab in screen.tabs:
        screen.open_tab(tab)
        driver.settle()
        assert any(LONG in one.text().replace("\u200b", "") for one in screen.findChildren(QLabel) if one.isVisible())
        if wrong := faults(screen):
            found[tab] = wrong
    assert found == {}


@pytest.mark.parametrize(("easy", "least"), [(False, 5), (True, 10)])
def test_words_stand_clear_of_the_buttons_below_them(driver: Driver, easy: bool, least: int) -> None:
    driver.vault.role = "person"
    driver.sign_in()
    driver.settle()
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    if easy:
        screen.toggle_easy()
        driver.settle()
    for tab in ("who", "emergencies"):
        screen.open_tab(tab)
        driver.settle()
        page = screen.pages[tab]
        rows = [one for one in page.findChildren(QAbstractButton) if one.isVisible() and one.text().startswith("✓")]
        assert len(rows) > 5
        labels = [label for label in page.findChildren(QLabel) if label.isVisible() and label.text()]
        for one in rows:
            place = QRect(one.mapTo(page, QPoint()), one.size())
            above = [QRect(label.mapTo(page, QPoint()), label.size()) for label in labels]
            near = max(
                it.bottom() for it in above if it.bottom() < place.top() and it.left() < place.right() < it.right()
            )
            assert place.top() - near >= look_of().gap(least), (tab, one.text())


@pytest.mark.parametrize(("theme", "scale", "size"), LOOKS)
def test_every_dialog_is_legible_and_hides_nothing(
    driver: Driver, theme: str, scale: int, size: tuple[int, int]
) -> None:
    driver.vault.role = "person"
    driver.window.resize(*size)
    driver.sign_in()
    driver.window.wear(theme, scale)
    driver.settle()
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    found: dict[str, list[str]] = {}
    shown = set()
    for easy in (False, True):
        if easy:
            screen.toggle_easy()
            driver.settle()
        for name, opener in OWN.items():
            with opened(driver.window, driver.settle, opener) as front:
                if front is not None:
                    shown.add(name)
                if screen.seeing is not None:
                    shown.add(name)
                    if screen.seeing.screens_button is not None:  # in short first
                        screen.seeing.screens_button.click()
                        driver.settle()
                    seen = screen.seeing.person
                    room = seen.height() - seen.banner.height()
                    if room < look_of().px(120):
                        found[f"{name} {easy}"] = [f"{room} pixels are left of the record"]
                    screen.close_preview()
                elif front is not None and (wrong := _cut(front) + _unnamed(front) + _lost(front) + scrolls(front)):
                    found[f"{name} {easy}"] = wrong
    assert found == {}
    assert shown >= set(OWN) - {"own-day"}


def test_what_is_for_staff_alone_is_not_in_the_persons_menu(driver: Driver) -> None:
    driver.vault.role = "person"
    driver.sign_in()
    driver.settle()
    offered = [one.text() for one in driver.window._menus.menu.actions() if one.isVisible() and one.text()]
    assert "My choices" in offered
    assert not any("not shown" in words or "Add to the record" in words for words in offered)
