"""Long work of the privacy office's pages: how far it is, where the keyboard is after it, and what comes too late."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandkit import bundle, nhs_number, patient, write
from keyboard import Keys
from office import sign_in
from PySide6.QtCore import Qt

from desktop.views.plugged.access_log import AccessLog
from desktop.views.plugged.backups import Backups
from desktop.views.plugged.users import Users
from desktop.widgets.under_way import UnderWay


def test_checking_the_log_can_be_stopped_until_the_end_of_its_last_pass(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, bool]] = []
    progress = UnderWay.progress

    def hear(self: UnderWay, doing: str, done: int, total: int) -> None:
        progress(self, doing, done, total)
        seen.append((self.bar.value(), self.stop_button.isEnabled()))

    monkeypatch.setattr(UnderWay, "progress", hear)
    keys.sign_in("Salma")
    keys.menu("Access log")
    assert seen == sorted(seen, key=lambda one: one[0]), "it never goes back"
    assert [value for value, stops in seen if not stops] == [100]


def test_the_cursor_comes_back_to_the_page_when_long_work_is_over(keys: Keys) -> None:
    """It stood on the button that stops the work, which is gone then."""
    keys.sign_in("Howard")
    keys.menu("Access log")
    at = keys.window.focusWidget()
    assert at is not None
    assert at.accessibleName() == "Check it again"
    keys.menu("Users and teams")
    keys.do("Rename an organisation…")
    keys.write("The name so far", "Vale Ambulance")
    keys.write("The new name", "Vale and Fen Ambulance")
    keys.do("Rename it")
    at = keys.window.focusWidget()
    assert at is not None
    assert at.accessibleName() == "Add a worker…"


@pytest.mark.parametrize("page", ["Users and teams", "Backups"])
def test_what_comes_for_a_page_that_was_left_is_dropped(keys: Keys, page: str) -> None:
    keys.sign_in("Howard")
    keys.menu(page)
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, Users | Backups)
    screen.start()
    keys.window.show_find()
    keys.settle()
    assert screen.states.page is None


def test_a_receipt_that_is_checked_too_late_is_dropped(keys: Keys, office: Path, tmp_path: Path) -> None:
    """It names the person whose receipt it is."""
    with sign_in(office, "Salma") as workspace:
        workspace.receipt(workspace.people()[0].person_id, tmp_path / "receipt.json")
    keys.sign_in("Salma")
    keys.menu("Access log")
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, AccessLog)
    screen.check_receipt(tmp_path / "receipt.json")
    keys.window.show_find()
    keys.settle()
    assert screen.states.page is None
    keys.menu("Access log")
    assert "The receipt holds" not in keys.texts()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_another_look_while_keys_change_still_shows_how_far_it_is_and_that_it_is_done(keys: Keys, theme: str) -> None:
    keys.sign_in("Howard")
    keys.menu("Users and teams")
    keys.do("Rename an organisation…")
    keys.write("The name so far", "Vale Ambulance")
    keys.write("The new name", "Vale and Fen Ambulance")
    keys.qtbot.keyClick(keys.reach("Rename it"), Qt.Key.Key_Space)
    keys.window.wear(theme, 200)
    assert keys.window.session.jobs.busy()
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, Users)
    assert screen.busy()
    assert not screen.under_way.isHidden(), "how far it is stays in sight"
    assert not any(one.isEnabled() for one in screen._asks), "no second change is begun meanwhile"
    assert keys.window.focusWidget() is screen.under_way.stop_button
    keys.settle()
    assert "Vale Ambulance is now Vale and Fen Ambulance." in keys.texts()
    assert keys.enabled("Change every key…")
    at = keys.window.focusWidget()
    assert at is not None
    assert at.accessibleName() == "Add a worker…"
    before = keys.window.screens.currentWidget()
    keys.menu("Backups")
    keys.menu("Users and teams")
    assert keys.window.screens.currentWidget() is not before, "it is built anew in the new look"


def test_another_look_while_files_are_imported_still_ends_in_the_report(keys: Keys, tmp_path: Path) -> None:
    file = write(tmp_path / "new", "one.json", bundle(patient("new", "Newcomer", nhs_number(77))))
    keys.sign_in("Anita")
    keys.window.start_import([file])
    keys.window.wear("dark", 200)
    assert keys.window.session.jobs.busy()
    assert keys.window.importing.running
    assert keys.window.screens.currentWidget() is keys.window.importing
    keys.settle()
    assert keys.window.importing.isVisible()
    assert "Import finished" in keys.texts()
