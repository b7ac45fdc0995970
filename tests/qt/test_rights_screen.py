"""Who acts for whom, recorded in the windows: rights allowed, renewed and ended, capacity and competence found. A real
vault, keys alone; and what the person and those who act for them then really get."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from commandkit import bundle, condition, nhs_number, patient, write
from conftest import window_on
from keyboard import Keys
from office import PASSPHRASES, sign_in
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox
from pytestqt.qtbot import QtBot
from test_court_limits import RUTH, at_margaret, let_ruth_act, seen_by_ruth
from test_office_screens import LOOKS, faults, shown
from test_privacy_office import margaret

from consent.proxies import table
from desktop.demo.run import AS_OF
from desktop.screen_matrix import screens
from desktop.settings import Settings
from desktop.views.rights import WhoActs
from desktop.workspace import Workspace
from fhir.entries import PersonId

ALLOW, DECIDE = "Let somebody act for them…", "Record whether they can decide…"
CHILD = "Record Gillick competence…"


def add_ruth(office: Path, person: PersonId) -> None:
    """A daughter who is a user here, and has no right yet."""
    with sign_in(office, "Howard") as workspace:
        workspace.add_user("Ruth", "proxy", "", RUTH, recovery_key="", person=person)


def rights(office: Path, person: PersonId, now: datetime = AS_OF) -> list[tuple[str, str]]:
    """The basis and state of every right to act for a person."""
    with sign_in(office, "Howard", now) as workspace:
        return [(one.mandate.basis, one.standing.state) for one in workspace.acting_for(person)]


def at_worker(keys: Keys, user: str, person: str = "ellison") -> None:
    keys.sign_in(user)
    keys.menu("Who acts for whom")
    pick(keys, person)


def pick(keys: Keys, person: str = "ellison") -> None:
    keys.write("Find a person whose record is meant", person)
    keys.reach("People found")
    keys.press(Qt.Key.Key_Down)
    keys.press(Qt.Key.Key_Return)
    assert "Who acts for this person" in keys.texts()


def test_the_office_allows_a_daughter_to_act_and_ends_it(keys: Keys, office: Path) -> None:
    person = margaret(office)
    add_ruth(office, person)
    assert seen_by_ruth(office, person) == set()
    at_margaret(keys, "Salma")
    assert "Nobody has a right to act for this person." in keys.texts()
    keys.do(ALLOW)
    keys.do("Record it")
    for said in ("Choose the legal basis.", "Say what shows it."):
        assert said in keys.texts(), "each is said beside its answer"
    keys.write("On which legal basis", "The person's own permission")
    assert "Choose the legal basis." not in keys.texts()
    assert "It counts only while the person can decide this for themself." in keys.texts()
    assert "It lapses 12 months after it was last confirmed." in keys.texts()
    assert "It never shows them notes about keeping the person safe" in keys.texts()
    keys.write("What shows it", "Signed form of 20 Nov seen")
    keys.do("Record it")
    assert "Tick at least one kind of information." in keys.texts()
    keys.reach("They may see: General health")
    keys.press(Qt.Key.Key_Space)
    keys.reach("Until it lapses by law, or somebody ends it")
    keys.press(Qt.Key.Key_Space)
    keys.write("Its last day", "31 Mar 2027")
    keys.do("Record it")
    words = "Ruth: The person's own permission, since 21 Nov 2026, until 31 Mar 2027."
    assert words in keys.texts()
    assert "Lets them see: general health; and choose nothing for the person." in keys.texts()
    assert "Shown by: Signed form of 20 Nov seen. Recorded by Salma." in keys.texts()
    assert "Counts today" in keys.texts()
    assert "It lapses on 21 Nov 2027, unless it is renewed." in keys.texts()
    keys.lock()
    with sign_in(office, "Anita") as workspace:
        workspace.open_person(person)  # with keys that open what the privacy officer's do not
    assert seen_by_ruth(office, person) == {"general"}

    at_margaret(keys, "Salma")
    keys.do("End it…: Ruth")
    at = QApplication.focusWidget()
    assert at is not None
    assert at.accessibleName() == "Cancel", "what changes nothing comes first"
    assert "By this right they see nothing of the record any more" in keys.texts()
    keys.press(Qt.Key.Key_Return)
    assert "Has ended" not in keys.texts(), "what changes nothing comes first"
    keys.do("End it…: Ruth")
    keys.do("End the right")
    assert "Has ended" in keys.texts()
    assert "End it…: Ruth" not in keys.names()
    keys.lock()
    assert seen_by_ruth(office, person) == set()
    assert rights(office, person) == [("permission", "ended")]


def test_nobody_is_offered_to_renew_or_end_a_right_of_their_own(keys: Keys, office: Path) -> None:
    person = margaret(office)
    let_ruth_act(office, person)
    with sign_in(office, "Howard") as workspace:
        workspace.state_acting("allow", person, "Salma", "permission", "Seen", scope=("general",))
    at_margaret(keys, "Salma")
    assert "Salma: The person's own permission" in keys.texts()
    assert "End it…: Ruth" in keys.names()
    assert "End it…: Salma" not in keys.names()


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (300, "Counts today"),
        (340, "Lapses on 21 Nov 2027, unless renewed"),
        (370, "Lapsed on 21 Nov 2027, until it is renewed"),
    ],
)
def test_a_right_says_when_it_is_about_to_lapse_or_has_and_is_renewed(
    office: Path, qtbot: QtBot, look: None, settings: Settings, days: int, said: str
) -> None:
    person = margaret(office)
    let_ruth_act(office, person)
    now = AS_OF + timedelta(days=days)
    with window_on(office, qtbot, settings, now) as window:
        keys = Keys(window, qtbot, PASSPHRASES)
        at_margaret(keys, "Howard")
        assert said in keys.texts()
        keys.do("Renew it…: Ruth")
        assert "Does this right still hold?" in keys.texts()
        keys.do("Renew it")
        assert "Counts today" in keys.texts()
        keys.lock()
    assert rights(office, person, now + timedelta(days=200)) == [("permission", "active")]


def test_an_attorney_counts_from_the_day_a_clinician_found_that_the_person_can_not_decide(
    keys: Keys, office: Path
) -> None:
    person = margaret(office)
    add_ruth(office, person)
    at_margaret(keys, "Howard")
    assert DECIDE not in keys.names(), "whoever assessed the person records it"
    assert "Recorded by the clinician or social worker who made the assessment" in keys.texts()
    keys.do(ALLOW)
    keys.write("On which legal basis", "Attorney for health and welfare")
    keys.write("What shows it", "LPA registered, OPG 7000-1")
    keys.do("Record it")
    assert "Does not count yet" in keys.texts()
    assert "It counts only while the person cannot decide this, and nobody has found that." in keys.texts()
    keys.lock()
    assert seen_by_ruth(office, person) == set()

    at_worker(keys, "Anita")
    assert "Nobody has found otherwise: the person is taken as able to decide for themself." in keys.texts()
    keys.do(DECIDE)
    keys.do("Record it")
    assert "Say what was found." in keys.texts()
    keys.do("What was found: They cannot make this decision")
    keys.write("Day of the assessment", "22 Nov 2026")
    keys.do("Record it")
    assert "It cannot be after 21 Nov 2026." in keys.texts()
    keys.write("Day of the assessment", "19/11/2026")
    keys.write("Look at it again on", "1 May 2027")
    assert "Anita (GP). Whoever made the assessment records it." in keys.texts()
    keys.do("Record it")
    assert "Can not decide “who sees their record”. Assessed by Anita (GP), 19 Nov 2026." in keys.texts()
    assert "Look again by 1 May 2027" in keys.texts()
    assert "Counts today" in keys.texts()
    keys.lock()
    assert seen_by_ruth(office, person)
    assert rights(office, person, AS_OF + timedelta(days=170)) == [("health-attorney", "waits")]


def test_a_finding_about_another_decision_names_it_and_a_newer_one_takes_its_place(keys: Keys, office: Path) -> None:
    at_worker(keys, "Anita")
    assert CHILD not in keys.names(), "she is no child"
    for found in ("They cannot make this decision", "They can make this decision"):
        keys.do(DECIDE)
        keys.do("Which decision was assessed: Another decision")
        keys.do(f"What was found: {found}")
        if "not" in found:
            keys.do("Record it")
            assert "Say which decision was assessed." in keys.texts()
        keys.write("Which one, in a few words", "where to live")
        keys.do("Record it")
    assert "Can decide “where to live”. Assessed by Anita (GP), 21 Nov 2026." in keys.texts()
    assert "A newer finding counts" in keys.texts()


def test_a_clinician_records_that_a_child_can_decide_and_refuses_a_parent(keys: Keys, office: Path) -> None:
    """Born on 6 May 2013: thirteen. The parent is told neither that nor why."""
    child = patient("a", "Okafor", nhs_number(41), born="2013-05-06")
    files = [write(office.parent / "more", "a.json", bundle(child, condition("p", "a", "Asthma", code="195967001")))]
    right = {"basis": "parental-responsibility", "evidence": "Birth certificate seen"}
    with sign_in(office, "Anita") as workspace:
        workspace.import_files(files, lambda what, done, total: None, lambda: False)
    with sign_in(office, "Howard") as workspace:
        (row,) = workspace.people("okafor")
        workspace.add_user("Ruth", "proxy", "", RUTH, recovery_key="", person=row.person_id, mandate=right)
    assert seen_by_ruth(office, row.person_id) == {"general"}
    at_worker(keys, "Anita", "okafor")
    assert "Nobody has assessed yet whether this child can decide" in keys.texts()
    keys.do(CHILD)
    keys.do("Record it")
    assert "Say what was found." in keys.texts()
    keys.do("What was found: They can decide this")
    keys.reach("Does not agree that they see it: Ruth")
    keys.press(Qt.Key.Key_Space)
    keys.do("Record it")
    assert "Competent to decide about their record. Does not agree that they see it: Ruth." in keys.texts()
    assert "Counts until the 16th birthday" in keys.texts()
    assert "The young person does not agree" in keys.texts()
    keys.do(CHILD)
    keys.do("What was found: They can decide this")
    refused = keys.reach("Does not agree that they see it: Ruth")
    assert isinstance(refused, QCheckBox)
    assert refused.isChecked(), "what was recorded before is not lost by recording anew"
    keys.press(Qt.Key.Key_Escape)
    keys.lock()
    assert seen_by_ruth(office, row.person_id) == set()
    with Workspace.sign_in(office, "Ruth", RUTH, now=AS_OF, anchors=office.with_name("anchors")) as workspace:
        about = workspace.circumstances(row.person_id)
    assert (about.competence, about.capacity) == ((), ())


def test_on_a_basis_that_gives_no_right_nothing_is_recorded(keys: Keys, office: Path) -> None:
    person = margaret(office)
    add_ruth(office, person)
    at_margaret(keys, "Salma")
    keys.do(ALLOW)
    keys.write("On which legal basis", "Council accommodating a child")
    assert "It gives no right to see the record, so there is nothing to record." in keys.texts()
    keys.write("What shows it", "Section 20 agreement")
    keys.do("Record it")
    assert "On this basis nobody may act for them here." in keys.texts()
    keys.press(Qt.Key.Key_Escape)
    keys.lock()
    assert rights(office, person) == []


def test_every_basis_can_be_recorded(keys: Keys, office: Path) -> None:
    person = margaret(office)
    add_ruth(office, person)
    at_margaret(keys, "Salma")
    given = [basis for basis in table().bases.values() if basis.during != "never"]
    for basis in given:
        keys.do(ALLOW)
        keys.write("On which legal basis", basis.name)
        keys.write("What shows it", f"Seen: {basis.needs}")
        if basis.by_scope:
            keys.reach(f"They may see: {'Mental health' if basis.key == 'nearest-relative' else 'General health'}")
            keys.press(Qt.Key.Key_Space)
        keys.do("Record it")
        assert not keys.window.dialogs(), (basis.key, keys.texts())
    keys.lock()
    assert [key for key, _state in rights(office, person)] == [one.key for one in given]


def test_where_nobody_could_act_that_is_said_and_what_can_not_be_read_is_an_error(keys: Keys, office: Path) -> None:
    at_worker(keys, "Anita")
    assert ALLOW not in keys.names()
    assert "Nobody is a user here who could act for them." in keys.texts()
    assert "Record Gillick competence…" not in keys.names(), "she is no child"
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, WhoActs)
    assert screen.person is not None
    screen.choose(replace(screen.person, person_id=PersonId("of-another-vault")))
    keys.settle()
    assert "That did not work" in keys.texts()
    assert "Nobody has a right to act" not in keys.texts(), "a failure is not an empty record"


@pytest.mark.parametrize(("user", "there"), [("Anita", True), ("Sam", False), ("Salma", False)])
def test_the_screen_is_for_those_who_may_record_something(keys: Keys, user: str, there: bool) -> None:
    """The privacy office has it in its own."""
    keys.sign_in(user)
    assert ("acting" in screens(keys.window)) is there


@pytest.mark.parametrize(("theme", "scale", "size"), LOOKS)
def test_rights_and_findings_are_legible(
    keys: Keys, office: Path, theme: str, scale: int, size: tuple[int, int]
) -> None:
    person = margaret(office)
    let_ruth_act(office, person)
    keys.sign_in("Anita")
    keys.window.resize(*size)
    keys.window.wear(theme, scale)
    shown(keys, "acting")
    pick(keys)
    found = {"screen": faults(keys.window)}
    for name in (ALLOW, DECIDE, "End it…: Ruth"):
        keys.do(name)
        if name == ALLOW:
            keys.write("On which legal basis", "The person's own permission")
        if "End" not in name:
            keys.do("Record it")
        found[name] = faults(keys.window.dialogs()[-1])
        keys.press(Qt.Key.Key_Escape)
    assert {name: one for name, one in found.items() if one} == {}
