"""The window over a real vault: files on disk become a person on the screen, and a lock closes the vault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import finish, flush
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from desktop.application import open_window
from desktop.demo.generator import write_people
from desktop.demo.run import AS_OF
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.views.window import Window
from desktop.workspace import Workspace


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot, look: None, settings: Settings) -> Iterator[Window]:
    vault = tmp_path / "test.vault"
    Workspace.create(
        vault,
        "Karen",
        "nurse",
        "Riverside Community Health",
        "leg dressing monday",
        test_data=True,
        now=AS_OF,
        anchors=vault.with_name("anchors"),
    )
    made = open_window(FixedClockVault(vault, AS_OF), settings)
    made.resize(1440, 900)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    flush()


def test_files_become_a_person_on_the_screen(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    def settle() -> None:
        finish(window, qtbot)

    settle()
    assert window.sign_in.user.currentText() == "Karen"
    window.sign_in.passphrase.setText("not this")
    window.sign_in.enter.click()
    settle()
    assert window.sign_in.wrong.text()
    window.sign_in.passphrase.setText("leg dressing monday")
    window.sign_in.enter.click()
    settle()
    assert "Nobody is here yet" in window.find_view.states.currentWidget().accessibleName()

    files = write_people(tmp_path / "records", people=1, seed=1)
    bad = tmp_path / "records" / "page.json"
    bad.write_text("<!doctype html>", "utf-8")
    window.start_import([tmp_path / "records"])
    settle()
    statuses = [
        window.importing.files.file(window.importing.files.index(row, 0)).status for row in range(len(files) + 1)
    ]
    assert sorted(statuses) == ["imported"] * len(files) + ["refused"]

    window.show_find()
    settle()
    model = window.find_view.model
    row = next(row for row in range(model.rowCount()) if model.index(row, 0).data() == "Margaret ELLISON")
    window.ask_why(model.person(model.index(row, 0)))
    window.dialogs()[-1].accept()
    settle()
    assert window.person is not None
    names = "\n".join(widget.accessibleName() for widget in window.person.banner.findChildren(QWidget))
    assert "Penicillin" in names
    assert "Check the signed form" in names
    entry = window.person.story.entries("medicines")[0].entry
    window.person.wants_original.emit(entry.entry_id)
    settle()
    assert window.dialogs(), "the original, or why it cannot be shown"

    window.lock()
    settle()
    assert window.person is None
    assert window.session.user is None


def test_an_older_copy_put_back_is_said_when_someone_signs_in(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    def settle() -> None:
        finish(window, qtbot)

    files = [path for path in tmp_path.iterdir() if path.is_file() and path.name.startswith("test.vault")]
    older = {path: path.read_bytes() for path in files}
    settle()
    window.sign_in.passphrase.setText("leg dressing monday")
    window.sign_in.enter.click()
    settle()
    assert window.dialogs() == []
    window.lock()
    settle()
    for path in tmp_path.glob("test.vault*"):
        path.unlink()
    for path, content in older.items():
        path.write_bytes(content)
    window.sign_in.passphrase.setText("leg dressing monday")
    window.sign_in.enter.click()
    settle()
    (said,) = window.dialogs()
    assert isinstance(said, QMessageBox)
    assert "Missing from it" in said.text()
    said.accept()
    window.lock()
    settle()
