"""People who may be one, on the screen: names only until a reason is given, then deciding and taking it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from conftest import finish, flush, words_of
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from test_legible import _cut

from desktop.application import open_window
from desktop.demo.run import AS_OF
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.views.plugged.matches import Matches
from desktop.views.window import Window
from desktop.widgets.text import Text
from desktop.workspace import Workspace

PASSPHRASE = "leg dressing monday"


def bundle(place: str, number: str) -> bytes:
    who = {
        "resourceType": "Patient",
        "id": place,
        "identifier": [{"system": f"https://{place}.example.nhs.uk/mrn", "value": number}],
        "name": [{"use": "official", "family": "Reed", "given": ["Ann"]}],
        "birthDate": "1990-01-02",
    }
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": who}]}).encode()


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """Two records of one name and date of birth, in a vault whose user may decide about them."""
    path, anchors = tmp_path / "test.vault", tmp_path / "anchors"
    Workspace.create(path, "Karen", "nurse", "Riverside", PASSPHRASE, test_data=True, now=AS_OF, anchors=anchors)
    files = tmp_path / "in"
    files.mkdir()
    (files / "a.json").write_bytes(bundle("hospital", "H4421"))
    (files / "b.json").write_bytes(bundle("council", "C9001"))
    with Workspace.sign_in(path, "Karen", PASSPHRASE, now=AS_OF, anchors=anchors) as workspace:
        workspace.import_files([files], lambda what, done, total: None, lambda: False)
    return path


@pytest.fixture
def window(vault: Path, qtbot: QtBot, look: None, settings: Settings) -> Iterator[Window]:
    made = open_window(FixedClockVault(vault, AS_OF), settings)
    made.resize(1280, 800)
    made.show()
    settle(made, qtbot)
    made.sign_in.passphrase.setText(PASSPHRASE)
    made.sign_in.enter.click()
    settle(made, qtbot)
    yield made
    made.close()
    made.deleteLater()
    flush()


def settle(window: Window, qtbot: QtBot) -> None:
    finish(window, qtbot)


def texts(window: Window) -> str:
    return "\n".join(words_of(widget) for widget in window.findChildren(QWidget) if widget.isVisible())


def press(window: Window, qtbot: QtBot, name: str) -> None:
    found = [one for one in window.findChildren(QPushButton) if one.accessibleName() == name and one.isVisible()]
    assert found, name
    found[0].click()
    settle(window, qtbot)


def shown(window: Window, qtbot: QtBot) -> Matches:
    window.show_screen("matches")
    settle(window, qtbot)
    return cast(Matches, window.screens.currentWidget())


def compare(window: Window, qtbot: QtBot, reason: str) -> None:
    screen = cast(Matches, window.screens.currentWidget())
    screen.reason.setText(reason)
    qtbot.keyClick(screen.reason, Qt.Key.Key_Return)
    settle(window, qtbot)


@pytest.mark.parametrize("theme", ["light", "contrast"])
def test_what_is_asked_before_comparing_is_whole_at_twice_the_size(window: Window, qtbot: QtBot, theme: str) -> None:
    window.wear(theme, 200)
    window.resize(1280, 800)
    shown(window, qtbot)
    assert _cut(window) == []


def test_nothing_but_names_is_shown_before_a_reason_is_given(window: Window, qtbot: QtBot) -> None:
    shown(window, qtbot)
    told = texts(window)
    assert "Ann REED" in told
    assert "H4421" not in told
    compare(window, qtbot, "  ")
    assert "What the two records say" not in texts(window)
    compare(window, qtbot, "Second referral")
    told = texts(window)
    assert "What the two records say" in told
    assert "some evidence" in told


def test_each_column_of_evidence_says_whose_record_it_tells_of(window: Window, qtbot: QtBot) -> None:
    screen = shown(window, qtbot)
    compare(window, qtbot, "Second referral")
    least = [one.text() for one in screen.pair.findChildren(Text) if one.text().startswith("born ")]
    assert least == ["born 2 Jan 1990 · no NHS number"] * 2


def test_joining_is_done_and_undone_by_keyboard_or_press(window: Window, qtbot: QtBot) -> None:
    shown(window, qtbot)
    compare(window, qtbot, "Asked her")
    press(window, qtbot, "Join: one person")
    assert "Joined: both records open as one." in texts(window)
    assert "There is no pair here." in texts(window)
    press(window, qtbot, "Undo")
    assert "Taken back: as it was before." in texts(window)
    assert "born 2 Jan 1990" in texts(window)


def test_locking_forgets_every_name(window: Window, qtbot: QtBot) -> None:
    screen = shown(window, qtbot)
    compare(window, qtbot, "Second referral")
    window.lock()
    settle(window, qtbot)
    left = "\n".join(words_of(widget) for widget in screen.findChildren(QWidget))
    assert "REED" not in left
    assert "1990" not in left
    assert screen.reason.text() == ""


def test_which_list_of_pairs_is_shown_can_be_seen(window: Window, qtbot: QtBot) -> None:
    window.show_screen("matches")
    settle(window, qtbot)
    shown = {one.text(): one for one in window.findChildren(QPushButton) if one.isVisible() and one.isCheckable()}
    assert [words for words, one in shown.items() if one.isChecked()] == ["To decide"]

    def grounds() -> dict[str, str]:
        """The colour between the edge of each button and its words."""
        seen = {words: one.grab().toImage() for words, one in shown.items()}
        return {words: picture.pixelColor(6, picture.height() // 2).name() for words, picture in seen.items()}

    before = grounds()
    assert before["Joined"] == before["Kept apart"] != before["To decide"]
    shown["Joined"].click()
    settle(window, qtbot)
    window.setFocus()
    after = grounds()
    assert after["To decide"] == after["Kept apart"] == before["Joined"] != after["Joined"]
