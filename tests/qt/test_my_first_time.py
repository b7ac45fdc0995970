"""Somebody alone who has never seen the program, on a real vault, from their first screen: with the mouse, each click
counted and aimed at what is in sight."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from conftest import finish, window_on, words_of
from own import HIDDEN, HIDE_LETTERS, HOME_CARE, LETTERS, PASSPHRASES, SEXUAL, choices, given_to
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from consent.plain_consents import from_consents
from desktop.demo.run import AS_OF
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices
from desktop.views.my_writing import JoinedPage
from desktop.views.window import Window

MOST = 12


class Mouse:
    """A window and a hand with a mouse, which hits only what is in sight and not covered."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        self.clicks: list[str] = []

    def settle(self) -> None:
        """Wait until nothing is under way."""
        finish(self.window, self.qtbot)

    def click(self, name: str) -> None:
        """Click on the one control with this accessible name; turning a page's wheel to it first is no click."""
        found = [
            one
            for one in self.window.findChildren(QAbstractButton)
            if one.isVisible() and one.isEnabled() and one.accessibleName() == name
        ]
        assert len(found) == 1, (name, self.texts())
        at: QWidget | None = found[0]
        while at is not None:
            at = at.parentWidget()
            if isinstance(at, QScrollArea):
                at.ensureWidgetVisible(found[0])
        QApplication.processEvents()
        middle = found[0].rect().center()
        hit = self.window.childAt(found[0].mapTo(self.window, middle))
        assert hit is found[0] or found[0].isAncestorOf(hit), (name, hit)
        self.qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton, pos=middle)
        self.clicks.append(name)
        self.settle()

    def texts(self) -> str:
        """Every word in sight."""
        return "\n".join(words_of(one) for one in self.window.findChildren(QWidget) if one.isVisible())


@pytest.fixture
def mouse(own: Path, qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mouse]:
    monkeypatch.setattr(MyChoices.__init__, "__defaults__", (lambda: AS_OF,))
    with window_on(own, qtbot, settings) as window:
        made = Mouse(window, qtbot)
        made.settle()
        window.sign_in.user.setCurrentText("Margaret Ellison")
        window.sign_in.passphrase.setText(PASSPHRASES["Margaret Ellison"])
        window.sign_in.enter.click()
        made.settle()
        yield made


def test_hiding_letters_checking_finding_and_undoing_takes_ten_clicks(mouse: Mouse, own: Path, tmp_path: Path) -> None:
    before = given_to(own, "Dawn Pryce", tmp_path / "before")
    assert before >= HIDDEN | {"Furosemide", "Heart failure"}
    chosen = choices(own, tmp_path / "chosen")
    seen: dict[str, str] = {}
    for name in HIDE_LETTERS:
        mouse.click(name)
        seen[name] = mouse.texts()
        if name == "Save":
            given = given_to(own, "Dawn Pryce", tmp_path / "between")
            assert before - given == HIDDEN, "the gate and the keys give the worker so much less, and no less than that"
            kept, others = from_consents(choices(own, tmp_path / "saved"))
            (choice,) = kept.about(HOME_CARE, SEXUAL)
            assert (choice.setting, choice.end, others) == ("off", date(2026, 12, 31), ())
    assert "would no longer see 3 items about sexual and reproductive health" in seen["Until the end of this year"]
    assert "Home care workers would not know about these medicines" in seen["Until the end of this year"]
    assert "Saved. It holds from now on" in seen["Save"]
    preview = seen["See as home care workers"]
    assert "You are looking as home care workers" in preview
    assert "Furosemide" in preview
    assert not [title for title in HIDDEN if title in preview]
    assert "Dawn Pryce" in seen["Last month"]
    assert "Anita Patel" not in seen["Last month"], "she looked in August"
    assert "Undone. It is again as it was before." in seen["Undo what I saved"]
    assert given_to(own, "Dawn Pryce", tmp_path / "after") == before
    assert from_consents(choices(own, tmp_path / "again")) == from_consents(chosen)
    assert tuple(mouse.clicks) == HIDE_LETTERS
    assert len(mouse.clicks) <= MOST
    assert len(LETTERS) == 2


def test_what_one_said_of_how_joined_up_it_was_can_be_read_again(mouse: Mouse) -> None:
    mouse.click("Was my care joined up?")
    assert "You have not answered these yet." in mouse.texts()
    mouse.click("Did the people who helped you work together? Mostly")
    mouse.click("Did you know whom to ask? Never")
    screen = mouse.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    page = screen.pages["joined"]
    assert isinstance(page, JoinedPage)
    page.words.setPlainText("I rang four times.")
    mouse.click("Save my answers")
    together, ask = "Did the people who helped you work together? Mostly", "Did you know whom to ask? Never"
    assert f"What you answered before\n21 Nov 2026, 09:00\n{together}\n{ask}\n“I rang four times.”" in mouse.texts()
    assert page.written() == {"words": ""}, "a second press saves nothing twice"
    mouse.click("Save my answers")
    assert "Write something first." in mouse.texts()
    screen.toggle_easy()
    mouse.settle()
    screen.open_tab("joined")
    mouse.settle()
    assert "Did staff work as a team? Mostly\nDid you know who to ask? No\n“I rang four times.”" in mouse.texts()
