"""Finding and opening: lately and caseload first, the reason in one key, remembered for this person alone."""

from __future__ import annotations

from pathlib import Path

from conftest import Driver, flush, words_of
from fake_vault import ROWS
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from records import PERSON, record

from desktop.dialogs.reason import ReasonDialog
from desktop.theme.tokens import look
from fhir.entries import PersonId


def _names(driver: Driver) -> list[str]:
    model = driver.window.find_view.model
    return [model.person(model.index(row, 0)).name for row in range(model.rowCount())]


def _asked(driver: Driver) -> str:
    return "\n".join(words_of(child) for child in driver.window.dialogs()[-1].findChildren(QWidget))


def _choose(driver: Driver, list_name: str) -> None:
    for choice in driver.window.find_view._lists.buttons():
        if choice.property("list") == list_name:
            choice.click()
    driver.settle()


def test_one_key_says_how_the_person_is_known_and_opens(driver: Driver) -> None:
    driver.sign_in()
    driver.window.ask_why(ROWS[0])
    driver.qtbot.keyClick(driver.window.dialogs()[-1], Qt.Key.Key_2)
    driver.settle()
    assert driver.vault.workspaces[0].opened == [(PERSON, "TREAT", "caseload", "")]


def test_digits_in_the_reason_are_only_words(driver: Driver) -> None:
    driver.sign_in()
    driver.window.ask_why(ROWS[0])
    dialog = driver.window.dialogs()[-1]
    assert isinstance(dialog, ReasonDialog)
    dialog.reason.setFocus()
    driver.qtbot.keyClicks(dialog.reason, "bed 2")
    assert dialog.isVisible()
    assert dialog.reason.text() == "bed 2"


def test_the_reason_lasts_for_this_person_and_for_no_other(driver: Driver) -> None:
    driver.vault.records = {PERSON: record(), PersonId("p2"): record([], person=PersonId("p2"))}
    driver.sign_in()
    driver.open()
    driver.window.show_find()
    driver.settle()
    driver.window.ask_why(ROWS[0])
    driver.settle()
    assert driver.window.person is not None, "the same person, the same reason: opened at once"
    assert len(driver.vault.workspaces[0].opened) == 2, "and logged again"
    driver.window.show_find()
    driver.settle()
    driver.window.ask_why(ROWS[1])
    driver.settle()
    assert isinstance(driver.window.dialogs()[-1], ReasonDialog), "another person is asked about anew"


def test_another_reason_can_be_given_for_the_record_that_is_open(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    driver.window.bar.why.click()
    driver.qtbot.keyClick(driver.window.dialogs()[-1], Qt.Key.Key_3)
    driver.settle()
    assert driver.vault.workspaces[0].opened[-1] == (PERSON, "TREAT", "registered", "")
    assert "Why: direct care, registered with us" in driver.texts()


def test_lately_and_caseload_come_first_and_are_the_users_own(driver: Driver) -> None:
    driver.sign_in()
    assert _names(driver) == [row.name for row in ROWS], "nobody lately: everyone"
    driver.window.ask_why(ROWS[0])
    driver.qtbot.keyClick(driver.window.dialogs()[-1], Qt.Key.Key_2)
    driver.settle()
    driver.window.show_find()
    driver.settle()
    assert _names(driver) == ["Margaret ELLISON"]
    assert "on my caseload" in str(driver.window.find_view.model.index(0, 3).data())
    _choose(driver, "caseload")
    assert _names(driver) == ["Margaret ELLISON"]
    _choose(driver, "all")
    assert len(_names(driver)) == 3
    driver.window.lock()
    driver.sign_in("Ben")
    assert len(_names(driver)) == 3, "the next user has their own list"


def test_typing_looks_among_everyone(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    driver.window.show_find()
    driver.settle()
    view = driver.window.find_view
    driver.qtbot.keyClicks(view.query, "okoro")
    driver.qtbot.waitUntil(lambda: _names(driver) == ["Thomas OKORO"])
    flush()


def test_how_someone_was_known_before_is_proposed_after_signing_in_again(driver: Driver) -> None:
    driver.sign_in()
    driver.window.ask_why(ROWS[0])
    driver.qtbot.keyClick(driver.window.dialogs()[-1], Qt.Key.Key_2)
    driver.settle()
    driver.window.lock()
    driver.sign_in()
    driver.window.ask_why(ROWS[0])
    dialog = driver.window.dialogs()[-1]
    assert isinstance(dialog, ReasonDialog), "asked again after the lock"
    assert dialog.relationship == "caseload"
    dialog.reject()


def test_each_user_finds_their_own_colours_and_list_of_parts(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    assert driver.window.person is not None
    driver.window.person.more.click()
    driver.window.wear("dark", 125)
    flush()
    assert driver.window.person is not None
    assert driver.window.person.navigation.pages.row_of("pregnancy") >= 0
    driver.window.lock()
    driver.window.wear("light", 100)
    driver.sign_in("Ben")
    assert (look().theme, look().scale) == ("light", 100)
    driver.open()
    assert driver.window.person is not None
    assert driver.window.person.navigation.pages.row_of("pregnancy") < 0
    driver.window.lock()
    driver.sign_in()
    assert (look().theme, look().scale) == ("dark", 125)
    driver.open()
    assert driver.window.person is not None
    assert driver.window.person.navigation.pages.row_of("pregnancy") >= 0


def test_settings_name_nobody(driver: Driver, tmp_path: Path) -> None:
    driver.sign_in()
    driver.open()
    driver.window.wear("dark", 125)
    driver.window._settings._store.sync()
    kept = (tmp_path / "settings.ini").read_text("utf-8")
    assert "look" in kept, "the control must hit"
    assert not [word for word in ("Asha", "Ellison", "ELLISON", "p1", "999") if word in kept]


def test_enter_before_the_answer_takes_nobody_of_the_list_before_it(driver: Driver) -> None:
    driver.sign_in()
    view = driver.window.find_view
    assert _names(driver)[0] == "Margaret ELLISON"
    driver.qtbot.keyClicks(view.query, "okoro")
    driver.qtbot.keyClick(view.query, Qt.Key.Key_Return)
    assert not driver.window.dialogs(), "whoever stood first before is not who was typed"
    driver.qtbot.waitUntil(lambda: bool(driver.window.dialogs()))
    assert "Thomas OKORO" in _asked(driver), "the only one found is asked about, as Enter said"
    assert "Margaret ELLISON" not in _asked(driver)


def test_enter_before_an_answer_of_several_lets_one_choose(driver: Driver) -> None:
    driver.sign_in()
    view = driver.window.find_view
    driver.qtbot.keyClicks(view.query, "s")
    driver.qtbot.keyClick(view.query, Qt.Key.Key_Return)
    driver.qtbot.waitUntil(lambda: not view.pending)
    assert len(_names(driver)) > 1
    assert not driver.window.dialogs(), "who of them is meant is not guessed"
    driver.qtbot.keyClick(view.query, Qt.Key.Key_Return)
    assert _names(driver)[0] in _asked(driver), "the first, now that it is seen"


def test_who_may_be_somebody_else_here_too_is_marked_while_their_record_is_open(driver: Driver) -> None:
    driver.vault.records = {PERSON: record(), PersonId("p2"): record([], person=PersonId("p2"))}
    driver.sign_in()
    driver.open(1)
    said = "Possible duplicate: Someone else here may be the same person; check the date of birth"
    assert said in driver.texts()
    driver.window.show_find()
    driver.settle()
    driver.window.ask_why(ROWS[1])
    driver.settle()
    assert said in driver.texts(), "also where the reason is not asked for again, and its warning not seen"
    driver.qtbot.keyClick(
        driver.window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    driver.settle()
    assert driver.window.another is not None
    person = driver.window.another.person
    assert person is not None
    assert said in "\n".join(words_of(child) for child in person.banner.findChildren(QWidget))
    driver.window.show_find()
    driver.settle()
    driver.open(0)
    assert "Possible duplicate" not in driver.texts()
