"""A user with several posts at the window: asked which, the last one first; changing it puts everything away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Driver, finish, flush
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.application import open_window
from desktop.demo.run import AS_OF
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.views.window import Window
from desktop.workspace import Workspace

PHRASE = "leg dressing monday"


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """A vault where Karen is a nurse, and a therapist elsewhere."""
    path, notes = tmp_path / "test.vault", tmp_path / "anchors"
    key = Workspace.create(
        path, "Karen", "nurse", "Riverside Community Health", PHRASE, test_data=True, now=AS_OF, anchors=notes
    )
    with Workspace.sign_in(path, "Karen", PHRASE, now=AS_OF, anchors=notes) as workspace:
        workspace.add_post("Karen", "therapist", "Mill Lane Clinic", recovery_key=key)
        workspace.add_user("Olu", "privacy-officer", "Record Office", PHRASE, recovery_key=key)
    return path


@pytest.fixture
def window(vault: Path, qtbot: QtBot, look: None, settings: Settings) -> Iterator[Window]:
    made = open_window(FixedClockVault(vault, AS_OF), settings)
    made.resize(1280, 800)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    settle(made, qtbot)
    yield made
    made.close()
    made.deleteLater()
    flush()


def settle(window: Window, qtbot: QtBot) -> None:
    finish(window, qtbot)


def enter(window: Window, qtbot: QtBot) -> None:
    """Type the passphrase and press Enter: what there is to choose is then asked."""
    QTest.keyClicks(window.sign_in.passphrase, PHRASE)
    QTest.keyClick(window.sign_in.passphrase, Qt.Key.Key_Return)
    settle(window, qtbot)


def offered(window: Window) -> list[str]:
    box = window.sign_in.post
    return [box.itemText(at) for at in range(box.count())] if box.isVisible() else []


def test_the_post_is_asked_for_and_the_last_one_comes_first(window: Window, qtbot: QtBot, vault: Path) -> None:
    assert offered(window) == [], "nothing is said of anyone before their passphrase was right"
    enter(window, qtbot)
    assert window.session.user is None, "no post is worked in before it is said which"
    assert offered(window) == ["Nurse · Riverside Community Health", "Therapist · Mill Lane Clinic"]
    assert window.sign_in.post.accessibleName() == "Working as"
    assert window.sign_in.post.hasFocus()
    QTest.keyClick(window.sign_in.post, Qt.Key.Key_Down)
    QTest.keyClick(window.sign_in.post, Qt.Key.Key_Return)
    settle(window, qtbot)
    user = window.session.user
    assert user is not None
    assert user.role == "therapist"
    assert window.bar.post.text() == "Therapist · Mill Lane Clinic  ▾"
    assert window.sign_in.passphrase.text() == ""
    assert offered(window) == []

    window.lock()
    settle(window, qtbot)
    enter(window, qtbot)
    assert window.sign_in.post.currentText() == "Therapist · Mill Lane Clinic"
    QTest.keyClick(window.sign_in.post, Qt.Key.Key_Return)
    settle(window, qtbot)
    assert window.session.user == user


def test_choosing_somebody_else_forgets_what_was_found_out(window: Window, qtbot: QtBot) -> None:
    enter(window, qtbot)
    assert offered(window)
    window.sign_in.user.addItem("Somebody else")
    window.sign_in.user.setCurrentText("Somebody else")
    assert offered(window) == []
    assert window.sign_in.passphrase.text() == ""


def test_changing_the_post_puts_everything_away_and_asks_no_passphrase(window: Window, qtbot: QtBot) -> None:
    enter(window, qtbot)
    QTest.keyClick(window.sign_in.post, Qt.Key.Key_Return)
    settle(window, qtbot)
    assert window.session.user is not None
    assert window.session.user.role == "nurse"
    before = window.session._workspace
    assert isinstance(before, Workspace)
    (other,) = [action for action in window.bar._posts_menu.actions() if not action.isChecked()]
    assert other.text() == "Therapist · Mill Lane Clinic"
    window._said["somebody"] = ("TREAT", "present", "")  # type: ignore[index]
    other.trigger()
    assert window.session.user is None
    assert window.screens.currentWidget() is window.sign_in
    assert not window.sign_in.enter.isEnabled()
    settle(window, qtbot)
    assert window.session.user is not None
    assert window.session.user.role == "therapist"
    assert window.screens.currentWidget() is window.find_view
    assert window._said == {}, "a reason given in one post is none in another"
    assert before._session._private == {}, "the keys of the post before are forgotten"
    assert window.sign_in.enter.isEnabled()


def test_a_restore_is_said_to_be_of_the_post_worked_in(
    window: Window, qtbot: QtBot, vault: Path, tmp_path: Path
) -> None:
    enter(window, qtbot)
    window.sign_in.post.setCurrentText("Therapist · Mill Lane Clinic")
    QTest.keyClick(window.sign_in.post, Qt.Key.Key_Return)
    settle(window, qtbot)
    file, done = tmp_path / "monday.backup", []
    window.session.ask(lambda workspace: workspace.backup(file), done.append, pytest.fail)
    settle(window, qtbot)
    window.session.restore(file, "Karen", PHRASE, done.append, pytest.fail)
    settle(window, qtbot)
    assert len(done) == 2
    with Workspace.sign_in(vault, "Olu", PHRASE, now=AS_OF, anchors=vault.with_name("anchors")) as workspace:
        assert [one.role for one in workspace.log() if one.kind == "restore"] == ["therapist"]


def test_who_has_one_post_is_asked_nothing(driver: Driver) -> None:
    driver.sign_in()
    assert driver.window.session.user is not None
    assert not driver.window.bar.post.isVisible()
    assert driver.window.bar.who.isVisible()
    keys = dict(driver.window._menus.keys()).values()
    assert "Work as another of my posts…" not in keys
