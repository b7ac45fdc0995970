"""A worker's way through the window, as seen on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Driver, flush
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QClipboard, QDropEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton
from records import GP, PERSON, entry, record

from desktop.dialogs.original import OriginalDialog
from desktop.dialogs.reason import ReasonDialog
from desktop.theme.tokens import look


def test_a_wrong_passphrase_gets_one_sentence_and_lets_one_try_again(driver: Driver) -> None:
    driver.sign_in(passphrase="wrong")
    assert "Name and passphrase do not open this vault." in driver.texts()
    assert driver.window.sign_in.passphrase.text() == ""
    driver.sign_in()
    assert driver.window.screens.currentWidget() is driver.window.find_view


def test_caps_lock_is_hinted_at_while_typing(driver: Driver) -> None:
    field = driver.window.sign_in.passphrase
    driver.qtbot.keyClick(field, "A")
    assert "Caps Lock seems to be on" in driver.texts()
    driver.qtbot.keyClick(field, "a")
    assert "Caps Lock seems to be on" not in driver.texts()


def test_before_a_reason_is_given_only_what_tells_people_apart_is_shown(driver: Driver) -> None:
    driver.sign_in()
    model = driver.window.find_view.model
    shown = [str(model.index(0, column).data()) for column in range(model.columnCount())]
    assert shown[:3] == ["Margaret ELLISON", "14 Feb 1938", "999 012 3454 verified"]
    assert "Surgery" not in driver.texts()
    assert driver.vault.workspaces[0].opened == []


def test_typing_narrows_the_list_and_enter_asks_why(driver: Driver) -> None:
    driver.sign_in()
    view = driver.window.find_view
    driver.qtbot.keyClicks(view.query, "okoro")
    driver.qtbot.waitUntil(lambda: view.model.rowCount() == 1)
    driver.settle()
    assert "may be the same as another person" in str(view.model.index(0, 3).data())
    driver.qtbot.keyClick(view.query, Qt.Key.Key_Return)
    dialog = driver.window.dialogs()[-1]
    assert isinstance(dialog, ReasonDialog)
    assert "Someone else here may be the same person" in driver.texts()
    assert "This will be recorded, and the person can see it" in driver.texts()
    dialog.reject()


def test_nobody_found_says_what_to_try(driver: Driver) -> None:
    driver.sign_in()
    driver.qtbot.keyClicks(driver.window.find_view.query, "zzz")
    driver.qtbot.waitUntil(lambda: "Nobody here matches" in driver.texts())


def test_the_usual_reason_takes_one_key(driver: Driver) -> None:
    driver.sign_in()
    driver.window.find_view.chosen.emit(driver.window.find_view.model.person(driver.window.find_view.model.index(0, 0)))
    driver.qtbot.keyClick(driver.window.dialogs()[-1], Qt.Key.Key_Return)
    driver.settle()
    assert driver.vault.workspaces[0].opened == [(PERSON, "TREAT", "present", "")]
    assert "Why: direct care, with me now" in driver.texts()


def test_another_relationship_needs_words(driver: Driver) -> None:
    driver.sign_in()
    driver.window.ask_why(driver.window.find_view.model.person(driver.window.find_view.model.index(0, 0)))
    dialog = driver.window.dialogs()[-1]
    assert isinstance(dialog, ReasonDialog)
    dialog.remember("TREAT", "self-claimed")
    dialog.accept()
    assert dialog.isVisible()
    dialog.reason.setText("Covering for a colleague")
    dialog.accept()
    driver.settle()
    assert driver.vault.workspaces[0].opened == [(PERSON, "TREAT", "self-claimed", "Covering for a colleague")]


def test_the_overview_answers_the_first_questions(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    seen = driver.texts()
    for words in (
        "Penicillin: anaphylaxis",
        "Not for CPR · ReSPECT 3 Mar 2026. Check the signed form",
        "Hard of hearing; face her, speak slowly",
        "I want to stay in my own home with the cat.",
        "Bisoprolol: 2.5 mg at the GP, 5 mg in the discharge letter",
        "Care and support review due",
        "14 hours a week · Fenland Home Care",
        "349 of 365 nights at home, from what is shared with you",
        "Ruth Ellison",
        "TEST DATA",
        "Prototype: shows records, gives no advice",
        "Some kinds of information may not be shown to you",
    ):
        assert words in seen, words
    assert "Amoxicillin" not in seen, "an ended medicine is not current"


def test_an_alert_opens_its_source_and_escape_closes_it(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    box = next(
        child for child in person.banner.findChildren(QPushButton.__base__) if "Penicillin" in child.accessibleName()
    )
    box.click()
    assert person.detail.isVisible()
    assert "Why you can see this" in driver.texts()
    driver.window.back()
    assert not person.detail.isVisible()


def test_keys_reach_every_part_of_the_record(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert person.page == "timeline"
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert person.page == "about-me"
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_Escape)
    assert person.page == "overview"
    driver.qtbot.keyClick(person.navigation, Qt.Key.Key_Down)
    assert person.page == "timeline"
    table = person.timeline.card.table
    table.setFocus()
    table.selectRow(0)
    driver.qtbot.keyClick(table, Qt.Key.Key_Return)
    assert person.detail.isVisible()
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert driver.window.screens.currentWidget() is driver.window.find_view


def test_a_medicine_can_be_followed_to_what_it_goes_with_and_to_its_original(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    person.open_page("medicines")
    furosemide = next(item for item in person.story.entries("medicines") if item.entry.title == "Furosemide")
    person.open_entry(furosemide.entry.entry_id)
    assert "Goes with" in driver.texts()
    link = next(
        child for child in person.detail.findChildren(QPushButton.__base__) if "Fall at home" in child.accessibleName()
    )
    link.click()
    assert "Mechanical fall, bathroom" in driver.texts()
    person.wants_original.emit(furosemide.entry.entry_id)
    driver.settle()
    dialog = driver.window.dialogs()[-1]
    assert isinstance(dialog, OriginalDialog)
    assert dialog.text.toPlainText() == '{"resourceType": "Encounter", "id": "fall"}'
    assert "Exactly as the source sent it" in driver.texts()


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("vaccinations", "1 entry shown to you"),
        ("pregnancy", "None recorded in the sources connected here."),
        ("safeguarding", "Nothing here is shown to you. That does not mean that there is nothing."),
        ("money", "No source that keeps this is connected"),
        ("family-history", "could not be read. Do not take it as empty."),
    ],
)
def test_the_states_of_a_section_are_told_apart(driver: Driver, section: str, words: str) -> None:
    driver.sign_in()
    driver.open()
    assert driver.window.person is not None
    driver.window.person.open_page(section)
    assert words in driver.texts()


def test_the_timeline_narrows_by_text_kind_and_source(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    person.open_page("timeline")
    timeline = person.timeline
    every = timeline.model.rowCount()
    timeline.source.setCurrentIndex(timeline.source.findData("Thornbury Council"))
    assert 0 < timeline.model.rowCount() < every
    timeline.source.setCurrentIndex(0)
    driver.qtbot.keyClicks(timeline.text, "letter hospital")
    driver.qtbot.waitUntil(lambda: timeline.model.rowCount() < every)
    assert {item.entry.title for item in timeline.model.shown()} == {"Discharge letter", "GP consultation"}


def test_dropped_files_are_imported_reported_and_can_be_taken_back(driver: Driver, tmp_path: Path) -> None:
    driver.sign_in()
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    event = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, files, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    driver.window.dropEvent(event)
    driver.settle()
    page = driver.window.importing
    assert "2 files imported, 1 file already here, 1 file refused; 18 entries for 2 people." in driver.texts()
    assert page.findings.rowCount() == 3
    page.severity.setCurrentIndex(page.severity.findData("warning"))
    assert page.findings.rowCount() == 1
    assert "Patient.birthDate" in str(page.findings.index(0, 2).data())
    page.which.setCurrentIndex(page.which.findData("refused"))
    assert page.files.rowCount() == 1
    page.undo()
    driver.settle()
    assert driver.vault.workspaces[0].undone == ["i2", "i1"]
    assert "Import taken back" in driver.texts()


def test_looks_change_without_losing_the_place(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    assert driver.window.person is not None
    driver.window.person.open_page("medicines")
    driver.window.wear("dark", 150)
    flush()
    assert (look().theme, look().scale) == ("dark", 150)
    assert driver.window.person is not None
    assert driver.window.person.page == "medicines"


def test_the_title_never_names_a_person_and_settings_keep_only_looks(driver: Driver, tmp_path: Path) -> None:
    driver.sign_in()
    driver.open()
    assert driver.window.windowTitle() == "OneStory"
    driver.window.wear("dark", 125)
    driver.window.close()
    kept = (tmp_path / "settings.ini").read_text("utf-8") if (tmp_path / "settings.ini").exists() else ""
    assert "llison" not in kept
    assert "999" not in kept


def test_copied_lines_are_taken_back_when_the_window_locks(driver: Driver, qapp: QApplication) -> None:
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    person.open_page("vaccinations")
    person.section.card.table.selectRow(0)
    driver.qtbot.keyClick(person.section.card.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "Influenza" in qapp.clipboard().text()
    driver.window.lock()
    assert qapp.clipboard().text() == ""


@pytest.mark.parametrize("leave", ["lock", "close"])
def test_what_was_copied_with_the_platforms_own_keys_is_taken_back_too(
    driver: Driver, qapp: QApplication, leave: str
) -> None:
    driver.sign_in()
    driver.open()
    window = driver.window
    assert window.person is not None
    entry_id = window.person.story.entries("admissions")[0].entry.entry_id
    window.session.original(entry_id, lambda original: window._show_original(original, "Fall"), pytest.fail)
    driver.settle()
    text = window.dialogs()[-1].findChild(QPlainTextEdit)
    assert isinstance(text, QPlainTextEdit)
    text.setFocus()
    driver.qtbot.waitUntil(text.hasFocus)
    driver.qtbot.keyClick(text, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    driver.qtbot.keyClick(text, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "Encounter" in qapp.clipboard().text()
    getattr(window, leave)()
    assert qapp.clipboard().text() == ""


@pytest.mark.parametrize("leave", ["lock", "close"])
def test_what_was_marked_for_the_middle_button_is_taken_back_too(
    driver: Driver, qapp: QApplication, leave: str
) -> None:
    board, marked = qapp.clipboard(), QClipboard.Mode.Selection
    if not board.supportsSelection():
        pytest.skip("marking copies in an X window only: `make window-test` runs this there")
    driver.sign_in()
    driver.open()
    window = driver.window
    assert window.person is not None
    entry_id = window.person.story.entries("admissions")[0].entry.entry_id
    window.session.original(entry_id, lambda original: window._show_original(original, "Fall"), pytest.fail)
    driver.settle()
    text = window.dialogs()[-1].findChild(QPlainTextEdit)
    assert isinstance(text, QPlainTextEdit)
    text.setFocus()
    driver.qtbot.waitUntil(text.hasFocus)
    line = text.cursorRect().center()
    driver.qtbot.mousePress(text.viewport(), Qt.MouseButton.LeftButton, pos=line)
    driver.qtbot.mouseMove(text.viewport(), pos=QPoint(text.viewport().width() - 4, line.y()))
    driver.qtbot.mouseRelease(
        text.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(text.viewport().width() - 4, line.y())
    )
    driver.qtbot.waitUntil(lambda: "Encounter" in board.text(marked))
    getattr(window, leave)()
    flush()
    assert board.text(marked) == ""


def test_what_was_marked_elsewhere_stays(driver: Driver, qapp: QApplication) -> None:
    board, marked = qapp.clipboard(), QClipboard.Mode.Selection
    if not board.supportsSelection():
        pytest.skip("marking copies in an X window only: `make window-test` runs this there")
    driver.sign_in()
    board.setText("a shopping list", marked)
    driver.window.lock()
    assert board.text(marked) == "a shopping list"
    board.clear(marked)


def test_what_was_copied_elsewhere_stays(driver: Driver, qapp: QApplication) -> None:
    driver.sign_in()
    driver.window.copy("a line of a record")
    qapp.clipboard().setText("a shopping list")
    driver.window.lock()
    assert qapp.clipboard().text() == "a shopping list"


def test_a_long_card_shows_the_rest_when_asked(driver: Driver) -> None:
    many = [entry("medicines", f"Medicine {number}", GP, "2026-01-01", active=True) for number in range(9)]
    driver.vault.records = {PERSON: record(many)}
    driver.sign_in()
    driver.open()
    assert "Medicine 8" not in driver.texts()
    more = next(found for found in driver.window.findChildren(QPushButton) if found.text() == "Show all 9")
    more.click()
    flush()
    assert "Medicine 8" in driver.texts()
