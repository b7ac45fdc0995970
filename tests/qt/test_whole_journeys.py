"""Each kind of worker's whole way through the demonstration: read, add, print, open in an emergency, be locked out.

Everything is asserted on what the window says. The reading part stands in `test_everyday_questions`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import words_of
from hands import Hands
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from test_everyday_questions import STAFF

from consent.overrides import EMERGENCY
from consent.overrides import table as overrides
from desktop.demo.run import Demonstration
from desktop.dialogs.add import AddDialog
from desktop.dialogs.emergency import EmergencyDialog
from desktop.dialogs.share import ShareDialog
from desktop.views.plugged.emergency import EmergencyStrip

CTRL = Qt.KeyboardModifier.ControlModifier
NOT_SHOWN_NOTES = ("pharmacist",)
NOTE = "Seen at the door, well, kettle on"


def press(hands: Hands, key: Qt.Key, modifiers: Qt.KeyboardModifier = CTRL) -> None:
    """A shortcut of the window."""
    hands.window.activateWindow()
    hands.qtbot.waitUntil(hands.window.isActiveWindow)
    QTest.keyClick(hands.window, key, modifiers)
    hands.settle()


def said(root: QWidget) -> str:
    """Every word of a dialog."""
    return "\n".join(words_of(widget) for widget in root.findChildren(QWidget))


@pytest.mark.parametrize("role", STAFF)
def test_each_kind_of_worker_adds_prints_and_is_locked_out(
    hands: Hands, demonstration: Demonstration, role: str, tmp_path: Path
) -> None:
    hands.enter(demonstration, role)
    hands.find("margaret ellison")
    hands.open_found()
    window = hands.window
    assert window.person is not None
    assert "Penicillin: Anaphylaxis" in hands.seen()

    press(hands, Qt.Key.Key_N)
    form = window.dialogs()[-1]
    assert isinstance(form, AddDialog)
    QTest.keyClicks(form.topic, "Visit")
    form.words.setPlainText(NOTE)
    form.add_button.click()
    hands.settle()
    added = [item for item in window.person.story.all_entries() if NOTE in item.entry.detail + item.entry.value]
    user = window.session.user
    assert user is not None
    if role in NOT_SHOWN_NOTES:
        assert added == [], "by default notes of contacts are not for them, and so is not what they wrote"
    else:
        assert added[0].entry.source.name == user.organisation
        window.open_entry(added[0].entry.entry_id)
        hands.settle()
        assert NOTE in hands.seen()
        assert user.name in hands.seen(), "who wrote it stands beside it"

    press(hands, Qt.Key.Key_P)
    share = window.dialogs()[-1]
    assert isinstance(share, ShareDialog)
    share.form.setCurrentIndex(share.form.findData("pdf"))
    share.look_button.click()
    hands.settle()
    pages = [one for one in share.findChildren(QLabel) if not one.pixmap().isNull()]
    assert pages, "the pack is looked at before it leaves"
    share.save(tmp_path / "pack.pdf")
    hands.settle()
    assert (tmp_path / "pack.pdf").read_bytes().startswith(b"%PDF")
    share.close()
    hands.settle()

    press(hands, Qt.Key.Key_L)
    assert window.person is None
    assert window.session.user is None
    assert "ELLISON" not in hands.seen()
    assert NOTE not in hands.seen()


@pytest.mark.parametrize("role", STAFF)
def test_each_kind_of_worker_breaks_glass_or_is_told_what_to_do(
    hands: Hands, demonstration: Demonstration, role: str
) -> None:
    hands.enter(demonstration, role)
    hands.find("margaret ellison")
    hands.open_found()
    window = hands.window
    press(hands, Qt.Key.Key_E, CTRL | Qt.KeyboardModifier.ShiftModifier)
    dialog = window.dialogs()[-1]
    if role not in overrides().kinds[EMERGENCY].who:
        assert "Ask the person first" in said(dialog)
        assert "does not have emergency access" in said(dialog)
        assert not hasattr(dialog, "open_button")
        return
    assert isinstance(dialog, EmergencyDialog)
    dialog.reason.setText("Found unconscious at home")
    dialog.asked.setChecked(True)
    dialog.accept()
    hands.settle()
    strips = [one for one in window.findChildren(EmergencyStrip) if one.isVisible()]
    assert [one for one in strips if "Emergency access until" in one.said.text()], "a clock stands there while it lasts"
    hands.press("End emergency access")
    assert not [one for one in window.findChildren(EmergencyStrip) if one.isVisible()]
