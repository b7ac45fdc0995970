"""The person’s own screens by keyboard alone, on a real vault: Tab, arrows, Space, Enter, Esc; by accessible names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from conftest import window_on
from keyboard import Keys
from own import (
    AS_OF,
    CALLED,
    HIDDEN,
    HIDE_LETTERS,
    HOME_CARE,
    NAME,
    PASSPHRASES,
    SEXUAL,
    choices,
    given_to,
    person,
    sign_in,
)
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from consent.plain_consents import from_consents
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices

DAWN, MARGARET, RUTH, NELL, ANITA = "Dawn Pryce", "Margaret Ellison", "Ruth Ellison", "Nell Shaw", "Anita Patel"


@pytest.fixture
def keys(own: Path, qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keys]:
    monkeypatch.setattr(MyChoices.__init__, "__defaults__", (lambda: AS_OF,))
    with window_on(own, qtbot, settings) as window:
        yield Keys(window, qtbot, PASSPHRASES)


def hide_letters(keys: Keys, own: Path, folder: Path, looked: str = "Who has looked") -> dict[str, str]:
    """The journey, with what the worker really gets at its turns; what was in sight after each press. `looked` is what
    the list of looks is called."""
    before, chosen = given_to(own, DAWN, folder / "before"), choices(own, folder / "chosen")
    seen: dict[str, str] = {}
    for name in HIDE_LETTERS:
        keys.do(looked if name == "Who has looked" else name)
        seen[name] = keys.texts()
        if name == "Save":
            assert before - given_to(own, DAWN, folder / "between") == HIDDEN
            kept, _others = from_consents(choices(own, folder / "saved"))
            (choice,) = kept.about(HOME_CARE, SEXUAL)
            assert (choice.setting, choice.end) == ("off", date(2026, 12, 31))
    assert "Saved. It holds from now on" in seen["Save"]
    assert "You are looking as home care workers" in seen["See as home care workers"]
    assert "Undone." in seen["Undo what I saved"]
    assert given_to(own, DAWN, folder / "after") == before
    assert from_consents(choices(own, folder / "again")) == from_consents(chosen)
    return seen


def test_the_person_alone(keys: Keys, own: Path, tmp_path: Path) -> None:
    keys.sign_in(MARGARET)
    seen = hide_letters(keys, own, tmp_path)
    assert DAWN in seen["Last month"]
    assert ANITA not in seen["Last month"], "she looked in August"


def test_a_choice_ends_on_the_day_that_was_typed(keys: Keys, own: Path, tmp_path: Path) -> None:
    keys.sign_in(MARGARET)
    for name in HIDE_LETTERS[:2]:
        keys.do(name)
    keys.reach("Until the end of this year")
    keys.do("Until a date…")
    for day, last in (("20 Nov 2026", None), ("31 Jan 2027", date(2027, 1, 31))):
        keys.write("Its last day", day)
        assert keys.enabled("Save") is (last is not None), day
    keys.do("Save")
    kept, _others = from_consents(choices(own, tmp_path / "saved"))
    (choice,) = kept.about(HOME_CARE, SEXUAL)
    assert (choice.setting, choice.end) == ("off", date(2027, 1, 31))


def test_the_person_with_somebody_who_helps(keys: Keys, own: Path, tmp_path: Path) -> None:
    """The worker opens the record for a reason, and then the person's own screens; the log is not the worker's."""
    keys.sign_in(ANITA)
    keys.write("Find a person by name, NHS number, date of birth or local number", "ellison")
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert f"{ANITA} is helping {CALLED}." in keys.texts()
    assert NAME in keys.texts(), "whose choices these are is still said in full"
    assert "Both names are kept with every choice." in keys.texts()
    seen = hide_letters(keys, own, tmp_path)
    assert "The privacy office can show it to you or print it" in seen["Last month"]
    assert DAWN not in seen["Last month"]


def test_a_choice_changes_at_once_the_record_that_the_helper_has_open(keys: Keys, own: Path) -> None:
    """One process has a vault, and so one window: what it has open is what the choice must change."""

    def medicines() -> str:
        keys.press(Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
        keys.write("Find a person by name, NHS number, date of birth or local number", "ellison")
        keys.press(Qt.Key.Key_Return)
        if keys.window.dialogs():
            keys.press(Qt.Key.Key_Return)  # the reason; it is remembered
        return keys.texts()

    keys.sign_in(ANITA)
    assert all(one in medicines() for one in ("Furosemide", "Doxycycline"))
    keys.press(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    keys.do("GPs, Sexual and reproductive health: Hidden")
    keys.do("Save")
    after = medicines()
    assert "Furosemide" in after
    assert "Doxycycline" not in after


def test_someone_who_decides_for_the_person(keys: Keys, own: Path, tmp_path: Path) -> None:
    keys.sign_in(RUTH)
    keys.do("I care for someone")
    assert f"You may choose for {CALLED} who sees what" in keys.texts()
    keys.do("Who can see what")
    assert f"You decide this for {CALLED}, as they would want it." in keys.texts()
    seen = hide_letters(keys, own, tmp_path, "When you looked")
    assert DAWN not in seen["Last month"], "who else looked is not for them"
    keys.do("Emergencies")
    assert f"{CALLED} is told every time." in keys.texts()


def test_a_carer_stops(keys: Keys, own: Path) -> None:
    keys.sign_in(NELL)
    keys.do(f"Stop acting for {CALLED}…")
    at = QApplication.focusWidget()
    assert at is not None
    assert at.accessibleName() == "No, go on as now", "what changes nothing comes first"
    keys.do("Yes, stop")
    keys.lock()
    with sign_in(own, ANITA) as workspace:
        (right,) = [one for one in workspace.acting_for(person(workspace)) if one.mandate.user == NELL]
    assert right.standing.state == "ended"


def test_who_has_nobody_to_look_for_is_not_offered_to_find_a_person(keys: Keys) -> None:
    for user in (MARGARET, RUTH, NELL):
        keys.sign_in(user)
        assert "Find a person" not in keys.texts()
        front = keys.window.screens.currentWidget()
        keys.press(Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
        assert keys.window.screens.currentWidget() is front
        keys.press(Qt.Key.Key_F1)
        assert "Ctrl+O" not in keys.texts()
        keys.do("Close")
        keys.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        keys.type("find")
        assert "Find a person" not in offered(keys)
        keys.press(Qt.Key.Key_Escape)
        keys.lock()
    keys.sign_in(ANITA)
    assert "Find a person" in keys.texts()
    keys.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    keys.type("find")
    assert "Find a person" in offered(keys)


def test_after_an_import_too_nobody_is_sent_to_find_a_person(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.json").write_text("<!doctype html>", "utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args, **_more: ([str(tmp_path / "page.json")], ""))
    keys.sign_in(MARGARET)
    keys.press(Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert "Files" in keys.texts()
    assert "Find a person" not in keys.texts()
    keys.do("Go on to my own screens")
    assert f"My choices: {CALLED}" in keys.texts()


def offered(keys: Keys) -> list[str]:
    """What the palette in front offers; where it offers nothing it shows no list."""
    return [
        str(listed.model().index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)).split(",")[0]
        for listed in keys.here().findChildren(QAbstractItemView)
        if listed.isVisible()
        for row in range(listed.model().rowCount())
    ]


def test_they_are_called_what_they_ask_to_be_called(keys: Keys) -> None:
    keys.sign_in(MARGARET)
    assert f"My choices: {CALLED}" in keys.texts()
    assert NAME in keys.texts()
    keys.do("Home care workers, 1 chosen")
    assert "What home care workers can see" in keys.texts()
    keys.do("See as home care workers")
    assert f"This is a preview of {CALLED}'s record." in keys.texts()
    keys.do("Close the preview")
    keys.do("Easy Read")
    assert "What can doctors at the GP surgery see?" in keys.texts()


def hidden(keys: Keys) -> None:
    """Nothing of the person is in sight or held by a widget."""
    assert keys.window.session.user is None
    assert keys.window.dialogs() == []
    said = "\n".join(str(widget.property("text") or "") for widget in QApplication.allWidgets())
    assert "ELLISON" not in said
    assert "Elm Clinic" not in said


def test_esc_hides_everything_also_from_a_dialog(keys: Keys) -> None:
    keys.sign_in(MARGARET)
    keys.do("Hide one single thing…")
    keys.write("Find by name, date or where it came from", "elm")
    keys.press(Qt.Key.Key_Escape)
    hidden(keys)


def test_esc_hides_everything_also_from_a_menu(keys: Keys) -> None:
    keys.sign_in(MARGARET)
    keys.reach("Start from…")
    open_menus = []

    def escape() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        open_menus.append(menu)
        QTest.keyClick(menu, Qt.Key.Key_Escape)

    QTimer.singleShot(0, escape)
    keys.press(Qt.Key.Key_Space)
    assert open_menus
    hidden(keys)


@pytest.mark.parametrize("where", ["Menu", "Lock and switch user"])
def test_esc_hides_everything_also_from_the_bar_of_the_window(keys: Keys, where: str) -> None:
    keys.sign_in(MARGARET)
    keys.reach(where)
    keys.press(Qt.Key.Key_Escape)
    hidden(keys)


def test_esc_hides_everything_also_from_what_the_menu_opens(keys: Keys) -> None:
    keys.sign_in(MARGARET)
    keys.press(Qt.Key.Key_F1)
    assert keys.window.dialogs()
    assert "Close   Esc" not in keys.texts(), "Esc does more here"
    keys.press(Qt.Key.Key_Escape)
    hidden(keys)


def test_esc_hides_everything_also_from_the_menu_of_the_window(keys: Keys) -> None:
    keys.sign_in(MARGARET)
    at, open_menus = keys.reach("Menu"), []

    def escape() -> None:
        open_menus.append(QApplication.activePopupWidget())
        QTest.keyClick(open_menus[0], Qt.Key.Key_Escape)

    QTimer.singleShot(0, escape)
    keys.qtbot.keyClick(at, Qt.Key.Key_Space)
    keys.settle()
    assert isinstance(open_menus[0], QMenu)
    hidden(keys)
