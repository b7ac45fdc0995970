"""The person comments on a plan or any entry: by mouse and by keys, and it stands beside the entry for staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from choosing import open_choices, own_screens, press, workspace
from conftest import Driver, window_on
from keyboard import Keys
from msgspec import structs
from own import AS_OF, LETTERS, PASSPHRASES, given_to, person, sign_in
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from consent.plain_choices import PlainChoice, PlainChoices, What, Who
from consent.plain_consents import to_consents
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices
from desktop.views.my_saying import CommentPage

MARGARET, ANITA = "Margaret Ellison", "Anita Patel"
SAID = "I take it at night"
ABOUT = "Doxycycline, Thornbury General Hospital"


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    with own_screens(qtbot, settings, monkeypatch) as made:
        yield made


@pytest.fixture
def keys(own: Path, qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keys]:
    monkeypatch.setattr(MyChoices.__init__, "__defaults__", (lambda: AS_OF,))
    with window_on(own, qtbot, settings) as window:
        yield Keys(window, qtbot, PASSPHRASES)


@pytest.mark.parametrize("easy", [False, True], ids=["ordinary", "easy"])
def test_what_was_picked_and_written_is_kept_through_a_lock_and_saved_as_a_comment(driver: Driver, easy: bool) -> None:
    screen = open_choices(driver)
    if easy:
        press(driver, "Easy Read")
    tab, saves = ("What I think", "Save") if easy else ("Comment", "Save my comment")
    press(driver, tab)
    page = screen.pages["comment"]
    press(driver, saves)
    assert ("Pick something first." if easy else "Pick what it is about first.") in driver.texts()
    driver.qtbot.keyClicks(page.search, "doxycycline")
    page.list.setCurrentRow(0)
    press(driver, saves)
    assert "Write something first." in driver.texts()
    driver.qtbot.keyClicks(page.words, SAID)
    driver.window.lock()
    driver.settle()
    screen = open_choices(driver)
    press(driver, tab)
    assert screen.pages["comment"].words.toPlainText() == SAID
    press(driver, saves)
    (tree,) = workspace(driver).added
    assert (tree["resourceType"], tree["payload"]) == ("Communication", [{"contentString": SAID}])
    assert tree["about"] == [{"reference": "MedicationRequest/9", "display": ABOUT}]
    assert not any(driver.vault.drafts.values())


def test_what_is_picked_elsewhere_is_in_the_list_however_old_it_is(driver: Driver) -> None:
    """The list has the newest few hundred; what was picked in its details, or before a lock, is never lost to that."""
    screen = open_choices(driver)
    press(driver, "Comment")
    page = screen.pages["comment"]
    rows = (page.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(page.list.count()))
    old = next(item for item in rows if item.entry.resource == "MedicationRequest/9")
    when = structs.replace(old.entry.when, start="2026-11-20")
    newer = [
        structs.replace(old, entry=structs.replace(old.entry, entry_id=f"n{n}", resource=f"Basic/newer-{n}", when=when))
        for n in range(400)
    ]
    workspace(driver).hold(newer)
    page.pick(old.entry.resource)
    page.start()
    driver.settle()
    assert page.list.count() < 400
    assert page.list.currentItem().data(Qt.ItemDataRole.UserRole).entry.resource == old.entry.resource


def test_from_an_entry_of_their_own_record_by_keys_alone_to_the_eyes_of_their_gp(keys: Keys) -> None:
    keys.sign_in(MARGARET)
    window = keys.window
    keys.do("See my record")
    assert window.person is not None
    story = window.person.story
    (furosemide,) = (item for item in story.all_entries() if item.entry.title == "Furosemide")
    window.open_entry(furosemide.entry.entry_id)
    keys.settle()
    keys.do("Comment on this…")
    screen = window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    page = screen.pages["comment"]
    assert isinstance(page, CommentPage)
    assert page.list.currentItem().text().startswith("Furosemide")
    assert isinstance(keys.reach("What do you want to say about it?"), QPlainTextEdit)
    keys.type(SAID)
    keys.do("Save my comment")
    assert "Saved. Your words stand beside it now." in keys.texts()
    assert "About: Furosemide" in keys.texts()
    keys.lock()

    keys.sign_in(ANITA)
    keys.press(Qt.Key.Key_Return)
    while window.dialogs():
        keys.press(Qt.Key.Key_Return)
    assert window.person is not None
    window.open_entry(furosemide.entry.entry_id)
    keys.settle()
    said = keys.texts()
    assert "What is said of this" in said
    assert SAID in said
    assert f"Comment · {MARGARET}" in said
    assert "Comment on this…" not in said, "staff add notes"


@pytest.mark.parametrize("tab", ["comment", "correct"])
def test_what_is_said_of_a_thing_hidden_by_itself_is_hidden_with_it(
    keys: Keys, own: Path, tmp_path: Path, tab: str
) -> None:
    letter = sorted(LETTERS)[0]
    with sign_in(own, MARGARET) as mine:
        record = mine.open_person(person(mine))
        things = [item.entry for section in record.sections.values() for item in section.entries]
        (hidden,) = (entry for entry in things if entry.title == letter)
        choice = PlainChoice(Who("role", "gp"), What("item", hidden.resource), "off")
        now = datetime(2026, 11, 20, 9, tzinfo=UTC)
        mine.set_choices(record.person, to_consents(PlainChoices((choice,)), f"Patient/{record.person}", now))
    keys.sign_in(MARGARET)
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    screen.open_tab(tab)
    keys.settle()
    page = screen.pages[tab]
    assert isinstance(page, CommentPage | type(screen.pages["correct"]))
    page.search.setText(letter)
    page.list.setCurrentRow(0)
    page.words.setPlainText(SAID)
    page.save()
    keys.settle()
    keys.lock()
    with sign_in(own, MARGARET) as mine:
        record = mine.open_person(person(mine))
        said = [item for section in record.sections.values() for item in section.entries if item.entry.detail == SAID]
        assert len(said) == 1
    with sign_in(own, ANITA) as gp:
        assert SAID not in repr(gp.open_person(person(gp)))
    assert letter not in given_to(own, ANITA, tmp_path / "copy")
