"""A choice that is saved takes effect at once in everything that is open, over a real vault; and for whoever signs in
next, in this process or another."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import own
import pytest
from PySide6.QtGui import QGuiApplication
from test_lock import _left as everything_said
from test_lock import _told as said_now
from worker import GPS, LETTER, Desktop

from consent.plain_choices import PlainChoice, PlainChoices
from consent.plain_consents import to_consents
from desktop.demo.run import AS_OF
from desktop.dialogs.original import OriginalDialog
from desktop.dialogs.share import ShareDialog
from desktop.views.plugged.finding import find_in_record
from desktop.views.plugged.my_choices import help_with_choices
from desktop.views.plugged.sharing import share
from desktop.widgets.picker import Picker


@pytest.fixture
def vault(own: Path) -> Path:
    return own


def page(key: str) -> Callable[[Desktop], None]:
    def go(desktop: Desktop) -> None:
        desktop.window.open_page(key)

    return go


def details(desktop: Desktop) -> None:
    desktop.window.open_page("documents")
    desktop.window.open_entry(desktop.entry(LETTER))


def original(desktop: Desktop) -> None:
    assert desktop.window.person is not None
    desktop.window.person.wants_original.emit(desktop.entry(LETTER))
    desktop.settle()
    assert isinstance(desktop.window.dialogs()[-1], OriginalDialog)


def found_in_record(desktop: Desktop) -> None:
    find_in_record(desktop.window)
    desktop.settle()
    picker = desktop.window.dialogs()[-1]
    assert isinstance(picker, Picker)
    picker.field.setText("Elm")


def about_to_print(desktop: Desktop) -> None:
    share(desktop.window)
    dialog = desktop.window.dialogs()[-1]
    assert isinstance(dialog, ShareDialog)
    dialog.form.setCurrentIndex(dialog.form.findData("fhir"))
    dialog.look_button.click()


def copied(desktop: Desktop) -> None:
    desktop.window.copy(LETTER)


OPEN = {
    **{key: page(key) for key in ("overview", "timeline", "documents", "medicines", "sources")},
    "details": details,
    "original": original,
    "found in the record": found_in_record,
    "about to be printed": about_to_print,
    "the clipboard": copied,
}


@pytest.mark.parametrize("what", OPEN)
def test_nothing_of_what_is_now_hidden_stays_in_what_is_open(desktop: Desktop, what: str) -> None:
    desktop.sign_in("Anita Patel")
    desktop.open()
    assert desktop.titles >= own.HIDDEN
    OPEN[what](desktop)
    desktop.settle()
    assert "Elm" in everything_said() or "Doxycycline" in everything_said(), "the control must hit"
    desktop.choose("off")
    assert desktop.window.dialogs() == []
    assert not own.HIDDEN & desktop.titles
    assert "Furosemide" in desktop.titles
    said = everything_said() + QGuiApplication.clipboard().text()
    assert [title for title in own.HIDDEN if title in said] == []


def save_what_was_looked_at(dialog: ShareDialog, out: Path) -> None:
    dialog.save(out)


def print_what_was_looked_at(dialog: ShareDialog, out: Path) -> None:
    dialog._session.hand_out(dialog._prepared, None, lambda _none: out.write_text("printed"), dialog._failed)


@pytest.mark.parametrize("leave", [save_what_was_looked_at, print_what_was_looked_at])
def test_what_was_looked_at_before_a_choice_does_not_leave_after_it(
    desktop: Desktop, vault: Path, tmp_path: Path, leave: Callable[[ShareDialog, Path], None]
) -> None:
    desktop.sign_in("Anita Patel")
    desktop.open()
    about_to_print(desktop)
    desktop.settle()
    dialog = desktop.window.dialogs()[-1]
    assert isinstance(dialog, ShareDialog)
    session, before, after = desktop.window.session, tmp_path / "before.json", tmp_path / "after.json"
    leave(dialog, before)
    desktop.settle()
    assert before.exists(), "the control must hit"
    person = dialog._prepared.record.person
    hidden = to_consents(PlainChoices((PlainChoice(GPS, own.SEXUAL, "off"),)), f"Patient/{person}", AS_OF)
    session.ask(lambda vault: vault.set_choices(person, hidden), lambda _kept: None, pytest.fail)
    leave(dialog, after)  # pressed while the choice is being saved
    desktop.settle()
    assert not after.exists()
    assert "Nothing has left" in everything_said()
    desktop.window.lock()
    desktop.settle()
    with own.sign_in(vault, "Margaret Ellison") as workspace:
        kinds = [event.kind for event in workspace.log(person)]
    assert len([kind for kind in kinds if kind in ("export", "print")]) == 1


def test_a_choice_about_others_leaves_the_page_that_is_open(desktop: Desktop) -> None:
    desktop.sign_in("Anita Patel")
    desktop.open()
    desktop.window.open_page("documents")
    desktop.choose("off", own.HOME_CARE)
    assert desktop.window.person is not None
    assert desktop.window.person.page == "documents"
    assert desktop.titles >= own.HIDDEN


def test_the_record_goes_before_the_new_one_has_come(desktop: Desktop) -> None:
    desktop.sign_in("Anita Patel")
    desktop.open()
    desktop.window.open_page("documents")
    assert desktop.window.person is not None
    desktop.window.session.chosen.emit(str(desktop.window.person.story.record.person))
    assert [title for title in own.HIDDEN if title in said_now()] == []
    desktop.settle()
    assert desktop.titles >= own.HIDDEN, "the gate was asked, and nothing had been chosen"


def helped(desktop: Desktop) -> Any:
    """Anita has the record open, copied a line of it, and helps with the choices."""
    desktop.sign_in("Anita Patel")
    desktop.open()
    desktop.window.copy(LETTER)
    help_with_choices(desktop.window)
    desktop.settle()
    return desktop.window.screens.currentWidget()


def test_a_choice_saved_with_help_reaches_the_helper(desktop: Desktop) -> None:
    screen = helped(desktop)
    screen.board.choose(GPS, own.SEXUAL, "off")
    screen.who_page.save()
    desktop.settle()
    assert QGuiApplication.clipboard().text() == ""
    desktop.window.show_find()
    desktop.settle()
    desktop.open()
    assert not own.HIDDEN & desktop.titles


def test_a_preview_shows_what_was_saved_while_it_came(desktop: Desktop) -> None:
    screen = helped(desktop)
    screen.see_as(GPS)
    screen.board.choose(GPS, own.SEXUAL, "off")
    screen.who_page.save()
    desktop.settle()
    assert screen.seeing is not None
    sections = screen.seeing.person.story.record.sections.values()
    assert not own.HIDDEN & {item.entry.title for section in sections for item in section.entries}
    assert [title for title in own.HIDDEN if title in everything_said()] == []


def test_a_list_of_single_things_does_not_outlast_a_choice(desktop: Desktop) -> None:
    screen = helped(desktop)
    screen._ask_single()
    screen.board.choose(GPS, own.SEXUAL, "off")
    screen.who_page.save()
    desktop.settle()
    assert desktop.window.dialogs() == []


CHOOSE = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import own
from consent.plain_choices import PlainChoice, PlainChoices, Who
from consent.plain_consents import to_consents
from desktop.demo.run import AS_OF
from desktop.errors import WorkspaceError
try:
    with own.sign_in(Path(sys.argv[1]), "Margaret Ellison") as workspace:
        person = own.person(workspace)
        hidden = PlainChoices((PlainChoice(Who("role", "gp"), own.SEXUAL, "off"),))
        workspace.set_choices(person, to_consents(hidden, f"Patient/{person}", AS_OF))
except WorkspaceError as refused:
    print(refused)
"""


def chooses_elsewhere(vault: Path) -> str:
    """Margaret hides them from GPs in a process of her own; what it said."""
    folders = [str(Path(own.__file__).parent), str(Path(own.__file__).parents[1])]
    ran = subprocess.run(
        [sys.executable, "-c", CHOOSE, str(vault), *folders], capture_output=True, text=True, check=True, timeout=120
    )
    return ran.stdout.strip()


def test_two_processes_take_turns_and_neither_shows_what_the_other_hid(desktop: Desktop, vault: Path) -> None:
    desktop.sign_in("Anita Patel")
    desktop.open()
    assert desktop.titles >= own.HIDDEN
    assert chooses_elsewhere(vault), "nobody chooses beside an open window of another process"
    desktop.window.lock()
    desktop.settle()
    assert chooses_elsewhere(vault) == ""
    desktop.sign_in("Anita Patel")
    desktop.open()
    assert not own.HIDDEN & desktop.titles
    assert "Furosemide" in desktop.titles
