"""Somebody who is, or acts for, one person is added as a user in the privacy office's windows: a real vault, keys
alone, and what they then really get."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from conftest import flush
from keyboard import Keys
from office import NAME, PASSPHRASES, sign_in
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from test_office_screens import LOOKS, faults, shown
from test_privacy_office import margaret

from desktop.demo.run import AS_OF
from desktop.dialogs.linked import LinkedDialog
from desktop.views.linked_users import WhoseRecord
from desktop.views.people_pane import PeoplePane
from desktop.workspace import Workspace

ADD, NEW = "Add a person, carer or proxy…", "her daughter ruth"
GENERAL = "They may see: General health"


def at_margaret(keys: Keys, user: str) -> None:
    """Whose record is chosen; who is added is asked."""
    keys.sign_in(user)
    keys.menu("Users and teams")
    keys.do(ADD)
    assert "Whose record is it for?" in keys.texts()
    keys.write("Find the person whose record it is", "nobody of this name")
    keys.qtbot.waitUntil(lambda: "Nobody found" in keys.texts())
    keys.write("Find the person whose record it is", "ellison")
    pane = keys.window.dialogs()[-1].findChildren(PeoplePane)[0]
    keys.qtbot.waitUntil(lambda: pane.people.rowCount() == 1)
    keys.press(Qt.Key.Key_Return)
    assert "Who is added for this person’s record?" in keys.texts()
    assert NAME in keys.texts()


def passphrases(keys: Keys, again: str = NEW) -> None:
    keys.write("A passphrase for them", NEW)
    keys.write("The same passphrase again", again)


def test_a_daughter_is_added_with_her_right_and_reads_what_it_opens(keys: Keys, office: Path) -> None:
    person = margaret(office)
    at_margaret(keys, "Salma")
    keys.do("Add them")
    for said in (
        "Say what they are called.",
        "Choose the legal basis.",
        "Say what shows it.",
        "A passphrase has 8 letters or more.",
        "Type the recovery key.",
    ):
        assert said in keys.texts(), said
    at = QApplication.focusWidget()
    assert at is not None
    assert at.accessibleName() == "Their name", "the cursor is at the first that is wrong"
    assert "Its last day" not in keys.texts(), "that is asked where it has one"
    keys.write("What they are", "Proxy")
    keys.write("Their name", "anita")
    assert "Say what they are called." not in keys.texts()
    keys.write("On which legal basis", "The person's own permission")
    keys.write("What shows it", "Signed form of 20 Nov seen")
    passphrases(keys, "something else")
    hidden = [one for one in keys.here().findChildren(QLineEdit) if one.text() == NEW]
    assert {one.echoMode() for one in hidden} == {QLineEdit.EchoMode.Password}
    keys.write("The recovery key", office.with_name("key").read_text("utf-8"))
    keys.do("Add them")
    assert "Tick at least one kind of information." in keys.texts()
    assert "It is not the same passphrase." in keys.texts()
    assert "There is a user of this name already." in keys.texts()
    keys.write("Their name", "Ruth")
    keys.reach(GENERAL)
    keys.press(Qt.Key.Key_Space)
    keys.reach("Until it lapses by law, or somebody ends it")
    keys.press(Qt.Key.Key_Space)
    keys.write("Its last day", "20 Nov 2026")
    keys.do("Add them")
    assert "can sign in" not in keys.texts(), "it does not end before it begins"
    keys.write("Its last day", "31 Mar 2027")
    passphrases(keys)
    keys.do("Add them")
    assert f"Ruth can sign in, for the record of {NAME}." in keys.texts()
    assert "Proxy, of one record only" in keys.texts()
    keys.lock()
    with sign_in(office, "Anita") as workspace:
        workspace.open_person(person)  # with keys that open what the privacy officer's do not
        (right,) = workspace.acting_for(person)
    said = right.mandate
    assert (said.user, said.basis, said.evidence) == ("Ruth", "permission", "Signed form of 20 Nov seen")
    assert (said.scope, said.ends, said.recorded_by) == (frozenset({"general"}), date(2027, 3, 31), "Salma")
    assert right.standing.state == "active"
    anchors = office.with_name("anchors")
    with Workspace.sign_in(office, "Ruth", NEW, now=AS_OF, anchors=anchors) as workspace:
        record = workspace.open_person(person)
        kinds = {kind for part in record.sections.values() for item in part.entries for kind in item.categories}
        assert kinds == {"general"}
        assert [row.name for row in workspace.people()] == [NAME]


def test_the_person_themself_is_added_without_a_right_and_once(keys: Keys, office: Path) -> None:
    person = margaret(office)
    at_margaret(keys, "Howard")
    keys.write("What they are", "The person themself")
    assert "On which legal basis" not in keys.names()
    assert "From" not in keys.names()
    assert "The recovery key" not in keys.names(), "who holds the custodian's office has its keys"
    keys.write("Their name", "Peggy")
    passphrases(keys)
    keys.do("Add them")
    assert f"Peggy can sign in, for the record of {NAME}." in keys.texts()
    keys.lock()
    anchors = office.with_name("anchors")
    with Workspace.sign_in(office, "Peggy", NEW, now=AS_OF, anchors=anchors) as workspace:
        assert workspace.user.role == "person"
        assert workspace.open_person(person).sections["allergies"].entries
        assert workspace.who_looked(person)
    at_margaret(keys, "Howard")
    keys.write("What they are", "The person themself")
    keys.write("Their name", "Margaret")
    passphrases(keys)
    keys.do("Add them")
    assert "They are a user here already: Peggy." in keys.texts()
    keys.do("Cancel")


def test_a_carer_is_told_to_choose_nothing_and_a_wrong_recovery_key_adds_nobody(keys: Keys, office: Path) -> None:
    person = margaret(office)
    at_margaret(keys, "Salma")
    keys.write("What they are", "Carer")
    assert "A carer never chooses." in keys.texts()
    keys.write("Their name", "Ruth")
    keys.write("On which legal basis", "The person's own permission")
    assert "Lets them see, at most: every kind of information; and choose nothing for the person." in keys.texts()
    keys.write("On which legal basis", "Appointee")
    keys.write("What shows it", "BF57 seen")
    passphrases(keys)
    keys.write("The recovery key", "AAAA-BBBB")
    keys.do("Add them")
    assert "recovery key" in keys.texts()
    keys.press(Qt.Key.Key_Return)
    assert "of one record only" not in keys.texts()
    keys.lock()
    with sign_in(office, "Howard") as workspace:
        assert {row.name for row in workspace.users()} == set(PASSPHRASES)
        assert workspace.acting_for(person) == [], "nor is any right left behind"


@pytest.mark.parametrize(("theme", "scale", "size"), LOOKS)
def test_the_forms_are_whole_in_every_look(keys: Keys, theme: str, scale: int, size: tuple[int, int]) -> None:
    keys.sign_in("Salma")
    keys.window.resize(*size)
    keys.window.wear(theme, scale)
    flush()
    shown(keys, "users")
    keys.do(ADD)
    whose = keys.window.dialogs()[-1]
    assert isinstance(whose, WhoseRecord)
    found = {"whose": faults(whose)}
    pane = whose.pane
    rows = [pane.people.person(pane.people.index(row, 0)) for row in range(pane.people.rowCount())]
    pane.chosen.emit(next(one for one in rows if one.name == NAME))
    keys.settle()
    dialog = keys.window.dialogs()[-1]
    assert isinstance(dialog, LinkedDialog)
    for kind in range(dialog.what.count()):
        dialog.what.setCurrentIndex(kind)
        for basis in range(dialog.basis.count()):
            dialog.basis.setCurrentIndex(basis)
            flush()
            found[f"{kind} {basis}"] = faults(dialog)
    dialog.done_with()
    flush()
    found["told"] = faults(dialog)
    dialog.reject()
    assert {key: wrong for key, wrong in found.items() if wrong} == {}
