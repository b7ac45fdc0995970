"""Finding in the record, doing by name, printing and sharing: through the real window, over a real vault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Driver, finish, flush
from hands import Hands
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.application import open_window
from desktop.demo.generator import write_people
from desktop.demo.run import AS_OF, Demonstration
from desktop.dialogs.share import ShareDialog
from desktop.models.ticks import day_of
from desktop.models.words import calendar_day
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.views.plugged import finding, sharing
from desktop.views.plugged.finding import ranked
from desktop.views.window import Window
from desktop.widgets.picker import Picker
from desktop.workspace import Workspace


def picker(window: Window) -> Picker:
    found = window.dialogs()[-1]
    assert isinstance(found, Picker)
    return found


def test_what_is_typed_is_found_and_opened(driver: Driver, qtbot: QtBot) -> None:
    driver.sign_in()
    driver.open()
    finding.find_in_record(driver.window)
    driver.settle()
    made = picker(driver.window)
    story = driver.window.story()
    assert story is not None
    entry = story.all_entries()[0].entry
    qtbot.keyClicks(made.field, entry.title)
    assert made.rows.rows
    assert entry.title in [row.text.partition(",")[0] for row in made.rows.rows] or made.rows.rows[0].text
    key = made.rows.rows[0].key
    qtbot.keyClick(made.field, Qt.Key.Key_Return)
    driver.settle()
    person = driver.window.person
    assert person is not None
    assert person.detail.accessibleDescription() == story.entry(key).entry.title  # type: ignore[arg-type]
    assert made.rows.rows == ()


def test_nothing_found_is_not_said_to_be_nothing_there(driver: Driver, qtbot: QtBot) -> None:
    driver.sign_in()
    driver.open()
    finding.find_in_record(driver.window)
    driver.settle()
    made = picker(driver.window)
    qtbot.keyClicks(made.field, "xyzzyq")
    assert "may be more that is not shown" in made.field.accessibleDescription()


@pytest.mark.parametrize(
    ("typed", "page"), [("circle", "circle"), ("visits", "support"), ("due next", "due"), ("adverse reac", "allergies")]
)
def test_every_page_can_be_gone_to_by_name_and_the_navigation_shows_it(
    driver: Driver, qtbot: QtBot, typed: str, page: str
) -> None:
    driver.sign_in()
    driver.open()
    driver.window.resize(1280, 600)
    flush()
    qtbot.keyClick(driver.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    made = picker(driver.window)
    qtbot.keyClicks(made.field, typed)
    qtbot.keyClick(made.field, Qt.Key.Key_Return)
    driver.settle()
    view = driver.window.person
    assert view is not None
    assert view.page == page
    line = view.navigation.visualRect(view.navigation.currentIndex())
    assert view.navigation.viewport().rect().contains(line), "one sees where one is"


def test_the_bar_offers_to_find_in_the_record_that_is_open(driver: Driver, qtbot: QtBot) -> None:
    driver.sign_in()
    assert not driver.window.bar.find_inside.isVisible()
    driver.open()
    assert "Ctrl+F" in driver.window.bar.find_inside.text()
    driver.window.bar.find_inside.click()
    driver.settle()
    assert picker(driver.window).windowTitle() == "OneStory: Find in this record"
    driver.window.lock()
    flush()
    assert not driver.window.bar.find_inside.isVisible()


def test_everything_can_be_done_by_name(driver: Driver, qtbot: QtBot) -> None:
    driver.sign_in()
    driver.open()
    finding.palette(driver.window)
    made = picker(driver.window)
    qtbot.keyClicks(made.field, "medicin")
    qtbot.keyClick(made.field, Qt.Key.Key_Return)
    driver.settle()
    assert driver.window.person is not None
    assert driver.window.person.page == "medicines"
    finding.palette(driver.window)
    made = picker(driver.window)
    qtbot.keyClicks(made.field, "lock")
    qtbot.keyClick(made.field, Qt.Key.Key_Return)
    driver.settle()
    assert driver.window.session.user is None
    assert driver.window.dialogs() == []


def test_names_that_begin_so_come_before_those_that_are_nearly_spelt_so() -> None:
    names = {"a": "Documents", "b": "Medicines and devices", "c": "Timeline", "d": "Lock"}
    assert ranked("med", names)[0] == "b"
    assert ranked("medecines", names)[0] == "b"
    assert ranked("lock", names)[0] == "d"


@pytest.fixture
def filled(tmp_path: Path, qtbot: QtBot, look: None, settings: Settings) -> Iterator[Window]:
    """A window over a real vault with one invented person, opened."""
    vault = tmp_path / "test.vault"
    anchors = vault.with_name("anchors")
    Workspace.create(vault, "Karen", "nurse", "Riverside", "leg dressing", test_data=True, now=AS_OF, anchors=anchors)
    files = write_people(tmp_path / "records", people=1, seed=1)
    with Workspace.sign_in(vault, "Karen", "leg dressing", now=AS_OF, anchors=anchors) as workspace:
        workspace.import_files(files[:2], lambda what, done, total: None, lambda: False)
    made = open_window(FixedClockVault(vault, AS_OF), settings)
    made.resize(1280, 800)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    flush()


def test_a_summary_is_looked_at_then_saved_and_stands_in_the_log(filled: Window, qtbot: QtBot, tmp_path: Path) -> None:
    def settle() -> None:
        finish(filled, qtbot)

    settle()
    filled.sign_in.passphrase.setText("leg dressing")
    filled.sign_in.enter.click()
    settle()
    rows: list[object] = []
    filled.session.people("", rows.extend, pytest.fail)
    settle()
    filled.ask_why(rows[0])  # type: ignore[arg-type]
    filled.dialogs()[-1].accept()
    settle()
    sharing.share(filled)
    dialog = filled.dialogs()[-1]
    assert isinstance(dialog, ShareDialog)
    assert not dialog.save_button.isEnabled(), "nothing leaves before it was looked at"
    dialog.audience.setCurrentIndex(dialog.audience.findData("home-care"))
    told = next(one for one in dialog.findChildren(QLabel) if one.text().startswith("What would leave is shown here"))
    assert told.isVisible(), "an empty space says what comes there"
    dialog.look_button.click()
    settle()
    pages = [one for one in dialog.findChildren(QLabel) if not one.pixmap().isNull()]
    assert [one.accessibleName() for one in pages] == ["Page 1"]
    assert not told.isVisible()
    there = tmp_path / "there.pdf"
    there.write_text("mine")
    dialog.save(there)
    settle()
    assert there.read_text() == "mine"
    dialog.save(tmp_path / "new.pdf")
    settle()
    assert (tmp_path / "new.pdf").read_bytes().startswith(b"%PDF")
    dialog.form.setCurrentIndex(dialog.form.findData("ips"))
    assert not dialog.save_button.isEnabled(), "what was changed must be looked at again"
    dialog.look_button.click()
    settle()
    assert '"Composition"' in dialog.text.toPlainText()
    filled.lock()
    settle()
    assert filled.dialogs() == []
    assert not [one for one in filled.findChildren(QWidget) if isinstance(one, ShareDialog) and one.text.toPlainText()]


@pytest.mark.parametrize("by", ["button", "keys"])
def test_the_timeline_is_printed_as_it_is_listed_and_looked_at_first(
    hands: Hands, demonstration: Demonstration, tmp_path: Path, by: str
) -> None:
    hands.enter(demonstration, "nurse")
    hands.find("margaret ellison")
    hands.open_found()
    window = hands.window
    hands.go("timeline")
    assert window.person is not None
    timeline = window.person.timeline
    hands.qtbot.keyClicks(timeline.text, "bisoprolol")
    timeline.narrow()
    timeline.only_days.click()
    timeline.source.setCurrentIndex(timeline.source.findData("Mill Street Surgery"))
    hands.settle()
    listed = [timeline.model.item(timeline.model.index(row, 0)).entry for row in range(timeline.model.rowCount())]
    left = {one.entry.title for one in window.person.story.dated()} - {one.title for one in listed}
    assert listed
    if by == "button":
        hands.press("Print this list")
    else:
        window.activateWindow()
        hands.qtbot.waitUntil(window.isActiveWindow)
        hands.qtbot.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    dialog = window.dialogs()[-1]
    assert isinstance(dialog, ShareDialog)
    assert dialog.form.currentData() == "timeline"
    for words in ("only from Mill Street Surgery", "only with “bisoprolol”", "As it is listed"):
        assert words in dialog.listed.text()
    assert not dialog.save_button.isEnabled(), "nothing leaves before it was looked at"
    dialog.reason.setText("Visit today")
    dialog.look_button.click()
    hands.settle()
    assert [one for one in dialog.findChildren(QLabel) if not one.pixmap().isNull()]
    dialog.save(tmp_path / "timeline.pdf")
    hands.settle()
    told = " ".join(words_of_paper((tmp_path / "timeline.pdf").read_bytes()).split())
    user = window.session.user
    assert user is not None
    for words in (
        "only from Mill Street Surgery",
        "only with “bisoprolol”",
        f"only {calendar_day(day_of(timeline.picture.days()[0]))} to",
        "Penicillin: Anaphylaxis",
        "Something may have been left out; ask the person.",
        f"Made by {user.name}",
        "Visit today",
        *(one.title for one in listed),
    ):
        assert words in told, words
    others = {"Appointment: Memory clinic", "Atrial fibrillation"}
    assert others <= left
    assert [title for title in others if title in told] == [], "what is not listed is not printed"


def words_of_paper(data: bytes) -> str:
    """The words of a PDF, read by another program than made it."""
    import pypdfium2

    pages = pypdfium2.PdfDocument(data)
    return "\n".join(pages[number].get_textpage().get_text_range() for number in range(len(pages)))


def test_every_key_is_told_and_none_is_taken_twice(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    keys = [action.shortcut().toString() for action in driver.window.actions() if not action.shortcut().isEmpty()]
    assert len(keys) == len(set(keys))
    driver.window.show_keys()
    told = "\n".join(label.text() for label in driver.window.dialogs()[-1].findChildren(QLabel))
    for action in driver.window.actions():
        key, words = action.shortcut().toString(), action.text().replace("&", "").partition("\t")[0]
        if key and action.isEnabled():
            assert key in told or words in told, (key, words)
