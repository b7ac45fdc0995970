"""Adding through the window, over a real vault: what is typed stands in the record, and nothing typed stays behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import finish, flush
from PySide6.QtWidgets import QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from desktop.application import open_window
from desktop.demo.generator import write_people
from desktop.demo.run import AS_OF
from desktop.dialogs.add import AddDialog
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.views.plugged import adding
from desktop.views.window import Window
from desktop.workspace import Workspace


def settle(window: Window, qtbot: QtBot) -> None:
    finish(window, qtbot)


@pytest.fixture
def window(
    request: pytest.FixtureRequest, tmp_path: Path, qtbot: QtBot, look: None, settings: Settings
) -> Iterator[Window]:
    """A window over a real vault with one invented person, opened by a nurse, or by another role as parameter."""
    role = getattr(request, "param", "nurse")
    vault = tmp_path / "test.vault"
    anchors = vault.with_name("anchors")
    Workspace.create(vault, "Karen", role, "Riverside", "leg dressing", test_data=True, now=AS_OF, anchors=anchors)
    files = write_people(tmp_path / "records", people=1, seed=1)
    with Workspace.sign_in(vault, "Karen", "leg dressing", now=AS_OF, anchors=anchors) as workspace:
        workspace.import_files(files[:1], lambda what, done, total: None, lambda: False)
    made = open_window(FixedClockVault(vault, AS_OF), settings)
    made.resize(1280, 800)
    made.show()
    settle(made, qtbot)
    made.sign_in.passphrase.setText("leg dressing")
    made.sign_in.enter.click()
    settle(made, qtbot)
    rows: list[object] = []
    made.session.people("", rows.extend, pytest.fail)
    settle(made, qtbot)
    made.ask_why(rows[0])  # type: ignore[arg-type]
    made.dialogs()[-1].accept()
    settle(made, qtbot)
    yield made
    made.close()
    made.deleteLater()
    flush()


def form(window: Window) -> AddDialog:
    adding.add(window)
    found = window.dialogs()[-1]
    assert isinstance(found, AddDialog)
    return found


def test_a_measurement_is_added_and_shown(window: Window, qtbot: QtBot) -> None:
    dialog = form(window)
    dialog.kind.setCurrentIndex(dialog.kind.findData("measurement"))
    dialog.first.setText("heavy")
    dialog.add_button.click()
    assert any("digits" in label.text() for label in dialog.findChildren(QLabel))
    dialog.first.setText("57.40")
    dialog.add_button.click()
    settle(window, qtbot)
    story = window.story()
    assert story is not None
    added = [item for item in story.all_entries() if adding.added_here(item)]
    assert [item.entry.title for item in added] == ["Body weight"]
    assert added[0].entry.measures[0].value == "57.40"
    assert added[0].entry.source.name == "Riverside"
    adding.correct(window, added[0])
    window.dialogs()[-1].accept()
    settle(window, qtbot)
    again = window.story()
    assert again is not None
    assert [item.entry.assertion for item in again.all_entries() if "Body weight" in item.entry.title][-1:] == [
        "not-a-fact"
    ]


def test_what_was_typed_goes_when_the_window_locks(window: Window, qtbot: QtBot) -> None:
    dialog = form(window)
    dialog.words.setPlainText("MARKERTYPED")
    window.lock()
    settle(window, qtbot)
    assert window.dialogs() == []
    assert not [one for one in window.findChildren(QPlainTextEdit) if "MARKERTYPED" in one.toPlainText()]


def test_what_was_begun_survives_a_lock_and_goes_once_it_is_added(window: Window, qtbot: QtBot) -> None:
    dialog = form(window)
    settle(window, qtbot)
    qtbot.keyClicks(dialog.topic, "Leg")
    dialog.words.setPlainText("Dry today")
    window.lock()
    settle(window, qtbot)
    reopen(window, qtbot)
    again = form(window)
    settle(window, qtbot)
    assert (again.topic.text(), again.words.toPlainText()) == ("Leg", "Dry today")
    again.add_button.click()
    settle(window, qtbot)
    last = form(window)
    settle(window, qtbot)
    assert (last.topic.text(), last.words.toPlainText()) == ("", "")


def reopen(window: Window, qtbot: QtBot) -> None:
    window.sign_in.passphrase.setText("leg dressing")
    window.sign_in.enter.click()
    settle(window, qtbot)
    rows: list[object] = []
    window.session.people("", rows.extend, pytest.fail)
    settle(window, qtbot)
    window.ask_why(rows[0])  # type: ignore[arg-type]
    window.dialogs()[-1].accept()
    settle(window, qtbot)


def test_what_was_begun_survives_a_crash(window: Window, qtbot: QtBot, tmp_path: Path, settings: Settings) -> None:
    """What lies on disk while the window is still open is all that a crash leaves."""
    dialog = form(window)
    settle(window, qtbot)
    qtbot.keyClicks(dialog.topic, "Leg")
    dialog.words.setPlainText("Dry today")
    qtbot.waitUntil(lambda: not dialog._keeping.isActive(), timeout=20_000)
    settle(window, qtbot)
    left = tmp_path / "left"
    left.mkdir()
    for part in tmp_path.glob("test.vault*"):
        shutil.copy2(part, left / part.name)
    shutil.copytree(tmp_path / "anchors", left / "anchors")
    after = open_window(FixedClockVault(left / "test.vault", AS_OF), settings)
    after.show()
    settle(after, qtbot)
    reopen(after, qtbot)
    again = form(after)
    settle(after, qtbot)
    assert (again.topic.text(), again.words.toPlainText()) == ("Leg", "Dry today")
    after.close()
    after.deleteLater()
    flush()


@pytest.mark.parametrize("window", ["pharmacist"], indirect=True)
def test_whoever_will_not_see_what_they_add_is_told_before_they_add_it(window: Window, qtbot: QtBot) -> None:
    dialog = form(window)
    said = [label for label in dialog.findChildren(QLabel) if "You will not see this again" in label.text()]
    assert [label.isVisible() for label in said] == [True]
    dialog.kind.setCurrentIndex(dialog.kind.findData("measurement"))
    assert not said[0].isVisible()
    dialog.kind.setCurrentIndex(dialog.kind.findData("note"))
    dialog.words.setPlainText("Counted the tablets")
    dialog.add_button.click()
    settle(window, qtbot)
    story = window.story()
    assert story is not None
    assert not [item for item in story.all_entries() if adding.added_here(item)], "it is as was said"


def test_who_will_see_what_they_add_is_told_nothing_of_it(window: Window) -> None:
    dialog = form(window)
    for kind in range(dialog.kind.count()):
        dialog.kind.setCurrentIndex(kind)
        assert not [one for one in dialog.findChildren(QLabel) if "not see this" in one.text() and one.isVisible()]
