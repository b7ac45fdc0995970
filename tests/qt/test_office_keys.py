"""Users and keys, backups and the log in the privacy office's windows, over a real vault and by keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import window_on
from keyboard import Keys
from office import ANITA, HOWARD, NAME, PASSPHRASES, sign_in
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from desktop.demo.run import AS_OF
from desktop.dialogs.keys import NewRecoveryKey, RemoveUser
from desktop.dialogs.restoring import RestoringDialog
from desktop.errors import SignInError, WorkspaceError
from desktop.jobs import Job
from desktop.settings import Settings
from desktop.views.plugged.access_log import AccessLog
from desktop.views.plugged.backups import Backups
from desktop.views.plugged.users import Users
from desktop.widgets.chain import ChainPicture
from desktop.widgets.under_way import UnderWay
from desktop.workspace import Workspace

NEW = "harbour lantern kettle"


def answers(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """What the platform's own dialogs for files answer: they are not this program's."""
    for ask in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, ask, lambda *_args, **_more: (str(file), ""))


def test_someone_is_added_and_leaves_again(keys: Keys, office: Path) -> None:
    keys.sign_in("Howard")
    keys.menu("Users and teams")
    assert "5 users · 5 teams" in keys.texts()
    assert "Remove…: Howard" not in keys.names(), "nobody removes themself"
    keys.do("Add a worker…")
    keys.write("Their name", "Nadia")
    keys.write("What they are", "Nurse")
    keys.write("Where they work", "Mill Street")
    keys.write("A passphrase for them", NEW)
    assert not keys.enabled("Add them"), "the passphrase is typed twice"
    keys.write("The same passphrase again", NEW)
    hidden = [one for one in keys.here().findChildren(QLineEdit) if one.text() == NEW]
    assert {one.echoMode() for one in hidden} == {QLineEdit.EchoMode.Password}
    keys.do("Add them")
    assert "Nadia can sign in." in keys.texts()
    keys.lock()
    with Workspace.sign_in(office, "Nadia", NEW, anchors=office.with_name("anchors")) as workspace:
        assert [row.name for row in workspace.people()] == [NAME]
    keys.sign_in("Howard")
    keys.menu("Users and teams")
    keys.do("Remove…: Nadia")
    keys.do("Remove them")
    assert "Nadia is removed." in keys.texts()
    keys.lock()
    with pytest.raises(SignInError):
        Workspace.sign_in(office, "Nadia", NEW, anchors=office.with_name("anchors"))


def test_without_the_custodians_office_the_recovery_key_is_asked_for(keys: Keys, office: Path) -> None:
    keys.sign_in("Salma")
    keys.menu("Users and teams")
    keys.do("Rename an organisation…")
    keys.write("The name so far", "Vale Ambulance")
    keys.write("The new name", "Vale and Fen Ambulance")
    assert not keys.enabled("Rename it")
    keys.write("The recovery key", office.with_name("key").read_text("utf-8"))
    keys.do("Rename it")
    assert "Vale Ambulance is now Vale and Fen Ambulance." in keys.texts()
    keys.do("Rename an organisation…")
    keys.write("The name so far", "Mill Street")
    keys.write("The new name", "Mill Lane")
    keys.write("The recovery key", "AAAA-BBBB")
    keys.do("Rename it")
    assert "recovery key" in keys.texts()
    keys.press(Qt.Key.Key_Return)
    keys.lock()
    with sign_in(office, "Salma") as workspace:
        assert {user.organisation for user in workspace.users()} == {
            "Mill Street",
            "Vale and Fen Ambulance",
            "Record Office",
            "Test Team",
        }


def test_a_new_recovery_key_is_shown_once_before_it_counts(keys: Keys, office: Path) -> None:
    before = office.with_name("key").read_text("utf-8")
    keys.sign_in("Howard")
    keys.menu("Users and teams")
    keys.do("New recovery key…")
    keys.do("Show me the new key")
    shown = next(name for name in keys.names() if name.startswith("Recovery key: "))
    new = shown.removeprefix("Recovery key: ").replace(" ", "-")
    assert not keys.enabled("I have it: go on")
    keys.write("Type its last group, to show that you have it", "AAAA")
    assert not keys.enabled("I have it: go on")
    keys.write("Type its last group, to show that you have it", new.rpartition("-")[2].lower())
    keys.do("I have it: go on")
    assert "The recovery key has changed." in keys.texts()
    assert not any(new.partition("-")[0] in name for widget in QApplication.allWidgets() for name in said(widget))
    keys.lock()
    anchors = office.with_name("anchors")
    with pytest.raises(WorkspaceError):
        Workspace.reset_passphrase(office, "Anita", NEW, recovery_key=before)
    Workspace.reset_passphrase(office, "Anita", NEW, recovery_key=new)
    Workspace.sign_in(office, "Anita", NEW, anchors=anchors).close()


def said(widget: object) -> list[str]:
    """What a widget says or holds."""
    found = (getattr(widget, name, None) for name in ("accessibleName", "text"))
    return [str(one()) for one in found if callable(one)]


def test_a_new_recovery_key_that_nobody_took_changes_nothing(
    keys: Keys, office: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = office.with_name("key").read_text("utf-8")
    keys.sign_in("Howard")
    keys.menu("Users and teams")
    keys.do("Change every key…")
    keys.do("Show me the new key")
    answers(monkeypatch, office.with_name("key"))
    keys.do("Save it to a file…")
    assert "could not be written" in keys.texts(), "nothing is overwritten"
    assert not keys.enabled("I have it: go on")
    answers(monkeypatch, tmp_path / "new-key")
    keys.do("Save it to a file…")
    assert (tmp_path / "new-key").stat().st_mode & 0o777 == 0o600
    assert keys.enabled("I have it: go on")
    keys.do("Cancel")
    keys.lock()
    Workspace.reset_passphrase(office, "Anita", NEW, recovery_key=before)


def test_who_lost_their_passphrase_gets_another_and_reads_what_they_could(keys: Keys, office: Path) -> None:
    with sign_in(office, "Sam") as workspace:
        rows = workspace.people()
        before = [row.name for row in rows]
        workspace.remember_opened(rows[0].person_id, "present")
        workspace.keep_draft(rows[0].person_id, b"begun")
        assert workspace.lately()
    keys.sign_in("Howard")
    keys.menu("Users and teams")
    assert "New passphrase…: Howard" not in keys.names()
    keys.do("New passphrase…: Sam")
    keys.write("A passphrase for them", NEW)
    assert not keys.enabled("Give it to them")
    keys.write("The same passphrase again", NEW)
    keys.do("Give it to them")
    assert "Sam can sign in with the new passphrase." in keys.texts()
    keys.lock()
    with pytest.raises(SignInError):
        sign_in(office, "Sam")
    with Workspace.sign_in(office, "Sam", NEW, now=AS_OF, anchors=office.with_name("anchors")) as workspace:
        assert [row.name for row in workspace.people()] == before
        assert workspace.lately() == [], "as the dialog says"
        assert workspace.draft(rows[0].person_id) == b""
        assert workspace.open_person(workspace.people()[0].person_id).sections["allergies"].entries
    with sign_in(office, "Howard") as workspace, pytest.raises(WorkspaceError, match="Your own passphrase"):
        workspace.renew_user("Howard", NEW)
    with sign_in(office, "Anita") as workspace, pytest.raises(WorkspaceError, match="recovery key"):
        workspace.renew_user("Sam", "another one here")


def test_everyone_changes_their_own_passphrase(keys: Keys, office: Path) -> None:
    keys.sign_in("Sam")
    keys.menu("Change your passphrase…")
    keys.write("Your passphrase now", "not this one")
    keys.write("A new passphrase", NEW)
    keys.write("The new passphrase again", NEW)
    keys.do("Change it")
    assert "is not right" in keys.texts()
    keys.press(Qt.Key.Key_Return)
    keys.menu("Change your passphrase…")
    keys.write("Your passphrase now", "vale ambulance night")
    keys.write("A new passphrase", NEW)
    keys.write("The new passphrase again", NEW)
    keys.do("Change it")
    assert "opens this vault no more" in keys.texts()
    keys.press(Qt.Key.Key_Return)
    keys.lock()
    Workspace.sign_in(office, "Sam", NEW, anchors=office.with_name("anchors")).close()


def test_a_backup_is_made_with_progress_and_put_back_with_what_is_newer(
    keys: Keys, office: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys.sign_in("Howard")
    keys.menu("Backups")
    assert "No backup was made yet." in keys.texts()
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, Backups)
    told: list[str] = []
    progress = UnderWay.progress
    monkeypatch.setattr(UnderWay, "progress", lambda self, *more: (told.append(more[0]), progress(self, *more)))
    answers(monkeypatch, tmp_path / "monday.backup")
    keys.do("Make a backup…")
    assert "read back and found the same" in keys.texts()
    assert list(dict.fromkeys(told)) == [
        "Checking the vault",
        "Copying it",
        "Comparing every row",
        "Writing the backup",
        "Reading it back",
    ]
    assert (tmp_path / "monday.backup").exists()
    keys.do("Make a backup…")
    assert "nothing was overwritten" in keys.texts()
    keys.menu("Users and teams")
    keys.do("Remove…: Sam")
    keys.do("Remove them")
    keys.menu("Backups")
    keys.do("Put one back…")
    assert "Everyone has to sign in again." in keys.texts()
    keys.write("Your passphrase when it was made", "wrong")
    keys.do("Put it back")
    assert keys.window.session.user is None
    assert "is not right for this vault" in keys.texts()
    keys.press(Qt.Key.Key_Return)
    keys.sign_in("Howard")
    keys.menu("Backups")
    keys.do("Put one back…")
    keys.write("Your passphrase when it was made", HOWARD)
    keys.do("Put it back")
    assert keys.window.session.user is None
    assert "is back in place" in keys.texts()
    assert "Removed since, and can sign in again: Sam." in keys.texts()
    keys.press(Qt.Key.Key_Return)
    assert keys.window.sign_in.user.findText("Sam") >= 0


def test_a_backup_is_put_back_on_a_computer_that_has_no_vault(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot, settings: Settings
) -> None:
    keys.sign_in("Howard")
    keys.menu("Backups")
    assert "Put a backup back…" not in keys.texts()
    answers(monkeypatch, tmp_path / "monday.backup")
    keys.do("Make a backup…")
    keys.lock()
    (tmp_path / "new").mkdir()
    with window_on(tmp_path / "new" / "onestory.vault", qtbot, settings) as window:
        there = Keys(window, qtbot, PASSPHRASES)
        there.settle()
        assert "There is no vault at that place" in there.texts()
        there.do("Put a backup back…")
        assert "No vault opens here" in there.texts()
        there.write("Your name when it was made", "Howard")
        there.write("Your passphrase when it was made", "wrong")
        there.do("Put it back")
        assert not (tmp_path / "new" / "onestory.vault").exists()
        there.press(Qt.Key.Key_Return)
        there.do("Put a backup back…")
        there.write("Your name when it was made", "Howard")
        there.write("Your passphrase when it was made", HOWARD)
        there.do("Put it back")
        assert "is back in place" in there.texts()
        there.press(Qt.Key.Key_Return)
        there.sign_in("Salma")
        assert "Put a backup back…" not in there.texts()


def test_putting_a_backup_back_says_how_far_it_is_and_can_be_stopped(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys.sign_in("Howard")
    keys.menu("Backups")
    answers(monkeypatch, tmp_path / "monday.backup")
    keys.do("Make a backup…")
    keys.menu("Users and teams")
    keys.do("Remove…: Sam")
    keys.do("Remove them")

    def put_back() -> None:
        keys.menu("Backups")
        keys.do("Put one back…")
        keys.write("Your passphrase when it was made", HOWARD)
        keys.qtbot.keyClick(keys.reach("Put it back"), Qt.Key.Key_Space)

    with monkeypatch.context() as patch:
        patch.setattr(Job, "cancelled", lambda job: job._cancel.wait(60))  # it goes no further until it is stopped
        put_back()
        assert "Until it is put in place you can stop, and nothing is changed." in keys.texts()
        (bar,) = keys.here().findChildren(QProgressBar)
        assert bar.accessibleName() == "How far putting it back is"
        keys.press(Qt.Key.Key_Escape)
    assert "Stopped. Nothing was changed." in keys.texts()
    keys.press(Qt.Key.Key_Return)
    assert keys.window.sign_in.user.findText("Sam") < 0

    told: list[str] = []
    progress = RestoringDialog.progress

    def noted(self: RestoringDialog, doing: str, done: int, total: int) -> None:
        told.append(doing)
        progress(self, doing, done, total)

    monkeypatch.setattr(RestoringDialog, "progress", noted)
    keys.sign_in("Howard")
    put_back()
    keys.settle()
    assert "is back in place" in keys.texts()
    assert list(dict.fromkeys(told)) == [
        "Checking the backup",
        "Unpacking it",
        "Comparing every row",
        "Putting it in place",
    ]
    keys.press(Qt.Key.Key_Return)
    assert keys.window.dialogs() == []
    assert keys.window.sign_in.user.findText("Sam") >= 0


def test_a_backup_that_is_stopped_leaves_nothing(keys: Keys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys.sign_in("Howard")
    keys.menu("Backups")
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, Backups)
    target = tmp_path / "where" / "half.backup"
    target.parent.mkdir()
    screen.make(target)
    screen.under_way.stop_button.click()
    keys.settle()
    assert "Stopped. No backup was made." in keys.texts()
    assert list(target.parent.iterdir()) == []


def test_removing_somebody_says_how_far_it_is_and_can_be_stopped(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, office: Path
) -> None:
    told: list[str] = []
    progress = UnderWay.progress
    monkeypatch.setattr(UnderWay, "progress", lambda self, *more: (told.append(more[0]), progress(self, *more)))
    keys.sign_in("Howard")
    keys.menu("Users and teams")
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, Users)
    sam = next(user for user in screen._users if user.name == "Sam")
    screen.remove(sam)
    dialog = keys.here()
    assert isinstance(dialog, RemoveUser)
    dialog.accept()
    assert screen.under_way.isVisible()
    assert screen.busy()
    assert not screen.add_button.isEnabled()
    screen.under_way.stop_button.click()
    keys.settle()
    assert "Stopped. Nothing was changed." in keys.texts()
    keys.press(Qt.Key.Key_Return)
    assert screen.add_button.isEnabled()
    assert "Remove…: Sam" in keys.names()
    told.clear()
    keys.do("Remove…: Sam")
    keys.do("Remove them")
    assert "Sam is removed." in keys.texts()
    assert not screen.under_way.isVisible()
    assert set(told) == {"Sealing anew what they could read"}
    keys.menu("Access log")
    assert "Reading every line of the log" in told
    assert "Comparing the records of everybody" in told
    keys.lock()
    with pytest.raises(SignInError):
        sign_in(office, "Sam")


def test_the_log_is_checked_and_drawn_and_said(keys: Keys, office: Path) -> None:
    keys.sign_in("Salma")
    keys.menu("Access log")
    assert "Whole: nothing was changed, taken out or put back." in keys.texts()
    (picture,) = [one for one in keys.window.findChildren(ChainPicture) if one.isVisible()]
    assert picture.accessibleName().endswith(": whole")
    for name in ("Anita", "Sam", "Salma"):
        assert name in picture.accessibleDescription()
    assert "lines" in picture.words()


def test_a_receipt_holds_until_a_letter_of_it_changes(
    keys: Keys, office: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    receipt = tmp_path / "receipt.json"
    with sign_in(office, "Salma") as workspace:
        (person,) = [row.person_id for row in workspace.people() if row.name == NAME]
        workspace.receipt(person, receipt)
    keys.sign_in("Salma")
    keys.menu("Access log")
    answers(monkeypatch, receipt)
    keys.do("Check a receipt…")
    assert "The receipt holds" in keys.texts()
    assert NAME in keys.texts()
    assert "The custodian’s key, to compare by eye" in keys.texts()
    receipt.write_bytes(receipt.read_bytes().replace(b"Found unconscious", b"Found unconscioux"))
    keys.do("Check a receipt…")
    assert "The receipt does not hold" in keys.texts()
    assert "The chain of the log" in keys.texts()
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, AccessLog)
    screen.clear()
    assert NAME not in keys.texts()


def test_a_log_that_was_changed_is_drawn_broken_and_named(keys: Keys, office: Path) -> None:
    keys.sign_in("Salma")
    workspace = keys.window.session._workspace
    assert isinstance(workspace, Workspace)
    connection = workspace._session._connection
    with workspace._session._lock:
        connection.execute("UPDATE audit SET leaf = zeroblob(32) WHERE seq = 2")
    keys.menu("Access log")
    (picture,) = [one for one in keys.window.findChildren(ChainPicture) if one.isVisible()]
    assert picture.accessibleName().endswith(": broken")
    assert "look at this" in keys.texts()


def test_no_secret_is_taken_by_anyone_outside_the_office(keys: Keys) -> None:
    keys.sign_in("Anita")
    for screen in ("users", "backups", "access-log"):
        keys.window.show_screen(screen)
        keys.settle()
        assert keys.window.screens.currentWidget() is keys.window.find_view
    assert ANITA not in keys.texts()


@pytest.mark.parametrize("end", ["accept", "reject"])
def test_the_key_stays_in_no_widget_however_the_dialog_ends(qtbot: QtBot, look: None, end: str) -> None:
    dialog = NewRecoveryKey("ABCD-EFGH-2345", lambda _file, _saved: None)
    qtbot.addWidget(dialog)
    dialog.open()
    assert "ABCD EFGH 2345" in dialog.shown.text()
    dialog.last.setText("2345")
    getattr(dialog, end)()
    held = [text for one in [dialog, *dialog.findChildren(QWidget)] for text in said(one)]
    assert not any("ABCD" in text or "2345" in text for text in held)
