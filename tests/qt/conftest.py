"""A window over an invented person, made fresh for each test, and what every test of windows needs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QAbstractEventDispatcher, QCoreApplication, QEvent, QEventLoop, QSettings
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from fake_vault import ROWS, FakeVault
from vault_samples import copy_of

from desktop.application import open_window
from desktop.demo.run import AS_OF, Demonstration
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.theme import style
from desktop.theme.tokens import make
from desktop.views.my_choices import MyChoices
from desktop.views.window import Window
from desktop.widgets.leaving import waiting

if TYPE_CHECKING:
    from hands import Hands
    from keyboard import Keys
    from worker import Desktop


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform cannot keep a window's least size, raise a menu or give it the keyboard; it says so."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


def flush() -> None:
    """Let everything that was asked to go, go: until a turn finds nothing to do. What comes again each turn is left."""
    turns = QAbstractEventDispatcher.instance()
    left = 48
    while left > 0 or waiting():
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if not turns.processEvents(QEventLoop.ProcessEventsFlag.AllEvents) and not waiting():
            return
        left -= 1


def finish(window: Window, qtbot: QtBot) -> None:
    """Wait until nothing is under way: its worker has nothing to do, and the window has shown what it did."""
    jobs = window.session.jobs
    flush()
    while jobs.busy():
        with qtbot.waitSignal(jobs.idle, timeout=120_000):
            pass
        flush()


class Driver:
    """A window and the hands of its user."""

    def __init__(self, window: Window, vault: FakeVault, qtbot: QtBot) -> None:
        self.window, self.vault, self.qtbot = window, vault, qtbot

    def settle(self) -> None:
        """Wait until nothing is under way."""
        finish(self.window, self.qtbot)

    def sign_in(self, user: str = "Asha", passphrase: str = "correct") -> None:
        """Sign in."""
        self.settle()
        screen = self.window.sign_in
        screen.user.setCurrentText(user)
        screen.passphrase.setText(passphrase)
        screen.enter.click()
        self.settle()

    def open(self, row: int = 0) -> None:
        """Open a person with the usual reason."""
        self.window.ask_why(ROWS[row])
        self.window.dialogs()[-1].accept()
        self.settle()
        assert self.window.person is not None
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)

    def texts(self) -> str:
        """Every word in sight, as labels and accessible names have it."""
        return "\n".join(words_of(widget) for widget in self.window.findChildren(QWidget) if widget.isVisible())


def words_of(widget: QWidget) -> str:
    """What a widget says."""
    said = [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
    for name in ("text", "words", "toPlainText", "placeholderText", "currentText", "title"):
        method = getattr(widget, name, None)
        if callable(method):
            said.append(str(method()))
    return "\n".join(part for part in said if part).replace("\u200b", "")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that no other test shares."""
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def look(qapp: QApplication) -> Iterator[None]:
    """Light at 100 %, before and after."""
    style.apply(qapp, make("light", 100))
    yield
    style.apply(qapp, make("light", 100))


@pytest.fixture(scope="session")
def english() -> dict[str, str]:
    """Every word of the window, in a language made for the test."""
    from wide import wide

    from desktop.translations.collecting import words

    return {said: wide(said) for said in words()}


@pytest.fixture
def another(qapp: QApplication, english: dict[str, str]) -> Iterator[None]:
    """That language, while a test runs."""
    from desktop.translations import Catalogue

    made = Catalogue(english)
    QCoreApplication.installTranslator(made)
    yield
    QCoreApplication.removeTranslator(made)


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings) -> Iterator[Driver]:
    """A window on a vault with one rich record, at the sign-in screen."""
    vault = FakeVault()
    with window_on(vault, qtbot, settings) as window:
        made = Driver(window, vault, qtbot)
        made.settle()
        yield made


@pytest.fixture
def hands(
    demonstration: Demonstration, tmp_path: Path, qtbot: QtBot, look: None, settings: Settings
) -> Iterator[Hands]:
    """A window on a copy of the demonstration, and the hands of a worker."""
    from hands import Hands

    with window_on(copy_of(demonstration, tmp_path).vault, qtbot, settings) as window:
        window.resize(1280, 800)
        made = Hands(window, None, qtbot)  # type: ignore[arg-type]
        made.settle()
        yield made


@pytest.fixture(scope="session")
def office_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with a privacy office, made once; its recovery key stands beside it in the file `key`."""
    from office import make_vault

    made, key = make_vault(tmp_path_factory.mktemp("office"))
    made.with_name("key").write_text(key, "utf-8")
    return made


@pytest.fixture(scope="session")
def own_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with a person and those who act for them among its users, made once."""
    from own import make_vault

    return make_vault(tmp_path_factory.mktemp("own"))


@pytest.fixture
def office(office_made: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return copied(office_made, tmp_path / "copy")


@pytest.fixture
def own(own_made: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return copied(own_made, tmp_path / "own")


@pytest.fixture
def desktop(
    own: Path, qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desktop]:
    """A worker's window on it."""
    from worker import Desktop

    monkeypatch.setattr(MyChoices.__init__, "__defaults__", (lambda: AS_OF,))
    with window_on(own, qtbot, settings) as window:
        yield Desktop(window, qtbot)


def copied(vault: Path, folder: Path) -> Path:
    """A vault with all that stands beside it, in another folder."""
    shutil.copytree(vault.parent, folder)
    return folder / vault.name


@pytest.fixture
def keys(office: Path, qtbot: QtBot, look: None, settings: Settings) -> Iterator[Keys]:
    """A window on the vault with a privacy office, and a user who has no mouse."""
    from keyboard import Keys
    from office import PASSPHRASES

    with window_on(office, qtbot, settings) as window:
        yield Keys(window, qtbot, PASSPHRASES)


@contextmanager
def window_on(vault: Path | FakeVault, qtbot: QtBot, settings: Settings, now: datetime = AS_OF) -> Iterator[Window]:
    """A window on a vault, in front of everything, at the sign-in screen; on disk, its clock stands still."""
    window = open_window(FixedClockVault(vault, now) if isinstance(vault, Path) else vault, settings)
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.close()
    window.deleteLater()
    flush()
