"""Two vaults that differ only in what is withheld from a worker: every screen of that worker is the same, to the pixel
and to the word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commandkit import NOW, PASSPHRASE, Vault
from conftest import finish, flush, words_of
from PySide6.QtCore import QSettings
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from twin_vaults import twins

from desktop.application import open_window
from desktop.commands.asking import instant
from desktop.screen_matrix import pages
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.views.window import Window
from desktop.widgets.picker import Picker

WORDS = ("depression", "sertraline", "letter", "35489007", "2026", "gout")
"""Typed into every field that finds something: of what is withheld, of both, and of what is shown."""

Seen = dict[str, tuple[bytes, str]]


class Worker:
    """The eyes and hands of somebody at one window; `seen` are pixels and words of every screen by name."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        self.seen: Seen = {}

    def settle(self) -> None:
        finish(self.window, self.qtbot)

    def look(self, name: str, widget: QWidget | None = None) -> None:
        shown = self.window if widget is None else widget
        for field in shown.findChildren(QLineEdit):
            field.setClearButtonEnabled(False)  # it fades in with time
        image = shown.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        words = [words_of(one) for one in (shown, *shown.findChildren(QWidget)) if one.isVisible()]
        self.seen[name] = (bytes(image.constBits()), "\n".join(words) + shown.windowTitle())

    def sign_in(self, user: str) -> None:
        self.settle()
        self.window.sign_in.user.setCurrentText(user)
        self.window.sign_in.passphrase.setText(PASSPHRASE)
        self.window.sign_in.enter.click()
        self.settle()
        assert not self.window.sign_in.wrong.text()

    def find_people(self) -> None:
        view = self.window.find_view
        self.look("people")
        for word in (*WORDS, "okafor"):
            view.query.setText(word)
            self.qtbot.waitUntil(lambda: not view._timer.isActive())
            self.settle()
            self.look(f"people {word}")
        view.query.clear()
        self.qtbot.waitUntil(lambda: not view._timer.isActive())
        self.settle()

    def open(self) -> None:
        model = self.window.find_view.model
        assert model.rowCount() == 1
        self.window.ask_why(model.person(model.index(0, 0)))
        asked = self.window.dialogs()[-1]
        self.look("why", asked)
        asked.accept()
        self.settle()
        assert self.window.person is not None

    def walk(self) -> None:
        person = self.window.person
        assert person is not None
        for page in dict.fromkeys([*pages(), *person.story.record.sections]):
            person.open_page(page)
            self.settle()
            self.look(page)
        for section in person.story.record.sections.values():
            for item in section.entries:
                person.open_entry(item.entry.entry_id)
                self.settle()
                self.look(f"entry {item.entry.title}")
        person.close_detail()

    def find_in_record(self) -> None:
        for key in ("Ctrl+F", "Ctrl+K"):
            (action,) = (one for one in self.window.actions() if one.shortcut().toString() == key)
            action.trigger()
            self.settle()
            picker = self.window.dialogs()[-1]
            assert isinstance(picker, Picker)
            for word in ("", *WORDS):
                picker.field.setText(word)
                self.settle()
                self.look(f"{key} {word}", picker)
            picker.reject()
            self.settle()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Vault, Vault]]:
    with twins(tmp_path_factory.mktemp("pair")) as both:
        yield both


def walked(vault: Vault, user: str, qtbot: QtBot, tmp_path: Path) -> Seen:
    """Everything a user sees who goes everywhere."""
    QApplication.setCursorFlashTime(0)
    file = tmp_path / f"{vault.folder.parent.name}-{user}.ini"
    window = open_window(
        FixedClockVault(vault.path, instant(NOW)), Settings(QSettings(str(file), QSettings.Format.IniFormat))
    )
    window.resize(1440, 900)
    window.show()
    worker = Worker(window, qtbot)
    try:
        worker.sign_in(user)
        worker.find_people()
        worker.open()
        worker.walk()
        worker.find_in_record()
        window.lock()
        worker.settle()
    finally:
        window.close()
        window.deleteLater()
        flush()
    return worker.seen


def differences(one: Seen, other: Seen) -> list[str]:
    """Screens that are not the same, and in what."""
    assert list(one) == list(other)
    pixels = [f"{name}: pixels" for name in one if one[name][0] != other[name][0]]
    return pixels + [f"{name}: words" for name in one if one[name][1] != other[name][1]]


def test_every_screen_of_a_worker_from_whom_it_is_withheld_is_the_same(
    pair: tuple[Vault, Vault], qtbot: QtBot, look: None, qapp: QApplication, tmp_path: Path
) -> None:
    without, within = (walked(vault, "Ned", qtbot, tmp_path) for vault in pair)
    assert len(without) > 40
    assert differences(without, within) == []
    told = "".join(words.casefold() for name, (_, words) in within.items() if name.split()[-1] not in WORDS)
    assert not any(word in told for word in WORDS[:4])
    assert "gout" in told


def test_the_walk_finds_a_difference_where_there_is_one(
    pair: tuple[Vault, Vault], qtbot: QtBot, look: None, qapp: QApplication, tmp_path: Path
) -> None:
    """A control: to the general practitioner it is shown."""
    without, within = (walked(vault, "Asha", qtbot, tmp_path) for vault in pair)
    told = {name: (b"", words) for name, (_, words) in within.items()}
    assert any("Depression" in words for _, words in told.values())
    shared = [name for name in without if name in within]
    found = differences({n: without[n] for n in shared}, {n: within[n] for n in shared})
    assert {"problems: pixels", "problems: words"} <= set(found)
