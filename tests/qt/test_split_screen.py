"""Taking a part out of a record in the real window: why, which, once more, done; and splitting what evidence joined."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandkit import NOW, PASSPHRASE, Vault, bundle, condition, make_vault, nhs_number, patient, write
from conftest import finish, flush, words_of
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.application import open_window
from desktop.commands.asking import instant
from desktop.dialogs.filed import FiledDialog
from desktop.reports import ChoosePost, first_post
from desktop.settings import Settings
from desktop.views.plugged.filed import show_filed
from desktop.views.window import Window
from desktop.workspace import Workspace
from desktop.workspace.names import user_names

NUMBER = nhs_number(77)


def record(place: str, title: str, given_name: str = "Ada") -> dict[str, object]:
    who = patient(place, "Okafor", NUMBER, name=[{"use": "official", "family": "Okafor", "given": [given_name]}])
    return bundle(who, condition(f"{place}-1", place, title, meta={"source": f"https://{place}.example.nhs.uk"}))


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """One person of three files, one of which writes her given name otherwise."""
    vault = make_vault(tmp_path / "v")
    for name, made in (
        ("gp", record("gp", "Asthma")),
        ("hospital", record("hospital", "Fracture")),
        ("council", record("council", "Falls", "Adaeze")),
    ):
        vault.store(write(tmp_path / "in", f"{name}.json", made))
    return vault


class Hands:
    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot

    def settle(self) -> None:
        finish(self.window, self.qtbot)

    def open(self) -> None:
        found: list[object] = []
        self.window.session.people("", found.extend, self.window.tell)
        self.settle()
        self.window.ask_why(found[0])  # type: ignore[arg-type]
        self.window.dialogs()[-1].accept()
        self.settle()

    def seen(self) -> str:
        return "\n".join(words_of(widget) for widget in self.window.findChildren(QWidget) if widget.isVisible())

    def press(self, name: str) -> None:
        buttons = [one for one in self.window.findChildren(QPushButton) if one.isVisible()]
        next(one for one in buttons if name in (one.text(), one.accessibleName())).click()
        self.settle()

    def press_take(self, source: str) -> None:
        """Press the button that takes the import out which tells of this source."""
        buttons = [one for one in self.window.findChildren(QPushButton) if one.isVisible()]
        names = [one for one in buttons if one.accessibleName().startswith("Take ") and source in one.accessibleName()]
        names[0].click()
        self.settle()

    def keep(self, name: str) -> None:
        """A picture, where somebody asked for pictures."""
        if folder := os.environ.get("ONESTORY_PICTURES"):
            self.window.grab().save(f"{folder}/{name}.png")
            for dialog in self.window.dialogs():
                dialog.grab().save(f"{folder}/{name}-dialog.png")


@pytest.fixture
def hands(vault: Vault, qtbot: QtBot, look: None, settings: Settings) -> Iterator[Hands]:
    class Fixed:
        path = vault.path

        def exists(self) -> bool:
            return True

        def user_names(self) -> list[str]:
            return user_names(vault.path)

        def sign_in(self, user: str, passphrase: str, *, choose: ChoosePost = first_post) -> Workspace:
            return Workspace.sign_in(vault.path, user, passphrase, choose=choose, now=instant(NOW))

    window = open_window(Fixed(), settings)
    window.resize(1280, 860)
    window.show()
    made = Hands(window, qtbot)
    made.settle()
    window.sign_in.user.setCurrentText("Asha")
    window.sign_in.passphrase.setText(PASSPHRASE)
    window.sign_in.enter.click()
    made.settle()
    yield made
    window.close()
    window.deleteLater()
    flush()


def dialog_of(hands: Hands) -> FiledDialog:
    found = hands.window.dialogs()[-1]
    assert isinstance(found, FiledDialog)
    return found


def test_an_import_is_taken_out_after_a_reason_and_once_more(hands: Hands) -> None:
    hands.open()
    assert "Fracture" in hands.seen()
    show_filed(hands.window)
    dialog = dialog_of(hands)
    assert "Take out…" not in hands.seen(), "nothing before a reason"
    dialog.ask()
    assert "Take out…" not in hands.seen()
    dialog.reason.setText("The fracture is her sister's")
    dialog.ask()
    hands.settle()
    assert "Take out…" in hands.seen()
    hands.keep("filed")
    hands.press_take("hospital.example.nhs.uk")
    assert "Take it out?" in hands.seen()
    hands.keep("filed-sure")
    dialog.leave.click()
    hands.settle()
    assert "Take out…" in hands.seen(), "nothing was done"
    hands.press_take("hospital.example.nhs.uk")
    dialog.sure.click()
    hands.settle()
    assert "Fracture" not in hands.seen()
    assert "Asthma" in hands.seen()


def test_what_evidence_joined_is_split_in_the_queue_and_undone(hands: Hands) -> None:
    hands.window.show_screen("matches")
    hands.settle()
    hands.press("Joined")
    assert "joined by their numbers" in hands.seen()
    screen = hands.window.screens.currentWidget()
    screen.reason.setText("Two women")
    screen.compare()
    hands.settle()
    hands.press("Split: two people…")
    assert "Split these two records?" in hands.seen()
    hands.keep("split-sure")
    hands.press("Split: two people")
    assert "Kept apart: they are two people." in hands.seen()
    hands.press("Undo")
    assert "Taken back: as it was before." in hands.seen()
    assert "joined by their numbers" in hands.seen()


def test_whoever_may_not_decide_is_told_so(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    hands.open()
    monkeypatch.setattr("desktop.views.plugged.filed.may_match", lambda role: False)
    show_filed(hands.window)
    assert not any(isinstance(one, FiledDialog) for one in hands.window.dialogs())


def test_locking_forgets_the_files(hands: Hands) -> None:
    hands.open()
    show_filed(hands.window)
    dialog = dialog_of(hands)
    dialog.reason.setText("Looking")
    dialog.ask()
    hands.settle()
    hands.window.lock()
    hands.settle()
    assert "hospital.example.nhs.uk" not in hands.seen()
    assert hands.window.dialogs() == []
