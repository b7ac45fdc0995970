"""The person's own screens over a real vault: what is saved is sealed, and *See as* is what that worker really gets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import finish, flush
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from consent.disclosure import DisclosedRecord
from desktop.application import open_window
from desktop.demo.generator import write_people
from desktop.demo.run import AS_OF
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices
from desktop.views.plugged.my_choices import help_with_choices
from desktop.views.window import Window
from desktop.workspace import Workspace, whose_signature

GP, DAWN = "mill street morning surgery", "fenland blue cardigan porridge"


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    made = tmp_path / "test.vault"
    anchors = made.with_name("anchors")
    key = Workspace.create(made, "Anita", "gp", "Mill Street", GP, test_data=True, now=AS_OF, anchors=anchors)
    write_people(tmp_path / "records", people=1, seed=1)
    with Workspace.sign_in(made, "Anita", GP, now=AS_OF, anchors=anchors) as workspace:
        workspace.add_user("Dawn", "home-care", "Fenland", DAWN, recovery_key=key)
        workspace.import_files([tmp_path / "records"], lambda what, done, total: None, lambda: False)
    return made


@pytest.fixture
def window(
    vault: Path, qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Window]:
    monkeypatch.setattr(MyChoices.__init__, "__defaults__", (lambda: AS_OF,))
    made = open_window(FixedClockVault(vault, AS_OF), settings)
    made.resize(1440, 900)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    flush()


def titles(record: DisclosedRecord) -> list[str]:
    return sorted(item.entry.entry_id for section in record.sections.values() for item in section.entries)


def noting(call: Callable[..., Any], threads: set[threading.Thread]) -> Callable[..., Any]:
    """The same call; the thread it is made in is noted."""

    def noted(*given: Any, **named: Any) -> Any:
        threads.add(threading.current_thread())
        return call(*given, **named)

    return noted


def as_dawn(vault: Path) -> DisclosedRecord:
    with Workspace.sign_in(vault, "Dawn", DAWN, now=AS_OF, anchors=vault.with_name("anchors")) as workspace:
        (row,) = [row for row in workspace.people() if row.name == "Margaret ELLISON"]
        return workspace.open_person(row.person_id)


def test_what_is_saved_is_what_the_worker_gets_and_what_the_preview_showed(
    window: Window, qtbot: QtBot, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: dict[str, set[threading.Thread]] = {"preview_choices": set(), "set_choices": set()}
    for call, found in threads.items():
        monkeypatch.setattr(Workspace, call, noting(getattr(Workspace, call), found))

    def settle() -> None:
        finish(window, qtbot)

    def press(words: str) -> None:
        found = [
            one
            for one in QApplication.allWidgets()
            if isinstance(one, QAbstractButton) and one.isVisible() and one.accessibleName() == words
        ]
        assert len(found) == 1, words
        found[0].click()
        settle()

    before = as_dawn(vault)
    settle()
    window.sign_in.user.setCurrentText("Anita")
    window.sign_in.passphrase.setText(GP)
    window.sign_in.enter.click()
    settle()
    model = window.find_view.model
    row = next(row for row in range(model.rowCount()) if model.index(row, 0).data() == "Margaret ELLISON")
    window.ask_why(model.person(model.index(row, 0)))
    window.dialogs()[-1].accept()
    settle()
    help_with_choices(window)
    settle()
    press("Home care workers")
    press("Home care workers, Social care: Hidden")
    screen: Any = window.screens.currentWidget()
    panel = "\n".join(str(one.property("text") or "") for one in screen.who_page.panel.findChildren(object))
    assert "Home care workers would no longer see" in panel.replace("\u200b", "")
    press("Save")
    press("See as home care workers")
    seen = titles(screen.seeing.person.story.record)
    press("Close the preview")
    screen.pages["take"].take("choices", vault.with_name("choices.json"))
    settle()
    window.lock()
    settle()
    assert all(found and threading.main_thread() not in found for found in threads.values()), (
        "never in the window's own"
    )
    after = as_dawn(vault)
    assert titles(after) == seen
    assert set(titles(after)) < set(titles(before))
    assert whose_signature(vault.with_name("choices.json")).who == "Anita, gp, Mill Street"
    assert not any("social-care" in item.categories for section in after.sections.values() for item in section.entries)
