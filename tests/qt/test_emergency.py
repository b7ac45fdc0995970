"""Emergency access and the privacy desk in the real window over a real vault: asked, opened, ended, reviewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from commandkit import NOW, PASSPHRASE, Vault, bundle, condition, make_vault, patient, write
from conftest import finish, flush, words_of
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.application import open_window
from desktop.commands.asking import instant
from desktop.dialogs.emergency import EmergencyDialog
from desktop.dialogs.lawful import ReviewDialog
from desktop.dialogs.share import ShareDialog
from desktop.reports import ChoosePost, RestoreDone, first_post
from desktop.settings import Settings
from desktop.views.another_window import AnotherWindow
from desktop.views.plugged.emergency import EmergencyStrip, ask_for_emergency
from desktop.views.sharing import share
from desktop.views.window import Window
from desktop.workspace import Workspace
from desktop.workspace.names import user_names

SEXUAL = "HIV infection"
WHY = "no family here"


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    folder = tmp_path_factory.mktemp("street")
    vault = make_vault(folder, role="gp")
    vault.add_user("Cy", "ambulance", "County Ambulance")
    vault.add_user("Han", "home-care", "Kind Care")
    vault.add_user("Pat", "privacy-officer", "Riverside Team")
    records = (condition("p", "a", "Asthma"), condition("h", "a", SEXUAL, code="86406008"))
    vault.store(write(folder, "a.json", bundle(patient("a", "Okafor"), *records)))
    return vault


class Hands:
    """A window and the hands of its user."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot

    def settle(self) -> None:
        finish(self.window, self.qtbot)

    def enter(self, user: str) -> None:
        self.settle()
        self.window.sign_in.user.setCurrentText(user)
        self.window.sign_in.passphrase.setText(PASSPHRASE)
        self.window.sign_in.enter.click()
        self.settle()

    def open(self) -> None:
        found: list[object] = []
        self.window.session.people("", found.extend, self.window.tell)
        self.settle()
        self.window.ask_why(found[0])  # type: ignore[arg-type]
        self.window.dialogs()[-1].accept()
        self.settle()

    def texts(self) -> str:
        return "\n".join(words_of(widget) for widget in self.window.findChildren(QWidget) if widget.isVisible())

    def press(self, name: str) -> None:
        buttons = [one for one in self.window.findChildren(QPushButton) if one.isVisible()]
        next(one for one in buttons if one.accessibleName().startswith(name)).click()
        self.settle()


@pytest.fixture
def hands(street: Vault, qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[str], Hands]]:
    class OnDisk:
        def user_names(self) -> list[str]:
            return user_names(street.path)

        def sign_in(self, user: str, passphrase: str, *, choose: ChoosePost = first_post) -> Workspace:
            return Workspace.sign_in(street.path, user, passphrase, choose=choose, now=instant(NOW))

        def keyring_users(self) -> list[str]:
            return []

        def sign_in_by_keyring(self, user: str, *, choose: ChoosePost = first_post) -> Workspace:
            raise AssertionError(user)

        def restore(self, file: Path, user: str, passphrase: str, **more: Any) -> RestoreDone:
            return Workspace.restore(street.path, file, user, passphrase, now=instant(NOW), **more)

    made: list[Window] = []

    def start(user: str) -> Hands:
        window = open_window(OnDisk(), Settings(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)))
        made.append(window)
        qtbot.addWidget(window)
        window.resize(1280, 800)
        window.show()
        found = Hands(window, qtbot)
        found.enter(user)
        return found

    yield start
    for window in made:
        window.close()
    flush()


def break_the_glass(crew: Hands) -> None:
    """Ask for what is hidden, with a reason, and be given it."""
    ask_for_emergency(crew.window)
    crew.settle()
    dialog = crew.window.dialogs()[-1]
    assert isinstance(dialog, EmergencyDialog)
    dialog.reason.setText("Found unconscious at home")
    dialog.asked.setChecked(True)
    dialog.accept()
    crew.settle()


def test_glass_is_broken_with_a_reason_shows_a_clock_and_is_mended(hands: Callable[[str], Hands]) -> None:
    crew = hands("Cy")
    crew.open()
    assert SEXUAL not in crew.texts()
    ask_for_emergency(crew.window)
    crew.settle()
    dialog = crew.window.dialogs()[-1]
    assert isinstance(dialog, EmergencyDialog)
    assert SEXUAL not in "\n".join(words_of(widget) for widget in dialog.findChildren(QWidget))
    dialog.accept()
    assert dialog.isVisible(), "a reason is still owed"
    dialog._reasons.buttons()[0].setChecked(True)
    dialog.reason.setText(WHY)
    dialog.accept()
    assert dialog.isVisible(), "whether the person was asked is still owed"
    dialog.asked.setChecked(True)
    dialog.accept()
    crew.settle()
    assert crew.window.person is not None
    assert SEXUAL in crew.texts()
    strip = crew.window.findChild(EmergencyStrip)
    assert isinstance(strip, EmergencyStrip)
    assert strip.isVisible()
    assert "Emergency access until 10:00" in strip.said.text()
    assert "left" in strip.clock.text()
    crew.press("End emergency access")
    assert SEXUAL not in crew.texts()
    assert not any(one.isVisible() for one in crew.window.findChildren(EmergencyStrip))


def test_what_was_opened_goes_on_no_paper_and_leaves_the_clipboard_when_it_ends(
    hands: Callable[[str], Hands], qapp: QApplication
) -> None:
    crew = hands("Cy")
    crew.open()
    break_the_glass(crew)
    assert SEXUAL in crew.texts()
    crew.window.open_page("timeline")
    crew.settle()
    share(crew.window)
    sharing = crew.window.dialogs()[-1]
    assert isinstance(sharing, ShareDialog)
    for form in range(sharing.form.count()):
        sharing.form.setCurrentIndex(form)
        sharing.look_button.click()
        crew.settle()
        assert not sharing.save_button.isEnabled()
        assert not sharing.print_button.isEnabled()
        assert "may leave for that purpose" in "\n".join(words_of(one) for one in sharing.findChildren(QWidget))
    sharing.close()
    crew.window.copy(SEXUAL)
    assert qapp.clipboard().text() == SEXUAL
    crew.press("End emergency access")
    assert SEXUAL not in crew.texts()
    assert qapp.clipboard().text() == ""


def test_what_was_opened_has_one_window_only(hands: Callable[[str], Hands]) -> None:
    crew = hands("Cy")
    crew.open()
    crew.window.open_another()
    crew.settle()
    another = crew.window.another
    assert another is not None
    assert another.person is not None
    break_the_glass(crew)
    assert SEXUAL in crew.texts()
    assert crew.window.another is None
    assert not [one for one in QApplication.topLevelWidgets() if isinstance(one, AnotherWindow)]
    crew.window.open_another()
    crew.settle()
    assert crew.window.another is None
    assert "one window only" in words_of(crew.window.dialogs()[-1])
    crew.window.dialogs()[-1].close()
    crew.press("End emergency access")
    crew.window.open_another()
    crew.settle()
    assert crew.window.another is not None
    assert SEXUAL not in "\n".join(words_of(one) for one in crew.window.another.findChildren(QWidget))


def test_when_the_time_is_over_what_was_opened_goes(hands: Callable[[str], Hands]) -> None:
    crew = hands("Cy")
    crew.open()
    break_the_glass(crew)
    strip = next(one for one in crew.window.findChildren(EmergencyStrip) if one.isVisible())
    strip._left_ms = 0
    strip.tick()
    crew.settle()
    assert SEXUAL not in crew.texts()


def test_who_is_not_entitled_is_told_what_to_do(hands: Callable[[str], Hands]) -> None:
    carer = hands("Han")
    carer.open()
    ask_for_emergency(carer.window)
    carer.settle()
    dialog = carer.window.dialogs()[-1]
    said = "\n".join(words_of(widget) for widget in dialog.findChildren(QWidget))
    assert "Ask the person first" in said
    assert "does not have emergency access" in said
    assert not hasattr(dialog, "open_button")


def test_the_privacy_officer_sees_the_queue_and_decides(street: Vault, hands: Callable[[str], Hands]) -> None:
    person = street.person()
    street.as_user("Cy").json("show", person, "--purpose", "BTG", "--reason", "Found unconscious at home")
    office = hands("Pat")
    office.window.show_screen("desk")
    office.settle()
    told = office.texts()
    assert "Access to review" in told
    assert "Found unconscious at home" in told
    assert "Due 24 Nov 2026" in told
    assert SEXUAL not in told
    assert "fewer than 5" in told
    office.press("Justified…: Cy")
    dialog = office.window.dialogs()[-1]
    assert isinstance(dialog, ReviewDialog)
    dialog.words.setText("Allergy was needed")
    dialog.accept()
    office.settle()
    office.settle()
    rows = street.as_user("Pat")
    office.window.lock()
    office.settle()
    assert "Found unconscious" not in office.texts()
    assert any(row["review"]["state"] == "justified" for row in rows.json("overrides", "--all"))
