"""A view plugs itself in by one module: its line, its page, its button, its key; nothing of a person stays."""

from __future__ import annotations

import pytest
from conftest import Driver, flush
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.models.story import Story
from desktop.reports import UserRow
from desktop.views import detail, menus, person, plugs, window
from desktop.views.plugs import (
    ActionKind,
    CommandKind,
    Page,
    PageKind,
    Plugged,
    Screen,
    ScreenKind,
    Shell,
    Strip,
    StripKind,
)
from desktop.widgets.text import Text, button


class Letters(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.said = Text("")
        column = QVBoxLayout(self)
        column.addWidget(self.said)
        column.addWidget(button("Go to the timeline", "", lambda: self.page.emit("timeline")))

    def show_story(self, story: Story, key: str) -> None:
        self.said.setText(f"{key} of {story.called()}")

    def clear(self) -> None:
        self.said.setText("")


class Clock(Strip):
    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.said = Text("")
        QVBoxLayout(self).addWidget(self.said)

    def show_story(self, story: Story) -> None:
        self.said.setText("Emergency access: 14 minutes left")

    def clear(self) -> None:
        self.said.setText("")


class Desk(Screen):
    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.said = Text("")
        QVBoxLayout(self).addWidget(self.said)

    def start(self) -> None:
        self.said.setText("Nothing to review")

    def clear(self) -> None:
        self.said.setText("")


acted: list[str] = []


def _nurses(user: UserRow) -> bool:
    return user.role == "nurse"


PLUGGED = Plugged(
    pages=(
        PageKind("letters", "Letters", "record", Letters, count=lambda story: 7),
        PageKind("medicines", "Medicines", "health", Letters),
    ),
    strips=(StripKind("clock", Clock),),
    actions=(
        ActionKind(
            "open",
            "Show the letter",
            lambda item: item.entry.section == "documents",
            lambda shell, item: acted.append(item.entry.title),
        ),
    ),
    screens=(ScreenKind("desk", "Review desk", Desk, _nurses, "Ctrl+Shift+D"),),
    commands=(CommandKind("note", "Write a note", lambda shell: acted.append("note"), "Ctrl+N"),),
)


@pytest.fixture(autouse=True)
def plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    acted.clear()
    for module in (person, detail, menus, window):
        monkeypatch.setattr(module, "plugged", lambda: PLUGGED)


def test_a_page_has_its_line_and_one_may_stand_in_for_a_section(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    rows = {row.page: (row.name, row.count) for row in view.navigation.pages._rows}
    assert rows["letters"] == ("Letters", 7)
    view.open_page("letters")
    assert "letters of Peggy" in driver.texts()
    view.open_page("medicines")
    assert "medicines of Peggy" in driver.texts()
    next(found for found in view.findChildren(QWidget) if found.accessibleName() == "Go to the timeline").click()  # type: ignore[attr-defined]
    assert view.page == "timeline"


def test_a_strip_stands_under_the_banner(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    assert "Emergency access: 14 minutes left" in driver.texts()


def test_an_entry_offers_what_can_be_done_with_it(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    view.open_entry(view.story.entries("vaccinations")[0].entry.entry_id)
    assert "Show the letter" not in driver.texts()
    view.open_entry(view.story.entries("documents")[0].entry.entry_id)
    flush()
    found = [child for child in view.detail.findChildren(QWidget) if child.accessibleName() == "Show the letter"]
    found[-1].click()  # type: ignore[attr-defined]
    assert acted == ["Discharge letter"]


def test_keys_work_where_they_make_sense(driver: Driver) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    driver.sign_in()
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_N, control)
    assert acted == [], "no record is open"
    driver.open()
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_N, control)
    assert acted == ["note"]
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_D, control | Qt.KeyboardModifier.ShiftModifier)
    assert "Nothing to review" in driver.texts()
    assert driver.window.person is None
    driver.window.lock()
    assert "Nothing to review" not in driver.texts()


def test_a_screen_is_only_for_whom_it_is_meant(driver: Driver) -> None:
    driver.sign_in("Ben")
    driver.window.show_screen("desk")
    assert "Nothing to review" not in driver.texts()


def test_nothing_plugged_keeps_a_word_of_the_person(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    view.open_page("letters")
    said = [found.said for found in view.findChildren(Letters)] + [found.said for found in view.findChildren(Clock)]
    assert all(one.text() for one in said)
    driver.window.lock()
    assert not any(one.text() for one in said)


def test_two_of_one_key_are_refused_at_once() -> None:
    kind = StripKind("clock", Clock)
    with pytest.raises(ValueError, match="clock"):
        plugs.ordered([kind, kind])


def test_what_is_in_the_folder_is_found() -> None:
    plugs.plugged.cache_clear()
    assert isinstance(plugs.plugged(), Plugged)
