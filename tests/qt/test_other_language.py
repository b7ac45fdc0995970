"""Every word in sight is translated but for what a source wrote: real windows, walked in a language made for the test.

The language writes each letter wide, so that an English letter in sight is a word that no translator was shown or that
was not asked for. What the record says is looked for in the record that was released.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Driver, flush
from hands import Hands
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot
from wide import left, own_screens, wide, written

from consent.need_to_know import need_to_know
from consent.plain_choices import Who
from desktop.demo.happened import happened
from desktop.demo.run import Demonstration
from desktop.dialogs.about import AboutDialog
from desktop.dialogs.nights import NightsDialog
from desktop.models.tongue import ours, tr
from desktop.screen_matrix import STATES, in_state, pages, screens
from desktop.settings import Settings
from desktop.translations import Catalogue, read, speak
from desktop.translations.collecting import write
from desktop.views.my_choices import MyChoices
from desktop.views.plugged import adding, emergency, filed, finding, sharing, users
from desktop.views.plugs import Shell

DIALOGS: list[Callable[[Shell], None]] = [
    adding.add,
    finding.find_in_record,
    finding.palette,
    sharing.share,
    emergency.ask_for_emergency,
    filed.show_filed,
    users.change_passphrase,
    lambda shell: shell.show_dialog(AboutDialog(None, [("Ctrl+L", "")])),
    lambda shell: shell.show_dialog(NightsDialog(shell.story(), None)),  # type: ignore[arg-type]
]


@pytest.fixture
def driver(another: None, hands: Hands) -> Driver:
    """A window on the demonstration that speaks the other language from the first."""
    return hands


@pytest.mark.parametrize("easy", [False, True], ids=["plain", "easy"])
@pytest.mark.parametrize("role", ["person", "carer"])
def test_the_persons_own_screens(
    another: None, qtbot: QtBot, look: None, settings: Settings, role: str, easy: bool
) -> None:
    driver, screen, invented = own_screens(qtbot, settings, role)
    window = driver.window
    if easy:
        screen.toggle_easy()
        driver.settle()
    found = {}
    for tab in screen.tabs:
        screen.open_tab(tab)
        driver.settle()
        found[tab] = left(window, invented)
    window.close()
    window.deleteLater()
    flush()
    assert {tab: one for tab, one in found.items() if one} == {}


def test_a_sentence_with_something_filled_in_is_found_by_its_pattern() -> None:
    made = Catalogue(
        {"{0} differs: {1}": "{1} yw {0}", "Dose": "Dos", "None recorded": "", "{n} letter|{n} letters": "{n} l|{n} ls"}
    )
    assert made.translate("Record", "Dose differs: 5 mg") == "5 mg yw Dos"
    assert made.translate("Record", "3 letters") == "3 ls"
    assert made.translate("OneStory", "Dose differs: 5 mg") == "Dose differs: 5 mg"
    assert made.translate("Record", "None recorded") == "None recorded", "what is not translated stays English"


def test_a_language_is_read_from_its_file_and_keeps_what_was_translated(tmp_path: Path, qapp: Any) -> None:
    path = tmp_path / "onestory_cy.ts"
    count, done = write(path)
    assert (count > 2000, done) == (True, 0)
    text = path.read_text("utf-8").replace(
        '<source>Allergies</source>\n      <translation type="unfinished" />',
        "<source>Allergies</source>\n      <translation>Alergeddau</translation>",
    )
    path.write_text(text, "utf-8")
    assert write(path) == (count, 1)
    assert read(path) == {"Allergies": "Alergeddau"}
    assert not speak(qapp, QLocale("de_DE"), tmp_path)
    assert speak(qapp, QLocale("cy_GB"), tmp_path)
    made = qapp.findChild(Catalogue)
    try:
        assert (tr("Allergies"), ours("Allergies")) == ("Alergeddau", "Alergeddau")
    finally:
        qapp.removeTranslator(made)
        made.deleteLater()
        flush()


def test_every_page_of_a_record_in_every_state(driver: Driver, demonstration: Demonstration) -> None:
    user = next(user for user in demonstration.users if user.role == "nurse")
    driver.window._remake()
    assert left(driver.window, " ".join(u.name for u in demonstration.users).casefold()) == set()
    driver.sign_in(user.name, user.passphrase)
    driver.qtbot.waitUntil(lambda: driver.window.find_view.model.rowCount() > 0, timeout=20_000)
    model = driver.window.find_view.model
    people = [model.person(model.index(row, 0)) for row in range(model.rowCount())]
    known = " ".join((user.name, user.organisation, *(str(row) for row in people))).casefold()
    found = {"find": left(driver.window, known)}
    driver.window.ask_why(next(row for row in people if row.name == "Margaret ELLISON"))
    found["reason"] = left(driver.window.dialogs()[-1], known)
    driver.window.dialogs()[-1].accept()
    driver.settle()
    person = driver.window.person
    assert person is not None
    record = person.story.record
    content = known + "\n" + "\n".join(written(record)).replace("\u200b", "").casefold()
    for number, open_one in enumerate(DIALOGS):
        open_one(driver.window)
        driver.settle()
        dialog = driver.window.dialogs()[-1]
        found[f"dialog {number}"] = left(dialog, content)
        dialog.reject()
        driver.settle()
    for state in STATES:
        driver.window.show_person(in_state(record, state))
        person = driver.window.person
        assert person is not None
        for page in (*pages(), *record.sections) if state == "data" else pages():
            person.open_page(page)
            driver.settle()
            found[f"{page} {state}"] = left(driver.window, content)
            if state == "data" and page in record.sections and record.sections[page].entries:
                person.open_entry(record.sections[page].entries[0].entry.entry_id)
                driver.settle()
                found[f"{page} details"] = left(person.detail, content)
    assert {page: one for page, one in found.items() if one} == {}


@pytest.mark.parametrize("role", ["custodian", "tester"])
def test_every_screen_without_a_record(driver: Driver, demonstration: Demonstration, role: str) -> None:
    user = next(user for user in demonstration.users if user.role == role)
    driver.window._remake()
    driver.sign_in(user.name, user.passphrase)
    law = " ".join(one.source for one in need_to_know().rules)
    people = driver.window.find_view.model
    names = " ".join(str(people.person(people.index(row, 0))) for row in range(people.rowCount()))
    users = " ".join(f"{one.name} {one.organisation}" for one in demonstration.users)
    known = " ".join((law, names, users, *(row["words"] for row in happened()))).casefold()
    found = {}
    for key in screens(driver.window):
        driver.window.show_screen(key)
        driver.settle()
        found[key] = left(driver.window, known)
    assert {page: one for page, one in found.items() if one} == {}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("name", "easy", "workers"),
    [
        ("Peggy Ellison", False, [Who("user", "Karen Webb"), Who("role", "ambulance"), Who("role", "social-worker")]),
        ("Tom Garside", True, [Who("user", "Neil Shaw")]),
    ],
)
def test_what_each_worker_sees_as_the_person_is_shown_it(
    driver: Driver, demonstration: Demonstration, name: str, easy: bool, workers: list[Who]
) -> None:
    """*See as* over a real vault: every page of each view, in plain words and in Easy Read."""
    user = next(user for user in demonstration.users if user.name == name)
    driver.sign_in(user.name, user.passphrase)
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    if easy:
        screen.toggle_easy()
        driver.settle()
    users = " ".join(f"{one.name} {one.organisation}" for one in demonstration.users)
    found = {}
    for who in workers:
        screen.see_as(who)
        driver.settle()
        assert screen.seeing is not None
        person = screen.seeing.person
        assert person is not None
        content = f"{users}\n{chr(10).join(written(person.story.record))}".replace("\u200b", "").casefold()
        every = person.navigation.pages.pages()
        assert len(every) > 8
        assert person.navigation.pages.index(0).data() == wide("Overview")
        for page in every:
            person.open_page(page)
            driver.settle()
            found[f"{page} of {who.value}"] = left(driver.window, content)
            items = person.story.entries(page) if page in person.story.record.sections else []
            if items:
                person.open_entry(items[0].entry.entry_id)
                driver.settle()
                found[f"{page} details of {who.value}"] = left(person.detail, content)
        screen.close_preview()
    assert {page: one for page, one in found.items() if one} == {}
