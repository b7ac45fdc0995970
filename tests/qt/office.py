"""A real vault with a privacy office, and a window on it; the hands of its user are keys alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from conftest import flush, words_of
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.demo.generator import write_people
from desktop.demo.run import AS_OF
from desktop.views.window import Window
from desktop.workspace import Workspace

ANITA, SAM, SALMA, HOWARD = "mill street morning", "vale ambulance night", "privacy office review", "caldicott guardian"
TESS = "sample bundles all day"
PASSPHRASES = {"Anita": ANITA, "Sam": SAM, "Salma": SALMA, "Howard": HOWARD, "Tess": TESS}
WHY = "Found unconscious, medicines not known"
NAME = "Margaret ELLISON"


def sign_in(vault: Path, user: str, now: datetime = AS_OF) -> Workspace:
    """A workspace of one of the users."""
    return Workspace.sign_in(vault, user, PASSPHRASES[user], now=now, anchors=vault.with_name("anchors"))


def make_vault(folder: Path) -> tuple[Path, str]:
    """A vault and its recovery key: a GP, a paramedic, a privacy officer, the Caldicott Guardian with the custodian's
    office, a tester, and one person whose record the paramedic opened in an emergency."""
    made = folder / "test.vault"
    anchors = made.with_name("anchors")
    key = Workspace.create(made, "Anita", "gp", "Mill Street", ANITA, test_data=True, now=AS_OF, anchors=anchors)
    write_people(folder / "records", people=1, seed=1)
    with sign_in(made, "Anita") as workspace:
        workspace.add_user("Sam", "ambulance", "Vale Ambulance", SAM, recovery_key=key)
        workspace.add_user("Salma", "privacy-officer", "Record Office", SALMA, recovery_key=key)
        workspace.add_user("Howard", "custodian", "Record Office", HOWARD, recovery_key=key, custodian=True)
        workspace.add_user("Tess", "tester", "Test Team", TESS, recovery_key=key)
        workspace.import_files([folder / "records"], lambda what, done, total: None, lambda: False)
    with sign_in(made, "Sam") as workspace:
        person = next(row.person_id for row in workspace.people() if row.name == NAME)
        workspace.open_override(person, "break-glass", WHY, "", 1)
    return made, key


class Keys:
    """A user who has no mouse: everything is found by its accessible name and done by keys."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot

    def settle(self) -> None:
        """Wait until nothing is under way."""
        for _round in range(4):
            self.qtbot.waitUntil(lambda: not self.window.session.jobs.busy(), timeout=120_000)
            flush()

    def sign_in(self, user: str) -> None:
        """Sign in by keys."""
        self.settle()
        self.front()
        screen = self.window.sign_in
        screen.user.setCurrentText(user)
        screen.passphrase.setFocus()
        self.type(PASSPHRASES[user])
        self.press(Qt.Key.Key_Return)
        assert self.window.session.user is not None

    def lock(self) -> None:
        """Lock, so that the vault is free."""
        self.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        assert self.window.session.user is None

    def here(self) -> QWidget:
        """The dialog in front, or the window."""
        return QApplication.activeModalWidget() or self.window

    def front(self) -> None:
        """The window in front has the keys; here no window manager gives them back when a dialog closes."""
        here = self.here()
        if QApplication.activeWindow() is not here:
            here.activateWindow()
            self.qtbot.waitUntil(here.isActiveWindow)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press one key where the cursor is."""
        self.front()
        self.qtbot.keyClick(QApplication.focusWidget() or self.here(), key, modifier)
        self.settle()

    def menu(self, words: str) -> None:
        """Choose an action of the menu by its words."""
        found = [action for action in self.window.actions() if action.text().replace("&", "") == words]
        assert len(found) == 1, words
        action: QAction = found[0]
        assert action.isEnabled(), words
        action.trigger()
        self.settle()

    def type(self, text: str) -> None:
        """Type where the cursor is."""
        at = QApplication.focusWidget()
        assert isinstance(at, QLineEdit), at
        self.qtbot.keyClicks(at, text)
        self.settle()

    def reach(self, name: str, *, at_most: int = 400) -> QWidget:
        """Go on with Tab until the cursor is on what has this accessible name."""
        self.front()
        for _step in range(at_most):
            at = QApplication.focusWidget()
            if at is not None and name in named(at) and at.isVisible():
                return at
            self.qtbot.keyClick(at or self.here(), Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not reach {name!r}; there are: {self.names()}")

    def do(self, name: str) -> None:
        """Reach a button and press it with the space bar."""
        at = self.reach(name)
        assert isinstance(at, QAbstractButton), name
        assert at.isEnabled(), name
        self.qtbot.keyClick(at, Qt.Key.Key_Space)
        self.settle()

    def write(self, name: str, text: str) -> None:
        """Reach a field and write in it."""
        at = self.reach(name)
        if isinstance(at, QComboBox):
            at.setCurrentText(text)
        else:
            self.qtbot.keyClick(at, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
            self.qtbot.keyClicks(at, text)
        self.settle()

    def enabled(self, name: str) -> bool:
        """Whether the one control of this name can be used."""
        (found,) = [
            one for one in self.here().findChildren(QWidget) if one.accessibleName() == name and one.isVisible()
        ]
        return found.isEnabled()

    def names(self) -> list[str]:
        """Names of everything that can be reached here."""
        found = self.here().findChildren(QWidget)
        return [
            one.accessibleName() for one in found if one.isVisible() and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]

    def texts(self) -> str:
        """Every word in sight."""
        return "\n".join(words_of(one) for one in self.here().findChildren(QWidget) if one.isVisible())


def named(widget: QWidget) -> tuple[str, str]:
    """What a widget is called: by its accessible name, and a button by its words."""
    words = widget.text().replace("&", "") if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName(), words
