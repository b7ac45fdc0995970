"""The hands of a user who has no mouse: everything is found by its accessible name and done by keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conftest import finish, words_of
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QMenu, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.views.window import Window


class Keys:
    """A window, and a user who has no mouse. `tongue` gives English words as the window shows them."""

    tongue: Callable[[str], str] = staticmethod(str)

    def __init__(self, window: Window, qtbot: QtBot, passphrases: Mapping[str, str]) -> None:
        """`passphrases` are those of the users, by name."""
        self.window, self.qtbot, self._passphrases = window, qtbot, passphrases

    def settle(self) -> None:
        """Wait until nothing is under way."""
        finish(self.window, self.qtbot)

    def sign_in(self, user: str) -> None:
        """Sign in by keys."""
        self.settle()
        self.write(self.tongue("Who you are"), user)
        self.write(self.tongue("Passphrase"), self._passphrases[user])
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

    def menu(self, words: str, of: str = "Menu") -> None:
        """Open the menu of a button and choose what has these words with the arrows."""
        at = self.reach(self.tongue(of))
        chosen: list[str] = []
        QTimer.singleShot(0, lambda: chosen.extend(_choose(QApplication.activePopupWidget(), words)))
        self.qtbot.keyClick(at, Qt.Key.Key_Space)
        self.qtbot.waitUntil(lambda: bool(chosen))
        self.settle()
        assert chosen[-1] == words, chosen

    def type(self, text: str) -> None:
        """Type where the cursor is."""
        at = QApplication.focusWidget()
        assert isinstance(at, QLineEdit | QPlainTextEdit), at
        self.qtbot.keyClicks(at, text)
        self.settle()

    def reach(self, name: str, *, at_most: int = 400) -> QWidget:
        """Go on with Tab, and inside a choice of one of several with the arrows, until the cursor is on what has this
        accessible name."""
        self.front()
        for _step in range(at_most):
            at = QApplication.focusWidget()
            if at is not None and at.isVisible():
                if name in named(at):
                    return at
                if (there := _beside(at, name)) is not None:
                    return self._go(at, there, name)
            self.qtbot.keyClick(at or self.here(), Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not reach {name!r}; there are: {self.names()}")

    def _go(self, at: QWidget, there: QWidget | None, name: str) -> QWidget:
        """Inside a choice of one of several, which may be built anew at each step, go on with the arrows."""
        for _step in range(20):
            if name in named(at):
                return at
            assert there is not None, name
            self.qtbot.keyClick(at, _arrow(at, there))
            self.settle()
            found = QApplication.focusWidget()
            assert found is not None, "the keyboard is nowhere"
            at, there = found, _beside(found, name)
        raise AssertionError(name)

    def do(self, name: str) -> None:
        """Reach a button and press it with the space bar; a choice that the arrows have made is made."""
        at = self.reach(name)
        assert isinstance(at, QAbstractButton), name
        assert at.isEnabled(), name
        if not (at.isCheckable() and at.isChecked() and at.group() is not None):
            self.qtbot.keyClick(at, Qt.Key.Key_Space)
        self.settle()

    def write(self, name: str, text: str) -> None:
        """Reach a field and write in it; of a list choose what begins like this."""
        at = self.reach(name)
        if isinstance(at, QComboBox) and not at.isEditable():
            self.qtbot.keyClick(at, Qt.Key.Key_Home)
            for _row in range(at.count()):
                if at.currentText().startswith(text):
                    break
                self.qtbot.keyClick(at, Qt.Key.Key_Down)
            assert at.currentText().startswith(text), [at.itemText(row) for row in range(at.count())]
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


def _choose(popup: QWidget | None, words: str) -> list[str]:
    """Go down an open menu until its line has these words, and take it; the words of the lines passed."""
    assert isinstance(popup, QMenu), popup
    passed: list[str] = []
    for _line in range(60):
        QTest.keyClick(popup, Qt.Key.Key_Down)
        line = popup.activeAction()
        said = line.text().replace("&", "") if line is not None else ""
        if said in passed:
            break
        passed.append(said)
        if said == words:
            QTest.keyClick(popup, Qt.Key.Key_Return)
            return passed
    QTest.keyClick(popup, Qt.Key.Key_Escape)
    return [*passed, "it is not there"]


def _beside(at: QWidget, name: str) -> QAbstractButton | None:
    """The control of this name, where it is one of a choice of which Tab comes to this one."""
    group = at.group() if isinstance(at, QAbstractButton) else None
    others = group.buttons() if group is not None and group.exclusive() else []
    return next((other for other in others if name in named(other) and other.isVisible()), None)


def _arrow(here: QWidget, there: QWidget) -> Qt.Key:
    """The arrow that points from one control to another."""
    away = there.mapToGlobal(there.rect().center()) - here.mapToGlobal(here.rect().center())
    if abs(away.y()) > here.height() // 2:
        return Qt.Key.Key_Down if away.y() > 0 else Qt.Key.Key_Up
    return Qt.Key.Key_Right if away.x() > 0 else Qt.Key.Key_Left
