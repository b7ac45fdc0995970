"""Signing in with the keyring at the window: turned on and off by keys alone, and the passphrase where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import window_on
from keyboard import Keys
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from rings import Ring, backend

from desktop.demo.run import AS_OF
from desktop.settings import Settings
from desktop.theme.tokens import THEMES, make
from desktop.views.window import Window
from desktop.workspace import Workspace

PHRASE = "leg dressing monday"
BUTTON = "Sign in with this computer’s keyring"
MENU = "Sign in with the keyring…"
NOT_FOR_YOU = "This computer's keyring does not open this vault for you; use the passphrase."


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """A vault with Karen, a nurse, and Omar, a GP."""
    path, notes = tmp_path / "test.vault", tmp_path / "anchors"
    key = Workspace.create(path, "Karen", "nurse", "Ward 4", PHRASE, test_data=True, now=AS_OF, anchors=notes)
    with Workspace.sign_in(path, "Karen", PHRASE, now=AS_OF, anchors=notes) as workspace:
        workspace.add_user("Omar", "gp", "Mill Street", PHRASE, recovery_key=key)
        workspace.add_user("Howard", "custodian", "Record Office", PHRASE, recovery_key=key, custodian=True)
    path.with_name("key").write_text(key)
    return path


@pytest.fixture
def hands(vault: Path, ring: Ring, qtbot: QtBot, look: None, settings: Settings) -> Iterator[Keys]:
    with window_on(vault, qtbot, settings) as window:
        window.resize(1280, 800)
        made = Keys(window, qtbot, dict.fromkeys(("Karen", "Omar", "Howard"), PHRASE))
        made.settle()
        yield made


def turn_on(hands: Keys) -> None:
    """Turn it on for Karen, and lock."""
    hands.sign_in("Karen")
    hands.menu(MENU)
    hands.do("Turn it on")
    assert "You can sign in with this computer’s keyring now." in hands.texts()
    hands.press(Qt.Key.Key_Return)
    hands.lock()


def offered(window: Window) -> bool:
    return window.sign_in.keyring.isVisible()


def test_it_is_turned_on_used_and_turned_off_by_keys(hands: Keys, vault: Path, ring: Ring) -> None:
    assert not offered(hands.window)
    turn_on(hands)
    hands.window.sign_in.user.setCurrentText("Omar")
    assert not offered(hands.window), "for nobody else"
    hands.window.sign_in.user.setCurrentText("Karen")
    assert hands.reach(BUTTON).accessibleName() == BUTTON
    hands.press(Qt.Key.Key_Return)
    assert hands.window.session.user is not None
    assert hands.window.session.user.name == "Karen"
    hands.menu(MENU)
    hands.do("Turn it off")
    assert "Signing in takes your passphrase again." in hands.texts()
    assert not ring.kept
    hands.press(Qt.Key.Key_Return)
    hands.lock()
    assert not offered(hands.window)
    with Workspace.sign_in(vault, "Karen", PHRASE, now=AS_OF, anchors=vault.with_name("anchors")) as workspace:
        assert not workspace.uses_keyring()


@pytest.mark.parametrize("broken", ["wrong", "gone", "locked"])
def test_where_the_keyring_fails_it_is_said_and_the_passphrase_asked_for(hands: Keys, ring: Ring, broken: str) -> None:
    turn_on(hands)
    if broken == "locked":
        ring.use(backend(ring.package, fails="get"))
    elif broken == "gone":
        ring.kept.clear()
    else:
        ring.kept.update(dict.fromkeys(ring.kept, "A" * 43 + "="))
    hands.do(BUTTON)
    screen = hands.window.sign_in
    assert hands.window.session.user is None
    assert screen.wrong.isVisible()
    expected = "The keyring of this computer is locked or did not answer; use the passphrase."
    assert screen.wrong.text() == (expected if broken == "locked" else NOT_FOR_YOU)
    assert screen.passphrase.hasFocus()
    assert screen.enter.isEnabled()
    assert screen.keyring.isEnabled()
    hands.type(PHRASE)
    hands.press(Qt.Key.Key_Return)
    assert hands.window.session.user is not None


def test_who_has_several_posts_is_asked_which_by_this_road_too(hands: Keys, vault: Path) -> None:
    turn_on(hands)
    notes, key = vault.with_name("anchors"), vault.with_name("key").read_text()
    with Workspace.sign_in(vault, "Omar", PHRASE, now=AS_OF, anchors=notes) as workspace:
        workspace.add_post("Karen", "therapist", "Clinic", recovery_key=key)
    hands.do(BUTTON)
    screen = hands.window.sign_in
    assert hands.window.session.user is None, "no post is worked in before it is said which"
    assert [screen.post.itemText(at) for at in range(screen.post.count())] == ["Nurse · Ward 4", "Therapist · Clinic"]
    assert screen.post.hasFocus()
    hands.press(Qt.Key.Key_Down)
    hands.press(Qt.Key.Key_Return)
    assert hands.window.session.user is not None
    assert hands.window.session.user.role == "therapist"
    hands.lock()
    hands.press(Qt.Key.Key_Return)
    assert hands.window.session.user is None, "locked, the passphrase field does not stand for the keyring"


def test_whoever_holds_the_custodians_office_is_told_why_not(hands: Keys, ring: Ring) -> None:
    hands.sign_in("Howard")
    hands.menu(MENU)
    hands.do("Turn it on")
    assert "Whoever holds the custodian's office signs in with their passphrase." in hands.texts()
    assert not ring.kept


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("scale", [100, 200])
def test_the_button_is_whole_in_every_look(hands: Keys, theme: str, scale: int) -> None:
    turn_on(hands)
    hands.window._dress(make(theme, scale))
    hands.settle()
    button = hands.window.sign_in.keyring
    assert offered(hands.window)
    assert button.fontMetrics().horizontalAdvance(button.text()) < button.width()
    assert hands.reach(BUTTON) is button
