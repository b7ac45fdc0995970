"""Whoever reads Easy Read is told in it what went wrong: at the sign-in, on their pages, and in dialogs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from choosing import ChoosingWorkspace, own_screens, press
from conftest import Driver, words_of
from pytestqt.qtbot import QtBot

from consent.plain_choices import What, Who
from desktop.errors import SignInError, WorkspaceError
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices
from storage.connection import _NO_ROOM
from storage.errors import ClosedError
from storage.errors import SignInError as VaultSignInError

HOME_CARE, SEXUAL = Who("role", "home-care"), What("category", "sexual-reproductive")


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    with own_screens(qtbot, settings, monkeypatch) as made:
        made.vault.role = "person"
        yield made


def come(driver: Driver, user: str = "Asha") -> MyChoices:
    driver.sign_in(user)
    driver.settle()
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    return screen


def test_it_is_remembered_who_reads_easy_read(driver: Driver) -> None:
    come(driver)
    press(driver, "Easy Read")
    driver.window.lock()
    names = [driver.window.sign_in.user.itemText(at) for at in range(driver.window.sign_in.user.count())]
    driver.settle()
    other = next(name for name in names if name != "Asha")
    assert not come(driver, other).voice.easy
    driver.window.lock()
    assert come(driver).voice.easy


def test_a_wrong_passphrase_is_told_in_the_words_of_who_tries(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    come(driver)
    press(driver, "Easy Read")
    driver.window.lock()

    def refused(*_args: object, **_more: object) -> object:
        raise SignInError(str(VaultSignInError()))

    monkeypatch.setattr(driver.window.session._vault, "sign_in", refused)
    driver.sign_in("Asha", "wrong")
    assert driver.window.sign_in.wrong.text().splitlines() == [
        "That did not open it.", "Look at your name again.", "Type your password again.",
    ]  # fmt: skip
    driver.sign_in(driver.window.sign_in.user.itemText(1), "wrong")
    assert driver.window.sign_in.wrong.text() == str(VaultSignInError())


def test_a_full_disk_is_told_on_the_page(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise WorkspaceError(_NO_ROOM)

    monkeypatch.setattr(ChoosingWorkspace, "set_choices", full)
    screen = come(driver)
    press(driver, "Easy Read")
    screen.who_page.pick(HOME_CARE)
    screen.who_page.choose(SEXUAL, "off")
    driver.settle()
    screen.who_page.save()
    driver.settle()
    assert "It was not saved.\nThe computer may be full.\nPlease tell staff." in driver.texts()
    assert _NO_ROOM not in driver.texts()


@pytest.mark.parametrize("where", ["load", "preview"])
def test_a_locked_vault_is_told_where_a_page_or_preview_should_be(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def locked(*_args: object, **_more: object) -> None:
        raise WorkspaceError(str(ClosedError()))

    screen = come(driver)
    press(driver, "Easy Read")
    told: list[str] = []
    monkeypatch.setattr(driver.window, "tell", told.append)
    monkeypatch.setattr(ChoosingWorkspace, "choices" if where == "load" else "see_as", locked)
    if where == "load":
        screen.use_clock(screen._now)
    else:
        screen.see_as(HOME_CARE)
    driver.settle()
    assert "Your record is locked now.\nSign in again." in (driver.texts() if where == "load" else told)


def test_what_signing_in_noticed_is_told_in_easy_words_too(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    noticed = "This vault is older than it was here. Missing from it: 2 entries of its access log (read: 2)."
    screen = come(driver)
    monkeypatch.setattr(ChoosingWorkspace, "warnings", (noticed,), raising=False)
    monkeypatch.setattr(ChoosingWorkspace, "__setattr__", _but_warnings)
    driver.window.lock()
    screen = come(driver)
    assert words_of(driver.window.dialogs()[-1]).splitlines()[-1] == noticed
    driver.window.dialogs()[-1].close()
    screen.toggle_easy()
    driver.settle()
    driver.window.lock()
    come(driver)
    said = words_of(driver.window.dialogs()[-1])
    assert "Something in your record may be wrong.\nIt may be an old copy.\nPlease tell staff." in said
    assert noticed not in said


def _but_warnings(self: object, name: str, value: object) -> None:
    if name != "warnings":
        object.__setattr__(self, name, value)
